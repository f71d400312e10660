"""A new host with an address and a default route of its own, which pings and is pinged like a node.

What holds for a whole network shows at a host that nobody had in mind when the routers were
configured: an interface identifier with its first bit set tells a /64 from anything longer.
"""

from __future__ import annotations

import secrets
import socket
import time
from contextlib import ExitStack
from ipaddress import IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Netlink, add_address, add_route
from ipv6lab.probes.capture import Capture
from ipv6lab.probes.fabric import Interface, Port
from ipv6lab.probes.filters import PING
from ipv6lab.probes.node import Node
from ipv6lab.probes.packet import Packet
from ipv6lab.probes.ping import ECHO, INTERVAL, REQUEST
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.probes.lab import Lab

FIRST_BIT = 1 << 63  # of an interface identifier
FATE = 1.0  # seconds in which a packet that is under way has met its fate, whatever it is


class Visitor(Node):
    """A host of the grader on a link, with a static address; a context manager.

    ::

        with lab.link("staff").visitor(lab.plan.staff.prefix, lab.plan.staff.router) as visitor:
            visitor.ping(lab.node("app"), lab.plan.app.address)
            lab.node("pc1").ping(visitor, visitor.address)

    `name` is what messages call it; `router` is where its default route leads. Its address is
    usable at once; its interface identifier is random but for the first bit, which is set.
    """

    def __init__(
        self,
        lab: Lab,
        link: str,
        prefix: object,
        router: object = None,
        name: str = "new-host",
    ) -> None:
        super().__init__(lab, name)
        self.link = link
        self._network = IPv6Network(str(prefix))
        self._router = None if router is None else IPv6Address(str(router))
        self.address: IPv6Address = self._network[FIRST_BIT + secrets.randbelow(FIRST_BIT)]

    def __enter__(self) -> Visitor:
        with ExitStack() as opened:
            self._guest = opened.enter_context(self.lab.link(self.link).attach(autoconfigure=False))
            self.lab.fabric.guests[self._guest.port] = Port(self.link, self.name, "eth0")
            address = f"{self.address}/{self._network.prefixlen}"
            requests = [add_address(self._guest.index, address, nodad=True)]
            if self._router is not None:
                requests.append(add_route("::/0", gateway=self._router))
            with Netlink(self._guest.namespace) as netlink:
                netlink.send(requests)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_details: object) -> None:
        self._opened.close()

    @property
    def namespace(self) -> int:
        return self._guest.namespace

    @property
    def interfaces(self) -> list[Interface]:
        return [Interface("eth0", self._guest.mac, self.link)]

    def throw(self, destination: object, within: float = 5) -> list[Packet]:
        """Send an echo request to an address that may not exist; everywhere that it was seen.

        Also what routers say of it (ICMPv6 errors carry the packet). Sends again while nobody on
        the link takes it, for `within` seconds, as its router may just be coming up; then listens
        for a second, or until this host is told.
        """
        run = b"ipv6lab " + secrets.token_hex(16).encode()
        doing = _("watching where a packet to {address} goes", address=str(destination))
        with entered(self.namespace):
            sock = socket.socket(
                socket.AF_INET6, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_ICMPV6
            )
        with (
            sock,
            self.lab.record.waiting(doing),
            Capture(self.lab.fabric, (), lambda one: run in one.frame, PING) as capture,
        ):
            until = self.lab.record.until(within)
            taken, sequence = None, 0
            while taken is None and time.monotonic() < until:
                sequence += 1
                head = ECHO.pack(REQUEST[6], 0, 0, secrets.randbelow(0x10000), sequence)
                sock.sendto(head + run + bytes([sequence]), (str(destination), 0))
                taken = capture.wait(self.lab.record.until(INTERVAL), self._taken)
            capture.wait(self.lab.record.until(FATE), self._told)
            capture.read()
        # Of those that it sent, the one that was taken first.
        number = taken.frame[taken.frame.find(run) + len(run)] if taken else sequence
        packets = [one for one in capture.packets if run + bytes([number]) in one.frame]
        self.lab.record.add(
            "throw",
            self.name,
            _(
                "A packet to {address} was seen at {count} places.",
                address=str(destination),
                count=len(packets),
            ),
            {"links": [one.link for one in packets if one.sent]},
            packets,
        )
        return packets

    def _taken(self, packet: Packet) -> bool:
        return not packet.sent and packet.node != self.name

    def _told(self, packet: Packet) -> bool:
        """An ICMPv6 error (a type below 128) that comes back to this host."""
        kind = packet.ip.icmp_type if packet.ip else None
        return not packet.sent and packet.node == self.name and kind is not None and kind < 128
