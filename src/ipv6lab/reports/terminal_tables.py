"""Tables on a terminal with colours, and as aligned plain text everywhere else.

Plain when the output is no terminal, when ``NO_COLOR`` is set (https://no-color.org) or when the
terminal is a dumb one. rich is imported for a terminal only.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TextIO

from ipv6lab.reports.cells import WIDEST, flat, pad, width, wrap

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

GAP = 2
SLIM = 60  # below so many cells nothing is set in columns
NARROW = 84  # below so many cells a record is set in lines instead of columns
READABLE = 88  # cells of a flexible column where no terminal says how wide it is
LEAST = 16  # cells below which a flexible column is not squeezed


class Cell(NamedTuple):
    text: str
    style: str = ""  # of rich; nothing that the text does not say too


class Column(NamedTuple):
    title: str
    right: bool = False
    flexible: bool = False  # is broken into lines when the terminal is narrow


@dataclass
class Grid:
    """A table: what it is, its columns and rows."""

    columns: Sequence[Column]
    rows: list[list[Cell]] = field(default_factory=list)
    title: str = ""

    def add(self, *cells: Cell | str) -> None:
        self.rows.append([cell if isinstance(cell, Cell) else Cell(cell) for cell in cells])


class Terminal:
    """Where tables go, and what it can show."""

    def __init__(self, file: TextIO | None = None) -> None:
        self.file = file or sys.stdout
        self.tty = bool(getattr(self.file, "isatty", lambda: False)())
        self.colour = (
            self.tty and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )
        self.width = shutil.get_terminal_size().columns if self.tty else None

    @property
    def narrow(self) -> bool:
        return self.width is not None and self.width < NARROW

    @property
    def slim(self) -> bool:
        return self.width is not None and self.width < SLIM

    def show(self, *parts: Grid | Cell | str) -> None:
        """Print tables and lines, one below the other."""
        for part in parts:
            if self.colour:
                self.console().print(rich_form(part, self.width))
            elif isinstance(part, Grid):
                print(plain(part, self.width), file=self.file)
            else:
                text = flat(part.text if isinstance(part, Cell) else part)
                for line in wrap(text, self.width) if self.width else text.split("\n"):
                    print(line, file=self.file)

    def console(self) -> Console:
        from rich.console import Console

        return Console(file=self.file, highlight=False, width=self.width)


def rich_form(part: Grid | Cell | str, cells: int | None = None) -> RenderableType:
    """The same for rich, as wide as `plain` makes it; texts are never read as rich's markup."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    if isinstance(part, str):
        return Text(flat(part))
    if isinstance(part, Cell):
        return Text(flat(part.text), style=part.style)
    headed = any(column.title for column in part.columns)
    table = Table(
        title=Text(flat(part.title), style="bold") if part.title else None,
        title_justify="left",
        box=SIMPLE_HEAD if headed else None,
        show_header=headed,
        show_edge=False,
        pad_edge=False,
        padding=(0, GAP if not headed else 1, 0, 0),
    )
    texts = [[flat(cell.text) for cell in row] for row in part.rows]
    titles = [flat(column.title) for column in part.columns]
    widths = _widths(part.columns, [titles, *texts], cells)
    for column, taken in zip(part.columns, widths, strict=True):
        table.add_column(
            Text(flat(column.title)),
            justify="right" if column.right else "left",
            width=taken if cells else None,
            no_wrap=not (column.flexible or cells),
            overflow="fold",
        )
    for row in part.rows:
        table.add_row(*(Text(flat(cell.text), style=cell.style) for cell in row))
    return table


def plain(grid: Grid, cells: int | None = None) -> str:
    """The table as aligned lines without escape codes, at most so many cells wide."""
    texts = [[flat(cell.text) for cell in row] for row in grid.rows]
    titles = [flat(column.title) for column in grid.columns]
    widths = _widths(grid.columns, [titles, *texts], cells)
    lines = [flat(grid.title)] if grid.title else []
    if any(titles):
        lines += _lines(grid.columns, titles, widths)
        lines.append((" " * GAP).join("─" * one for one in widths))
    for row in texts:
        lines += _lines(grid.columns, row, widths)
    return "\n".join(lines)


def _widths(columns: Sequence[Column], rows: list[list[str]], cells: int | None) -> list[int]:
    widths = [
        max(width(line) for row in rows for line in row[index].split("\n"))
        for index in range(len(columns))
    ]
    if cells is None:  # no terminal: a long sentence still does not push the columns apart
        return [
            min(one, READABLE) if column.flexible else one
            for one, column in zip(widths, columns, strict=True)
        ]
    # The widest flexible column gives way first, and where there is no more of those to have, the
    # widest of all: a table is never wider than its terminal, and no column goes away.
    while sum(widths) + GAP * (len(widths) - 1) > cells:
        giving = [i for i, column in enumerate(columns) if column.flexible and widths[i] > LEAST]
        giving = giving or [i for i, one in enumerate(widths) if one > WIDEST]
        if not giving:
            break
        widths[max(giving, key=lambda i: widths[i])] -= 1
    return widths


def _lines(columns: Sequence[Column], row: list[str], widths: list[int]) -> list[str]:
    broken = [wrap(text, widths[index]) for index, text in enumerate(row)]
    height = max(len(lines) for lines in broken)
    return [
        (" " * GAP)
        .join(
            pad(lines[number] if number < len(lines) else "", widths[index], columns[index].right)
            for index, lines in enumerate(broken)
        )
        .rstrip()
        for number in range(height)
    ]
