"""The recorded work of a lab on disk, so that nothing that happens to the lab loses it.

One JSON value a line, as the agent tells them; a line of kind "reset" without a node begins anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

WORK = ("command", "files", "answers", "reboot")  # entries of what somebody did
KEPT = 10  # earlier recordings of the same exercise on the same seat


class JournalFile:
    """Written line by line as the work happens; what comes before `open` is kept until then."""

    def __init__(self) -> None:
        self._fd: int | None = None
        self._early: list[dict[str, Any]] = []

    def open(self, path: Path) -> None:
        """Begin a recording at ``path``; an earlier one there gets a number."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if read(path):
            _rotate(path)
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
            os.write(self._fd, json.dumps(entry, ensure_ascii=False).encode() + b"\n")


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
