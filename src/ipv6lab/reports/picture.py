"""The network as a picture."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from ipv6lab.reports.graded import MARKS
from ipv6lab.reports.layout import layout
from ipv6lab.reports.shapes import (
    BESIDE,
    HEAD,
    LINE,
    MARGIN,
    NAME_SIZE,
    TEXT_SIZE,
    Bar,
    Box,
    Layout,
)
from ipv6lab.reports.topology import Topology

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FONT = "DejaVu Sans"  # comes with matplotlib and has every Vietnamese letter
POINTS = 72.0
TITLE_HEIGHT = 22.0


class Palette(NamedTuple):
    """The colours of a picture, by what they are for."""

    paper: str
    ink: str
    muted: str
    wire: str
    router: str
    router_edge: str
    host: str
    host_edge: str
    bar: str
    bar_edge: str
    four: str
    four_edge: str
    passed: str
    failed: str
    blocked: str


LIGHT = Palette(
    paper="#ffffff",
    ink="#1b2128",
    muted="#505b67",
    wire="#6a7682",
    router="#dce9fa",
    router_edge="#2f6cb5",
    host="#f5f7f9",
    host_edge="#8793a0",
    bar="#e4efe6",
    bar_edge="#4b8a5c",
    four="#fbe6c3",
    four_edge="#a86f13",
    passed="#116b2e",
    failed="#b3201a",
    blocked="#7d5200",
)
DARK = Palette(
    paper="#12171d",
    ink="#e8edf3",
    muted="#a8b3bf",
    wire="#8793a0",
    router="#1d3350",
    router_edge="#6ea8ee",
    host="#1e252d",
    host_edge="#76828f",
    bar="#1c3425",
    bar_edge="#69b583",
    four="#443112",
    four_edge="#dda545",
    passed="#5fd47e",
    failed="#ff8a80",
    blocked="#e8b84a",
)


def picture(
    topology: Mapping[str, Any] | Topology,
    target: str | Path | IO[bytes],
    format: str = "svg",
    dark: bool = False,
    states: Mapping[str, str] | None = None,
    title: str = "",
) -> None:
    """Draw a network into a file or buffer as ``svg``, ``png`` or ``pdf``.

    `states` gives nodes or links a verdict, shown by its sign.
    The same input gives the same octets.
    """
    draw(topology, target, format, DARK if dark else LIGHT, states or {}, title)


def draw(
    topology: Mapping[str, Any] | Topology,
    target: str | Path | IO[bytes],
    format: str,
    palette: Palette,
    states: Mapping[str, str],
    title: str,
) -> None:
    """`picture` with colours of one's own."""
    from ipv6lab.reports import caches

    caches.load_matplotlib()
    import matplotlib

    with matplotlib.rc_context(_settings()):
        metadata: dict[str, Any] = {
            "svg": {"Date": None, "Creator": None},
            "pdf": {"CreationDate": None, "ModDate": None, "Producer": None, "Creator": None},
            "png": {"Software": None},
        }[format]
        drawn = figure(topology, palette, states, title)
        drawn.savefig(target, format=format, dpi=144, facecolor=palette.paper, metadata=metadata)


def figure(
    topology: Mapping[str, Any] | Topology,
    palette: Palette,
    states: Mapping[str, str],
    title: str,
) -> Figure:
    """The drawn figure, one unit of its only axes a point."""
    from ipv6lab.reports import caches

    caches.load_matplotlib()
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    network = topology if isinstance(topology, Topology) else Topology.from_json(topology)
    found = layout(network, measure)
    top = TITLE_HEIGHT if title else 0.0
    least = MARGIN * 2 + measure(title, NAME_SIZE, True)
    size = (max(found.width, least, 60) / POINTS, max(found.height + top, 40) / POINTS)
    with matplotlib.rc_context(_settings()):
        drawn = Figure(figsize=size, facecolor=palette.paper)
        FigureCanvasAgg(drawn)
        axes = drawn.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, size[0] * POINTS)
        axes.set_ylim(size[1] * POINTS - top, -top)
        axes.axis("off")
        if title:
            _text(axes, MARGIN, -top / 2 + 3, title, NAME_SIZE, palette.ink, bold=True)
        _draw_all(axes, found, palette, states)
    return drawn


def _settings() -> dict[Any, Any]:
    return {
        "font.family": FONT,
        "svg.fonttype": "none",  # text stays text: it can be searched, copied and read aloud
        "svg.hashsalt": "ipv6lab",  # the same names inside on every run
        "pdf.fonttype": 42,
    }


def measure(text: str, size: float, bold: bool) -> float:
    """The width of a text in points."""
    return _width(text, bold) * size / 100


@functools.cache
def _width(text: str, bold: bool) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    properties = FontProperties(family=FONT, size=100, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(text, properties, ismath=False)[0])


def _draw_all(axes: Axes, found: Layout, palette: Palette, states: Mapping[str, str]) -> None:
    for pipe in found.pipes:
        # A pipe has two walls; a line that crosses it goes on behind it or before it, not into it.
        for width, colour in ((6.0, palette.router_edge), (3.6, palette.router)):
            axes.plot(
                [x for x, _y in pipe],
                [y for _x, y in pipe],
                color=colour,
                linewidth=width,
                solid_joinstyle="round",
                solid_capstyle="butt",
                zorder=2,
            )
    for wire in found.wires:
        axes.plot(
            [x for x, _y in wire],
            [y for _x, y in wire],
            color=palette.wire,
            linewidth=1.3,
            solid_joinstyle="round",
            zorder=1,
        )
    for bar in found.bars.values():
        _draw_bar(axes, bar, palette, states.get(bar.link.name))
    for box in found.boxes.values():
        _draw_box(axes, box, palette, states.get(box.node.name))
    for x, y in found.joints:
        axes.plot([x], [y], "o", color=palette.bar_edge, markersize=3.6, zorder=4)


