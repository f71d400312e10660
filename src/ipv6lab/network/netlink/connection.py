"""A routing netlink socket of one network namespace: requests in batches, dumps, look-ups."""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import numbers as n
from ipv6lab.network.netlink import objects
from ipv6lab.network.netlink.codec import (
    HEADER,
    CodecError,
    Message,
    attribute,
    attributes,
    decode,
    encode,
    string,
    text,
    u32,
)
from ipv6lab.network.netlink.netlink_errors import NetlinkError
from ipv6lab.network.netlink.netlink_requests import Request
from ipv6lab.network.netlink.objects import Address, IPAddress, Link, Names, Neighbour, Route

RECEIVE = 1 << 18  # bytes; the kernel sends dumps in pieces of at most 32 KiB
# What one sendmsg carries: each message is answered into our receive buffer (208 KiB by default,
# about 770 bytes an answer), and nobody reads while the kernel still works on the batch.
BATCH_MESSAGES = 128
BATCH_BYTES = 1 << 16
KERNEL = 0  # its port
DUMP_ATTEMPTS = 10  # the kernel says so when something changed during a dump


class Netlink:
    """A connection to the kernel's routing netlink in one network namespace.

    `namespace` is a path or an open descriptor of it, None for the caller's own. The socket stays
    in that namespace for good, wherever the caller goes. Every method raises NetlinkError, with the
    kernel's errno, when the kernel refuses. It takes answers of the kernel alone: whoever is root
    in the namespace may send messages that look like them.

    ::

        with Netlink("/run/netns/pc1") as netlink:
            eth0 = netlink.link("eth0")
            netlink.send([add_address(eth0.index, "2001:db8:100:110::80/64")])
            print(netlink.addresses(interface="eth0", family=6))
    """

    def __init__(self, namespace: int | str | Path | None = None) -> None:
        with entered(namespace):
            self._socket = socket.socket(
                socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE
            )
        for option in (n.NETLINK_CAP_ACK, n.NETLINK_EXT_ACK):
            self._socket.setsockopt(n.SOL_NETLINK, option, 1)
        self._socket.bind((0, 0))
        self._socket.connect((KERNEL, 0))  # from now on nobody else's messages are queued here
        self._sequence = secrets.randbits(31)

    @property
    def port(self) -> int:
        """The kernel's number for this connection, which events name as their cause."""
        return int(self._socket.getsockname()[0])

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Netlink:
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()

    # Requests

    def send(self, requests: Iterable[Request]) -> None:
        """Send requests, many in one system call; the kernel carries them out in order.

        A refused request does not stop those after it in its batch. Raises NetlinkError for the
        first one that was refused.
        """
        refused: NetlinkError | None = None
        for batch in _batches(requests):
            for error in self._send_batch(batch):
                refused = refused or error
        if refused:
            raise refused

    def _send_batch(self, batch: Sequence[Request]) -> Iterator[NetlinkError]:
        waiting: dict[int, Request] = {}
        data = []
        for request in batch:
            self._sequence += 1
            waiting[self._sequence] = request
            flags = request.flags | n.NLM_F_REQUEST | n.NLM_F_ACK
            data.append(encode(request.kind, flags, self._sequence, request.body))
        self._socket.sendall(b"".join(data))
        while waiting:
            for message in self._receive():
                if message.kind == n.NLMSG_ERROR and message.sequence in waiting:
                    request = waiting.pop(message.sequence)
                    if error := _refusal(message, request.words):
                        yield error

    # What is there

    def links(self) -> list[Link]:
        body = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, 0, 0, 0)
        return [objects.link(message.body) for message in self._dump(n.RTM_GETLINK, body)]

    def link(self, interface: int | str) -> Link:
        """One interface. Raises NetlinkError (ENODEV) when there is none."""
        index = interface if isinstance(interface, int) else 0
        body = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, 0, 0)
        if isinstance(interface, str):
            body += text(n.IFLA_IFNAME, interface)
        answer = self._ask(n.RTM_GETLINK, body, f"looking up the interface {interface}")
        return objects.link(answer.body)

    def names(self) -> Names:
        """The names of all interfaces by index."""
        return Names({link.index: link.name for link in self.links()})

    def addresses(self, interface: str | None = None, family: int | None = None) -> list[Address]:
        """The addresses, of one interface or of one family (4 or 6) if so asked."""
        body = struct.pack("=BBBBi", _FAMILIES[family], 0, 0, 0, 0)
        names = self.names()
        found = [objects.address(m.body, names) for m in self._dump(n.RTM_GETADDR, body)]
        return [one for one in found if interface in (None, one.interface)]

    def routes(self, family: int | None = None, table: int | None = n.RT_TABLE_MAIN) -> list[Route]:
        """The routes of a table (None: of all tables), in the kernel's order."""
        names = self.names()
        found = []
        # Unspecified, the kernel would also give multicast routing's: ask for the two by name.
        for each in (family,) if family else (4, 6):
            body = struct.pack("=BBBBBBBBI", _FAMILIES[each], 0, 0, 0, 0, 0, 0, 0, 0)
            found += [objects.route(m.body, names) for m in self._dump(n.RTM_GETROUTE, body)]
        return [one for one in found if not one.cloned and table in (None, one.table)]

    def route_to(
        self,
        destination: str | IPAddress,
        source: str | IPAddress | None = None,
        interface: int | None = None,
    ) -> Route:
        """The route that a packet would take, as `ip route get` says.

        Raises NetlinkError (ENETUNREACH, EHOSTUNREACH, EACCES) when there is none.
        """
        where = ip_address(destination)
        family, length = _FAMILIES[where.version], where.max_prefixlen
        own = () if source is None else (ip_address(source),)
        body = struct.pack(
            "=BBBBBBBBI", family, length, length if own else 0, 0, 0, 0, 0, 0, 0
        ) + attribute(n.RTA_DST, where.packed)
        for address in own:
            body += attribute(n.RTA_SRC, address.packed)
        if interface is not None:
            body += u32(n.RTA_OIF, interface)
        answer = self._ask(n.RTM_GETROUTE, body, f"looking up the route to {where}")
        return objects.route(answer.body, self.names())

    def neighbours(
        self, interface: str | None = None, family: int | None = None
    ) -> list[Neighbour]:
        """The neighbour cache, without proxies and without what needs no resolution (NOARP)."""
        body = struct.pack("=BxxxiHBB", _FAMILIES[family], 0, 0, 0, 0)
        names = self.names()
        found = (objects.neighbour(m.body, names) for m in self._dump(n.RTM_GETNEIGH, body))
        return [
            one
            for one in found
            if one and one.state != "NOARP" and interface in (None, one.interface)
        ]

    def neighbours_refused(self) -> int:
        """How often the machine's tables of neighbours had no room, since it was started.

        One table for each family serves all network namespaces.
        """
        refused = 0
        for message in self._dump(n.RTM_GETNEIGHTBL, struct.pack("=Bxxx", socket.AF_UNSPEC)):
            stats = attributes(message.body, 4).get(n.NDTA_STATS, b"")
            if len(stats) >= 8 * (n.NDTST_TABLE_FULLS + 1):
                refused += int(struct.unpack_from("=Q", stats, 8 * n.NDTST_TABLE_FULLS)[0])
        return refused

    def dump(self, group: str) -> bytes:
        """The messages that tell all there is of a group, one behind the other, undecoded.

        `group` is link, address, route or neighbour.
        """
        found = []
        for kind, body in _DUMPS[group]:
            for one in self._dump(kind, body):
                found.append(encode(one.kind, one.flags, one.sequence, one.body))
        return b"".join(found)

    # The wire

    def _ask(self, kind: int, body: bytes, words: str) -> Message:
        """The one message that answers a request."""
        self._sequence += 1
        self._socket.sendall(encode(kind, n.NLM_F_REQUEST, self._sequence, body))
        while True:
            for message in self._receive():
                if message.sequence != self._sequence:
                    continue
                if message.kind != n.NLMSG_ERROR:
                    return message
                if error := _refusal(message, words):
                    raise error

    def _dump(self, kind: int, body: bytes) -> list[Message]:
        for _ in range(DUMP_ATTEMPTS):
            self._sequence += 1
            flags = n.NLM_F_REQUEST | n.NLM_F_DUMP
            self._socket.sendall(encode(kind, flags, self._sequence, body))
            found, steady = self._collect()
            if steady:
                break
        return found

    def _collect(self) -> tuple[list[Message], bool]:
        """The messages of a dump, and whether nothing changed while it was made."""
        found: list[Message] = []
        steady = True
        while True:
            for message in self._receive():
                if message.sequence != self._sequence:
                    continue
                if message.flags & n.NLM_F_DUMP_INTR:
                    steady = False
                if message.kind == n.NLMSG_DONE:
                    return found, steady
                if message.kind == n.NLMSG_ERROR:
                    raise _refusal(message, "asking for a dump") or CodecError("a dump ended early")
                found.append(message)

    def _receive(self) -> Iterator[Message]:
        return decode(receive(self._socket))


