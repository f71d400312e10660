"""What became of the addresses, routes and neighbours of one node while it was filmed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from ipv6lab.linux import tape as film
from ipv6lab.linux.tape import Piece
from ipv6lab.network.netlink import Address, Event, Neighbour, Route, read_event
from ipv6lab.network.netlink.codec import decode
from ipv6lab.network.netlink.objects import Names

Item = TypeVar("Item", Address, Route, Neighbour)
Key = tuple[object, ...]
SHIFT = 1.5  # seconds by which an end moves before it counts as moved: lifetimes are whole seconds
LATE = 1.5  # seconds by which the kernel may collect late, or early by rounding, what has run out
TOLD = 0.75  # seconds by which an event may be read after the kernel wrote it
WHOLE = 1.0  # seconds: what is left of a lifetime is told rounded down


@dataclass
class History(Generic[Item]):
    """What became of one address, route or neighbour. Moments are seconds since the epoch.

    `item` is what was told of it last, at the moment `told`. `spans` are when it was there: a
    beginning and an end, None while it is there. `renewed` are the moments at which its end was
    put off, `shortened` those at which it came nearer, `deprecated` (an address alone) those from
    which it was no longer preferred, `restored` those from which it was again.
    """

    item: Item
    told: float
    spans: list[tuple[float, float | None]] = field(default_factory=list)
    renewed: list[float] = field(default_factory=list)
    shortened: list[float] = field(default_factory=list)
    deprecated: list[float] = field(default_factory=list)
    restored: list[float] = field(default_factory=list)
    expired: list[float] = field(default_factory=list)
    versions: list[tuple[float, Item]] = field(default_factory=list)

    @property
    def there(self) -> bool:
        """Whether it is there now."""
        return bool(self.spans) and self.spans[-1][1] is None

    @property
    def began(self) -> float:
        """When it was seen first."""
        return self.spans[0][0]

    @property
    def flapped(self) -> bool:
        """Whether it went away and came again."""
        return len(self.spans) > 1

    def was_there(self, at: float) -> bool:
        return any(begin <= at and (end is None or at < end) for begin, end in self.spans)

    def at(self, moment: float) -> Item | None:
        """What it was at a moment, its lifetimes counted from then; None where it was not."""
        if not self.was_there(moment):
            return None
        told = [(when, item) for when, item in self.versions if when <= moment]
        when, item = told[-1] if told else self.versions[0]
        return aged(item, moment - when)

    def see(self, item: Item, now: float) -> None:
        """It is there, or still is, and this is what it is now."""
        self.pass_by(now)
        if isinstance(item, Route) and item.expires == 0:
            return  # the kernel goes by it no more, and has yet to collect it
        if not self.there:
            self.spans.append((now, None))
        elif (before := end_of(self.item, self.told)) != (after := end_of(item, now)):
            if after is None or (before is not None and after > before + SHIFT):
                self.renewed.append(now)
            elif before is None or after < before - SHIFT:
                self.shortened.append(now)
        if isinstance(item, Address):
            was = bool(self.deprecated) and len(self.deprecated) > len(self.restored)
            if item.deprecated and not was:
                self.deprecated.append(now)
            elif was and not item.deprecated:
                self.restored.append(now)
        self.item, self.told = item, now
        self.versions.append((now, item))

    def go(self, now: float) -> None:
        """It is there no more."""
        if not self.there:
            return
        end = end_of(self.item, self.told)
        if end is not None and end <= now + LATE:
            self.expired.append(now)
        self.spans[-1] = (self.spans[-1][0], now)

    def pass_by(self, now: float) -> None:
        """Nothing was told until now: a route that ran out meanwhile is gone.

        The kernel goes by it no longer, though it collects it up to half a minute later.
        """
        end = end_of(self.item, self.told)
        if not isinstance(self.item, Route) or not self.there or end is None:
            return
        if end + LATE < now:
            self.expired.append(end + WHOLE)
            self.spans[-1] = (self.spans[-1][0], end + WHOLE)


def lapses(history: History[Address], now: float) -> list[float]:
    """When the preferred lifetime of an address ended before it was renewed.

    By what was told and not by what the kernel did: it looks at its addresses once a second, so
    one that is renewed a moment late was never seen to be deprecated.
    """
    after = [when for when, _item in history.versions[1:]] + [now if history.there else 0.0]
    return [
        when + item.preferred
        for (when, item), then in zip(history.versions, after, strict=True)
        if item.preferred and then > when + item.preferred + TOLD
    ]


class Reel:
    """One node's part of a film, as far as it was read."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.addresses: dict[Key, History[Address]] = {}
        self.routes: dict[Key, History[Route]] = {}
        self.neighbours: dict[Key, History[Neighbour]] = {}
        self.lost = False
        self._names = Names()

    def take(self, piece: Piece) -> None:
        """Read one more record."""
        if piece.kind == film.EVENTS:
            for event in self._events(piece):
                self.events.append(event)
                self._follow(event)
        elif piece.kind == film.DUMP:
            self._compare(piece)
        elif piece.kind == film.LOST:
            self.lost = True
        elif piece.kind == film.ANEW:
            for each in (self.addresses, self.routes, self.neighbours):
                for history in each.values():
                    history.go(piece.time)
            self._names = Names()

    def pass_by(self, now: float) -> None:
        for history in self.routes.values():
            history.pass_by(now)

    def _events(self, piece: Piece) -> Iterator[Event]:
        for message in decode(piece.data):
            _group, event = read_event(message, piece.time, self._names)
            if event is not None:
                yield event

    def _follow(self, event: Event) -> None:
        item = event.item
        if isinstance(item, Address):
            _tell(self.addresses, item, event)
        elif isinstance(item, Route):
            if not item.cloned:
                _tell(self.routes, item, event)
        elif isinstance(item, Neighbour):
            _tell(self.neighbours, item, event)

    def _compare(self, piece: Piece) -> None:
        """What a look at a whole table says: what is in it is there, and nothing else is."""
        seen: set[Key] = set()
        for event in self._events(piece):
            self._follow(event)
            if isinstance(event.item, Address | Route | Neighbour):
                seen.add(key(event.item))
        group = piece.name[1]
        if group == "address":
            _leave(self.addresses, seen, piece.time)
        elif group == "route":
            _leave(self.routes, seen, piece.time)
        elif group == "neighbour":
            _leave(self.neighbours, seen, piece.time)


