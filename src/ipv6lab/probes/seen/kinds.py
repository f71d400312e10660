"""Kinds of packets as a firewall tells them apart, and packets of each kind (RFC 8200, RFC 4443).

Everything that is made here is well formed, down to its checksums, so that nobody drops it for
another reason than its kind. It means nothing to who gets it.
"""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

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

Address = IPv4Address | IPv6Address

SYN, ACK = 0x02, 0x10
NO_NEXT_HEADER = 59
WINDOW = 0xFFFF
SPLIT = 40  # octets of a fragmented packet's first piece: any upper header made here, and the tag
EXTENSIONS = {
    HOP_BY_HOP: "hop-by-hop options",
    ROUTING: "routing header",
    FRAGMENT: "fragment",
    DESTINATION_OPTIONS: "destination options",
}
# Eight octets each, the first of them the next header: six octets of padding (PadN), a routing
# header of which no segment is left (type 253, RFC 4727), the only piece of a whole packet.
_PADDING = bytes([0, 1, 4, 0, 0, 0, 0])
_ROUTED = bytes([0, 253, 0, 0, 0, 0, 0])
_NAMES = {4: {ICMP: "icmp", TCP: "tcp", UDP: "udp"}, 6: {ICMPV6: "icmpv6", TCP: "tcp", UDP: "udp"}}


class Kind(NamedTuple):
    """What a packet is: its upper-layer `protocol` and what tells packets of it apart.

    `detail` is type and code of ICMP or ICMPv6, the destination port of TCP or UDP, else empty.
    `sport` is a source port that stands out, 0 for any. `flags` are TCP's. `extension` is a header
    of IPv6 before it, or None; a `cut` packet travels in two pieces (of either family).
    """

    protocol: int
    detail: tuple[int, ...] = ()
    sport: int = 0
    flags: int = SYN
    extension: int | None = None
    cut: bool = False

    def words(self, family: int) -> str:
        """Its name, as nft writes what it is."""
        name = _NAMES[family].get(self.protocol)
        if name is None or not self.detail:
            text = f"protocol {self.protocol}"
        elif len(self.detail) == 2:
            text = f"{name} type {self.detail[0]} code {self.detail[1]}"
        else:
            text = f"{name} port {self.detail[0]}"
        if self.sport:
            text += f" from port {self.sport}"
        if self.protocol == TCP and self.flags != SYN:
            text += " (no SYN)"
        if self.cut:
            text += " in fragments"
        if self.extension is not None:
            text += f" behind {EXTENSIONS[self.extension]}"
        return text


