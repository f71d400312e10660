"""A node's port in one's own browser."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import socket
import threading
import urllib.request
from collections.abc import Iterator

import pytest

from ipv6lab.sandbox import Lab
from ipv6lab.words.errors import LabError
from tests.capture.support import Program, Started
from tests.sandbox.support import run

MIB = 1024 * 1024
ECHO = """
import socket
server = socket.create_server(("2001:db8::b", 7), family=socket.AF_INET6)
print("ready", flush=True)
while True:
    with server.accept()[0] as client:
        told = b""
        while part := client.recv(65536):
            told += part
        client.sendall(b"%d " % len(told) + told)
"""


@contextlib.contextmanager
def serving(lab: Lab) -> Iterator[None]:
    """On `b`, at an address that is not loopback: answers at the end of what it is sent."""
    run(lab, "b", "ip", "address", "add", "2001:db8::b/64", "dev", "eth0", "nodad")
    channel = lab.open("exec", node="b", argv=["python3", "-c", ECHO])
    assert next(iter(channel)) == ("O", b"ready\n")
    yield
    channel.cancel()


def port_of(program: Program) -> int:
    found = re.search(r"localhost:(\d+)", program.line())
    assert found
    return int(found[1])


def test_each_way_ends_by_itself(lab: Lab) -> None:
    with serving(lab):
        channel = lab.open("connect", node="b", port=7)
        told = b""
        for kind, data in channel:
            if kind == "E" and data["event"] == "connected":
                assert data["address"] == "2001:db8::b"
                channel.send(b"hello")
                channel.end_input()
            elif kind == "O":
                told += data
            elif kind == "X":
                assert data["reset"] is False
        assert told == b"5 hello"


def test_from_one_node_to_another(lab: Lab) -> None:
    run(lab, "a", "ip", "address", "add", "2001:db8::a/64", "dev", "eth0", "nodad")
    with serving(lab):
        channel = lab.open("connect", node="a", host="2001:db8::b", port=7)
        channel.send(b"x")
        channel.end_input()
        assert b"".join(data for kind, data in channel if kind == "O") == b"1 x"
        with pytest.raises(LabError, match="a gets no connection to 2001:db8::b, port 8: "):
            lab.request("connect", node="a", host="2001:db8::b", port=8)


def test_what_cannot_be_reached_is_one_sentence(lab: Lab) -> None:
    with pytest.raises(LabError, match=r"Nothing on a takes connections on port 9: conn.*refused"):
        lab.request("connect", node="a", port=9)
    with pytest.raises(LabError, match=r"www\.example is no IPv6 or IPv4 address"):
        lab.request("connect", node="a", host="www.example", port=9)


def test_ten_mebibytes_through_a_browser_s_port(kept: Lab, started: Started) -> None:
    big = "mkdir -p /var/www/html; head -c 10485760 /dev/urandom > /var/www/html/big; nginx"
    assert run(kept, "b", "sh", "-c", big).status == 0
    expected = run(kept, "b", "md5sum", "/var/www/html/big").out.split()[0]
    program = started("forward", "b:80")
    port = port_of(program)
    sums: list[str] = []

    def get(host: str) -> None:
        with urllib.request.urlopen(f"http://{host}:{port}/big", timeout=60) as answer:
            sums.append(hashlib.md5(answer.read()).hexdigest())

    hosts = ["127.0.0.1", "localhost", "127.0.0.1"] + ["[::1]"] * socket.has_dualstack_ipv6()
    browsers = [threading.Thread(target=get, args=(host,)) for host in hosts]
    for browser in browsers:
        browser.start()
    for browser in browsers:
        browser.join()
    assert sums == [expected] * len(hosts)
    status, _out, err = program.interrupt()
    assert status == 0
    assert "Traceback" not in err


def test_half_close_and_back_pressure(kept: Lab, started: Started) -> None:
    sent = os.urandom(4 * MIB)
    with serving(kept):
        port = port_of(started("forward", "b:7"))
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            told = b""
            while part := client.recv(65536):
                told += part
        assert told == b"%d " % len(sent) + sent


def test_a_refused_connection_is_told_and_others_go_on(kept: Lab, started: Started) -> None:
    program = started("forward", "b:9", "--listen", str(_free()))
    port = port_of(program)
    assert program.line(error=True) == "Ctrl-C ends it.\n"
    for _attempt in range(2):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            assert client.recv(1) == b""
        assert program.line(error=True).startswith("Nothing on b takes connections on port 9")
    assert program.interrupt()[0] == 0


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_the_command_refuses(kept: Lab, started: Started) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for words, complaint in (
            (("b",), "Say which port of b"),
            (("b:0",), "0 is no TCP port"),
            (("b:http",), "http is no TCP port"),
            (("bb:80",), "There is no node bb"),
            (("b:80", "--listen", port), f"Port {port} of this machine cannot be used"),
        ):
            status, out, err = started("forward", *words).wait()
            assert (status, out, err.count("\n")) == (2, b"", 1)
            assert complaint in err
