"""Marks that seats dispute, as the board keeps them: ``disputes/NN/EXERCISE-CHECK.json``.

What is in them beside a few words is for the trainer's own commands, and is not looked at here. An
answer of the trainer's lies beside it, ``….answer``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ipv6lab.classroom.folder import read_json, write_private
from ipv6lab.course.recorded import MAX_ENTRIES

FOLDER = "disputes"
ANSWER = ".answer"
MOST = 20  # of one seat
LONGEST = 500  # letters of a reason
VERDICTS = ("failed", "blocked", "not_judged")
KEPT = ("title", "kind", "weight", "verdict", "blocked_by", "message", "evidence", "hints")


class Disputes:
    """All of a room."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._known: dict[tuple[int, str, str], dict[str, Any]] = {}
        for file in sorted(self._folder.glob("*/*.json")):
            told = read_json(file)
            if file.parent.name.isdecimal() and told:
                self._remember(int(file.parent.name), told)

    def take(self, seat: int, told: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
        """Keep what a seat disputes; whether it was new. `known` are the course's exercises."""
        exercise, check, why = told.get("exercise"), told.get("check"), told.get("why")
        entries, at = told.get("entries"), told.get("at")
        if not isinstance(exercise, str) or exercise not in known or not isinstance(check, str):
            return False
        if check not in known[exercise]["checks"] or told.get("verdict") not in VERDICTS:
            return False
        if not isinstance(why, str) or not why.strip() or not isinstance(at, int | float):
            return False
        if not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
            return False
        key = (seat, exercise, check)
        if self._known.get(key, {}).get("at") == at:
            return False  # it was told before: the connection was lost meanwhile
        if key not in self._known and sum(one[0] == seat for one in self._known) >= MOST:
            return False
        kept = {"seat": seat, "exercise": exercise, "check": check, "at": at, "entries": entries}
        kept["why"] = " ".join(why.split())[:LONGEST]
        kept |= {name: told[name] for name in KEPT if name in told}
        file = self._file(*key)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(file, json.dumps(kept))
        file.with_suffix(ANSWER).unlink(missing_ok=True)  # that was to what was said before
        self._remember(seat, kept)
        return True

    def of(self, seat: int) -> list[dict[str, Any]]:
        """What a seat disputes: ``exercise, check, why, at``, and whether it is ``answered``."""
        return [
            {**told, "answered": self._file(*key).with_suffix(ANSWER).exists()}
            for key, told in sorted(self._known.items())
            if key[0] == seat
        ]

    def _remember(self, seat: int, told: Mapping[str, Any]) -> None:
        key = (seat, str(told.get("exercise")), str(told.get("check")))
        words = {name: told.get(name) for name in ("exercise", "check", "why", "at")}
        self._known[key] = words

    def _file(self, seat: int, exercise: str, check: str) -> Path:
        return self._folder / f"{seat:02}" / f"{exercise}-{check}.json"
