"""Answers to questions: in a folder's answers.toml, and in recorded work."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipv6lab.course import answers, folders, recorded
from ipv6lab.course.answers import ANSWERS
from ipv6lab.course.folders import Configuration
from ipv6lab.words.errors import LabError

QUESTIONS = ("router-mac", "groups", "state")
TEXTS = st.text(st.characters(codec="utf-8").filter(str.isprintable), max_size=50).map(str.strip)


def folder(path: Path, text: str) -> Path:
    path.joinpath(ANSWERS).write_text(text, encoding="utf-8")
    return path


def read(path: Path, plan: dict[str, str] | None = None) -> Configuration:
    return folders.read(path, ["pc1"], ["pc1"], plan, QUESTIONS)


def test_texts_lists_and_numbers(tmp_path: Path) -> None:
    folder(tmp_path, 'router-mac = " 00:00:5e:00:53:01 "\ngroups = ["ff02::1", "x"]\nstate = 5\n')
    expected = {"router-mac": "00:00:5e:00:53:01", "groups": ["ff02::1", "x"], "state": "5"}
    assert read(tmp_path).answers == expected
    assert read(tmp_path).to_request()["answers"] == expected


def test_a_submission_is_literal_and_a_solution_is_looked_up(tmp_path: Path) -> None:
    folder(tmp_path, 'state = "{{ app.address }}"\n')
    assert read(tmp_path).answers == {"state": "{{ app.address }}"}
    assert read(tmp_path, {"app.address": "2001:db8::80"}).answers == {"state": "2001:db8::80"}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(QUESTIONS), TEXTS | st.lists(TEXTS, max_size=5)))
def test_what_is_written_is_read_back(given_: dict[str, Any]) -> None:
    assert answers.parse(answers.as_toml(given_), QUESTIONS, "x") == given_


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('rooter-mac = "x"', "there is no question rooter-mac; did you mean router-mac?"),
        ('zzz = "x"', "there is no question zzz; the questions are router-mac, groups, state."),
        ('"\\u001b[2J" = "x"', "there is no question \\x1b[2J;"),
        ("state = true", "the answer to state must be a text in quotes, or a list of such texts."),
        ("state = 1.5", "the answer to state must be a text in quotes"),
        ('state = [["x"]]', "the answer to state must be a text in quotes"),
        ('[state]\na = "x"', "the answer to state must be a text in quotes"),
        ('state = "a\\u001b[2J"', "the answer to state must be a text in quotes"),
        ('state = "' + "x" * 1001 + '"', "the answer to state is too long: at most 1000 char"),
        ("state = [" + '"x",' * 101 + "]", "the answer to state is too long: at most 100 texts."),
        ("state = " + "[" * 9000, "is not valid TOML: "),
        ("state = STALE", "is not valid TOML: "),
        ("# " + "x" * answers.MAX_FILE, "is too large: at most 64 KiB"),
    ],
)
def test_what_is_no_answer(tmp_path: Path, text: str, sentence: str) -> None:
    folder(tmp_path, text)
    with pytest.raises(LabError) as caught:
        read(tmp_path)
    assert sentence in str(caught.value)
    assert str(tmp_path / ANSWERS) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_exercise_without_questions_wants_no_answers(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="the exercise asks no questions"):
        folders.read(folder(tmp_path, 'state = "x"\n'), ["pc1"])


def test_a_linked_file_is_refused(tmp_path: Path) -> None:
    os.symlink("/etc/passwd", tmp_path / ANSWERS)
    with pytest.raises(LabError, match="is a symbolic link"):
        read(tmp_path)


ENTRIES = [
    {"seq": 1, "kind": "answers", "answers": {"state": "STALE", "groups": ["a", "b"]}},
    {"seq": 2, "kind": "answers", "answers": {"state": "REACHABLE", "groups": ""}},
]


def read_recorded(path: Path) -> recorded.Recorded:
    return recorded.read(path, ["pc1"], ["pc1"], QUESTIONS)


def test_recorded_answers_are_saved_and_read_back(tmp_path: Path) -> None:
    recorded.save(tmp_path / "work", ENTRIES, 21)
    written = (tmp_path / "work" / ANSWERS).read_text(encoding="utf-8")
    assert written == 'state = "REACHABLE"\n'
    read = read_recorded(tmp_path / "work")
    assert read.entries == ENTRIES
    assert read.seat == 21


def test_recorded_answers_that_were_changed_afterwards(tmp_path: Path) -> None:
    recorded.save(tmp_path, ENTRIES, None)
    folder(tmp_path, 'state = "FAILED"\n')
    with pytest.raises(LabError, match="is not what was recorded"):
        read_recorded(tmp_path)


@pytest.mark.parametrize("answer", [{"state": {}}, {"zzz": "x"}, {"state": "a\n"}, {"state": None}])
def test_a_journal_with_answers_that_are_none(tmp_path: Path, answer: dict[str, Any]) -> None:
    entry = {"seq": 1, "kind": "answers", "answers": answer}
    (tmp_path / recorded.JOURNAL).write_text(json.dumps(entry) + "\n")
    with pytest.raises(LabError):
        read_recorded(tmp_path)


def test_hints_travel_with_recorded_work(tmp_path: Path) -> None:
    recorded.save(tmp_path / "work", ENTRIES, 21, {"M1": 2, "M3": 1})
    read = read_recorded(tmp_path / "work")
    assert read.hints == {"M1": 2, "M3": 1}
    assert read.entries == ENTRIES
    recorded.save(tmp_path / "none", ENTRIES, 21)
    assert read_recorded(tmp_path / "none").hints == {}


@pytest.mark.parametrize("hints", [{"M1": 0}, {"M1": 4}, {"M1": "1"}, {"M1": True}, []])
def test_hints_that_are_none(tmp_path: Path, hints: object) -> None:
    entry = {"seq": 0, "kind": "hints", "hints": hints}
    (tmp_path / recorded.JOURNAL).write_text(json.dumps(entry) + "\n")
    with pytest.raises(LabError, match="is no entry of a journal"):
        read_recorded(tmp_path)
