"""The families are compared kind by kind, and each difference is told in its direction."""

import time
from ipaddress import ip_address

import pytest

from ipv6lab.expect import parity
from ipv6lab.expect.parity import Side, tcp, udp
from ipv6lab.probes import Blocked, Failed, Record
from ipv6lab.probes.asks import forged_icmp
from ipv6lab.probes.seen.kinds import ACK, Kind, Shot, SourceRouted
from ipv6lab.wire.headers import ROUTING, TCP, UDP, checksum, pseudo_header
from tests.probes.stage import isolated
from tests.probes.test_openports import ready

TAG = bytes(range(12))
SIX, FOUR = ("2001:db8::1", "2001:db8::2"), ("192.0.2.1", "192.0.2.2")
WEB = tcp(443)
EVERYTHING = {Kind(protocol) for protocol in range(256)}


@pytest.fixture
def compared(monkeypatch):
    """Judges what got through over each family, None where not even the control did."""

    def judge(four, six):
        answers = {4: four, 6: six}
        monkeypatch.setattr(parity, "_through", lambda side, *_others: answers[side.address])
        parity.passes_the_same(Side("cli4", "www", 4), Side("cli6", "www", 6))

    return judge


def test_the_same_is_the_same(compared):
    compared({WEB, Kind(50)}, {WEB, Kind(50)})
    compared(set(), set())


@pytest.mark.parametrize("kind", [WEB, udp(500), Kind(50), WEB._replace(cut=True)])
def test_a_difference_is_named_in_its_direction(compared, kind):
    with pytest.raises(Failed, match="does not get through what does over IPv4: "):
        compared({kind}, set())
    with pytest.raises(Failed, match="gets through over IPv6 what does not over IPv4: "):
        compared(set(), {kind})


@pytest.mark.parametrize("number", [0, 43, 44, 59, 60, 135, 139, 140])
def test_what_has_no_twin_may_fall_on_an_open_way_and_must_on_a_shut_one(compared, number):
    compared(EVERYTHING, EVERYTHING - {Kind(number)})
    compared(EVERYTHING - {Kind(number)}, EVERYTHING)
    with pytest.raises(Failed, match=f"protocol {number}"):
        compared({WEB}, {WEB, Kind(number)})


def test_a_packet_of_no_connection_may_fall_at_an_open_port_only(compared):
    compared({WEB, WEB._replace(flags=ACK)}, {WEB})
    compared({WEB}, {WEB, WEB._replace(flags=ACK)})
    with pytest.raises(Failed, match=r"tcp port 22 \(no SYN\)"):
        compared({WEB}, {WEB, tcp(22)._replace(flags=ACK)})


def test_without_a_control_nothing_is_known(compared):
    with pytest.raises(Blocked) as caught:
        compared(None, {WEB})
    assert caught.value.by == "S1"
    with pytest.raises(Failed, match="nothing gets to www over IPv6"):
        compared({WEB}, None)


def test_a_source_route_is_well_formed():
    via = ip_address("2001:db8::3")
    [data] = SourceRouted(Shot.between(WEB, *SIX), via).packets(TAG)
    assert data[6] == ROUTING
    assert int.from_bytes(data[4:6], "big") == len(data) - 40
    # Next header, 2 * 8 octets more, type 0, one segment left (RFC 2460 section 4.4).
    assert data[40:48] == bytes([TCP, 2, 0, 1, 0, 0, 0, 0])
    assert data[48:64] == via.packed
    assert data[66:68] == (443).to_bytes(2, "big")
    assert TAG in data


@pytest.mark.parametrize("ends", [SIX, FOUR])
@pytest.mark.parametrize("kind", [tcp(80), udp(53)])
def test_pieces_that_are_put_together_have_a_right_checksum(ends, kind):
    pieces = Shot.between(kind._replace(cut=True), *ends).packets(TAG)
    source, destination = map(ip_address, ends)
    if ends == SIX:
        upper = b"".join(one[48:] for one in pieces)
        head = pseudo_header(source, destination, len(upper), kind.protocol)
    else:
        upper = b"".join(one[20:] for one in pieces)
        head = source.packed + destination.packed + bytes([0, kind.protocol, 0, len(upper)])
    assert checksum(head + upper) == 0
    if kind.protocol == UDP:
        assert int.from_bytes(upper[4:6], "big") == len(upper)


@isolated
def test_where_nothing_filters_the_families_are_the_same_and_all_else_fails():
    stage = ready()
    stage.lab.record = Record(time.monotonic() + 60)
    plan = stage.plan
    pc1, app = stage.lab.node("pc1"), stage.lab.node("app")
    four, six = Side(pc1, app, plan["app.address4"]), Side(pc1, app, plan["app.address"])
    parity.passes_the_same(four, six)
    with pytest.raises(Failed, match="does not ask for: icmpv6 type 0 code 0"):
        parity.messages_pass(stage.lab, "pc1", "app")
    with pytest.raises(Failed, match="type 0 routing header"):
        parity.not_by_source_routes(stage.lab, six, WEB, plan["app.address"], by="M1")
    with pytest.raises(Failed, match="of another side of the firewall"):
        parity.not_in_others_names(pc1, app, plan["app.address"], ["fd00::/8"], WEB, by="M1")
    ping = pc1.ping(app, plan["app.address"])
    for type_, code in parity.MUST:
        assert forged_icmp.complain(app, pc1, ping.arrived, type_, code) == "pc1"
