"""The text of a task: paragraphs of Markdown, translated one by one, with the seat's addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ipv6lab.course.exercises import DESCRIPTION, Exercise
from ipv6lab.course.lookups import look_up
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, list or table of a task; what stands in a code fence is not prose."""

    text: str
    prose: bool


def blocks(markdown: str) -> Iterator[Block]:
    """The blocks of a Markdown text, parted by blank lines; a code fence is one block.

    >>> [block.prose for block in blocks("# Task\\n\\n```\\nip addr\\n\\nip route\\n```\\nEnd.")]
    [True, False, True]
    """
    lines: list[str] = []
    fenced = False
    for line in markdown.splitlines():
        if line.startswith("```"):
            if not fenced and lines:
                yield Block("\n".join(lines), prose=True)
                lines = []
            lines.append(line)
            if fenced:
                yield Block("\n".join(lines), prose=False)
                lines = []
            fenced = not fenced
        elif fenced or line.strip():
            lines.append(line)
        elif lines:
            yield Block("\n".join(lines), prose=True)
            lines = []
    if lines:
        yield Block("\n".join(lines), prose=not fenced)


def read_task(file: Path) -> list[Block]:
    """The blocks of a task file. Raises LabError when it cannot be read."""
    try:
        return list(blocks(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LabError(
            _("{file} cannot be read: {reason}.", file=str(file), reason=reason)
        ) from None


def task_text(file: Path, translated: Callable[[str], str], plan: Mapping[str, str]) -> str:
    """The task as Markdown for one seat, in the language that `translated` speaks."""
    text = "\n\n".join(
        translated(block.text) if block.prose else block.text for block in read_task(file)
    )
    return look_up(text, plan, str(file)) + "\n"


def questions(
    exercise: Exercise, translated: Callable[[str], str], plan: Mapping[str, str]
) -> dict[str, str]:
    """The questions for one seat, by the names of their answers, in `translated`'s language."""
    file = str(exercise.folder / DESCRIPTION)
    return {
        name: look_up(translated(question), plan, file)
        for name, question in exercise.questions.items()
    }
