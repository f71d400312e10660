"""Words are weighed: what has to be read for an exercise is read in ten minutes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ipv6lab.course import content, notebooks, tasks

COURSE = content.find()
MOST = 2000  # English words of a task and its notebook together
CODE = re.compile(r"`[^`]*`|\{\{.*?\}\}")
WORD = re.compile(r"\w[\w.,'’-]*")


def words(text: str) -> int:
    """The words of a paragraph, a command or value in it counted as one."""
    return len(WORD.findall(CODE.sub(" code ", text)))


def unfolded(text: str) -> Iterator[str]:
    """What of a notebook is read without unfolding anything."""
    folded = False
    for block in tasks.blocks(text):
        if block.text in (notebooks.MORE, notebooks.EQUIPMENT):
            folded = True
        elif block.text == notebooks.END:
            assert folded, "a fold ends that has not begun"
            folded = False
        elif block.prose and not folded:
            yield block.text
    assert not folded, "a fold never ends"


def test_what_is_folded_is_not_counted() -> None:
    text = "Look at `ip -6 route`.\n\n:::{more}\n\nOne two.\n\n:::\n\n```\nip a\n```\n\nThree.\n"
    assert [words(part) for part in unfolded(text)] == [3, 1]


@pytest.mark.parametrize("file", notebooks.files(COURSE), ids=lambda file: file.stem)
def test_a_task_and_its_notebook_are_not_too_much_to_read(file) -> None:
    task = [one.text for one in tasks.read_task(COURSE.exercises / file.stem / "task.md")]
    prose = [text for text in task if not text.startswith("```")]
    count = sum(map(words, [*prose, *unfolded(notebooks.with_folds(notebooks.read(file)))]))
    assert count < MOST, "fold what the exercise does not need, between :::{more} and :::"
