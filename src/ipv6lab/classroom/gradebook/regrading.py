"""Grading what was handed in, into the gradebook: each result is kept as soon as it is there.

So a grading that was ended goes on where it was: what is graded already, as it was handed in and
with these versions, is not graded again unless somebody wants that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipv6lab.classroom import handed
from ipv6lab.classroom.folder import Class
from ipv6lab.classroom.gradebook.ledger import Graded, Ledger
from ipv6lab.classroom.gradebook.people import Holder, holders
from ipv6lab.course import content, exercises, results
from ipv6lab.words.message import Message, _

NOBODY = "?"  # the name of who has left the class


@dataclass(frozen=True)
class Plan:
    """What a grading has to do."""

    wanted: list[tuple[int, Path]]
    kept: list[Graded]  # graded already, and as it is
    unknown: list[Message]  # hand-ins for exercises that this course does not have


def plan(found: Class, ledger: Ledger, exercise: str | None, again: bool) -> Plan:
    """What is to be graded of what was handed in, for one exercise or for all.

    `again` grades what is graded already too. Raises LabError for an exercise that is none.
    """
    course = content.find()
    if exercise is not None:
        exercise = exercises.load(course, exercise).id
    known = set(exercises.identifiers(course))
    now = results.versions(course)
    people = _people(found, ledger)
    before = {(one.holder.seat, one.holder.name, one.exercise): one for one in ledger.gradings()}
    made = Plan([], [], [])
    for seat, file in handed.files(found, exercise):
        if file.stem not in known:
            made.unknown.append(
                _(
                    "Seat {seat} handed in {exercise}, which this course does not have.",
                    seat=seat,
                    exercise=file.stem,
                )
            )
            continue
        one = before.get((seat, _holder(people, seat).name, file.stem))
        if one and not again and _stands(one, file, now):
            made.kept.append(one)
        else:
            made.wanted.append((seat, file))
    return made


def _stands(one: Graded, file: Path, versions: dict[str, str]) -> bool:
    """Whether a grading is of what lies there now, and would be made with the same."""
    same = one.judged and one.versions == versions
    return same and one.work == handed.digest(file.read_bytes())


def grade(
    found: Class, ledger: Ledger, wanted: list[tuple[int, Path]], jobs: int
) -> Iterator[tuple[Holder, str, dict[str, Any]]]:
    """Grade, and keep each result: whose, of which exercise, and the result, as they come."""
    people = _people(found, ledger)
    for seat, exercise, result in handed.grade_all(found, wanted, jobs):
        holder = _holder(people, seat)
        ledger.add_grading(holder, exercise, result)
        yield holder, exercise, result


def _people(found: Class, ledger: Ledger) -> dict[int, Holder]:
    """Whose each seat is, or was: who has left is still known by name."""
    return ledger.last_holders() | holders(found)


def _holder(people: dict[int, Holder], seat: int) -> Holder:
    return people.get(seat) or Holder(seat, NOBODY)
