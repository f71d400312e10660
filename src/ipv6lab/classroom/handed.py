"""Work that seats handed in at their checks, done again by the trainer: these marks count."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ipv6lab.classroom import seals
from ipv6lab.classroom.folder import Class
from ipv6lab.course import content, exercises, floors, grading, recorded, results
from ipv6lab.course.apart import Graders, Grading
from ipv6lab.course.place import Place
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _


def files(found: Class, exercise: str | None = None) -> list[tuple[int, Path]]:
    """Each hand-in with its seat, by exercise and then seat."""
    wanted = f"{exercise}.json" if exercise else "*.json"
    known = [
        (int(file.parent.name), file)
        for file in (found.room / "handed-in").glob(f"*/{wanted}")
        if file.parent.name.isdigit()
    ]
    return sorted(known, key=lambda one: (one[1].name, one[0]))


def grade_all(
    found: Class, wanted: Sequence[tuple[int, Path]], jobs: int
) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Do these hand-ins again in fresh sandboxes: seat, exercise and result, as they come.

    The longest begin first, so that none of them is left alone at the end.
    """
    lengths = {name: _seconds(name) for name in {file.stem for _seat, file in wanted}}
    ordered = sorted(wanted, key=lambda one: (-lengths[one[1].stem], one[1].name, one[0]))
    gradings = [
        Grading(place, str(file), partial(grade, found, place, seat, file))
        for seat, file in ordered
        for place in [Place.of(file.stem, seat)]
    ]
    with Graders(jobs) as graders:
        for number, result in graders.results(gradings):
            seat, file = ordered[number]
            yield seat, file.stem, {**result, "graded_at": result.get("graded_at", results.now())}


def _seconds(exercise: str) -> float:
    """How long a grading of an exercise waits for the protocols."""
    return floors.seconds(exercises.load(content.find(), exercise))


def digest(data: bytes) -> str:
    """What tells one hand-in from another: its SHA-256, in hex."""
    return hashlib.sha256(data).hexdigest()


def grade(
    found: Class,
    place: Place,
    seat: int,
    file: Path,
    on_event: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    """Do one hand-in again. It comes from a trainee, and is read as any submission is.

    Beside what every result has, ``work`` tells which hand-in it was, and ``tries`` how often each
    check had failed at the seat before it passed, as the recorded work says.
    """
    data = file.read_bytes()
    about = {"folder": str(file), "work": digest(data), "versions": results.versions(place.content)}
    with tempfile.TemporaryDirectory(prefix="ipv6lab-") as directory:
        work = Path(directory, "work")
        bits = None
        try:
            told = _read(data, seat)
            _write(work, told, seat)
            if place.exercise.is_secret:
                bits = seals.opened(found, told["entries"], place.exercise.id, seat)
        except LabError as error:
            return results.refused(place, str(file), error.message) | about
        result = grading.grade(place, str(work), on_event=on_event, bits=bits)
    return {**result, **about, "tries": recorded.tries(told["entries"])}


def _read(data: bytes, seat: int) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise LabError(_("What seat {seat} handed in is no recorded work.", seat=seat))
    return told


def _write(folder: Path, told: dict[str, Any], seat: int) -> None:
    entries: Any = told.get("entries")
    spent = told.get("hints")
    if not recorded.is_valid(entries) or not isinstance(spent, dict):
        raise LabError(_("What seat {seat} handed in is no recorded work.", seat=seat))
    recorded.save(folder, entries, seat, spent)
