"""Who stands in which row of a network picture, and at which x: the first half of `layout`.

The network is placed as the tree that a walk from its middle finds, so that the routers stand
above what they join. What else an interface leads to (a ring) is reached by stretching the bar.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ipv6lab.reports.shapes import GAP, MARGIN, Bar, Box, Layout, Port
from ipv6lab.reports.topology import Topology

STACK = 4  # hosts on one bar beyond which they stand in columns
TRUNK = 12.0  # from the trunk of a column to its boxes


@dataclass
class Branch:
    """A box or a bar, what hangs below it, and the width of all that."""

    item: Box | Bar
    below: list[Branch | Column] = field(default_factory=list)
    width: float = 0.0


@dataclass
class Column:
    """Hosts one below the other on one trunk."""

    boxes: list[Box]

    @property
    def width(self) -> float:
        return TRUNK + max(box.least for box in self.boxes)


def place(found: Layout, topology: Topology) -> None:
    """Give every box and bar its row and x, component by component from left to right."""
    x = MARGIN
    seen: set[str] = set()
    for name in found.boxes:
        if "node " + name in seen:
            continue
        component = _walk(topology, "node " + name)
        root = _middle(topology, component)
        depths = _walk(topology, root)
        seen.update(depths)
        branch = _branch(found, root, depths)
        _place(branch, x)
        x += branch.width + 2 * GAP


def place_as_told(found: Layout, topology: Topology) -> None:
    """The same from given positions: their rows, and their columns in order.

    Columns are as near to each other as their boxes allow, so that a part of a network is as
    compact as a network of its own. A link stands below the uppermost of its nodes.
    """
    levels = sorted({y for name, (_x, y) in topology.positions.items() if name in found.boxes})
    for name, box in found.boxes.items():
        box.row = 2 * levels.index(topology.positions[name][1])
    for bar in found.bars.values():
        rows = [found.boxes[end.node].row for end in bar.link.ends]
        bar.row = min(rows, default=0) + 1
    for box in found.boxes.values():
        for port in box.ports:
            port.upward = found.bars[str(port.interface.link)].row < box.row
    middles = _columns(found, topology)
    for name, box in found.boxes.items():
        middle = middles[topology.positions[name][0]]
        for upward in (True, False):
            ports = [port for port in box.ports if port.upward == upward]
            ports.sort(key=lambda port: _centre(port, topology))
            _spread(ports, middle)
        _enclose(box, middle)
    for bar in found.bars.values():
        ends = [
            port.x
            for box in found.boxes.values()
            for port in box.ports
            if port.interface.link == bar.link.name
        ]
        middle = sum(ends) / len(ends) if ends else MARGIN + bar.least / 2
        bar.width = bar.least
        bar.x = max(MARGIN, middle - bar.least / 2)


def _columns(found: Layout, topology: Topology) -> dict[float, float]:
    """The middle of every column that is used."""
    columns: dict[float, list[Box]] = {}
    for name, box in found.boxes.items():
        columns.setdefault(topology.positions[name][0], []).append(box)
    middles: dict[float, float] = {}
    edges: dict[int, float] = {}  # how far each row reaches to the right
    last = 0.0
    for column in sorted(columns):
        half: dict[int, float] = {}
        for box in columns[column]:
            half[box.row] = max(_needed(box, up) for up in (True, False)) / 2
            for port in box.ports:  # a wire may pass rows on its way up
                bar = found.bars[str(port.interface.link)]
                for row in range(bar.row + 1, box.row, 2):
                    half[row] = max(half.get(row, 0.0), _needed_upward(box) / 2)
        middles[column] = last = max(
            last, *(edges.get(row, MARGIN - GAP) + GAP + width for row, width in half.items())
        )
        edges.update({row: last + width for row, width in half.items()})
    return middles


def _centre(port: Port, topology: Topology) -> float:
    """The mean column of the other nodes on a port's link."""
    link = topology.links[str(port.interface.link)]
    columns = [topology.positions[e.node][0] for e in link.ends if e.node != port.interface.node]
    return sum(columns) / len(columns) if columns else 0.0


def _neighbours(topology: Topology, vertex: str) -> list[str]:
    what, name = vertex.split(" ", 1)
    if what == "node":
        return [f"link {interface.link}" for interface in topology.nodes[name].attached]
    return [f"node {end.node}" for end in topology.links[name].ends]


def _walk(topology: Topology, start: str) -> dict[str, int]:
    """The distance of everything that can be reached."""
    depths = {start: 0}
    queue = deque([start])
    while queue:
        vertex = queue.popleft()
        for neighbour in _neighbours(topology, vertex):
            if neighbour not in depths:
                depths[neighbour] = depths[vertex] + 1
                queue.append(neighbour)
    return depths


def _middle(topology: Topology, component: Iterable[str]) -> str:
    """Where the walk begins: the router nearest to everything; without routers, a link."""
    component = list(component)
    nodes = [v for v in component if v.startswith("node ")]
    routers = [v for v in nodes if len(set(_neighbours(topology, v))) > 1]
    links = [v for v in component if v.startswith("link ")]
    if routers:
        return min(
            routers,
            key=lambda v: (max(_walk(topology, v).values()), -len(_neighbours(topology, v))),
        )
    if links:
        return max(links, key=lambda v: len(_neighbours(topology, v)))
    return nodes[0]


