"""What passed before is measured anew, in the start state."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from ipv6lab.course import content, exercises
from ipv6lab.course.exercises import Exercise
from tests.backends import require

ROOT = Path(__file__).parents[2]
WITH_BASELINE = [one for one in exercises.load_all(content.find()) if one.baseline.exists()]


def tool():
    spec = importlib.util.spec_from_file_location("baselines", ROOT / "tools/baselines.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("exercise", WITH_BASELINE, ids=lambda one: one.id)
def test_a_baseline_is_what_is_measured(
    exercise: Exercise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require(exercise.needs)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    told = exercise.baseline.read_text(encoding="utf-8")
    baselines = tool()
    found = baselines.measured(exercise.id, list(json.loads(told)))
    assert baselines.written(found) == told
