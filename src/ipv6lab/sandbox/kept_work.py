"""The recorded work of a lab on disk, so that nothing that happens to the lab loses it.

One JSON value a line, as the agent tells them, then a tab and the CRC-32 of it: so a line that the
disk spoils is known, and what is whole is kept. Recordings of earlier versions have none.

* "reset" without a node begins anew;
* "undone" takes back all but the entries up to the number ``to``;
* what stands between "resuming" and "resumed" came from an earlier recording, all of it or nothing.

A recording is never overwritten: who begins a new one gives the last one a name of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipv6lab.words.errors import LabError
from ipv6lab.words.jsontext import as_json
from ipv6lab.words.message import Message, _

WORK = ("command", "files", "answers", "reboot")  # entries of what somebody did


class JournalFile:
    """Written line by line as the work happens; what comes before `open` is kept until then."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._fd: int | None = None
        self._early: list[dict[str, Any]] = []
        self._waiting = bytearray()  # until there is room for it
        self._trouble: str | None = None

    def open(self, path: Path) -> None:
        """Begin a recording at ``path``; an earlier one there gets its time. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        _put_aside(path)
        self._path = path
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        for entry in self._early:
            self.add(entry)
        self._early.clear()

    def add(self, entry: dict[str, Any]) -> None:
        if self._fd is None:
            if entry["kind"] == "reset" and entry["node"] is None:
                self._early.clear()
            self._early.append(entry)
        else:
            self._waiting += line_of(entry)
            with contextlib.suppress(LabError):  # the next one tries again
                self.finish()

    @property
    def trouble(self) -> Message | None:
        """Why what was done last is not on disk; None where it is."""
        if self._trouble is None:
            return None
        return _(
            "What you did last is not recorded yet, since {file} cannot be written ({reason}): "
            "make room there, or keep your work elsewhere with ipv6lab save FOLDER.",
            file=str(self._path),
            reason=self._trouble,
        )

    def finish(self) -> None:
        """Write what has found no room so far. Raises LabError where there still is none."""
        self._trouble = None
        try:
            self._write()
        except OSError as error:
            self._trouble = error.strerror or str(error)
            raise LabError(
                _(
                    "What was done last could not be recorded in {file} ({reason}): make room "
                    "there, or keep your work with ipv6lab save FOLDER; then stop again.",
                    file=str(self._path),
                    reason=self._trouble,
                )
            ) from None

    def _write(self) -> None:
        if self._fd is None or self._path is None:
            return
        if os.fstat(self._fd).st_nlink == 0:
            self._fd = self._restored(self._path, self._fd)
        while self._waiting:
            del self._waiting[: os.write(self._fd, self._waiting)]

    def _restored(self, path: Path, removed: int) -> int:
        """A new file for one that somebody removed, whose content is there until it is closed."""
        path.parent.mkdir(parents=True, exist_ok=True)
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(f"/proc/self/fd/{removed}", "rb") as file:
            self._waiting[:0] = file.read()
        os.close(removed)
        return made


@dataclass
class Recording:
    """What a file tells."""

    entries: list[dict[str, Any]] = field(default_factory=list)  # since the last beginning
    damaged: list[int] = field(default_factory=list)  # numbers of lines, from 1 on, that are lost

    @property
    def commands(self) -> int:
        return sum(entry["kind"] == "command" for entry in self.entries)

    @property
    def worked(self) -> bool:
        """Whether somebody did something."""
        return any(entry["kind"] in WORK for entry in self.entries)


def line_of(entry: dict[str, Any]) -> bytes:
    """An entry as a line of the file."""
    text = as_json(entry).encode()
    return b"%s\t%08x\n" % (text, zlib.crc32(text))


def entry_of(line: bytes) -> dict[str, Any] | None:
    """The entry of a line without its end; None where the line is not whole."""
    text, tab, code = line.rpartition(b"\t")  # JSON has no tab but between its words
    if not tab:
        text = line
    elif code != b"%08x" % zlib.crc32(text):
        return None
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict):
        return None
    whole = type(entry.get("seq")) is int and type(entry.get("kind")) is str
    return entry if whole else None


def examine(path: Path) -> Recording:
    """What a recording has; a last line that was cut short is left out. Raises OSError."""
    found = Recording()
    before: list[dict[str, Any]] | None = None  # while an earlier recording is taken over
    *lines, cut = path.read_bytes().split(b"\n")
    if entry_of(cut) is not None:
        lines.append(cut)
    for number, line in enumerate(lines, start=1):
        entry = entry_of(line)
        if entry is None:
            found.damaged.append(number)
        elif entry["kind"] == "reset" and entry.get("node") is None:
            found, before = Recording(), None
        elif entry["kind"] == "undone":
            last = entry.get("to")
            if type(last) is int:
                found.entries = [one for one in found.entries if one["seq"] <= last]
        elif entry["kind"] == "resuming":
            before = list(found.entries)
        elif entry["kind"] == "resumed":
            before = None
        else:
            found.entries.append(entry)
    if before is not None:
        found.entries = before
    return found


def read(path: Path) -> list[dict[str, Any]]:
    """The entries of a recording, as far as they are whole; none where there is no file."""
    try:
        return examine(path).entries
    except OSError:
        return []


def recordings(path: Path) -> Iterator[Path]:
    """The files of all recordings of the same exercise on the same seat, the last one first."""
    with contextlib.suppress(OSError):
        found = path.parent.glob(f"{path.stem}*.jsonl")
        same = [file for file in found if file.name.partition(".")[0] == path.stem]
        yield from sorted(same, key=lambda file: (-_time(file), file.name))


def latest(path: Path) -> Path | None:
    """The file of the last recording in which something was done, an earlier one if need be.

    Whoever started anew by mistake, and has done nothing since, has lost nothing.
    """
    for file in recordings(path):
        with contextlib.suppress(OSError):
            if examine(file).worked:
                return file
    return None


def _time(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0


def _put_aside(path: Path) -> None:
    """Give the recording that is there, if something is in it, the name of its time."""
    try:
        found = examine(path)
        if not found.entries and not found.damaged:
            return
    except FileNotFoundError:
        return
    except OSError:  # whatever it is, it is not overwritten
        pass
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(path.stat().st_mtime))
    aside, number = path.with_suffix(f".{stamp}.jsonl"), 1
    while os.path.lexists(aside):
        number += 1
        aside = path.with_suffix(f".{stamp}-{number}.jsonl")
    path.rename(aside)
