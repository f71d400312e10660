"""Tunnels and strangers: who is let in at an end, and for whom the other end may speak."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import NamedTuple

from ipv6lab.expect.conditions import _, control, require, require_none
from ipv6lab.expect.places import Address
from ipv6lab.expect.reach import eventually
from ipv6lab.expect.strangers import drawn
from ipv6lab.probes import Lab
from ipv6lab.probes.asks import flows
from ipv6lab.probes.asks.crossings import Carried
from ipv6lab.probes.asks.volley import fire
from ipv6lab.probes.seen.kinds import Kind, Shot
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import ICMP, ICMPV6, TCP, UDP


class Inside(NamedTuple):
    """Whose packets are in a tunnel, and for whom: the addresses of a sender and of a target."""

    source: Address
    destination: Address

    @classmethod
    def of(cls, source: object, destination: object) -> Inside:
        return cls(ip_address(str(source)), ip_address(str(destination)))


class End(NamedTuple):
    """An end of a tunnel: the `node`, its address, the other end's, and where others are.

    `at` is a node, or a host of the grader, in the transit network from which strangers send;
    `target` is the machine behind this end for which packets are.
    """

    node: str
    address: Address
    peer: Address
    at: str | Vantage
    target: str
    gre: bool = False

    @classmethod
    def of(
        cls,
        node: str,
        address: object,
        peer: object,
        at: str | Vantage,
        target: str,
        gre: bool = False,
    ) -> End:
        return cls(node, ip_address(str(address)), ip_address(str(peer)), at, target, gre)


def closed_to_strangers(
    lab: Lab,
    end: End,
    insides: Sequence[Inside],
    *,
    by: str,
    besides: Iterable[object] = (),
    trusted: Iterable[object] = (),
) -> None:
    """An end takes tunnelled packets from the other end alone, whatever is in them.

    Strangers are drawn out of the whole address space, but for those that are `trusted`; `besides`
    are some more, near to the other end. They wrap what the other end may: the `insides`. `by` is
    the check that wants the control to get through.
    """
    family = end.address.version
    outside = [one.address for one in drawn(lab, [end.peer, end.address, *trusted], family)]
    outside += [ip_address(str(one)) for one in besides]
    shots = [
        Carried(one, end.address, Shot(kind, *inside), end.gre)
        for one in dict.fromkeys(outside)
        for inside in insides
        for kind in _kinds(inside)
    ]
    through = _offered(lab, end, shots, insides[0], by)
    require_none(
        through,
        lambda one: _(
            "{node} unpacks what a stranger, {address}, has wrapped, and hands it to {target}.",
            node=end.node,
            address=lab.whose(one.source),
            target=end.target,
        ),
    )


def speaks_only_for(
    lab: Lab,
    end: End,
    allowed: Sequence[object],
    inside: Inside,
    *,
    by: str,
    besides: Iterable[object] = (),
) -> None:
    """Out of the tunnel an end takes only packets whose source is in one of `allowed`.

    Sources are drawn out of everything else, and are those named `besides`; `inside` is a packet
    that may.
    """
    others = [one.address for one in drawn(lab, allowed, inside.source.version)]
    others += [ip_address(str(one)) for one in besides]
    shots = [
        Carried(end.peer, end.address, Shot(kind, other, inside.destination), end.gre)
        for other in others
        for kind in _kinds(inside)
    ]
    through = _offered(lab, end, shots, inside, by)
    require_none(
        through,
        lambda one: _(
            "{node} delivers to {target} a packet out of the tunnel with the source {address}, for "
            "which the other end may not speak.",
            node=end.node,
            target=end.target,
            address=one.inside.source,
        ),
    )


def hears_all_of_them(lab: Lab, end: End, insides: Iterable[Inside]) -> None:
    """An end takes from the other one what any of these senders says, by every protocol."""
    asked = list(insides)
    shots = [
        Carried(end.peer, end.address, Shot(kind, *inside), end.gre)
        for inside in asked
        for kind in _kinds(inside)
    ]

    def heard() -> None:
        fired = fire(_at(lab, end), lab.node(end.target), shots, shots[0], within=1)
        for one in shots:
            require(
                one in fired.through,
                _(
                    "A packet out of the tunnel from {address}, which is on the other side, does "
                    "not get through {node} to {target}.",
                    address=one.inside.source,
                    node=end.node,
                    target=end.target,
                ),
            )

    eventually(lab, heard)


def _at(lab: Lab, end: End) -> Vantage:
    return lab.node(end.at) if isinstance(end.at, str) else end.at


def _offered(lab: Lab, end: End, shots: list[Carried], inside: Inside, by: str) -> list[Carried]:
    """The strangers' packets that got through. Raises Blocked where the control does not."""
    echo = Shot(_kinds(inside)[0], *inside)
    fired = fire(
        _at(lab, end),
        lab.node(end.target),
        shots,
        Carried(end.peer, end.address, echo, end.gre),
    )
    control(
        fired.control,
        by=by,
        message=_(
            "Not even a packet from the tunnel's other end gets through {node} to {target}.",
            node=end.node,
            target=end.target,
        ),
    )
    return fired.through


def _kinds(inside: Inside) -> list[Kind]:
    old = inside.source.version == 4
    echo = Kind(ICMP, (8, 0)) if old else Kind(ICMPV6, (128, 0))
    return [echo, Kind(UDP, (flows.any_port(),)), Kind(TCP, (flows.any_port(),))]
