"""What a person has achieved: ``progress.json`` in the work directory.

One entry for each exercise: the best score, the checks that passed in it, and whether the
solution was looked at, after which no score counts any more.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _
from ipv6lab.words.verdicts import MAX_SCORE

FILE = "progress.json"
_SPOILT = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Achieved:
    """The best that was achieved on one exercise, and on each of its parts; `score` is of 100."""

    score: int = 0
    passed: tuple[str, ...] = ()
    solution_seen: bool = False
    parts: dict[str, int] = field(default_factory=dict)


def read(work: Path) -> dict[str, Achieved]:
    """What was achieved, by exercise; nothing where nothing was recorded or it cannot be read."""
    try:
        return _parsed((work / FILE).read_bytes())
    except (OSError, *_SPOILT):
        return {}


def _parsed(content: bytes) -> dict[str, Achieved]:
    data = json.loads(content)
    return {
        str(exercise): Achieved(
            int(entry["score"]),
            tuple(str(check) for check in entry["passed"]),
            bool(entry["solution_seen"]),
            {str(part): int(score) for part, score in entry.get("parts", {}).items()},
        )
        for exercise, entry in data.items()
    }


def record_result(work: Path, result: Mapping[str, Any]) -> None:
    """Take up a result, if it is the best so far; one that could not be judged is none."""
    if result["score"] is None:
        return
    exercise = str(result["exercise"])
    before = read(work).get(exercise, Achieved())
    if before.solution_seen:
        return
    parts = dict(before.parts)
    for one in result.get("parts", []):
        parts[one["part"]] = max(one["score"], parts.get(one["part"], 0))
    best = replace(before, parts=parts)
    if int(result["score"]) >= before.score:
        passed = tuple(check["id"] for check in result["checks"] if check["verdict"] == "passed")
        best = replace(best, score=int(result["score"]), passed=passed)
    if best != before:
        _write(work, exercise, best)


def record_solution_seen(work: Path, exercise: str) -> None:
    """The solution was shown: what was achieved before stays, nothing is added."""
    before = read(work).get(exercise, Achieved())
    _write(work, exercise, replace(before, solution_seen=True))


def next_exercise(known: Iterable[str], achieved: Mapping[str, Achieved]) -> str | None:
    """The first of these exercises that is neither done nor given away; None: all are."""
    for exercise in known:
        one = achieved.get(exercise, Achieved())
        if one.score < MAX_SCORE and not one.solution_seen:
            return exercise
    return None


def _kept(work: Path) -> dict[str, Achieved]:
    """What was achieved. Raises OSError where that cannot be read: it is not written over then."""
    file = work / FILE
    try:
        return _parsed(file.read_bytes())
    except FileNotFoundError:
        return {}
    except _SPOILT:  # some of it may still be made out by a person
        file.replace(work / f"{FILE}.damaged-{int(time.time())}")
        return {}


def _write(work: Path, exercise: str, achieved: Achieved) -> None:
    draft = work / f"{FILE}.{os.getpid()}"
    try:
        known = {**_kept(work), exercise: achieved}
        every = {name: asdict(entry) for name, entry in known.items()}
        work.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(every, indent=1, sort_keys=True), encoding="utf-8")
        draft.replace(work / FILE)
    except OSError as error:
        raise LabError(
            _(
                "{file} cannot be written: {reason}.",
                file=str(work / FILE),
                reason=error.strerror or str(error),
            )
        ) from None