def _tell(histories: dict[Key, History[Item]], item: Item, event: Event) -> None:
    history = histories.get(key(item))
    if event.gone:
        if history is not None:
            history.go(event.time)
        return
    if history is None:
        history = histories[key(item)] = History(item, event.time)
    history.see(item, event.time)


def _leave(histories: dict[Key, History[Item]], seen: set[Key], now: float) -> None:
    for name, history in histories.items():
        if name not in seen:
            history.go(now)


def key(item: Address | Route | Neighbour) -> Key:
    """What makes it the same one later."""
    if isinstance(item, Route):
        hops = tuple((hop.gateway, hop.index) for hop in item.hops)
        return (item.destination, item.table, item.metric, item.protocol, hops)
    return (item.index, item.address)


def end_of(item: Address | Route | Neighbour, now: float) -> float | None:
    """When it ends if nothing is said again, None for never."""
    if isinstance(item, Address):
        left = item.valid
    else:
        left = item.expires if isinstance(item, Route) else None
    return None if left is None else now + left


def aged(item: Item, seconds: float) -> Item:
    """What it is so many seconds later, when nothing was said meanwhile."""
    if isinstance(item, Address):
        return replace(
            item, valid=_less(item.valid, seconds), preferred=_less(item.preferred, seconds)
        )
    if isinstance(item, Route):
        return replace(item, expires=_less(item.expires, seconds))
    return item


def _less(lifetime: int | None, seconds: float) -> int | None:
    return None if lifetime is None else max(0, round(lifetime - seconds))
