"""What a trainer says and asks: ``docs/trainer/exercises.md``, a section for each exercise.

A section begins with ``## <ID> <title>`` and has one line for each part, ``* **Say**: …``.
"""

from __future__ import annotations

import re
from pathlib import Path

from ipv6lab.course import languages
from ipv6lab.course.content import Content
from ipv6lab.course.tasks import read_task

PAGE = "docs/trainer/exercises.md"
SAY, MINUTES, ASK, WRONG, RESCUE = "Say", "By the minute", "Ask", "Goes wrong", "Rescue"
_PART = re.compile(r"\* \*\*([^*]+)\*\*: +(.*)")
_QUESTION = re.compile(r"[^?]+\?(?: \([^)]*\))?")


def section(course: Content, exercise: str, language: str) -> dict[str, str]:
    """The parts of an exercise's section by their English names, in a language.

    Empty where the handbook says nothing of it. Raises LabError when it cannot be read.
    """
    file = course.root / PAGE
    if not file.is_file():
        return {}
    found: dict[str, str] = {}
    inside = False
    for block in read_task(file):
        if block.text.startswith("## "):
            inside = block.text.split()[1] == exercise
        elif inside:
            found |= dict(_part(line, file, language) for line in block.text.splitlines())
    return found


def _part(line: str, file: Path, language: str) -> tuple[str, str]:
    source = _PART.fullmatch(line)
    if source is None:
        raise ValueError(f"{file}: this is no part of a section: {line}")
    said = line
    if language != languages.SOURCE:
        said = languages.translate_from(file.with_suffix(f".{language}.po"), line)
    translated = _PART.fullmatch(said)
    return source[1], translated[2] if translated else said


def questions(text: str) -> list[str]:
    """The questions of a part, one by one, each with what stands in brackets behind it.

    What tells something before a question belongs to it.

    >>> questions("Who asks? (A host.) Nobody hears it. Why?")
    ['Who asks? (A host.)', 'Nobody hears it. Why?']
    """
    found = [one[0].strip() for one in _QUESTION.finditer(text)]
    rest = text[sum(len(one[0]) for one in _QUESTION.finditer(text)) :].strip()
    return [*found, rest] if rest else found
