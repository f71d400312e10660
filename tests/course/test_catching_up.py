"""Beginning where the solution of an earlier exercise ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.course import catching_up, content, exercises, labs
from ipv6lab.course.content import Content
from ipv6lab.course.exercises import Exercise
from ipv6lab.course.folders import Commands, Configuration, File
from ipv6lab.course.place import Place
from ipv6lab.words.errors import LabError
from tests.backends import require_image

COURSE = content.find()
CATCHING_UP = [one for one in exercises.load_all(COURSE) if one.after]
SEAT = "173"


def attached(place: Place) -> dict[str, set[tuple[str, str]]]:
    nodes = place.description()["nodes"]
    return {
        name: {(own, one["link"]) for own, one in node["interfaces"].items()}
        for name, node in nodes.items()
    }


@pytest.mark.parametrize("exercise", CATCHING_UP, ids=lambda exercise: exercise.id)
def test_the_earlier_exercise_configures_nodes_that_are_the_trainees(exercise: Exercise) -> None:
    (order,) = (lab for lab in labs.load_labs(COURSE) if lab.name == "self-study")
    names = [session.exercise for session in order.sessions]
    found = catching_up.earlier(COURSE, exercise)
    assert names.index(found.id) < names.index(exercise.id)
    here, there = attached(Place.of(exercise.id, 0)), attached(Place.of(found.id, 0))
    for folder in (COURSE.solutions / found.id / catching_up.REFERENCE).iterdir():
        assert folder.name in exercise.nodes
        assert there[folder.name] <= here[folder.name]


def test_what_is_laid_comes_after_the_start_state_and_in_its_place() -> None:
    start = Configuration(
        (File("a", "etc/x", 0o644, b"1"), File("a", "etc/y", 0o644, b"1")),
        (Commands("a", "first\n"),),
        {"q": "x"},
    )
    laid = Configuration(
        (File("a", "etc/x", 0o644, b"2"),), (Commands("a", "then\n"),), {"other": "y"}
    )
    both = catching_up.together(start, laid)
    assert {file.path: file.content for file in both.files} == {"etc/x": b"2", "etc/y": b"1"}
    assert [item.script for item in both.commands] == ["first\n", "then\n"]
    assert both.answers == {"q": "x"}


def test_where_it_makes_no_sense_it_is_refused(tmp_path: Path) -> None:
    exercise = exercises.load(COURSE, "L01")
    with pytest.raises(LabError, match="L01 goes on from no earlier exercise's solution"):
        catching_up.earlier(COURSE, exercise)
    late = replace(exercise, after="L04")
    assert catching_up.earlier(COURSE, late).id == "L04"
    without = Content(tmp_path)
    without.exercises.symlink_to(COURSE.exercises)
    with pytest.raises(LabError, match="solutions are a package of their own"):
        catching_up.earlier(without, late)
    with pytest.raises(LabError, match="L08 cannot begin from the solution of L08"):
        Place.of("L08", 0).catching_up("L08")


@pytest.fixture
def _place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    require_image()
    with tempfile.TemporaryDirectory(prefix="v6-") as directory:
        monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
        monkeypatch.setenv("XDG_DATA_HOME", directory)
        yield


def ipv6lab(*arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "ipv6lab", *arguments],
        capture_output=True,
        text=True,
        timeout=180,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout) if "--json" in arguments else done


@pytest.mark.usefixtures("_place")
@pytest.mark.parametrize("exercise", CATCHING_UP, ids=lambda exercise: exercise.id)
def test_it_can_be_solved_from_there_and_graded_elsewhere(
    exercise: Exercise, tmp_path: Path
) -> None:
    reference = COURSE.solutions / exercise.id / catching_up.REFERENCE
    work = tmp_path / "work"
    seat = ("--seat", SEAT)
    started = ipv6lab("start", exercise.id, "--catch-up", *seat, "--json")
    assert started["after"] == exercise.after
    try:
        before = ipv6lab("check", *seat, "--json")["checks"]
        kept = {one["verdict"] for one in before if one["kind"] == "still"}
        # What is to outlast a reboot is judged when it is there.
        assert "passed" in kept <= {"passed", "blocked"}, before
        ipv6lab("apply", str(reference), *seat)
        ipv6lab("undo", *seat)  # begins anew, from the same place
        ipv6lab("apply", str(reference), *seat)
        found = ipv6lab("check", *seat, "--json")
        assert found["score"] == 100, [
            (one["id"], one["verdict"], one["message"])
            for one in found["checks"]
            if one["verdict"] != "passed"
        ]
        ipv6lab("save", str(work), *seat)
    finally:
        ipv6lab("stop", *seat)
    journal = (work / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in journal]
    assert [one["after"] for one in told if one["kind"] == "catch-up"] == [exercise.after]
    again = ipv6lab("start", exercise.id, "--resume", *seat, "--json")
    ipv6lab("stop", *seat)
    assert again["after"] == exercise.after
    (graded,) = ipv6lab("grade", exercise.id, str(work), "--json")
    assert (graded["score"], graded["differences"]) == (100, [])
