"""A first look at a frame: its headers, tunnels and ports, without a dissector's cost.

What does not fit ends the look where it stands; nothing here raises for what a frame holds.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field

ETHERNET = 14
IPV4, IPV6, ARP, BRIDGED = 0x0800, 0x86DD, 0x0806, 0x6558
VLANS = (0x8100, 0x88A8)
EXTENSIONS = (0, 43, 60)  # Hop-by-Hop, Routing, Destination Options: the same form (RFC 8200)
FRAGMENT, NO_NEXT = 44, 59
IN_IPV4, IN_IPV6, GRE = 4, 41, 47
PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6", 50: "ESP", 89: "OSPF", 132: "SCTP"}
VXLAN = 4789
DEEPEST = 8


@dataclass(slots=True)
class Header:
    """An Internet header; `tunnel` is what it carries the next one in, if it does."""

    version: int
    source: str
    destination: str
    hop_limit: int
    tunnel: str = ""


@dataclass(slots=True)
class Glance:
    """What a first look finds. `headers` go from the outside in; `inner` are the octets from the
    last of them on, `macs` the addresses of the frame that directly carries it, if any."""

    octets: bytes
    outer_macs: tuple[str, str] = ("", "")  # source, destination
    macs: tuple[str, str] | None = None
    headers: list[Header] = field(default_factory=list)
    protocol: str = "Ethernet"
    ports: tuple[int, int] | None = None
    flags: int = 0  # of TCP
    sequence: int = 0
    payload: bytes = b""
    inner: bytes = b""

    @property
    def last(self) -> Header | None:
        return self.headers[-1] if self.headers else None


def look(octets: bytes) -> Glance:
    """Look at an Ethernet frame."""
    glance = Glance(octets)
    kind, at = BRIDGED, 0
    for _depth in range(DEEPEST):
        try:
            following = _step(glance, kind, at)
        except (struct.error, IndexError):
            break
        if following is None:
            break
        kind, at = following
    return glance


def _step(glance: Glance, kind: int, at: int) -> tuple[int, int] | None:
    """Read one header; what follows, and where."""
    octets = glance.octets
    if kind == BRIDGED:
        return _ethernet(glance, at)
    glance.inner = octets[at:]
    if kind == IPV6:
        length, following, limit = struct.unpack_from("!HBB", octets, at + 4)
        source, destination = octets[at + 8 : at + 24], octets[at + 24 : at + 40]
        end = min(len(octets), at + 40 + length) if length else len(octets)
        header = Header(6, _text(source), _text(destination), limit)
        start = at + 40
        while following in EXTENSIONS:
            following, start = octets[start], start + (octets[start + 1] + 1) * 8
        fragment = 0
        if following == FRAGMENT:
            following, fragment = octets[start], struct.unpack_from("!H", octets, start + 2)[0]
            start += 8
        later = fragment & 0xFFF8
    elif kind == IPV4:
        length, fragment = struct.unpack_from("!H2xH", octets, at + 2)
        limit, following = octets[at + 8], octets[at + 9]
        header = Header(
            4, _text(octets[at + 12 : at + 16]), _text(octets[at + 16 : at + 20]), limit
        )
        start, end = at + (octets[at] & 15) * 4, min(len(octets), at + (length or len(octets)))
        later = fragment & 0x1FFF
    else:
        return None
    glance.headers.append(header)
    if later:
        glance.protocol = "fragment"
        return None
    return _upper(glance, header, following, start, end)


def _ethernet(glance: Glance, at: int) -> tuple[int, int] | None:
    octets = glance.octets
    (kind,) = struct.unpack_from("!H", octets, at + 12)
    macs = octets[at + 6 : at + 12].hex(":"), octets[at : at + 6].hex(":")
    glance.macs = macs
    if at == 0:
        glance.outer_macs = macs
    at += ETHERNET
    while kind in VLANS:
        (kind,) = struct.unpack_from("!H", octets, at + 2)
        at += 4
    glance.inner = octets[at:]
    if kind == ARP:
        glance.protocol = "ARP"
        return None
    glance.protocol = f"0x{kind:04x}"
    return kind, at


def _upper(
    glance: Glance, header: Header, following: int, start: int, end: int
) -> tuple[int, int] | None:
    octets = glance.octets
    glance.protocol = PROTOCOLS.get(following, f"protocol {following}")
    glance.payload = octets[start:end]
    if following == IN_IPV6:
        header.tunnel = "6in4" if header.version == 4 else "ip6tnl"
        glance.macs = None
        return IPV6, start
    if following == IN_IPV4:
        header.tunnel = "IPIP" if header.version == 4 else "ip6tnl"
        glance.macs = None
        return IPV4, start
    if following == GRE:
        flags, kind = struct.unpack_from("!HH", octets, start)
        header.tunnel = "GRE" if header.version == 4 else "ip6gre"
        glance.macs = None
        # A checksum, a key and a sequence number may be there (RFC 2890).
        return kind, start + 4 + 4 * sum(1 for bit in (0x8000, 0x2000, 0x1000) if flags & bit)
    if following == 6:
        glance.ports = struct.unpack_from("!HH", octets, start)
        (glance.sequence,) = struct.unpack_from("!I", octets, start + 4)
        glance.flags = octets[start + 13]
        glance.payload = octets[start + (octets[start + 12] >> 4) * 4 : end]
    elif following == 17:
        glance.ports = struct.unpack_from("!HH", octets, start)
        glance.payload = octets[start + 8 : end]
        if glance.ports[1] == VXLAN and len(glance.payload) > 8 and glance.payload[0] & 8:
            header.tunnel = f"VXLAN {int.from_bytes(glance.payload[4:7], 'big')}"
            return BRIDGED, start + 16
    return None


def _text(address: bytes) -> str:
    family = socket.AF_INET if len(address) == 4 else socket.AF_INET6
    try:
        return socket.inet_ntop(family, address)
    except ValueError:
        raise IndexError("a header that is cut off") from None
