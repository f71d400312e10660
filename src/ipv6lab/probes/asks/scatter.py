"""Packets to many places at once, and everywhere that each of them was seen.

Where one packet may find the way by chance, or miss it, many do not. They are sent by whom the
check says, and what becomes of them is read in the fabric::

    shots = [Shot.between(kind, own, address) for address in nowhere]
    for shot, seen in scatter(pc, shots):
        crossed = [one for one in seen if one.sent and one.link == "r1--r2"]
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from ipv6lab.network.namespace import entered
from ipv6lab.probes.asks.volley import NUMBER, RUN, TAG, Sender
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.kinds import Shot
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.words.message import _
from ipv6lab.words.waits import RETRANS_TIMER, waits

FATE = 1.2  # seconds: a neighbour may have to be asked for first, and asked again
AGAIN = 0.6  # seconds until those of which nothing was seen on any other node are sent once more


@waits(RETRANS_TIMER)
def scatter(
    at: Vantage, shots: Iterable[Shot], within: float = FATE
) -> list[tuple[Shot, list[Packet]]]:
    """Send `shots` from a node, and listen so many seconds; each with all that was seen of it.

    That is also what routers say of it, since their errors hold the packet. A shot that nobody took
    is sent once more.
    """
    sent = list(shots)
    name = secrets.token_bytes(RUN)
    record = at.lab.record

    def number_of(packet: Packet) -> int:
        where = packet.frame.find(name)
        return int.from_bytes(packet.frame[where + RUN : where + TAG], "big")

    def fate(capture: Capture) -> list[list[Packet]]:
        found: list[list[Packet]] = [[] for _shot in sent]
        for one in capture.packets:
            found[number_of(one)].append(one)
        return found

    doing = _("watching where {count} packets of {node} go", count=len(sent), node=at.name)
    with (
        record.waiting(doing),
        entered(at.namespace),
        Sender() as sender,
        Capture(at.lab.fabric, (), lambda one: name in one.frame) as capture,
    ):
        for number, shot in enumerate(sent):
            sender.send(shot, name + number.to_bytes(NUMBER, "big"))
        capture.listen(record.until(min(AGAIN, within)))
        for number, seen in enumerate(fate(capture)):
            if not any(not one.sent and one.node != at.name for one in seen):
                sender.send(sent[number], name + number.to_bytes(NUMBER, "big"))
        capture.listen(record.until(max(0.0, within - AGAIN)))
        found = fate(capture)
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
