"""Labs: the themed days of a workshop, ``labs/*.toml``, each with its exercises in order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ipv6lab.course.content import Content
from ipv6lab.course.exercises import identifiers
from ipv6lab.course.table import Table


@dataclass(frozen=True)
class Session:
    """One exercise's place in a lab."""

    exercise: str
    for_fast_groups: bool
    available: bool  # whether this course has the exercise


@dataclass(frozen=True)
class Lab:
    """A day or a variant of the workshop; the title is English, to be translated."""

    name: str
    title: str
    sessions: tuple[Session, ...]


def load_labs(content: Content) -> list[Lab]:
    """The labs, in the order of their files' names."""
    there = set(identifiers(content))
    return [_load(file, there) for file in sorted(content.labs.glob("*.toml"))]


def _load(file: Path, there: set[str]) -> Lab:
    table = Table.read(file)
    title = table.text("title")
    sessions = [
        Session(exercise, fast, exercise in there)
        for key, fast in (("exercises", False), ("for_fast_groups", True))
        for exercise in table.texts(key)
    ]
    table.finish()
    return Lab(file.stem, title, tuple(sessions))
