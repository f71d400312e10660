#!/usr/bin/env python3
"""How sharp the graders are: `make calibrate [EXERCISE=L04]`.

From each exercise's reference solution wrong answers are made by small changes, one at a time: a
line dropped, a switch flipped, a prefix length changed by one, an address put in another's place,
an answer left out or taken from its neighbour. Each is graded in a sandbox of its own. A change
that still gets all points has survived: either it changes nothing that matters, and
`solutions/<ID>/survivors.toml` says why, or a check is missing. Right answers (reference and
alternatives) that lose points are listed as well.

`survivors.toml` maps a reason to lines it explains::

    ["A comment line of the daemon's own file."]
    lines = ["MinRtrAdvInterval 3;"]
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ipv6lab.cli import marks
from ipv6lab.course import content, exercises, folders, grading
from ipv6lab.course.answers import Answer
from ipv6lab.course.folders import Commands, Configuration, File
from ipv6lab.course.place import Place

REPORT = Path(__file__).parents[1] / "docs" / "graders.md"
FLIPS = {"on": "off", "off": "on", "yes": "no", "no": "yes", "true": "false", "false": "true"}
COMMENT = re.compile(r"^\s*(#|//|;|!|$)")
SWITCH = re.compile(r"\b(" + "|".join(FLIPS) + r")\b")
SETTING = re.compile(r"(?<==)\s*([01])\b")
LENGTH = re.compile(r"(?<=[0-9a-fA-F:])/(\d{1,3})\b")
ADDRESS = re.compile(r"\b[0-9a-fA-F]{1,4}:[0-9a-fA-F:]*:[0-9a-fA-F:]*(?:/\d+)?")


@dataclass(frozen=True)
class Change:
    """One small change to a text: what was done, to which line, and the text it gives."""

    kind: str
    where: str
    line: str
    text: str


def changes(where: str, text: str) -> Iterator[Change]:
    """Every small change to a text, one at a time."""
    lines = text.splitlines(keepends=True)
    addresses = sorted({found for found in ADDRESS.findall(text)})
    for number, line in enumerate(lines):
        if COMMENT.match(line):
            continue

        def changed(kind: str, new: str, number: int = number, line: str = line) -> Change:
            whole = "".join([*lines[:number], new, *lines[number + 1 :]])
            return Change(kind, f"{where}:{number + 1}", line.strip(), whole)

        yield changed("line dropped", "")
        for found in SWITCH.finditer(line):
            new = line[: found.start()] + FLIPS[found[1]] + line[found.end() :]
            yield changed(f"{found[1]} -> {FLIPS[found[1]]}", new)
        for found in SETTING.finditer(line):
            other = str(1 - int(found[1]))
            new = line[: found.start(1)] + other + line[found.end(1) :]
            yield changed(f"{found[1]} -> {other}", new)
        for found in LENGTH.finditer(line):
            for length in (int(found[1]) - 1, int(found[1]) + 1):
                new = line[: found.start(1)] + str(length) + line[found.end(1) :]
                yield changed(f"/{found[1]} -> /{length}", new)
        for found in ADDRESS.finditer(line):
            alike = [one for one in addresses if ("/" in one) == ("/" in found[0])]
            other = _next(found[0], alike)
            if other != found[0]:
                new = line[: found.start()] + other + line[found.end() :]
                yield changed(f"{found[0]} -> {other}", new)


def _next(one: str, among: list[str]) -> str:
    return among[(among.index(one) + 1) % len(among)]


def changed_answers(answers: Mapping[str, Answer]) -> Iterator[tuple[str, str, Answer | None]]:
    """Every small change to answers: what was done, to which, and the answer it gives, if any."""
    names = list(answers)
    for name, answer in answers.items():
        yield "left out", name, None
        neighbour = answers[_next(name, names)]
        if isinstance(answer, str):
            if isinstance(neighbour, str) and neighbour != answer:
                yield f"{answer} -> {neighbour}", name, neighbour
            for found in LENGTH.finditer(answer):
                for length in (int(found[1]) - 1, int(found[1]) + 1):
                    new = answer[: found.start(1)] + str(length) + answer[found.end(1) :]
                    yield f"/{found[1]} -> /{length}", name, new
            continue
        for number in range(len(answer)):
            yield f"without {answer[number]}", name, answer[:number] + answer[number + 1 :]
        if len(answer) > 1:
            yield "first two swapped", name, [answer[1], answer[0], *answer[2:]]


def wrong_answers(right: Configuration) -> Iterator[tuple[Change, Configuration]]:
    """The configurations that one small change makes of a right one."""
    for index, file in enumerate(right.files):
        try:
            text = file.content.decode()
        except UnicodeDecodeError:
            continue
        for change in changes(f"{file.node}/{file.path}", text):
            files: list[File] = list(right.files)
            files[index] = replace(file, content=change.text.encode())
            yield change, replace(right, files=tuple(files))
    for index, item in enumerate(right.commands):
        for change in changes(f"{item.node}/{folders.COMMANDS}", item.script):
            commands: list[Commands] = list(right.commands)
            commands[index] = replace(item, script=change.text)
            yield change, replace(right, commands=tuple(commands))
    for kind, name, answer in changed_answers(right.answers):
        answers = {key: value for key, value in right.answers.items() if key != name}
        if answer is not None:
            answers[name] = answer
        yield Change(kind, folders.ANSWERS, name, ""), replace(right, answers=answers)


def explanations(place: Place) -> dict[str, str]:
    """Lines whose change may survive, and why."""
    file = place.content.solutions / place.exercise.id / "survivors.toml"
    if not file.exists():
        return {}
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return {line: reason for reason, entry in table.items() for line in entry["lines"]}


def calibrate(name: str, jobs: int) -> tuple[list[str], int]:
    """The report's lines on one exercise, and how many survivors nobody explains."""
    place = Place.of(name, None)
    solutions = place.content.solutions / place.exercise.id
    reference = place.configuration(solutions / "reference")
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(jobs) as pool:
        work = []
        for number, (change, answer) in enumerate(wrong_answers(reference)):
            folder = Path(scratch, str(number))
            folders.write(folder, answer)
            work.append((change, pool.submit(grading.grade, place, str(folder))))
        right = [solutions / "reference", *sorted((solutions / "alternatives").glob("*"))]
        graded = [(folder, pool.submit(grading.grade, place, str(folder))) for folder in right]
        survivors = []
        for done, (change, future) in enumerate(work, start=1):
            print(f"\r{name}: {done} of {len(work)}", end="", file=sys.stderr, flush=True)
            if future.result()["score"] == 100:
                survivors.append(change)
        punished = [folder.name for folder, future in graded if future.result()["score"] < 100]
    print(file=sys.stderr)
    known = explanations(place)
    lines = [f"## {place.exercise.id} {place.exercise.title}", ""]
    lines.append(
        f"{len(work)} changes, {len(work) - len(survivors)} lose points, {len(survivors)} do not. "
        f"Right answers that lose points: {', '.join(punished) or 'none'}."
    )
    if survivors:
        lines += ["", "| survives | where | line | why |", "| --- | --- | --- | --- |"]
        for change in survivors:
            reason = known.get(change.line, "**not explained**")
            line = change.line.replace("|", "\\|")
            lines.append(f"| {change.kind} | {change.where} | `{line}` | {reason} |")
    unexplained = sum(change.line not in known for change in survivors)
    return [*lines, ""], unexplained + len(punished)


