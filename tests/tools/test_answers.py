"""Which answers are graded at a landing."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "answers.py"
pytestmark = pytest.mark.skipif(not TOOL.is_file(), reason="needs a checkout")
NAMES = [f"L{number:02}" for number in range(1, 9)]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch):
    spec = importlib.util.spec_from_file_location("chosen_answers", TOOL)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def test_three_landings_in_a_row_try_all(answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "git", lambda *words: "")
    tried = [answers.chosen(NAMES, "HEAD~1", commits) for commits in (7, 8, 9)]
    assert sorted(one for part in tried for one in part) == NAMES


def test_what_changed_is_tried_and_first(answers, monkeypatch: pytest.MonkeyPatch) -> None:
    files = "exercises/L05-two-routers/checks.py\nsolutions/L02/wrong/x/expect.toml"
    monkeypatch.setattr(answers, "git", lambda *words: files)
    for commits in range(3):
        assert answers.chosen(NAMES, "HEAD~1", commits)[:2] == ["L02", "L05"]


def test_no_more_are_taken_than_fit(answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "answers", lambda identifier: [Path()] * 10)
    assert answers.bounded(NAMES, 35) == NAMES[:3]
    assert answers.bounded(NAMES, 5) == NAMES[:1]
