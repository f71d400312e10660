"""Parts of an exercise, each with a score of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ipv6lab.course.exercises import Exercise
from ipv6lab.words.verdicts import MAX_SCORE, score

SEPARATOR = "."  # as in L13.2


def name(exercise: str, part: str | None) -> str:
    """What a part is called; without a part the exercise.

    >>> name("L13", "2"), name("L13", None)
    ('L13.2', 'L13')
    """
    return exercise if part is None else f"{exercise}{SEPARATOR}{part}"


def split(called: str) -> tuple[str, str | None]:
    """The exercise and the part that are called so.

    >>> split("L13.2"), split("L13")
    (('L13', '2'), ('L13', None))
    """
    exercise, _dot, part = called.partition(SEPARATOR)
    return exercise, part or None


def scores(
    exercise: Exercise, checks: Sequence[Mapping[str, Any]], read: Mapping[str, int]
) -> list[dict[str, Any]]:
    """What these checks are worth in each part: ``part, title, score, max_score``, in JSON.

    The checks of a part are weighed against each other as those of a whole exercise are. `read`
    are the hints that cost. Where a check could not be judged the score is None.
    """
    from ipv6lab.course import hints  # which `list` has no need of

    found = []
    for part in exercise.parts:
        own = [check for check in checks if check["id"] in part.checks]
        points = score(own)
        if points is not None:
            points = max(0, points - hints.cost(own, exercise, read))
        found.append(
            {"part": part.number, "title": part.title, "score": points, "max_score": MAX_SCORE}
        )
    return found
