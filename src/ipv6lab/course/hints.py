"""Which hints a trainee has read: ``hints/<exercise>-seat-<n>.json`` in the work directory."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from ipv6lab.course import room
from ipv6lab.course.exercises import RUNGS, Exercise
from ipv6lab.course.near import near
from ipv6lab.platform import directories
from ipv6lab.sandbox.kept_work import read as read_journal
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _
from ipv6lab.words.verdicts import MAX_SCORE


def _file(exercise: str, seat: int | None) -> Path:
    return directories.work() / "hints" / f"{exercise}-seat-{seat or 0}.json"


def read(exercise: str, seat: int | None) -> dict[str, int]:
    """How many hints were read for each check before it had passed: those that cost."""
    return {check: paid for check, (paid, _shown) in _known(exercise, seat).items() if paid}


def _known(exercise: str, seat: int | None) -> dict[str, tuple[int, int]]:
    """For each check: hints that cost, and hints that were shown."""
    try:
        data = json.loads(_file(exercise, seat).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict):
        return {}
    known = {}
    for check, value in data.items():
        match value:
            case int(paid):
                known[str(check)] = (paid, paid)
            case [int(paid), int(shown)]:
                known[str(check)] = (paid, shown)
    return known


def passed_last(journal: Path) -> set[str]:
    """The checks that passed when the lab whose work is recorded there was last graded."""
    verdicts = [entry["checks"] for entry in read_journal(journal) if entry["kind"] == "verdict"]
    return {check for check, verdict in (verdicts or [{}])[-1].items() if verdict == "passed"}


def read_next(
    exercise: Exercise, seat: int | None, name: str, passed: Collection[str] = ()
) -> tuple[str, int, bool]:
    """Take the next hint for a check, in whatever case its id is written.

    From now on it costs, unless the check is one of those that have `passed` already. Returns the
    check's id, which of its hints it is, and whether it costs. Raises LabError for an unknown
    check.
    """
    check = next((one for one in exercise.hints if one.lower() == name.lower()), None)
    if check is None:
        _refuse_check(name, exercise)
    room.check_hints()
    paid, shown = _known(exercise.id, seat).get(check, (0, 0))
    number = min(shown + 1, RUNGS)
    costs = check not in passed
    _write(exercise.id, seat, check, number if costs else paid, number)
    return check, number, costs


def _refuse_check(name: str, exercise: Exercise) -> NoReturn:
    meant = near(name, exercise.hints)
    if meant:
        raise LabError(
            _(
                "{exercise} has no check {name}; did you mean {meant}?",
                exercise=exercise.id,
                name=name,
                meant=", ".join(meant),
            )
        )
    exercise.hint(name, 1)  # says which checks have hints
    raise AssertionError(name)


def record(exercise: str, seat: int | None, check: str, number: int) -> None:
    """Remember that the hints for a check were read up to this one, and cost."""
    _write(exercise, seat, check, number, number)


def _write(exercise: str, seat: int | None, check: str, paid: int, shown: int) -> None:
    file = _file(exercise, seat)
    known = {**_known(exercise, seat), check: (paid, shown)}
    draft = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(known), encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise LabError(
            _(
                "{file} cannot be written: {reason}.",
                file=str(file),
                reason=error.strerror or str(error),
            )
        ) from None


def cost(checks: Iterable[Mapping[str, Any]], exercise: Exercise, spent: Mapping[str, int]) -> int:
    """The points that the hints read so far take from what these checks earned; rounded up."""
    musts = [check for check in checks if check["kind"] == "must"]
    total = sum(check["weight"] for check in musts)
    lost = sum(
        check["weight"] * exercise.hint(check["id"], spent[check["id"]]).cost / 100
        for check in musts
        if check["verdict"] == "passed" and spent.get(check["id"]) and check["id"] in exercise.hints
    )
    return math.ceil(lost * MAX_SCORE / total) if total else 0
