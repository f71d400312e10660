"""Recorded work: a configuration folder with the journal of how it came about.

``journal.jsonl`` is what counts: files and commands of all nodes in the order in which they
happened. The nodes' folders beside it show people the outcome, the files as they are at the end,
what was typed and what was answered, and must agree with it.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipv6lab.course import answers
from ipv6lab.course.answers import ANSWERS, Answer
from ipv6lab.course.exercises import RUNGS
from ipv6lab.course.folders import (
    COMMANDS,
    KERNEL_TREES,
    Commands,
    Configuration,
    File,
    Limits,
    check_new,
    everything,
    write,
)
from ipv6lab.linux.ids import Block
from ipv6lab.words.errors import LabError
from ipv6lab.words.jsontext import as_json, is_bytes
from ipv6lab.words.message import _

JOURNAL = "journal.jsonl"
MAX_ENTRIES = 20_000
MAX_JOURNAL = 128 * 1024 * 1024
# Files and folders beside the journal, and what is in them.
BESIDE = Limits(entries=2 * MAX_ENTRIES, total=MAX_JOURNAL, plain_names=False)
_NUMBER = 2**53  # larger ones are none that was ever recorded
_MODES = 0o7777
VERDICTS = ("passed", "failed", "blocked", "not_judged")
SWITCHED = ("reset", "reboot")
# What is said of the work, and is nothing that was done.
ABOUT = ("seat", "hints", "catch-up", "bits", "versions", "over")
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
    "bits": {"sealed": str},
    "reset": {"node": str},
    "reboot": {"node": str},
    "verdict": {"checks": dict},
    "over": {},
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
    sealed: str | None = None  # what its secrets were drawn from, for the class's key


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
    text = "".join(as_json(entry) + "\n" for entry in [*head, *entries]).encode()
    if len(text) > MAX_JOURNAL or len(entries) > MAX_ENTRIES:
        raise LabError(
            _(
                "The recorded work has {count} entries and {size} MiB, and at most {most} and "
                "{limit} MiB can be graded: hand in the files themselves, in a folder for each "
                "node.",
                count=len(entries),
                size=len(text) // (1024 * 1024) + 1,
                most=MAX_ENTRIES,
                limit=MAX_JOURNAL // (1024 * 1024),
            )
        )
    folder = folder.absolute()
    try:
        if os.path.lexists(folder):
            check_new(folder)
            _write(folder, outcome(entries), text)
            return
        # Under another name first: what is there under its own is whole.
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".ipv6lab-", dir=folder.parent))
        try:
            work = draft / "work"
            work.mkdir()
            _write(work, outcome(entries), text)
            work.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise LabError(
            _(
                "{folder} cannot be written: {reason}.",
                folder=str(folder),
                reason=error.strerror or str(error),
            )
        ) from None


def _write(folder: Path, configuration: Configuration, journal: bytes) -> None:
    write(folder, configuration)
    (folder / JOURNAL).write_bytes(journal)


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
    entries = in_time(entries)
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
        sealed(entries),
    )


def begun_after(entries: list[dict[str, Any]]) -> str | None:
    """The exercise from whose solution this work was begun, if it was."""
    return next((entry["after"] for entry in entries if entry["kind"] == "catch-up"), None)


def sealed(entries: list[dict[str, Any]]) -> str | None:
    """What the exercise's secrets were drawn from, under the class's seal, if it was in one."""
    return next((entry["sealed"] for entry in entries if entry["kind"] == "bits"), None)


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
    entries = []
    for number, line in enumerate(_read(path).split(b"\n"), start=1):
        if not line:
            continue
        try:
            entry = json.loads(line.decode())
        except UnicodeDecodeError:
            raise LabError(_("{file} is not UTF-8 text.", file=str(path))) from None
        except (ValueError, RecursionError, MemoryError):
            entry = None
        if number > MAX_ENTRIES + len(ABOUT) or not _valid(entry):
            raise LabError(
                _(
                    "{file}, line {line}, is no entry of a journal: hand in the folder as "
                    "`ipv6lab save` wrote it.",
                    file=str(path),
                    line=number,
                )
            )
        known = ("seq", "kind", *_FIELDS[entry["kind"]])
        entries.append({name: entry[name] for name in known})
    return entries


def _read(path: Path) -> bytes:
    """The octets of a plain file, opened once and never waited for."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(fd, "rb") as file:
            plain = stat.S_ISREG(os.fstat(fd).st_mode)
            data = file.read(MAX_JOURNAL + 1) if plain else b""
    except OSError as error:
        if os.path.islink(path):
            plain, data = False, b""
        else:
            reason = error.strerror or str(error)
            raise LabError(
                _("{file} cannot be read: {reason}.", file=str(path), reason=reason)
            ) from None
    if not plain or len(data) > MAX_JOURNAL:
        raise LabError(
            _(
                "{file} is too large, or a link: hand in the folder that `ipv6lab save` wrote.",
                file=str(path),
            )
        )
    return data


