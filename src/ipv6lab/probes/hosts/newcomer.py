"""A new host that lives on Router Advertisements, and can be made to lose a router."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from ipaddress import IPv6Network
from pathlib import Path

from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Address, Netlink, delete_route, wait_until
from ipv6lab.probes.asks.node import Node
from ipv6lab.probes.hosts.newhost import NewHost
from ipv6lab.probes.seen import nd
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.filters import NEIGHBOUR_DISCOVERY
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.words.message import Message, _

SETTINGS = Path("/proc/sys/net/ipv6/conf/eth0")
AGAIN = 1.0  # seconds between questions
PATIENCE = 2 * nd.SOLICITED_WITHIN  # seconds
LONGEST_ROUTE = "64"  # bits: routes to whole links are taken from advertisements


class Newcomer(NewHost):
    """A host of the grader that has just been switched on; a context manager.

    It asks for a router, builds addresses, and takes routes to other prefixes from advertisements
    as well (a host of type C, RFC 4191 section 3).

    ::

        with lab.link("guest").newcomer() as host:
            host.follows(lab.node("r1"))
            host.throw(address)
            host.lose(lab.node("r1"))
    """

    def _settle(self, opened: ExitStack) -> None:
        with entered(self.namespace):
            (SETTINGS / "accept_ra_rt_info_max_plen").write_text(LONGEST_ROUTE)
        self._capture = opened.enter_context(
            Capture(self.lab.fabric, [self.link], self._delivered, NEIGHBOUR_DISCOVERY)
        )
        self._guest.solicit()  # before, its kernel took no routes

    def hears(self, router: Node, within: float = PATIENCE) -> bool:
        """Whether a valid Router Advertisement of that node has come, or comes in time."""

        def from_router(packet: Packet) -> bool:
            message = nd.decode(packet)
            return (
                isinstance(message, nd.RouterAdvertisement)
                and message.valid
                and message.source in sources
            )

        sources = router.link_locals(self.link)
        if any(from_router(one) for one in self._capture.packets):
            return True
        return self._asking(
            _("waiting for a Router Advertisement of {node}", node=router.name),
            lambda seconds: self._capture.wait(time.monotonic() + seconds, from_router) is not None,
            within,
        )

    def builds(self, prefix: object, within: float = PATIENCE) -> bool:
        """Whether it builds an address in `prefix`, in time."""
        network = IPv6Network(str(prefix))

        def has_built(netlink: Netlink) -> bool:
            return any(one.address in network for one in netlink.addresses("eth0", 6))

        return self._asking(
            _("waiting for an address of a new host in {prefix}", prefix=str(network)),
            lambda seconds: wait_until(has_built, seconds, self.namespace, "address"),
            within,
        )

    def global_addresses(self) -> list[Address]:
        """What it has built so far in whatever prefix."""
        return [one for one in self.addresses("eth0", 6) if one.scope == "global"]

    def follows(self, router: Node, within: float = PATIENCE) -> bool:
        """Whether that node becomes a default router of the host, in time."""
        sources = router.link_locals(self.link)

        def has_route(netlink: Netlink) -> bool:
            return any(one.default and one.gateway in sources for one in netlink.routes(6))

        return self._asking(
            _("waiting for the default routers of a new host"),
            lambda seconds: wait_until(has_route, seconds, self.namespace, "route"),
            within,
        )

    def lose(self, router: Node) -> None:
        """Make the host forget every route by that node, and listen to routers no more."""
        with entered(self.namespace):
            (SETTINGS / "accept_ra").write_text("0")
        sources = router.link_locals(self.link)
        with Netlink(self.namespace) as netlink:
            netlink.send(
                [
                    delete_route(
                        one.destination, gateway=one.gateway, index=one.index, metric=one.metric
                    )
                    for one in netlink.routes(6)
                    if one.gateway in sources
                ]
            )

    def _asking(self, doing: Message, wait: Callable[[float], bool], within: float) -> bool:
        """Wait, and ask for routers every second: one that just starts may miss a question."""
        until = self.lab.record.until(within)
        with self.lab.record.waiting(doing):
            while not wait(min(AGAIN, max(0.0, until - time.monotonic()))):
                if time.monotonic() >= until:
                    return False
                self._guest.solicit()
        return True

    def _delivered(self, packet: Packet) -> bool:
        return not packet.sent and packet.node == self.name
