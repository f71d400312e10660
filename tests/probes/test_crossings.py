"""What is in what on a transit link, strangers at a tunnel's end, and packets of exact sizes and
in large numbers."""

import os
import signal
import socket
import time
from contextlib import contextmanager
from ipaddress import ip_address

import pytest

from ipv6lab.linux import syscalls
from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Netlink, set_link
from ipv6lab.probes import Record
from ipv6lab.probes.acts.narrow import narrowed
from ipv6lab.probes.asks import crossings, mtu
from ipv6lab.probes.asks.burst import burst
from ipv6lab.probes.asks.volley import fire
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.kinds import Kind, Shot
from ipv6lab.probes.seen.packet import Packet
from tests.probes.stage import ROUTER, Stage, isolated

NONCE = b"ipv6lab " + b"0123456789abcdef" * 2


def scapy():
    return pytest.importorskip("scapy.all")


def inner6(s):
    return s.IPv6(src="2001:db8::1", dst="2001:db8::2", hlim=61) / s.ICMPv6EchoRequest(data=NONCE)


def inner4(s):
    return s.IP(src="192.0.2.1", dst="192.0.2.2") / s.ICMP() / NONCE


def carried(s, packet):
    frame = bytes(s.Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / packet)
    return crossings.Crossing(Packet(0.0, "a--b", "a", True, frame), crossings.layers(frame))


def test_what_is_in_what():
    s = scapy()
    four = s.IP(src="100.64.0.1", dst="100.64.1.1", ttl=63)
    six = s.IPv6(src="3fff:c::1", dst="3fff:c::2")
    for packet, carriers, hop_limit in (
        (inner6(s), (), 61),
        (four / inner6(s), (41,), 61),
        (four / inner4(s), (4,), 64),
        (six / inner4(s), (4,), 64),
        (six / inner6(s), (41,), 61),
        (six / s.IPv6ExtHdrDestOpt(options=[s.PadN(optdata=b"\0" * 4)]) / inner4(s), (4,), 64),
        (four / s.GRE(proto=0x86DD) / inner6(s), (47,), 61),
        (four / s.GRE(proto=0x86DD, key_present=1, key=7, chksum_present=1) / inner6(s), (47,), 61),
        (four / s.GRE(proto=0x6558) / s.Ether() / inner6(s), (47,), 61),
        (six / s.GRE(proto=0x0800, seqnum_present=1) / inner4(s), (47,), 64),
        (four / s.UDP(dport=4789) / s.VXLAN(vni=1) / s.Ether() / inner6(s), (17,), 61),
        (four / s.UDP(dport=5555) / inner6(s), (17,), 63),
        (four / s.GRE(proto=0x86DD) / six / inner4(s), (47, 4), 64),
    ):
        crossing = carried(s, packet)
        assert crossing.carriers == carriers, packet.summary()
        assert crossing.inner.hop_limit == hop_limit, packet.summary()
        assert crossings.nonce_of(crossing.packet) == NONCE
    assert carried(s, four / inner6(s)).carrier == "6in4"
    assert carried(s, inner6(s)).carrier == "IPv6"
    # What says that IPv6 follows, and has none, or only the middle of one.
    assert carried(s, s.IP(proto=41) / b"\x45nonsense").carriers == ()
    assert carried(s, s.IP(proto=41, frag=3) / bytes(inner6(s))).carriers == ()


def test_the_filter_leaves_out_tcp_only():
    s = scapy()
    four, six = s.IP(src="100.64.0.1", dst="100.64.1.1"), s.IPv6(src="2001:db8::1")
    whole = s.IP(src="100.64.0.1", dst="100.64.1.1", flags="DF")
    for packet, passes in (
        (inner6(s), True),
        (inner4(s), True),
        (four / inner6(s), True),
        (whole / inner6(s), True),
        (four / s.GRE(proto=0x86DD) / inner6(s), True),
        (six / inner4(s), True),
        (four / s.UDP(), True),
        (s.IP(proto=41, frag=185) / (b"\6" * 60), True),
        (s.IP(proto=41, flags="MF") / six / s.TCP(), True),
        (six / s.TCP(), False),
        (four / s.TCP(), False),
        (four / six / s.TCP(), False),
        (whole / six / s.TCP(), False),
    ):
        frame = bytes(s.Ether() / packet)
        assert filters.matches(filters.NO_TCP, frame) == passes, packet.summary()


