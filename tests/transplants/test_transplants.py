"""Every fault costs marks in each exercise of its table."""

from __future__ import annotations

import importlib
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
from ipv6lab.course.place import Place
from tests.backends import require, require_image
from tests.transplants.answer import FAULTS, Answer

COURSE = content.find()
for module in sorted(Path(__file__).parent.glob("[!_]*.py")):
    if module.stem not in ("answer", Path(__file__).stem):
        importlib.import_module(f"tests.transplants.{module.stem}")
CASES = sorted(FAULTS)
KNOWN = {one.id: one for one in exercises.load_all(COURSE)}


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Labs of the test's own; skipped where none can be built."""
    require_image()
    with tempfile.TemporaryDirectory(prefix="v6-") as directory:
        monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
        monkeypatch.setenv("XDG_DATA_HOME", directory)
        yield


def graded(exercise: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "ipv6lab", "grade", exercise, str(folder), "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    assert done.stdout, done.stderr
    (result,) = json.loads(done.stdout)
    return dict(result)


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "name"), CASES)
def test_a_fault_costs_marks(exercise: str, name: str, tmp_path: Path) -> None:
    require(KNOWN[exercise].needs)
    plan = Place.of(exercise, None).plan
    answer = Answer(COURSE, exercise, plan, tmp_path / "answer")
    FAULTS[exercise, name](answer)
    result = graded(exercise, answer.folder)
    assert result["verdict"] == "failed", json.dumps(result.get("message"))
    assert result["score"] < 100, [one["id"] for one in result["checks"]]
    blamed = [one for one in result["checks"] if one["verdict"] == "failed"]
    assert [one for one in blamed if one["kind"] != "note"], "marks are lost, and nothing says why"


@pytest.mark.parametrize("exercise", sorted({exercise for exercise, _name in CASES}))
def test_an_answer_without_a_fault_is_the_reference(exercise: str, tmp_path: Path) -> None:
    answer = Answer(COURSE, exercise, Place.of(exercise, None).plan, tmp_path / "answer")
    written = [file for file in answer.folder.rglob("*") if file.is_file()]
    assert written
    assert all("{{" not in file.read_text(encoding="utf-8") for file in written)


@pytest.mark.parametrize(("exercise", "name"), CASES)
def test_a_fault_changes_the_answer(exercise: str, name: str, tmp_path: Path) -> None:
    def files(folder: Path) -> dict[str, str]:
        return {
            str(file.relative_to(folder)): file.read_text(encoding="utf-8")
            for file in folder.rglob("*")
            if file.is_file()
        }

    plan = Place.of(exercise, None).plan
    answer = Answer(COURSE, exercise, plan, tmp_path / "answer")
    before = files(answer.folder)
    FAULTS[exercise, name](answer)
    assert files(answer.folder) != before
