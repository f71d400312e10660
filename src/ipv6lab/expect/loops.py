"""Loops: a packet for nobody is dropped or refused, and does not go round until it is worn out."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from ipaddress import IPv6Network, ip_address, ip_network

from ipv6lab.expect.conditions import _, control, require
from ipv6lab.expect.places import source_to
from ipv6lab.expect.strangers import someone_in
from ipv6lab.probes import Lab, Packet
from ipv6lab.probes.asks import flows
from ipv6lab.probes.asks.scatter import scatter
from ipv6lab.probes.seen.kinds import Kind, Shot
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.encapsulation import layers
from ipv6lab.wire.headers import ICMPV6, TCP, UDP
from ipv6lab.words.waits import RETRANS_TIMER, waits

HOPS = 24  # enough to go round a dozen times, and few enough to be looked at
EACH = 3  # addresses of every place
TIME_EXCEEDED = 3


@waits(RETRANS_TIMER, RETRANS_TIMER)
def nothing_circles(
    lab: Lab,
    senders: Iterable[tuple[Vantage, str]],
    nowhere: Iterable[object],
    *,
    by: str,
    each: int = EACH,
) -> None:
    """Packets to networks that nobody has cross no link twice.

    `senders`, two at least, come with the router that is the first to get their packets; `nowhere`
    are networks or addresses. `by` is the check that wants packets to get that far.
    """
    places = [ip_network(str(one)) for one in nowhere]
    for node, router in senders:
        to = [someone_in(place) for place in places for _number in range(each)]
        shots = [
            Shot(kind, ip_address(str(source_to(node, one))), one, hop_limit=HOPS)
            for one in dict.fromkeys(to)
            for kind in _kinds()
        ]
        fates = scatter(node, shots)
        control(
            any(one.node == router and not one.sent for _shot, seen in fates for one in seen),
            by=by,
            message=_(
                "The packets from {node} do not get as far as {router}.", node=node, router=router
            ),
        )
        for shot, seen in fates:
            link, times = _most(shot, seen)
            require(
                times <= 1,
                _(
                    "A packet from {node} to {address}, which nobody has, crossed {link} {count} "
                    "times.",
                    node=node,
                    address=shot.destination,
                    link=link,
                    count=times,
                ),
            )
            require(
                not any(_says_time_exceeded(one, shot) for one in seen),
                _(
                    "A packet from {node} to {address}, which nobody has, goes round until its hop "
                    "limit is used up.",
                    node=node,
                    address=shot.destination,
                ),
            )


def unused(
    lab: Lab, prefix: object, length: int = 64, count: int = 4, but: Iterable[object] = ()
) -> list[IPv6Network]:
    """Networks of that length in a prefix that the plan gives nobody, drawn at random.

    None of them overlaps one of the networks `but` either.
    """
    whole = IPv6Network(str(prefix))
    taken = [
        ip_network(str(lab.plan[name]))
        for name in lab.plan
        if name.endswith(".prefix") and ":" in str(lab.plan[name])
    ]
    taken += [ip_network(str(one)) for one in but]
    taken = [one for one in taken if one.prefixlen >= length - 4 and one.version == 6]
    found: list[IPv6Network] = []
    while len(found) < count:
        bits = secrets.randbits(length - whole.prefixlen) << (128 - length)
        one = IPv6Network((int(whole.network_address) | bits, length))
        if not any(one.overlaps(other) for other in taken):
            found.append(one)
    return found


def _most(shot: Shot, seen: list[Packet]) -> tuple[str, int]:
    """The link that the packet itself crossed most often, and how often."""
    counted = Counter(one.link for one in seen if one.sent and _is(one, shot))
    return counted.most_common(1)[0] if counted else ("", 0)


def _is(packet: Packet, shot: Shot) -> bool:
    """Whether it is the packet itself, in a tunnel or not, and not a router's word about it."""
    inside = layers(packet.frame)
    return bool(inside) and inside[-1].destination == shot.destination


def _says_time_exceeded(packet: Packet, shot: Shot) -> bool:
    inside = layers(packet.frame)
    return bool(inside) and inside[-1].icmp_type == TIME_EXCEEDED and not _is(packet, shot)


def _kinds() -> list[Kind]:
    return [Kind(ICMPV6, (128, 0)), Kind(UDP, (flows.any_port(),)), Kind(TCP, (flows.any_port(),))]
