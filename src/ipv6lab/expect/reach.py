"""Who reaches whom: both ways, by ICMP, TCP and UDP, small and large, at any rate.

Where the task says that a path is open to everything (``carries = "all"`` in the addressing plan),
anything is tried on it, also on a port that the grader draws and listens on for a moment. On every
other path the named services alone are, and a ping: a firewall there is nobody's fault.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import TypeVar
from weakref import WeakKeyDictionary

from ipv6lab.expect.conditions import _, control, require
from ipv6lab.expect.places import address_of, source_to
from ipv6lab.probes import Failed, FreshHost, Lab, Node, Ping, Record
from ipv6lab.probes.asks import crossings, flows, mtu
from ipv6lab.probes.asks.flows import LARGE
from ipv6lab.probes.asks.ping import REQUEST
from ipv6lab.probes.asks.volley import fire
from ipv6lab.probes.seen.kinds import Kind, Shot
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import ICMP, ICMPV6, TCP, UDP
from ipv6lab.words.message import Message

T = TypeVar("T")

WEB = (80, 443)
EVERYBODYS = (443, 123, 53)  # UDP: the web by QUIC, time, names
EACH = 2.0  # seconds for a datagram at one of them, asked again twice a second
BULK = 200_000  # octets: some 140 packets each way
SOON = 4.0  # seconds for that much, of which it takes a tenth
STEADY = 300  # packets at once, more than any limit of a rate lets through by chance
STARTING = 10.0  # seconds in which a service that was just started is there
LAST = 2.0  # seconds that are left for what is asked afterwards
AGAIN = 0.5  # seconds
TYPED = 5  # seconds after which an address may be used, on a busy machine as well
STARTED = 3  # seconds in which what was just typed or started is there


def both_ways(
    lab: Lab,
    one: str,
    other: str,
    *,
    family: int = 6,
    ports: Mapping[str, Collection[int]] | None = None,
    across: str | None = None,
    translated: bool = False,
) -> None:
    """Two machines of the plan reach each other, whoever begins.

    `ports` are the TCP ports of named services by node; `across` is what lies between, if it has a
    name in the plan (see `carries_all`). `translated`: another check looks whether their addresses
    are changed on the way.
    """
    for node, target in ((one, other), (other, one)):
        to = address_of(lab, target, family)
        reaches(lab, lab.node(node), lab.node(target), to, across=across, translated=translated)
        for port in (ports or {}).get(target, ()):
            lab.node(node).open_port(lab.node(target), to, port, within=patience(lab))


def hosts_reach_each_other(
    lab: Lab, one: FreshHost, other: FreshHost, *, across: str | None = None
) -> None:
    """The same of two hosts of the grader (`places.new_host`), which filter nothing."""
    for node, target in ((one, other), (other, one)):
        reaches(lab, node, target, target.address, across=across)


def reaches(
    lab: Lab,
    node: Vantage,
    target: Vantage,
    address: object,
    *,
    across: str | None = None,
    translated: bool = False,
) -> Ping:
    """A node reaches another at an address, with small packets and large; see the module."""
    answered = crossings.ping(node, target, address, within=patience(lab), translated=translated)
    large = mtu.send(node, target, address, LARGE, round_trip=True)
    require(
        large.answered,
        _(
            "{node} reaches {target} with small packets, and gets no answer to one of {octets} "
            "octets.",
            node=node,
            target=target,
            octets=LARGE,
        ),
    )
    if across is not None and carries_all(lab, across):
        carries_tcp_and_udp(node, target, address)
        steadily(node, target, address)
    return answered


def uses(lab: Lab, node: Vantage, target: Vantage, address: object) -> Ping:
    """A node uses what another has: pings, packets small and large, pages, and datagrams.

    The grader has such a service for the moment. A firewall on the way that lets through no more
    is nobody's fault.
    """
    answered = reaches(lab, node, target, address)
    flows.tcp(node, target, address, BULK, within=patience(lab), ports=WEB)
    _datagrams(lab, node, target, address)
    return answered


def _datagrams(lab: Lab, node: Vantage, target: Vantage, address: object) -> None:
    """UDP gets through at a port of those that every host uses; which one is the firewall's."""
    first: Failed | None = None
    for port in EVERYBODYS:
        try:
            flows.udp(node, target, address, within=min(EACH, patience(lab)), ports=(port,))
        except Failed as failed:
            first = first or failed
        else:
            return
    assert first is not None
    raise first


def carries_tcp_and_udp(node: Vantage, target: Vantage, address: object) -> None:
    """A service that nobody runs yet is reached: a large exchange by TCP, datagrams by UDP."""
    flows.tcp(node, target, address, BULK, within=SOON)
    flows.udp(node, target, address, within=SOON)


def steadily(node: Vantage, target: Vantage, address: object) -> None:
    """Nobody on the way limits how many packets pass in a second."""
    to = ip_address(str(address))
    own = source_to(node, to)
    for kind, protocol in (
        (Kind(ICMPV6 if to.version == 6 else ICMP, (REQUEST[to.version], 0)), "ICMP"),
        (Kind(UDP, (flows.any_port(),)), "UDP"),
    ):
        shot = Shot.between(kind, own, to)
        for _attempt in range(2):  # a machine that is too busy is so once, a limit always
            fired = fire(node, target, [shot] * STEADY, shot)
            if len(fired.through) == STEADY:
                break
        else:
            raise Failed(
                _(
                    "Of {sent} packets of {protocol} that {node} sends at once, {arrived} get to "
                    "{target}.",
                    sent=STEADY,
                    protocol=protocol,
                    node=node,
                    arrived=len(fired.through),
                    target=target,
                )
            )


