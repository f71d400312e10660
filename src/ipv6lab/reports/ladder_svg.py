"""The ladder as SVG: lifelines, arrows, tunnels as pipes around them, the words beside them.

Colours are the page's variables, so one drawing serves light and dark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from ipv6lab.reports import say as words
from ipv6lab.reports.cells import width, wrap
from ipv6lab.reports.ladder import Step, Tunnel
from ipv6lab.reports.ladder_names import Names, Party, label
from ipv6lab.reports.say import Translate
from ipv6lab.words.message import _

TIME = 70  # width of the column of times
LANE = (112, 190)  # least and largest distance between lifelines
LETTER = 7.6  # width of a letter of a name, in the mean
WORDS = 64  # letters in a line of words
WORD = 7.6  # width of such a letter, in the mean
TEXT = 18  # height of a line of words
HEAD = 46
GAP = 16  # between two steps
PIPE = 9  # half the height of the innermost pipe; each one around it is as much thicker
TIP = 8  # of an arrow


def drawing(
    steps: Sequence[Step],
    identity: str,
    title: str,
    names: Names,
    tr: Translate,
    lang: str,
    start: float,
    leads_to: Callable[[int], str] | None = None,
) -> str:
    """An ``<svg>`` element for a page with the variables of `ladder_page`.

    `leads_to` gives the id of the element that has more of a step, by its place among them.
    """
    lifelines = _lifelines(steps, names)
    shown = {one: _short(label(one, tr)) for one in lifelines}
    longest = max((width(text) for text in shown.values()), default=0)
    lane = min(LANE[1], max(LANE[0], longest * LETTER + 34))
    places = {one: TIME + lane / 2 + index * lane for index, one in enumerate(lifelines)}
    beside = TIME + lane * len(lifelines) + 8
    whole = beside + WORDS * WORD
    rows, height = [], float(HEAD)
    for index, step in enumerate(steps):
        row, tall = _row(step, index, height, places, beside, tr, lang, start)
        if leads_to is not None:
            row = row[0], _linked(row[1], leads_to(index), step, whole, height, tall)
        rows.append(row)
        height += tall
    height += 10
    several = ("all", "others")
    lines = "".join(
        f'<line class="line{" all" if one.kind in several else ""}" x1="{x:.0f}" x2="{x:.0f}" '
        f'y1="{HEAD - 8}" y2="{height:.0f}"/>'
        for one, x in places.items()
    )
    stripes = "".join(row[0] for row in rows)
    contents = "".join(row[1] for row in rows)
    heads = "".join(_head(shown[one], x, lane) for one, x in places.items())
    told = tr(
        _(
            "{count} steps between {names}; the same in words stands below.",
            count=len(steps),
            names=", ".join(shown.values()),
        )
    )
    role = "img" if leads_to is None else "group"  # an image has nothing to go to in it
    return (
        f'<svg class="ladder" xmlns="http://www.w3.org/2000/svg" role="{role}" '
        f'aria-labelledby="{identity}-title {identity}-desc" '
        f'viewBox="0 0 {whole:.0f} {height:.0f}" '
        f'style="max-width:{whole:.0f}px;min-width:{whole * 0.7:.0f}px">'
        f'<title id="{identity}-title">{escape(title)}</title>'
        f'<desc id="{identity}-desc">{escape(told)}</desc>'
        f"{stripes}{lines}{heads}{contents}</svg>"
    )


def _linked(row: str, goal: str, step: Step, wide: float, top: float, tall: float) -> str:
    """A row that leads to its packets, wherever on it one points."""
    return (
        f'<a href="#{escape(goal)}" data-opens="{escape(goal)}" aria-label="{escape(step.title)}">'
        f'<rect class="hit" x="0" y="{top:.1f}" width="{wide:.0f}" height="{tall:.1f}" rx="4"/>'
        f"{row}</a>"
    )


def _lifelines(steps: Sequence[Step], names: Names) -> list[Party]:
    found: dict[Party, None] = {}
    for step in steps:
        parties = [step.source, step.reached, step.target]
        for tunnel in step.tunnels:
            parties += [tunnel.source, tunnel.target]
        found |= dict.fromkeys(parties)
    return sorted(found, key=names.place)


def _head(name: str, x: float, lane: float) -> str:
    wide = min(lane - 10, max(56.0, width(name) * LETTER + 20))
    return (
        f'<rect class="who" x="{x - wide / 2:.1f}" y="8" width="{wide:.1f}" height="30" rx="8"/>'
        f'<text class="name" x="{x:.1f}" y="28" text-anchor="middle">{escape(name)}</text>'
    )


def _row(
    step: Step,
    index: int,
    top: float,
    places: dict[Party, float],
    beside: float,
    tr: Translate,
    lang: str,
    start: float,
) -> tuple[tuple[str, str], float]:
    """A step's stripe and contents, and its height."""
    details = ", ".join(tr(detail) for detail in step.all_details)
    lines = wrap(details, WORDS) if details else []
    pipes = len(step.tunnels)
    tall = GAP + max((1 + len(lines)) * TEXT, 2 * PIPE * pipes + (14 if pipes else 0) + 12)
    middle = top + tall / 2
    colour = f"var(--of-{step.about})"
    stripe = ""
    if index % 2 == 0:
        stripe = (
            f'<rect class="stripe" x="0" y="{top:.1f}" width="100%" height="{tall:.1f}" rx="4"/>'
        )
    time = words.number(step.time - start, lang, 3)
    parts = [
        f'<text class="time" x="{TIME - 12}" y="{middle + 4:.1f}" text-anchor="end">'
        f"{escape(time)}</text>"
    ]
    for depth, tunnel in enumerate(step.tunnels):
        parts.append(_pipe(tunnel, pipes - depth, middle, places))
    parts.append(_arrow(places[step.source], places[step.reached], middle, colour))
    if step.ends_at is not None:
        parts.append(_end(places[step.ends_at], places[step.target], middle))
    for one, x in places.items():
        if one.name in step.via and one not in (step.source, step.reached):
            parts.append(
                f'<circle class="via" cx="{x:.1f}" cy="{middle:.1f}" r="4.5" stroke="{colour}"/>'
            )
    base = middle - (len(lines) * TEXT) / 2 + 5
    parts.append(
        f'<text class="said" x="{beside:.0f}" y="{base:.1f}" fill="{colour}">'
        f"{escape(step.title)}</text>"
    )
    for number, line in enumerate(lines, start=1):
        parts.append(
            f'<text class="detail" x="{beside:.0f}" y="{base + number * TEXT:.1f}">'
            f"{escape(line)}</text>"
        )
    return (stripe, f"<g>{''.join(parts)}</g>"), tall


