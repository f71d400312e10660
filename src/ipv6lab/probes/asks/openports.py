"""Which TCP ports are open, of many addresses at once: what one family shows and the other hides.

Connections are tried from nodes' own network namespaces, all at the same time, and taken back at
once. Whoever took one is told by the fabric. What listens on a node its kernel says (proc_net_tcp),
whatever program it is.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.words.message import _
from ipv6lab.words.waits import INITIAL_RTO, waits

BEHIND = 0.3  # seconds by which a packet sent first may come in later than the one sent last
WITHIN = 3.2  # seconds of silence that mean a closed port: a SYN and its copy after 1 s (RFC 6298)
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing leaves nothing behind
LISTEN = "0A"  # state in proc_net_tcp
SYN, ACK = 0x02, 0x10


@dataclass(frozen=True)
class Target:
    """A port at an address, and from which node to try it."""

    node: Vantage
    address: IPv4Address | IPv6Address
    port: int


def listening(node: Vantage) -> set[int]:
    """The TCP ports that a program on the node listens on, at an address of either family.

    Ports of the loopback addresses alone are left out.
    """
    found = set()
    with entered(node.namespace):
        for name, loopback in (("tcp", "0100007F"), ("tcp6", f"{0:024X}01000000")):
            text = Path("/proc/thread-self/net", name).read_text(encoding="ascii")
            for line in text.splitlines()[1:]:
                local, state = line.split()[1], line.split()[3]
                address, _colon, port = local.partition(":")
                if state == LISTEN and address != loopback:
                    found.add(int(port, 16))
    return found


def targets(node: Vantage, addresses: Iterable[object], ports: Iterable[int]) -> list[Target]:
    """Each of the ports at each of the addresses, to be tried from a node."""
    wanted = sorted(set(ports))
    return [Target(node, ip_address(str(one)), port) for one in addresses for port in wanted]


@waits(INITIAL_RTO, INITIAL_RTO, INITIAL_RTO)
def scan(wanted: Iterable[Target], within: float = WITHIN) -> dict[Target, str | None]:
    """Those of the targets that are open, each with the node that took the connection.

    Answers at once when all of them have been answered or refused; silence is listened to for
    `within` seconds, at most until the check's deadline. The node is None where the connection
    never crossed the network.
    """
    asked = list(wanted)
    if not asked:
        return {}
    lab = asked[0].node.lab
    until = lab.record.until(within)
    ends = {(one.address, one.port) for one in asked}

    def accepts(packet: Packet) -> bool:
        data = packet.ip
        return (
            packet.sent
            and data is not None
            and data.ports is not None
            and (data.source, data.ports[0]) in ends
            and data.tcp_flags & (SYN | ACK) == SYN | ACK
        )

    doing = _("trying which ports are open, {count} in all", count=len(asked))
    with lab.record.waiting(doing), Capture(lab.fabric, (), accepts, filters.TCP) as capture:
        opened = _connect(asked, until)
        capture.read()
        by: dict[tuple[object, int], str] = {}
        for packet in capture.packets:
            data = packet.ip
            if data is not None and data.ports is not None:
                by.setdefault((data.source, data.ports[0]), packet.node)
        kept = capture.packets
    for name in dict.fromkeys(one.node.name for one in asked):
        mine = [one for one in asked if one.node.name == name]
        lab.record.add(
            "ports",
            name,
            _("{node} tries {count} ports.", node=name, count=len(mine)),
            {"open": [_text(one) for one in mine if one in opened]},
            kept,
        )
    return {one: by.get((one.address, one.port)) for one in asked if one in opened}


@waits(INITIAL_RTO)
def reached(wanted: Iterable[Target], last: Target, within: float = 5) -> dict[Target, set[str]]:
    """To which nodes the first packet of a connection was delivered, port by port.

    Whether anything listens there does not matter, so that a filter can be told from a closed port.
    `last` is asked after all others: once its packet has got to who answers or refuses, those of
    the others have got as far as they ever will. Waits for that for `within` seconds at most.
    """
    asked = [*wanted, last]
    lab = last.node.lab
    until = lab.record.until(within)
    by_source: dict[tuple[object, int], Target] = {}

    def whose(packet: Packet) -> Target | None:
        data = packet.ip
        if data is None or data.ports is None:
            return None
        found = by_source.get((data.source, data.ports[0]))
        opening = data.tcp_flags & (SYN | ACK) == SYN
        to_it = found is not None and (data.destination, data.ports[1]) == (
            found.address,
            found.port,
        )
        return found if opening and to_it else None

    def answers(packet: Packet) -> bool:
        data = packet.ip
        return (
            not packet.sent
            and packet.node == last.node.name
            and data is not None
            and data.ports is not None
            and (data.source, data.ports[0]) == (last.address, last.port)
        )

    doing = _("trying which ports are open, {count} in all", count=len(asked))
    with (
        lab.record.waiting(doing),
        ExitStack() as stack,
        Capture(lab.fabric, (), None, filters.TCP_OPENING) as capture,
    ):
        for target in asked:
            sock = stack.enter_context(_socket(target))
            sock.connect_ex((str(target.address), target.port))
            host, port = sock.getsockname()[:2]
            by_source[ip_address(host), port] = target
        capture.wait(until, answers)
        capture.listen(lab.record.until(BEHIND))
        packets = [one for one in capture.packets if whose(one)]
    found: dict[Target, set[str]] = {target: set() for target in asked}
    for packet in packets:
        aim = whose(packet)
        if aim is not None and not packet.sent:
            found[aim].add(packet.node)
    lab.record.add(
        "ports",
        last.node.name,
        _("{node} tries {count} ports.", node=last.node.name, count=len(asked)),
        {"reached": {_text(one): sorted(nodes) for one, nodes in found.items()}},
        packets,
    )
    return found


def _socket(target: Target) -> socket.socket:
    """A socket on the asking node, which does not wait and leaves nothing behind."""
    family = socket.AF_INET6 if target.address.version == 6 else socket.AF_INET
    with entered(target.node.namespace):
        sock = socket.socket(
            family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        )
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    return sock


def _text(target: Target) -> str:
    host = f"[{target.address}]" if target.address.version == 6 else str(target.address)
    return f"{host}:{target.port}"


def _connect(asked: list[Target], until: float) -> set[Target]:
    """Those to which a connection came about."""
    opened: set[Target] = set()
    with ExitStack() as stack:
        poll = select.poll()
        pending: dict[int, tuple[socket.socket, Target]] = {}
        for target in asked:
            sock = stack.enter_context(_socket(target))
            failure = sock.connect_ex((str(target.address), target.port))
            if failure == 0:
                opened.add(target)
            elif failure == errno.EINPROGRESS:
                poll.register(sock, select.POLLOUT)
                pending[sock.fileno()] = sock, target
        while pending and (left := until - time.monotonic()) > 0:
            for descriptor, _events in poll.poll(left * 1000):
                poll.unregister(descriptor)
                sock, target = pending.pop(descriptor)
                if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                    opened.add(target)
    return opened
