"""Marks that a trainee thinks wrong: kept at the seat, and told to the trainer of the room.

``disputes/<exercise>-seat-<n>-<check>.json`` in the work directory: what the check said, what its
probes saw, and why that is wrong. Whatever reports the seat to the board takes it there, together
with the recorded work.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ipv6lab.course import room
from ipv6lab.course.near import near
from ipv6lab.course.place import Place
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from ipv6lab.words.jsontext import as_json
from ipv6lab.words.message import _

LONGEST = 500  # letters of the reason
LARGEST = 4 << 20  # octets of what the probes saw; more than that stays here
TOLD = ("title", "kind", "weight", "verdict", "blocked_by", "message")


def check_room() -> None:
    """Raise LabError where there is nobody who would hear a dispute."""
    if room.seal() is None:
        raise LabError(
            _(
                "You are in no trainer's room, so nobody would hear it: a maintainer of the course "
                "can be shown the folder that ipv6lab save writes."
            )
        )


def record(place: Place, checks: Iterable[Mapping[str, Any]], name: str, why: str) -> str:
    """Dispute the verdict on one of these checks; the check's id. Raises LabError."""
    why = " ".join(why.split())
    if not why:
        raise LabError(_("Say why, in quotes: what the check says, and what is so instead."))
    if len(why) > LONGEST:
        raise LabError(_("The reason is longer than {most} letters.", most=LONGEST))
    known = {str(check["id"]): check for check in checks}
    found = next((one for one in known if one.lower() == name.lower()), None)
    if found is None:
        meant = ", ".join(near(name, known)) or ", ".join(known)
        raise LabError(
            _(
                "{exercise} has no check {name}; did you mean {meant}?",
                exercise=place.exercise.id,
                name=name,
                meant=meant,
            )
        )
    check = known[found]
    if check["verdict"] == "passed":
        raise LabError(_("{check} has passed: there is nothing to dispute.", check=found))
    told: dict[str, Any] = {
        "exercise": place.exercise.id,
        "check": found,
        "why": why,
        "at": time.time(),
        **{key: check[key] for key in TOLD if key in check},
    }
    seen = check.get("evidence") or []
    if len(as_json(seen)) <= LARGEST:
        told["evidence"] = seen
    _write(_folder() / f"{place.exercise.id}-seat-{place.seat or 0}-{found}.json", told)
    return found


def of_seat(seat: int) -> list[Path]:
    """What a seat disputes, a file each."""
    return sorted(_folder().glob(f"*-seat-{seat}-*.json"))


def read(file: Path) -> dict[str, Any] | None:
    """What one of these files says; None where it is none."""
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("exercise"), str) else None


def _folder() -> Path:
    return directories.work() / "disputes"


def _write(file: Path, told: Mapping[str, Any]) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(as_json(told), encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LabError(
            _("{file} cannot be written: {reason}.", file=str(file), reason=reason)
        ) from None
