"""Wires that would cross a link or node which is not theirs, led around it.

A wire drops straight from its box onto its bar wherever nothing stands between. Where something
does, it would seem to belong there; then it is led along horizontal and vertical lanes beside what
stands in the way, the shortest way with few bends, and preferably not across texts and wires.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from itertools import count, pairwise, product
from typing import NamedTuple

from ipv6lab.reports.shapes import BESIDE, LINE, Bar, Box, Layout, Port

CLEAR = 3.5  # at least so far from what is passed
LANES = (4.0, 9.0)  # from what is passed to a lane; two, so that two wires have room
PIPE = 3.5  # the same for a pipe, which is thicker
WIDE = (10.0, 18.0)  # its lanes
APART = 7.5  # from the middle of a pipe to that of another beside it
CORNER = 6.0  # from where a pipe leaves its box to the box's corner
MARGIN = 3.0  # of the picture
BEND = 15.0  # what these cost, as if the way were longer
CROSSING = 25.0
TEXT = 400.0
TOGETHER = 500.0  # two wires on one lane would look like one

Point = tuple[float, float]
Wire = list[Point]
Place = tuple[int, int, bool]  # column and row of a grid, and whether one came there up or down


class Area(NamedTuple):
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, item: Box | Bar) -> Area:
        return cls(item.x, item.y, item.x + item.width, item.y + item.height)

    def wider(self, by: float) -> Area:
        return Area(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def is_crossed(self, one: Point, other: Point) -> bool:
        """Whether a horizontal or vertical piece of wire has a part of it inside."""
        return (
            max(one[0], other[0]) > self.left
            and min(one[0], other[0]) < self.right
            and max(one[1], other[1]) > self.top
            and min(one[1], other[1]) < self.bottom
        )


def crossings(found: Layout) -> list[tuple[str, str, str]]:
    """Where a wire crosses or touches what is not its own: node, interface, and what it crosses."""
    crossed = []
    for (box, port), wire in zip(_ports(found), found.wires, strict=True):
        for name, area in _others(found, box, port):
            if any(area.is_crossed(*piece) for piece in pairwise(wire)):
                crossed.append((box.node.name, port.interface.name, name))
    return crossed


def lead_around(found: Layout) -> None:
    """Lead all wires of a picture around what is not theirs."""
    ports = _ports(found)
    led = {
        at
        for at, (box, port) in enumerate(ports)
        if any(
            area.is_crossed(*piece)
            for _name, area in _others(found, box, port)
            for piece in pairwise(found.wires[at])
        )
    }
    for at in sorted(led, key=lambda at: abs(found.wires[at][0][1] - found.wires[at][-1][1])):
        box, port = ports[at]
        bar = found.bars[str(port.interface.link)]
        drawn = [wire for other, wire in enumerate(found.wires) if other not in led]
        wire = _way(found, box, port, bar, drawn)
        if wire is not None:
            found.wires[at], found.joints[at] = wire, wire[0]
            led = led - {at}


def between(found: Layout, one: Box, other: Box) -> Wire | None:
    """A way from one box to another around all else, for a pipe; None where there is none."""
    straight = _straight(found, one, other)
    if straight is not None:
        return straight
    items: list[Box | Bar] = [*found.bars.values(), *found.boxes.values()]
    passed = [Area.of(item).wider(PIPE) for item in items if item is not one and item is not other]
    areas = [*passed, Area.of(one), Area.of(other)]
    drawn = [*found.wires, *found.pipes]
    ways = []
    for begin, end, upward in product((one, other), (one, other), (True, False)):
        if begin is not end:
            area = Area.of(begin)
            y = area.top if upward else area.bottom
            x = area.right - CORNER
            while x > area.left + CORNER and any(_near((x, y), at) for at in _ends(found)):
                x -= APART
            ways.append(_led(found, (x, y), upward, Area.of(end), areas, drawn, WIDE, APART))
    return min((way for way in ways if way), key=lambda way: _price(way, drawn), default=None)


def _straight(found: Layout, one: Box, other: Box) -> Wire | None:
    """A pipe between boxes that stand beside each other, below or above those that are there."""
    left, right = sorted((Area.of(one), Area.of(other)))
    items: list[Box | Bar] = [*found.bars.values(), *found.boxes.values()]
    passed = [Area.of(item).wider(PIPE) for item in items if item is not one and item is not other]
    middle = (max(left.top, right.top) + min(left.bottom, right.bottom)) / 2
    for y in (middle, middle - APART, middle + APART):
        way = [(left.right, y), (right.left, y)]
        if not (
            max(left.top, right.top) + PIPE <= y <= min(left.bottom, right.bottom) - PIPE
            and left.right < right.left
        ):
            continue
        if any(_near(way[0], at) or _near(way[1], at) for at in _ends(found)):
            continue
        if not any(area.is_crossed(way[0], way[1]) for area in passed):
            return way
    return None


def _ends(found: Layout) -> list[Point]:
    return [end for pipe in found.pipes for end in (pipe[0], pipe[-1])]


def _near(one: Point, other: Point) -> bool:
    """Whether two pipes that end there would be one."""
    return abs(one[0] - other[0]) < APART and abs(one[1] - other[1]) < APART


def _price(pipe: Wire, drawn: list[Wire]) -> float:
    """How long a pipe is, and how much it gets in the way of what is drawn already."""
    length = sum(abs(x1 - x2) + abs(y1 - y2) for (x1, y1), (x2, y2) in pairwise(pipe))
    pieces = [piece for wire in drawn for piece in pairwise(wire)]
    return length + sum(
        _meeting(here, there, piece, APART) for here, there in pairwise(pipe) for piece in pieces
    )


def _ports(found: Layout) -> list[tuple[Box, Port]]:
    """In the order of the wires."""
    return [(box, port) for box in found.boxes.values() for port in box.ports]


def _others(found: Layout, box: Box, port: Port) -> Iterable[tuple[str, Area]]:
    for bar in found.bars.values():
        if bar.link.name != port.interface.link:
            yield bar.link.name, Area.of(bar).wider(CLEAR)
    for other in found.boxes.values():
        if other is not box:
            yield other.node.name, Area.of(other).wider(CLEAR)


def _way(found: Layout, box: Box, port: Port, bar: Bar, drawn: list[Wire]) -> Wire | None:
    """From a bar to a port's box; None where there is no way."""
    own, goal = Area.of(box), Area.of(bar)
    start = (port.x, own.top if port.upward else own.bottom)
    areas = [area for _name, area in _others(found, box, port)] + [own, goal]
    return _led(found, start, port.upward, goal, areas, drawn, LANES)


