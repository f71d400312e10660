"""Where everything of a network picture stands.

Rows of nodes alternate with rows of links. A link is a horizontal bar; a node is a box as wide as
what hangs below it, so that every interface drops straight onto its bar with its name and
addresses beside the drop. Each of these has a slot of its own, which is why nothing overlaps
whatever the topology::

    nodes    [        hq-core        ]
               | staff       | srv
    links    [ staff      ] [ srv   ]
    nodes     [pc1]  [pc2]    [app]

`rows` (or positions that the topology gives) decides who stands in which row and where the drops
are; this module sets heights, and bars that would meet in a row on tracks of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import permutations

from ipv6lab.reports import detours, rows
from ipv6lab.reports.shapes import (
    BESIDE,
    GAP,
    HEAD,
    LINE,
    MARGIN,
    NAME_SIZE,
    TEXT_SIZE,
    Bar,
    Box,
    Layout,
    Port,
)
from ipv6lab.reports.topology import Link, Node, Topology

PADDING = 8.0
MOST_ORDERED = 5  # tracks that are tried in every order
DROP = 9.0  # least length of a wire before and behind the text beside it

Measure = Callable[[str, float, bool], float]  # text, size, bold -> width


def layout(topology: Topology, measure: Measure) -> Layout:
    """Lay out a network, at the positions it gives when it gives all nodes one."""
    found = Layout(
        boxes={name: _box(node, measure) for name, node in topology.nodes.items()},
        bars={name: _bar(link, topology.mixed, measure) for name, link in topology.links.items()},
    )
    if topology.nodes and all(name in topology.positions for name in topology.nodes):
        rows.place_as_told(found, topology)
    else:
        rows.place(found, topology)
    _stretch(found)
    _set_heights(found)
    for tunnel in topology.tunnels:
        one, other = (found.boxes[node] for node, _interface in tunnel.ends)
        pipe = detours.between(found, one, other)
        if pipe is not None:
            found.pipes.append(pipe)
    return found


def _box(node: Node, measure: Measure) -> Box:
    lone = len(node.attached) == 1
    lines = [text for i in node.loopbacks for text in (i.name, *i.addresses)]
    ports = []
    for interface in node.attached:
        text = [t for t in (interface.name, *interface.addresses) if t]
        width = max((measure(t, TEXT_SIZE, not i) for i, t in enumerate(text)), default=0.0)
        if lone:
            lines = [*lines, *text]
        ports.append(Port(interface, True, [] if lone else text, BESIDE + width))
    least = max(
        measure(node.name, NAME_SIZE, True) + 34,  # the sign of its kind, and of a verdict
        *(measure(line, TEXT_SIZE, True) for line in (*lines, "")),
    )
    return Box(node, lines, ports, least + 2 * PADDING)


def _bar(link: Link, mixed: bool, measure: Measure) -> Bar:
    name = measure(link.name, TEXT_SIZE, True)
    texts = list(link.prefixes)
    families = link.families if mixed else ()
    if families:
        texts.append(" + ".join(f"IPv{version}" for version in families))
    lines = ["   ".join(texts)] if link.bus and texts else texts
    widths = [measure(line, TEXT_SIZE, False) for line in lines]
    text = name + BESIDE + sum(widths) if link.bus else max([name, *widths])
    room = 40.0  # for the sign of a verdict
    return Bar(link, lines, name, text + room, families)


def _stretch(found: Layout) -> None:
    """Let every bar reach all its wires."""
    for bar in found.bars.values():
        ends = [
            port.x
            for box in found.boxes.values()
            for port in box.ports
            if port.interface.link == bar.link.name
        ]
        left = min([bar.x, *(x - 10 for x in ends)])
        right = max([bar.x + bar.width, *(x + 10 for x in ends)])
        bar.x, bar.width = left, right - left


def _set_heights(found: Layout) -> None:
    y = MARGIN
    rows = [box.row for box in found.boxes.values()] + [bar.row for bar in found.bars.values()]
    for row in range(min(rows, default=0), max(rows, default=0) + 1):
        boxes = [box for box in found.boxes.values() if box.row == row]
        bars = [bar for bar in found.bars.values() if bar.row == row]
        if boxes:
            y = _box_row(boxes, y)
        if bars:
            y = _bar_row(bars, y, found)
    found.height = y + MARGIN
    edges = [box.x + box.width for box in found.boxes.values()]
    edges += [bar.x + bar.width for bar in found.bars.values()]
    found.width = max(edges, default=0.0) + MARGIN
    for box in found.boxes.values():
        for port in box.ports:
            _wire(found, box, port, found.bars[str(port.interface.link)])
    detours.lead_around(found)


def _box_row(boxes: Iterable[Box], y: float) -> float:
    boxes = list(boxes)
    above = max(box.tallest(upward=True) for box in boxes)
    if any(port.upward for box in boxes for port in box.ports):
        y += above + 2 * DROP
    bottom = y
    columns: dict[float, float] = {}
    for box in sorted(boxes, key=lambda box: box.place):
        box.y = columns.get(box.x, y) if box.place else y
        end = box.y + box.height
        if box.place:
            columns[box.x] = end + GAP / 2
        for port in box.ports:
            port.label_y = box.y - DROP - LINE * len(port.label) if port.upward else end + DROP
        if any(not port.upward for port in box.ports):
            end += box.tallest(upward=False) + 2 * DROP
        bottom = max(bottom, end)
    return bottom


def _bar_row(bars: Iterable[Bar], y: float, found: Layout) -> float:
    """Set bars that overlap on different tracks, in the order in which fewest wires cross them.

    Of orders that are as good the first has the longest at the bottom.
    """
    tracks: list[list[Bar]] = []
    for bar in sorted(bars, key=lambda bar: (bar.width, bar.x)):
        for track in tracks:
            if all(
                bar.x + bar.width + GAP / 2 <= other.x or other.x + other.width + GAP / 2 <= bar.x
                for other in track
            ):
                track.append(bar)
                break
        else:
            tracks.append([bar])
    if len(tracks) <= MOST_ORDERED:
        tracks = min(
            (list(one) for one in permutations(tracks)), key=lambda one: _crossed(one, found)
        )
    for number, track in enumerate(tracks):
        if number:
            y += GAP
        for bar in track:
            bar.y = y
        y += max(bar.height for bar in track)
    return y


def _crossed(tracks: list[list[Bar]], found: Layout) -> int:
    """How many wires cross bars of the same row that are not theirs."""
    ends = [
        (port.interface.link, port.x, port.upward)
        for box in found.boxes.values()
        for port in box.ports
    ]
    return sum(
        bar.x < x < bar.x + bar.width
        for level, track in enumerate(tracks)
        for other, names in enumerate({one.link.name for one in track} for track in tracks)
        for link, x, from_below in ends
        if link in names and (other < level if from_below else other > level)
        for bar in track
    )


def _wire(found: Layout, box: Box, port: Port, bar: Bar) -> None:
    from_above = box.y < bar.y
    edge = bar.y if from_above else bar.y + bar.height
    if box.place:
        middle = box.y + HEAD / 2
        found.wires.append([(port.x, edge), (port.x, middle), (box.x, middle)])
    else:
        found.wires.append([(port.x, edge), (port.x, box.y + box.height if from_above else box.y)])
    found.joints.append((port.x, edge))