def hears_from(lab: Lab, target: str, at: str, sources: Iterable[object]) -> None:
    """What a node sends on behalf of all these addresses gets to a machine, by every protocol."""
    to = address_of(lab, target)
    shots = [
        Shot.between(kind, source, to)
        for source in sources
        for kind in (
            Kind(ICMPV6, (REQUEST[6], 0)),
            Kind(TCP, (flows.any_port(),)),
            Kind(UDP, (flows.any_port(),)),
        )
    ]

    def heard() -> None:
        fired = fire(lab.node(at), lab.node(target), shots, shots[0], within=1)
        for one in shots:
            require(
                one in fired.through,
                _(
                    "A packet that comes from {address} by way of {node} does not get to {target}.",
                    address=one.source,
                    node=at,
                    target=target,
                ),
            )

    eventually(lab, heard)


def has_address(lab: Lab, name: str, address: object) -> None:
    """A node has an address, and may use it, or soon does."""
    wanted = ip_address(str(address))
    lab.node(name).wait_address(
        lambda one: one.address == wanted,
        _("{node} does not have the address {address} of the plan.", node=name, address=wanted),
        within=STARTED,
    )


def has_address_on(lab: Lab, name: str, link: str, address: object, prefix: object = None) -> None:
    """A node has an address on its interface there, and may use it, or soon does.

    `prefix` is the network that the address has to stand for.
    """
    node, wanted = lab.node(name), ip_address(str(address))
    interface = node.interface(link).name
    try:
        found = node.wait_address(
            lambda one: one.address == wanted and one.interface == interface, within=TYPED
        )
    except Failed:
        raise Failed(_why_not(node, link, interface, wanted)) from None
    require(
        prefix is None or found.network == ip_network(str(prefix)),
        _(
            "{address} on {node} stands for another network than {link} is in the plan: look at "
            "its prefix length.",
            address=found.with_prefix,
            node=name,
            link=link,
        ),
    )


def _why_not(node: Vantage, link: str, interface: str, wanted: object) -> Message:
    for one in node.addresses():
        values = {"address": one.address, "node": node, "other": one.interface, "link": link}
        if one.address == wanted and one.interface != interface:
            return _(
                "{address} of {node} is on its interface {other}, and that is not on {link}.",
                **values,
            )
        if one.address == wanted and one.dadfailed:
            return _("{node} may not use {address}: another node has it already.", **values)
    return _("{node} does not have its address of the plan on {link}.", node=node, link=link)


def without_a_router(node: Node, neighbour: FreshHost) -> None:
    """A node knows that a host is on its own link, and sends to it itself."""
    route = node.route_to(neighbour.address)
    require(
        route.gateway is None,
        _(
            "{node} does not know that {address} is on its link {link}, and asks {router} to "
            "forward.",
            node=node,
            address=neighbour.address,
            link=neighbour.link,
            router=node.lab.whose(route.gateway),
        ),
    )
    answered = node.ping(neighbour, neighbour.address)
    require(
        answered.hops == 0 and answered.sent.destination_mac in neighbour.macs(),
        _(
            "The packet from {node} to a host on {link} took the way through another node.",
            node=node,
            link=neighbour.link,
        ),
    )


def nothing_is_translated(
    lab: Lab, exchanges: Iterable[tuple[Vantage, Vantage, object]], *, port: int, by: str
) -> None:
    """What one node sends to another arrives with the source that it had, by every protocol.

    Whoever is not reached at all is other checks' matter: one that is, is enough (else `by` blocks
    this one). `port` is one that is open to all.
    """
    arrived = 0
    for node, target, address in exchanges:
        to = ip_address(str(address))
        own = source_to(node, to)
        echo = Kind(ICMPV6 if to.version == 6 else ICMP, (REQUEST[to.version], 0))
        kinds = [echo, Kind(TCP, (port,)), Kind(UDP, (flows.any_port(),))]
        kinds.append(Kind(TCP, (flows.any_port(),)))
        shots = [Shot.between(kind, own, to) for kind in kinds]
        fired = fire(node, target, shots, shots[0], within=2)
        arrived += fired.control
        for shot, packet in zip(fired.through, fired.packets, strict=True):
            seen = packet.ip.source if packet.ip else own
            require(
                seen == shot.source,
                _(
                    "A packet that {source} sent arrived as one of {seen}: somebody on the way "
                    "translates addresses.",
                    source=shot.source,
                    seen=seen,
                ),
            )
    control(arrived, by=by, message=_("None of the hosts reaches another."))


def carries_all(lab: Lab, name: str) -> bool:
    """Whether the plan says of a network or link that it is open to everything."""
    return any(each == f"{name}.carries" for each in lab.plan) and (
        str(lab.plan[f"{name}.carries"]) == "all"
    )


def patience(lab: Lab) -> float:
    """Seconds for who may only just be starting: some, from when a check first asks for them.

    A deadline is longer, for a busy machine: who answers in the end is not slow.
    """
    now = time.monotonic()
    begun = _begun.setdefault(lab.record, now)
    return max(LAST, min(begun + STARTING - now, lab.record.left() - LAST))


_begun: WeakKeyDictionary[Record, float] = WeakKeyDictionary()


def eventually(lab: Lab, judge: Callable[[], T]) -> T:
    """Judge again while it fails and there is time. Raises the last `Failed`."""
    patience(lab)  # it runs out from the first attempt on, not from its end
    while True:
        try:
            return judge()
        except Failed:
            if patience(lab) <= LAST:
                raise
            with lab.record.waiting(_("trying again")):
                time.sleep(AGAIN)
