"""Name servers that are right for some and wrong for others, and what is said of them."""

import socket
import struct
import threading
import time
from contextlib import contextmanager
from ipaddress import ip_address, ip_network

import pytest

from ipv6lab.network.namespace import entered
from ipv6lab.probes import Blocked, Failed, Record
from ipv6lab.probes.asks import names
from tests.probes.stage import isolated

dns_message = pytest.importorskip("dns.message", reason="the extra test has dnspython")
import dns.flags  # noqa: E402
import dns.rcode  # noqa: E402
import dns.rrset  # noqa: E402

from ipv6lab.expect import dns as judged  # noqa: E402
from tests.probes.test_names import ready  # noqa: E402

ZONE = "agency.example"
WWW = f"www.{ZONE}"
ADDRESS = "2001:db8:100:440::80"
ASKER = judged.Asker("pc1", "staff")


def stage():
    found = ready()
    found.address("pc1", "eth0", found.plan["staff.network"] + "11/64", nodad=True)
    found.route("pc1", "::/0", found.plan["staff.router"])
    found.lab.record = Record(time.monotonic() + 60)
    return found


def authoritative(query, _tcp, _source):
    """A right answer: the zone's records, nothing for others, no transfer."""
    reply = dns_message.make_response(query)
    asked = query.question[0]
    name = str(asked.name)
    if asked.rdtype in (251, 252) or not name.endswith(f"{ZONE}."):
        reply.set_rcode(dns.rcode.REFUSED)
        return reply
    reply.flags |= dns.flags.AA
    soa = (f"{ZONE}.", 60, "IN", "SOA", f"ns.{ZONE}. root.{ZONE}. 1 2 3 4 5")
    if name == f"{WWW}." and asked.rdtype == 28:
        reply.answer.append(dns.rrset.from_text(name, 60, "IN", "AAAA", ADDRESS))
    elif name == f"{ZONE}." and asked.rdtype == 6:
        reply.answer.append(dns.rrset.from_text(*soa))
    elif name not in (f"{WWW}.", f"{ZONE}."):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply


@contextmanager
def server(stage, answer=authoritative):
    """Answer on app over IPv6 what `answer` makes of a question and its source; None is silence."""
    address = stage.plan["app.address"]
    with entered(stage.namespace("app")):
        datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        streams = socket.create_server((address, names.PORT), family=socket.AF_INET6)
    datagrams.bind((address, names.PORT))

    def told(wire, tcp, origin):
        reply = answer(dns_message.from_wire(wire), tcp, ip_address(origin[0]))
        return None if reply is None else reply.to_wire()

    def over_udp():
        while True:
            wire, origin = datagrams.recvfrom(4096)
            if reply := told(wire, False, origin):
                datagrams.sendto(reply, origin)

    def over_tcp():
        while True:
            client, origin = streams.accept()
            with client:
                wire = client.recv(4096)[2:]
                if wire and (reply := told(wire, True, origin)):
                    client.sendall(struct.pack("!H", len(reply)) + reply)

    for target in (over_udp, over_tcp):
        threading.Thread(target=target, daemon=True).start()
    try:
        yield
    finally:
        datagrams.close()
        streams.close()


def told(answer, judgement, *arguments, **keywords):
    """What a judgement says of a server; None where it is content."""
    found = stage()
    with server(found, answer):
        try:
            judgement(found.lab, "app", *arguments, **keywords)
        except (Failed, Blocked) as failure:
            return failure.message.text
    return None


@isolated
def test_a_right_server_answers_everybody():
    assert told(authoritative, judged.answers, {WWW: ADDRESS}, asker=ASKER) is None


@isolated
@pytest.mark.parametrize(
    "welcome",
    ["2001:db8:100:110::11/128", "2001:db8:100:110::/64", "2001:db8::/32"],
)
def test_a_server_for_some_is_found_out(welcome):
    def some(query, tcp, source):
        return authoritative(query, tcp, source) if source in ip_network(welcome) else None

    said = told(some, judged.answers, {WWW: ADDRESS}, asker=ASKER)
    assert said is not None
    assert "but not somebody at" in said


@isolated
def test_a_server_that_asks_another_is_found_out():
    found = stage()
    with entered(found.namespace("app")):
        own = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)

    def relayed(query, tcp, source):
        own.sendto(query.to_wire(), (found.plan["staff.router"], names.PORT))
        return authoritative(query, tcp, source)

    with server(found, relayed), pytest.raises(Failed) as caught:
        judged.answers(found.lab, "app", {WWW: ADDRESS}, asker=ASKER)
    assert "hands the questions on" in caught.value.message.text


@isolated
@pytest.mark.parametrize("welcome", ["2001:db8::/32", "2a00::/12", "::/0"])
def test_recursion_for_some_strangers_is_found_out(welcome):
    def recursive(query, tcp, source):
        reply = authoritative(query, tcp, source)
        if source in ip_network(welcome):
            reply.flags |= dns.flags.RA
            if reply.rcode() == dns.rcode.REFUSED:
                reply.set_rcode(dns.rcode.SERVFAIL)
        return reply

    asked = (judged.refuses_recursion, ZONE, "other.example")
    said = told(recursive, *asked, asker=ASKER, by="M1")
    assert said is not None
    assert "looks up other people's names" in said
    assert told(authoritative, *asked, asker=ASKER, by="M1") is None


@isolated
@pytest.mark.parametrize("welcome", ["2001:db8::/32", "2a00::/12", "::/0"])
def test_a_transfer_to_some_strangers_is_found_out(welcome):
    def giving(query, tcp, source):
        reply = authoritative(query, tcp, source)
        if query.question[0].rdtype in (251, 252) and source in ip_network(welcome):
            reply.set_rcode(dns.rcode.NOERROR)
            soa = (f"{ZONE}.", 60, "IN", "SOA", f"ns.{ZONE}. root.{ZONE}. 1 2 3 4 5")
            reply.answer.append(dns.rrset.from_text(*soa))
        return reply

    asked = (judged.refuses_transfer, [ZONE])
    said = told(giving, *asked, asker=ASKER, by="M1")
    assert said is not None
    assert "gives strangers the whole zone" in said
    assert told(authoritative, *asked, asker=ASKER, by="M1") is None


@isolated
def test_a_silent_server_proves_nothing():
    said = told(lambda *_: None, judged.refuses_transfer, [ZONE], asker=ASKER, by="M1")
    assert said is not None
    assert "single questions" in said
