"""The page of cards to print: for each seat the address, its QR code, seat and PIN."""

from __future__ import annotations

import io

from ipv6lab.classroom.board import page
from ipv6lab.classroom.folder import Class, write_private
from ipv6lab.words.message import _

WORDS = {
    "seat": _("Seat"),
    "pin": _("PIN"),
    "open": _("Open this address, or scan the code:"),
    "once": _("Your browser warns you once; the page explains why."),
    "own": _("This card is yours: who has its PIN is you."),
}


def write(found: Class, url: str) -> None:
    """Write ``cards.html`` for the address at which the room will be found. Raises LabError."""
    cards = []
    for number, seat in sorted(found.seats.items()):
        # Plain HTTP first: the page there explains what the browser is about to say.
        goal = f"{url}/#seat={number}"
        cards.append(
            {
                "number": number,
                "name": seat.name,
                "group": seat.group,
                "pin": f"{seat.pin[:3]} {seat.pin[3:]}",
                "qr": code(goal),
                "lang": seat.language,
                "said": page.words(WORDS, seat.language),
            }
        )
    text = page.render("cards.html", title=found.title, lang=found.language, url=url, cards=cards)
    write_private(found.cards, text)


def code(text: str) -> str:
    """A QR code as SVG path data on a grid of unit squares, and its width: ``"41 M…"``."""
    import segno

    made = segno.make(text, error="m", micro=False)
    squares = io.StringIO()
    for y, row in enumerate(made.matrix):
        for x, dark in enumerate(row):
            if dark:
                squares.write(f"M{x} {y}h1v1h-1z")
    return f"{len(made.matrix)} {squares.getvalue()}"
