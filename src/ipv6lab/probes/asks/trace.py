"""One packet into the unknown: everywhere that it was seen, and what routers say of it."""

from __future__ import annotations

import errno
import secrets
import socket
import time

from ipv6lab.network.namespace import entered
from ipv6lab.probes.asks.ping import ECHO, INTERVAL, REQUEST
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.filters import PING
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.words.message import _
from ipv6lab.words.waits import RETRANS_TIMER, waits

IPV6_FREEBIND = 78  # include/uapi/linux/in6.h
FATE = 1.0  # seconds in which a packet that is under way has met its fate, whatever it is


@waits(RETRANS_TIMER)
def throw(
    node: Vantage,
    destination: str,
    within: float,
    hop_limit: int | None = None,
    source: str | None = None,
    option: int | None = None,
) -> list[Packet]:
    """Send one echo request from `node`; wherever the fabric saw it, and errors about it.

    `hop_limit` and `source` None leave that to the node; a `source` need not be an address of its
    own. `option` is the type of an option in a Destination Options header. Sends again while
    nobody takes it, for `within` seconds. A node without a route sends nothing, and nothing is
    seen.
    """
    run = b"ipv6lab " + secrets.token_hex(16).encode()
    record = node.lab.record
    with entered(node.namespace):
        sock = socket.socket(
            socket.AF_INET6, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_ICMPV6
        )
    if hop_limit is not None:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hop_limit)
    if source is not None:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
        sock.bind((source, 0))
    if option is not None:
        # Eight octets: next header, which the kernel fills in, length, and the option's.
        header = bytes([0, 0, option, 4, 0, 0, 0, 0])
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, header)
    with (
        sock,
        record.waiting(_("watching where a packet to {address} goes", address=destination)),
        Capture(node.lab.fabric, (), lambda one: run in one.frame, PING) as capture,
    ):
        until = record.until(within)
        taken, sequence = None, 0
        while taken is None and time.monotonic() < until:
            sequence += 1
            head = ECHO.pack(REQUEST[6], 0, 0, secrets.randbelow(0x10000), sequence)
            try:
                sock.sendto(head + run + bytes([sequence]), (destination, 0))
            except OSError as error:
                if error.errno not in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES):
                    raise
                break
            taken = capture.wait(
                record.until(INTERVAL), lambda one: not one.sent and one.node != node.name
            )
        if taken:
            capture.wait(record.until(FATE), lambda one: _told(one, node))
        capture.read()
    # Of those that it sent, the one that was taken first.
    number = taken.frame[taken.frame.find(run) + len(run)] if taken else sequence
    packets = [one for one in capture.packets if run + bytes([number]) in one.frame]
    record.add(
        "throw",
        node.name,
        _(
            "A packet to {address} was seen at {count} places.",
            address=destination,
            count=len(packets),
        ),
        {"links": [one.link for one in packets if one.sent]},
        packets,
    )
    return packets


def _told(packet: Packet, node: Vantage) -> bool:
    """An ICMPv6 error (a type below 128) that comes back to the node, or an answer."""
    kind = packet.ip.icmp_type if packet.ip else None
    return not packet.sent and packet.node == node.name and kind is not None and kind < 130
