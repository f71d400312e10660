"""``expect.toml`` of a wrong answer: exactly the checks that fail and those that are blocked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ipv6lab.course.folders import EXPECTATION
from ipv6lab.course.table import Table
from ipv6lab.words.verdicts import MAX_SCORE


@dataclass(frozen=True)
class Expectation:
    """What grading a configuration folder of the course's own must give; notes do not count."""

    failed: frozenset[str]
    blocked: frozenset[str]
    score: int


ALL_RIGHT = Expectation(frozenset(), frozenset(), MAX_SCORE)


def expectation(folder: Path) -> Expectation:
    """What a wrong answer must give; all points for a folder that expects nothing."""
    file = folder / EXPECTATION
    if not file.exists():
        return ALL_RIGHT
    table = Table.read(file)
    expected = Expectation(
        frozenset(table.texts("failed")),
        frozenset(table.texts("blocked")),
        table.integer("score", 0, MAX_SCORE),
    )
    table.finish()
    return expected
