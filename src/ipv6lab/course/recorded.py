"""Recorded work: a configuration folder with the journal of how it came about.

``journal.jsonl`` is what counts: files and commands of all nodes in the order in which they
happened. The nodes' folders beside it show people the outcome, the files as they are at the end,
what was typed and what was answered, and must agree with it.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipv6lab.course import answers
from ipv6lab.course.answers import ANSWERS, Answer
from ipv6lab.course.exercises import RUNGS
from ipv6lab.course.folders import COMMANDS, MAX_TOTAL, Commands, Configuration, File, write
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

JOURNAL = "journal.jsonl"
MAX_ENTRIES = 20_000
SWITCHED = ("reset", "reboot")
# What is said of the work, and is nothing that was done.
ABOUT = ("seat", "hints", "catch-up", "versions")
_FIELDS: dict[str, dict[str, type]] = {
    "files": {"node": str, "files": list},
    "command": {"node": str, "shell": int, "cwd": str, "command": str},
    "end": {"of": int, "status": int},
    "typed": {"of": int, "lines": str},
    "answers": {"answers": dict},
    "mark": {"name": str},
    "seat": {"seat": int},
    "hints": {"hints": dict},
    "versions": {"versions": dict},
    "catch-up": {"after": str},
    "reset": {"node": str},
    "reboot": {"node": str},
    "verdict": {"checks": dict},
}


@dataclass(frozen=True)
class Recorded:
    """A recorded submission."""

    entries: list[dict[str, Any]]
    left_out: tuple[str, ...]  # nodes that are not the trainee's: what was done there is not done
    live: dict[str, str] | None  # check -> verdict, as the trainee's own lab last gave them
    seat: int | None  # whose addresses it has; None: it does not say
    hints: dict[str, int]  # how many were read for each check
    after: str | None = None  # the exercise from whose solution it was begun
    versions: Mapping[str, str] = field(default_factory=dict)  # with which it was done


def is_recorded(folder: Path) -> bool:
    return os.path.isfile(folder / JOURNAL)  # also where one may not look: that is no journal


def save(
    folder: Path,
    entries: list[dict[str, Any]],
    seat: int | None,
    hints: Mapping[str, int] | None = None,
    versions: Mapping[str, str] | None = None,
) -> None:
    """Write recorded work as a new folder. Raises LabError when it cannot be written.

    ``hints`` are those that were read for each check: they cost the same wherever it is graded.
    ``versions`` are those with which it was done, so that a grading by others can say so.
    """
    head: list[dict[str, Any]] = [{"seq": 0, "kind": "seat", "seat": seat or 0}]
    if hints:
        head.append({"seq": 0, "kind": "hints", "hints": dict(hints)})
    if versions:
        head.append({"seq": 0, "kind": "versions", "versions": dict(versions)})
    write(folder, outcome(entries))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / JOURNAL, "w", encoding="utf-8") as file:
            for entry in [*head, *entries]:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
    except OSError as error:
        raise LabError(
            _(
                "{folder} cannot be written: {reason}.",
                folder=str(folder),
                reason=error.strerror or str(error),
            )
        ) from None


def outcome(entries: list[dict[str, Any]]) -> Configuration:
    """The files and answers as they are at the end, and the commands as typed, node by node."""
    files: dict[tuple[str, str], File] = {}
    typed: dict[str, list[str]] = {}
    answered: dict[str, Answer] = {}
    lines = {entry["of"]: entry["lines"] for entry in entries if entry["kind"] == "typed"}
    for entry in entries:
        if entry["kind"] == "answers":
            answered.update(entry["answers"])
        if entry["kind"] == "command":
            command = _with_input(entry["command"], lines.get(entry["seq"]))
            typed.setdefault(entry["node"], []).append(command)
        if entry["kind"] == "reset":
            typed.pop(entry["node"], None)
            files = {key: file for key, file in files.items() if key[0] != entry["node"]}
        if entry["kind"] != "files":
            continue
        for file in entry["files"]:
            key = (entry["node"], file["path"])
            if file.get("content") is None:
                files.pop(key, None)
            else:
                mode = 0o755 if file["mode"] & 0o111 else 0o644
                files[key] = File(*key, mode, base64.b64decode(file["content"]))
    commands = [Commands(node, "\n".join(lines) + "\n") for node, lines in typed.items()]
    given = {name: answer for name, answer in answered.items() if answer}
    return Configuration(tuple(files.values()), tuple(commands), given)


def _with_input(command: str, lines: str | None) -> str:
    """A command as one would type it together with its input."""
    if lines is None:
        return command
    end = "END"
    while end in lines.splitlines():
        end += "_"
    return f"{{ {command}\n}} <<'{end}'\n{lines}\n{end}"


def read(
    folder: Path,
    nodes: Collection[str],
    trainee_nodes: Collection[str],
    questions: Collection[str] = (),
) -> Recorded:
    """Read recorded work. Raises LabError, one sentence, when it is none.

    It comes from somebody else: everything in it is checked, and nothing of it is evaluated.
    """
    entries = _entries(folder / JOURNAL)
    named = {entry["node"] for entry in entries if "node" in entry}
    for node in sorted(named - set(nodes)):
        raise LabError(
            _(
                "{file}: there is no node {name}; the nodes here are {nodes}.",
                file=str(folder / JOURNAL),
                name=node,
                nodes=", ".join(nodes),
            )
        )
    for entry in entries:
        if entry["kind"] == "answers":
            file = str(folder / JOURNAL)
            entry["answers"] = answers.checked(entry["answers"], questions, file)
    _compare(folder, outcome(entries))
    # Anybody may switch a node off and on; what was done there otherwise does not count.
    foreign = {
        entry["node"] for entry in entries if "node" in entry and entry["kind"] not in SWITCHED
    } - set(trainee_nodes)
    seats = [entry["seat"] for entry in entries if entry["kind"] == "seat"]
    own = [
        entry
        for entry in entries
        if entry["kind"] not in ABOUT
        and (entry["kind"] in SWITCHED or entry.get("node") not in foreign)
    ]
    return Recorded(
        own,
        tuple(sorted(foreign)),
        _live(entries),
        seats[0] if seats else None,
        _hints(entries),
        begun_after(entries),
        _versions(entries),
    )


def begun_after(entries: list[dict[str, Any]]) -> str | None:
    """The exercise from whose solution this work was begun, if it was."""
    return next((entry["after"] for entry in entries if entry["kind"] == "catch-up"), None)


def _versions(entries: list[dict[str, Any]]) -> dict[str, str]:
    """With which course, image and program the work was done, as it says."""
    for entry in entries:
        if entry["kind"] == "versions":
            return {str(name)[:20]: str(one)[:40] for name, one in entry["versions"].items()}
    return {}


def _hints(entries: list[dict[str, Any]]) -> dict[str, int]:
    """The most that any line says was read for each check."""
    read: dict[str, int] = {}
    for entry in entries:
        if entry["kind"] == "hints":
            for check, number in entry["hints"].items():
                read[check] = max(number, read.get(check, 0))
    return read


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        if path.is_symlink() or path.stat().st_size > 4 * MAX_TOTAL:
            raise LabError(
                _(
                    "{file} is too large, or a link: hand in the folder that `ipv6lab save` wrote.",
                    file=str(path),
                )
            )
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise LabError(_("{file} is not UTF-8 text.", file=str(path))) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise LabError(
            _("{file} cannot be read: {reason}.", file=str(path), reason=reason)
        ) from None
    entries = []
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if number > MAX_ENTRIES or not _valid(entry):
            raise LabError(
                _(
                    "{file}, line {line}, is no entry of a journal: hand in the folder as "
                    "`ipv6lab save` wrote it.",
                    file=str(path),
                    line=number,
                )
            )
        entries.append(entry)
    return entries


def is_valid(entries: Any) -> bool:
    """Whether these are the entries of a journal, whoever they come from."""
    return (
        isinstance(entries, list)
        and len(entries) <= MAX_ENTRIES
        and all(_valid(entry) for entry in entries)
    )


def _valid(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("seq"), int):
        return False
    fields = _FIELDS.get(entry.get("kind", ""))
    if fields is None or not all(isinstance(entry.get(k), kind) for k, kind in fields.items()):
        return False
    if entry["kind"] == "hints":
        return all(type(one) is int and 0 < one <= RUNGS for one in entry["hints"].values())
    return entry["kind"] != "files" or all(_valid_file(file) for file in entry["files"])


def _valid_file(file: Any) -> bool:
    if not isinstance(file, dict) or not isinstance(file.get("path"), str):
        return False
    parts = file["path"].split("/")
    if not all(parts) or ".." in parts:
        return False
    if "target" in file:
        return isinstance(file["target"], str)
    if file.get("content") is None:
        return True
    try:
        base64.b64decode(file["content"], validate=True)
    except (ValueError, TypeError):
        return False
    owner = file.get("owner", [0, 0])
    return isinstance(file.get("mode"), int) and all(
        isinstance(number, int) and 0 <= number < 65536 for number in owner
    )


def _compare(folder: Path, expected: Configuration) -> None:
    """The nodes' folders must show what the journal does: somebody may have edited them since."""
    shown = {f"{file.node}/{file.path}": file.content for file in expected.files}
    shown |= {f"{item.node}/{COMMANDS}": item.script.encode() for item in expected.commands}
    if expected.answers:
        shown[ANSWERS] = answers.as_toml(expected.answers).encode()
    there = {
        str(path.relative_to(folder))
        for path in sorted(folder.glob("*/**/*"))[: 2 * MAX_ENTRIES]
        if not path.is_dir() or path.is_symlink()
    }
    if os.path.lexists(folder / ANSWERS):
        there.add(ANSWERS)
    for name in sorted(there | shown.keys()):
        path = folder / name
        try:
            same = not path.is_symlink() and path.read_bytes() == shown.get(name)
        except OSError:
            same = False
        if not same:
            raise LabError(
                _(
                    "{path} is not what was recorded; delete {journal} to have the folder graded "
                    "as it stands.",
                    path=str(path),
                    journal=JOURNAL,
                )
            )


def _live(entries: list[dict[str, Any]]) -> dict[str, str] | None:
    """The last verdicts of the trainee's own lab, if nothing was done after them."""
    for entry in reversed(entries):
        if entry["kind"] == "verdict":
            return {str(check): str(verdict) for check, verdict in entry["checks"].items()}
        if entry["kind"] in ("files", "command", "answers", "reset", "reboot"):
            return None
    return None
