"""Plots of measurements: shares, races, path MTU. Each has its twin in words.

Drawn once, in colours that are the page's own, so that one plot serves light and dark.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree

from ipv6lab.course.speech import Speech
from ipv6lab.notebook.views.widget import identity, still
from ipv6lab.reports.picture import FONT
from ipv6lab.reports.say import number
from ipv6lab.reports.svg import FALLBACKS, NAMESPACE
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCH = 0.42  # height of a bar with its gap
WIDTH = 7.2  # inches
# Colours that stand for the page's variables; no plot has them otherwise.
STANDINS = {
    "#0a0b01": "--ink",
    "#0a0b02": "--muted",
    "#0a0b03": "--rule",
    "#0a0b04": "--of-names",
    "#0a0b05": "--of-error",
    "#0a0b06": "--of-echo",
}
INK, MUTED, RULE, MARK, BAD, GOOD = STANDINS


class Plot:
    """A plot for a cell's output: a figure where pages are shown, words elsewhere."""

    def __init__(self, svg: str, title: str, words: str, lang: str) -> None:
        self._svg, self._title, self.words, self._lang = svg, title, words, lang

    def __repr__(self) -> str:
        return self.words

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        html = (
            f'<figure class="plot"><div class="scroll" tabindex="0" role="region" '
            f'aria-label="{escape(self._title)}">{self._svg}</div></figure>'
            f'<details class="words"><summary>{escape(self._title)}</summary>'
            f"<pre>{escape(self.words)}</pre></details>"
        )
        return {"text/html": still(html, self._lang), "text/plain": self.words}


class Span(NamedTuple):
    """One runner of a race: from when to when, in seconds; `won` when it is the one that counts."""

    name: str
    start: float
    end: float
    won: bool = False


def shares(title: str, parts: Mapping[str, float], said: Speech) -> Plot:
    """How a whole divides: a bar for each part, with its number and its share of all."""
    whole = sum(parts.values())
    if not whole:
        raise LabError(_("There is nothing to draw: every part is 0."))
    told = {
        name: f"{number(value, said.language, 0)} ({number(100 * value / whole, said.language)} %)"
        for name, value in parts.items()
    }

    def draw(axes: Axes) -> None:
        names = list(parts)
        axes.barh(names, [parts[name] for name in names], color=MARK, height=0.6)
        for place, name in enumerate(names):
            axes.annotate(
                told[name],
                (parts[name], place),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                color=INK,
            )
        axes.set_xlim(0, max(parts.values()) * 1.35)
        axes.invert_yaxis()
        axes.xaxis.set_visible(False)

    return _plot(title, [f"{name}: {one}" for name, one in told.items()], len(parts), draw, said)


def race(title: str, spans: Sequence[Span], said: Speech) -> Plot:
    """Who ran when: a bar from start to end for each, the winner with a sign."""
    if not spans:
        raise LabError(_("There is nothing to draw: nobody runs."))
    zero = min(span.start for span in spans)

    def seconds(value: float) -> str:
        return said(_("{seconds} s", seconds=number(value, said.language, 3)))

    def label(span: Span) -> str:
        return f"★ {span.name}" if span.won else span.name

    def draw(axes: Axes) -> None:
        for place, span in enumerate(spans):
            axes.barh(
                place,
                span.end - span.start,
                left=span.start - zero,
                color=GOOD if span.won else MARK,
                height=0.55,
            )
            axes.annotate(
                seconds(span.end - span.start),
                (span.end - zero, place),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                color=INK,
            )
        axes.set_yticks(range(len(spans)), [label(span) for span in spans])
        axes.set_xlim(0, max(span.end - zero for span in spans) * 1.25 or 1)
        axes.invert_yaxis()
        axes.set_xlabel(said(_("seconds")), color=MUTED)

    told = [
        said(
            _(
                "{name}: from {start} to {end}",
                name=label(span),
                start=seconds(span.start - zero),
                end=seconds(span.end - zero),
            )
        )
        for span in spans
    ]
    return _plot(title, told, len(spans) + 1, draw, said)


def path_mtu(title: str, hops: Sequence[tuple[str, int]], said: Speech) -> Plot:
    """The MTU of each link of a path, in octets; the least, which the path has, with a sign."""
    if not hops:
        raise LabError(_("There is nothing to draw: the path has no links."))
    least = min(mtu for _name, mtu in hops)

    def label(name: str, mtu: int) -> str:
        return f"▼ {name}" if mtu == least else name

    def draw(axes: Axes) -> None:
        for place, (_name, mtu) in enumerate(hops):
            axes.barh(place, mtu, color=BAD if mtu == least else MARK, height=0.55)
            axes.annotate(
                str(mtu),
                (mtu, place),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                color=INK,
            )
        axes.set_yticks(range(len(hops)), [label(*hop) for hop in hops])
        axes.set_xlim(0, max(mtu for _name, mtu in hops) * 1.15)
        axes.axvline(least, color=BAD, linewidth=1, linestyle="--")
        axes.invert_yaxis()
        axes.set_xlabel(said(_("octets")), color=MUTED)

    told = [said(_("{link}: {mtu} octets", link=label(name, mtu), mtu=mtu)) for name, mtu in hops]
    told.append(said(_("The path carries packets of up to {mtu} octets.", mtu=least)))
    return _plot(title, told, len(hops) + 1, draw, said)


def _plot(
    title: str, told: Sequence[str], rows: int, draw: Callable[[Axes], None], said: Speech
) -> Plot:
    from ipv6lab.reports import caches

    caches.load_matplotlib()
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings: dict[Any, Any] = {
        "font.family": FONT,
        "font.size": 10,
        "svg.fonttype": "none",
        "svg.hashsalt": "ipv6lab",
        "text.parse_math": False,
    }
    buffer = io.BytesIO()
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(WIDTH, INCH * rows + 0.7), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes)
        axes.set_title(title, loc="left", color=INK, fontweight="bold", fontsize=11)
        axes.tick_params(colors=MUTED, length=0)
        for label in axes.get_yticklabels():
            label.set_color(INK)
        for side, spine in axes.spines.items():
            spine.set_visible(side == "left")
            spine.set_color(RULE)
        figure.savefig(
            buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    words = "\n".join([title, *(f"  {line}" for line in told)])
    return Plot(_themed(buffer.getvalue(), title, "; ".join(told)), title, words, said.language)


def _themed(drawn: bytes, title: str, description: str) -> str:
    """The figure with the page's colours, and with its title and description."""
    ElementTree.register_namespace("", NAMESPACE)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(drawn)
    for parent in list(root.iter()):
        for child in list(parent):
            # matplotlib's style sheet would reach out of the plot into the page.
            if child.tag in (f"{{{NAMESPACE}}}metadata", f"{{{NAMESPACE}}}style"):
                parent.remove(child)
    name = identity("plot")
    for position, (tag, content) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(f"{{{NAMESPACE}}}{tag}", {"id": f"{name}-{tag}"})
        element.text = content
        root.insert(position, element)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    root.set("style", "stroke-linejoin:round;stroke-linecap:butt;height:auto")
    text = ElementTree.tostring(root, encoding="unicode")
    for standin, variable in STANDINS.items():
        text = text.replace(standin, f"var({variable})")
    return re.sub(rf"'?{FONT}'?", f"'{FONT}', {FALLBACKS}", text)
