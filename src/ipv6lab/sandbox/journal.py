"""The recorded work of a lab on disk, so that nothing that happens to the lab loses it.

One JSON value a line, as the agent tells them; a line of kind "reset" without a node begins anew.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

WORK = ("command", "files", "answers", "reboot")  # entries of what somebody did
KEPT = 10  # earlier recordings of the same exercise on the same seat


class JournalFile:
    """Written line by line as the work happens; what comes before `open` is kept until then."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._fd: int | None = None
        self._early: list[dict[str, Any]] = []
        self._waiting = bytearray()  # until there is room for it
        self._trouble: str | None = None

    def open(self, path: Path) -> None:
        """Begin a recording at ``path``; an earlier one there gets a number. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if read(path):
            _rotate(path)
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
            self._waiting += json.dumps(entry, ensure_ascii=False).encode() + b"\n"
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


def read(path: Path) -> list[dict[str, Any]]:
    """The entries since the last beginning; a last line that was cut short is left out.

    None where nothing was recorded.
    """
    entries: list[dict[str, Any]] = []
    if not path.exists():
        return entries
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry["kind"] == "reset" and entry["node"] is None:
            entries.clear()
        else:
            entries.append(entry)
    return entries


def latest(path: Path) -> list[dict[str, Any]]:
    """The entries of the last recording in which something was done, an earlier one if need be.

    Whoever started anew by mistake, and has done nothing since, has lost nothing.
    """
    earlier = (path.with_suffix(f".{number}.jsonl") for number in range(1, KEPT + 1))
    for file in (path, *earlier):
        entries = read(file)
        if any(entry["kind"] in WORK for entry in entries):
            return entries
    return []


def _rotate(path: Path) -> None:
    for number in range(KEPT, 0, -1):
        older = path.with_suffix(f".{number}.jsonl")
        newer = path.with_suffix(f".{number - 1}.jsonl") if number > 1 else path
        if newer.exists():
            newer.rename(older)
