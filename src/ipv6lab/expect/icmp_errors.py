"""ICMPv6 errors: a sender hears of what became of its packet (RFC 4443 section 3, RFC 4890)."""

from __future__ import annotations

from ipv6lab.expect.conditions import _, require
from ipv6lab.expect.places import source_to
from ipv6lab.expect.reach import eventually
from ipv6lab.expect.strangers import someone_in
from ipv6lab.probes import Lab, Node, Packet
from ipv6lab.probes.asks import flows, forged_icmp
from ipv6lab.probes.asks.scatter import scatter
from ipv6lab.probes.seen.kinds import Kind, Shot
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.encapsulation import layers
from ipv6lab.wire.headers import TCP, UDP

UNREACHABLE, TOO_BIG, TIME_EXCEEDED, PARAMETER_PROBLEM = 1, 2, 3, 4  # ICMPv6 types
NAMES = {
    UNREACHABLE: "Destination Unreachable",
    TOO_BIG: "Packet Too Big",
    TIME_EXCEEDED: "Time Exceeded",
    PARAMETER_PROBLEM: "Parameter Problem",
}
# An option that nobody knows and that has to be complained about (RFC 4727, RFC 8200 section 4.2).
UNKNOWN_OPTION = 0x9E
ESP = 50
NAMED = {UDP: "UDP", TCP: "TCP", ESP: "ESP"}


def hears_that_nobody_has(lab: Lab, host: Node, address: object) -> None:
    """Whatever a host sends to an address that nobody has, it hears that there is no way."""
    eventually(lab, lambda: gets_back(host, host.throw(address), UNREACHABLE))
    for protocol in (UDP, TCP):
        _hears(lab, host, address, protocol, UNREACHABLE, 64)


def hears_that_it_is_refused(lab: Lab, host: Vantage, address: object) -> None:
    """Of a datagram to a port that nobody offers the host hears so, from the target or before."""
    _hears(lab, host, address, UDP, UNREACHABLE, 64)


def hears_that_a_hop_limit_ended(lab: Lab, host: Node, address: object, hops: int) -> None:
    """Of a packet that may go so many hops, fewer than it takes, the host hears where it ended."""
    eventually(lab, lambda: gets_back(host, host.throw(address, hop_limit=hops), TIME_EXCEEDED))
    for protocol in (UDP, TCP):
        _hears(lab, host, address, protocol, TIME_EXCEEDED, hops)


def hears_that_a_packet_is_unread(lab: Lab, host: Node, address: object) -> None:
    """Of a packet with an option that nobody knows the host hears that it was not understood."""
    eventually(
        lab,
        lambda: gets_back(host, host.throw(address, option=UNKNOWN_OPTION), PARAMETER_PROBLEM),
    )


def hears_of_what_is_too_big(lab: Lab, host: Vantage, place: object, octets: int) -> None:
    """A host hears that its packet is too big for the way to a place, whatever the packet is.

    Every packet is for another address there, since a host remembers what it was told.
    """
    for protocol in (UDP, TCP, ESP):
        _hears(lab, host, someone_in(place), protocol, TOO_BIG, 64, octets)


def hears_a_router_behind(lab: Lab, host: Node, other: Node, octets: int) -> None:
    """A host also hears what a router behind others says of the size of its packets."""
    to = other.address  # type: ignore[attr-defined]

    def heard() -> None:
        ping = host.ping(other, to)
        last = forged_icmp.too_big(other, host, ping.arrived, octets)
        require(
            last == host.name,
            _(
                "When a router on the other side says that a packet of {node} is too big, that "
                "gets no further than {last}.",
                node=host,
                last=last,
            ),
        )

    eventually(lab, heard)


def _hears(
    lab: Lab,
    host: Vantage,
    address: object,
    protocol: int,
    kind: int,
    hop_limit: int,
    octets: int = 0,
) -> None:
    own = source_to(host, address)
    port = (flows.any_port(),) if protocol in (TCP, UDP) else ()

    def heard() -> None:
        shot = Shot.between(Kind(protocol, port), own, address, hop_limit=hop_limit, octets=octets)
        [(_shot, seen)] = scatter(
            host,
            [shot],
            enough=lambda one: not one.sent and one.node == host.name and _type(one) == kind,
        )
        gets_back(host, seen, kind, NAMED[protocol])

    eventually(lab, heard)


def gets_back(host: Vantage, seen: list[Packet], kind: int, protocol: str = "ICMPv6") -> None:
    """A router's complaint about a packet was delivered to the host that sent it."""
    said = [one for one in seen if _type(one) == kind]
    values = {"message": NAMES[kind], "node": host, "protocol": protocol}
    require(said, _("Nobody sends {node} a {message} for its {protocol} packet.", **values))
    reached = [one.node for one in said if not one.sent] or [said[0].node]
    require(
        host.name in reached,
        _(
            "The {message} of {router} about a {protocol} packet of {node} gets no further than "
            "{last}.",
            router=said[0].node,
            last=reached[-1],
            **values,
        ),
    )


def _type(packet: Packet) -> int | None:
    inside = layers(packet.frame)
    return inside[-1].icmp_type if inside and inside[-1].version == 6 else None