@dataclass(frozen=True)
class Shot:
    """A packet of a kind, from an address to another of the same family; `octets` in all, if more
    than it takes."""

    kind: Kind
    source: Address
    destination: Address
    hop_limit: int = 64
    octets: int = 0

    @classmethod
    def between(cls, kind: Kind, source: object, destination: object, **more: int) -> Shot:
        return cls(kind, ip_address(str(source)), ip_address(str(destination)), **more)

    def __str__(self) -> str:
        return f"{self.source} > {self.destination}: {self.kind.words(self.source.version)}"

    def packets(self, tag: bytes) -> list[bytes]:
        """The whole IP packets: one, or two pieces."""
        head = 40 if self.source.version == 6 else 20
        # Padded before its checksum is made: who puts pieces together looks at it.
        upper = self._upper(tag, max(self.octets - head, 2 * SPLIT if self.kind.cut else 0))
        if isinstance(self.source, IPv6Address):
            return self._ipv6(upper)
        return self._ipv4(upper)

    # Upper layers

    def _upper(self, tag: bytes, size: int) -> bytes:
        protocol, detail = self.kind.protocol, self.kind.detail
        if protocol in (TCP, UDP) and detail:
            port = self.kind.sport or 49152 + secrets.randbelow(16384)  # RFC 6335 section 6
            if protocol == UDP:
                length = max(size, 8 + len(tag))
                body = struct.pack("!HHHH", port, detail[0], length, 0) + tag
                return self._summed(body.ljust(length, b"\0"), 6)
            number = secrets.randbits(32)
            acknowledged = number if self.kind.flags & ACK else 0
            head = struct.pack("!HHII", port, detail[0], number, acknowledged)
            head += struct.pack("!BBHHH", 5 << 4, self.kind.flags, WINDOW, 0, 0)
            return self._summed((head + tag).ljust(size, b"\0"), 16)
        if protocol == ICMPV6 and self.source.version == 6 and detail:
            body = struct.pack("!BBHI", *detail, 0, secrets.randbits(32)) + tag
            return self._summed(body.ljust(size, b"\0"), 2)
        if protocol == ICMP and self.source.version == 4 and detail:
            body = (struct.pack("!BBHI", *detail, 0, secrets.randbits(32)) + tag).ljust(size, b"\0")
            return body[:2] + struct.pack("!H", checksum(body)) + body[4:]
        if self.source.version == 6 and protocol in EXTENSIONS:
            return _extension(protocol, NO_NEXT_HEADER) + tag
        return (bytes([NO_NEXT_HEADER]) + _PADDING + tag).ljust(size, b"\0")

    def _summed(self, body: bytes, at: int) -> bytes:
        """The same with its checksum at that octet."""
        if isinstance(self.source, IPv6Address) and isinstance(self.destination, IPv6Address):
            head = pseudo_header(self.source, self.destination, len(body), self.kind.protocol)
        else:
            head = self.source.packed + self.destination.packed
            head += struct.pack("!xBH", self.kind.protocol, len(body))
        total = checksum(head + body)
        if self.kind.protocol == UDP:
            total = total or 0xFFFF
        return body[:at] + struct.pack("!H", total) + body[at + 2 :]

    # IP

    def _ipv6(self, upper: bytes) -> list[bytes]:
        following = self.kind.protocol
        if self.kind.extension is not None:
            upper = _extension(self.kind.extension, following) + upper
            following = self.kind.extension
        if not self.kind.cut:
            return [headed(self.source, self.destination, following, upper, self.hop_limit)]
        upper = upper.ljust(2 * SPLIT, b"\0")
        name = secrets.randbits(32)
        return [
            headed(
                self.source,
                self.destination,
                FRAGMENT,
                struct.pack("!BxHI", following, at | more, name) + piece,
                self.hop_limit,
            )
            for at, more, piece in ((0, 1, upper[:SPLIT]), (SPLIT, 0, upper[SPLIT:]))
        ]

    def _ipv4(self, upper: bytes) -> list[bytes]:
        if not self.kind.cut:
            return [self._headed4(0x4000, 0, upper)]
        name = 1 + secrets.randbelow(0xFFFF)
        upper = upper.ljust(2 * SPLIT, b"\0")
        return [
            self._headed4(0x2000, name, upper[:SPLIT]),
            self._headed4(SPLIT // 8, name, upper[SPLIT:]),
        ]

    def _headed4(self, fragment: int, name: int, payload: bytes) -> bytes:
        protocol, hops = self.kind.protocol, self.hop_limit
        whole = headed(self.source, self.destination, protocol, payload, hops)
        head = whole[:4] + struct.pack("!HH", name, fragment) + whole[8:10] + b"\0\0" + whole[12:20]
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


@dataclass(frozen=True)
class SourceRouted:
    """The packet of a shot with a routing header of type 0 before what it holds (RFC 5095).

    It asks to be sent on to the address `via` by who gets it.
    """

    shot: Shot
    via: Address

    @property
    def source(self) -> Address:
        return self.shot.source

    def __str__(self) -> str:
        return f"{self.shot} behind a routing header of type 0"

    def packets(self, tag: bytes) -> list[bytes]:
        shot = self.shot
        [whole] = shot.packets(tag)
        header = struct.pack("!BBBBI", whole[6], 2, 0, 1, 0) + self.via.packed
        payload = header + whole[40:]
        return [headed(shot.source, shot.destination, ROUTING, payload, shot.hop_limit)]


def headed(
    source: Address, destination: Address, protocol: int, payload: bytes, hop_limit: int = 64
) -> bytes:
    """An IP packet, of the family of its addresses, around a payload."""
    if source.version == 6:
        head = struct.pack("!IHBB", 6 << 28, len(payload), protocol, hop_limit)
        return head + source.packed + destination.packed + payload
    length = 20 + len(payload)
    head = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0x4000, hop_limit, protocol, 0)
    head += source.packed + destination.packed
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def _extension(kind: int, following: int) -> bytes:
    if kind == FRAGMENT:
        return struct.pack("!BxHI", following, 0, secrets.randbits(32))
    return bytes([following]) + (_ROUTED if kind == ROUTING else _PADDING)
