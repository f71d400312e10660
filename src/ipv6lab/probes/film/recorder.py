"""Recording a film: nothing is asked, nothing is decoded, all that is told is kept.

Router Discovery, Redirects and DHCPv6 on every link, and what every node's kernel tells of its
links, addresses, routes, neighbours and prefixes. The kernel tells nobody when an advertisement
renews a route; so routes are looked at again a moment after each.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ipv6lab.linux import tape as film
from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Netlink, NetlinkError, receive, subscribe
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.fabric import Fabric
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.wire.headers import UDP

GROUPS = ("link", "address", "route", "neighbour", "prefix", "options")
DUMPED = ("link", "address", "route", "neighbour")
ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, REDIRECT = 133, 134, 137
DISCOVERY = (ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, REDIRECT)
DHCP6 = (546, 547)
ACTED = 0.1  # seconds in which a kernel acts on an advertisement, and a burst of changes is over
MOST = 1 << 18  # octets of a table that is looked at again and again
SELDOM = 2.0  # seconds between two looks at one that is larger
WAIT = 60.0
RTM_NEWNEIGH = 28  # below it: links, addresses, routes
_KIND = struct.Struct("=H")


class Recorder:
    """Records onto a tape from the moment it exists; `run` goes on with it.

    ::

        Recorder(fabric, tape).run(control)  # until the other end of the pipe is closed
    """

    def __init__(self, fabric: Fabric, tape: int) -> None:
        self._fabric, self._tape = fabric, tape
        self._poll = select.epoll()
        self._readers: dict[int, Callable[[], None]] = {}
        self._nodes: dict[str, _Node] = {}
        self._due: dict[str, float] = {}  # when a node's routes are looked at again
        self._open_capture()
        for name in fabric.nodes:
            self._open(name)
        self._write(film.MARK, film.ROLLING)

    def run(self, control: int) -> None:
        """Record until the control pipe is closed; a line on it says that nodes were renewed."""
        self._add(control, lambda: None)
        while True:
            left = min(self._due.values(), default=time.monotonic() + WAIT) - time.monotonic()
            for descriptor, _events in self._poll.poll(max(0.0, left)):
                if descriptor == control:
                    if not os.read(control, 4096):
                        return
                    self._meet()
                elif descriptor in self._readers:
                    self._readers[descriptor]()
            self._look_again()

    def close(self) -> None:
        self._capture.close()
        for node in self._nodes.values():
            node.close()
        self._poll.close()

    # Links

    def _open_capture(self) -> None:
        self._capture = Capture(self._fabric, (), _is_kept, filters.FILM)
        for descriptor in self._capture.filenos():
            self._add(descriptor, self._take_packets)

    def _take_packets(self) -> None:
        lost = self._capture.lost
        for packet in self._capture.read():
            way = "sent" if packet.sent else "got"
            self._write(
                film.PACKET, packet.link, packet.node, way, data=packet.frame, moment=packet.time
            )
            if not packet.sent and packet.ip and packet.ip.icmp_type == ROUTER_ADVERTISEMENT:
                self._schedule(packet.node)
        self._capture.packets.clear()
        if self._capture.lost > lost:
            self._write(film.LOST, "")

    # Nodes

    def _open(self, name: str) -> None:
        with suppress(FileNotFoundError):  # a switch of the fabric has no namespace of its own
            node = self._nodes[name] = _Node(self._fabric.namespace(name))
            self._add(node.events.fileno(), lambda: self._take_events(name))
            self._dump(name, *DUMPED)

    def _take_events(self, name: str) -> None:
        node = self._nodes[name]
        routes = False
        while True:
            try:
                data = receive(node.events)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self._write(film.LOST, name)
                self._dump(name, *DUMPED)
                continue
            self._write(film.EVENTS, name, data=data)
            routes = routes or _KIND.unpack_from(data, 4)[0] < RTM_NEWNEIGH
        if routes:
            self._schedule(name)

    def _dump(self, name: str, *groups: str) -> None:
        for group in groups:
            try:
                data = self._nodes[name].netlink.dump(group)
            except NetlinkError:
                continue
            self._nodes[name].size = max(self._nodes[name].size, len(data))
            self._write(film.DUMP, name, group, data=data)

    def _schedule(self, name: str) -> None:
        if name in self._nodes:
            wait = ACTED if self._nodes[name].size <= MOST else SELDOM
            self._due.setdefault(name, time.monotonic() + wait)

    def _look_again(self) -> None:
        now = time.monotonic()
        for name in [name for name, moment in self._due.items() if moment <= now]:
            del self._due[name]
            self._nodes[name].size = 0
            self._dump(name, "route")

    def _meet(self) -> None:
        """Follow the nodes that have another namespace than before."""
        for name in self._fabric.nodes:
            old = self._nodes.get(name)
            if old is None or not old.is_still(self._fabric.namespace(name)):
                if old is not None:
                    self._remove(old.events.fileno())
                    old.close()
                    self._due.pop(name, None)
                self._write(film.ANEW, name)
                self._open(name)
        if any(self._fabric.bridge(link) is None for link in self._fabric.links):
            for descriptor in self._capture.filenos():
                self._remove(descriptor)
            self._capture.close()
            self._open_capture()

    # Descriptors

    def _add(self, descriptor: int, take: Callable[[], None]) -> None:
        self._poll.register(descriptor, select.EPOLLIN)
        self._readers[descriptor] = take

    def _remove(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        del self._readers[descriptor]

    def _write(
        self, kind: bytes, *name: str, data: bytes = b"", moment: float | None = None
    ) -> None:
        if not film.write(self._tape, kind, *name, data=data, moment=moment):
            film.write(self._tape, film.LOST, "")
            raise SystemExit  # it is full; what is there stays readable


class _Node:
    """A node's netlink sockets, and the size of the largest table that it told."""

    def __init__(self, namespace: Path) -> None:
        self._inode = os.stat(namespace).st_ino
        with entered(namespace):
            self.events: socket.socket = subscribe(*GROUPS)
            self.netlink = Netlink()
        self.size = 0

    def is_still(self, namespace: Path) -> bool:
        with suppress(FileNotFoundError):
            return os.stat(namespace).st_ino == self._inode
        return False

    def close(self) -> None:
        self.events.close()
        self.netlink.close()


def _is_kept(packet: Packet) -> bool:
    ip = packet.ip
    if ip is None:
        return False
    if ip.protocol == UDP:
        return ip.ports is not None and bool({*ip.ports} & {*DHCP6})
    return ip.icmp_type in DISCOVERY
