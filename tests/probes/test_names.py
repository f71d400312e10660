"""Questions to name servers: a server of our own in a node's network namespace answers them."""

import socket
import struct
import threading
import time
from contextlib import contextmanager

import pytest

from ipv6lab.network.namespace import entered
from ipv6lab.probes import Failed, Record
from ipv6lab.probes.asks import names
from tests.probes.stage import Stage, isolated

dns_message = pytest.importorskip("dns.message", reason="the extra test has dnspython")
import dns.flags  # noqa: E402
import dns.rrset  # noqa: E402

ZONE = "agency.example"


def ready():
    stage = Stage()
    stage.forward()
    stage.settle()
    stage.lab.record = Record(time.monotonic() + 20)
    return stage


@contextmanager
def server(stage, node, address, answer):
    """Answer over UDP and TCP what `answer` makes of a question; None is silence."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with entered(stage.namespace(node)):
        datagrams = socket.socket(family, socket.SOCK_DGRAM)
        streams = socket.create_server((address, names.PORT), family=family)
    datagrams.bind((address, names.PORT))

    def over_udp():
        while True:
            try:
                wire, origin = datagrams.recvfrom(4096)
            except OSError:
                return
            reply = answer(dns_message.from_wire(wire), False)
            if reply is not None and wire:
                datagrams.sendto(reply.to_wire(), origin)

    def over_tcp():
        while True:
            try:
                client, _origin = streams.accept()
            except OSError:
                return
            with client:
                wire = client.recv(4096)[2:]
                reply = answer(dns_message.from_wire(wire), True)
                if reply is not None:
                    octets = reply.to_wire()
                    client.sendall(struct.pack("!H", len(octets)) + octets)

    for target in (over_udp, over_tcp):
        threading.Thread(target=target, daemon=True).start()
    try:
        yield
    finally:
        for sock in (datagrams, streams):
            sock.close()


def reply_to(query, *answer, authority=(), additional=(), authoritative=True):
    reply = dns_message.make_response(query)
    if authoritative:
        reply.flags |= dns.flags.AA
    for section, texts in (("answer", answer), ("authority", authority)):
        getattr(reply, section).extend(dns.rrset.from_text(*one) for one in texts)
    reply.additional.extend(dns.rrset.from_text(*one) for one in additional)
    return reply


def aaaa(name, address):
    return (f"{name}.", 60, "IN", "AAAA", address)


@isolated
def test_an_answer_over_either_transport_and_family():
    stage = ready()
    pc1, wanted = stage.lab.node("pc1"), "2001:db8::80"
    stage.address("pc1", "eth0", stage.plan["staff.network"] + "11/64", nodad=True)
    stage.route("pc1", "::/0", stage.plan["staff.router"])
    for address in (stage.plan["app.address"], stage.plan["app.address4"]):
        with server(
            stage, "app", address, lambda q, _tcp: reply_to(q, aaaa(f"www.{ZONE}", wanted))
        ):
            for tcp in (False, True):
                reply = names.query(pc1, address, f"www.{ZONE}", tcp=tcp)
                assert [str(one) for one in reply.addresses()] == [wanted]
                assert (reply.node, reply.code, reply.authoritative) == ("app", "NOERROR", True)


@isolated
def test_where_a_question_is_lost_is_told():
    stage = ready()
    pc1, address = stage.lab.node("pc1"), stage.plan["app.address4"]
    for tcp in (False, True):
        with pytest.raises(Failed) as caught:
            names.query(pc1, address, ZONE, tcp=tcp, within=0.5)
        assert caught.value.message.text.startswith("{last} refuses a question")
        assert caught.value.message.values["last"] == "app"
    with (
        server(stage, "app", address, lambda _query, _tcp: None),
        pytest.raises(Failed) as caught,
    ):
        names.query(pc1, address, ZONE, within=0.5)
    assert "no answer comes back" in str(caught.value.message.text)


def test_a_referral_has_only_glue_that_its_server_may_give():
    query = dns_message.make_query(f"www.{ZONE}", "AAAA")
    message = reply_to(
        query,
        authority=[(f"{ZONE}.", 60, "IN", "NS", f"ns.{ZONE}.", "ns.other.test.")],
        additional=[aaaa(f"ns.{ZONE}", "2001:db8::53"), aaaa("ns.other.test", "2001:db8::66")],
        authoritative=False,
    )
    reply = names.Reply(names.ip_address("2001:db8::1"), "x", False, message)
    referral = names._referral(reply, "example", f"www.{ZONE}")
    assert referral.zone == ZONE
    assert referral.servers == (f"ns.{ZONE}", "ns.other.test")
    assert [str(one) for one in referral.glue[f"ns.{ZONE}"]] == ["2001:db8::53"]
    assert "ns.other.test" not in referral.glue
    assert names._referral(reply, ZONE, f"www.{ZONE}") is None
    assert names._referral(reply, "", "www.elsewhere.test") is None