def _branch(found: Layout, root: str, depths: dict[str, int]) -> Branch:
    """The tree below a vertex, with rows, sides of ports and widths set."""
    offset = 0 if root.startswith("node ") else 1
    for vertex, depth in depths.items():
        what, name = vertex.split(" ", 1)
        (found.boxes if what == "node" else found.bars)[name].row = depth + offset
    taken = {root}

    def box_branch(box: Box) -> Branch:
        below: list[Branch | Column] = []
        for port in box.ports:
            link = str(port.interface.link)
            port.upward = found.bars[link].row < box.row
            if not port.upward and "link " + link not in taken:
                taken.add("link " + link)
                below.append(bar_branch(found.bars[link], port))
        branch = Branch(box, below)
        branch.width = max(_spread_width(branch), _needed(box, True), box.least)
        return branch

    def bar_branch(bar: Bar, port: Port | None) -> Branch:
        boxes = []
        for end in bar.link.ends:
            vertex = "node " + end.node
            if vertex not in taken and found.boxes[end.node].row > bar.row:
                taken.add(vertex)
                boxes.append(found.boxes[end.node])
        branch = Branch(bar, _hang(boxes, box_branch))
        branch.width = max(_sum(item.width for item in branch.below), bar.least)
        if port is not None:
            inner = branch.below[0].width if len(branch.below) == 1 else 0.0
            branch.width = max(branch.width, port.width + 12, 2 * port.width - inner)
        return branch

    what, name = root.split(" ", 1)
    if what == "node":
        return box_branch(found.boxes[name])
    return bar_branch(found.bars[name], None)


def _hang(boxes: list[Box], box_branch: Callable[[Box], Branch]) -> list[Branch | Column]:
    """What hangs on a bar: every box as a branch, or many hosts in columns first."""
    leaves = [box for box in boxes if len(box.ports) == 1]
    if len(leaves) <= STACK:
        return [box_branch(box) for box in boxes]
    for box in leaves:
        box.ports[0].upward = True
    columns = min(STACK, -(-len(leaves) // 2))
    rows = -(-len(leaves) // columns)
    stacks: list[Branch | Column] = [
        Column(leaves[start : start + rows]) for start in range(0, len(leaves), rows)
    ]
    return stacks + [box_branch(box) for box in boxes if len(box.ports) > 1]


def _needed(box: Box, upward: bool) -> float:
    """The width of all wires of one side with their texts."""
    return max(box.least, _sum(port.width for port in box.ports if port.upward == upward) + 26)


def _needed_upward(box: Box) -> float:
    """The width of the wires alone that lead up."""
    return _sum(port.width for port in box.ports if port.upward)


def _sum(widths: Iterable[float]) -> float:
    widths = list(widths)
    return sum(widths) + GAP * max(0, len(widths) - 1)


def _slots(branch: Branch) -> list[tuple[Port, Branch | None]]:
    """The downward ports of a box, each with the bar that hangs on it, if it is its own."""
    assert isinstance(branch.item, Box)
    own = {
        below.item.link.name: below
        for below in branch.below
        if isinstance(below, Branch) and isinstance(below.item, Bar)
    }
    return [
        (port, own.pop(str(port.interface.link), None))
        for port in branch.item.ports
        if not port.upward
    ]


def _spread_width(branch: Branch) -> float:
    return _sum(
        max(port.width + 12, below.width if below else 0.0) for port, below in _slots(branch)
    )


def _place(branch: Branch, x: float) -> None:
    if isinstance(branch.item, Box):
        _place_box(branch, branch.item, x)
    else:
        _place_bar(branch, branch.item, x, None)


def _place_box(branch: Branch, box: Box, x: float) -> None:
    middle = x + branch.width / 2
    _spread([port for port in box.ports if port.upward], middle)
    at = middle - _spread_width(branch) / 2
    for port, below in _slots(branch):
        width = max(port.width + 12, below.width if below else 0.0)
        port.x = at + (width - port.width) / 2
        if below is not None:
            assert isinstance(below.item, Bar)
            _place_bar(below, below.item, at, port)
        at += width + GAP
    _enclose(box, middle)


def _place_bar(branch: Branch, bar: Bar, x: float, port: Port | None) -> None:
    inside = _sum(item.width for item in branch.below)
    at = x + (branch.width - inside) / 2
    for item in branch.below:
        if isinstance(item, Branch):
            _place(item, at)
        else:
            for place, box in enumerate(item.boxes, 1):
                box.place, box.x, box.width = place, at + TRUNK, item.width - TRUNK
                box.ports[0].x = at
        at += item.width + GAP
    if port is not None and not bar.link.bus:
        # Straight down, and the bar no longer than its text.
        lower = [
            p
            for item in branch.below
            if isinstance(item, Branch) and isinstance(item.item, Box)
            for p in item.item.ports
            if p.interface.link == bar.link.name
        ]
        if len(lower) == 1:
            port.x = min(lower[0].x, x + branch.width - port.width)
            if not lower[0].label:
                lower[0].x = port.x
        bar.width = bar.least
        bar.x = min(max(x, port.x - bar.width / 2), x + branch.width - bar.width)
    else:
        bar.x, bar.width = x, branch.width


def _spread(ports: list[Port], middle: float) -> None:
    """Set wires side by side, together with their texts in the middle."""
    if len(ports) == 1 and not ports[0].label:
        ports[0].x = middle
        return
    at = middle - _sum(port.width for port in ports) / 2
    for port in ports:
        port.x = at
        at += port.width + GAP


def _enclose(box: Box, middle: float) -> None:
    """Make a box as wide as its wires and their texts, around its middle as far as it goes."""
    left = min([middle - box.least / 2, *(port.x - 10 for port in box.ports)])
    right = max(
        [middle + box.least / 2]
        + [port.x + (port.width + 6 if port.label else 10) for port in box.ports]
    )
    box.x, box.width = left, right - left
