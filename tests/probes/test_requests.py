"""Requests to an application, and a server of the grader's that is called meanwhile."""

import socket
import threading
import time

import pytest

from ipv6lab.network.namespace import entered
from ipv6lab.probes import Failed
from ipv6lab.probes.acts.called import called, ports
from ipv6lab.probes.asks.requests import ask
from tests.probes.stage import isolated
from tests.probes.test_openports import ready


def answering(stage, *answers):
    """A server on app that gives these answers, one a connection; its port."""
    with entered(stage.lab.node("app").namespace):
        listener = socket.create_server(
            ("::", 0), family=socket.AF_INET6, dualstack_ipv6=True, backlog=5
        )

    def serve():
        for answer in answers:
            connection, _peer = listener.accept()
            asked = connection.recv(65536)
            connection.sendall(answer.replace(b"ASKED", asked.split(b"\r\n")[0]))
            connection.close()
        listener.close()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


@isolated
def test_it_asks_over_both_protocols_and_reads_what_comes():
    stage = ready()
    pc1, plan = stage.lab.node("pc1"), stage.plan
    body = b'{"asked": "ASKED"}'
    port = answering(stage, *[b"HTTP/1.0 201 Created\r\nLocation: /x\r\n\r\n" + body] * 2)
    for field, form, words in (
        ("address", None, "GET /a HTTP/1.0"),
        ("address4", {"b": "c"}, "POST /a HTTP/1.0"),
    ):
        reply = ask(pc1, plan[f"app.{field}"], port, "/a", form=form)
        assert reply.done
        assert (reply.status, reply.value) == (201, {"asked": words})
        assert reply.headers["location"] == "/x"
        assert reply.source in {one.address for one in pc1.addresses()}


@isolated
def test_no_answer_is_told_from_a_refusal():
    stage = ready()
    pc1, plan = stage.lab.node("pc1"), stage.plan
    with pytest.raises(Failed, match="refuses"):
        ask(pc1, plan["app.address"], 7, "/")
    port = answering(stage, b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.0 200 OK\r\n\r\n[1]")
    for _number in range(2):
        with pytest.raises(Failed, match="closed without an answer"):
            ask(pc1, plan["app.address"], port, "/")
    assert ask(pc1, plan["app.address"], port, "/").value == {}


@isolated
def test_who_is_called_answers_while_somebody_waits():
    stage = ready()
    pc1, app, plan = stage.lab.node("pc1"), stage.lab.node("app"), stage.plan
    places = [(plan["app.address"], 0), (plan["app.address4"], 0)]
    with called(app, places, b"here") as server:
        found = ports(server)
        for field, family in (("address", 6), ("address4", 4)):
            [port] = found[family]
            reply = ask(
                pc1, plan[f"app.{field}"], port, f"/{family}", form={"n": "1"}, meanwhile=server
            )
            assert (reply.status, reply.body) == (200, b"here")
            call = server.wait(lambda one, at=f"/{family}": one.path == at, time.monotonic())
            assert call is not None
            assert (str(call.to), call.port, call.body) == (plan[f"app.{field}"], port, b"n=1")
            assert call.host == (f"[{call.to}]:{port}" if family == 6 else f"{call.to}:{port}")
        assert server.wait(lambda one: one.path == "/never", time.monotonic() + 0.1) is None
