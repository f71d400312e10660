"""A document of headings, lines and tables: the same as an HTML page and on paper.

Everything in it is text. The page has no script and asks for nothing; the paper carries its fonts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ipv6lab.classroom.board import page
from ipv6lab.classroom.gradebook.people import plain_text
from ipv6lab.reports.head import head

STYLE = """
:root{color-scheme:light}
body{margin:0 auto;max-width:62rem;padding:1.5rem;color:#1b2128;background:#fff;
 font:16px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
h1{font-size:1.6rem;margin:0 0 .25rem}
h2{font-size:1.15rem;margin:1.75rem 0 .5rem;border-bottom:2px solid #1f5fa8;padding-bottom:.2rem}
p{margin:.25rem 0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{border:1px solid #b9c2cb;padding:.25rem .5rem;text-align:left;vertical-align:top}
th{background:#f0f3f6}
.center{text-align:center}
.muted{color:#505b67}
@media print{body{padding:0}h2{break-after:avoid}tr{break-inside:avoid}}
"""


@dataclass(frozen=True)
class Table:
    """Rows of texts under their heads; `wide` are how wide the columns are to each other."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    wide: Sequence[int] = ()


@dataclass(frozen=True)
class Section:
    """A heading, lines below it, and perhaps a table."""

    title: str
    lines: Sequence[str] = ()
    table: Table | None = None


@dataclass(frozen=True)
class Document:
    """What is said, in a language. A `centred` one is a single sheet."""

    title: str
    language: str
    lines: Sequence[str] = ()
    sections: Sequence[Section] = field(default_factory=tuple)
    foot: str = ""
    centred: bool = False


def html(told: Document) -> str:
    """The page; all text in it is escaped."""
    body = page.render("document.html", told=told, text=plain_text)
    return head(plain_text(told.title), told.language, STYLE) + "\n" + body + "\n"
