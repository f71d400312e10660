"""How a seat gets on, as its own files say: its lab, its journal, its hints and points."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipv6lab import sandbox
from ipv6lab.course import hints, progress
from ipv6lab.platform import directories
from ipv6lab.sandbox import kept_work

RECENT = 30  # commands that a look shows
LONGEST = 400  # letters of one


@dataclass
class Tail:
    """A journal as it grows: what a look needs of it, read no byte twice."""

    path: Path
    verdicts: dict[str, str] = field(default_factory=dict)
    graded: int = 0  # how often
    commands: list[dict[str, Any]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    _at: int = 0
    _file: int = 0
    _rest: bytes = b""
    _taken: list[dict[str, Any]] = field(default_factory=list)

    def read(self) -> bool:
        """Take up what is new; whether there was something."""
        try:
            with open(self.path, "rb") as opened:
                status = os.fstat(opened.fileno())
                if status.st_ino != self._file or status.st_size < self._at:
                    self._begin()
                    self._file = status.st_ino
                opened.seek(self._at)
                data = opened.read()
        except OSError:
            return False
        self._at += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            entry = kept_work.entry_of(line)
            if entry is not None:
                self._take(entry)
        return bool(lines)

    def _begin(self) -> None:
        self._at, self._rest, self.graded = 0, b"", 0
        self._forget()

    def _forget(self) -> list[dict[str, Any]]:
        """Nothing was done so far; what was."""
        before, self._taken = self._taken, []
        self.verdicts, self.commands, self.marks = {}, [], []
        return before

    def _take(self, entry: dict[str, Any]) -> None:
        kind = entry.get("kind")
        if kind == "undone":
            graded = self.graded
            for one in self._forget():
                if one["seq"] <= entry["to"]:
                    self._take(one)
            self.graded = graded
            return
        if kind == "reset" and entry.get("node") is None:
            self._forget()
        if kind not in ("files", "typed"):
            self._taken.append(entry)
        if kind == "verdict":
            self.verdicts = {str(k): str(v) for k, v in dict(entry["checks"]).items()}
            self.graded += 1
        elif kind == "command":
            told = {"seq": entry["seq"], "node": entry["node"]}
            told["command"] = str(entry["command"])[:LONGEST]
            self.commands = [*self.commands, told][-RECENT:]
        elif kind == "end":
            for one in self.commands:
                if one["seq"] == entry["of"]:
                    one["status"] = entry["status"]
        elif kind == "mark":
            name = str(entry["name"])
            self.marks = [*(one for one in self.marks if one != name), name][-RECENT:]


@dataclass
class State:
    """What a seat's files say, look by look."""

    seat: int
    _tail: Tail | None = None

    def look(self) -> dict[str, Any]:
        """How the seat gets on now.

        ``exercise`` and ``title`` are of the lab that runs (None: none does), ``checks`` its last
        verdicts by check, ``graded`` how often it was graded, ``done`` how many commands, ``marks``
        its checkpoints, ``hints`` how many were read for each check, ``scores`` the best points by
        exercise, ``seen`` the exercises whose solutions were shown.
        """
        lab = self.lab()
        achieved = progress.read(directories.work())
        told: dict[str, Any] = {
            "exercise": None,
            "checks": {},
            "graded": 0,
            "last": 0,
            "marks": [],
            "hints": {},
            "scores": {name: one.score for name, one in achieved.items()},
            "seen": [name for name, one in achieved.items() if one.solution_seen],
        }
        if lab is None or "exercise" not in lab:
            self._tail = None
            return told
        exercise = str(lab["exercise"])
        tail = self.tail(exercise)
        tail.read()
        last = tail.commands[-1]["seq"] if tail.commands else 0
        return told | {
            "exercise": exercise,
            "checks": tail.verdicts,
            "graded": tail.graded,
            "last": last,
            "marks": tail.marks,
            "hints": hints.read(exercise, self.seat or None),
        }

    def lab(self) -> dict[str, Any] | None:
        """What is known of the lab that runs on the seat."""
        return next((lab for lab in sandbox.running() if lab["seat"] == self.seat), None)

    def tail(self, exercise: str) -> Tail:
        path = journal_of(exercise, self.seat)
        if self._tail is None or self._tail.path != path:
            self._tail = Tail(path)
        return self._tail

    def work(self, exercise: str) -> dict[str, Any]:
        """The seat's recorded work on an exercise, to be handed in."""
        return {
            "exercise": exercise,
            "seat": self.seat,
            "entries": kept_work.read(journal_of(exercise, self.seat)),
            "hints": hints.read(exercise, self.seat or None),
        }


def journal_of(exercise: str, seat: int) -> Path:
    """Where the work on an exercise is recorded."""
    return directories.work() / "journals" / f"{exercise}-seat-{seat}.jsonl"