def _draw_bar(axes: Axes, bar: Bar, palette: Palette, state: str | None) -> None:
    # Where IPv4 lives alone the bar has another colour, where it lives too a line of that below.
    alone = bar.families == (4,)
    fill, edge = (palette.four, palette.four_edge) if alone else (palette.bar, palette.bar_edge)
    _rectangle(axes, bar, fill, edge, rounding=4)
    if bar.families == (6, 4):
        below = bar.y + bar.height - 1.6
        axes.plot(
            [bar.x + 4, bar.x + bar.width - 4],
            [below, below],
            color=palette.four_edge,
            linewidth=2.4,
            linestyle=(0, (3, 1.5)),
            zorder=4,
        )
    middle = bar.x + bar.width / 2
    y = bar.y + 3 + LINE / 2
    if bar.link.bus:
        prefixes = "".join(bar.lines)
        start = middle - (bar.name_width + BESIDE + measure(prefixes, TEXT_SIZE, False)) / 2
        _text(axes, start, y, bar.link.name, TEXT_SIZE, palette.ink, bold=True)
        beside = start + bar.name_width + BESIDE
        _text(axes, beside, y, prefixes, TEXT_SIZE, palette.ink)
    else:
        _text(axes, middle, y, bar.link.name, TEXT_SIZE, palette.ink, bold=True, align="center")
        for number, line in enumerate(bar.lines, 1):
            _text(axes, middle, y + LINE * number, line, TEXT_SIZE, palette.ink, align="center")
    _draw_state(axes, bar.x + bar.width - 9, bar.y + 3 + LINE / 2, palette, state)


def _draw_box(axes: Axes, box: Box, palette: Palette, state: str | None) -> None:
    joins = box.node.kind in ("router", "switch")
    _rectangle(
        axes,
        box,
        palette.router if joins else palette.host,
        palette.router_edge if joins else palette.host_edge,
        rounding=5,
        heavy=box.node.trainee,
    )
    name_width = measure(box.node.name, NAME_SIZE, True)
    middle = box.x + box.width / 2
    y = box.y + HEAD / 2
    icon = middle - name_width / 2 - 9
    _draw_icon(axes, icon, y, box.node.kind, palette)
    _text(axes, middle + 2, y, box.node.name, NAME_SIZE, palette.ink, bold=True, align="center")
    for number, line in enumerate(box.lines):
        below = box.y + HEAD + LINE * (number + 0.5)
        _text(axes, middle, below, line, TEXT_SIZE, palette.muted, align="center")
    for port in box.ports:
        for number, line in enumerate(port.label):
            at = port.label_y + LINE * (number + 0.5)
            colour = palette.muted if number else palette.ink
            _text(axes, port.x + BESIDE, at, line, TEXT_SIZE, colour, bold=not number)
    _draw_state(axes, box.x + box.width - 10, y, palette, state)


def _draw_icon(axes: Axes, x: float, y: float, kind: str, palette: Palette) -> None:
    """A small sign of the kind, so that it is not told by the colour alone."""
    from matplotlib.patches import Circle, Rectangle

    line: dict[str, Any] = {
        "linewidth": 1.1,
        "edgecolor": palette.router_edge,
        "facecolor": "none",
        "zorder": 5,
    }
    if kind == "router":
        axes.add_patch(Circle((x, y), 5.2, **line))
        for (x1, y1), (x2, y2) in (((-3, -3), (3, 3)), ((-3, 3), (3, -3))):
            axes.plot(
                [x + x1, x + x2], [y + y1, y + y2], color=palette.router_edge, lw=1.1, zorder=5
            )
    elif kind == "switch":
        axes.add_patch(Rectangle((x - 5, y - 4), 10, 8, **line))
        for shift in (-1.5, 1.5):
            axes.plot([x - 3, x + 3], [y + shift] * 2, color=palette.router_edge, lw=1.1, zorder=5)
    else:
        line["edgecolor"] = palette.host_edge
        axes.add_patch(Rectangle((x - 5, y - 4.5), 10, 7, **line))
        axes.plot([x - 3, x + 3], [y + 5] * 2, color=palette.host_edge, lw=1.1, zorder=5)


def _draw_state(axes: Axes, x: float, y: float, palette: Palette, state: str | None) -> None:
    if state in ("passed", "failed", "blocked", "not_judged"):
        colour = getattr(palette, "blocked" if state == "not_judged" else state)
        _text(axes, x, y, MARKS[state].sign, NAME_SIZE, colour, bold=True, align="center")


def _rectangle(
    axes: Axes, item: Box | Bar, fill: str, edge: str, rounding: float, heavy: bool = False
) -> None:
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch(
            (item.x, item.y),
            item.width,
            item.height,
            boxstyle=f"round,pad=0,rounding_size={rounding}",
            facecolor=fill,
            edgecolor=edge,
            linewidth=2.0 if heavy else 1.0,
            zorder=3,
        )
    )


def _text(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    size: float,
    colour: str,
    bold: bool = False,
    align: str = "left",
) -> None:
    axes.text(
        x,
        y,
        text,
        fontsize=size,
        color=colour,
        fontweight="bold" if bold else "normal",
        horizontalalignment=align,
        verticalalignment="center_baseline",
        parse_math=False,
        zorder=6,
    )