def _led(
    found: Layout,
    start: Point,
    upward: bool,
    goal: Area,
    areas: list[Area],
    drawn: list[Wire],
    lanes: tuple[float, ...],
    apart: float = CLEAR,
) -> Wire | None:
    """From a goal to a point that is left upward or downward; None where there is no way."""
    texts = [
        Area(one.x + BESIDE, one.label_y, one.x + one.width, one.label_y + LINE * len(one.label))
        for _box, one in _ports(found)
        if one.label
    ]
    reach = (min(start[1], goal.top), max(start[1], goal.bottom))
    for more in (60.0, found.height):
        window = Area(-1, reach[0] - more, found.width + 1, reach[1] + more)
        near = [area for area in areas if area.bottom > window.top and area.top < window.bottom]
        columns = {start[0], goal.left + 10, goal.right - 10, (goal.left + goal.right) / 2}
        rows = {start[1], goal.top, goal.bottom}
        for area in near:
            for lane in lanes:
                columns |= {area.left - lane + CLEAR, area.right + lane - CLEAR}
                rows |= {area.top - lane + CLEAR, area.bottom + lane - CLEAR}
        columns |= {text.right + CLEAR for text in texts if text.bottom > window.top}
        if apart > CLEAR:
            columns |= {
                x + side for pipe in found.pipes for x, _y in pipe for side in (apart, -apart)
            }
            rows |= {y + side for pipe in found.pipes for _x, y in pipe for side in (apart, -apart)}
        xs = sorted(x for x in columns if MARGIN <= x <= found.width - MARGIN)
        ys = sorted(y for y in rows if window.top <= y <= window.bottom and y >= MARGIN)
        wire = _shortest(xs, ys, start, upward, goal, near, texts, drawn, apart)
        if wire is not None:
            return wire[::-1]
    return None


