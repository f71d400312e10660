"""The two forms of a packet drawn: its fields in IPv6 to the left, in IPv4 to the right.

Colours are the variables of `ladder_page`, so one drawing serves light and dark; nothing is told by
colour alone.
"""

from __future__ import annotations

from html import escape

from ipv6lab.reports.cells import width, wrap
from ipv6lab.reports.say import Translate
from ipv6lab.reports.translated import Pair
from ipv6lab.reports.translated_fields import NOTHING, ODD, ONLY, RULE, SIGNS, STATE, Row, rows
from ipv6lab.reports.translated_words import reason
from ipv6lab.words.message import _

SIDE = 330  # width of a header's column
BETWEEN = 52
WORDS = 40  # letters of a reason in one line
WORD = 7.6  # width of such a letter, in the mean
LINE = 17
HEAD = 34
FIELD = 36  # least height of a field
LETTER = 7.0  # width of a letter of a value, in the mean
COLOURS = {RULE: "names", STATE: "web", ODD: "error", ONLY: "transport"}


def drawing(pair: Pair, identity: str, title: str, tr: Translate) -> str:
    """An ``<svg>`` element of a pair; its twin in words is `translated_words.table`."""
    whole = 2 * SIDE + BETWEEN + 16 + WORDS * WORD
    height, parts = float(HEAD), []
    inside = False
    for row in rows(pair):
        if row.quoted and not inside:
            inside = True
            told = tr(_("In the packet that the error quotes:"))
            parts.append(f'<text class="detail" x="0" y="{height + 20:.0f}">{escape(told)}</text>')
            height += 30
        drawn, tall = _field(row, height, tr)
        parts.append(drawn)
        height += tall
    first = 0 if pair.to_four else SIDE + BETWEEN
    came = tr(_("came first"))
    heads = "".join(
        f'<text class="name" x="{x:.0f}" y="20">{name}</text>'
        for name, x in (("IPv6", 4), ("IPv4", SIDE + BETWEEN + 4))
    )
    heads += f'<text class="time" x="{first + 46:.0f}" y="20">{escape(came)}</text>'
    told = tr(_("Both forms of one packet, field by field; the same in words stands below."))
    return (
        f'<svg class="ladder translated" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-labelledby="{identity}-title {identity}-desc" '
        f'viewBox="0 0 {whole:.0f} {height + 4:.0f}" '
        f'style="max-width:{whole:.0f}px;min-width:{whole * 0.7:.0f}px">'
        f'<title id="{identity}-title">{escape(title)}</title>'
        f'<desc id="{identity}-desc">{escape(told)}</desc>{heads}{"".join(parts)}</svg>'
    )


def _field(row: Row, top: float, tr: Translate) -> tuple[str, float]:
    """A field of both sides with what is between them, and its height."""
    values = [_broken(value) for value in row.values]
    lines = wrap(reason(row, tr), WORDS)
    tall = max(FIELD, LINE * (1 + max(map(len, values))) + 4, LINE * len(lines) + 8)
    colour = f"var(--of-{COLOURS.get(row.how, 'transport')})"
    parts = []
    for side, x in ((0, 0.0), (1, float(SIDE + BETWEEN))):
        if row.names[side] == NOTHING:
            continue
        parts.append(
            f'<rect class="who" x="{x + 0.5:.1f}" y="{top + 1:.1f}" width="{SIDE - 1}" '
            f'height="{tall - 2:.1f}" rx="3"/>'
            f'<text class="time" x="{x + 8:.1f}" y="{top + 14:.1f}">'
            f"{escape(row.names[side])}</text>"
        )
        for number, line in enumerate(values[side]):
            parts.append(
                f'<text class="detail" x="{x + 8:.1f}" y="{top + 14 + LINE * (number + 1):.1f}">'
                f"{escape(line)}</text>"
            )
    middle = top + tall / 2
    if NOTHING not in row.names:
        parts.append(
            f'<line class="arrow" x1="{SIDE}" x2="{SIDE + BETWEEN}" y1="{middle:.1f}" '
            f'y2="{middle:.1f}" stroke="{colour}"/>'
        )
    parts.append(
        f'<circle class="via" cx="{SIDE + BETWEEN / 2:.1f}" cy="{middle:.1f}" r="10" '
        f'stroke="{colour}"/><text class="said" x="{SIDE + BETWEEN / 2:.1f}" '
        f'y="{middle + 5:.1f}" text-anchor="middle" fill="{colour}">{SIGNS[row.how]}</text>'
    )
    base = middle - LINE * (len(lines) - 1) / 2 + 5
    for number, line in enumerate(lines):
        parts.append(
            f'<text class="detail" x="{2 * SIDE + BETWEEN + 14:.1f}" '
            f'y="{base + LINE * number:.1f}">{escape(line)}</text>'
        )
    return f"<g>{''.join(parts)}</g>", float(tall)


def _broken(value: str) -> list[str]:
    """A value in lines that fit into its column."""
    most = int((SIDE - 16) / LETTER)
    return [value] if width(value) <= most else wrap(value, most)
