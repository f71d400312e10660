"""Exercises and labs as data."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from ipv6lab.course import content, exercises, floors, labs
from ipv6lab.course.content import Content
from ipv6lab.course.exercises import RUNGS
from ipv6lab.course.expectations import ALL_RIGHT, expectation
from ipv6lab.words.errors import LabError

COURSE = content.find()


@pytest.mark.parametrize("exercise", exercises.load_all(COURSE), ids=lambda exercise: exercise.id)
def test_every_exercise_loads(exercise: exercises.Exercise) -> None:
    assert exercise.start.is_dir()
    assert exercise.task.is_file()
    assert all(len(ladder) == RUNGS for ladder in exercise.hints.values())
    assert bool(exercise.hints) != bool(exercise.faults), "there are no hints in an exam alone"


@pytest.mark.parametrize("name", ["L04", "l04", "L04-slaac"])
def test_an_exercise_is_found_by_id_or_folder(name: str) -> None:
    assert exercises.load(COURSE, name).id == "L04"


@pytest.mark.parametrize("name", ["L4", "L044", "LO4"])
def test_near_names_are_suggested(name: str) -> None:
    with pytest.raises(LabError, match=r"There is no exercise .*; did you mean L04"):
        exercises.load(COURSE, name)


@pytest.mark.parametrize("name", ["", "quux", "../L04", "L04\0"])
def test_a_name_like_nothing_is_told_where_the_names_are(name: str) -> None:
    with pytest.raises(LabError, match="There is no exercise"):
        exercises.load(Content(COURSE.root), name.replace("L04", "zzz"))


def test_hints_go_up_a_ladder_and_stay_on_its_last_rung() -> None:
    exercise = exercises.load(COURSE, "L04")
    hints = [exercise.hint("M3", number) for number in (1, 2, 3, 4)]
    assert hints[2] == hints[3]
    assert [hint.cost for hint in hints[:3]] == sorted(hint.cost for hint in hints[:3])
    with pytest.raises(LabError, match="L04 has no hints for M99; it has them for M1"):
        exercise.hint("M99", 1)


@pytest.mark.parametrize("exercise", exercises.load_all(COURSE), ids=lambda exercise: exercise.id)
def test_wrong_answers_expect_checks_that_there_are(exercise: exercises.Exercise) -> None:
    wrong = sorted(COURSE.solutions.glob(f"{exercise.id}/wrong/*"))
    assert len(wrong) >= 8
    checks = set(floors.check_ids(exercise.checks))
    for folder in wrong:
        expected = expectation(folder)
        assert expected.failed, folder
        assert expected.failed | expected.blocked <= checks, folder
        assert not expected.failed & expected.blocked, folder
        assert expected.score < ALL_RIGHT.score, folder
    assert expectation(COURSE.solutions / exercise.id / "reference") == ALL_RIGHT


@pytest.fixture
def course(tmp_path: Path) -> Content:
    """A copy of the course that a test may spoil."""
    copy = Content(tmp_path / "course")
    shutil.copytree(COURSE.exercises, copy.exercises)
    return copy


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('level = "basic"', 'level = "easy"', "level must be one of basic, intermediate"),
        ("minutes = 35", 'minutes = "30"', "minutes must be a whole number from 1 to 600."),
        ("minutes = 35", "minutes = true", "minutes must be a whole number from 1 to 600."),
        ("minutes = 35", "minuets = 30", "minutes is missing."),
        ("minutes = 35", "minutes = 35\nminuets = 3", "minuets is no key here; did you mean"),
        ('topology = "staff:Staff"', 'topology = "staff.py"', "topology must be a module and"),
        ('id = "L04"', 'id = "L05"', "id is L05, but the folder is named L04-slaac."),
        ("hint_cost = [10, 25, 50]", "hint_cost = [50, 25, 10]", "must be 3 rising whole numbers"),
        ('nodes = ["hq-core", "pc1", "pc2"]', "nodes = [1]", "nodes must be a list of texts."),
        ("[hints]", "[hints", "is not valid TOML: "),
        ("[hints]", '[hints]\nM99 = ["a", "b"]', "hints.M99 must have 3 hints, the vaguest first."),
    ],
)
def test_mistakes_in_a_description_are_named(
    course: Content, old: str, new: str, sentence: str
) -> None:
    file = course.exercises / "L04-slaac" / "exercise.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LabError) as caught:
        exercises.load(course, "L04")
    assert str(file) in str(caught.value)
    assert sentence in str(caught.value)


def test_the_labs_say_which_exercises_this_course_has() -> None:
    loaded = labs.load_labs(COURSE)
    assert [lab.name for lab in loaded][:3] == ["day1", "day2", "day3"]
    day = loaded[0]
    assert [session.exercise for session in day.sessions if not session.for_fast_groups] == [
        *("L01", "L02", "L03", "L04", "L06", "L08")
    ]
    there = exercises.identifiers(COURSE)
    assert all(session.available == (session.exercise in there) for session in day.sessions)


def test_the_course_can_be_named(monkeypatch: pytest.MonkeyPatch, course: Content) -> None:
    monkeypatch.setenv("IPV6LAB_COURSE", str(course.root))
    assert content.find() == course
    monkeypatch.setenv("IPV6LAB_COURSE", str(course.root / "exercises"))
    with pytest.raises(LabError, match=r"IPV6LAB_COURSE names .*, which holds no folder exercises"):
        content.find()


def test_the_protocol_floors_are_published() -> None:
    """A floor that has changed is changed in the documentation as well."""
    text = (COURSE.root / "docs" / "grading.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| ([A-Z]+[0-9]+) \| ([0-9.]+) \|$", text, re.MULTILINE))
    known = {one.id: f"{floors.seconds(one):g}" for one in exercises.load_all(COURSE)}
    assert told == known, "tools/floors.py writes the table anew"


@pytest.mark.parametrize("name", sorted(exercises.PLANNED))
def test_what_is_only_planned_is_said_to_be_so(name: str) -> None:
    assert name not in {one.id for one in exercises.load_all(COURSE)}
    with pytest.raises(LabError, match=f"{name} is not there yet"):
        exercises.load(COURSE, f"{name.lower()}-any")


@pytest.mark.parametrize("name", ["L99", "L4x", "slaac"])
def test_what_nobody_planned_is_no_exercise(name: str) -> None:
    with pytest.raises(LabError, match="There is no exercise"):
        exercises.load(COURSE, name)
