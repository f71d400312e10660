"""Whose a seat is, and how a name is written wherever marks are shown."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from ipv6lab.classroom.folder import Class, read_json
from ipv6lab.course.languages import LANGUAGES
from ipv6lab.words.shown import shown

BOARD = "board.json"


@dataclass(frozen=True, order=True)
class Holder:
    """Who has a seat. Two of one name are two people: their seats differ."""

    seat: int
    name: str
    group: str = ""
    language: str = "en"


def plain_text(text: object) -> str:
    r"""A text of somebody's as one line: composed (NFC), and nothing in it steers what shows it.

    >>> plain_text("Nguye\u0302\u0303n\n\u202e")
    'Nguyễn \\u202e'
    """
    lines = unicodedata.normalize("NFC", str(text)).split()
    return shown(" ".join(lines))


def holders(found: Class) -> dict[int, Holder]:
    """Everybody of the class by seat, those among them who joined with laptops."""
    known = {
        number: Holder(number, plain_text(one.name), plain_text(one.group), one.language)
        for number, one in found.seats.items()
    }
    for number, told in _laptops(found).items():
        language = str(told.get("language"))
        known[number] = Holder(
            number,
            plain_text(told.get("name", "")),
            "",
            language if language in LANGUAGES else found.language,
        )
    return known


def self_reported(found: Class) -> dict[int, dict[str, int]]:
    """The points that each seat's own session told the board, by exercise."""
    return {
        seat: {
            str(name): points
            for name, points in _table(told.get("scores")).items()
            if type(points) is int
        }
        for seat, told in _numbered(_board(found).get("seats")).items()
    }


def _board(found: Class) -> dict[str, Any]:
    return read_json(found.room / BOARD)


def _laptops(found: Class) -> dict[int, dict[str, Any]]:
    return _numbered(_board(found).get("laptops"))


def _numbered(value: object) -> dict[int, dict[str, Any]]:
    return {
        int(number): told
        for number, told in _table(value).items()
        if str(number).isdecimal() and isinstance(told, dict)
    }


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
