"""Tunnels, seen from the network that they cross: what is in what, from whom to whom.

That traffic goes through a tunnel is proved where it passes, on the transit link, and that a tunnel
is closed to strangers by what a stranger's packet comes to::

    tunnels.ping(lab.node("br-dn"), lab.node("hq-br"), end)     # from one end to the other
    with tunnels.watch(lab, "ts-pe1--ts-pe2") as transit:
        ping = lab.node("br-pc1").ping(lab.node("app"), lab.plan.app.address)
    for one in transit.crossings(ping.sent):
        one.carriers            # (41,) in 6in4; () when it crossed natively
        one.outer.source, one.inner.hop_limit

    stranger = tunnels.Carried(third, end, Shot(kind, pc, app))
    peer = tunnels.Carried(other_end, end, Shot(kind, pc, app))
    volley.fire(lab.node("ts-pe1"), lab.node("app"), [stranger], control=peer)
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from ipv6lab.addresses.text import written
from ipv6lab.probes.asks.flows import Marks
from ipv6lab.probes.asks.ping import Exchange, Ping
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.filters import NO_TCP
from ipv6lab.probes.seen.kinds import Shot, headed
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Testbed, Vantage
from ipv6lab.wire.encapsulation import GRE, IPV4_IN, IPV6_IN, carrier, layers
from ipv6lab.wire.headers import (
    ETH_P_IP,
    ETH_P_IPV6,
    UDP,
    Datagram,
    internet,
)
from ipv6lab.words.message import Message, _

# What probes put into everything they send.
NONCE = re.compile(rb"ipv6lab [0-9a-f]{32}")
AGAIN = 0.5  # seconds
BEHIND = 0.3  # seconds by which a packet sent first may come in later than the one sent second

Address = IPv4Address | IPv6Address


def nonce_of(packet: Packet) -> bytes:
    """By what a probe's packet is known wherever it goes. Raises ValueError when it is none."""
    found = NONCE.search(packet.frame)
    if found is None:
        raise ValueError("this packet is not a probe's: it has no nonce")
    return found.group()


@dataclass(frozen=True)
class Crossing:
    """A packet on the transit link; `layers` are its IP headers, outermost first."""

    packet: Packet
    layers: tuple[Datagram, ...]

    @property
    def outer(self) -> Datagram:
        """What the transit network itself sees."""
        return self.layers[0]

    @property
    def inner(self) -> Datagram:
        """What the ends sent, as far as it can be seen."""
        return self.layers[-1]

    @property
    def carriers(self) -> tuple[int, ...]:
        """The protocols that carry it, outermost first: (41,) in 6in4, () natively.

        The last one is 17 where it is wrapped in UDP, as VXLAN and WireGuard are, and where the
        packet itself is one of UDP.
        """
        found = tuple(one.protocol for one in self.layers[:-1])
        return (*found, UDP) if self.inner.protocol == UDP else found

    @property
    def carrier(self) -> str:
        """The same in words."""
        names = [carrier(one) for one in self.layers[:-1]]
        if self.inner.protocol == UDP and not names:
            names = ["UDP"]
        return ", ".join(names) or f"IPv{self.outer.version}"


class Transit:
    """What probes send across some links, from now on; a context manager (`watch`).

    That is what bears a nonce, and all packets from and to the ends in `marks`.
    """

    def __init__(self, lab: Testbed, links: tuple[str, ...], marks: Marks | None = None) -> None:
        self._lab, self._links = lab, links
        self.marks = marks or Marks()
        self._capture = Capture(lab.fabric, links, self._wanted)

    def __enter__(self) -> Transit:
        return self

    def __exit__(self, *_details: object) -> None:
        self._capture.read()
        self._capture.close()

    def crossings(self, packet: Packet, keep: bool = True) -> list[Crossing]:
        """Every time that something with this packet's nonce was put onto one of the links.

        That is the packet itself, answers to it, and complaints about it. Kept as evidence, unless
        not to `keep`.
        """
        nonce = nonce_of(packet)
        return self._found(lambda one: nonce in one.packet.frame, keep)

    def marked(self, keep: bool = True) -> list[Crossing]:
        """The same of everything that bears one of the `marks`."""
        return self._found(self._is_marked, keep)

    def _wanted(self, packet: Packet) -> bool:
        if NONCE.search(packet.frame):
            return True
        inside = layers(packet.frame)
        return self.marks.has(inside[-1] if inside else None)

    def _is_marked(self, one: Crossing) -> bool:
        found = NONCE.search(one.packet.frame)
        if found is not None:
            return found.group() in self.marks.nonces
        return self.marks.has(one.inner)

    def _found(self, wanted: Callable[[Crossing], bool], keep: bool) -> list[Crossing]:
        found = [Crossing(one, layers(one.frame)) for one in self._capture.packets if one.sent]
        found = [one for one in found if one.layers and wanted(one)]
        if keep:
            self._lab.record.add(
                "transit",
                ", ".join(self._links),
                _("What crossed {links}: {carriers}.", **self._words(found)),
                {"crossings": [_facts(one) for one in found[:8]]},
                [one.packet for one in found],
            )
        return found

    def _words(self, found: list[Crossing]) -> dict[str, str | int | float]:
        carriers = sorted({one.carrier for one in found})
        return {"links": ", ".join(self._links), "carriers": "; ".join(carriers) or "—"}


