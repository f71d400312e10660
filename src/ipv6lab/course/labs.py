"""Labs: the themed days of a workshop, ``labs/*.toml``, each with its exercises in order.

``exercises`` and ``for_fast_groups`` list exercises or parts of them (``L13.1``);
``demonstrations`` gives those that are only shown their minutes, and ``tours`` names what shows
them by one command (``ipv6lab demo ipv6-only``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ipv6lab.course import badges, glossary, parts
from ipv6lab.course.content import Content
from ipv6lab.course.exercises import identifiers
from ipv6lab.course.progress import Achieved
from ipv6lab.course.table import Table
from ipv6lab.words.verdicts import MAX_SCORE


@dataclass(frozen=True)
class Session:
    """One exercise's place in a lab."""

    exercise: str
    for_fast_groups: bool
    available: bool  # whether this course has the exercise
    achieved: Achieved | None = None  # None: nothing yet
    part: str | None = None  # of the exercise; None: all of it
    shown: int = 0  # minutes of a demonstration, in which trainees watch; 0: they work
    tour: str = ""  # what ipv6lab demo shows of it

    @property
    def name(self) -> str:
        """The exercise, and its part: L13.2."""
        return parts.name(self.exercise, self.part)

    @property
    def score(self) -> int | None:
        """The best that was achieved, of 100; None: nothing yet."""
        if self.achieved is None:
            return None
        return self.achieved.score if self.part is None else self.achieved.parts.get(self.part)


@dataclass(frozen=True)
class Lab:
    """A day or a variant of the workshop; the title is English, to be translated."""

    name: str
    title: str
    sessions: tuple[Session, ...]

    @property
    def done(self) -> int:
        """How many of its exercises were solved whole."""
        return sum(one.score == MAX_SCORE for one in self.sessions)


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
    shown = table.table("demonstrations", optional=True)
    tours = table.table("tours", optional=True)
    sessions = [
        _session(called, fast, there, shown.integer(called, 1, 120) if called in shown else 0)
        for key, fast in (("exercises", False), ("for_fast_groups", True))
        for called in table.texts(key)
    ]
    sessions = [
        replace(one, tour=tours.text(one.name)) if one.name in tours else one for one in sessions
    ]
    tours.finish()
    shown.finish()
    table.finish()
    return Lab(file.stem, title, tuple(sessions))


def _session(called: str, fast: bool, there: set[str], shown: int) -> Session:
    exercise, part = parts.split(called)
    return Session(exercise, fast, exercise in there, part=part, shown=shown)
