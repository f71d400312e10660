"""What on a node follows the advertisements: shown by one that is made for that node alone.

What an advertisement brought is renewed by the next one, with the lifetimes that stand in it, no
matter who listens on the node: its kernel, dhcpcd, NetworkManager. So the grader repeats what the
router just said, at the fabric's end of the node's cable and with other lifetimes, and looks for
what takes them over. What somebody typed stays as it was, whatever it is made to look like. A
route without lifetime is taken back instead, and has to go. Afterwards the node hears what the
router really said.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Address, Netlink, Route, wait_until
from ipv6lab.probes.seen import slaac
from ipv6lab.probes.seen.fabric import FABRIC
from ipv6lab.wire import nd
from ipv6lab.wire.headers import ETH_P_IPV6, ethernet, icmpv6, multicast_mac
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.probes.film import Film
    from ipv6lab.probes.seen.heard import Heard
    from ipv6lab.probes.seen.vantage import Vantage

REACTION = 1.0  # seconds; a kernel acts within a millisecond, a program has its turn to wait for
# Attempts that no advertisement of the router itself fell into, and of all together.
ATTEMPTS, MOST_ATTEMPTS = 2, 6
SLACK = 3  # seconds by which a lifetime that was taken over may have run down, or been rounded
LEAST, MOST = 60, 900  # seconds by which the lifetimes differ from those of the router
PREFIX, ROUTE = 3, 24  # options with lifetimes (RFC 4861 section 4.6.2, RFC 4191 section 2.3)
_HEAD = 16  # octets of a Router Advertisement before its options


@dataclass(frozen=True)
class Following:
    """What took over the lifetimes of an advertisement, or went when it was taken back."""

    addresses: frozenset[IPv6Address]
    routes: frozenset[Route]

    def has(self, route: Route) -> bool:
        return any(_same(one, route) for one in self.routes)


def follow(node: Vantage, link: str, heard: list[Heard], film: Film | None = None) -> Following:
    """Which addresses and routes of a node follow these advertisements of a link's routers.

    The film tells when a router itself spoke in between.
    """
    latest = {one.advertisement.source: one for one in heard if one.advertisement.valid}
    addresses: set[IPv6Address] = set()
    routes: list[Route] = []
    record = node.lab.record
    doing = _("looking what {node} takes over from an advertisement", node=node.name)
    with record.waiting(doing), _one_at_a_time(node):
        for one in latest.values():
            teller = _Teller(node, link, one, film)
            found, learnt = teller.mark()
            addresses |= found
            routes += learnt
            routes += teller.take_back(learnt)
    record.add(
        "follow",
        node.name,
        _("What {node} takes over from an advertisement.", node=node.name),
        {
            "addresses": sorted(map(str, addresses)),
            "routes": [slaac.route_facts(one) for one in routes],
        },
        [one.packet for one in latest.values()],
    )
    return Following(frozenset(addresses), frozenset(routes))


@contextmanager
def _one_at_a_time(node: Vantage) -> Iterator[None]:
    """Two checks that ran at once would overwrite each other's lifetimes."""
    place = os.open(node.lab.fabric.namespaces, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


class _Teller:
    """Speaks for one router, to one node alone."""

    def __init__(self, node: Vantage, link: str, heard: Heard, film: Film | None) -> None:
        self._node, self._link, self._film = node, link, film
        self._interface = node.interface(link).name
        self._ra = heard.advertisement
        packet = heard.packet.ip
        assert packet is not None
        self._message, self._mac = packet.payload, heard.packet.source_mac
        self._gateways = {self._ra.source}

    def mark(self) -> tuple[set[IPv6Address], list[Route]]:
        """What takes over lifetimes that the router did not tell.

        Tried again where something does not: the router itself may have spoken in between.
        """
        addresses: set[IPv6Address] = set()
        routes: list[Route] = []
        undisturbed = 0
        for _attempt in range(MOST_ATTEMPTS):
            extra = LEAST + secrets.randbelow(MOST - LEAST)
            began = time.time()
            if self._mark(extra, addresses, routes):
                break
            undisturbed += not self._spoke(began)
            if undisturbed == ATTEMPTS:
                break
        return addresses, routes

    def _spoke(self, since: float) -> bool:
        """Whether the router itself may have told the node its own lifetimes since then.

        They took the place of ours before a busy machine had a look. Without a film it may have.
        """
        if self._film is None:
            return True
        mine = self._node.link_locals(self._link)
        return any(
            one.advertisement.source == self._ra.source
            and (one.multicast or one.advertisement.destination in mine)
            for one in self._film.advertisements(self._link, after=since)
        )

    def _mark(self, extra: int, addresses: set[IPv6Address], routes: list[Route]) -> bool:
        """Whether all that can follow does, once what does has been added."""
        message = _changed(self._message, lambda lifetime, most: _beside(lifetime, extra, most))
        marked = nd.decode(self._frame(message))
        assert isinstance(marked, nd.RouterAdvertisement)
        began = time.monotonic()
        self._say(message)

        def look(netlink: Netlink) -> bool:
            low = int(time.monotonic() - began) + SLACK
            missing = False
            for one in self._built(netlink):
                if any(_took(one, prefix, low) for prefix in marked.prefixes):
                    assert isinstance(one.address, IPv6Address)
                    addresses.add(one.address)
                missing |= one.address not in addresses
            for route in self._routes(netlink):
                told = self._told(marked, route)
                fresh = route.expires is not None and 0 <= told - route.expires <= low
                if told and fresh and not any(_same(route, each) for each in routes):
                    routes.append(route)
                missing |= not any(_same(route, each) for each in routes)
            return not missing

        done = wait_until(look, REACTION, self._node.namespace, "address", "route")
        self._say(self._message)
        return done

    def take_back(self, known: list[Route]) -> list[Route]:
        """What goes when the router takes it back, and comes again when it says it anew.

        Only where there is something that no lifetime told of: it leaves the node without a route
        for a moment.
        """
        with Netlink(self._node.namespace) as netlink:
            doubtful = [
                one
                for one in self._routes(netlink)
                if not any(_same(one, each) for each in known) and self._told(self._ra, one)
            ]
        if not doubtful:
            return []
        self._say(_changed(self._message, lambda lifetime, most: 0, prefixes=False))

        def gone(netlink: Netlink) -> list[Route]:
            there = netlink.routes(6, None)
            return [one for one in doubtful if not any(_same(one, each) for each in there)]

        wait_until(
            lambda netlink: len(gone(netlink)) == len(doubtful),
            REACTION,
            self._node.namespace,
            "route",
        )
        with Netlink(self._node.namespace) as netlink:
            found = gone(netlink)
        self._say(self._message)
        wait_until(
            lambda netlink: all(
                any(_same(one, each) for each in netlink.routes(6, None)) for one in found
            ),
            REACTION,
            self._node.namespace,
            "route",
        )
        return found

    def _routes(self, netlink: Netlink) -> list[Route]:
        return [one for one in netlink.routes(6, None) if one.gateway in self._gateways]

    def _built(self, netlink: Netlink) -> list[Address]:
        """Addresses that may have been built from what the router said."""
        networks = [one.network for one in self._ra.prefixes if one.autonomous]
        return [
            one
            for one in netlink.addresses(self._interface, 6)
            if not one.temporary and any(one.address in network for network in networks)
        ]

    def _told(self, ra: nd.RouterAdvertisement, route: Route) -> int:
        """The lifetime that an advertisement gives such a route, 0 for none."""
        for one in ra.routes:
            if one.network == route.destination:
                return one.lifetime
        return ra.lifetime if route.default else 0

    def _say(self, message: bytes) -> None:
        """Deliver an advertisement to the node, and to nobody else."""
        fabric = self._node.lab.fabric
        ports = [
            name for name, port in fabric.ports(self._link).items() if port.node == self._node.name
        ]
        if not ports:
            raise ValueError(f"{self._node.name} has no port in the fabric on {self._link}")
        with (
            entered(fabric.namespace(FABRIC)),
            socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0) as sock,
        ):
            for port in ports:
                sock.bind((port, 0))
                sock.send(self._frame(message))

    def _frame(self, message: bytes) -> bytes:
        packet = icmpv6(self._ra.source, nd.ALL_NODES, message)
        return ethernet(self._mac, multicast_mac(nd.ALL_NODES), ETH_P_IPV6, packet)


