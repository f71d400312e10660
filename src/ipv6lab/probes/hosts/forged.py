"""One DNS question as many people would ask it, each from an address of his own, all at once.

An access list judges by the source address. The questions are put on the server's own link as its
router would put them there, over UDP; the answers go to that router, and are seen on the link. No
host with such an address has to exist, and no way back.
"""

from __future__ import annotations

import secrets
import struct
import time
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from ipv6lab.addresses.text import written
from ipv6lab.probes.asks import names
from ipv6lab.probes.asks.names import PORT, Reply, plain
from ipv6lab.probes.hosts.fresh import FreshHost
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.wire.headers import ETH_P_IP, ETH_P_IPV6, UDP, checksum, ethernet
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.probes.asks.node import Node

AGAIN = 0.5  # seconds until those who heard nothing ask once more
BATCH = 100  # questions that are on their way at once
HOP_LIMIT = 61  # they have come through some routers
HEADER = 8  # octets of UDP's

Address = IPv4Address | IPv6Address


def ask_as(
    sources: Iterable[Address],
    node: Node,
    link: str,
    server: object,
    name: str,
    kind: str = "AAAA",
    recursion: bool = False,
    within: float = 2,
) -> dict[Address, Reply | None]:
    """What `node` answers on `link`, at its address `server`, to each of the sources.

    None for those who get no answer within so many seconds: a server may refuse by silence. The
    sources are of the server's family. Each question has a port of its own.
    """
    import dns.exception
    import dns.flags
    import dns.message
    import dns.rrset

    lab, asked = node.lab, ip_address(str(server))
    wanted = list(dict.fromkeys(sources))
    found: dict[Address, Reply | None] = dict.fromkeys(wanted)
    question = dns.message.make_query(name, kind)
    if kind == "IXFR":  # from which version on (RFC 1995 section 3)
        old = dns.rrset.from_text(f"{plain(name)}.", 0, "IN", "SOA", ". . 0 0 0 0 0")
        question.authority.append(old)
    if not recursion:
        question.flags &= ~dns.flags.RD
    ports = {one: names.any_port() for one in wanted}

    def answers(packet: Packet) -> bool:
        ip = packet.ip
        return (
            packet.sent
            and ip is not None
            and (ip.source, ip.protocol) == (asked, UDP)
            and ip.ports is not None
            and ip.ports[0] == PORT
            and ports.get(ip.destination) == ip.ports[1]
        )

    doing = _(
        "asking {server} for {name} from many places", server=written(asked), name=plain(name)
    )
    with (
        FreshHost(lab, link, autoconfigure=False) as host,
        lab.record.waiting(doing),
        Capture(lab.fabric, [link], answers) as capture,
    ):
        macs = (node.interface(link).mac, host.mac)
        until = lab.record.until(within)
        while time.monotonic() < until and None in found.values():
            left = [one for one in wanted if found[one] is None]
            for at in range(0, len(left), BATCH):
                some = left[at : at + BATCH]
                wire = question.to_wire()
                host.inject(*(_frame(macs, (one, asked), (ports[one], PORT), wire) for one in some))
                again = min(until, time.monotonic() + AGAIN)
                while any(found[one] is None for one in some):
                    answer = capture.wait(again)
                    if answer is None or answer.ip is None:
                        break
                    with suppress(dns.exception.DNSException):
                        message = dns.message.from_wire(answer.ip.payload[HEADER:])
                        found[answer.ip.destination] = Reply(asked, answer.node, False, message)
    silent = [str(one) for one, reply in found.items() if reply is None]
    lab.record.add(
        "dns",
        link,
        _(
            "{node} is asked for {name} from {count} places.",
            node=node.name,
            name=plain(name),
            count=len(found),
        ),
        {
            "silent": silent,
            "codes": {str(one): reply.code for one, reply in found.items() if reply is not None},
        },
        capture.packets,
    )
    return found


def _frame(
    macs: tuple[str, str], addresses: tuple[Address, Address], ports: tuple[int, int], data: bytes
) -> bytes:
    """An Ethernet frame with a UDP datagram: to the first MAC, from the first address and port."""
    length = HEADER + len(data)
    source, destination = (one.packed for one in addresses)
    pseudo = source + destination + struct.pack("!IxxxB", length, UDP)
    body = struct.pack("!HHHH", *ports, length, 0) + data
    total = checksum(pseudo + body) or 0xFFFF
    body = struct.pack("!HHHH", *ports, length, total) + data
    if addresses[0].version == 6:
        head = struct.pack("!IHBB", 6 << 28, length, UDP, HOP_LIMIT) + source + destination
        return ethernet(macs[1], macs[0], ETH_P_IPV6, head + body)
    parts = (0x45, 0, 20 + length, secrets.randbelow(1 << 16), 0, HOP_LIMIT, UDP)
    head = struct.pack("!BBHHHBBH", *parts, 0) + source + destination
    head = struct.pack("!BBHHHBBH", *parts, checksum(head)) + source + destination
    return ethernet(macs[1], macs[0], ETH_P_IP, head + body)
