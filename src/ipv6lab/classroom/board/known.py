"""What is known of the room. Everything in it that seats say is cut to size and checked here."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ipv6lab.classroom.board.disputed import Disputes
from ipv6lab.classroom.folder import Class, read_json, write_private
from ipv6lab.classroom.hub.signing_in import Roster
from ipv6lab.course.recorded import MAX_ENTRIES
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

FILE = "board.json"
VERDICTS = ("passed", "failed", "blocked", "not_judged")
MOST_NOTES = 20
LONGEST = 500  # letters of a note
AT_WORK = 600.0  # seconds between two things that somebody at work does
FIRST_LAPTOP = 1001  # seats of laptops, clear of the roster's
LAPTOPS = 300
KEPT = ("exercise", "checks", "scores", "hints", "hand", "forward", "seen", "passed")


class Room:
    """The room, kept in the class's folder ``room``. `changed` is called after each change."""

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], float] = time.time,
        seal: str | None = None,
    ) -> None:
        self.roster = Roster(folder)  # a copy without PINs, for the board alone
        self.folder = folder
        self.clock = clock
        self.seal = seal  # the key to which seats seal what they draw, its modulus in hex
        self.version = 0
        self.changed: Callable[[], None] = lambda: None
        kept = read_json(self.folder / FILE)
        self.paused = bool(kept.get("paused"))
        self.open: dict[str, Any] = dict(kept.get("open") or {})
        self.notes: list[dict[str, Any]] = list(kept.get("notes") or [])
        self.laptops: dict[int, dict[str, str]] = {
            int(number): dict(told) for number, told in dict(kept.get("laptops") or {}).items()
        }
        self._seats: dict[int, dict[str, Any]] = {
            int(number): dict(told) for number, told in dict(kept.get("seats") or {}).items()
        }
        self.disputes = Disputes(folder)
        self.online: set[int] = set()
        self._dirty = False

    @property
    def found(self) -> Class:
        return self.roster.now()

    def touch(self) -> None:
        """Something is otherwise than before."""
        self.version += 1
        self._dirty = True
        self.changed()

    def save(self) -> None:
        """Write down what is worth keeping, if anything changed."""
        if not self._dirty:
            return
        self._dirty = False
        told = {
            "paused": self.paused,
            "open": self.open,
            "notes": self.notes,
            "laptops": self.laptops,
            "seats": self._seats,
        }
        write_private(self.folder / FILE, json.dumps(told, ensure_ascii=False))

    # -- who is there

    def people(self) -> dict[int, dict[str, str]]:
        """Name, language and group of every seat, laptops among them."""
        people = {
            number: {"name": one.name, "language": one.language, "group": one.group}
            for number, one in self.found.seats.items()
        }
        return people | {n: {"group": "", **told} for n, told in self.laptops.items()}

    def knows(self, seat: int) -> bool:
        return seat in self.found.seats or seat in self.laptops

    def admit_laptop(self, name: str, language: str) -> int:
        """A seat for a laptop. Raises LabError where there is none left."""
        if len(self.laptops) >= LAPTOPS:
            raise LabError(_("The room is full."))
        seat = max([FIRST_LAPTOP - 1, *self.laptops]) + 1
        self.laptops[seat] = {"name": name, "language": language}
        self.touch()
        return seat

    def seat(self, number: int) -> dict[str, Any]:
        """What is known of a seat's work."""
        return self._seats.setdefault(number, {"exercise": None, "checks": {}, "scores": {}})

    def connect(self, number: int, there: bool) -> None:
        if there:
            self.online.add(number)
        else:
            self.online.discard(number)
        self.touch()

    # -- what seats say

    def report(self, number: int, told: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        """How a seat gets on; `known` are the course's exercises with their checks."""
        seat = self.seat(number)
        exercise = told.get("exercise")
        exercise = exercise if isinstance(exercise, str) and exercise in known else None
        checks = _verdicts(told.get("checks"), known[exercise]["checks"] if exercise else {})
        scores = {
            name: points
            for name, points in _table(told.get("scores")).items()
            if name in known and type(points) is int and 0 <= points <= 100
        }
        now = self.clock()
        if exercise and exercise == seat["exercise"] and seat.get("last"):
            # Whoever did nothing for longer was away, or listened.
            gap = now - seat["last"]
            spent = seat.setdefault("spent", {})
            spent[exercise] = spent.get(exercise, 0) + (gap if 0 < gap <= AT_WORK else 0)
        passed = {f"{exercise} {name}" for name, one in checks.items() if one == "passed"}
        before = set(seat.get("passed", ()))
        if exercise != seat["exercise"] or passed - before or scores != seat["scores"]:
            seat["forward"] = now
        seat |= {
            "exercise": exercise,
            "checks": checks,
            "scores": scores,
            "passed": sorted(passed | before)[:2000],
            "hints": {
                name: count
                for name, count in _table(told.get("hints")).items()
                if exercise and name in known[exercise]["checks"] and type(count) is int
            },
            "marks": [str(name)[:80] for name in _list(told.get("marks"))[:30]],
            "seen": [name for name in _list(told.get("seen")) if name in known],
            "last": now,
        }
        self.touch()

    def hand(self, number: int, up: bool) -> None:
        self.seat(number)["hand"] = self.clock() if up else None
        self.touch()

    def take_work(self, number: int, told: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        """Keep recorded work that a seat hands in, where it is no worse than what is there.

        What is in it is looked at by who grades it, not here.
        """
        exercise, entries = told.get("exercise"), told.get("entries")
        if exercise not in known or not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
            return
        folder = self.folder / "handed-in" / f"{number:02}"
        file = folder / f"{exercise}.json"
        if _passed(read_json(file).get("entries")) > _passed(entries):
            return
        folder.mkdir(parents=True, exist_ok=True)
        kept = {"exercise": exercise, "seat": number, "entries": entries}
        kept |= {"hints": _table(told.get("hints")), "at": self.clock()}
        write_private(file, json.dumps(kept, ensure_ascii=False))

    # -- what the trainer says

    def note(self, text: str, seats: list[int] | None) -> None:
        """A note for these seats, or for all. Raises LabError for an empty one."""
        text = " ".join(text.split())[:LONGEST]
        if not text:
            raise LabError(_("An empty note says nothing."))
        number = max([0, *(int(one["id"]) for one in self.notes)]) + 1
        self.notes.append({"id": number, "text": text, "seats": seats, "at": self.clock()})
        self.notes = self.notes[-MOST_NOTES:]
        self.touch()

    def set_open(self, told: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        """What is open from now on: ``exercises`` (None: all), ``hints``, ``solutions``."""
        wanted = told.get("exercises")
        self.open = {
            "exercises": None
            if wanted is None
            else [name for name in known if name in _list(wanted)],
            "hints": told.get("hints") is not False,
            "solutions": told.get("solutions") is not False,
        }
        self.touch()

    def pause(self, on: bool) -> None:
        self.paused = on
        self.touch()

    # -- what is shown

    def for_seat(self, number: int) -> dict[str, Any]:
        """What a seat is told of the room."""
        notes = [
            {"id": one["id"], "text": one["text"]}
            for one in self.notes
            if one["seats"] is None or number in one["seats"]
        ]
        return {
            "kind": "room",
            "paused": self.paused,
            "open": self.open or None,
            "seal": self.seal,
            "notes": notes,
            "hand": bool(self.seat(number).get("hand")),
        }

    def snapshot(self) -> dict[str, Any]:
        """What the board shows."""
        people = self.people()
        seats = []
        for number in sorted(people):
            known = self.seat(number)
            seats.append(
                {
                    "seat": number,
                    **people[number],
                    "online": number in self.online,
                    "laptop": number in self.laptops,
                    "disputes": self.disputes.of(number),
                    **{
                        key: known.get(key)
                        for key in (
                            *("exercise", "checks", "scores", "hints", "marks", "seen"),
                            *("hand", "forward", "last"),
                        )
                    },
                }
            )
        return {
            "version": self.version,
            "now": self.clock(),
            "title": self.found.title,
            "paused": self.paused,
            "open": self.open,
            "notes": self.notes,
            "seats": seats,
        }


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _verdicts(value: Any, known: Mapping[str, str]) -> dict[str, str]:
    return {name: one for name, one in _table(value).items() if name in known and one in VERDICTS}


def _passed(entries: Any) -> int:
    """How many checks had passed in the last grading that recorded work knows of."""
    if not isinstance(entries, list):
        return -1
    for entry in reversed(entries):
        if isinstance(entry, dict) and entry.get("kind") == "verdict":
            return list(_table(entry.get("checks")).values()).count("passed")
    return -1
