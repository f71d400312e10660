#!/usr/bin/env python3
"""Whether both kernels give the same verdicts: `tools/kernels.py [EXERCISE...]`.

Each answer of the course (reference, alternatives, wrong ones) is graded on the machine's own
kernel and on the lab kernel, and every check that does not end alike is told. Takes long; with
`--expected` an answer's host half is what its `expect.toml` records, which the tests hold it to,
and only the lab kernel runs. `--sample N` takes every exercise's reference and N others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ipv6lab import sandbox
from ipv6lab.course import content, exercises, grading
from ipv6lab.course.exercises import Exercise
from ipv6lab.course.expectations import expectation
from ipv6lab.course.place import Place
from ipv6lab.words.errors import Unsupported

SEAT = 2779  # any but none: what is true of the model agency only is found out


def answers(exercise: Exercise, sample: int | None) -> list[Path]:
    """The folders with answers, the reference first; of the others ``sample`` spread ones."""
    solutions = content.find().solutions / exercise.id
    others = [
        folder
        for kind in ("alternatives", "wrong")
        for folder in sorted((solutions / kind).glob("*"))
        if folder.is_dir()
    ]
    if sample is not None and others:
        step = max(1, len(others) // max(1, sample))
        others = others[::step][:sample]
    return [solutions / "reference", *others]


def verdicts(result: dict[str, Any]) -> dict[str, str]:
    """How each check ended, by its id; notes do not count."""
    return {check["id"]: check["verdict"] for check in result["checks"] if check["kind"] != "note"}


def deserved(folder: Path, checks: list[str]) -> dict[str, str]:
    """The same as recorded with the answer."""
    expected = expectation(folder)
    return {
        name: "failed"
        if name in expected.failed
        else "blocked"
        if name in expected.blocked
        else "passed"
        for name in checks
    }


def compare(place: Place, folder: Path, expected: bool) -> Iterator[str]:
    """What differs for one answer, a line for each check."""
    on_lab = grading.grade(place, str(folder), sandbox.LAB)
    lab = verdicts(on_lab)
    host = (
        deserved(folder, list(lab))
        if expected
        else verdicts(grading.grade(place, str(folder), sandbox.HOST))
    )
    said = {check["id"]: check["message"] for check in on_lab["checks"]}
    if not lab:
        yield f"refused: {on_lab}"
    for name in sorted(host.keys() | lab.keys()):
        if host.get(name) != lab.get(name):
            yield f"{name}: host {host.get(name)}, lab {lab.get(name)}: {said.get(name)}"


def on_host(exercise: Exercise) -> bool:
    """Whether the machine's own kernel can run an exercise."""
    try:
        sandbox.choose(exercise.needs, sandbox.HOST)
    except Unsupported:
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--expected", action="store_true")
    options = parser.parse_args()
    chosen = [
        one
        for one in exercises.load_all(content.find())
        if not options.exercises or one.id in options.exercises
    ]
    different = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for exercise in chosen:
            place = Place.of(exercise.id, SEAT)
            folders = answers(exercise, options.sample)
            expected = options.expected or not on_host(exercise)
            beside = "what is expected" if expected else "the machine's own"
            print(f"{exercise.id}: {len(folders)} answers, the lab kernel and {beside}", flush=True)

            def differences(
                folder: Path, place: Place = place, expected: bool = expected
            ) -> list[str]:
                return list(compare(place, folder, expected))

            for folder, found in zip(folders, pool.map(differences, folders), strict=True):
                different += bool(found)
                for line in found:
                    print(f"  {folder.name}: {line}", flush=True)
    print(f"{different} answers differ")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
