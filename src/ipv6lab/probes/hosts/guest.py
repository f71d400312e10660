"""A fresh host of the grader on a link: attached, used, gone without a trace."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv6Network
from pathlib import Path

from ipv6lab.linux import syscalls
from ipv6lab.network.namespace import OWN, entered
from ipv6lab.network.netlink import (
    Address,
    End,
    Netlink,
    NetlinkError,
    Route,
    add_address,
    delete_link,
    delete_neighbour,
    set_link,
    veth,
    wait_until,
)
from ipv6lab.probes.asks.solicit import send_solicitation
from ipv6lab.probes.seen.fabric import FABRIC, Port
from ipv6lab.probes.seen.vantage import Testbed
from ipv6lab.words.message import _

INTERFACE = "eth0"
SETTINGS = Path("/proc/sys/net/ipv6/conf/default")


class Guest:
    """A host with one interface ``eth0``, in a network namespace that nobody else has.

    Its stack is the kernel's own: with `autoconfigure` it solicits a router and builds addresses
    as any new host would. `hurry` lets it do so at once, without the random delay before the
    first solicitation and without Duplicate Address Detection (the defaults take 1 to 3 s).

    It ends with the process at the latest: the namespace has no other holder. Use it as a context
    manager::

        with lab.link("staff").attach() as guest:
            guest.inject(frame)
    """

    def __init__(
        self,
        lab: Testbed,
        link: str,
        mac: str | None = None,
        autoconfigure: bool = True,
        hurry: bool = True,
    ) -> None:
        fabric = lab.fabric
        bridge = fabric.bridge(link)
        if bridge is None:
            raise ValueError(f"{link} is a cable: there is no place for another host on it")
        self._fabric, self._record = fabric, lab.record
        self.link = link
        self.mac = mac or _random_mac()
        self.port = f"guest-{secrets.token_hex(4)}"
        self.namespace = _fresh_namespace()
        try:
            self._settle(autoconfigure, hurry)
            # Known before it exists, so that a capture that runs already sees its first frame.
            fabric.guests[self.port] = Port(link, self.port, INTERFACE)
            with Netlink(fabric.namespace(FABRIC)) as netlink:
                master = netlink.link(bridge).index
                near = End(self.port, master=master)
                netlink.send([veth(near, End(INTERFACE, self.namespace, mac=self.mac))])
            self._netlink = Netlink(self.namespace)
            self._netlink.send([set_link(INTERFACE, up=True)])
            self._index = self._netlink.link(INTERFACE).index
        except BaseException:
            self._leave()
            raise

    def __enter__(self) -> Guest:
        return self

    def __exit__(self, *_details: object) -> None:
        self.detach()

    def detach(self) -> None:
        """Take it off the link, and what others have learnt of it out of their caches."""
        self._netlink.close()
        self._leave()
        for port in self._fabric.ends(self.link):
            with Netlink(self._fabric.namespace(port.node)) as netlink:
                forget = [
                    delete_neighbour(one.index, one.address)
                    for one in netlink.neighbours()
                    if one.mac == self.mac
                ]
                with suppress(NetlinkError):  # it may have expired by itself
                    netlink.send(forget)

    def take(self, address: str) -> None:
        """Give it an address with its prefix length, of either family; usable at once."""
        self._netlink.send([add_address(self._index, address, nodad=True)])

    def addresses(self, family: int = 6) -> list[Address]:
        return self._netlink.addresses(INTERFACE, family)

    def routes(self, family: int = 6) -> list[Route]:
        return self._netlink.routes(family)

    def wait_link_local(self, seconds: float = 5) -> Address:
        """Its link-local address once it may be used. Raises TimeoutError."""
        with self._record.waiting(_("waiting for a link-local address of a new host")):
            found = wait_until(
                lambda netlink: [
                    one
                    for one in netlink.addresses(INTERFACE, 6)
                    if one.address.is_link_local and one.usable
                ],
                self._record.until(seconds) - time.monotonic(),
                self.namespace,
                "address",
            )
        if not found:
            raise TimeoutError(f"a new host on {self.link} got no link-local address")
        return found[0]

    def wait_address(self, prefix: object, seconds: float = 5) -> Address | None:
        """Its address in a prefix once it may be used; None when it gets none in that time."""
        network = IPv6Network(str(prefix))
        doing = _("waiting for an address of a new host in {prefix}", prefix=str(network))
        with self._record.waiting(doing):
            found = wait_until(
                lambda netlink: [
                    one
                    for one in netlink.addresses(INTERFACE, 6)
                    if one.address in network and one.usable
                ],
                self._record.until(seconds) - time.monotonic(),
                self.namespace,
                "address",
            )
        return found[0] if found else None

    def wait_route(self, wanted: Callable[[Route], bool], seconds: float = 5) -> Route | None:
        """Its first IPv6 route that is `wanted`; None when it learns none in that time."""
        with self._record.waiting(_("waiting for a route of a new host")):
            found = wait_until(
                lambda netlink: [one for one in netlink.routes(6) if wanted(one)],
                self._record.until(seconds) - time.monotonic(),
                self.namespace,
                "route",
            )
        return found[0] if found else None

    def solicit(self) -> None:
        """Ask for routers once more, besides what its kernel does by itself."""
        self.wait_link_local()
        send_solicitation(self.namespace, self._index)

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
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self._index)
        sock.bind((str(source.address), port, 0, self._index))
        return sock

    @property
    def index(self) -> int:
        return self._index

    def _settle(self, autoconfigure: bool, hurry: bool) -> None:
        """Settings that the interface takes over when it comes."""
        values = {"accept_ra": "1" if autoconfigure else "0"}
        if not autoconfigure:
            values |= {"autoconf": "0", "router_solicitations": "0"}
        if hurry:
            values |= {"accept_dad": "0", "dad_transmits": "0", "router_solicitation_delay": "0"}
        with entered(self.namespace):
            for name, value in values.items():
                (SETTINGS / name).write_text(value)

    def _leave(self) -> None:
        with suppress(NetlinkError), Netlink(self._fabric.namespace(FABRIC)) as netlink:
            netlink.send([delete_link(self.port)])
        os.close(self.namespace)


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


def _random_mac() -> str:
    """A locally administered unicast address."""
    data = bytearray(secrets.token_bytes(6))
    data[0] = data[0] & 0xFC | 0x02
    return data.hex(":")
