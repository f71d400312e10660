"""The hand-out as a page of HTML and on paper: A4, at most two pages.

The letters are as large as two pages let them be. On paper the font is DejaVu Sans, which comes
with matplotlib and has every Vietnamese letter.
"""

from __future__ import annotations

import base64
import re
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ipv6lab.course.lesson import Lesson
from ipv6lab.course.speech import Speech
from ipv6lab.course.tasks import Block
from ipv6lab.reports.head import head
from ipv6lab.teaching.flow import Unit, units
from ipv6lab.teaching.sheet import Sheet, sheet
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

PAGES = 2
SIZES = (10.0, 9.0, 8.5, 8.0, 7.5, 7.0)  # of letters, in points
MARGIN = 13.0  # mm
WIDTH, HEIGHT = 210.0, 297.0  # of A4, in mm
PICTURE = 58.0  # the most that the picture is high, in mm
POINT = 25.4 / 72  # mm
FONTS = {
    ("DejaVu", ""): "DejaVuSans.ttf",
    ("DejaVu", "B"): "DejaVuSans-Bold.ttf",
    ("Mono", ""): "DejaVuSansMono.ttf",
}
INK, GREY, ACCENT = (27, 33, 40), (80, 91, 103), (31, 95, 168)
MADE = datetime(2026, 1, 1, tzinfo=UTC)  # the same texts give the same bytes
_BAR = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def require() -> None:
    """Raise LabError where what writes on paper is not installed."""
    if find_spec("fpdf") is None:
        checkout = Path(__file__).resolve().parents[3] / "tools" / "set-up"
        command = [sys.executable, "-m", "pip", "install", "ipv6lab[classroom]"]
        raise LabError(
            _(
                "Hand-outs on paper need {packages}; install them with {command}.",
                packages="fpdf2",
                command=shlex.join([str(checkout), "classroom"] if checkout.is_file() else command),
            )
        )


def pdf(lesson: Lesson, speech: Speech) -> bytes:
    """The hand-out of an exercise as the content of a PDF file."""
    return on_paper(sheet(lesson, speech))[0]


def on_paper(told: Sheet) -> tuple[bytes, float]:
    """A hand-out as PDF, and the size of its letters in points."""
    for size in SIZES:
        paper = _Paper(told, size)
        if paper.pages <= PAGES:
            break
    return paper.octets, size


class _Paper:
    """A hand-out with letters of one size."""

    def __init__(self, told: Sheet, size: float) -> None:
        import matplotlib
        from fpdf import FPDF

        self._size, self._line = size, size * POINT * 1.25
        made: Any = FPDF(format="A4")
        self._made = made
        fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        for (family, style), name in FONTS.items():
            made.add_font(family, style, fonts / name)
        made.set_title(told.title)
        made.set_lang(told.language)
        made.set_creator("ipv6lab")
        made.set_creation_date(MADE)
        made.set_margins(MARGIN, MARGIN)
        made.set_auto_page_break(True, MARGIN)
        made.add_page()
        self._say(told.title, "B", size * 1.7, ACCENT)
        self._say(told.about, "", size, GREY)
        self._picture(told.picture)
        for heading, blocks in told.parts:
            self._part(heading, blocks)
        self.pages = int(made.pages_count)
        self.octets = bytes(made.output())

    def _picture(self, png: bytes) -> None:
        import io

        made = self._made
        made.ln(1)
        made.image(
            io.BytesIO(png), x=MARGIN, w=WIDTH - 2 * MARGIN, h=PICTURE, keep_aspect_ratio=True
        )

    def _part(self, heading: str, blocks: Sequence[Block]) -> None:
        if heading:
            self._made.ln(self._line * 0.5)
            if self._made.will_page_break(self._line * 4):  # a heading is not left alone
                self._made.add_page()
            self._say(heading, "B", self._size * 1.2, ACCENT)
        rows: list[Unit] = []
        for unit in units(blocks):
            if rows and (unit.kind != "row" or unit.head != rows[0].head):
                self._table(rows)
                rows = []
            if unit.kind == "row":
                rows.append(unit)
            elif unit.kind == "code":
                self._code(unit.text)
            elif unit.kind == "item":
                self._item(unit.text)
            else:
                self._say(unit.text)
        if rows:
            self._table(rows)

    def _say(
        self,
        text: str,
        style: str = "",
        size: float | None = None,
        ink: tuple[int, int, int] = INK,
        indent: float = 0.0,
    ) -> None:
        size = size or self._size
        self._made.set_font("DejaVu", style, size)
        self._made.set_text_color(*ink)
        self._made.set_x(MARGIN + indent)
        plain = _plain(text)
        self._made.multi_cell(
            0, size * POINT * 1.25, plain, align="LEFT", new_x="LMARGIN", new_y="NEXT"
        )
        self._made.ln(self._line * 0.2)

    def _item(self, text: str) -> None:
        for line in text.splitlines():
            deeper = 4.0 if line.startswith(" ") else 0.0
            mark, _blank, rest = line.strip().partition(" ")
            top = self._made.get_y()
            if self._made.will_page_break(self._line):
                self._made.add_page()
                top = self._made.get_y()
            self._made.set_font("DejaVu", "", self._size)
            self._made.set_text_color(*INK)
            self._made.set_xy(MARGIN + deeper, top)
            self._made.cell(6, self._line, "•" if mark in ("-", "*") else mark)
            self._made.set_y(top)
            self._say(rest, indent=6 + deeper)

    def _code(self, text: str) -> None:
        self._made.set_font("Mono", "", self._size * 0.85)
        self._made.set_text_color(*INK)
        lines = text.splitlines()[1:-1]
        self._made.multi_cell(
            0, self._line * 0.9, "\n".join(lines), align="LEFT", new_x="LMARGIN", new_y="NEXT"
        )
        self._made.ln(self._line * 0.2)

    def _table(self, rows: Sequence[Unit]) -> None:
        from fpdf.fonts import FontFace

        first, *_rule = rows[0].head.splitlines()
        cells = [_cells(first), *(_cells(row.text) for row in rows)]
        columns = len(cells[0])
        cells = [[*row, *[""] * columns][:columns] for row in cells]
        wide = [max(len(row[at]) for row in cells) for at in range(columns)]
        self._made.set_font("DejaVu", "", self._size * 0.9)
        self._made.set_text_color(*INK)
        with self._made.table(
            col_widths=tuple(min(60, max(8, one)) for one in wide),
            text_align="LEFT",
            headings_style=FontFace(emphasis="BOLD", fill_color=(240, 243, 246)),
            line_height=self._line * 0.9,
            padding=(0.25, 1),
        ) as table:
            for row in cells:
                made = table.row()
                for cell in row:
                    made.cell(cell)
        self._made.ln(self._line * 0.3)