HEAD = """\
# How sharp the graders are

Made by `make calibrate`: small changes to each reference solution, one at a time, each graded in a
sandbox of its own. What survives is explained, or a check is missing.
"""


def renewed(report: str, sections: Mapping[str, list[str]]) -> str:
    """The report with the sections of some exercises new, in the order of their names."""
    found = re.split(r"^(?=## )", report, flags=re.MULTILINE)[1:]
    kept = {section.split()[1]: section.strip() for section in found}
    kept |= {name: "\n".join(lines).strip() for name, lines in sections.items()}
    return "\n\n".join([HEAD.strip(), *(kept[name] for name in sorted(kept))]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Calibrate the graders.")
    parser.add_argument("exercises", nargs="*", help="exercises; all of them without")
    parser.add_argument("--jobs", type=int, default=marks.default_jobs())
    options = parser.parse_args()
    names = options.exercises or exercises.identifiers(content.find())
    sections = {}
    open_questions = 0
    for name in names:
        sections[name], unexplained = calibrate(name, options.jobs)
        open_questions += unexplained
        old = REPORT.read_text(encoding="utf-8") if REPORT.exists() else ""
        REPORT.write_text(renewed(old, {name: sections[name]}), encoding="utf-8")
    print("\n".join(line for lines in sections.values() for line in lines))
    return 1 if open_questions else 0


if __name__ == "__main__":
    sys.exit(main())
