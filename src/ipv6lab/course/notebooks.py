"""The texts of notebooks: ``notebooks/<exercise's folder>.md``, Markdown with cells (MyST).

A notebook says only what its exercise does not: title, task, questions, hints and checks come from
the exercise when it is opened or run. ::

    ## Listen first

    Nobody advertises yet. What does pc1 know?

    ```{code-cell}
    %%host pc1
    # Which of these addresses did pc1 make itself?
    ip -6 address
    ```

    Fill in the file.

    ```{code-cell}
    :tags: [yours]

    %%file hq-core:/etc/radvd.conf
    ```

Cells are parted by code cells, and by a line ``+++`` between two texts. A cell tagged ``yours`` is
for the trainee to fill in. What is to be translated are the paragraphs, and in code cells the
comments, line by line.

What an exercise does not need stands between two lines ``:::{more}`` and ``:::``, each a paragraph
of its own, and is shown folded; so is the section about equipment, by its heading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ipv6lab.course.content import Content
from ipv6lab.course.tasks import Block, blocks
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

YOURS = "yours"  # the tag of what a trainee fills in
CODE_CELL = "```{code-cell}"
MORE, EQUIPMENT, END = ":::{more}", ":::{equipment}", ":::"  # what is folded begins, and ends
_ON_EQUIPMENT = re.compile(r"## \d+\. On your own equipment")
_TO_TAKE_AWAY = "To take away:"
_FRONT = re.compile(r"---\n.*?\n---\n", re.DOTALL)
# A comment that holds words; not a magic that is shown and not run.
_COMMENT = re.compile(r"(?P<sign>[ \t]*# +)(?P<text>[^%\s].*)")


def files(content: Content) -> list[Path]:
    """The notebooks of the course, in its order."""
    return sorted(content.notebooks.glob("*.md"))


def catalogue(file: Path, language: str) -> Path:
    """The file with a notebook's translation."""
    return file.with_suffix(f".{language}.po")


def read(file: Path) -> str:
    """A notebook's text. Raises LabError when it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LabError(
            _("{file} cannot be read: {reason}.", file=str(file), reason=reason)
        ) from None


def messages(text: str) -> Iterator[str]:
    """What is to be translated, in the order in which it stands.

    >>> list(messages("Look.\\n\\n```{code-cell}\\n%%host pc1\\n# Who is there?\\nip -6 n\\n```"))
    ['Look.', 'Who is there?']
    """
    _front, body = _parts(text)
    for block in blocks(body):
        if not block.prose:
            yield from (found["text"] for found in _comments(block) if found)
        elif _has_words(block.text):
            yield block.text


def translated(text: str, said: Callable[[str], str]) -> str:
    """The same notebook in the language that `said` speaks, cell by cell."""
    front, body = _parts(text)
    return front + "\n\n".join(_translated(block, said) for block in blocks(body)) + "\n"


def with_folds(text: str) -> str:
    """The same notebook with the section about equipment between the lines of a fold.

    >>> text = "## 8. On your own equipment\\n\\nAs there.\\n\\nTo take away:\\n"
    >>> with_folds(text).split("\\n\\n")
    ['## 8. On your own equipment', ':::{equipment}', 'As there.', ':::', 'To take away:\\n']
    """
    front, body = _parts(text)
    found: list[str] = []
    opened = False
    for block in blocks(body):
        ends = block.text.startswith(("## ", CODE_CELL, _TO_TAKE_AWAY))
        if opened and ends:
            found.append(END)
            opened = False
        found.append(block.text)
        if _ON_EQUIPMENT.fullmatch(block.text):
            found.append(EQUIPMENT)
            opened = True
    if opened:
        found.append(END)
    return front + "\n\n".join(found) + "\n"


def _translated(block: Block, said: Callable[[str], str]) -> str:
    if block.prose:
        return said(block.text) if _has_words(block.text) else block.text
    return "\n".join(
        found["sign"] + said(found["text"]) if found else line
        for line, found in zip(block.text.splitlines(), _comments(block), strict=True)
    )


def _comments(block: Block) -> list[re.Match[str] | None]:
    """For each line of a code cell the comment that it is, if it is one."""
    lines = block.text.splitlines()
    if not lines[0].startswith(CODE_CELL):
        return [None] * len(lines)
    found = [_COMMENT.fullmatch(line) for line in lines]
    return [one if one and _has_words(one["text"]) else None for one in found]


def _has_words(text: str) -> bool:
    if text in (MORE, EQUIPMENT, END):
        return False
    return any(character.isalpha() for character in text)


def _parts(text: str) -> tuple[str, str]:
    """The front matter, which may be empty, and what follows it."""
    front = _FRONT.match(text)
    return (front[0] + "\n", text[front.end() :]) if front else ("", text)
