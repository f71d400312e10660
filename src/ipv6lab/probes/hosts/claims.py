"""What a host says of whose an address is: messages of Neighbour Discovery, in any form.

An address is claimed by the source of a solicitation, by the source or the target of a Neighbour
Advertisement, and, with the unspecified source, by the target that somebody looks for (RFC 4861
section 7, RFC 4862 section 5.4). Each message has something random in it.
"""

from __future__ import annotations

import secrets
import struct
from ipaddress import IPv6Address
from typing import NamedTuple

from ipv6lab.addresses.identifiers import solicited_node
from ipv6lab.probes.hosts.crossing import Sent
from ipv6lab.probes.hosts.stations import (
    ADVERTISEMENT,
    EVERYBODY,
    NONCE,
    SOLICITATION,
    SOURCE_LINK_LAYER,
    TARGET_LINK_LAYER,
    UNSPECIFIED,
    Station,
    drawn,
)
from ipv6lab.wire import rogue
from ipv6lab.wire.headers import ETH_P_IPV6, ethernet, multicast_mac
from ipv6lab.wire.rogue import PLAIN, Form, Upper

ROUTER_SOLICITATION = 133
ROUTERS = IPv6Address("ff02::2")
OVERRIDE, SOLICITED = 0x20000000, 0x40000000


class Claim(NamedTuple):
    """A message, and the MAC address to which it goes; `words` say what it is."""

    words: str
    upper: Upper
    to: str

    def sent(self, one: Station, form: Form = PLAIN, mac: str | None = None) -> Sent:
        """As a station sends it, from its own MAC address or from another."""
        source = one.mac if mac is None else mac
        packets = self.upper.packets(form)
        return one.sends(*(ethernet(source, self.to, ETH_P_IPV6, each) for each in packets))


def looks(one: Station) -> Claim:
    """It looks whether its address is taken (Duplicate Address Detection)."""
    return look(one.address)


def look(target: IPv6Address) -> Claim:
    to = solicited_node(target)
    body = struct.pack("!BBHI16s", SOLICITATION, 0, 0, 0, target.packed) + _nonce()
    return _claim(UNSPECIFIED, to, body, multicast_mac(to), f"target {target}")


def asks(one: Station, source: IPv6Address | None = None, of: Station | None = None) -> Claim:
    """It looks for a neighbour: for nobody, by a group, or whether another is still there."""
    target = drawn() if of is None else of.address
    to, mac = (solicited_node(target), "") if of is None else (target, of.mac)
    body = struct.pack("!BBHI16s", SOLICITATION, 0, 0, 0, target.packed)
    body += _link_layer(SOURCE_LINK_LAYER, one.mac) + _nonce()
    return _claim(source or one.address, to, body, mac or multicast_mac(to), f"target {target}")


def asks_routers(one: Station, source: IPv6Address | None = None) -> Claim:
    body = struct.pack("!BBHI", ROUTER_SOLICITATION, 0, 0, 0)
    body += _link_layer(SOURCE_LINK_LAYER, one.mac) + _nonce()
    return _claim(source or one.address, ROUTERS, body, multicast_mac(ROUTERS))


def tells(
    one: Station,
    target: IPv6Address | None = None,
    source: IPv6Address | None = None,
    to: Station | None = None,
    times: int = 1,
) -> Claim:
    """It says that an address is its own: to all nodes unasked, or as an answer `to` somebody.

    With its link-layer address so many times in it; hosts take the first or the last.
    """
    flags = OVERRIDE | (0 if to is None else SOLICITED)
    body = struct.pack("!BBHI16s", ADVERTISEMENT, 0, 0, flags, (target or one.address).packed)
    body += _link_layer(TARGET_LINK_LAYER, one.mac) * times + _nonce()
    group, mac = (EVERYBODY, multicast_mac(EVERYBODY)) if to is None else (to.address, to.mac)
    words = f"target {target or one.address}" + ("" if times == 1 else f", {times} link addresses")
    return _claim(source or one.address, group, body, mac, words)


def false(one: Station, owner: Station, peer: Station, to_all: bool = False) -> list[Claim]:
    """What a station may say to be taken for the owner of an address, by all or by a peer."""
    to_everybody = [
        tells(one, owner.address),
        tells(one, source=owner.address),
        asks(one, owner.address),
        asks_routers(one, owner.address),
    ]
    if to_all:
        return to_everybody
    return [
        *to_everybody,
        tells(one, owner.address, owner.address),
        tells(one, owner.address, to=peer),
        tells(one, owner.address, owner.address, to=peer),
        tells(one, source=owner.address, to=peer),
        asks(one, owner.address, of=peer),
    ]


def _claim(source: IPv6Address, to: IPv6Address, body: bytes, mac: str, words: str = "") -> Claim:
    said = f"icmpv6 type {body[0]} from {source} to {to}" + (words and f", {words}")
    return Claim(said, rogue.icmpv6(source, to, body), mac)


def _link_layer(kind: int, mac: str) -> bytes:
    return bytes([kind, 1]) + bytes.fromhex(mac.replace(":", ""))


def _nonce() -> bytes:
    return bytes([NONCE, 1]) + secrets.token_bytes(6)
