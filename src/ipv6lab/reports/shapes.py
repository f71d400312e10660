"""What a network picture is made of: boxes, bars and wires, and their sizes.

Units are points (1/72 inch), x to the right, y downward.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ipv6lab.reports.topology import Interface, Link, Node

NAME_SIZE = 10.5
TEXT_SIZE = 7.5
LINE = 10.5  # from one line of small text to the next
GAP = 14.0  # between neighbours
HEAD = 22.0  # height of a box with a name alone
MARGIN = 12.0
BESIDE = 5.0  # from a wire to the text beside it


@dataclass
class Port:
    """Where an interface leaves its box, and the text beside its wire."""

    interface: Interface
    upward: bool
    label: list[str]  # empty where the box itself tells; else the first line is the name
    width: float  # of wire and text
    x: float = 0.0
    label_y: float = 0.0  # top of the text


@dataclass
class Box:
    """A node."""

    node: Node
    lines: list[str]  # below the name
    ports: list[Port]
    least: float  # width below which the texts do not fit
    row: int = 0
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    place: int = 0  # in a column of boxes that hang on one trunk: 1, 2, …; 0: on its own

    @property
    def height(self) -> float:
        return HEAD + (LINE * len(self.lines) + 4 if self.lines else 0)

    def tallest(self, upward: bool) -> float:
        """Height of the texts beside the wires of one side."""
        return max((LINE * len(p.label) for p in self.ports if p.upward == upward), default=0.0)


@dataclass
class Bar:
    """A link."""

    link: Link
    lines: list[str]  # without the name, which comes first: beside them on a bus, else above them
    name_width: float
    least: float
    families: tuple[int, ...] = ()  # versions of IP, where that is told
    row: int = 0
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0

    @property
    def height(self) -> float:
        return 6 + LINE * (1 if self.link.bus else 1 + len(self.lines))


@dataclass
class Layout:
    """A whole picture."""

    boxes: dict[str, Box]
    bars: dict[str, Bar]
    wires: list[list[tuple[float, float]]] = field(default_factory=list)
    pipes: list[list[tuple[float, float]]] = field(default_factory=list)  # tunnels
    joints: list[tuple[float, float]] = field(default_factory=list)  # where a wire meets its bar
    width: float = 0.0
    height: float = 0.0
