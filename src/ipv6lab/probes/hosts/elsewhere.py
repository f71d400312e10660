"""A DNS question as it would come from another network, and the answer where it leaves the server.

An access list judges by the source address. The question is put on the server's own link with an
address from elsewhere, as its router would put it there; the answer goes to that router, and is
seen on the link. No host with that address has to exist, and no way back.
"""

from __future__ import annotations

import secrets
import struct
import time
from ipaddress import IPv6Address, ip_address

from ipv6lab.probes.asks.names import PORT, Reply, plain
from ipv6lab.probes.asks.node import Node
from ipv6lab.probes.hosts.fresh import FreshHost
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.wire.headers import ETH_P_IPV6, ETHERNET, UDP, checksum, pseudo_header
from ipv6lab.words.message import _

AGAIN = 0.5  # seconds until the question is put once more
HOP_LIMIT = 63  # it has come through a router
HEADER = 8  # octets of UDP's
_IPV6 = struct.Struct("!IHBB16s16s")


def ask_from(
    source: object, node: Node, link: str, server: object, name: str, within: float = 2
) -> Reply | None:
    """Ask `node` on `link` at its address `server` for a name's AAAA, as from `source`.

    None when it sends no answer within so many seconds: a server may refuse by silence.
    """
    import dns.message

    asker, asked = IPv6Address(str(source)), IPv6Address(str(server))
    question = dns.message.make_query(name, "AAAA")
    port = 49152 + secrets.randbelow(16384)  # RFC 6335 section 6
    lab = node.lab

    def answers(packet: Packet) -> bool:
        ip = packet.ip
        return (
            packet.sent
            and ip is not None
            and (ip.source, ip.destination, ip.protocol) == (asked, asker, UDP)
            and ip.ports == (PORT, port)
        )

    doing = _(
        "asking {server} for {name} as from {source}",
        server=str(asked),
        name=name,
        source=str(asker),
    )
    with (
        FreshHost(lab, link, autoconfigure=False) as host,
        lab.record.waiting(doing),
        Capture(lab.fabric, [link], answers) as capture,
    ):
        macs = (node.interface(link).mac, host.mac)
        frame = _frame(macs, (asker, asked), (port, PORT), question.to_wire())
        until, answer = lab.record.until(within), None
        while answer is None and time.monotonic() < until:
            host.inject(frame)
            answer = capture.wait(min(until, time.monotonic() + AGAIN))
    values = {"node": node.name, "source": str(asker), "name": plain(name)}
    if answer is None or answer.ip is None:
        text = _("{node} sends no answer to a question for {name} from {source}.", **values)
        lab.record.add("dns", link, text)
        return None
    message = dns.message.from_wire(answer.ip.payload[HEADER:])
    reply = Reply(ip_address(str(asked)), answer.node, False, message)
    lab.record.add(
        "dns",
        link,
        _("{node} answers a question for {name} from {source}: {code}.", **values, code=reply.code),
        {"addresses": reply.addresses()},
        [answer],
    )
    return reply


def _frame(
    macs: tuple[str, str],
    addresses: tuple[IPv6Address, IPv6Address],
    ports: tuple[int, int],
    data: bytes,
) -> bytes:
    """An Ethernet frame with a UDP datagram over IPv6: from the first address and port."""
    length = HEADER + len(data)
    body = struct.pack("!HHHH", *ports, length, 0) + data
    total = checksum(pseudo_header(*addresses, length, UDP) + body) or 0xFFFF
    body = struct.pack("!HHHH", *ports, length, total) + data
    source, destination = (one.packed for one in addresses)
    head = _IPV6.pack(6 << 28, length, UDP, HOP_LIMIT, source, destination)
    to, sender = (bytes.fromhex(mac.replace(":", "")) for mac in macs)
    return ETHERNET.pack(to, sender, ETH_P_IPV6) + head + body
