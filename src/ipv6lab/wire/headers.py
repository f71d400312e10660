"""The headers of a frame: what they say, and how they are made.

Ethernet II (with or without 802.1Q tag), IPv4, IPv6 with extension headers (RFC 8200), ICMPv6 and
UDP: as much as anybody here looks at. What does not fit decodes to None.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

ETH_P_8021Q, ETH_P_8021AD = 0x8100, 0x88A8
ETHERNET = struct.Struct("!6s6sH")
ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86DD
ICMP = 1
TCP = 6
UDP = 17
ROUTING = 43
FRAGMENT = 44
ICMPV6 = 58
HOP_BY_HOP = 0
DESTINATION_OPTIONS = 60

_IPV6 = struct.Struct("!IHBB16s16s")
_EXTENSIONS = (HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS)


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071); 0 over data that contains its right checksum."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo_header(source: IPv6Address, destination: IPv6Address, length: int, kind: int) -> bytes:
    """What an upper-layer checksum also covers (RFC 8200 section 8.1)."""
    return source.packed + destination.packed + struct.pack("!IxxxB", length, kind)


@dataclass(frozen=True)
class Datagram:
    """An IP packet without what stands before its upper layer.

    `fragment`: it came with a Fragment header (IPv6) or is a piece of a packet (IPv4); `payload`
    is then only as much as this piece holds, from `offset` on.
    """

    version: int
    source: IPv4Address | IPv6Address
    destination: IPv4Address | IPv6Address
    hop_limit: int
    protocol: int
    payload: bytes
    fragment: bool = False
    offset: int = 0
    extensions: tuple[int, ...] = ()

    @property
    def icmp_type(self) -> int | None:
        """The type of an ICMP or ICMPv6 message, None for anything else."""
        own = ICMPV6 if self.version == 6 else ICMP
        if self.protocol != own or not self.payload or self.offset:
            return None
        return self.payload[0]

    @property
    def ports(self) -> tuple[int, int] | None:
        """Source and destination port of UDP or TCP."""
        if self.protocol not in (UDP, TCP) or len(self.payload) < 4 or self.offset:
            return None
        source, destination = struct.unpack_from("!HH", self.payload)
        return source, destination

    @property
    def tcp_flags(self) -> int:
        """The flags of a TCP segment (RFC 9293 section 3.1), 0 where there is none."""
        if self.protocol != TCP or len(self.payload) < 14 or self.offset:
            return 0
        return self.payload[13]

    @property
    def checksum_right(self) -> bool:
        """Whether an ICMPv6 message has the checksum that it should have."""
        if not isinstance(self.source, IPv6Address) or not isinstance(
            self.destination, IPv6Address
        ):
            return False
        whole = pseudo_header(self.source, self.destination, len(self.payload), ICMPV6)
        return checksum(whole + self.payload) == 0


class Frame(NamedTuple):
    """An Ethernet frame without its VLAN tags; `kind` is the EtherType of what it carries."""

    source: str
    destination: str
    kind: int
    payload: bytes


def link_layer(frame: bytes) -> Frame | None:
    """What an Ethernet header says, None when it is cut off."""
    if len(frame) < ETHERNET.size:
        return None
    destination, source, kind = ETHERNET.unpack_from(frame)
    start = ETHERNET.size
    while kind in (ETH_P_8021Q, ETH_P_8021AD) and len(frame) >= start + 4:
        (kind,) = struct.unpack_from("!H", frame, start + 2)
        start += 4
    return Frame(source.hex(":"), destination.hex(":"), kind, frame[start:])


def datagram(frame: bytes) -> Datagram | None:
    """The IP packet of an Ethernet frame, None when there is none or it is cut off."""
    told = link_layer(frame)
    if told is None:
        return None
    if told.kind == ETH_P_IPV6:
        return _ipv6(told.payload)
    return _ipv4(told.payload) if told.kind == ETH_P_IP else None


def internet(data: bytes) -> Datagram | None:
    """The IP packet that begins here, of the version that it says; None when it is none."""
    return _ipv6(data) or _ipv4(data)


def _ipv4(data: bytes) -> Datagram | None:
    if len(data) < 20 or data[0] >> 4 != 4:
        return None
    header = (data[0] & 0xF) * 4
    (total,) = struct.unpack_from("!H", data, 2)
    (fragment,) = struct.unpack_from("!H", data, 6)
    if header < 20 or total < header or total > len(data):
        return None
    return Datagram(
        version=4,
        source=IPv4Address(data[12:16]),
        destination=IPv4Address(data[16:20]),
        hop_limit=data[8],
        protocol=data[9],
        payload=data[header:total],
        fragment=bool(fragment & 0x3FFF),
        offset=(fragment & 0x1FFF) * 8,
    )


def _ipv6(data: bytes) -> Datagram | None:
    if len(data) < _IPV6.size:
        return None
    first, length, following, hop_limit, source, destination = _IPV6.unpack_from(data)
    if first >> 28 != 6 or _IPV6.size + length > len(data):
        return None
    payload = data[_IPV6.size : _IPV6.size + length]
    passed: list[int] = []
    fragment, offset = False, 0
    while following in _EXTENSIONS or following == FRAGMENT:
        if len(payload) < 8 or offset:
            break
        size = 8 if following == FRAGMENT else (payload[1] + 1) * 8
        if size > len(payload):
            return None
        if following == FRAGMENT:
            fragment = True
            offset = struct.unpack_from("!H", payload, 2)[0] & 0xFFF8
        passed.append(following)
        following, payload = payload[0], payload[size:]
    return Datagram(
        version=6,
        source=IPv6Address(source),
        destination=IPv6Address(destination),
        hop_limit=hop_limit,
        protocol=following,
        payload=payload,
        fragment=fragment,
        offset=offset,
        extensions=tuple(passed),
    )


def ethernet(source: str, destination: str, kind: int, payload: bytes) -> bytes:
    """A frame; `source` and `destination` are MAC addresses."""
    return ETHERNET.pack(_mac(destination), _mac(source), kind) + payload


def ipv6(
    source: IPv6Address,
    destination: IPv6Address,
    kind: int,
    payload: bytes,
    hop_limit: int = 64,
) -> bytes:
    """An IPv6 packet around an upper-layer payload whose checksum is right already."""
    header = _IPV6.pack(6 << 28, len(payload), kind, hop_limit, source.packed, destination.packed)
    return header + payload


def icmpv6(
    source: IPv6Address, destination: IPv6Address, message: bytes, hop_limit: int = 255
) -> bytes:
    """An IPv6 packet around an ICMPv6 message, whose checksum field is computed."""
    blank = message[:2] + b"\0\0" + message[4:]
    total = checksum(pseudo_header(source, destination, len(blank), ICMPV6) + blank)
    whole = blank[:2] + struct.pack("!H", total) + blank[4:]
    return ipv6(source, destination, ICMPV6, whole, hop_limit)


def multicast_mac(group: IPv6Address) -> str:
    """The MAC address of an IPv6 multicast group (RFC 2464 section 7)."""
    return (b"\x33\x33" + group.packed[12:]).hex(":")


def _mac(address: str) -> bytes:
    data = bytes.fromhex(address.replace(":", ""))
    if len(data) != 6:
        raise ValueError(f"{address!r} is no MAC address")
    return data
