"""The share as a picture: the trend against the target, and by office."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipv6lab.reports import caches
from ipv6lab.reports.picture import FONT, LIGHT
from ipv6lab.reports.say import Translate
from ipv6lab.share.records import KINDS
from ipv6lab.share.sentences import SOURCES, TITLES
from ipv6lab.share.tally import MEASURES, Report, Source, Sums
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ENDINGS = ("png", "svg", "pdf")
# Told apart by shape too: not everybody sees the colours.
MARKS = {"bytes": ("o", "-"), "requests": ("s", "--"), "clients": ("^", ":")}
COLOURS = {"bytes": LIGHT.router_edge, "requests": LIGHT.passed, "clients": LIGHT.blocked}
MOST = 40  # months or offices in one picture; the table has all


def plot(report: Report, target: Path, tr: Translate, goal: float | None) -> None:
    """Draw into a file whose name ends in one of `ENDINGS`. Raises OSError.

    A row for each source: left its months, right its offices.
    """
    caches.load_matplotlib()
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings: dict[Any, Any] = {
        "font.family": FONT,
        "svg.fonttype": "none",
        "text.parse_math": False,
    }
    with matplotlib.rc_context(settings):
        sources = list(report.sources.values())
        drawn = Figure(figsize=(11, 4 * len(sources)), layout="constrained")
        FigureCanvasAgg(drawn)
        rows = drawn.subplots(len(sources), 2, squeeze=False)
        for source, (left, right) in zip(sources, rows, strict=True):
            _trend(left, source, tr, goal)
            _offices(right, source, tr, goal)
        drawn.savefig(target, format=target.suffix[1:].lower(), dpi=144)


def _used(source: Source) -> list[str]:
    return [one for one in MEASURES if any(source.all.of(one, kind) for kind in KINDS)]


def _trend(axes: Axes, source: Source, tr: Translate, goal: float | None) -> None:
    names = sorted(source.months)[-MOST:]
    sums: Mapping[str, Sums] = source.months
    if not names:  # counters have no time
        names, sums = [tr(_("all"))], {tr(_("all")): source.all}
    for one in _used(source):
        mark, line = MARKS[one]
        shares = [_value(sums[name].share(one)) for name in names]
        axes.plot(names, shares, line, marker=mark, color=COLOURS[one], label=tr(TITLES[one]))
    _frame(axes, f"{tr(SOURCES[source.name])}: {tr(_('Month'))}", tr, goal)


def _offices(axes: Axes, source: Source, tr: Translate, goal: float | None) -> None:
    names = sorted(source.offices)[:MOST] or [tr(_("all"))]
    sums: Mapping[str, Sums] = source.offices or {tr(_("all")): source.all}
    used = _used(source)
    height = 0.8 / max(1, len(used))
    for at, one in enumerate(used):
        shares = [_value(sums[name].share(one)) for name in names]
        places = [index + at * height for index in range(len(names))]
        axes.bar(places, shares, height, color=COLOURS[one], label=tr(TITLES[one]))
    axes.set_xticks(range(len(names)), names)
    _frame(axes, f"{tr(SOURCES[source.name])}: {tr(_('Office'))}", tr, goal)


def _value(share: float | None) -> float:
    return float("nan") if share is None else share


def _frame(axes: Axes, title: str, tr: Translate, goal: float | None) -> None:
    if goal is not None:
        axes.axhline(goal, color=LIGHT.failed, linestyle="-.", label=tr(_("Target")))
    axes.set_ylim(0, 105)
    axes.set_ylabel(tr(_("Share of IPv6")) + " (%)")
    axes.set_title(title)
    axes.tick_params(axis="x", labelrotation=45)
    axes.grid(True, axis="y", alpha=0.3)
    axes.legend()
