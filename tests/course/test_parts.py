"""Exercises that are cut into parts, each with a score of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipv6lab.course import content, exercises, parts, progress
from ipv6lab.course.exercises import Exercise
from ipv6lab.course.expectations import expectation

COURSE = content.find()
CUT = [one for one in exercises.load_all(COURSE) if one.parts]


def graded(exercise: Exercise, failed: set[str] = frozenset()) -> list[dict[str, Any]]:  # type: ignore[assignment]
    """All checks of an exercise, each must of the same weight."""
    kinds = {"M": "must", "N": "must_not", "S": "still"}
    return [
        {
            "id": check,
            "kind": kinds[check[0]],
            "weight": 10,
            "verdict": "failed" if check in failed else "passed",
        }
        for check in exercise.hints
    ]


def scores(exercise: Exercise, failed: set[str]) -> list[int | None]:
    return [one["score"] for one in parts.scores(exercise, graded(exercise, failed), {})]


def test_what_the_days_cut_is_cut() -> None:
    assert {one.id for one in CUT} >= {"L13", "L14", "L29"}


@pytest.mark.parametrize("exercise", CUT, ids=lambda one: one.id)
def test_the_parts_hold_each_check_and_all_the_minutes(exercise: Exercise) -> None:
    listed = [check for part in exercise.parts for check in part.checks]
    assert set(listed) == set(exercise.hints)
    musts = [check for check in listed if check.startswith("M")]
    assert len(musts) == len(set(musts)), "a goal is in one part"
    assert all(any(one.startswith("M") for one in part.checks) for part in exercise.parts)
    assert sum(part.minutes for part in exercise.parts) == exercise.minutes


@pytest.mark.parametrize("exercise", CUT, ids=lambda one: one.id)
def test_each_part_is_worth_a_hundred_by_itself(exercise: Exercise) -> None:
    assert scores(exercise, set()) == [100] * len(exercise.parts)
    for place, part in enumerate(exercise.parts):
        others = {one for one in exercise.hints if one.startswith("M")} - set(part.checks)
        assert scores(exercise, others)[place] == 100
        assert scores(exercise, {part.checks[0]})[place] < 100  # type: ignore[operator]
    assert scores(exercise, set(exercise.hints)) == [0] * len(exercise.parts)


@pytest.mark.parametrize("exercise", CUT, ids=lambda one: one.id)
def test_the_first_part_can_be_done_alone(exercise: Exercise) -> None:
    """An answer without the others loses nothing of it; so it is graded elsewhere."""
    expected = expectation(COURSE.solutions / exercise.id / "wrong" / "part-b-left-out")
    assert 0 < expected.score < 100
    assert not (expected.failed | expected.blocked) & set(exercise.parts[0].checks)


def test_what_may_not_break_costs_in_each_part_that_names_it() -> None:
    names = exercises.load(COURSE, "L13.B")
    assert names.id == "L13"
    assert scores(names, {"S1"}) == [80, 50]
    audit = exercises.load(COURSE, "L29")
    assert scores(audit, {"N1"}) == [50, 100]


def test_hints_cost_in_their_part_alone_and_trouble_gives_no_score() -> None:
    names = exercises.load(COURSE, "L13")
    told = parts.scores(names, graded(names), {"M3": 3})
    assert [(one["part"], one["score"]) for one in told] == [("A", 100), ("B", 75)]
    checks = graded(names)
    checks[0]["verdict"] = "not_judged"
    assert [one["score"] for one in parts.scores(names, checks, {})] == [None, 100]


def test_the_best_of_each_part_is_kept(tmp_path: Path) -> None:
    def result(score: int, first: int | None, second: int) -> dict[str, Any]:
        told = [{"part": "A", "score": first}, {"part": "B", "score": second}]
        return {"exercise": "L13", "score": score, "checks": [], "parts": told}

    progress.record_result(tmp_path, result(55, 100, 0))
    progress.record_result(tmp_path, result(45, 0, 100))
    kept = progress.read(tmp_path)["L13"]
    assert (kept.score, kept.parts) == (55, {"A": 100, "B": 100})
    progress.record_solution_seen(tmp_path, "L13")
    assert progress.read(tmp_path)["L13"].parts == kept.parts
