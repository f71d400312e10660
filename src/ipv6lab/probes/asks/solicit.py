"""What a node does with Router Advertisements, told by its own kernel.

The grader asks for an advertisement on the node's behalf (as rdisc6(8) run there would), sees it
delivered at the node's port, and watches what the node's kernel makes of it. An address or a
route that an advertisement built is renewed by the next one; one that was set by hand is not,
whatever it is made to look like.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time
from contextlib import ExitStack
from ipaddress import IPv6Network
from pathlib import Path

from ipv6lab.addresses.text import written
from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Address, Events, EventsLost, Route
from ipv6lab.network.netlink.objects import IPAddress
from ipv6lab.probes.seen import filters, slaac
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.fabric import Interface
from ipv6lab.probes.seen.heard import Heard
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire import nd
from ipv6lab.wire.nd import RouterAdvertisement
from ipv6lab.words.message import Message, _

REACTION = 0.7  # seconds; a kernel acts within a millisecond, a busy machine tells us later
EARLY = 0.1  # seconds by which two clocks may disagree
AGAIN = 1.0  # seconds between questions while nobody has answered, for a router that just starts
RTR_SOLICITATION_INTERVAL = 4.0  # seconds, RFC 4861 section 10
ICMP6_FILTER = 1


def send_solicitation(namespace: int | Path, index: int) -> None:
    """Ask for routers from the interface with that index, once. Raises OSError."""
    with (
        entered(namespace),
        socket.socket(
            socket.AF_INET6, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_ICMPV6
        ) as sock,
    ):
        sock.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, b"\xff" * 32)  # receives nothing
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        message = struct.pack("!BBHI", nd.ROUTER_SOLICITATION, 0, 0, 0)
        sock.sendto(message, (str(nd.ALL_ROUTERS), 0, 0, index))


class Solicitation:
    """A node that has just asked for an advertisement. Made by `Node.solicit`.

    With `router`, advertisements of other nodes are not waited for, though the node's kernel
    listens to them too.
    """

    def __init__(self, node: Vantage, interface: Interface, router: str | None = None) -> None:
        self.node, self.interface = node, interface
        self._router = router
        self._record = node.lab.record
        self._heard: list[Heard] = []
        self._renewed: set[IPAddress] = set()
        self._late = False
        # When events, and when routes, were last read: on a busy machine this process may wait for
        # its turn while they wait for it.
        self._looked = time.time()
        self._dumped = (self._looked, self._looked)
        with ExitStack() as opened:
            self._capture = opened.enter_context(
                Capture(
                    node.lab.fabric, [interface.link], self._delivered, filters.NEIGHBOUR_DISCOVERY
                )
            )
            self._events = opened.enter_context(Events(node.namespace, "address", "route"))
            before = self._addresses()
            self._known = {one.address for one in before}
            self._ready = {one.address: float("-inf") for one in before if one.usable}
            self.ask()
            self._opened = opened.pop_all()

    def close(self) -> None:
        self._opened.close()

    def ask(self) -> None:
        """Send a Router Solicitation from the node: now, or when its link-local address is usable.

        Raises Failed when it cannot.
        """
        self._asked = time.monotonic()
        self._early = False
        try:
            index = self._events.netlink.link(self.interface.name).index
            send_solicitation(self.node.namespace, index)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:  # Duplicate Address Detection is under way
                self._early = True
                return
            raise Failed(
                _(
                    "{node} cannot ask for a router on {interface}: {reason}.",
                    node=self.node.name,
                    interface=self.interface.name,
                    reason=os.strerror(error.errno or 0),
                )
            ) from None

    @property
    def heard(self) -> list[Heard]:
        """The valid advertisements that the node got so far."""
        return self._heard

    def hears(self) -> bool:
        """Whether the node gets a valid advertisement; waits for one."""
        try:
            self.advertisement()
        except Failed:
            return False
        return True

    def advertisement(self) -> Heard:
        """The latest valid advertisement that the node got; waits for one.

        Raises Failed when none comes before the check's deadline.
        """
        doing = _("waiting for a Router Advertisement at {node}", node=self.node.name)
        with self._record.waiting(doing):
            while not self._heard:
                if not self._wait():
                    raise Failed(self._silence())
        return self._heard[-1]

    def address(self, prefix: str | IPv6Network) -> Address:
        """The address that the node built in `prefix` from an advertisement; waits for it.

        It is usable (Duplicate Address Detection has passed) and preferred, and an advertisement
        that the node just got has renewed it. Raises Failed, which names why there is none as far
        as the advertisement or the node's settings tell.
        """
        network = IPv6Network(prefix)
        doing = _(
            "waiting for an address of {node} in {prefix}",
            node=self.node.name,
            prefix=written(network),
        )
        with self._record.waiting(doing):
            while True:
                found = [one for one in self._addresses() if slaac.built(one, network)]
                for one in found:
                    if one.usable and not one.deprecated and one.address in self._renewed:
                        self._keep_address(one)
                        return one
                    if one.usable and self._asked < self._ready.setdefault(
                        one.address, time.monotonic()
                    ):
                        self.ask()  # it came into being only now: the next one has to renew it
                refused = not found and self._reacted()
                if refused or not self._wait():
                    raise Failed(self._why_no_address(network, found))

    def has_built(self, prefix: str | IPv6Network) -> bool:
        """Whether the node builds an address in `prefix`; waits for it.

        See `address`; it may have been deprecated since.
        """
        try:
            self.address(prefix)
        except Failed:
            network = IPv6Network(prefix)
            return any(
                slaac.built(one, network) and one.usable and one.address in self._renewed
                for one in self._addresses()
            )
        return True

    def other_addresses(self, address: Address) -> list[Address]:
        """What else the node built from the advertisements heard, in other prefixes than this.

        What is deprecated begins nothing new, and is there for the sake of what has begun.
        """
        return [
            one
            for one in self._addresses()
            if any(slaac.built(one, network) for network in self.advertised())
            and one.preferred != 0
            and one.network != address.network
        ]

    def unrenewed(self) -> list[Address]:
        """Addresses in an advertised prefix that the advertisement did not renew.

        They were set by hand, whatever their flags say. Waits until the node had time to act.
        """
        while not self._reacted() and self._wait():
            pass
        return [
            one
            for one in self._addresses()
            if any(one.address in network for network in self.advertised())
            and not one.temporary
            and one.usable
            and one.address not in self._renewed
        ]

    def default_routes(self) -> list[Route]:
        """The node's default routes, right after an advertisement was delivered to it.

        Waits for the advertisement; raises Failed when none comes.
        """
        self.advertisement()
        while True:
            reacted = self._reacted()
            before = time.time()
            routes = [
                one
                for one in self._events.netlink.routes(6)
                if one.default and one.kind == "unicast"
            ]
            self._dumped = (before, time.time())
            self._take()  # the advertisement that renewed one just now
            fresh = any(self._renewed_route(one) for one in routes)
            if fresh or reacted or not self._wait():
                break
        self._record.add(
            "netlink",
            self.node.name,
            _("The default routes of {node}.", node=self.node.name),
            {"routes": [slaac.route_facts(one) for one in routes]},
            [self._heard[-1].packet],
        )
        return routes

    def mtu(self, wanted: int) -> int:
        """The MTU that the node uses for IPv6 on this interface, as soon as it is `wanted`.

        Else what it is after an advertisement, once the node had time to act. Raises Failed when
        none comes.
        """
        self.advertisement()
        while True:
            told = slaac.setting(self.node, self.interface.name, "mtu")
            mtu = int(told) if told else 0
            if mtu == wanted or self._reacted() or not self._wait():
                break
        self._record.add(
            "settings",
            self.node.name,
            _("{node} uses an MTU of {mtu} for IPv6.", node=self.node.name, mtu=mtu),
            {"mtu": mtu},
            [self._heard[-1].packet],
        )
        return mtu

    def learnt(self, route: Route) -> bool:
        """Whether an advertisement made this default route, and a heard one renewed it.

        Of a router that was not heard meanwhile, the kernel's word is taken.
        """
        if route.protocol != "ra" or route.expires is None:
            return False
        heard = any(one.advertisement.source == route.gateway for one in self._heard)
        return self._renewed_route(route) or not heard

    def _renewed_route(self, route: Route) -> bool:
        """Whether a default route expires when an advertisement of its router says."""
        if route.protocol != "ra" or route.expires is None:
            return False
        before, after = self._dumped
        for heard in self._heard:
            if heard.advertisement.source == route.gateway:
                ends = heard.time + heard.advertisement.lifetime
                if ends - after - 2 <= route.expires <= ends - before + 1:
                    return True
        return False

    def advertised(self) -> list[IPv6Network]:
        """The prefixes that hosts may build addresses from, of all advertisements heard."""
        return [
            prefix.network
            for heard in self._heard
            for prefix in heard.advertisement.prefixes
            if prefix.autonomous
        ]

    # Listening

    def _delivered(self, packet: Packet) -> bool:
        """Keep what comes to the node, and what its neighbours send: that names the sender."""
        return packet.ip is not None and packet.ip.icmp_type == nd.ROUTER_ADVERTISEMENT

    def _wait(self) -> bool:
        """Wait until something happens, and take it in; False when the time is up."""
        now = time.monotonic()
        interval = RTR_SOLICITATION_INTERVAL if self._heard else AGAIN
        if now - self._asked >= interval:
            self.ask()
        until = min(self._record.deadline, self._asked + interval)
        if self._heard and not self._reacted():
            until = min(until, now + self._heard[-1].time + REACTION - time.time())
        ready = select.select(
            [self._events.fileno(), *self._capture.filenos()], [], [], max(0.0, until - now)
        )[0]
        if ready or (self._heard and not self._reacted()):
            self._take()
        # What had come by the deadline counts, though a busy machine looks at it only now.
        late, self._late = self._late, time.monotonic() >= self._record.deadline
        return not self._late or (bool(ready) and not late)

    def _take(self) -> None:
        # First the effects, then the causes: a cause seen last is never missed. What is read now
        # happened at some time since they were last read.
        since, self._looked = self._looked, time.time()
        try:
            events = self._events.read()
        except EventsLost:
            events = []
        self._capture.read()
        self._heard = self._advertisements()
        if events and self._early:
            self.ask()
        for event in events:
            if event.gone or not isinstance(event.item, Address):
                continue
            address = event.item.address
            causes = [one.time for one in self._heard if event.time >= one.time - EARLY]
            # Built only now, after Duplicate Address Detection, or renewed at once.
            new = address not in self._known and causes
            if new or any(since <= cause + REACTION for cause in causes):
                self._renewed.add(address)

    def _advertisements(self) -> list[Heard]:
        """Valid advertisements delivered to the node, each with the node that sent it."""
        found = []
        for packet in self._capture.packets:
            if packet.sent or packet.node != self.node.name:
                continue
            message = nd.decode(packet)
            if not isinstance(message, RouterAdvertisement) or message.flaws:
                continue
            origin = next(
                (
                    one
                    for one in reversed(self._capture.packets)
                    if one.sent and one.frame == packet.frame and one.time <= packet.time
                ),
                packet,
            )
            if self._router in (None, origin.node):
                found.append(Heard(message, origin))
        return found

    def _reacted(self) -> bool:
        """An advertisement came, and the node had time to act on it."""
        return bool(self._heard) and self._looked - self._heard[-1].time >= REACTION

    def _addresses(self) -> list[Address]:
        return self._events.netlink.addresses(self.interface.name, 6)

    # What there is to tell

    def _silence(self) -> Message:
        return _("{node} hears no Router Advertisement.", node=self.node.name)

    def _why_no_address(self, network: IPv6Network, found: list[Address]) -> Message:
        where = {"node": self.node.name, "prefix": str(network)}
        self._record.add(
            "netlink",
            self.node.name,
            _("The addresses of {node}.", node=self.node.name),
            {"addresses": [slaac.facts(one) for one in self._addresses()]},
            [heard.packet for heard in self._heard[-2:]],
        )
        for one in found:
            values = {**where, "address": str(one.address)}
            if one.dadfailed:
                return _("{node} may not use {address}: another node has it already.", **values)
            if one.tentative:
                return _("{node} still checks whether {address} is unique.", **values)
            if one.deprecated:
                return _("{address} of {node} is deprecated: its preferred time is over.", **values)
            return _(
                "No Router Advertisement renews {address} of {node}: none may have built it.",
                **values,
            )
        if not self._heard:
            return self._silence()
        message = self._heard[-1].advertisement
        return (
            slaac.refusal(message, network)
            or slaac.deafness(self.node, self.interface.name)
            or _("{node} builds no address in {prefix}.", **where)
        )

    def _keep_address(self, address: Address) -> None:
        self._record.add(
            "netlink",
            self.node.name,
            _(
                "{node} built {address}, and an advertisement renewed it.",
                node=self.node.name,
                address=written(address.with_prefix),
            ),
            slaac.facts(address),
            [heard.packet for heard in self._heard[-1:]],
        )
