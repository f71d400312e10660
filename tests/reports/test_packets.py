"""Frames are shown as an analyser shows them, and no frame breaks the report."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.dhcp6 import (
    DHCP6_Reply,
    DHCP6OptClientId,
    DHCP6OptDNSServers,
    DHCP6OptIA_NA,
    DHCP6OptIAAddress,
    DHCP6OptServerId,
)
from scapy.layers.inet import UDP
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    ICMPv6MLDMultAddrRec,
    ICMPv6MLReport2,
    ICMPv6ND_RA,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
)
from scapy.layers.l2 import Ether

from ipv6lab.reports.dissection import Packet, decode, decode_all, hexdump
from ipv6lab.reports.evidence import Frame


def decoded(samples: ModuleType, name: str) -> Packet:
    return decode(Frame(1.0, "staff", bytes(getattr(samples, name)())))


@pytest.mark.parametrize(
    ("name", "summary"),
    [
        (
            "router_advertisement",
            "fe80::1 → ff02::1 ICMPv6 Router Advertisement, lifetime 30 s, "
            "prefix 2001:db8:100:110::/64 (LA), DNS 2001:db8:100:440::53, "
            "search coquanmau.gov.vn",
        ),
        (
            "router_solicitation",
            "fe80::11 → ff02::2 ICMPv6 Router Solicitation from 02:00:00:00:00:11",
        ),
        (
            "neighbour_solicitation",
            "2001:db8:100:110::11 → ff02::1:ff00:1 ICMPv6 Neighbor Solicitation for "
            "2001:db8:100:110::1 from 02:00:00:00:00:11",
        ),
        (
            "neighbour_advertisement",
            "2001:db8:100:110::1 → 2001:db8:100:110::11 ICMPv6 Neighbor Advertisement "
            "2001:db8:100:110::1 is at 02:00:00:00:00:01 (R S O)",
        ),
        (
            "echo_request",
            "2001:db8:100:110::11 → 2001:db8:100:440::80 ICMPv6 Echo request id=0x1234, seq=1",
        ),
        (
            "packet_too_big",
            "2001:db8:100:110::1 → 2001:db8:100:110::11 ICMPv6 Packet Too Big, MTU 1280, "
            "about 2001:db8:100:110::11 → 2001:db8:100:440::80",
        ),
        ("dhcp6_solicit", "fe80::11 → ff02::1:2 DHCPv6 Solicit XID 0xabcdef"),
        (
            "dhcp6_advertise",
            "fe80::1 → fe80::11 DHCPv6 Advertise XID 0xabcdef, IAA 2001:db8:100:110::100",
        ),
        (
            "tcp_syn",
            "2001:db8:100:110::11 → 2001:db8:100:440::80 TCP 50000 → 80 [SYN] Seq=1000 Len=0",
        ),
        (
            "arp_request",
            "02:00:00:00:00:11 → ff:ff:ff:ff:ff:ff ARP Who has 198.18.10.1? Tell 198.18.10.11",
        ),
        ("ping4", "198.18.10.11 → 198.18.40.80 ICMP Echo request id=0x0077, seq=3"),
    ],
)
def test_a_packet_is_told_in_one_line(samples: ModuleType, name: str, summary: str) -> None:
    assert decoded(samples, name).summary == summary


def test_the_fields_of_an_advertisement(samples: ModuleType) -> None:
    layers = {
        layer.name: dict(layer.fields) for layer in decoded(samples, "router_advertisement").layers
    }
    assert layers["Internet Protocol version 6"]["hop limit"] == "255"
    assert layers["ICMPv6 Router Advertisement"]["router lifetime"] == "30"
    assert layers["ICMPv6 Router Advertisement"]["managed (M)"] == "0"
    prefix = layers["Prefix Information option"]
    assert prefix["prefix"] == "2001:db8:100:110::"
    assert prefix["autonomous (A)"] == "1"
    assert prefix["valid lifetime"] == "86400"
    assert prefix["preferred lifetime"] == "14400"
    assert layers["Recursive DNS Server option"]["servers"] == "2001:db8:100:440::53"
    assert layers["DNS Search List option"]["search list"] == "coquanmau.gov.vn."


def test_a_nonce_can_be_read(samples: ModuleType) -> None:
    layers = {layer.name: dict(layer.fields) for layer in decoded(samples, "echo_request").layers}
    assert layers["ICMPv6 Echo Request"]["data"] == "nonce-7f3a9c"


def test_packets_come_in_the_order_of_time(samples: ModuleType) -> None:
    late = Frame(2.0, "staff", bytes(samples.echo_reply()))
    early = Frame(1.0, "staff", bytes(samples.echo_request()))
    assert [packet.time for packet in decode_all([late, early])] == [1.0, 2.0]


@pytest.mark.parametrize("octets", [b"", b"\0", b"\xff" * 13])
def test_what_is_no_frame_is_said_to_be_none(octets: bytes) -> None:
    assert "no Ethernet frame" in decode(Frame(0, "x", octets)).info


@settings(max_examples=150)
@given(octets=st.binary(max_size=400))
def test_arbitrary_octets_are_decoded(octets: bytes) -> None:
    packet = decode(Frame(0, "x", octets))
    assert packet.octets == octets
    assert packet.summary.isprintable()


KINDS = (
    "router_advertisement",
    "neighbour_advertisement",
    "packet_too_big",
    "dhcp6_advertise",
    "dhcp6_solicit",
    "ping4",
    "arp_request",
)


@settings(max_examples=250)
@given(data=st.data())
def test_damaged_frames_are_decoded(samples: ModuleType, data: st.DataObject) -> None:
    octets = bytearray(bytes(getattr(samples, data.draw(st.sampled_from(KINDS)))()))
    for _time in range(data.draw(st.integers(0, 4))):
        octets[data.draw(st.integers(12, len(octets) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(octets)))
    packet = decode(Frame(0, "x", bytes(octets[:cut])))
    for layer in packet.layers:
        for name, value in layer.fields:
            assert (name + value).isprintable()
            assert len(value) < 500


def test_a_dump_shows_octets_and_characters() -> None:
    assert hexdump(b"IPv6\x00") == f"0000  {'49 50 76 36 00':<47}  IPv6·"
    assert hexdump(bytes(2000)).endswith("… 976 octets more")


MLD2 = ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(dst="ff02::1234", rtype=4)])


@pytest.mark.parametrize(
    ("between", "message", "said"),
    [
        (IPv6ExtHdrHopByHop(), MLD2, "Multicast Listener Report v2"),
        (IPv6ExtHdrDestOpt(), ICMPv6EchoRequest(id=7, seq=1), "Echo request id=0x0007, seq=1"),
        (IPv6ExtHdrFragment(), ICMPv6EchoRequest(id=7, seq=1), "Echo request id=0x0007, seq=1"),
        (IPv6ExtHdrHopByHop(), ICMPv6ND_RA(prf=1), "Router Advertisement, lifetime 1800 s, "),
        (IPv6ExtHdrDestOpt(), UDP(sport=1, dport=2), "1 → 2 Len=0"),
    ],
)
def test_extension_headers_are_gone_through(between: Any, message: Any, said: str) -> None:
    frame = Ether() / IPv6(src="fe80::1", dst="ff02::1") / between / message
    assert decode(Frame(0, "x", bytes(frame))).info.startswith(said)


def test_a_leased_address_is_told_once() -> None:
    address = DHCP6OptIAAddress(addr="2001:db8::1000")
    reply = DHCP6_Reply(trid=1) / DHCP6OptClientId() / DHCP6OptServerId()
    reply = (
        reply / DHCP6OptIA_NA(ianaopts=[address]) / DHCP6OptDNSServers(dnsservers=["2001:db8::53"])
    )
    frame = Ether() / IPv6(src="fe80::1", dst="fe80::2") / UDP(sport=547, dport=546) / reply
    assert decode(Frame(0, "x", bytes(frame))).info == "Reply XID 0x000001, IAA 2001:db8::1000"