def test_a_filter_for_what_opens_and_refuses():
    s = scapy()
    options = s.IP(options=[s.IPOption_NOP()] * 4)
    for head in (s.IP(), s.IPv6()):
        for flags in ("S", "SEC", "SA", "R", "RA"):
            frame = bytes(s.Ether() / head / s.TCP(flags=flags))
            assert filters.matches(filters.TCP_OPENING, frame)
        for flags in ("A", "PA", "FA"):
            frame = bytes(s.Ether() / head / s.TCP(flags=flags))
            assert not filters.matches(filters.TCP_OPENING, frame)
        assert not filters.matches(filters.TCP_OPENING, bytes(s.Ether() / head / s.UDP()))
    hidden = s.IPv6() / s.IPv6ExtHdrDestOpt() / s.TCP(flags="S")
    for packet in (hidden, options / s.TCP(flags="A")):
        assert filters.matches(filters.TCP_OPENING, bytes(s.Ether() / packet))


def test_every_cut_is_survived():
    s = scapy()
    whole = bytes(s.Ether() / s.IP() / s.GRE(proto=0x86DD, key_present=1) / inner6(s))
    for end in range(len(whole)):
        crossings.layers(whole[:end])


def echo(inside):
    return Kind(1, (8, 0)) if "." in inside[0] else Kind(58, (128, 0))


def test_a_wrapped_packet_is_what_tools_take_it_for():
    s = scapy()
    for outer, inside in (
        (("100.64.0.1", "100.64.1.1"), ("2001:db8::1", "2001:db8::2")),
        (("3fff:c::1", "3fff:c::2"), ("192.0.2.1", "192.0.2.2")),
    ):
        shot = Shot.between(echo(inside), *inside)
        [data] = crossings.Carried.between(*outer, inside=shot).packets(NONCE)
        kind = s.IP if "." in outer[0] else s.IPv6
        packet = kind(data)
        assert (packet.src, packet.dst) == outer
        assert (packet.payload.src, packet.payload.dst) == inside
        assert NONCE in bytes(packet.payload.payload)
        rebuilt = kind(data)
        for layer in (rebuilt, rebuilt.payload):  # scapy computes the checksums anew
            for field in ("chksum", "cksum"):
                for part in (layer, layer.payload):
                    if field in part.fields:
                        delattr(part, field)
        assert bytes(rebuilt) == data


