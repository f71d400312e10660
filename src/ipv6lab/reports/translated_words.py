"""The two forms of translated packets in words: for terminals, and the twin of their drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ipv6lab.addresses.text import written
from ipv6lab.reports import say as words
from ipv6lab.reports.say import Translate
from ipv6lab.reports.terminal_tables import Column, Grid, plain
from ipv6lab.reports.translated import Pair, Pairs, Whole
from ipv6lab.reports.translated_fields import (
    MEANINGS,
    NOTHING,
    ODD,
    RULE,
    SAME,
    SIGNS,
    Row,
    name,
    rows,
)
from ipv6lab.words.message import Message, _

MOST_ALONE = 50  # packets without another form that are told


def title(number: int, pair: Pair, tr: Translate, lang: str) -> str:
    """What the pair is, in a line."""
    later = words.number((pair.second.time - pair.first.time) * 1000, lang, 1)
    told = tr(
        _(
            "{number}. {what}: {first} became {second} after {time} ms",
            number=number,
            what=name(pair.first.told),
            first=f"IPv{pair.first.version}",
            second=f"IPv{pair.second.version}",
            time=later,
        )
    )
    differs = sum(row.how == ODD for row in rows(pair))
    if differs:
        told += ", " + tr(_("fields that are not as RFC 7915 has them: {count}", count=differs))
    return told


def reason(row: Row, tr: Translate) -> str:
    """Why the two values are as they are; empty where their sign says it all."""
    return tr(row.why) if row.why or row.how in (SAME, RULE) else tr(MEANINGS[row.how])


def field(row: Row, side: int, tr: Translate) -> str:
    """A field's name on one side (0: IPv6); in a quoted packet it says so."""
    told = row.names[side]
    if told == NOTHING:
        return ""
    return tr(_("quoted: {field}", field=told)) if row.quoted else told


def table(pair: Pair, tr: Translate, cells: int | None = None) -> str:
    """All fields, side by side, at most so many cells wide."""
    grid = Grid(
        [
            Column("IPv6", flexible=True),
            Column("", flexible=True),
            Column(""),
            Column("IPv4", flexible=True),
            Column("", flexible=True),
            Column("", flexible=True),
        ]
    )
    for row in rows(pair):
        grid.add(
            field(row, 0, tr),
            row.values[0],
            SIGNS[row.how],
            field(row, 1, tr),
            row.values[1],
            reason(row, tr),
        )
    return plain(grid, cells)


def between(whole: Whole) -> str:
    """A packet's addresses and what it is."""
    told = whole.told
    return f"IPv{told.version} {written(told.source)} → {written(told.destination)}, {name(told)}"


def alone(whole: Whole, tr: Translate) -> str:
    """A packet without another form, in a line."""
    if whole.told.icmp and len(whole.pieces) > 1:
        return tr(
            _(
                "Packet {number}, {packet}: ICMP in pieces is not translated (RFC 7915 §1.2).",
                number=whole.frames[0] + 1,
                packet=between(whole),
            )
        )
    return tr(
        _(
            "Packet {number}, {packet}: its other form was not seen here.",
            number=whole.frames[0] + 1,
            packet=between(whole),
        )
    )


def all_alone(pairs: Pairs, tr: Translate) -> Iterator[str]:
    """The packets that have no other form, one a line."""
    left = pairs.alone()
    for whole in left[:MOST_ALONE]:
        yield alone(whole, tr)
    if len(left) > MOST_ALONE:
        yield tr(_("{count} packets more", count=len(left) - MOST_ALONE))


def key(shown: Sequence[Pair], tr: Translate) -> str:
    """What the signs between the two sides mean, those that are used."""
    used = {row.how for pair in shown for row in rows(pair)}
    return "   ".join(
        f"{SIGNS[how]} {tr(meaning)}" for how, meaning in MEANINGS.items() if how in used
    )


def of_a_step(pairs: Pairs, frames: Sequence[int]) -> list[Message]:
    """What a step of a ladder says of the other form of its packets, if they have or miss one."""
    pair = pairs.of(frames)
    if pair is None:
        return [_("its other form is not seen here")] if pairs.is_alone(frames) else []
    other = pair.six if pair.four.frames[0] in frames else pair.four
    told = f"IPv{other.version} {written(other.told.source)} → {written(other.told.destination)}"
    if pair.second is other:
        return [_("becomes {packet}", packet=told)]
    return [_("was {packet}", packet=told)]
