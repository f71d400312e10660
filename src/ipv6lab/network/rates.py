"""Rates on what a node makes itself: a loop of its own links stays its own.

Frames that go round between bridge ports, veth ends or by redirections are handled in softirq,
which no control group is charged for and no limit of processes knows: two veth pairs in one bridge
and one broadcast frame take a processor, and fill the queue through which every packet of the
machine passes. The only place to bound them is the device that sends them, so each device of a
node that can send to the node itself gets a token bucket as soon as the kernel tells of it, and
again whenever somebody has taken it away.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress

from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Netlink, NetlinkError, Request, delete_link, limit_rate, objects
from ipv6lab.network.netlink import numbers as n
from ipv6lab.network.netlink.codec import Message, decode
from ipv6lab.network.netlink.objects import Link

# What goes out of these comes back by another device, which is bounded.
EXEMPT = {"bridge", "vlan", "vrf", "tun", "wireguard", "sit", "ipip", "ip6tnl", "gre", "ip6gre"}
MOST = 16  # links that a node may make itself; each adds its rate to that of a loop
MEDDLING = 20  # times that a rate is put back; then the link goes
AT_ONCE = 64  # messages of the kernel that are read before others get their turn

# More than the largest packet, one of 64 KiB and its header on a loopback interface: a token bucket
# that is smaller never lets it pass.
BURST = 256 * 1024
QUEUE = 512 * 1024
# Octets per second, and what a small packet counts as: 3,000 packets per second of a node's own
# link, 15,000 of a port of the topology that it bridges, 61,000 of its loopback interface, and of a
# port that leads straight to another node what those of the fabric may send.
OWN, BRIDGED = (12_500_000, 4096), (125_000_000, 8192)
LOOPBACK, DIRECT = (62_500_000, 1024), (125_000_000, 1024)
LISTENED = (n.RTNLGRP_LINK, n.RTNLGRP_TC)
_TCMSG = struct.Struct("=BxxxiIII")


class LinkGuard:
    """Watches the links of one node's network namespace.

    ``direct`` are the numbers of those of the topology's links that do not end in the fabric, whose
    ports are bound there.
    """

    def __init__(self, net_fd: int, direct: Iterable[int] = ()) -> None:
        mask = sum(1 << (group - 1) for group in LISTENED)
        with entered(net_fd):
            self._netlink = Netlink()
            self._socket = socket.socket(
                socket.AF_NETLINK,
                socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK,
                socket.NETLINK_ROUTE,
            )
        self._socket.bind((0, mask))
        self._direct = set(direct)
        self._links: dict[int, Link] = {}
        self._bound: dict[int, tuple[int, int]] = {}
        self._meddled: Counter[int] = Counter()
        self._look_anew()

    def fileno(self) -> int:
        """Readable when something has changed: then `look`."""
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()
        self._netlink.close()

    def look(self) -> None:
        """Take what the kernel has told, and bound what is not."""
        undone = set()
        try:
            for _ in range(AT_ONCE):
                for message in decode(self._socket.recv(1 << 16)):
                    undone |= self._take(message)
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            undone = set(self._bound)  # what was lost may have been anything
            self._look_anew()
        self._settle(undone)

    def _look_anew(self) -> None:
        self._links = {link.index: link for link in self._netlink.links()}
        self._settle(set())

    def _take(self, message: Message) -> set[int]:
        """Note what a message tells; the links whose queue somebody else has changed."""
        if message.kind in (n.RTM_NEWQDISC, n.RTM_DELQDISC):
            if message.port == self._netlink.port or len(message.body) < _TCMSG.size:
                return set()
            _family, index, _handle, parent, _info = _TCMSG.unpack_from(message.body)
            return {index} if parent == n.TC_H_ROOT and index in self._bound else set()
        if message.kind == n.RTM_NEWLINK and message.body[0] == socket.AF_UNSPEC:
            link = objects.link(message.body)
            self._links[link.index] = link
        elif message.kind == n.RTM_DELLINK and message.body[0] == socket.AF_UNSPEC:
            index = objects.link(message.body).index
            for known in (self._links, self._bound, self._meddled):
                known.pop(index, None)
        return set()

    def _limit(self, link: Link) -> tuple[int, int] | None:
        master = self._links.get(link.master or 0)
        bridged = master is not None and master.kind == "bridge"
        if link.kind == "veth" and link.peer_namespace is not None:
            return BRIDGED if bridged else DIRECT if link.index in self._direct else None
        if link.loopback:
            return LOOPBACK
        return OWN if bridged or link.kind not in EXEMPT else None

    def _settle(self, undone: set[int]) -> None:
        requests: list[Request] = []
        for index, link in self._links.items():
            limit = self._limit(link)
            if limit is None or (self._bound.get(index) == limit and index not in undone):
                continue
            self._bound[index] = limit
            rate, smallest = limit
            requests.append(
                limit_rate(index, rate=rate, burst=BURST, queue=QUEUE, smallest=smallest)
            )
        for index in undone:
            self._meddled[index] += 1
        own = [index for index, limit in self._bound.items() if limit == OWN]
        surplus = own[MOST:] + [one for one in own if self._meddled[one] > MEDDLING]
        requests += [delete_link(index) for index in dict.fromkeys(surplus)]
        for request in requests:  # one by one: each may be gone by now
            with suppress(NetlinkError):
                self._netlink.send([request])
