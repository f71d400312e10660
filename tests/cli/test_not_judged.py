"""The grader's own trouble: no points are lost by it, and what was graded is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ipv6lab import sandbox
from ipv6lab.course import content
from ipv6lab.words.errors import LabError
from tests.backends import require_image
from tests.cli.conftest import Cli

SOLUTIONS = content.find().solutions / "L04"
REFERENCE, WRONG = str(SOLUTIONS / "reference"), str(SOLUTIONS / "wrong/accept-ra-off")
CHECK = {"id": "M1", "kind": "must", "weight": 1, "title": "It works.", "verdict": "passed"}


@pytest.fixture(autouse=True)
def _needs_an_image() -> None:
    require_image()


class Fake:
    """A lab whose operations do as they are told: by name, an answer or an error."""

    ended = False

    def __init__(self, **told: Any) -> None:
        self._told: dict[str, Any] = {
            "build": {"without": []},
            "film": {},
            "apply": {"commands": []},
            "check": {"checks": [CHECK]},
            **told,
        }

    def request(self, op: str, **_arguments: Any) -> Any:
        answer = self._told[op]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def labs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Fake | Exception]:
    """What the next sandboxes are, the last of them again and again."""
    planned: list[Fake | Exception] = []
    made = tmp_path / "made"  # each folder is graded in a process of its own
    made.touch()

    @contextmanager
    def throwaway(*_arguments: object) -> Iterator[Fake]:
        with open(made, "a") as file:
            number = file.tell()
            file.write("1")
        lab = planned[min(number, len(planned) - 1)]
        if isinstance(lab, Exception):
            raise lab
        yield lab

    monkeypatch.setattr(sandbox, "throwaway", throwaway)
    return planned


def graded(run: Cli, *folders: str) -> tuple[int, list[dict[str, Any]]]:
    done = run("grade", "L04", *folders, "--json", "--jobs", "1")
    return done.status, json.loads(done.out)


def test_a_lab_that_starts_at_the_second_try_costs_nothing(
    run: Cli, labs: list[Fake | Exception]
) -> None:
    labs += [OSError("no memory"), Fake()]
    status, (result,) = graded(run, REFERENCE)
    assert (status, result["verdict"], result["score"]) == (0, "passed", 100)


@pytest.mark.parametrize(
    "trouble",
    [
        OSError("no memory"),
        LabError("The lab kernel did not come up."),
        RuntimeError("the agent"),
        Fake(check=RuntimeError("the grader ended")),
        Fake(build=LabError("The start state of {node} is not complete.", node="pc1")),
    ],
)
def test_a_lab_that_does_not_start_takes_no_other_result_along(
    run: Cli, labs: list[Fake | Exception], trouble: Fake | Exception
) -> None:
    labs += [Fake(), trouble, trouble, Fake()]
    status, results = graded(run, REFERENCE, WRONG, REFERENCE)
    assert status == 4
    assert [one["verdict"] for one in results] == ["passed", "not_judged", "passed"]
    assert [one["score"] for one in results] == [100, None, 100]
    assert results[1]["message"]["text"]
    assert "warning" not in results[1]


def test_work_that_cannot_be_laid_on_a_lab_is_refused(
    run: Cli, labs: list[Fake | Exception]
) -> None:
    labs += [Fake(apply=LabError("The files for {node} cannot be laid there.", node="pc1"))]
    status, (result,) = graded(run, REFERENCE)
    assert (status, result["verdict"], result["score"]) == (2, "refused", 0)


def test_one_check_that_was_not_judged_leaves_the_score_open(
    run: Cli, labs: list[Fake | Exception]
) -> None:
    unknown = {**CHECK, "id": "M2", "verdict": "not_judged", "message": None}
    labs += [Fake(check={"checks": [CHECK, unknown]})]
    status, (result,) = graded(run, REFERENCE)
    assert (status, result["verdict"], result["score"]) == (4, "not_judged", None)
    told = run("grade", "L04", REFERENCE)
    assert told.status == 4
    assert "? not judged: ? of 100 points" in told.out
    assert run("list", "--json").status == 0  # progress holds no score that is none


def test_a_note_that_was_not_judged_matters_to_nobody(
    run: Cli, labs: list[Fake | Exception]
) -> None:
    unknown = {**CHECK, "id": "M2", "kind": "note", "weight": 0, "verdict": "not_judged"}
    labs += [Fake(check={"checks": [CHECK, unknown]})]
    status, (result,) = graded(run, REFERENCE)
    assert (status, result["verdict"], result["score"]) == (0, "passed", 100)


def test_the_third_time_whoever_grades_is_told(
    run: Cli, labs: list[Fake | Exception], tmp_path: Path
) -> None:
    labs += [Fake(check=OSError("lost"))]
    told = []
    for seat in ("7", "7", "8", "7"):
        done = run("grade", "L04", REFERENCE, "--seat", seat, "--json")
        assert done.status == 4
        told.append(json.loads(done.out)[0].get("warning"))
    assert told[:3] == [None, None, None]
    assert told[3]["values"] == {"count": 3, "seat": 7}
    done = run("grade", "L04", REFERENCE, "--seat", "7", "--report", str(tmp_path / "reports"))
    assert "4 times something of seat 7" in done.err
