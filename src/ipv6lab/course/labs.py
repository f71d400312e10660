"""Labs: the themed days of a workshop, ``labs/*.toml``, each with its exercises in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ipv6lab.course import badges, glossary
from ipv6lab.course.content import Content
from ipv6lab.course.exercises import identifiers
from ipv6lab.course.progress import Achieved
from ipv6lab.course.table import Table


@dataclass(frozen=True)
class Session:
    """One exercise's place in a lab."""

    exercise: str
    for_fast_groups: bool
    available: bool  # whether this course has the exercise
    achieved: Achieved | None = None  # None: nothing yet


@dataclass(frozen=True)
class Lab:
    """A day or a variant of the workshop; the title is English, to be translated."""

    name: str
    title: str
    sessions: tuple[Session, ...]

    @property
    def done(self) -> int:
        """How many of its exercises were solved whole."""
        return sum(one.achieved is not None and one.achieved.score == 100 for one in self.sessions)


NO_LABS = (badges.FILE, glossary.FILE)


def load_labs(content: Content, achieved: Mapping[str, Achieved] | None = None) -> list[Lab]:
    """The labs, in the order of their files' names, with what a person achieved in each."""
    there = set(identifiers(content))
    files = sorted(content.labs.glob("*.toml"))
    labs = [_load(file, there) for file in files if file.name not in NO_LABS]
    known = achieved or {}
    return [
        replace(
            lab,
            sessions=tuple(
                replace(session, achieved=known.get(session.exercise)) for session in lab.sessions
            ),
        )
        for lab in labs
    ]


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
