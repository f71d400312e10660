"""Which way packets take: by all protocols, in which encapsulation, and nothing beside it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple

from ipv6lab.expect.conditions import _, control, require
from ipv6lab.expect.places import Address, source_to
from ipv6lab.expect.reach import SOON, eventually, patience
from ipv6lab.expect.strangers import someone_in
from ipv6lab.probes import Failed, Lab, Ping
from ipv6lab.probes.asks import crossings, flows, mtu
from ipv6lab.probes.asks.crossings import Crossing, Transit, nonce_of
from ipv6lab.probes.asks.flows import LARGE
from ipv6lab.probes.asks.ping import REQUEST
from ipv6lab.probes.asks.scatter import scatter
from ipv6lab.probes.asks.volley import fire
from ipv6lab.probes.seen.kinds import Kind, Shot
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.encapsulation import GRE, IPV4_IN, IPV6_IN, layers
from ipv6lab.wire.headers import ICMP, ICMPV6, TCP, UDP, internet

EACH = 2  # addresses of every place
EXCHANGED = 6_000  # octets of a TCP connection: several full segments each way
LONGER = 8  # routers that may lie in the transit network tomorrow
NAMES = {ICMP: "ICMP", ICMPV6: "ICMPv6", TCP: "TCP", UDP: "UDP"}


class Tunnel(NamedTuple):
    """What carries packets across a transit network: which protocols, between which addresses.

    `links` are the transit network's, the one that everything has to cross first. `carriers` are
    protocol numbers, outermost first: none where packets cross as they are.
    """

    links: tuple[str, ...]
    carriers: tuple[int, ...]
    ends: frozenset[Address] = frozenset()

    @classmethod
    def of(cls, links: Iterable[str], carrier: int, *ends: object) -> Tunnel:
        return cls(tuple(links), (carrier,), frozenset(ip_address(str(one)) for one in ends))


def crosses(lab: Lab, node: Vantage, target: Vantage, address: object, tunnel: Tunnel) -> None:
    """All that two nodes say to each other crosses the transit network in the tunnel alone.

    By ICMP, TCP and UDP, small and large. Raises Failed, also where nothing of it is seen to cross.
    """
    with crossings.watch(lab, *tunnel.links) as transit:
        converse(lab, node, target, address, transit.marks)
    judge(lab, transit, node, target, tunnel)


def converse(lab: Lab, node: Vantage, target: Vantage, address: object, marks: flows.Marks) -> Ping:
    """Exchange something by each protocol; `marks` are what it is known by."""
    ping = crossings.ping(node, target, address, within=patience(lab))
    marks.nonces.add(nonce_of(ping.sent))
    large = mtu.send(node, target, address, LARGE, round_trip=True)
    if large.sent is not None:
        marks.nonces.add(nonce_of(large.sent))
    flows.tcp(node, target, address, EXCHANGED, within=SOON, marks=marks)
    flows.udp(node, target, address, within=SOON, marks=marks)
    return ping


def judge(lab: Lab, transit: Transit, node: object, target: object, tunnel: Tunnel) -> None:
    """What is marked has crossed in the tunnel, and all of it has crossed."""
    values = {"node": node, "target": target, "link": tunnel.links[0]}
    found = [one for one in transit.marked() if not _is_about_the_outside(one)]
    for one in found:
        _is_in(lab, one, tunnel, values)
    for protocol in (ICMPV6, TCP, UDP):
        same = (ICMP, ICMPV6) if protocol == ICMPV6 else (protocol,)
        require(
            any(one.inner.protocol in same and one.packet.link == tunnel.links[0] for one in found),
            _(
                "What {node} and {target} say to each other by {protocol} is not seen on {link}, "
                "in no tunnel that can be looked into.",
                protocol=NAMES[protocol] if protocol != ICMPV6 else "ICMP",
                **values,
            ),
        )


def _is_in(lab: Lab, one: Crossing, tunnel: Tunnel, values: dict[str, object]) -> None:
    where = {**values, "sender": one.packet.node, "link": one.packet.link}
    where["protocol"] = NAMES.get(one.inner.protocol, str(one.inner.protocol))
    around = carriers(one)
    require(
        around or not tunnel.carriers,
        _(
            "{sender} puts {protocol} between {node} and {target} onto {link} as it is, in no "
            "tunnel.",
            **where,
        ),
    )
    require(
        around == tunnel.carriers,
        _(
            "On {link}, {protocol} between {node} and {target} travels in {carrier}, which is not "
            "what is asked for.",
            carrier=one.carrier,
            **where,
        ),
    )
    if not tunnel.ends:
        return
    require(
        {one.outer.source, one.outer.destination} == set(tunnel.ends),
        _(
            "On {link}, what {node} and {target} say to each other goes from {source} to "
            "{destination}; those are not the two ends of the tunnel.",
            source=lab.whose(one.outer.source),
            destination=lab.whose(one.outer.destination),
            **where,
        ),
    )
    require(
        one.outer.hop_limit > LONGER,
        _(
            "{sender} puts packets of the tunnel onto {link} with a hop limit of {count}: that is "
            "used up when the transit network becomes only a little longer.",
            count=one.outer.hop_limit,
            **where,
        ),
    )


def _is_about_the_outside(one: Crossing) -> bool:
    """A transit router's complaint about the packet of a tunnel."""
    data = one.outer
    if len(one.layers) > 1 or data.icmp_type is None or len(data.payload) < 8:
        return False
    error = data.payload[0] < 128 if data.version == 6 else data.icmp_type in (3, 11, 12)
    quoted = internet(data.payload[8:]) if error else None
    return quoted is not None and quoted.protocol in (IPV4_IN, IPV6_IN, GRE)


