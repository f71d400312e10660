"""A node, as the grader sees it: its network, never its files or programs."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv6Network

from ipv6lab.addresses.text import written
from ipv6lab.network.netlink import (
    Address,
    Events,
    EventsLost,
    Route,
    wait_until,
)
from ipv6lab.probes.asks import ping, ports
from ipv6lab.probes.asks import resolver as stub
from ipv6lab.probes.asks import trace as throw
from ipv6lab.probes.asks.ping import Ping
from ipv6lab.probes.asks.ports import OpenPort
from ipv6lab.probes.asks.solicit import Solicitation
from ipv6lab.probes.seen import slaac
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.words.message import Message, _


class Node(Vantage):
    """A host, router, switch or server of the topology.

    ::

        pc1 = lab.node("pc1")
        pc1.addresses(family=6)
        pc1.ping(lab.node("app"), lab.plan.app.address)
    """

    def built_address(self, prefix: str | IPv6Network) -> Address:
        """Its address in `prefix` that an advertisement built, as the kernel has it now.

        Raises Failed when there is none; see `solicit` for one that is waited for and proved.
        """
        network = IPv6Network(prefix)
        for one in self.addresses(family=6):
            if slaac.built(one, network) and one.usable:
                return one
        raise Failed(
            _("{node} builds no address in {prefix}.", node=self.name, prefix=written(network))
        )

    def set_by_hand(self, family: int = 6) -> list[Address]:
        """Its addresses of global scope that no advertisement built."""
        return [one for one in self.addresses(family=family) if slaac.by_hand(one)]

    def wait_address(
        self,
        wanted: Callable[[Address], bool],
        message: Message | None = None,
        doing: Message | None = None,
        within: float | None = None,
    ) -> Address:
        """The first usable address that is `wanted`; waits at most until the check's deadline.

        Raises Failed with `message`.
        """
        record = self.lab.record
        with record.waiting(doing or _("waiting for an address of {node}", node=self.name)):
            found = wait_until(
                lambda netlink: [one for one in netlink.addresses() if one.usable and wanted(one)],
                record.left() if within is None else min(within, record.left()),
                self.namespace,
                "address",
            )
        if not found:
            raise Failed(message or _("{node} does not get the address.", node=self.name))
        record.add(
            "netlink",
            self.name,
            _("{node} has {address}.", node=self.name, address=written(found[0].with_prefix)),
            slaac.facts(found[0]),
        )
        return found[0]

    def wait_route(
        self,
        wanted: Callable[[Route], bool],
        message: Message | None = None,
        doing: Message | None = None,
        within: float | None = None,
    ) -> Route:
        """The first route that is `wanted`; waits for it, at most until the check's deadline.

        Raises Failed with `message`.
        """
        record = self.lab.record
        with record.waiting(doing or _("waiting for a route of {node}", node=self.name)):
            found = wait_until(
                lambda netlink: [one for one in netlink.routes() if wanted(one)],
                record.left() if within is None else min(within, record.left()),
                self.namespace,
                "route",
            )
        if not found:
            raise Failed(message or _("{node} does not get the route.", node=self.name))
        record.add(
            "netlink",
            self.name,
            _(
                "{node} has a route to {prefix}.",
                node=self.name,
                prefix=written(found[0].destination),
            ),
            slaac.route_facts(found[0]),
        )
        return found[0]

    def resolver(self) -> stub.Settings:
        """The name servers and search list in its ``resolv.conf``, read as data."""
        return stub.settings(self)

    def wait_resolver(self, wanted: Callable[[stub.Settings], bool]) -> stub.Settings:
        """The same once they are `wanted`; those of the check's deadline when they never are."""
        return stub.wait_settings(self, wanted)

    def listens(self, port: int) -> bool:
        """Whether a program on it takes UDP over IPv6 at a port."""
        return stub.listens(self, port)

    def wait_no_route(
        self, unwanted: Callable[[Route], bool], within: float, message: Message
    ) -> None:
        """Wait until it has no route that is `unwanted`, for `within` seconds.

        Raises Failed with `message`.
        """
        record = self.lab.record
        until = record.until(within)
        with (
            record.waiting(_("waiting until {node} drops a route", node=self.name)),
            Events(self.namespace, "route") as events,
        ):
            while True:
                # The kernel uses no route that has expired, though it collects them later.
                found = [
                    one
                    for one in events.netlink.routes()
                    if unwanted(one) and (one.expires is None or one.expires > 0)
                ]
                left = until - time.monotonic()
                if not found:
                    break
                if left <= 0:
                    raise Failed(message)
                with suppress(EventsLost):
                    events.wait(min([left, *(one.expires for one in found if one.expires)]))
                    events.read()
        record.add(
            "netlink",
            self.name,
            _("{node} has dropped the route.", node=self.name),
            {"routes": [slaac.route_facts(one) for one in self.routes()]},
        )

    # What it does on the network

    def solicit(self, link: str | None = None, router: str | None = None) -> Solicitation:
        """Ask for a Router Advertisement from this node, and watch what its kernel does with it.

        Solicit several nodes first and look at the results afterwards: they then wait together.
        """
        asked = Solicitation(self, self.interface(link), router)
        self.lab.closing.callback(asked.close)
        return asked

    def ping(
        self, target: Node, address: object, within: float = 5, translated: bool = False
    ) -> Ping:
        """Send echo requests to an address of `target` until it answers, for `within` seconds.

        The proof is made in the fabric: the request, with a nonce, arrived at the target's port
        with the source that it was sent with, and it was the target that answered. Raises Failed,
        which names where the packet got lost. `translated`: its source may be changed on the way;
        compare `source` and `seen`.
        """
        return ping.ping(self, target, str(address), within, translated)

    def throw(
        self,
        destination: object,
        within: float = 5,
        hop_limit: int | None = None,
        source: object = None,
        option: int | None = None,
    ) -> list[Packet]:
        """Send one echo request to an address, whoever has it; everywhere that it was seen.

        Also what routers say of it (ICMPv6 errors carry the packet). It is sent again while nobody
        on the link takes it, for `within` seconds; then a second is listened, or until there is
        word of it. `source` may be anybody's address. `option` is the type of an option in a
        Destination Options header (RFC 8200 section 4.2).
        """
        sender = None if source is None else str(source)
        return throw.throw(self, str(destination), within, hop_limit, sender, option)

    def open_port(self, target: Node, address: object, port: int, within: float = 5) -> OpenPort:
        """Open a TCP connection to a port of `target`, whoever listens there.

        The proof is made in the fabric, as for `ping`. Raises Failed, which names where packets
        got lost, or who refused.
        """
        return ports.open_port(self, target, str(address), port, within)
