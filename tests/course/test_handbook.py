"""The trainer's handbook speaks of each exercise, and of none that is not there."""

from __future__ import annotations

import re

import pytest

from ipv6lab.course import content, exercises

COURSE = content.find()
FILE = COURSE.root / "docs/trainer/exercises.md"


def test_the_handbook_has_each_exercise_with_its_parts() -> None:
    if not FILE.is_file():
        pytest.skip("the documentation is not installed")
    head, *sections = re.split(r"^## ", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert head.startswith("# ")
    assert [section.split()[0] for section in sections] == list(exercises.identifiers(COURSE))
    for section in sections:
        parts = re.findall(r"^\* \*\*(.*?)\*\*:", section, re.MULTILINE)
        spent = re.search(r"By the minute\*\*: (.*)", section)
        if spent is None:  # a new exercise, which nobody has taught yet
            assert parts == ["Say", "Ask", "Goes wrong"], section
            continue
        assert parts == ["Say", "By the minute", "Ask", "Goes wrong", "Rescue"], section
        minutes = [(int(one), int(two)) for one, two in re.findall(r"(\d+)–(\d+) ", spent[1])]
        assert [one for one, _two in minutes] == [0, *(two for _one, two in minutes[:-1])], section
        assert minutes[-1][1] == 10, section
