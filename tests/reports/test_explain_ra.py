"""What is said of an advertisement is what hosts do with it, frame by frame."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.reports.explain_ra import is_advertisement, tell
from ipv6lab.wire.headers import ETH_P_IPV6, ICMPV6, checksum, ethernet, ipv6, pseudo_header

MAC = "02:00:00:00:0a:bc"
ROUTER, ALL_NODES = IPv6Address("fe80::abc"), IPv6Address("ff02::1")
HEAD = struct.pack("!BBHII", 64, 0, 1800, 0, 0)
INFINITY = 0xFFFFFFFF


def frame(body, source=ROUTER, hop_limit=255, code=0, damage=0, before=b"", first=ICMPV6):
    message = bytes((134, code, 0, 0)) + body
    total = checksum(pseudo_header(source, ALL_NODES, len(message), ICMPV6) + message) ^ damage
    message = message[:2] + struct.pack("!H", total) + message[4:]
    packet = ipv6(source, ALL_NODES, first, before + message, hop_limit)
    return ethernet(MAC, "33:33:00:00:00:01", ETH_P_IPV6, packet)


def prefix(address="2001:db8:77::", length=64, flags=0xC0, valid=86400, preferred=14400):
    fixed = struct.pack("!BBBBIII", 3, 4, length, flags, valid, preferred, 0)
    return fixed + IPv6Address(address).packed


def option(kind, data):
    data += bytes(-(len(data) + 2) % 8)
    return bytes((kind, (len(data) + 2) // 8)) + data


def names(*texts):
    labels = (one.encode("latin-1").split(b".") for one in texts)
    return b"".join(b"".join(bytes([len(x)]) + x for x in each) + b"\0" for each in labels)


def timed(seconds, *data):
    return struct.pack("!HI", 0, seconds) + b"".join(data)


def said(octets):
    return list(tell(octets, "gw", str))


SERVER = IPv6Address("2001:db8::53").packed
HIDDEN = bytes((ICMPV6, 0, 1, 4, 0, 0, 0, 0))
DISCARDED = {
    "short": frame(HEAD[:4]),
    "hop limit": frame(HEAD, hop_limit=64),
    "link-local": frame(HEAD, source=IPv6Address("2001:db8::1")),
    "checksum": frame(HEAD, damage=0x5555),
    "code": frame(HEAD, code=1),
    "length 0": frame(HEAD + bytes((25, 0, 0, 0, 0, 0, 0, 0))),
    "longer": frame(HEAD + bytes((3, 9, 0, 0, 0, 0, 0, 0))),
    "fragmented": frame(HEAD, before=bytes((ICMPV6, 0, 0, 0, 0, 0, 0, 7)), first=44),
}
OBEYED = {
    "hosts build addresses of it (A flag), neighbours talk directly": prefix(),
    "do not fill up a prefix": prefix(length=48),
    "2001:db8:77::/65: neighbours talk directly (L flag)": prefix(length=65),
    "no prefix is so long": prefix(length=200),
    "preferred for 7200 s but valid for only 3600 s": prefix(valid=3600, preferred=7200),
    "no prefix that a router may announce": prefix("fe80::"),
    "Hosts ignore ff0e::/64": prefix("ff0e::"),
    "it is valid for 0 s": prefix(valid=0, preferred=0),
    "Hosts may not prefer": prefix(preferred=0),
    "preferred ∞ s, valid ∞ s": prefix(valid=INFINITY, preferred=INFINITY),
    "Hosts ignore the MTU of 100 octets": option(5, struct.pack("!HI", 0, 100)),
    "at most 1400 octets": option(5, struct.pack("!HI", 0, 1400)),
    "DNS servers: 2001:db8::53, for ∞ s.": option(25, timed(INFINITY, SERVER)),
    "no longer to be asked: 2001:db8::53": option(25, timed(0, SERVER)),
    "An option of type 25 that hosts ignore.": option(25, timed(600)),
    "looked up: a.example, b.example, for ∞ s.": option(
        31, timed(INFINITY, names("a.example", "b.example"))
    ),
    "NAT64 translates at 64:ff9b::/96, for 600 s.": option(
        38, struct.pack("!H", 75 << 3) + IPv6Address("64:ff9b::").packed[:12]
    ),
    "A captive portal: https://portal.example/api.": option(37, b"https://portal.example/api"),
    "An option of type 253 that hosts ignore.": option(253, b"whatever"),
    "the way to 2001:db8:9::/48, for ∞ s, preference high": option(
        24, struct.pack("!BBI", 48, 0x08, INFINITY) + IPv6Address("2001:db8:9::").packed[:8]
    ),
    "Hosts ignore the route to 2001:db8:9::/48": option(
        24, struct.pack("!BBI", 48, 0x10, 60) + IPv6Address("2001:db8:9::").packed[:8]
    ),
}


@pytest.mark.parametrize("why", DISCARDED)
def test_hosts_discard_it_and_so_it_is_said(why: str) -> None:
    assert is_advertisement(DISCARDED[why])
    (only,) = said(DISCARDED[why])
    assert "Hosts discard" in only
    assert why in only


@pytest.mark.parametrize("text", OBEYED)
def test_an_option_is_told_as_hosts_take_it(text: str) -> None:
    lines = said(frame(HEAD + OBEYED[text]))
    assert lines[0] == "gw is a default router for 1800 s more, preference medium."
    assert any(text in line for line in lines), lines
    if "ignore" in text or "fill up" in text:
        assert not any("hosts build addresses" in line for line in lines)


@pytest.mark.parametrize("kind", [0, 60])
def test_extension_headers_hide_nothing(kind: int) -> None:
    hidden = frame(HEAD + prefix(), before=HIDDEN, first=kind)
    assert is_advertisement(hidden)
    assert said(hidden) == said(frame(HEAD + prefix()))


@given(st.binary(max_size=120))
def test_whatever_is_advertised_is_told_in_printable_lines(body: bytes) -> None:
    for octets in (frame(body), frame(HEAD + body)):
        assert said(octets)
        assert all(line.isprintable() for line in said(octets))
