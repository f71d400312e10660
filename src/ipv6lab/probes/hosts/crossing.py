"""Which frames a switch passes on, and to which of the links that it joins.

A frame is known again by its octets: a switch that passes one on does not change it. So whatever
is sent, in one frame or in pieces, has to have something random in it. Silence means that the
switch has dropped a frame, and never that nobody listened::

    items = {"a ping": Sent(host, "guest-3", (frame,))}
    crossing = cross(lab, items, [Sent(host, "guest-3", (control,))], ["guest-1", "guest-2"])
    crossing.unreached, crossing.through("a ping")
"""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from ipv6lab.network.namespace import entered
from ipv6lab.probes.asks.volley import BEHIND, ROUNDS, dropped
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Testbed, Vantage
from ipv6lab.words.message import _

AGAIN = 0.3  # seconds until the controls are sent once more
# Frames at once, and seconds until the next ones: the ports of a node that bridges are bound.
HANDFUL, PAUSE = 20, 0.003
BATCH = 100  # items that are sent until what has come out is read
WITHIN = 5.0  # seconds until a switch that passes anything on has passed on the controls

K = TypeVar("K", bound=Hashable)


class Sent(NamedTuple):
    """What is put onto a link from a node or a fresh host there; several frames are pieces."""

    at: Vantage
    link: str
    frames: tuple[bytes, ...]


@dataclass(frozen=True)
class Crossing(Generic[K]):
    """What came out where. `arrived`: the links on which *all* frames of an item came out.

    `unreached` are pairs of links between which the control did not pass; nothing is known there.
    `copies` says how often each item came out on which link, its own included.
    """

    unreached: list[tuple[str, str]]
    arrived: Mapping[K, list[str]]
    copies: Mapping[K, Mapping[str, int]]

    def through(self, item: K) -> list[str]:
        """The links that an item got to."""
        return self.arrived[item]


def cross(
    lab: Testbed,
    items: Mapping[K, Sent],
    controls: Sequence[Sent],
    links: Collection[str],
    within: float = WITHIN,
) -> Crossing[K]:
    """Send all `items`, and see on which of the `links`, besides their own, they come out.

    The controls are frames that have to come out on each other link: they go first, until they
    have, for `within` seconds, and again at the end.
    """
    record = lab.record
    index = {frame for item in items.values() for frame in item.frames}
    assert len(index) == sum(len(item.frames) for item in items.values()), "two are the same"
    wanted = {
        (frame, link)
        for one in controls
        for frame in one.frames
        for link in links
        if link != one.link
    }
    signals = {frame for one in controls for frame in one.frames}
    seen: dict[bytes, dict[str, Packet]] = {frame: {} for frame in index}
    senders = {frame: item.at.name for item in items.values() for frame in item.frames}
    copies: Counter[tuple[bytes, str]] = Counter()
    controlled: set[tuple[bytes, str]] = set()

    def note(packet: Packet) -> bool:
        if not packet.sent:
            return False
        if packet.frame in signals:
            controlled.add((packet.frame, packet.link))
            return True
        if packet.frame in index:
            seen[packet.frame].setdefault(packet.link, packet)
            copies[packet.frame, packet.link] += packet.node != senders[packet.frame]
        return False

    doing = _("looking which of {count} frames a switch passes on", count=len(index))
    with record.waiting(doing), Capture(lab.fabric, links, note) as capture:

        def all_controlled() -> bool:
            """Send the controls until they have come out everywhere."""
            controlled.clear()
            until = record.until(within)
            while True:
                put(controls)
                again = min(until, time.monotonic() + AGAIN)
                while not wanted <= controlled and capture.wait(again):
                    pass
                if wanted <= controlled or time.monotonic() >= until:
                    return wanted <= controlled

        all_controlled()
        for _round in range(ROUNDS):
            before = dropped() + capture.lost
            copies.clear()
            every = list(items.values())
            for start in range(0, len(every), BATCH):
                put(every[start : start + BATCH])
                capture.read()
            all_controlled()
            capture.listen(record.until(BEHIND))
            if dropped() + capture.lost == before:
                capture.lost = 0  # what was lost has been sent again
                break
    arrived = {
        item: [
            link
            for link in links
            if link != one.link and all(link in seen[frame] for frame in one.frames)
        ]
        for item, one in items.items()
    }
    through = {item: found for item, found in arrived.items() if found}
    record.add(
        "crossing",
        ", ".join(dict.fromkeys(one.link for one in items.values())),
        _(
            "Of {sent} kinds of frames, {arrived} came out on another link.",
            sent=len(items),
            arrived=len(through),
        ),
        {"through": {str(item): found for item, found in list(through.items())[:50]}},
        [
            seen[frame][found[0]]
            for item, found in list(through.items())[:50]
            for frame in items[item].frames
        ],
    )
    missing = wanted - controlled
    unreached = [
        (one.link, link)
        for one in controls
        for link in links
        if any((frame, link) in missing for frame in one.frames)
    ]
    often = {
        item: {link: max(copies[frame, link] for frame in one.frames) for link in links}
        for item, one in items.items()
    }
    return Crossing(unreached, arrived, often)


def watched(
    lab: Testbed,
    items: Mapping[K, Sent],
    controls: Sequence[Sent],
    links: Collection[str],
    control: str,
    within: float = WITHIN,
) -> tuple[list[K], Crossing[K]]:
    """Which of the items are told by the link `control` to who steers the switch; and `cross`."""
    told: dict[K, None] = {}

    def note(packet: Packet) -> bool:
        for key, sent in items.items():
            if any(frame in packet.frame for frame in sent.frames):
                told[key] = None
        return False

    with Capture(lab.fabric, [control], note) as capture:
        crossing = cross(lab, items, controls, links, within)
        capture.read()
    return list(told), crossing


def put(items: Iterable[Sent]) -> None:
    """Send Ethernet frames onto links, as they are; those of one sender one after the other."""
    senders: dict[tuple[int, str], tuple[Vantage, list[bytes]]] = {}
    for at, link, frames in items:
        senders.setdefault((id(at), link), (at, []))[1].extend(frames)
    for (_id, link), (at, queue) in senders.items():
        with (
            entered(at.namespace),
            socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0) as sock,
        ):
            sock.bind((at.interface(link).name, 0))
            for start in range(0, len(queue), HANDFUL):
                if start:
                    time.sleep(PAUSE)
                for frame in queue[start : start + HANDFUL]:
                    sock.send(frame)