def is_valid(entries: Any) -> bool:
    """Whether these are the entries of a journal, whoever they come from."""
    return (
        isinstance(entries, list)
        and len(entries) <= MAX_ENTRIES
        and all(_valid(entry) for entry in entries)
    )


def in_time(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that were recorded before the time of an exam was over; all where there is none."""
    ends = (number for number, entry in enumerate(entries) if entry["kind"] == "over")
    return entries[: next(ends, len(entries))]


def whole(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that are entries of a journal, of a recording that may be damaged."""
    return [entry for entry in entries if _valid(entry)]


def _valid(entry: Any) -> bool:
    if not isinstance(entry, dict) or type(entry.get("kind")) is not str:
        return False
    fields = _FIELDS.get(entry["kind"])
    if fields is None:
        return False
    named = {"seq": int, **fields}
    if not all(type(entry.get(name)) is kind for name, kind in named.items()):
        return False
    numbers = [entry[name] for name, kind in named.items() if kind is int]
    texts = [entry[name] for name, kind in named.items() if kind is str]
    if not all(-_NUMBER < one < _NUMBER for one in numbers) or not all(map(is_bytes, texts)):
        return False
    match entry["kind"]:
        case "hints":
            return all(type(one) is int and 0 < one <= RUNGS for one in entry["hints"].values())
        case "verdict":
            return all(type(one) is str and one in VERDICTS for one in entry["checks"].values())
        case "versions":
            return all(type(one) is str for one in entry["versions"].values())
        case "files":
            return all(_valid_file(file) for file in entry["files"])
    return True


def _valid_file(file: Any) -> bool:
    if not isinstance(file, dict) or type(file.get("path")) is not str:
        return False
    parts = file["path"].split("/")
    if not all(parts) or {".", ".."} & set(parts) or not is_bytes(file["path"]):
        return False
    if parts[0] in KERNEL_TREES:
        return False
    if "target" in file:
        return type(file["target"]) is str and bool(file["target"]) and is_bytes(file["target"])
    if file.get("content") is None:
        return True
    if type(file["content"]) is not str or type(file.get("mode")) is not int:
        return False
    try:
        binascii.a2b_base64(file["content"].encode("ascii"), strict_mode=True)
    except ValueError:
        return False
    owner = file.get("owner", [0, 0])
    return (
        0 <= file["mode"] <= _MODES
        and isinstance(owner, list)
        and len(owner) == 2
        # What no node has, none can give a file.
        and all(type(one) is int and Block(0)(one) is not None for one in owner)
    )


def _compare(folder: Path, expected: Configuration) -> None:
    """The nodes' folders must show what the journal does: somebody may have edited them since."""
    shown = {f"{file.node}/{file.path}": file.content for file in expected.files}
    shown |= {f"{item.node}/{COMMANDS}": os.fsencode(item.script) for item in expected.commands}
    if expected.answers:
        shown[ANSWERS] = answers.as_toml(expected.answers).encode()
    there = everything(folder, BESIDE)
    for name in sorted(there.keys() | shown.keys()):
        if there.get(name) != shown.get(name):
            raise LabError(
                _(
                    "{path} is not what was recorded; delete {journal} to have the folder graded "
                    "as it stands.",
                    path=str(folder / (name if name.isprintable() else ascii(name)[1:-1])),
                    journal=JOURNAL,
                )
            )


def tries(entries: list[dict[str, Any]]) -> dict[str, int]:
    """How often each check had failed in the trainee's own lab before it first passed there."""
    failed: dict[str, int] = {}
    done: set[str] = set()
    for entry in entries:
        if entry["kind"] != "verdict":
            continue
        for check, verdict in entry["checks"].items():
            if verdict == "passed":
                done.add(check)
            elif verdict == "failed" and check not in done:
                failed[check] = failed.get(check, 0) + 1
    return failed


def _live(entries: list[dict[str, Any]]) -> dict[str, str] | None:
    """The last verdicts of the trainee's own lab, if nothing was done after them."""
    for entry in reversed(entries):
        if entry["kind"] == "verdict":
            return {str(check): str(verdict) for check, verdict in entry["checks"].items()}
        if entry["kind"] in ("files", "command", "answers", "reset", "reboot"):
            return None
    return None
