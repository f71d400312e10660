"""The ladder of hints, and what it costs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ipv6lab.course import content, exercises, hints
from ipv6lab.course.exercises import Exercise


@pytest.fixture
def exercise() -> Exercise:
    return exercises.load(content.find(), "L04")


def check(identity: str, verdict: str = "passed", kind: str = "must", weight: int = 5) -> dict:
    return {"id": identity, "kind": kind, "weight": weight, "verdict": verdict}


def test_what_was_read_is_remembered_for_each_seat() -> None:
    assert hints.read("L04", 3) == {}
    hints.record("L04", 3, "M1", 1)
    hints.record("L04", 3, "M1", 2)
    hints.record("L04", 3, "M2", 1)
    assert hints.read("L04", 3) == {"M1": 2, "M2": 1}
    assert hints.read("L04", None) == {}


def test_a_hint_costs_its_part_of_the_weight(exercise: Exercise) -> None:
    checks = [check("M1"), check("M2"), check("N1", kind="must_not", weight=50)]
    costs = [hint.cost for hint in exercise.hints["M1"]]
    for number, cost in enumerate(costs, 1):
        assert hints.cost(checks, exercise, {"M1": number}) == -(-cost // 2)


def test_a_hint_costs_nothing_where_nothing_was_earned(exercise: Exercise) -> None:
    checks = [check("M1", verdict="failed"), check("M2")]
    assert hints.cost(checks, exercise, {"M1": 3}) == 0
    assert hints.cost(checks, exercise, {}) == 0
    assert hints.cost([], exercise, {"M1": 1}) == 0


def test_after_a_check_has_passed_its_hints_are_free(exercise: Exercise) -> None:
    assert hints.read_next(exercise, 4, "m1") == ("M1", 1, True)
    assert hints.read_next(exercise, 4, "M1", passed={"M1"}) == ("M1", 2, False)
    assert hints.read_next(exercise, 4, "M1", passed={"M1"}) == ("M1", 3, False)
    assert hints.read("L04", 4) == {"M1": 1}


def test_what_has_passed_is_what_the_last_grading_says(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    assert hints.passed_last(journal) == set()
    first = {"seq": 1, "kind": "verdict", "checks": {"M1": "passed", "M2": "failed"}}
    later = {"seq": 2, "kind": "verdict", "checks": {"M1": "failed", "M2": "passed"}}
    journal.write_text(f"{json.dumps(first)}\n{json.dumps(later)}\n", "utf-8")
    assert hints.passed_last(journal) == {"M2"}


def test_a_damaged_record_is_an_empty_one() -> None:
    hints.record("L04", None, "M1", 1)
    hints._file("L04", None).write_text("{")
    assert hints.read("L04", None) == {}
