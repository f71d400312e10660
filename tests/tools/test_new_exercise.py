"""`make new-exercise` begins a whole exercise, which grades 0, 100 and what lies between."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.course import catalogues, content, exercises, explained
from ipv6lab.course.content import Content
from ipv6lab.words.errors import LabError
from tests.backends import require

ROOT = Path(__file__).parents[2]
COURSE = content.find()
pytestmark = pytest.mark.skipif(
    not (ROOT / "tools" / "new_exercise.py").is_file(), reason="needs a checkout"
)


def tool() -> Any:
    specification = importlib.util.spec_from_file_location(
        "new_exercise", ROOT / "tools" / "new_exercise.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def course(tmp_path: Path) -> Content:
    """A course with one exercise besides, and a handbook."""
    copy = Content(tmp_path / "course")
    shutil.copytree(COURSE.topologies, copy.topologies)
    shutil.copytree(COURSE.labs, copy.labs)
    shutil.copytree(COURSE.exercises / "L04-slaac", copy.exercises / "L04-slaac")
    handbook = copy.root / "docs" / "trainer" / "exercises.md"
    handbook.parent.mkdir(parents=True)
    handbook.write_text("# All\n\n## L04 SLAAC\n\n* **Say**: x\n\n## L90 Last\n\n* y\n")
    return copy


def test_it_is_whole_and_in_its_place(course: Content) -> None:
    written = tool().begin(course, "L77", "two-machines")
    assert all("@" not in str(file.relative_to(course.root)) for file in written)
    assert exercises.identifiers(course) == ["L04", "L77"]
    own = [one for one in catalogues.sources(course, "vi") if "L77" in str(one.file)]
    assert [source.file.name for source in own] == [
        "vi.po",
        "L77-two-machines.vi.po",
        "explained.vi.po",
    ]
    assert [found for source in own for found in catalogues.mistakes(source)] == []
    assert list(explained.mistakes(explained.file(course, "L77"))) == []
    handbook = (course.root / "docs" / "trainer" / "exercises.md").read_text()
    assert re.findall(r"^## (\w+)", handbook, re.MULTILINE) == ["L04", "L77", "L90"]


@pytest.mark.parametrize(
    ("identifier", "slug", "said"),
    [
        ("77", "two", "ID=77 is none"),
        ("L77", "Two Machines", "SLUG=Two Machines is none"),
        ("L77", "../two", "SLUG=../two is none"),
        ("L04", "two", "There is an exercise L04 already"),
    ],
)
def test_names_that_are_none_are_refused(
    course: Content, identifier: str, slug: str, said: str
) -> None:
    before = sorted(course.root.rglob("*"))
    with pytest.raises(LabError, match=said):
        tool().begin(course, identifier, slug)
    assert sorted(course.root.rglob("*")) == before


def test_it_is_graded_as_it_says(course: Content, tmp_path: Path) -> None:
    require(())
    tool().begin(course, "L77", "two-machines")
    answers = [
        course.exercises / "L77-two-machines" / "start",
        course.solutions / "L77" / "reference",
        course.solutions / "L77" / "wrong" / "forwarding-forgotten",
    ]
    (tmp_path / "run").mkdir(mode=0o700)
    done = subprocess.run(
        [sys.executable, "-m", "ipv6lab", "grade", "L77", *map(str, answers), "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        env={
            **os.environ,
            "IPV6LAB_COURSE": str(course.root),
            "XDG_RUNTIME_DIR": str(tmp_path / "run"),
            "XDG_DATA_HOME": str(tmp_path / "data"),
        },
        check=False,
    )
    assert done.stdout, done.stderr
    results = json.loads(done.stdout)
    assert [result["score"] for result in results] == [0, 100, 40], done.stdout
