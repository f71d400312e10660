"""Write an exam's solutions: what mends all its faults, in more ways, and one of them by force.

Files that a fault changes are laid as they are in the start state, and what the faults' files say
under MEND is typed: that is right whichever were drawn. An alternative does what stands under
OTHERWISE for the faults that the seat of the tests has drawn. A wrong answer leaves out the mend of
one of those, and does what its file says under FORBIDDEN instead. So a fault is described in one
place. `python tools/exam.py K1`
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from ipv6lab.course import content, draws, exercises, faults
from ipv6lab.course.catching_up import REFERENCE
from ipv6lab.course.content import Content
from ipv6lab.course.exercises import Exercise
from ipv6lab.course.faults import Fault
from ipv6lab.course.folders import COMMANDS, EXPECTATION

SEAT = 2779  # of the tests (tests/course/test_solutions.py)
WEIGHTS = (13, 12)  # of odd and of even tickets
OPENING = ("the firewall open", "all of www", "all of ns1")
SILENCED = "switched off"
OTHER_WAYS = ("other-ways", "still-other-ways")
OPENED = 25  # points that an open firewall costs as well


def reference(course: Content, exercise: Exercise, left: Collection[Fault] = ()) -> dict[str, str]:
    """The files of the reference, by their paths in its folder, without the mend of some faults."""
    found: dict[str, str] = {}
    typed: dict[str, list[str]] = {}
    for fault in faults.catalogue(course, exercise).values():
        if fault in left:
            continue
        for node, path, old, _new in fault.edits:
            if old and path != COMMANDS:
                file = exercise.start / node / path
                text = file.read_text(encoding="utf-8")
                for edit in (edit for one in left for edit in one.edits):
                    if edit[:2] == (node, path):
                        text = text.replace(edit[2], edit[3])
                found[f"{node}/{path}"] = text
        for node, script in fault.mend.items():
            lines = typed.setdefault(node, [])
            if script not in lines:
                lines.append(script)
    for node, scripts in typed.items():
        found[f"{node}/{COMMANDS}"] = "".join(f"{script}\n" for script in scripts)
    return found


def alternatives(course: Content, exercise: Exercise) -> dict[str, dict[str, str]]:
    """The files of each alternative, by its name: the first has the first other way of each fault
    that the seat of the tests has drawn, the second the second, as far as there is one."""
    found = {}
    known = faults.catalogue(course, exercise)
    mine = faults.drawn(known, exercise.faults, draws.bits(exercise.id, SEAT))
    for number, name in enumerate(OTHER_WAYS):
        ways = {one.name: list(one.otherwise.values())[number:][:1] for one in mine}
        left = [one for one in mine if ways[one.name]]
        files = reference(course, exercise, left)
        for fault in left:
            for node, script in ways[fault.name][0].items():
                path = f"{node}/{COMMANDS}"
                files[path] = f"{files.get(path, '')}{script}\n"
        found[name] = files
    return found


def wrong(course: Content, exercise: Exercise) -> dict[str, dict[str, str]]:
    """The files of each wrong answer, by its name."""
    found = {}
    known = faults.catalogue(course, exercise)
    bits = draws.bits(exercise.id, SEAT)
    for number, fault in enumerate(faults.drawn(known, exercise.faults, bits), 1):
        for name, scripts in fault.forbidden.items():
            if SILENCED in name:  # which costs whatever asks that machine
                continue
            files = reference(course, exercise, left=[fault])
            for node, script in scripts.items():
                path = f"{node}/{COMMANDS}"
                files[path] = f"{files.get(path, '')}{script}\n"
            opened = name in OPENING
            score = 100 - WEIGHTS[(number + 1) % 2] - OPENED * opened
            failed = [f"M{number}", *(["N1"] if opened else [])]
            files[EXPECTATION] = (
                f"# {fault.name}: {name}.\nfailed = {json.dumps(failed)}\nblocked = []\n"
                f"score = {score}\n"
            )
            found[f"{fault.name}-{name.replace(' ', '-').lower()}".replace("'", "")] = files
    return found


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write them as a folder, in place of what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, text in sorted(files.items()):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    here = content.find()
    for name in sys.argv[1:]:
        exam = exercises.load(here, name)
        write(here.solutions / exam.id / REFERENCE, reference(here, exam))
        for kind, answers in (
            ("alternatives", alternatives(here, exam)),
            ("wrong", wrong(here, exam)),
        ):
            for answer, files in answers.items():
                write(here.solutions / exam.id / kind / answer, files)