def _beside(lifetime: int, extra: int, most: int) -> int:
    """A lifetime that nobody else would give, as far as one of so many bits can."""
    if lifetime == 0:
        return 0
    if lifetime == most:
        return most // 4 + extra
    return lifetime + extra if lifetime + extra < most else lifetime - extra


def _changed(message: bytes, change: Callable[[int, int], int], prefixes: bool = True) -> bytes:
    """An advertisement with other lifetimes of router, prefixes (if so asked) and routes."""
    data = bytearray(message)
    (lifetime,) = struct.unpack_from("!H", data, 6)
    struct.pack_into("!H", data, 6, change(lifetime, 0xFFFF))
    at = _HEAD
    while at + 8 <= len(data) and data[at + 1]:
        fields = {PREFIX: (4, 8) if prefixes else (), ROUTE: (4,)}.get(data[at], ())
        for field in fields:
            if at + field + 4 <= len(data):
                (lifetime,) = struct.unpack_from("!I", data, at + field)
                struct.pack_into("!I", data, at + field, change(lifetime, nd.INFINITY))
        at += data[at + 1] * 8
    return bytes(data)


def _took(address: Address, prefix: nd.PrefixInformation, slack: int) -> bool:
    """Whether an address has the preferred lifetime that an advertisement told."""
    return (
        address.address in prefix.network
        and address.preferred is not None
        and 0 <= prefix.preferred - address.preferred <= slack
    )


def _same(one: Route, other: Route) -> bool:
    return (one.destination, one.hops, one.metric, one.table, one.protocol) == (
        other.destination,
        other.hops,
        other.metric,
        other.table,
        other.protocol,
    )
