"""Whom a line of a log names, and what is told apart on a link that shall have IPv6 alone."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from ipv6lab.expect import dmz
from ipv6lab.probes import Packet
from ipv6lab.probes.seen import filters

TO, FROM = bytes.fromhex("00005e005301"), bytes.fromhex("00005e005302")
SIX = bytes.fromhex("86dd6000000000003b40") + bytes(32)
TCP4 = bytes.fromhex("4500002800004000400600000a0000010a000002")


def frame(rest: bytes) -> bytes:
    return TO + FROM + rest


def segment(flags: int) -> bytes:
    return frame(bytes.fromhex("0800") + TCP4 + bytes(13) + bytes([flags]) + bytes(6))


@pytest.mark.parametrize(
    ("word", "source", "named"),
    [
        ("203.0.113.4", "203.0.113.4", True),
        ("::ffff:203.0.113.4", "203.0.113.4", True),
        ("2001:db8:64::cb00:7104", "203.0.113.4", True),
        ("2001:db8:64::cb00:7105", "203.0.113.4", False),
        ("2001:db8:0:f4::1", "203.0.113.4", False),
        ("3fff:e:0:1:0:0:0:6", "3fff:e:0:1::6", True),
        ("203.0.113.4", "3fff:e:0:1::6", False),
        ("-", "203.0.113.4", False),
    ],
)
def test_a_word_of_a_log_names_a_visitor(word: str, source: str, named: bool) -> None:
    assert dmz._is(word, ip_address(source)) == named


@pytest.mark.parametrize(
    ("sent", "kept", "old"),
    [
        (frame(SIX), False, False),
        (frame(bytes.fromhex("0806") + bytes(28)), True, True),
        (frame(bytes.fromhex("810000c8") + bytes.fromhex("0806") + bytes(28)), True, True),
        (frame(bytes.fromhex("810000c8") + SIX), True, False),
        (frame(bytes.fromhex("0800") + TCP4[:9] + b"\x11" + TCP4[10:] + bytes(8)), True, True),
        (segment(0x02), True, True),
        (segment(0x10), False, True),  # a connection has begun before
    ],
)
def test_ipv4_and_arp_are_told_from_ipv6(sent: bytes, kept: bool, old: bool) -> None:
    assert filters.matches(filters.NOT_IPV6, sent) == kept
    assert dmz._is_ipv4(Packet(0.0, "dmz", "www", True, sent)) == old
