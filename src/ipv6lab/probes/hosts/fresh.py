"""A fresh host of the grader on a link: attached, used, gone without a trace."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from pathlib import Path
from typing import Self, TypeVar

from ipv6lab.addresses.text import written
from ipv6lab.linux import syscalls
from ipv6lab.network.namespace import OWN, entered
from ipv6lab.network.netlink import (
    Address,
    End,
    Netlink,
    NetlinkError,
    Route,
    add_address,
    add_route,
    delete_link,
    delete_neighbour,
    delete_route,
    set_link,
    veth,
    wait_until,
)
from ipv6lab.probes.asks.node import Node
from ipv6lab.probes.asks.solicit import send_solicitation
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.fabric import FABRIC, Interface, Port
from ipv6lab.probes.seen.filters import NEIGHBOUR_DISCOVERY
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Testbed, Vantage
from ipv6lab.wire import nd
from ipv6lab.words.message import Message, _

INTERFACE = "eth0"
T = TypeVar("T")
SETTINGS = Path("/proc/sys/net/ipv6/conf")
FIRST_BIT = 1 << 63  # of an interface identifier
LONGEST_ROUTE = 64  # bits: routes to whole links are taken from advertisements
AGAIN = 1.0  # seconds between two questions for routers
PATIENCE = 2 * nd.SOLICITED_WITHIN  # seconds


class FreshHost(Node):
    """A host with one interface ``eth0``, in a network namespace that nobody else has.

    Its stack is the kernel's own. With `autoconfigure` it solicits a router, builds addresses and
    takes routes from advertisements as any new host would, also those to other prefixes (a host
    of type C, RFC 4191 section 3). `hurry` lets it do so at once, without the random delay before
    the first solicitation and without Duplicate Address Detection (the defaults take 1 to 3 s).

    With `prefix`, of either family, it has a static `address` in it: an interface identifier is
    random but for the first bit, which is set and tells a /64 from anything longer; an IPv4
    address is one of the upper half of the prefix that no node on the link has. `router` is where
    its default route leads, and may be a link-local address.

    `name` is what messages and captures call it; without one it is called as its port.

    It can be asked, pinged and reached like any node. It ends with the process at the latest: the
    namespace has no other holder. Use it as a context manager::

        with lab.link("staff").fresh_host(lab.plan.staff.prefix, lab.plan.staff.router) as host:
            host.ping(lab.node("app"), lab.plan.app.address)
            lab.node("pc1").ping(host, host.address)
    """

    def __init__(
        self,
        lab: Testbed,
        link: str,
        name: str | None = None,
        prefix: object = None,
        router: object = None,
        mac: str | None = None,
        autoconfigure: bool = True,
        hurry: bool = True,
    ) -> None:
        bridge = lab.fabric.bridge(link)
        if bridge is None:
            raise ValueError(f"{link} is a cable: there is no place for another host on it")
        self.port = f"guest-{secrets.token_hex(4)}"
        super().__init__(lab, name or self.port)
        self.link, self.mac = link, mac or random_mac()
        self._claim: socket.socket | None = None
        self._network = None if prefix is None else ip_network(str(prefix))
        self._given = None if self._network is None else self._choose(self._network)
        self._namespace = _fresh_namespace()
        self._capture: Capture | None = None
        try:
            self._settle(autoconfigure, hurry)
            # Known before it exists, so that a capture that runs already sees its first frame.
            lab.fabric.guests[self.port] = Port(link, self.name, INTERFACE)
            if autoconfigure:
                self._capture = Capture(lab.fabric, [link], self._delivered, NEIGHBOUR_DISCOVERY)
            with Netlink(lab.fabric.namespace(FABRIC)) as netlink:
                near = End(self.port, master=netlink.link(bridge).index)
                netlink.send([veth(near, End(INTERFACE, self._namespace, mac=self.mac))])
            self._netlink = Netlink(self._namespace)
            self._netlink.send([set_link(INTERFACE, up=True)])
            self.index = self._netlink.link(INTERFACE).index
            if self._network is not None:
                self.take(f"{self._given}/{self._network.prefixlen}")
            if router is not None:
                self._route(ip_address(str(router)))
        except BaseException:
            self._leave()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self.detach()

    def detach(self) -> None:
        """Take it off the link, and what others have learnt of it out of their caches."""
        self._netlink.close()
        self._leave()
        for port in self.lab.fabric.ends(self.link):
            with Netlink(self.lab.fabric.namespace(port.node)) as netlink:
                forget = [
                    delete_neighbour(one.index, one.address)
                    for one in netlink.neighbours()
                    if one.mac == self.mac
                ]
                with suppress(NetlinkError):  # it may have expired by itself
                    netlink.send(forget)

    # What it is

    @property
    def namespace(self) -> int:
        return self._namespace

    @property
    def interfaces(self) -> list[Interface]:
        return [Interface(INTERFACE, self.mac, self.link)]

    @property
    def address(self) -> IPv4Address | IPv6Address:
        """Its static address. Raises ValueError when it was given no prefix."""
        if self._given is None:
            raise ValueError(f"{self.name} has no static address")
        return self._given

    def global_addresses(self) -> list[Address]:
        """What it has built so far, in whatever prefix."""
        return [one for one in self.addresses(INTERFACE, 6) if one.scope == "global"]

    # What it gets by itself

    def wait_link_local(self, seconds: float = 5) -> Address:
        """Its link-local address once it may be used. Raises TimeoutError."""
        with self.lab.record.waiting(_("waiting for a link-local address of a new host")):
            found = wait_until(
                lambda netlink: [
                    one
                    for one in netlink.addresses(INTERFACE, 6)
                    if one.address.is_link_local and one.usable
                ],
                self.lab.record.until(seconds) - time.monotonic(),
                self.namespace,
                "address",
            )
        if not found:
            raise TimeoutError(f"a new host on {self.link} got no link-local address")
        return found[0]

    def hears(self, router: Vantage, within: float = PATIENCE) -> bool:
        """Whether a valid Router Advertisement of that node has come, or comes in time."""
        capture = self._capture
        if capture is None:
            raise ValueError(f"{self.name} does not listen to routers")
        sources = router.link_locals(self.link)

        def from_router(packet: Packet) -> bool:
            message = nd.decode(packet)
            return (
                isinstance(message, nd.RouterAdvertisement)
                and message.valid
                and message.source in sources
            )

        def heard(seconds: float) -> Packet | None:
            return capture.wait(time.monotonic() + seconds, from_router)

        if any(from_router(one) for one in capture.packets):
            return True
        doing = _("waiting for a Router Advertisement of {node}", node=router.name)
        return self._asking(doing, heard, within) is not None

    def builds(self, prefix: object, within: float = PATIENCE) -> Address | None:
        """Its address in `prefix` once it may be used; None when it builds none in time."""
        network = IPv6Network(str(prefix))

        def usable(netlink: Netlink) -> Address | None:
            found = (one for one in netlink.addresses(INTERFACE, 6) if one.usable)
            return next((one for one in found if one.address in network), None)

        return self._asking(
            _("waiting for an address of a new host in {prefix}", prefix=written(network)),
            lambda seconds: wait_until(usable, seconds, self.namespace, "address"),
            within,
        )

    def learns(self, wanted: Callable[[Route], bool], within: float = PATIENCE) -> Route | None:
        """Its first IPv6 route that is `wanted`; None when it learns none in time."""

        def route(netlink: Netlink) -> Route | None:
            return next((one for one in netlink.routes(6) if wanted(one)), None)

        return self._asking(
            _("waiting for a route of a new host"),
            lambda seconds: wait_until(route, seconds, self.namespace, "route"),
            within,
        )

    def follows(self, router: Vantage, within: float = PATIENCE) -> bool:
        """Whether that node becomes a default router of the host, in time."""
        sources = router.link_locals(self.link)
        learnt = self.learns(lambda one: one.default and one.gateway in sources, within)
        return learnt is not None

    # What is done with it

    def take(self, address: str) -> None:
        """Give it an address with its prefix length, of either family; usable at once."""
        self._netlink.send([add_address(self.index, address, nodad=True)])

    def lose(self, router: Vantage) -> None:
        """Make the host forget every route by that node, and listen to routers no more."""
        with entered(self.namespace):
            (SETTINGS / INTERFACE / "accept_ra").write_text("0")
        sources = router.link_locals(self.link)
        self._netlink.send(
            [
                delete_route(
                    one.destination, gateway=one.gateway, index=one.index, metric=one.metric
                )
                for one in self._netlink.routes(6)
                if one.gateway in sources
            ]
        )

    def ask_for_routers(self) -> None:
        """Send a Router Solicitation, besides those of its kernel."""
        self.wait_link_local()
        send_solicitation(self.namespace, self.index)

    def inject(self, *frames: bytes) -> None:
        """Send Ethernet frames onto the link, as they are."""
        with (
            entered(self.namespace),
            socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0) as sock,
        ):
            sock.bind((INTERFACE, 0))
            for frame in frames:
                sock.send(frame)

    def udp(self, port: int) -> socket.socket:
        """A UDP socket over IPv6 on this host, bound to a port of its link-local address."""
        source = self.wait_link_local()
        with entered(self.namespace):
            sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.index)
        sock.bind((str(source.address), port, 0, self.index))
        return sock

    # Coming and going

    def _choose(self, network: IPv4Network | IPv6Network) -> IPv4Address | IPv6Address:
        if isinstance(network, IPv6Network):
            half = min(FIRST_BIT, network.num_addresses // 2)
            return network[half + secrets.randbelow(half)]
        taken = {
            one.address
            for end in self.lab.fabric.ends(self.link)
            for one in self.lab.vantage(end.node).addresses(end.interface, 4)
        }
        upper = [one for one in list(network)[network.num_addresses // 2 : -1] if one not in taken]
        secrets.SystemRandom().shuffle(upper)
        return next((one for one in upper if self._claimed(one)), upper[0])

    def _claimed(self, address: IPv4Address) -> bool:
        """Have an address to oneself among all checks that run at the same time.

        What holds it is a name in the checks' own network namespace, gone with the process.
        """
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            claim.bind(f"\0guest {self.link} {address}")
        except OSError:
            claim.close()
            return False
        self._claim = claim
        return True

    def _route(self, router: IPv4Address | IPv6Address) -> None:
        everything = "::/0" if router.version == 6 else "0.0.0.0/0"
        self._netlink.send([add_route(everything, gateway=router, index=self.index)])

    def _settle(self, autoconfigure: bool, hurry: bool) -> None:
        """Settings that the interface takes over when it comes."""
        values = {"accept_ra_rt_info_max_plen": str(LONGEST_ROUTE)}
        if not autoconfigure:
            values = {"accept_ra": "0", "autoconf": "0", "router_solicitations": "0"}
        if hurry:
            values |= {"accept_dad": "0", "dad_transmits": "0", "router_solicitation_delay": "0"}
        with entered(self.namespace):
            for name, value in values.items():
                with suppress(FileNotFoundError):  # a kernel without RFC 4191's routes
                    (SETTINGS / "default" / name).write_text(value)

    def _leave(self) -> None:
        if self._capture is not None:
            self._capture.close()
        with suppress(NetlinkError), Netlink(self.lab.fabric.namespace(FABRIC)) as netlink:
            netlink.send([delete_link(self.port)])
        os.close(self._namespace)
        if self._claim is not None:
            self._claim.close()

    def _asking(self, doing: Message, wait: Callable[[float], T | None], within: float) -> T | None:
        """Wait, and ask for routers every second: one that just starts may miss a question."""
        until = self.lab.record.until(within)
        with self.lab.record.waiting(doing):
            while not (found := wait(min(AGAIN, max(0.0, until - time.monotonic())))):
                if time.monotonic() >= until:
                    return None
                self.ask_for_routers()
        return found

    def _delivered(self, packet: Packet) -> bool:
        return not packet.sent and packet.node == self.name


def _fresh_namespace() -> int:
    """A descriptor of a new network namespace; the caller stays where it is."""
    home = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        syscalls.unshare(syscalls.CLONE_NEWNET)
        try:
            return os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
        finally:
            syscalls.setns(home, syscalls.CLONE_NEWNET)
    finally:
        os.close(home)


def random_mac() -> str:
    """A locally administered unicast address."""
    data = bytearray(secrets.token_bytes(6))
    data[0] = data[0] & 0xFC | 0x02
    return data.hex(":")


def opposite_mac(mac: str) -> str:
    """Another one, of which each bit that is free differs from this one's.

    >>> opposite_mac("02:00:5e:10:ff:01")
    'fe:ff:a1:ef:00:fe'
    """
    data = bytearray(one ^ 0xFF for one in bytes.fromhex(mac.replace(":", "")))
    data[0] = data[0] & 0xFC | 0x02
    return data.hex(":")
