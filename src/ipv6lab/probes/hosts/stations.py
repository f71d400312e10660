"""Stations of the grader's own at the ports of a switch, and the frames that they send.

A station has a MAC address and an IPv6 address of its own, and no kernel that would answer with
them: it is as silent as it is left. Each frame has something random in it, so that it is known
again wherever it comes out, and is short enough to be told to a controller as a whole.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from ipaddress import IPv6Address, IPv6Network
from typing import NamedTuple

from ipv6lab.addresses.identifiers import solicited_node
from ipv6lab.probes.hosts.crossing import Sent
from ipv6lab.probes.hosts.fresh import FreshHost, random_mac
from ipv6lab.probes.seen.kinds import Kind, Shot
from ipv6lab.probes.seen.vantage import Testbed, Vantage
from ipv6lab.wire import mld, rogue
from ipv6lab.wire.headers import (
    ETH_P_IP,
    ETH_P_IPV6,
    ICMP,
    ICMPV6,
    TCP,
    UDP,
    ethernet,
    icmpv6,
    multicast_mac,
)
from ipv6lab.wire.rogue import PLAIN

ETH_P_ARP = 0x0806
BROADCAST = "ff:ff:ff:ff:ff:ff"
EVERYBODY = IPv6Address("ff02::1")
LINK_LOCAL = IPv6Network("fe80::/64")
UNSPECIFIED = IPv6Address("::")
# All routers, all DHCPv6 servers, mDNS: groups in which a switch need not know who listens.
OTHERS = tuple(IPv6Address(one) for one in ("ff02::2", "ff02::1:2", "ff02::fb"))
SOLICITATION, ADVERTISEMENT = 135, 136
SOURCE_LINK_LAYER, TARGET_LINK_LAYER, NONCE = 1, 2, 14  # options of Neighbour Discovery
TAG = 8  # octets


class Station(NamedTuple):
    """Who sends: from where, on which link, and by which addresses."""

    at: Vantage
    link: str
    mac: str
    address: IPv6Address

    def sends(self, *frames: bytes) -> Sent:
        return Sent(self.at, self.link, frames)

    def elsewhere(self, other: Station) -> Station:
        """The same host, plugged in where another station is."""
        return other._replace(mac=self.mac, address=self.address)

    def joins(self, group: IPv6Address) -> Sent:
        """It begins to listen to a group."""
        return self._reports(mld.report(self.address, group), mld.ROUTERS)

    def is_in(self, group: IPv6Address) -> Sent:
        """It has listened to a group all along, and says so because it was asked."""
        return self._reports(mld.report(self.address, group, mld.MODE_IS_EXCLUDE), mld.ROUTERS)

    def joins_as_of_old(self, group: IPv6Address) -> Sent:
        """It begins to listen to a group, and knows MLDv1 alone."""
        return self._reports(mld.report_of_version_1(self.address, group), group)

    def _reports(self, packet: bytes, to: IPv6Address) -> Sent:
        return self.sends(ethernet(self.mac, multicast_mac(to), ETH_P_IPV6, packet))


@contextmanager
def stations(lab: Testbed, links: Iterable[str]) -> Iterator[Mapping[str, Station]]:
    """A station on each of the links, by its link."""
    with ExitStack() as opened:
        found = {}
        for link in links:
            host = FreshHost(lab, link, autoconfigure=False)
            found[link] = new(opened.enter_context(host), link)
        yield found


def new(at: Vantage, link: str) -> Station:
    """A station that nobody has heard of."""
    return Station(at, link, random_mac(), drawn())


def drawn() -> IPv6Address:
    """An address that nobody has."""
    return LINK_LOCAL[1 + secrets.randbelow(LINK_LOCAL.num_addresses - 1)]


# -- frames


def hello(one: Station) -> bytes:
    """A datagram to all nodes."""
    return _datagram(one, EVERYBODY, multicast_mac(EVERYBODY))


def datagram(one: Station, other: Station, family: int = 6) -> bytes:
    """A datagram from one station to another."""
    kind = Kind(UDP, (_port(),))
    return _shot(one, other, kind, family)


def solicitation(
    one: Station, target: IPv6Address, source: IPv6Address | None = None, mac: str | None = None
) -> bytes:
    """A Neighbour Solicitation for a target, to its group, or to one `mac`.

    `source` is the unspecified address where somebody looks whether an address is taken.
    """
    own = one.address if source is None else source
    to = solicited_node(target) if mac is None else target
    options = b"" if own == UNSPECIFIED else _option(SOURCE_LINK_LAYER, _octets(one.mac))
    body = struct.pack("!BBHI16s", SOLICITATION, 0, 0, 0, target.packed) + options
    packet = icmpv6(own, to, body + _option(NONCE, secrets.token_bytes(6)))
    return ethernet(one.mac, mac or multicast_mac(to), ETH_P_IPV6, packet)


def advertisement(one: Station, other: Station) -> bytes:
    """A Neighbour Advertisement, as the answer to a solicitation."""
    body = struct.pack("!BBHI16s", ADVERTISEMENT, 0, 0, 0x60000000, one.address.packed)
    body += _option(TARGET_LINK_LAYER, _octets(one.mac))
    packet = icmpv6(one.address, other.address, body + _option(NONCE, secrets.token_bytes(6)))
    return ethernet(one.mac, other.mac, ETH_P_IPV6, packet)


def between(one: Station, other: Station) -> dict[str, bytes]:
    """What hosts that know each other send, named as nft does."""
    found = {
        f"icmpv6 type {SOLICITATION} code 0, ether daddr {other.mac}": solicitation(
            one, other.address, mac=other.mac
        ),
        f"icmpv6 type {ADVERTISEMENT} code 0": advertisement(one, other),
        "arp": _arp(one, other.mac),
    }
    for family, own in ((6, ICMPV6), (4, ICMP)):
        echo = 128 if family == 6 else 8
        for kind in (Kind(own, (echo, 0)), Kind(TCP, (443,)), Kind(UDP, (_port(),))):
            found[f"ip{family}, {kind.words(family)}"] = _shot(one, other, kind, family)
    return found


def for_everybody(one: Station) -> dict[str, bytes]:
    """What a switch has no reason to send to some alone, named as nft does."""
    nobody, target = new(one.at, one.link), drawn()
    found = {
        f"arp, ether daddr {BROADCAST}": _arp(one, BROADCAST),
        f"icmpv6 type {SOLICITATION} code 0, ip6 daddr {solicited_node(target)}": solicitation(
            one, target
        ),
        f"udp, ether daddr {nobody.mac}": datagram(one, nobody),
        "udp, ip daddr 224.0.0.251": ethernet(
            one.mac, "01:00:5e:00:00:fb", ETH_P_IP, _packet(Kind(UDP, (5353,)))
        ),
    }
    for group in (EVERYBODY, *OTHERS):
        found[f"udp, ip6 daddr {group}"] = _datagram(one, group, multicast_mac(group))
    return found


def _datagram(one: Station, to: IPv6Address, mac: str) -> bytes:
    upper = rogue.udp(one.address, to, (_port(), _port()), secrets.token_bytes(TAG))
    [packet] = upper.packets(PLAIN, 1)
    return ethernet(one.mac, mac, ETH_P_IPV6, packet)


def _shot(one: Station, other: Station, kind: Kind, family: int) -> bytes:
    if family == 4:
        return ethernet(one.mac, other.mac, ETH_P_IP, _packet(kind))
    [packet] = Shot.between(kind, one.address, other.address).packets(secrets.token_bytes(TAG))
    return ethernet(one.mac, other.mac, ETH_P_IPV6, packet)


def _packet(kind: Kind) -> bytes:
    """An IPv4 packet between addresses that nobody has (RFC 5737)."""
    ends = [f"198.51.100.{1 + secrets.randbelow(254)}" for _end in range(2)]
    [packet] = Shot.between(kind, *ends).packets(secrets.token_bytes(TAG))
    return packet


def _arp(one: Station, mac: str) -> bytes:
    own, other = (bytes([198, 51, 100, 1 + secrets.randbelow(254)]) for _end in range(2))
    body = struct.pack("!HHBBH", 1, ETH_P_IP, 6, 4, 1 if mac == BROADCAST else 2)
    body += _octets(one.mac) + own + (_octets(mac) if mac != BROADCAST else bytes(6)) + other
    return ethernet(one.mac, mac, ETH_P_ARP, body + secrets.token_bytes(TAG).ljust(18, b"\0"))


def _option(kind: int, value: bytes) -> bytes:
    return bytes([kind, 1]) + value


def _octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def _port() -> int:
    return 49152 + secrets.randbelow(16384)  # RFC 6335 section 6
