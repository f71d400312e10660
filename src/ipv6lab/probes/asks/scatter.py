"""Packets to many places at once, and everywhere that each of them was seen.

Where one packet may find the way by chance, or miss it, many do not. They are sent by whom the
check says, and what becomes of them is read in the fabric::

    shots = [Shot.between(kind, own, address) for address in nowhere]
    for shot, seen in scatter(pc, shots):
        crossed = [one for one in seen if one.sent and one.link == "r1--r2"]
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable

from ipv6lab.network.namespace import entered
from ipv6lab.probes.asks.volley import NUMBER, RUN, TAG, Sender
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.kinds import Shot
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.words.message import _
from ipv6lab.words.waits import RETRANS_TIMER, waits

FATE = 1.2  # seconds: a neighbour may have to be asked for first, and asked again
EACH = 6  # sightings of a packet on a link that are kept, the first ones
AGAIN = 0.6  # seconds until those of which nothing was seen on any other node are sent once more


@waits(RETRANS_TIMER)
def scatter(
    at: Vantage,
    shots: Iterable[Shot],
    within: float = FATE,
    enough: Callable[[Packet], bool] | None = None,
) -> list[tuple[Shot, list[Packet]]]:
    """Send `shots` from a node, and listen so many seconds; each with all that was seen of it.

    With one shot, a packet that is `enough` ends it.

    That is also what routers say of it, since their errors hold the packet. A shot that nobody took
    is sent once more.
    """
    sent = list(shots)
    name = secrets.token_bytes(RUN)
    record = at.lab.record

    # A packet that goes in a circle is seen so often that there would be no room for the others.
    kept: Counter[tuple[bytes, str, bool]] = Counter()

    def ours(packet: Packet) -> bool:
        where = packet.frame.find(name)
        if where < 0:
            return False
        sighting = (packet.frame[where : where + TAG], packet.link, packet.sent)
        kept[sighting] += 1
        return kept[sighting] <= EACH

    def fates(capture: Capture) -> list[list[Packet]]:
        """What was seen of each; those that were sent once more come behind the others."""
        found: list[list[Packet]] = [[] for _each in range(2 * len(sent))]
        for one in capture.packets:
            where = one.frame.find(name)
            found[int.from_bytes(one.frame[where + RUN : where + TAG], "big")].append(one)
        return found

    def taken(seen: list[Packet]) -> bool:
        return any(not one.sent and one.node != at.name for one in seen)

    doing = _("watching where {count} packets of {node} go", count=len(sent), node=at.name)
    with (
        record.waiting(doing),
        entered(at.namespace),
        Sender() as sender,
        Capture(at.lab.fabric, (), ours) as capture,
    ):
        for number, shot in enumerate(sent):
            sender.send(shot, name + number.to_bytes(NUMBER, "big"))
        done = capture.wait(record.until(min(AGAIN, within)), enough or _never)
        for number, seen in enumerate(fates(capture)[: len(sent)]):
            if not done and not taken(seen):
                sender.send(sent[number], name + (len(sent) + number).to_bytes(NUMBER, "big"))
        if not done:
            capture.wait(record.until(max(0.0, within - AGAIN)), enough or _never)
        both = fates(capture)
    first, second = both[: len(sent)], both[len(sent) :]
    found = [
        again if taken(again) and not taken(once) else once
        for once, again in zip(first, second, strict=True)
    ]
    record.add(
        "scatter",
        at.name,
        _("{node} sent {count} packets to see where they go.", node=at.name, count=len(sent)),
        {
            "links": {
                str(shot): [one.link for one in seen if one.sent][:8]
                for shot, seen in zip(sent[:20], found, strict=False)
            }
        },
        [one for seen in found for one in seen[:2] if one.sent],
    )
    return list(zip(sent, found, strict=True))


def _never(_packet: Packet) -> bool:
    return False
