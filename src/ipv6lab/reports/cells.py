"""How wide text is in a terminal, and how to break it.

Vietnamese may come composed (``ế``) or as letters with combining marks: marks take no cell.
"""

from __future__ import annotations

import re
import unicodedata

from ipv6lab.words.shown import shown

TAB = "    "
NO_WIDTH = ("Mn", "Me", "Cf", "Cc")
WIDEST = 2  # cells of one character


def width(text: str) -> int:
    """The cells that a text takes.

    >>> width("Chấm"), width(unicodedata.normalize("NFD", "Chấm")), width("日本")
    (4, 4, 4)
    """
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.category(char) in NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def pad(text: str, cells: int, right: bool = False) -> str:
    """The text, filled with blanks to so many cells."""
    blanks = " " * max(0, cells - width(text))
    return blanks + text if right else text + blanks


def wrap(text: str, cells: int) -> list[str]:
    """The text in lines of at most so many cells, broken at blanks, in a word only if it must.

    An indented line stays indented, and what is broken off it a little more, where that leaves
    room for a character.

    >>> wrap("a word and averylongword", 8)
    ['a word', 'and', 'averylon', 'gword']
    >>> wrap("  pc1: two words", 10)
    ['  pc1: two', '    words']
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        words = paragraph.lstrip(" ")
        indent = " " * min(len(paragraph) - len(words), cells // 2, max(0, cells - WIDEST))
        further = indent + "  " if indent and cells - len(indent) - 2 >= WIDEST else indent
        first, *rest = _fill(words, cells - len(indent), cells - len(further))
        lines.append(indent + first)
        lines += [further + line for line in rest]
    return lines


def folded(text: str, cells: int) -> str:
    """The text with its longer lines broken at blanks; nothing is broken inside a word.

    What stands in columns goes on below its last column.

    >>> print(folded("pc1  one two three", 14))
    pc1  one two
         three
    """
    return "\n".join(part for line in text.split("\n") for part in _folded(line, cells))


def _folded(line: str, cells: int) -> list[str]:
    if width(line) <= cells:
        return [line]
    starts = [0, *(found.end() for found in re.finditer(r"(?:^| ) +", line))]
    begin = max(at for at in starts if width(line[:at]) <= cells // 2)
    first, *words = line[begin:].split(" ")
    lines, hanging = [line[:begin] + first], " " * width(line[:begin])
    for word in words:
        if width(lines[-1]) + 1 + width(word) <= cells:
            lines[-1] += f" {word}"
        else:
            lines.append(hanging + word)
    return lines


def _fill(text: str, first: int, cells: int) -> list[str]:
    """One paragraph in lines, of which the first may have a width of its own."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        room = cells if lines else first
        joined = f"{line} {word}" if line else word
        if width(joined) <= room:
            line = joined
            continue
        if line:
            lines.append(line)
        while word and width(word) > cells:
            head = _head(word, cells)
            lines.append(head)
            word = word[len(head) :]
        line = word
    return [*lines, line]


def _head(word: str, cells: int) -> str:
    """The longest beginning that fits, with the marks of its last letter; one letter at least."""
    used = 0
    for index, char in enumerate(word):
        used += _width(char)
        if used > cells and index:
            return word[:index]
    return word


def flat(text: str) -> str:
    """The text as a cell of a table shows it."""
    return shown(text).replace("\t", TAB)
