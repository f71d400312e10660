"""IP/ICMP translation (RFC 7915): all fields of the two headers, and what becomes of what.

Nothing is translated here; this says of two packets what a translator would have made of the one.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from ipv6lab.addresses.embedding import extracted
from ipv6lab.wire.headers import (
    DESTINATION_OPTIONS,
    FRAGMENT,
    HOP_BY_HOP,
    ICMP,
    ICMPV6,
    ROUTING,
    TCP,
    UDP,
    checksum,
    pseudo_header,
)

LENGTHS = (96, 64, 56, 48, 40, 32)  # of a translator's prefix (RFC 6052 section 2.2)
ECHO = {8: 128, 0: 129}  # request, reply
ERRORS4, ERRORS6 = (3, 11, 12), (1, 2, 3, 4)
MTU_DIFFERENCE = 20  # octets that the IPv6 header is longer
LEAST_MTU = 1280

# Type and code of an error (RFC 7915 sections 4.2 and 5.2); what is not here is dropped.
TO_SIX: dict[tuple[int, int], tuple[int, int]] = {
    **{(3, code): (1, 0) for code in (0, 1, 5, 6, 7, 8, 11, 12)},
    (3, 2): (4, 1),
    (3, 3): (1, 4),
    (3, 4): (2, 0),
    **{(3, code): (1, 1) for code in (9, 10, 13, 15)},
    (11, 0): (3, 0),
    (11, 1): (3, 1),
    (12, 0): (4, 0),
    (12, 2): (4, 0),
}
TO_FOUR: dict[tuple[int, int], tuple[int, int]] = {
    (1, 0): (3, 1),
    (1, 1): (3, 10),
    (1, 2): (3, 1),
    (1, 3): (3, 1),
    (1, 4): (3, 3),
    (2, 0): (3, 4),
    (3, 0): (11, 0),
    (3, 1): (11, 1),
    (4, 0): (12, 0),
    (4, 1): (3, 2),
}
# Where the field stands that an error points at (figures 3 and 6); others have no counterpart.
POINTERS_TO_SIX = {0: 0, 1: 1, 2: 4, 3: 4, 8: 7, 9: 6}
POINTERS_TO_SIX |= dict.fromkeys(range(12, 16), 8) | dict.fromkeys(range(16, 20), 24)
POINTERS_TO_FOUR = {0: 0, 1: 1, 4: 2, 5: 2, 6: 9, 7: 8}
POINTERS_TO_FOUR |= dict.fromkeys(range(8, 24), 12) | dict.fromkeys(range(24, 40), 16)
NEXT_HEADER_AT = 6  # where an IPv6 header says what comes next

RIGHT, WRONG, LEFT, NONE, UNKNOWN = "right", "wrong", "left", "none", "unknown"  # checksums


@dataclass(frozen=True, slots=True)
class Packet:
    """An IP packet with every field of its header; lengths are in octets.

    `traffic_class` is what IPv4 calls type of service. `identification` is None in IPv6 without a
    Fragment header. `passed` are the other extension headers, `options` the octets of IPv4's.
    `payload` begins with the upper layer; `length` is what the header says of it, and there may be
    less: an ICMP error quotes only a part.
    """

    version: int
    source: IPv4Address | IPv6Address
    destination: IPv4Address | IPv6Address
    traffic_class: int
    hop_limit: int
    protocol: int
    length: int
    payload: bytes
    flow_label: int = 0
    identification: int | None = None
    offset: int = 0
    more: bool = False
    dont: bool = False
    passed: tuple[int, ...] = ()
    options: int = 0
    header_checksum: int | None = None
    header_right: bool = True

    @property
    def whole(self) -> int:
        """The octets of the packet with its headers, as its header has them."""
        if self.version == 4:
            return 20 + self.options + self.length
        return 40 + self.length + (8 if self.identification is not None else 0)

    @property
    def fragment(self) -> bool:
        """Whether it is a piece of a packet, and not all of it."""
        return self.more or self.offset > 0

    @property
    def icmp(self) -> bool:
        return self.protocol == (ICMPV6 if self.version == 6 else ICMP)

    @property
    def error(self) -> bool:
        """Whether it is an ICMP error, which quotes the packet that it is about."""
        known = ERRORS6 if self.version == 6 else ERRORS4
        return self.icmp and len(self.payload) >= 8 and self.payload[0] in known

    @property
    def echo(self) -> bool:
        known = ECHO.values() if self.version == 6 else ECHO.keys()
        return self.icmp and len(self.payload) >= 8 and self.payload[0] in known

    @property
    def ports(self) -> tuple[int, int] | None:
        if self.protocol not in (TCP, UDP) or len(self.payload) < 4 or self.offset:
            return None
        source, destination = struct.unpack_from("!HH", self.payload)
        return source, destination

    @property
    def quoted(self) -> Packet | None:
        """The packet that an error is about."""
        return packet(self.payload[8:]) if self.error else None


def packet(data: bytes) -> Packet | None:
    """The packet that begins here, of the version that it says; None when it is none.

    >>> whole = packet(bytes.fromhex("4500001c0001000040117c5e c0000221 cb007150 0001000200080000"))
    >>> str(whole.source), whole.header_right, whole.ports, whole.length
    ('192.0.2.33', True, (1, 2), 8)
    """
    if len(data) >= 20 and data[0] >> 4 == 4:
        return _four(data)
    return _six(data) if len(data) >= 40 and data[0] >> 4 == 6 else None


def _four(data: bytes) -> Packet | None:
    header = (data[0] & 0xF) * 4
    total, number, flags = struct.unpack_from("!HHH", data, 2)
    if header < 20 or total < header or len(data) < header:
        return None
    return Packet(
        version=4,
        source=IPv4Address(data[12:16]),
        destination=IPv4Address(data[16:20]),
        traffic_class=data[1],
        hop_limit=data[8],
        protocol=data[9],
        length=total - header,
        payload=data[header:total],
        identification=number,
        offset=(flags & 0x1FFF) * 8,
        more=bool(flags & 0x2000),
        dont=bool(flags & 0x4000),
        options=header - 20,
        header_checksum=int.from_bytes(data[10:12], "big"),
        header_right=checksum(data[:header]) == 0,
    )


def _six(data: bytes) -> Packet | None:
    first, length, following, hop_limit, source, destination = struct.unpack_from(
        "!IHBB16s16s", data
    )
    payload = data[40 : 40 + length]
    passed: list[int] = []
    number: int | None = None
    offset, more = 0, False
    while following in (HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS, FRAGMENT) and not offset:
        if len(payload) < 8:
            break
        size = 8 if following == FRAGMENT else (payload[1] + 1) * 8
        if size > len(payload):
            return None
        if following == FRAGMENT:
            flags, number = struct.unpack_from("!HI", payload, 2)
            offset, more = flags & 0xFFF8, bool(flags & 1)
        else:
            passed.append(following)
        following, payload, length = payload[0], payload[size:], length - size
    return Packet(
        version=6,
        source=IPv6Address(source),
        destination=IPv6Address(destination),
        traffic_class=first >> 20 & 0xFF,
        hop_limit=hop_limit,
        protocol=following,
        length=length,
        payload=payload,
        flow_label=first & 0xFFFFF,
        identification=number,
        offset=offset,
        more=more,
        passed=tuple(passed),
    )


def prefixes(
    six: IPv4Address | IPv6Address, four: IPv4Address | IPv6Address
) -> tuple[IPv6Network, ...]:
    """The prefixes behind which the one is the other's address by RFC 6052, the likeliest first.

    >>> from ipaddress import ip_address
    >>> prefixes(ip_address("2001:db8:122:344:c0:2:2100::"), ip_address("192.0.2.33"))
    (IPv6Network('2001:db8:122:344::/64'),)
    """
    if not isinstance(six, IPv6Address) or not isinstance(four, IPv4Address):
        return ()
    found = []
    for length in LENGTHS:
        prefix = IPv6Network((six, length), strict=False)
        end = 0 if length == 96 else 128 - length - 32 - 8  # what comes after must be nothing
        if length < 96 and (int(six) & ((1 << end) - 1) or six.packed[8]):
            continue
        if extracted(prefix, six) == four:
            found.append(prefix)
    return tuple(found)


def upper_checksum(told: Packet) -> str:
    """Whether the checksum of the upper layer is `RIGHT`, `WRONG`, or `LEFT` to a network card.

    `NONE`: there is none, as UDP in IPv4 may have it. `UNKNOWN`: not all of it is here.
    """
    at = {TCP: 16, UDP: 6, ICMP: 2, ICMPV6: 2}.get(told.protocol)
    if at is None or told.fragment or len(told.payload) < max(told.length, at + 2):
        return UNKNOWN
    (has,) = struct.unpack_from("!H", told.payload, at)
    if told.protocol == UDP and not has:
        return NONE if told.version == 4 else WRONG
    before = b""
    if told.version == 6 or told.protocol in (TCP, UDP):
        before = _pseudo(told)
    if checksum(before + told.payload) == 0:
        return RIGHT
    # What a computer sends itself may leave the rest of the sum to its card.
    return LEFT if before and has == ~checksum(before) & 0xFFFF else WRONG


def _pseudo(told: Packet) -> bytes:
    source, destination = told.source, told.destination
    if isinstance(source, IPv6Address) and isinstance(destination, IPv6Address):
        return pseudo_header(source, destination, told.length, told.protocol)
    return source.packed + destination.packed + struct.pack("!xBH", told.protocol, told.length)
