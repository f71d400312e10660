"""A document on paper: PDF, A4, without any library of the system's.

The font is DejaVu Sans, which comes with matplotlib: free, with all letters of Vietnamese, and
embedded as far as it is used. A letter that it does not have is written as its number.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ipv6lab.classroom.gradebook.documents import Document, Section
from ipv6lab.classroom.gradebook.people import plain_text

FONT = "DejaVu"
FONTS = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
MARGIN = 18  # mm
LINE = 5.2  # mm
SIZE = 10  # points
BIG = 17
WIDE = 9  # columns from which a page lies on its side
INK = (27, 33, 40)
GREY = (80, 91, 103)


def pdf(told: Document, at: str) -> bytes:
    """The document as the content of a PDF file, written at a time (ISO 8601).

    The same document and time give the same bytes.
    """
    return _Paper(told).write(datetime.fromisoformat(at))


def fonts() -> Path:
    """Where the fonts lie; matplotlib itself takes longer to import than a report to write."""
    found = find_spec("matplotlib")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"


class _Paper:
    def __init__(self, told: Document) -> None:
        from fpdf import FPDF

        tables = [one.table for one in told.sections if one.table]
        wide = max((len(table.head) for table in tables), default=0) >= WIDE
        self._told = told
        self._made: Any = FPDF("landscape" if wide else "portrait", format="A4")
        for style, name in FONTS.items():
            self._made.add_font(FONT, style, fonts() / name)
        self._letters = _letters(self._made)

    def write(self, at: datetime) -> bytes:
        made, told = self._made, self._told
        made.set_title(plain_text(told.title))
        made.set_lang(told.language)
        made.set_creator("ipv6lab")
        made.set_creation_date(at)
        made.set_margins(MARGIN, MARGIN)
        made.set_auto_page_break(True, MARGIN)
        made.add_page()
        if told.centred:
            made.set_y(MARGIN * 2)
        self._say([told.title], "B", BIG)
        self._say(told.lines)
        for one in told.sections:
            self._section(one)
        made.ln(LINE)
        self._say([told.foot], size=SIZE - 2, ink=GREY)
        return bytes(made.output())

    def _section(self, one: Section) -> None:
        made = self._made
        made.ln(LINE)
        if made.will_page_break(4 * LINE):  # a heading is not left alone
            made.add_page()
        self._say([one.title], "B", SIZE + 2)
        self._say(one.lines)
        if one.table is None or not one.table.rows:
            return
        from fpdf.fonts import FontFace

        made.set_font(FONT, "", SIZE - 2)
        widths = tuple(one.table.wide) or None
        made.ln(LINE / 4)
        with made.table(
            col_widths=widths,
            text_align="LEFT",
            headings_style=FontFace(emphasis="BOLD", fill_color=(240, 243, 246)),
            line_height=LINE - 1,
            padding=1,
        ) as table:
            for cells in (one.table.head, *one.table.rows):
                row = table.row()
                for cell in cells:
                    row.cell(self._text(cell))

    def _say(
        self,
        lines: Sequence[str],
        style: str = "",
        size: int = SIZE,
        ink: tuple[int, int, int] = INK,
    ) -> None:
        self._made.set_font(FONT, style, size)
        self._made.set_text_color(*ink)
        for line in lines:
            if text := self._text(line):
                height = LINE * size / SIZE
                self._made.multi_cell(
                    0,
                    height,
                    text,
                    align="CENTER" if self._told.centred else "LEFT",
                    new_x="LMARGIN",
                    new_y="NEXT",
                )
        self._made.set_text_color(*INK)

    def _text(self, text: str) -> str:
        return "".join(
            one if ord(one) in self._letters or one == " " else f"\\u{ord(one):04x}"
            for one in plain_text(text)
        )


def _letters(made: Any) -> Container[int]:
    """What the font has."""
    found: Container[int] = made.fonts[FONT.lower()].cmap
    return found