def receive(sock: socket.socket) -> bytes:
    """What the kernel tells next on a netlink socket; what others send there is passed over.

    Raises what recvfrom does.
    """
    while True:
        data, (port, _groups) = sock.recvfrom(RECEIVE)
        if port == KERNEL:
            return data


_FAMILIES = {None: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}

# Of routes by family: unspecified, the kernel would also give multicast routing's.
_DUMPS = {
    "link": [(n.RTM_GETLINK, struct.pack("=BxHiII", socket.AF_UNSPEC, 0, 0, 0, 0))],
    "address": [(n.RTM_GETADDR, struct.pack("=BBBBi", socket.AF_UNSPEC, 0, 0, 0, 0))],
    "route": [
        (n.RTM_GETROUTE, struct.pack("=BBBBBBBBI", family, 0, 0, 0, 0, 0, 0, 0, 0))
        for family in (socket.AF_INET, socket.AF_INET6)
    ],
    "neighbour": [(n.RTM_GETNEIGH, struct.pack("=BxxxiHBB", socket.AF_UNSPEC, 0, 0, 0, 0))],
}


def _batches(requests: Iterable[Request]) -> Iterator[list[Request]]:
    batch: list[Request] = []
    size = 0
    for request in requests:
        length = HEADER.size + len(request.body) + 4
        if batch and (len(batch) == BATCH_MESSAGES or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(request)
        size += length
    if batch:
        yield batch


def _refusal(message: Message, words: str) -> NetlinkError | None:
    """The error of an acknowledgement, None when the request was carried out."""
    if len(message.body) < 4 + HEADER.size:
        raise CodecError("an acknowledgement that is cut off")
    (status,) = struct.unpack_from("=i", message.body)
    if status == 0:
        return None
    reason = ""
    if message.flags & n.NLM_F_ACK_TLVS:
        (length,) = struct.unpack_from("=I", message.body, 4)
        start = 4 + (HEADER.size if message.flags & n.NLM_F_CAPPED else length)
        reason = string(attributes(message.body, start).get(n.NLMSGERR_ATTR_MSG, b""))
    return NetlinkError(-status, words, reason)
