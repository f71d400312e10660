"""The grader is graded: start 0, each right answer 100, each wrong one fails what it should."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.course import content, exercises
from ipv6lab.course.exercises import Exercise
from ipv6lab.course.expectations import Expectation, expectation
from tests.backends import require

COURSE = content.find()
EXERCISES = exercises.load_all(COURSE)
ALWAYS_WHOLE = "L04"
SEAT = "2779"  # any but none: what is true of the model agency only is found out
ANSWERS = [
    (exercise, folder)
    for exercise in EXERCISES
    for kind in ("reference", "alternatives/*", "wrong/*")
    for folder in sorted((COURSE.solutions / exercise.id).glob(kind))
]


@pytest.fixture(autouse=True)
def kernel(request: pytest.FixtureRequest) -> None:
    """Skips an exercise that no kernel of this machine can run."""
    exercise = request.node.callspec.params["exercise"]
    require(exercise.needs)


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Labs of the test's own."""
    with tempfile.TemporaryDirectory(prefix="v6-") as directory:
        monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
        monkeypatch.setenv("XDG_DATA_HOME", directory)
        yield


def ipv6lab(*arguments: str, seconds: float = 180) -> Any:
    """What a command prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "ipv6lab", *arguments, "--json"],
        capture_output=True,
        text=True,
        timeout=seconds,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def outcome(result: dict[str, Any]) -> Expectation:
    verdicts = ("passed", "failed", "blocked", "not_judged")
    by_verdict: dict[str, set[str]] = {verdict: set() for verdict in verdicts}
    for check in result["checks"]:
        if check["kind"] != "note":
            by_verdict[check["verdict"]].add(check["id"])
    return Expectation(
        frozenset(by_verdict["failed"]), frozenset(by_verdict["blocked"]), result["score"]
    )


def said(result: dict[str, Any]) -> str:
    """What the checks say that did not pass, for whoever reads a failed test."""
    return "\n".join(
        f"{check['id']} {check['verdict']}: {check['message']}"
        for check in result["checks"]
        if check["verdict"] != "passed"
    )


@pytest.fixture(scope="session")
def wanted(request: pytest.FixtureRequest) -> dict[str, list[str]]:
    """The answers that this run is about, by exercise."""
    found: dict[str, list[str]] = {}
    for item in request.session.items:
        values = getattr(getattr(item, "callspec", None), "params", {})
        if "folder" in values and "exercise" in values:
            found.setdefault(values["exercise"].id, []).append(str(values["folder"]))
    for exercise in EXERCISES:
        reference = str(COURSE.solutions / exercise.id / "reference")
        folders = found.setdefault(exercise.id, [])
        if reference not in folders:
            folders.append(reference)
    return found


_graded: dict[str, dict[str, dict[str, Any]]] = {}


def graded(identifier: str, wanted: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """The answers to an exercise, graded together and once: most of a grading is waiting."""
    if identifier not in _graded:
        _graded[identifier] = _grade(identifier, wanted[identifier])
    return _graded[identifier]


def _grade(identifier: str, folders: list[str]) -> dict[str, dict[str, Any]]:
    jobs = ("--seat", SEAT, "--jobs", "4")
    results = ipv6lab("grade", identifier, *folders, *jobs, seconds=180.0 * len(folders))
    return {result["folder"]: result for result in results}


def marks(exercise: Exercise) -> list[Any]:
    """All answers take long: `make test` grades those of one exercise, `make test-all` all."""
    return [group(exercise), *([] if exercise.id == ALWAYS_WHOLE else [pytest.mark.slow])]


def group(exercise: Exercise) -> Any:
    """One worker has all tests of an exercise, and grades its answers once."""
    return pytest.mark.xdist_group(exercise.id)


@pytest.mark.parametrize(
    ("exercise", "folder"),
    [
        pytest.param(exercise, folder, id=f"{exercise.id}-{folder.name}", marks=marks(exercise))
        for exercise, folder in ANSWERS
    ],
)
def test_an_answer_gets_what_it_deserves(
    exercise: Exercise, folder: Path, wanted: dict[str, list[str]]
) -> None:
    result = graded(exercise.id, wanted)[str(folder)]
    assert outcome(result) == expectation(folder), said(result)


EACH = [pytest.param(one, id=one.id, marks=group(one)) for one in EXERCISES]


@pytest.mark.parametrize("exercise", EACH)
def test_the_start_state_earns_nothing(exercise: Exercise) -> None:
    ipv6lab("start", exercise.id, "--seat", SEAT)
    try:
        result = ipv6lab("check", "--seat", SEAT)
    finally:
        ipv6lab("stop", "--seat", SEAT)
    assert result["score"] == 0, said(result)


@pytest.mark.parametrize("exercise", [one for one in EACH if one.id == ALWAYS_WHOLE])
def test_a_start_state_that_is_handed_in_is_work_that_was_not_done(exercise: Exercise) -> None:
    (found,) = ipv6lab("grade", exercise.id, str(exercise.folder / "start"))
    assert (found["verdict"], found["score"]) == ("failed", 0), said(found)
    assert {check["verdict"] for check in found["checks"]} >= {"failed"}


@pytest.mark.parametrize("exercise", EACH)
def test_every_check_has_hints_and_every_hint_a_check(
    exercise: Exercise, wanted: dict[str, list[str]]
) -> None:
    result = graded(exercise.id, wanted)[str(COURSE.solutions / exercise.id / "reference")]
    checks = [check["id"] for check in result["checks"]]
    assert ([] if exercise.faults else checks) == list(exercise.hints)
