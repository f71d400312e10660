"""Many ICMPv6 messages at once: how many a firewall lets through, and which kinds."""

from __future__ import annotations

import errno
import secrets
import socket
import time
from typing import NamedTuple

from ipv6lab.network.namespace import entered
from ipv6lab.probes.asks.ping import ECHO, INTERVAL, REPLY, REQUEST
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.filters import NO_TCP
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.words.message import _

QUIET = 0.5  # seconds after the last arrival in which nothing more is under way
REFUSED = (errno.ENOBUFS, errno.EAGAIN, errno.EACCES)  # by the sender's own queue or filter


class Burst(NamedTuple):
    """How many messages were sent and how many arrived; whether the first was `answered`."""

    sent: int
    arrived: int
    answered: bool


def burst(
    node: Vantage,
    target: Vantage,
    address: object,
    count: int,
    kind: int = REQUEST[6],
    within: float = 5,
) -> Burst:
    """Send an echo request and, when its answer is seen, `count` messages as fast as it goes.

    They are of ICMPv6 type `kind`, echo requests like the first one and of the same exchange if no
    other is named. The first is repeated every second for `within` seconds; when it stays
    unanswered, nothing more is sent: it is the control.
    """
    record = node.lab.record
    until = record.until(within)
    nonce = b"ipv6lab " + secrets.token_hex(16).encode()
    identifier = secrets.randbelow(0x10000)

    # Where they begin and where they end; what is between may see nothing else for a while.
    links = {one.link for end in (node, target) for one in end.interfaces}

    def arrived(packet: Packet) -> bool:
        return _is(packet, kind, target) and not _is_first(packet)

    def answer(packet: Packet) -> bool:
        return _is(packet, REPLY[6], node)

    with entered(node.namespace):
        sock = socket.socket(
            socket.AF_INET6, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_ICMPV6
        )
    record.say(
        _("sending many packets from {node} to {target}", node=node.name, target=target.name)
    )
    with sock, Capture(node.lab.fabric, links, lambda one: nonce in one.frame, NO_TCP) as capture:
        answered, sent = None, 0
        while answered is None and time.monotonic() < until:
            _send(sock, address, ECHO.pack(REQUEST[6], 0, 0, identifier, 0) + nonce)
            answered = capture.wait(min(until, time.monotonic() + INTERVAL), answer)
        if answered:
            for sequence in range(1, count + 1):
                sent += _send(sock, address, ECHO.pack(kind, 0, 0, identifier, sequence) + nonce)
            while capture.wait(record.until(QUIET), arrived):
                pass
        capture.read()
    found = [one for one in capture.packets if arrived(one)]
    record.add(
        "burst",
        node.name,
        _(
            "Of {sent} packets from {node}, {arrived} reached {target}.",
            sent=sent,
            node=node.name,
            arrived=len(found),
            target=target.name,
        ),
        {"type": kind, "sent": sent, "arrived": len(found), "answered": bool(answered)},
        found,
    )
    return Burst(sent, len(found), bool(answered))


def _is(packet: Packet, kind: int, node: Vantage) -> bool:
    """Whether it is a message of that type that was delivered to a node."""
    delivered = not packet.sent and packet.node == node.name
    return delivered and packet.ip is not None and packet.ip.icmp_type == kind


def _is_first(packet: Packet) -> bool:
    """The one that was sent before the others has sequence number 0."""
    return packet.ip is not None and packet.ip.payload[6:8] == b"\0\0"


def _send(sock: socket.socket, address: object, message: bytes) -> int:
    """1 if the packet was sent, else 0."""
    try:
        sock.sendto(message, (str(address), 0))
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        return 0
    return 1
