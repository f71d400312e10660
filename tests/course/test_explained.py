"""Each reference solution is explained, line by line, and shown explained in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipv6lab.course import content, exercises, explained, languages
from ipv6lab.course.place import Place

COURSE = content.find()
# What an exam's tickets came from stands with its faults.
IDS = [one.id for one in exercises.load_all(COURSE) if not one.faults]


@pytest.mark.parametrize("exercise", IDS)
def test_every_line_of_a_reference_is_explained(exercise: str) -> None:
    file = explained.file(COURSE, exercise)
    assert file.is_file(), f"{file} is missing"
    assert not list(explained.mistakes(file))


@pytest.mark.parametrize("language", languages.LANGUAGES)
@pytest.mark.parametrize("exercise", IDS)
def test_an_explanation_has_the_seat_s_addresses(exercise: str, language: str) -> None:
    place = Place.of(exercise, 0xABC)
    text = explained.text(place.content, exercise, language, place.shown)
    assert text
    assert "{{" not in text
    own = next(explained.messages(explained.file(COURSE, exercise)))
    assert (own in text) == (language == languages.SOURCE)


def reference(folder: Path, text: str, **files: str) -> Path:
    """An explanation beside a reference of these files, `__` for a slash."""
    for name, lines in files.items():
        file = folder / "reference" / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(lines, encoding="utf-8")
    explanation = folder / explained.TEXT
    explanation.write_text(text, encoding="utf-8")
    return explanation


@pytest.mark.parametrize(
    ("quoted", "wrong"),
    [
        ("# r1:/etc/a\none\ntwo 1\ntwo 2", []),
        ("# r1:/etc/a\none\ntwo …", []),
        ("# r1:/etc/a\none\ntwo 1", ["r1:/etc/a: not explained: two 2"]),
        ("# r2:/etc/a\none\ntwo …", 3),
        ("# r1:/etc/a\none\ntwo …\nthree", ["r1:/etc/a: not in the reference: three"]),
    ],
)
def test_what_is_not_explained_is_named(
    tmp_path: Path, quoted: str, wrong: list[str] | int
) -> None:
    text = f"```\n{quoted}\n```\n\nWhy.\n"
    file = reference(tmp_path, text, r1__etc__a="# a comment\none\n\n  two 1\n  two 2\n")
    found = [line.partition(": ")[2] for line in explained.mistakes(file)]
    if isinstance(wrong, int):
        assert len(found) == wrong + 2
    else:
        assert found == wrong
