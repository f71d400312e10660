"""Badges: what the checks that a person passed add up to, ``labs/badges.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ipv6lab.course.content import Content
from ipv6lab.course.progress import Achieved
from ipv6lab.course.table import Table

FILE = "badges.toml"


@dataclass(frozen=True)
class Badge:
    """One step of the ladder; the title is English, to be translated."""

    name: str
    title: str
    checks: tuple[tuple[str, str], ...]  # exercise and check
    scores: tuple[tuple[str, int], ...]  # exercise and what must be reached of 100

    def earned(self, achieved: Mapping[str, Achieved]) -> bool:
        """Whether what was achieved, by exercise, has all it needs."""
        nothing = Achieved()
        return all(
            check in achieved.get(exercise, nothing).passed for exercise, check in self.checks
        ) and all(achieved.get(exercise, nothing).score >= score for exercise, score in self.scores)


def load_badges(content: Content) -> list[Badge]:
    """The badges, the lowest first; none where the course has no ladder. Raises LabError."""
    file = content.labs / FILE
    if not file.exists():
        return []
    table = Table.read(file)
    badges = [_badge(name, table.table(name)) for name in table.keys]
    table.finish()
    return badges


def _badge(name: str, table: Table) -> Badge:
    title = table.text("title")
    checks = []
    for text in table.texts("checks"):
        exercise, _dot, check = text.partition(".")
        checks.append((exercise, check))
    scores = table.table("scores", optional=True)
    wanted = tuple((exercise, scores.integer(exercise, 1, 100)) for exercise in scores.keys)
    scores.finish()
    table.finish()
    return Badge(name, title, tuple(checks), wanted)