def _cells(row: str) -> list[str]:
    inside = row.strip().removeprefix("|").removesuffix("|")
    return [_plain(one.strip()).replace("\\|", "|") for one in _BAR.split(inside)]


def _plain(text: str) -> str:
    """Markdown as it is read aloud."""
    return _LINK.sub(r"\1", text).replace("**", "").replace("`", "").replace("\n", " ")


STYLE = """
@page{size:A4;margin:13mm}
body{margin:0 auto;max-width:184mm;color:#1b2128;background:#fff;line-height:1.25;
 font-family:"DejaVu Sans",Verdana,"Noto Sans","Segoe UI",sans-serif}
h1{font-size:1.6em;margin:0;color:#1f5fa8}
h2{font-size:1.15em;margin:.5em 0 .2em;color:#1f5fa8;break-after:avoid}
p,ul,ol,table,pre{margin:0 0 .25em}
ul,ol{padding-left:1.6em}
.about{color:#505b67}
code,pre{font-family:"DejaVu Sans Mono",Consolas,monospace;font-size:.9em;overflow-wrap:anywhere}
img{display:block;margin:.3em auto;max-width:100%;max-height:55mm}
table{border-collapse:collapse;width:100%;font-size:.88em}
th,td{text-align:left;vertical-align:top;padding:.05em .5em;border-bottom:1px solid #d5dbe1}
tr{break-inside:avoid}
@media screen{body{padding:8mm}}
"""


def html(lesson: Lesson, speech: Speech) -> str:
    """The hand-out of an exercise as one HTML page, for a screen and for a browser's printer."""
    told = sheet(lesson, speech)
    return as_html(told, on_paper(told)[1])


def as_html(told: Sheet, size: float) -> str:
    """A hand-out with letters of a size in points; a browser sets them a little wider."""
    from markdown_it import MarkdownIt

    read = MarkdownIt("commonmark", {"html": False}).enable("table")
    parts = []
    for heading, blocks in told.parts:
        title = f"<h2>{escape(heading)}</h2>\n" if heading else ""
        parts.append(title + read.render("\n\n".join(one.text for one in blocks)))
    drawn = base64.b64encode(told.picture).decode()
    rules = STYLE + f"body{{font-size:{size - 0.5}pt}}"
    return f"""{head(told.title, told.language, rules)}
<body>
<h1>{escape(told.title)}</h1>
<p class="about">{escape(told.about)}</p>
<img alt="" src="data:image/png;base64,{drawn}">
{"".join(parts)}
</body>
</html>
"""
