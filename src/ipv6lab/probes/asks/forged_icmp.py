"""A router's word about a packet, said by somebody who need not be that router."""

from __future__ import annotations

import socket
import struct
import time

from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.filters import PING
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import ETHERNET
from ipv6lab.words.message import _

ERROR = struct.Struct("!BBHI")  # type, code, checksum, MTU or pointer: RFC 4443 section 3
PACKET_TOO_BIG = 2
AGAIN = 1.0  # seconds
QUOTED = 1200  # octets of the packet at most, so that the message fits the smallest MTU


def too_big(node: Vantage, to: Vantage, about: Packet, mtu: int, within: float = 3) -> str:
    """Let `node` tell another that a packet of it, seen on its way, is too big (see `complain`).

    The `mtu` is what `to` then takes for the largest size to the packet's destination, so that
    should be a host of the grader.
    """
    return complain(node, to, about, PACKET_TOO_BIG, 0, mtu, within)


def complain(
    node: Vantage,
    to: Vantage,
    about: Packet,
    type_: int,
    code: int,
    value: int = 0,
    within: float = 3,
) -> str:
    """Let `node` send another an ICMPv6 error about a packet of it, and see how far that gets.

    So routers behind others are heard, or are not: filters on the way see a message from `node`,
    about a packet that they have seen as well. Says it every second until it is delivered, for
    `within` seconds; the answer is the last node that it was delivered to. `value` is the message's
    second word (RFC 4443 section 3): an MTU, a pointer, or 0. Raises ValueError when the packet is
    none of IPv6.
    """
    if about.ip is None or about.ip.version != 6:
        raise ValueError("an ICMPv6 error is about a packet of IPv6")
    quoted = about.frame[ETHERNET.size :][:QUOTED]
    source = about.ip.source
    record = node.lab.record
    until = record.until(within)
    message = ERROR.pack(type_, code, 0, value) + quoted

    def ours(packet: Packet) -> bool:
        said = packet.ip.payload if packet.ip is not None else b""
        return said[:2] == message[:2] and said[8:] == quoted

    def delivered(packet: Packet) -> bool:
        return not packet.sent and packet.node == to.name

    values: dict[str, str | int | float] = {"node": node.name, "target": to.name}
    record.say(_("complaining about a packet of {target}", **values))
    with entered(node.namespace):
        sock = socket.socket(
            socket.AF_INET6, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_ICMPV6
        )
    with sock, Capture(node.lab.fabric, (), ours, PING) as capture:
        while True:
            sock.sendto(message, (str(source), 0))
            if capture.wait(min(until, time.monotonic() + AGAIN), delivered):
                break
            if time.monotonic() >= until:
                break
        packets = capture.packets
    record.add(
        "complaint",
        node.name,
        _(
            "{node} complained to {target} about its packet (type {type}, code {code}).",
            type=type_,
            code=code,
            **values,
        ),
        {"value": value, "links": [one.link for one in packets if one.sent]},
        packets,
    )
    reached = [one.node for one in packets if not one.sent]
    return to.name if to.name in reached else reached[-1] if reached else node.name
