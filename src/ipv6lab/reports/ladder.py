"""The ladder: who said what to whom, in the order of time.

Frames become steps. What is one statement to a reader is one step: a packet seen again behind the
router that handed it on, the segments of one answer, acknowledgements that say nothing else.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ipv6lab.reports.ladder_glance import Glance, look
from ipv6lab.reports.ladder_names import Names, Party, group
from ipv6lab.reports.ladder_says import ACK, FIN, RST, SYN, TCP_DATA, Detail, Says, says
from ipv6lab.words.message import _

MOST = 1000  # steps; more are counted and no longer read by anybody
TOGETHER = 0.25  # seconds within which what belongs together arrives
LONGEST = 1.0  # seconds of one answer's segments that are one step


@dataclass(slots=True)
class Tunnel:
    """What a packet travels in: its name and its two ends."""

    name: str
    source: Party
    target: Party


@dataclass(slots=True)
class Step:
    """One statement; `time` in seconds since 1970.

    What it says is read from its packet when somebody asks, for of many steps few are looked at.
    """

    time: float
    source: Party
    target: Party
    glance: Glance
    frames: list[int]  # the numbers of the frames it was made of, from 0 on in order of arrival
    ends: tuple[Detail, ...] = ()  # what is to be said of its two ends before anything else
    way: tuple[Detail, ...] = ()  # what is to be said of how it travels afterwards
    tunnels: tuple[Tunnel, ...] = ()
    via: list[str] = field(default_factory=list)
    count: int = 1
    size: int = 0
    carries: bool = False  # octets of a TCP connection
    key: tuple[object, ...] = ()
    hop_limit: int = 0
    until: float = 0.0  # when it is complete
    _said: Says | None = None

    @property
    def said(self) -> Says:
        """What its packet says."""
        if self._said is None:
            self._said = says(self.glance)
        return self._said

    @property
    def title(self) -> str:
        return self.said.title

    @property
    def about(self) -> str:
        return self.said.about

    @property
    def all_details(self) -> list[Detail]:
        """What it says, and how it came."""
        told = [*self.ends, *self.said.details, *self.way]
        if self.count > 1:
            told.append(
                _("{count} octets in {segments} segments", count=self.size, segments=self.count)
            )
        elif self.carries:
            told.append(_("{count} octets", count=self.size))
        if self.via:
            told.append(_("by way of {nodes}", nodes=", ".join(self.via)))
        return told


class Ladder:
    """Makes steps of frames. `missed` counts what came when there were `MOST` steps already."""

    def __init__(self, names: Names, most: int = MOST) -> None:
        self.names = names
        self.missed = 0
        self.frames = 0
        self.start: float | None = None
        self._most = most
        self._made = 0
        self._waiting: deque[Step] = deque()
        self._connections: dict[object, int] = {}

    def add(self, time: float, octets: bytes) -> list[Step]:
        """Take a frame; the steps to which nothing can be added any more."""
        self.frames += 1
        if self.start is None:
            self.start = time
        if self._made >= self._most:
            self.missed += 1
            return self.due(time)
        glance = look(octets)
        if not self._joins(time, glance) and not self._is_silent(glance):
            self._waiting.append(self._step(time, glance))
            self._made += 1
        return self.due(time)

    def due(self, now: float) -> list[Step]:
        """The steps that are complete at this moment."""
        done = []
        while self._waiting and self._waiting[0].until < now:
            done.append(self._waiting.popleft())
        return done

    def rest(self) -> list[Step]:
        """All that are left, at the end."""
        done = list(self._waiting)
        self._waiting.clear()
        return done

    def _step(self, time: float, glance: Glance) -> Step:
        speakers = self.names.speakers(glance)
        ends: list[Detail] = []
        way: list[Detail] = []
        header = glance.last
        if header is not None:
            if speakers.target.kind == "others":
                ends.append(_("to {group}", group=header.destination))
            elif speakers.target.kind == "all":
                ends.append(group(header.destination))
            if speakers.source.kind == "others":
                ends.append(_("from {address}", address=header.source))
        if speakers.claimed:
            way.append(
                _(
                    "with {address}, an address of {node}",
                    address=header.source if header else "",
                    node=speakers.claimed,
                )
            )
        tunnels = []
        for outer in glance.headers[:-1]:
            if outer.tunnel:
                tunnels.append(Tunnel(outer.tunnel, *self.names.ends(outer, glance)))
                between = f"{outer.tunnel} {outer.source} → {outer.destination}"
                way.append(_("in {tunnel}", tunnel=between))
        return Step(
            time,
            speakers.source,
            speakers.target,
            glance,
            [self.frames - 1],
            tuple(ends),
            tuple(way),
            tuple(tunnels),
            [speakers.via] if speakers.via else [],
            size=len(glance.payload),
            carries=glance.protocol == "TCP" and bool(glance.payload),
            key=_key(glance),
            hop_limit=header.hop_limit if header else 0,
            until=time + TOGETHER,
        )

    def _joins(self, time: float, glance: Glance) -> bool:
        """Add it to a step that waits, if it is the same packet further on or the same answer."""
        key = _key(glance)
        header = glance.last
        for step in reversed(self._waiting):
            if step.key == key and header:
                if header.hop_limit >= step.hop_limit:
                    return False
                step.hop_limit = header.hop_limit
                step.frames.append(self.frames - 1)
                by = self.names.node_of(glance.outer_macs[0])
                if by and by not in step.via and by not in (step.source.name, step.target.name):
                    step.via.append(by)
                return True
        if glance.protocol != "TCP" or not glance.payload or glance.flags & (SYN | FIN | RST):
            return False
        for step in reversed(self._waiting):
            other = step.glance
            if other.protocol != "TCP" or not _same_flow(other, glance):
                continue
            if not step.carries or _direction(other) != _direction(glance):
                return False
            if says(glance).title != TCP_DATA:
                return False
            step.count += 1
            step.frames.append(self.frames - 1)
            step.size += len(glance.payload)
            step.until = min(time + TOGETHER, step.time + LONGEST)
            return True
        return False

    def _is_silent(self, glance: Glance) -> bool:
        """Whether it acknowledges and says nothing else; the one that ends a handshake does."""
        if glance.protocol != "TCP":
            return False
        flow = _flow(glance)
        if glance.flags & SYN:
            self._connections[flow] = 1 if glance.flags & ACK else 0
            return False
        if glance.payload or glance.flags & (FIN | RST):
            return False
        return self._connections.pop(flow, 0) != 1


def _direction(glance: Glance) -> tuple[object, ...]:
    header = glance.last
    return (header.source, header.destination, glance.ports) if header else ()


def _flow(glance: Glance) -> object:
    header = glance.last
    if header is None or glance.ports is None:
        return None
    ends = ((header.source, glance.ports[0]), (header.destination, glance.ports[1]))
    return frozenset(ends)


def _same_flow(one: Glance, other: Glance) -> bool:
    return _flow(one) == _flow(other)


def _key(glance: Glance) -> tuple[object, ...]:
    """What stays the same when a packet is handed on."""
    tunnels = tuple((header.source, header.tunnel) for header in glance.headers[:-1])
    numbers = (glance.protocol, glance.flags, glance.sequence)
    return (*_direction(glance), *numbers, tunnels, glance.payload)