def leads_into(
    lab: Lab, host: Vantage, router: str, places: Iterable[object], tunnel: Tunnel
) -> None:
    """What a host sends to any address in those places crosses the transit network in a tunnel.

    It leads to an end of that one, whatever its protocol (see `crosses`). Nobody need have the
    addresses; `router` is who should send them there.
    """
    to = {someone_in(place): place for place in places for _number in range(EACH)}
    shots = [
        Shot.between(kind, source_to(host, one), one) for one in to for kind in _every_kind(one)
    ]

    def led() -> None:
        for shot, seen in scatter(host, shots):
            values = {"router": router, "prefix": to[shot.destination]}
            values["protocol"] = NAMES[shot.kind.protocol]
            crossed = [
                Crossing(one, layers(one.frame))
                for one in seen
                if one.sent and one.link == tunnel.links[0]
            ]
            crossed = [one for one in crossed if one.inner.destination == shot.destination]
            require(
                crossed,
                _(
                    "{router} does not send {protocol} for {prefix} across the dedicated network.",
                    **values,
                ),
            )
            for one in crossed:
                require(
                    bool(carriers(one)) == bool(tunnel.carriers)
                    and (not tunnel.ends or one.outer.destination in tunnel.ends),
                    _(
                        "{router} sends {protocol} for {prefix} across the dedicated network in "
                        "no such tunnel, but as {carrier}.",
                        carrier=one.carrier,
                        **values,
                    ),
                )

    eventually(lab, led)


def carriers(one: Crossing) -> tuple[int, ...]:
    """The protocols that carry it, outermost first; also of a piece whose inside is not seen."""
    found = [each.protocol for each in one.layers[:-1]]
    if one.inner.offset and one.inner.protocol in (IPV4_IN, IPV6_IN, GRE):
        found.append(one.inner.protocol)
    return tuple(found)


def _every_kind(address: object) -> list[Kind]:
    family = ip_address(str(address)).version
    echo = Kind(ICMPV6 if family == 6 else ICMP, (REQUEST[family], 0))
    return [echo, Kind(TCP, (flows.any_port(),)), Kind(UDP, (flows.any_port(),))]


def natively(lab: Lab, node: Vantage, target: Vantage, address: object, link: str) -> None:
    """What two nodes say to each other crosses a link as it is, in no tunnel."""
    crosses(lab, node, target, address, Tunnel((link,), ()))


def passes_routers(
    lab: Lab,
    node: Vantage,
    target: Vantage,
    address: object,
    count: int,
    port: int | None = None,
) -> None:
    """Packets of every protocol pass so many routers between two nodes; `port` is an open one."""
    to = ip_address(str(address))
    own = source_to(node, to)
    echo = Kind(ICMPV6 if to.version == 6 else ICMP, (REQUEST[to.version], 0))
    kinds = _every_kind(to) + ([] if port is None else [Kind(TCP, (port,))])

    def counted() -> None:
        fired = fire(
            node, target, [Shot.between(one, own, to) for one in kinds], Shot.between(echo, own, to)
        )
        for shot, packet in zip(fired.through, fired.packets, strict=True):
            hops = shot.hop_limit - (packet.ip.hop_limit if packet.ip else 0)
            require(
                hops == count,
                _(
                    "The hop limit of a packet of {protocol} from {node} is {hops} less when it "
                    "reaches {target}, and {count} routers should forward it.",
                    protocol=NAMES[shot.kind.protocol],
                    node=node,
                    hops=hops,
                    target=target,
                    count=count,
                ),
            )

    eventually(lab, counted)


def keeps_off(
    lab: Lab,
    node: Vantage,
    target: Vantage,
    address: object,
    links: tuple[str, ...],
    *,
    family: int,
    by: str,
) -> None:
    """Nothing that two nodes say to each other is on these links as a packet of that family."""
    with crossings.watch(lab, *links) as transit:
        converse(lab, node, target, address, transit.marks)
    found = transit.marked()
    control(found, by=by, message=_("What {node} sends is not seen there at all.", node=node))
    for one in found:
        require(
            one.outer.version != family,
            _(
                "{sender} sends IPv{family} packets onto {link}.",
                sender=one.packet.node,
                family=family,
                link=one.packet.link,
            ),
        )


def has_no_address(lab: Lab, name: str, link: str, *, family: int) -> None:
    """A node has no address of that family on a link."""
    node = lab.node(name)
    for one in node.addresses(node.interface(link).name, family=family):
        raise Failed(
            _(
                "{node} has the IPv{family} address {address} on {link}.",
                node=name,
                family=family,
                address=one.with_prefix,
                link=link,
            )
        )
