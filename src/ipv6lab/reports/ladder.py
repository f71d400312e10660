"""The ladder: who said what to whom, in the order of time.

Frames become steps. What is one statement to a reader is one step: a packet seen again behind the
router that handed it on, the segments of one answer, acknowledgements that say nothing else.

A capture that saw all that passes a node (`ladder_whole`) shows more: a packet that came to be
handed on, and was not seen to leave, ends there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv6Network

from ipv6lab.reports.ladder_glance import Glance, look
from ipv6lab.reports.ladder_names import Names, Party, group
from ipv6lab.reports.ladder_says import ACK, FIN, RST, SYN, TCP_DATA, Detail, Says, says
from ipv6lab.reports.translated import Pairs
from ipv6lab.reports.translated_words import of_a_step
from ipv6lab.words.message import _

MOST = 1000  # steps; more are counted and no longer read by anybody
TOGETHER = 0.25  # seconds within which what belongs together arrives
LONGEST = 1.0  # seconds of one answer's segments that are one step
HELD = 0.5  # seconds after which what has not been handed on will not be, as a rule
LATE = 5.0  # seconds within which it may be all the same: somebody was looked for
ERRORS = {"ICMP": (3, 11, 12), "ICMPv6": (1, 2, 3, 4)}  # types that tell of another packet


Key = tuple[object, ...]


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
    ends_at: Party | None = None  # who it came to and was not seen to leave, on its way
    seen: dict[Key, int] = field(default_factory=dict)  # its packets, with their last hop limit
    inside: set[Key] = field(default_factory=set)  # those that the node has and must hand on
    left: bool = False  # some of it was handed on, or something that may be it
    until: float = 0.0  # when it is complete
    forms: Pairs | None = None  # which packets a translator made of which
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
        via = [name for name in self.via if self.ends_at is None or name != self.ends_at.name]
        if via:
            told.append(_("by way of {nodes}", nodes=", ".join(via)))
        if self.ends_at is not None:
            told.append(_("not seen to leave {node}", node=self.ends_at.name))
        if self.forms is not None:
            told += of_a_step(self.forms, self.frames)
        return told

    @property
    def reached(self) -> Party:
        """How far it came: its target, or where it ended."""
        return self.ends_at or self.target


class Ladder:
    """Makes steps of frames. `missed` counts what came when there were `MOST` steps already.

    `whole` is the node of which the frames are all that came and left, if they are. `known` are
    the prefixes of translators.
    """

    def __init__(
        self,
        names: Names,
        most: int = MOST,
        whole: str = "",
        known: Iterable[IPv6Network] = (),
    ) -> None:
        self.names = names
        self._whole = whole
        self.pairs = Pairs(known)
        self.missed = 0
        self.frames = 0
        self.start: float | None = None
        self._most = most
        self._made = 0
        self._last = 0.0
        self._waiting: deque[Step] = deque()
        self._known: dict[Key, Step] = {}  # the newest step that waits, by its packets
        self._ended: dict[Key, Step] = {}  # those that were not handed on
        self._connections: dict[object, int] = {}

    def add(self, time: float, octets: bytes) -> list[Step]:
        """Take a frame; the steps to which nothing can be added any more."""
        self.frames += 1
        self.pairs.add(time, octets)
        self._last = max(self._last, time)
        if self.start is None:
            self.start = time
        if self._made >= self._most:
            self.missed += 1
            return self.due(time)
        glance = look(octets)
        if not self._joins(time, glance) and not self._is_silent(glance):
            step = self._step(time, glance)
            self._waiting.append(step)
            self._known.update(dict.fromkeys(step.seen, step))
            self._made += 1
            self._leaves(time, glance)
        return self.due(time)

    def due(self, now: float) -> list[Step]:
        """The steps that are complete at this moment."""
        done = []
        while self._waiting and self._waiting[0].until < now:
            done.append(self._completed(self._waiting.popleft(), now))
        return done

    def rest(self, quiet: float = 0.0) -> list[Step]:
        """All that are left, at the end; it came so many seconds after the last frame."""
        done = [self._completed(step, self._last + quiet) for step in self._waiting]
        self._waiting.clear()
        return done

    def _completed(self, step: Step, now: float) -> Step:
        for key in step.seen:
            if self._known.get(key) is step:
                del self._known[key]
        if step.inside and not step.left and step.until <= now:
            step.ends_at = Party(self._whole, "node")
            self._ended.update(dict.fromkeys(step.inside, step))
        return step

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
        key = _key(glance)
        held = self._is_to_be_handed_on(glance)
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
            seen={key: header.hop_limit if header else 0},
            inside={key} if held else set(),
            until=time + (HELD if held or self.pairs.is_alone([self.frames - 1]) else TOGETHER),
            forms=self.pairs,
        )

    def _joins(self, time: float, glance: Glance) -> bool:
        """Add it to a step that waits, if it is the same packet further on or the same answer."""
        key = _key(glance)
        header = glance.last
        known = self._known.get(key)
        by = self.names.node_of(glance.outer_macs[0])
        if known is not None and header:
            if header.hop_limit >= known.seen[key]:
                return False
            known.seen[key] = header.hop_limit
            known.frames.append(self.frames - 1)
            if by and by not in known.via and by not in (known.source.name, known.target.name):
                known.via.append(by)
            if by == self._whole:
                known.left = True
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
            held = self._is_to_be_handed_on(glance)
            step.until = min(time + (HELD if held else TOGETHER), step.time + LONGEST)
            step.seen[key] = header.hop_limit if header else 0
            self._known[key] = step
            if held:
                step.inside.add(key)
            if by and by == self._whole:  # the same octets, cut in another way
                step.left = True
            return True
        return False

    def _is_to_be_handed_on(self, glance: Glance) -> bool:
        """Whether it has come to the node of which everything is seen, and is for another."""
        return bool(
            self._whole
            and self.names.node_of(glance.outer_macs[1]) == self._whole
            and glance.protocol != "fragment"
            and self.names.goes_beyond(glance, self._whole)
        )

    def _leaves(self, time: float, glance: Glance) -> None:
        """It leaves the node, and nobody knows that it came: it may be what did, in another form.

        Errors are the node's own; and what came long ago may leave late.
        """
        if not self._whole or self.names.node_of(glance.outer_macs[0]) != self._whole:
            return
        late = self._ended.pop(_key(glance), None)
        if late is not None and time - late.time < LATE:
            late.ends_at = None
        kinds = ERRORS.get(glance.protocol, ())
        own = len(glance.headers) == 1 and glance.payload and glance.payload[0] in kinds
        if own or not self.names.goes_beyond(glance, ""):
            return
        for step in self._waiting:
            step.left = True

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


def _key(glance: Glance) -> Key:
    """What stays the same when a packet is handed on."""
    tunnels = tuple((header.source, header.tunnel) for header in glance.headers[:-1])
    numbers = (glance.protocol, glance.flags, glance.sequence)
    return (*_direction(glance), *numbers, tunnels, glance.payload)