def _shortest(
    xs: list[float],
    ys: list[float],
    start: Point,
    upward: bool,
    goal: Area,
    areas: list[Area],
    texts: list[Area],
    drawn: list[Wire],
    apart: float,
) -> Wire | None:
    """Dijkstra's way over a grid from a point to the upper or lower edge of an area."""
    pieces = [piece for wire in drawn for piece in pairwise(wire)]
    first = (xs.index(start[0]), ys.index(start[1]), True)
    order = count()
    waiting: list[tuple[float, int, Place, Place | None]] = [(0.0, next(order), first, None)]
    before: dict[Place, Place | None] = {}
    while waiting:
        cost, _order, at, came = heapq.heappop(waiting)
        if at in before:
            continue
        before[at] = came
        column, row, upright = at
        here = (xs[column], ys[row])
        if here[1] in (goal.top, goal.bottom) and goal.left < here[0] < goal.right and upright:
            return _traced(before, at, xs, ys)
        steps = [(0, -1 if upward else 1)] if at == first else [(0, 1), (0, -1), (1, 0), (-1, 0)]
        for right, down in steps:
            to = (column + right, row + down, bool(down))
            if not (0 <= to[0] < len(xs) and 0 <= to[1] < len(ys)) or to in before:
                continue
            there = (xs[to[0]], ys[to[1]])
            if any(area.is_crossed(here, there) for area in areas):
                continue
            price = abs(there[0] - here[0]) + abs(there[1] - here[1])
            price += BEND * (to[2] != upright)
            price += TEXT * sum(text.is_crossed(here, there) for text in texts)
            price += sum(_meeting(here, there, piece, apart) for piece in pieces)
            heapq.heappush(waiting, (cost + price, next(order), to, at))
    return None


def _meeting(here: Point, there: Point, piece: tuple[Point, Point], least: float) -> float:
    """What it costs to meet a wire that is drawn already."""
    upright, across = here[0] == there[0], piece[0][0] == piece[1][0]
    if upright != across:
        area = Area(
            min(piece[0][0], piece[1][0]),
            min(piece[0][1], piece[1][1]),
            max(piece[0][0], piece[1][0]),
            max(piece[0][1], piece[1][1]),
        )
        return CROSSING * area.wider(0.1).is_crossed(here, there)
    along = 1 if upright else 0
    apart = abs(here[1 - along] - piece[0][1 - along])
    low, high = sorted((here[along], there[along]))
    first, last = sorted((piece[0][along], piece[1][along]))
    return TOGETHER * (apart < least and high > first and low < last)


def _traced(
    before: dict[Place, Place | None],
    end: Place,
    xs: list[float],
    ys: list[float],
) -> Wire:
    """The corners of a way, from its beginning."""
    way: Wire = []
    at: Place | None = end
    while at is not None:
        way.append((xs[at[0]], ys[at[1]]))
        at = before[at]
    way.reverse()
    corners = [way[0]]
    for one, middle, other in zip(way, way[1:], way[2:], strict=False):
        if not (one[0] == middle[0] == other[0] or one[1] == middle[1] == other[1]):
            corners.append(middle)
    return [*corners, way[-1]]