def watch(lab: Testbed, *links: str, marks: Marks | None = None) -> Transit:
    """Watch links of a transit network for what probes send; a context manager."""
    return Transit(lab, links, marks)


def _facts(one: Crossing) -> dict[str, object]:
    return {
        "link": one.packet.link,
        "from": one.packet.node,
        "carriers": list(one.carriers),
        "layers": [f"{each.source} > {each.destination}" for each in one.layers],
        "hop_limits": [each.hop_limit for each in one.layers],
    }


# Pings that are seen in the tunnel too

NO_TUNNEL = _(
    "The packet from {node} to {target} reaches {last} on {link} in the packet of a tunnel, and "
    "{last} has no such tunnel."
)
UNREACHABLE = 3  # of ICMP; code 2 is for a protocol, and what Linux says there is 3, for a port


def ping(
    node: Vantage, target: Vantage, address: object, within: float = 5, translated: bool = False
) -> Ping:
    """As `Node.ping`, but follows the packets through tunnels.

    So a tunnel's end may ask and be asked; a lost packet is named where it was lost in the transit
    network. Raises Failed.
    """
    exchange = _Through(node, target, str(address), translated)
    with exchange:
        return exchange.run(within)


class _Through(Exchange):
    kernel = NO_TCP

    @staticmethod
    def read(packet: Packet) -> Datagram | None:
        found = layers(packet.frame)
        return found[-1] if found else None

    def _error(self) -> Message | None:
        for packet in self.capture.packets:
            data = packet.ip
            if data is not None and data.version == 4 and data.icmp_type == UNREACHABLE:
                outer = internet(data.payload[8:])
                tunnel = outer is not None and outer.protocol in (IPV4_IN, IPV6_IN, GRE)
                if tunnel and data.payload[1] in (2, 3):
                    return NO_TUNNEL
        return super()._error()

    def _loss(self) -> Message:
        message = super()._loss()
        if self.capture.packets or self.refusal:
            return message
        return _(
            "{node} sends nothing to {address}: neither a tunnel nor a neighbour takes the packet.",
            node=self.node.name,
            address=written(self.address),
        )


# Packets that somebody else offers to a tunnel's end


@dataclass(frozen=True)
class Carried:
    """A tunnel's packet with another in it.

    `source` and `destination` are those of the outer header, of either version. `gre`: with a GRE
    header between the two (RFC 2784, nothing optional).
    """

    source: Address
    destination: Address
    inside: Shot
    gre: bool = False

    @classmethod
    def between(
        cls, source: object, destination: object, inside: Shot, gre: bool = False
    ) -> Carried:
        return cls(ip_address(str(source)), ip_address(str(destination)), inside, gre)

    def packets(self, tag: bytes) -> list[bytes]:
        """The whole IP packets."""
        return [self._around(one) for one in self.inside.packets(tag)]

    def _around(self, inner: bytes) -> bytes:
        old = inner[0] >> 4 == 4
        protocol = IPV4_IN if old else IPV6_IN
        if self.gre:
            inner = struct.pack("!HH", 0, ETH_P_IP if old else ETH_P_IPV6) + inner
            protocol = GRE
        return headed(self.source, self.destination, protocol, inner)

    def __str__(self) -> str:
        return f"{self.source} > {self.destination} ({self.inside})"