def _arrow(source: float, target: float, y: float, colour: str) -> str:
    if source == target:
        path = f"M{source + 2:.1f} {y - 6:.1f}h22v12h-16"
        return (
            f'<path class="arrow" d="{path}" stroke="{colour}"/>'
            f'<path d="M{source + 2:.1f} {y + 6:.1f}l{TIP} -4v8z" fill="{colour}"/>'
        )
    way = 1 if target > source else -1
    tip = target - way * 2
    return (
        f'<circle cx="{source:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'
        f'<line class="arrow" x1="{source:.1f}" x2="{tip - way * TIP:.1f}" y1="{y:.1f}" '
        f'y2="{y:.1f}" stroke="{colour}"/>'
        f'<path d="M{tip:.1f} {y:.1f}l{-way * (TIP + 2)} -4.5v9z" fill="{colour}"/>'
    )


def _end(x: float, target: float, y: float) -> str:
    """A cross where a packet ended, and a dotted line to where it was to go."""
    arm = 6
    return (
        f'<line class="missed" x1="{x:.1f}" x2="{target:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<path class="ended" d="M{x - arm:.1f} {y - arm:.1f}l{2 * arm} {2 * arm}'
        f'm0 {-2 * arm}l{-2 * arm} {2 * arm}"/>'
    )


def _pipe(tunnel: Tunnel, depth: int, y: float, places: dict[Party, float]) -> str:
    left, right = sorted((places[tunnel.source], places[tunnel.target]))
    half = PIPE * depth
    # The names of a pipe and of the one around it stand at its two ends.
    side, anchor = (left + 14, "start") if depth % 2 else (right - 14, "end")
    return (
        f'<rect class="pipe" x="{left + 5:.1f}" y="{y - half:.1f}" '
        f'width="{max(10.0, right - left - 10):.1f}" height="{2 * half}" rx="{half}"/>'
        f'<text class="pipename" x="{side:.1f}" y="{y - half - 3:.1f}" text-anchor="{anchor}">'
        f"{escape(tunnel.name)}</text>"
    )


def _short(name: str) -> str:
    """Of an address too long for its lane, both ends."""
    return name if width(name) <= 22 else f"{name[:10]}…{name[-10:]}"
