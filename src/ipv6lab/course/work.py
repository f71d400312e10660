"""Every recording that was ever made on this machine by this user, to be listed and taken up."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ipv6lab.course import hints, recorded
from ipv6lab.course.near import near
from ipv6lab.platform import directories
from ipv6lab.sandbox import kept_work
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

_NAME = re.compile(r"(?P<exercise>[^.]+)-seat-(?P<seat>\d+)(?:\..*)?")


@dataclass(frozen=True)
class Kept:
    """A recording on disk."""

    name: str
    file: Path
    exercise: str
    seat: int | None
    changed_at: datetime
    recording: kept_work.Recording

    def to_json(self) -> dict[str, Any]:
        return {
            "recording": self.name,
            "exercise": self.exercise,
            "seat": self.seat or 0,
            "changed_at": self.changed_at.isoformat(timespec="seconds"),
            "commands": self.recording.commands,
            "damaged": self.recording.damaged,
            "file": str(self.file),
        }

    def save(self, folder: Path) -> None:
        """Write it as a new folder. Raises LabError when it cannot be written."""
        entries = recorded.whole(self.recording.entries)
        recorded.save(folder, entries, self.seat, hints.read(self.exercise, self.seat))


def every() -> Iterator[Kept]:
    """All recordings in which something was done or lost, the last one first."""
    found = []
    with contextlib.suppress(OSError):
        for file in (directories.work() / "journals").glob("*.jsonl"):
            kept = _read(file)
            if kept and (kept.recording.worked or kept.recording.damaged):
                found.append(kept)
    yield from sorted(found, key=lambda kept: (kept.changed_at, kept.name), reverse=True)


def find(name: str) -> Kept:
    """The recording of that name. Raises LabError when there is none."""
    known = {kept.name: kept for kept in every()}
    if name in known:
        return known[name]
    meant = near(name, list(known))
    if meant:
        raise LabError(
            _(
                "There is no recording {name}; did you mean {meant}?",
                name=name,
                meant=", ".join(meant),
            )
        )
    raise LabError(_("There is no recording {name}; ipv6lab work lists them.", name=name))


def _read(file: Path) -> Kept | None:
    name = _NAME.fullmatch(file.name.removesuffix(".jsonl"))
    if name is None:
        return None
    try:
        changed = datetime.fromtimestamp(file.stat().st_mtime).astimezone()
        recording = kept_work.examine(file)
    except OSError:
        return None
    return Kept(
        file.name.removesuffix(".jsonl"),
        file,
        name["exercise"],
        int(name["seat"]) or None,
        changed,
        recording,
    )