@pytest.mark.parametrize("inside", [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")])
def test_a_packet_wrapped_in_gre_is_what_tools_take_it_for(inside):
    shot = Shot.between(echo(inside), *inside)
    [data] = crossings.Carried.between("3fff:c::1", "3fff:c::2", shot, gre=True).packets(NONCE)
    packet = scapy().IPv6(data)
    assert (packet.nh, packet.src, packet.dst) == (47, "3fff:c::1", "3fff:c::2")
    gre = packet.payload
    assert bytes(gre)[:2] == b"\0\0"  # neither checksum, key nor sequence number
    assert (gre.payload.src, gre.payload.dst) == inside
    assert NONCE in bytes(gre.payload.payload)


@contextmanager
def decapsulating(stage, node, peer):
    """What a tunnel's end does: take protocol 41, from a peer alone if there is one."""
    child = os.fork()
    if child == 0:
        try:
            syscalls.die_with_parent()
            with entered(stage.namespace(node)):
                outer = socket.socket(socket.AF_INET, socket.SOCK_RAW, 41)
                inner = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
            while True:
                data, origin = outer.recvfrom(4096)
                packet = data[(data[0] & 15) * 4 :]
                if peer in (None, origin[0]):
                    inner.sendto(packet, (str(ip_address(packet[24:40])), 0))
        finally:
            os._exit(1)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@isolated
def test_a_tunnel_that_takes_packets_from_anybody():
    stage = Stage()
    stage.forward()
    stage.settle()
    stage.lab.record = Record(time.monotonic() + 20)
    plan, node = stage.plan, stage.lab.node
    inside = ("2001:db8:ffff::1", plan["app.address"])
    other = ("2001:db8:ffff::2", plan["app.address"])
    end, peer, third = plan["staff.router4"], plan["pc1.address4"], plan["pc2.address4"]
    stranger, friend, control = (
        crossings.Carried.between(outer, end, Shot.between(echo(pair), *pair))
        for outer, pair in ((third, inside), (peer, other), (peer, inside))
    )
    for taken, expected in (
        (None, ([stranger, friend], True)),
        (peer, ([friend], True)),
        ("0.0.0.0", ([], False)),
    ):
        with decapsulating(stage, ROUTER, taken):
            fired = fire(node("pc1"), node("app"), [stranger, friend], control, within=1.5)
        assert (fired.through, fired.control) == expected
    assert [one["probe"] for one in stage.lab.record.evidence] == ["volley"] * 3


def narrow(stage, octets):
    with Netlink(stage.namespace(ROUTER)) as netlink:
        netlink.send([set_link("srv", mtu=octets)])


@isolated
def test_packets_of_exact_sizes():
    stage = Stage()
    stage.forward()
    stage.settle()
    stage.lab.record = Record(time.monotonic() + 30)
    plan, app = stage.plan, stage.lab.node("app")
    pc1 = stage.lab.node("pc1")
    with stage.lab.link("staff").fresh_host(plan["staff.prefix"], plan["staff.router"]) as host:
        whole = mtu.send(host, app, plan["app.address"], 1500)
        assert whole.sent
        assert whole.arrived
        assert whole.complaint is whole.pieces is None
        assert len(whole.arrived.frame) == 14 + 1500
        assert mtu.send(host, app, plan["app.address"], 1500, round_trip=True).answered
        narrow(stage, 1400)
        big = mtu.send(host, app, plan["app.address"], 1500)
        assert big.arrived is None
        complaint = big.complaint
        assert (complaint.mtu, complaint.node, complaint.reached) == (1400, ROUTER, "new-host")
        assert complaint.returned
        # It knows the path MTU now, and sends more all the same.
        assert mtu.send(host, app, plan["app.address"], 1401).complaint.mtu == 1400
        assert mtu.send(host, app, plan["app.address"], 1400).arrived
    four = mtu.send(pc1, app, plan["app.address4"], 1401)
    assert (four.complaint.mtu, four.complaint.returned, four.arrived) == (1400, True, None)
    assert mtu.send(pc1, app, plan["app.address4"], 1400).arrived
    cut = mtu.send(pc1, app, plan["app.address4"], 1500, may_be_cut=True)
    assert (cut.arrived.node, cut.complaint) == ("app", None)
    assert cut.pieces.ip.fragment
    with pytest.raises(ValueError, match="holds no nonce"):
        mtu.send(pc1, app, plan["app.address4"], 60)
    lost = mtu.send(pc1, app, "192.0.2.99", 1000, within=0.2)
    assert lost.arrived is lost.answered is lost.complaint is None


@isolated
def test_a_link_is_narrow_for_a_while():
    stage = Stage()
    stage.forward()
    stage.settle()
    stage.lab.record = Record(time.monotonic() + 30)
    plan, app, pc1 = stage.plan, stage.lab.node("app"), stage.lab.node("pc1")
    with narrowed(stage.lab, "srv", 1300, forget=[pc1]):
        assert mtu.send(pc1, app, plan["app.address4"], 1500).complaint.mtu == 1300
        with Netlink(pc1.namespace) as netlink:
            assert netlink.route_to(plan["app.address4"]).mtu == 1300
    assert mtu.send(pc1, app, plan["app.address4"], 1500).arrived
    with Netlink(pc1.namespace) as netlink:
        assert netlink.route_to(plan["app.address4"]).mtu is None
    with pytest.raises(ValueError, match="too few for IPv6"), narrowed(stage.lab, "srv", 1000):
        pass


@isolated
def test_many_packets_at_once():
    stage = Stage()
    stage.forward()
    stage.settle()
    stage.lab.record = Record(time.monotonic() + 30)
    app, router = stage.lab.node("app"), stage.lab.node(ROUTER)
    address = stage.plan["app.address"]
    assert burst(router, app, address, 50) == (50, 50, True)
    assert burst(router, app, address, 3, kind=200) == (3, 3, True)
    nobody = stage.plan["servers.network"] + "99"
    assert burst(router, app, nobody, 50, within=0.3) == (0, 0, False)
