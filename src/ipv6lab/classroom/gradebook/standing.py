"""What everybody stands at: the grading that counts, with the marks that a trainer set laid on it.

Only marks that the trainer's own gradings found, or that a trainer set, are counted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ipv6lab.classroom.folder import Class
from ipv6lab.classroom.gradebook.ledger import ByHand, Graded, Ledger
from ipv6lab.classroom.gradebook.people import Holder, holders, self_reported
from ipv6lab.course import content, exercises, hints, weights
from ipv6lab.course.content import Content
from ipv6lab.course.exercises import Exercise
from ipv6lab.words.errors import LabError
from ipv6lab.words.verdicts import MAX_SCORE


@dataclass(frozen=True)
class Mark:
    """One exercise of one person. Points are of `MAX_SCORE`; None: they are not known."""

    exercise: str
    title: str
    points: int | None  # what counts
    graded: int | None  # what the grading found; None also where there was none
    verdict: str  # "by-hand" where nothing was graded
    graded_at: str
    checks: list[dict[str, Any]]
    by_hand: dict[str, ByHand]  # by check
    result: dict[str, Any]  # as it was graded; empty where nothing was

    @property
    def parts(self) -> list[dict[str, Any]]:
        """What each part is worth, where the exercise is cut, with the trainer's marks in it."""
        return list(self.result.get("parts", []))


@dataclass
class Standing:
    """One person: everything that counts, and beside it what the seat says of itself."""

    holder: Holder
    here: bool  # whether this person still has the seat
    marks: dict[str, Mark] = field(default_factory=dict)
    self_reported: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int | None:
        """The sum over all exercises; None where nothing counts yet."""
        known = [one.points for one in self.marks.values() if one.points is not None]
        return sum(known) if known else None


def standings(found: Class, ledger: Ledger) -> list[Standing]:
    """Everybody of the class by seat, and who has left it with marks."""
    people = holders(found)
    said = self_reported(found)
    known = {
        (seat, one.name): Standing(one, True, self_reported=said.get(seat, {}))
        for seat, one in people.items()
    }
    gradings = {_key(one.holder, one.exercise): one for one in ledger.gradings()}
    by_hand = in_force(ledger.marks())
    holder = {_key(one.holder, one.exercise): one.holder for one in ledger.marks()}
    holder |= {key: one.holder for key, one in gradings.items()}
    for key in sorted(holder):
        seat, name, exercise = key
        person = known.setdefault((seat, name), Standing(holder[key], False))
        one = mark(exercise, gradings.get(key), by_hand.get(key, {}))
        if one is not None:
            person.marks[exercise] = one
    ordered = exercises.identifiers(content.find())
    place = {name: number for number, name in enumerate(ordered)}
    for person in known.values():
        person.marks = dict(sorted(person.marks.items(), key=lambda one: place.get(one[0], 999)))
    return [
        one
        for _key_, one in sorted(known.items(), key=lambda item: (item[0][0], not item[1].here))
        if one.here or one.marks
    ]


def _key(holder: Holder, exercise: str) -> tuple[int, str, str]:
    return holder.seat, holder.name, exercise


def in_force(marks: Iterable[ByHand]) -> dict[tuple[int, str, str], dict[str, ByHand]]:
    """The marks set by hand that count: of each check the last, unless it was taken back."""
    found: dict[tuple[int, str, str], dict[str, ByHand]] = {}
    for one in marks:
        of_one = found.setdefault(_key(one.holder, one.exercise), {})
        if one.points is None:
            of_one.pop(one.check, None)
        else:
            of_one[one.check] = one
    return {key: of_one for key, of_one in found.items() if of_one}


def mark(exercise: str, graded: Graded | None, by_hand: dict[str, ByHand]) -> Mark | None:
    """What an exercise is worth; None where there is nothing."""
    if graded is None and not by_hand:
        return None
    result = dict(graded.result) if graded else {}
    checks = [dict(check) for check in result.get("checks", [])]
    points = graded.score if graded else None
    if by_hand:
        found = exercise_of(exercise)
        checks = checks or (_ungraded(found, graded) if found else [])
        points = worth(checks, by_hand, found, result.get("hints", {}))
        parts = [dict(one) for one in result.get("parts", [])]
        inside = {part.number: part.checks for part in found.parts} if found else {}
        for one in parts:
            own = [check for check in checks if check["id"] in inside.get(one["part"], ())]
            one["score"] = worth(own, by_hand, found, result.get("hints", {}))
        result["parts"] = parts
    for check in checks:
        check["points"] = earned(check, by_hand)
    title = str(result.get("title") or getattr(exercise_of(exercise), "title", ""))
    return Mark(
        exercise,
        title,
        points,
        graded.score if graded else None,
        graded.verdict if graded else "by-hand",
        graded.graded_at if graded else "",
        checks,
        by_hand,
        result,
    )


def exercise_of(name: str) -> Exercise | None:
    """An exercise; None where the course does not have it any more."""
    return _loaded(content.find(), name)


@cache
def _loaded(course: Content, name: str) -> Exercise | None:
    try:
        return exercises.load(course, name)
    except LabError:
        return None


def _ungraded(exercise: Exercise, graded: Graded | None) -> list[dict[str, Any]]:
    """The checks of an exercise where no grading got as far as them. They earn nothing, unless
    that was the grader's own trouble: then they are as unknown as they were."""
    open_still = graded is not None and not graded.judged
    verdicts = {"must": "failed", "must_not": "blocked", "still": "blocked"}
    return [
        {
            "id": one.id,
            "kind": one.kind,
            "weight": one.weight,
            "title": one.title,
            "verdict": "not_judged" if open_still else verdicts[one.kind],
        }
        for one in weights.declared(exercise)
    ]


def earned(check: Mapping[str, Any], by_hand: Mapping[str, ByHand]) -> int | None:
    """What a check adds, in its exercise's weights; below 0 it takes away; None: not judged."""
    if check["id"] in by_hand:
        return by_hand[check["id"]].points
    weight, verdict = int(check["weight"]), check["verdict"]
    if check["kind"] == "note":
        return 0
    if verdict == "not_judged":
        return None
    if check["kind"] == "must":
        return weight if verdict == "passed" else 0
    return -weight if verdict == "failed" else 0


def worth(
    checks: list[dict[str, Any]],
    by_hand: Mapping[str, ByHand],
    exercise: Exercise | None,
    spent: Mapping[str, int],
) -> int | None:
    """The points of these checks with the trainer's marks, as `words.verdicts.score` gives them
    without; hints cost nothing where a trainer has set the mark."""
    found = [earned(check, by_hand) for check in checks]
    total = sum(check["weight"] for check in checks if check["kind"] == "must")
    known = [one for one in found if one is not None]
    if len(known) < len(found) or not total:
        return None
    points = max(0, min(MAX_SCORE, int(sum(known) * MAX_SCORE / total)))
    if exercise is not None and spent:
        # Nothing is taken off what the grading itself did not give.
        own = [
            {**check, "verdict": "failed"} if check["id"] in by_hand else check for check in checks
        ]
        points -= hints.cost(own, exercise, spent)
    return max(0, points)
