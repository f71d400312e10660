"""Recorded ladders: what goes over the wire in an exercise that is solved, for who shows it.

``labs/ladders/recordings.toml`` says what is recorded, ``labs/ladders/<ID>.json`` is what was
captured on a lab of the seat 0: nodes, their addresses, and frames with their seconds from the
first on. `python tools/ladders.py` records them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipv6lab.course.content import Content
from ipv6lab.course.table import Table
from ipv6lab.reports.ladder import Ladder, Step
from ipv6lab.reports.ladder_names import Names
from ipv6lab.reports.ladder_whole import seen_whole
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

FOLDER = "ladders"
RECORDINGS = "recordings.toml"


@dataclass(frozen=True)
class Recording:
    """What is done and where one listens meanwhile; scripts with names of the plan."""

    exercise: str
    place: str
    filter: str
    run: tuple[tuple[str, str], ...]
    ready: tuple[str, str] | None


@dataclass(frozen=True)
class Recorded:
    """A ladder, and whose addresses stand in it."""

    recording: Recording
    steps: list[Step]
    names: Names


def recordings(course: Content) -> dict[str, Recording]:
    """What is recorded, by exercise; nothing where the course records nothing."""
    file = course.labs / FOLDER / RECORDINGS
    if not file.is_file():
        return {}
    table = Table.read(file)
    return {name: _recording(name, table.table(name)) for name in table.keys}


def _recording(name: str, table: Table) -> Recording:
    found = Recording(
        name,
        table.text("place"),
        table.text("filter") if "filter" in table else "",
        tuple(_script(line) for line in table.texts("run")),
        _script(table.text("ready")) if "ready" in table else None,
    )
    table.finish()
    return found


def _script(line: str) -> tuple[str, str]:
    node, _sign, script = line.partition(": ")
    return node, script


def file(course: Content, exercise: str) -> Path:
    """Where an exercise's recording lies."""
    return course.labs / FOLDER / f"{exercise}.json"


def write(course: Content, exercise: str, recorded: dict[str, Any]) -> None:
    """Keep a recording."""
    text = json.dumps(recorded, ensure_ascii=False, indent=1, sort_keys=True)
    file(course, exercise).write_text(text + "\n", encoding="utf-8")


def read(course: Content, recording: Recording) -> Recorded:
    """The ladder of a recording. Raises LabError where it is missing or damaged."""
    kept = file(course, recording.exercise)
    try:
        return made(recording, json.loads(kept.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = getattr(error, "strerror", None) or repr(error)
        raise LabError(
            _("{file} cannot be read: {reason}.", file=str(kept), reason=reason)
        ) from None


def made(recording: Recording, captured: dict[str, Any]) -> Recorded:
    """The ladder of what was captured, in the form of the file."""
    network, addresses = captured["network"], captured["addresses"]
    names = Names(network, addresses)
    names.begin_at(recording.place.partition(":")[0])
    ladder = Ladder(names, whole=seen_whole(recording.place, network, addresses, recording.filter))
    steps = [
        step
        for time, octets in captured["frames"]
        for step in ladder.add(time, bytes.fromhex(octets))
    ]
    return Recorded(recording, steps + ladder.rest(), names)
