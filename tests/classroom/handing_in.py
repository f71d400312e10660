"""Hand-ins for tests: a configuration folder as a seat would have recorded it."""

from __future__ import annotations

import base64
import itertools
import json
from pathlib import Path
from typing import Any

from ipv6lab.classroom import folder
from ipv6lab.classroom.folder import Class
from ipv6lab.classroom.roster import Person
from ipv6lab.course.place import Place

# Whatever a name may try, and the same name in two forms of Unicode.
TWIN = "Nguyễn Văn A"
NAMES = (
    '=HYPERLINK("http://x","y")',
    "+1+1|calc",
    "@SUM(A1)",
    '<img src=x onerror="document.title=1">',
    "\x1b]0;mine\x07\x1b[2J",
    "An\u202egnol\u202c",
    "עברית",
    "NGUYE\u0302\u0303N",
)


def a_class(place: Path, names: list[str], language: str = "en") -> Class:
    """A class of these people, whatever their names are: a class can come from elsewhere."""
    people = [Person(seat, name, language, "Bộ Y tế") for seat, name in enumerate(names, 1)]
    return folder.create(place, "IPv6 – lớp 1", language, people, {})


def hand_in(found: Class, seat: int, exercise: str, entries: list[dict[str, Any]]) -> Path:
    """As the board keeps it."""
    where = found.handed_in(seat)
    where.mkdir(parents=True, exist_ok=True)
    file = where / f"{exercise}.json"
    told = {"exercise": exercise, "seat": seat, "entries": entries, "hints": {}, "at": 0.0}
    file.write_text(json.dumps(told), encoding="utf-8")
    return file


def recorded(exercise: str, seat: int, solution: str) -> list[dict[str, Any]]:
    """What a seat would have recorded while it did a solution of the course's."""
    place = Place.of(exercise, seat)
    done = place.configuration(place.content.solutions / exercise / solution)
    number = itertools.count(1)
    files = [
        {
            "seq": next(number),
            "kind": "files",
            "node": file.node,
            "files": [
                {
                    "path": file.path,
                    "mode": file.mode,
                    "content": base64.b64encode(file.content).decode(),
                }
            ],
        }
        for file in done.files
    ]
    commands = [
        {
            "seq": next(number),
            "kind": "command",
            "node": one.node,
            "shell": shell,
            "cwd": "/root",
            "command": one.script.rstrip("\n"),
        }
        for shell, one in enumerate(done.commands, 1)
    ]
    answered = [{"seq": next(number), "kind": "answers", "answers": dict(done.answers)}]
    return [*files, *commands, *(answered if done.answers else [])]


def result(exercise: str = "L02", score: int = 100, **more: Any) -> dict[str, Any]:
    """What a grading gives, made up for tests of what becomes of it."""
    checks = [
        {"id": "M1", "kind": "must", "weight": 60, "title": "one", "verdict": "passed"},
        {
            "id": "M2",
            "kind": "must",
            "weight": 40,
            "title": "two",
            "verdict": "passed" if score == 100 else "failed",
            "message": {"text": "Nothing arrives.", "values": {}},
        },
        {"id": "N1", "kind": "must_not", "weight": 10, "title": "three", "verdict": "passed"},
    ]
    return {
        "exercise": exercise,
        "title": "Static routes",
        "score": score,
        "verdict": "passed" if score == 100 else "failed",
        "origin": "replay",
        "graded_at": "2026-11-30T17:00:00+07:00",
        "versions": {"ipv6lab": "0.1.0"},
        "work": "00",
        "hints": {},
        "tries": {"M2": 3},
        "checks": checks,
        **more,
    }
