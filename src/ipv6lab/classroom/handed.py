"""Work that seats handed in at their checks, done again by the trainer: these marks count."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ipv6lab.classroom import seals
from ipv6lab.classroom.folder import Class, read_json
from ipv6lab.course import grading, recorded, results
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
    found: Class, exercise: str | None, jobs: int
) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Do each hand-in again in a fresh sandbox: seat, exercise and result, as they come."""
    wanted = files(found, exercise)
    gradings = [
        Grading(place, str(file), partial(grade, found, place, seat, file))
        for seat, file in wanted
        for place in [Place.of(file.stem, seat)]
    ]
    with Graders(jobs) as graders:
        for number, result in graders.results(gradings):
            seat, file = wanted[number]
            yield seat, file.stem, result


def grade(
    found: Class,
    place: Place,
    seat: int,
    file: Path,
    on_event: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    """Do one hand-in again. It comes from a trainee, and is read as any submission is."""
    told = read_json(file)
    with tempfile.TemporaryDirectory(prefix="ipv6lab-") as directory:
        work = Path(directory, "work")
        bits = None
        try:
            _write(work, told, seat)
            if place.exercise.is_secret:
                bits = seals.opened(found, told["entries"], place.exercise.id, seat)
        except LabError as error:
            return results.refused(place, str(file), error.message)
        result = grading.grade(place, str(work), on_event=on_event, bits=bits)
    result["folder"] = str(file)
    return result


def _write(folder: Path, told: dict[str, Any], seat: int) -> None:
    entries: Any = told.get("entries")
    spent = told.get("hints")
    if not recorded.is_valid(entries) or not isinstance(spent, dict):
        raise LabError(_("What seat {seat} handed in is no recorded work.", seat=seat))
    recorded.save(folder, entries, seat, spent)
