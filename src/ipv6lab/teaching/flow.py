"""How high a text will be, and how it is cut into pages that are full and not too full.

Heights are estimated from the letters of DejaVu Sans, the widest of the fonts that a page asks for:
what fits there fits everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ipv6lab.course.tasks import Block
from ipv6lab.reports.picture import measure

ITEM = re.compile(r"(?:[-*]|\d+\.) ")
_MARKS = re.compile(r"\*\*|`|\[|\]\([^)]*\)")
_BAR = re.compile(r"(?<!\\)\|")
_CODE = 1.08  # how much wider code is than what it is measured by


@dataclass(frozen=True)
class Unit:
    """What is never cut: a paragraph, an item of a list, a row of a table, a fence.

    ``kind`` is ``text``, ``item``, ``row`` or ``code``; what stands before the rows of a table is
    its `head`.
    """

    kind: str
    text: str
    head: str = ""


@dataclass(frozen=True)
class Measure:
    """A page: its width and height, and the size of its letters, in the same unit."""

    width: float
    height: float
    size: float

    @property
    def line(self) -> float:
        return self.size * 1.35

    def height_of(self, unit: Unit) -> float:
        """How high it is, with what parts it from the next."""
        gap = self.size * 0.5
        if unit.kind == "code":
            return len(unit.text.splitlines()) * self.size * 1.1 + gap
        if unit.kind == "row":
            cells = [one.strip() for one in _BAR.split(unit.text.strip("| "))]
            lines = max(
                self._lines(one, self.width / len(cells) - 1.2 * self.size) for one in cells
            )
            return lines * self.line * 0.85 + gap
        indent = 1.6 * self.size if unit.kind == "item" else 0.0
        lines = sum(self._lines(one, self.width - indent) for one in unit.text.splitlines())
        return lines * self.line + gap

    def _lines(self, text: str, width: float) -> int:
        """How many lines a text takes that is broken at its blanks."""
        plain = _MARKS.sub("", text)
        blank = measure(" ", self.size, False)
        bold = "**" in text
        code = _CODE if "`" in text else 1.0
        count, at = 1, 0.0
        for word in plain.split():
            wide = measure(word, self.size, bold) * code
            if at and at + blank + wide > width:
                count, at = count + 1, wide
            else:
                at += (blank if at else 0.0) + wide
        return count


def units(blocks: Sequence[Block]) -> Iterator[Unit]:
    """The units of a text."""
    for block in blocks:
        if not block.prose:
            yield Unit("code", block.text)
        elif block.text.startswith("|"):
            first, line, *rows = block.text.splitlines()
            for row in rows:
                yield Unit("row", row, f"{first}\n{line}")
        elif ITEM.match(block.text):
            held: list[str] = []
            for line in block.text.splitlines():
                if ITEM.match(line) and held:
                    yield Unit("item", "\n".join(held))
                    held = []
                held.append(line)
            yield Unit("item", "\n".join(held))
        else:
            yield Unit("text", block.text)


def markdown(some: Sequence[Unit]) -> str:
    """Units as Markdown: items and rows that follow each other belong together."""
    parts: list[str] = []
    before: Unit | None = None
    for unit in some:
        together = before is not None and before.kind == unit.kind and unit.kind in ("item", "row")
        if unit.kind == "row" and not (together and before and before.head == unit.head):
            parts += ["\n\n", unit.head, "\n"]
        else:
            parts.append("\n" if together else "\n\n")
        parts.append(unit.text)
        before = unit
    return "".join(parts).strip() + "\n"


def pages(some: Sequence[Unit], page: Measure) -> list[list[Unit]]:
    """The units on pages, as evenly as they go; one that is higher than a page has its own."""
    heights = [page.height_of(unit) for unit in some]
    filled = _fill(some, heights, page.height)
    if len(filled) < 2:
        return filled
    even = max(sum(heights) / len(filled), *heights)
    while even < page.height:
        tried = _fill(some, heights, even)
        if len(tried) <= len(filled):
            return tried
        even *= 1.05
    return filled


def _fill(some: Sequence[Unit], heights: Sequence[float], most: float) -> list[list[Unit]]:
    found: list[list[Unit]] = []
    used = most + 1
    for unit, height in zip(some, heights, strict=True):
        if used + height > most:
            found.append([])
            used = 0.0
        found[-1].append(unit)
        used += height
    return found
