"""Translated packets on a page or in a cell: each pair drawn, with its twin in words to unfold."""

from __future__ import annotations

from html import escape

from ipv6lab.reports.say import Translate
from ipv6lab.reports.translated import Pair, Pairs
from ipv6lab.reports.translated_fields import SIGNS, rows
from ipv6lab.reports.translated_svg import drawing
from ipv6lab.reports.translated_words import all_alone, field, key, reason, table, title
from ipv6lab.words.message import _

MOST = 40  # pairs that are drawn


def heading(tr: Translate) -> str:
    return tr(_("Translated packets, both forms side by side"))


def section(pairs: Pairs, identity: str, tr: Translate, lang: str) -> str:
    """What was translated, as HTML; nothing where nothing was."""
    lonely = "".join(f"<li>{escape(line)}</li>" for line in all_alone(pairs, tr))
    if not pairs.pairs and not lonely:
        return ""
    shown = pairs.pairs[:MOST]
    items = "".join(
        _pair(number, pair, f"{identity}-pair-{number}", tr, lang)
        for number, pair in enumerate(shown, 1)
    )
    signs = f"<p>{escape(key(shown, tr))}</p>" if shown else ""
    if len(pairs.pairs) > MOST:
        more = tr(_("{count} packets more", count=len(pairs.pairs) - MOST))
        items += f"<p>{escape(more)}</p>"
    if lonely:
        told = tr(_("Without another form here"))
        items += (
            f'<details class="words" data-key="{identity}-alone"><summary>{escape(told)}</summary>'
            f"<ul>{lonely}</ul></details>"
        )
    return signs + items


def text(pairs: Pairs, tr: Translate, lang: str) -> list[str]:
    """The same as lines of text."""
    lines: list[str] = []
    shown = pairs.pairs[:MOST]
    for number, pair in enumerate(shown, 1):
        lines += ["", title(number, pair, tr, lang), *table(pair, tr).splitlines()]
    if shown:
        lines += ["", key(shown, tr)]
    if len(pairs.pairs) > MOST:
        lines.append(tr(_("{count} packets more", count=len(pairs.pairs) - MOST)))
    lines += all_alone(pairs, tr)
    return lines


def _pair(number: int, pair: Pair, identity: str, tr: Translate, lang: str) -> str:
    told = title(number, pair, tr, lang)
    picture = drawing(pair, identity, told, tr)
    cells = "".join(
        f'<tr><th scope="row">{escape(field(row, 0, tr))}</th><td>{escape(row.values[0])}</td>'
        f"<td>{SIGNS[row.how]}</td><td>{escape(field(row, 1, tr))}</td>"
        f"<td>{escape(row.values[1])}</td><td>{escape(reason(row, tr))}</td></tr>"
        for row in rows(pair)
    )
    return (
        f'<details class="step" data-key="{identity}"><summary>{escape(told)}</summary>'
        f'<figure><div class="scroll" tabindex="0" role="region" aria-label="{escape(told)}">'
        f'{picture}</div></figure><details class="words"><summary>'
        f"{escape(tr(_('The same in words')))}</summary>"
        f'<table class="facts"><thead><tr><th colspan="2">IPv6</th><th></th>'
        f'<th colspan="2">IPv4</th><th></th></tr></thead><tbody>{cells}</tbody></table>'
        "</details></details>"
    )
