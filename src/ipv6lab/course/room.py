"""What the trainer of a room has opened, as the seat was told: ``room.json`` in the work directory.

It keeps a room together; it is no lock, since the file is the seat's own. Where there is none, or
it does not say, everything is open.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from typing import Any

from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

FILE = "room.json"
SEAL = re.compile("[0-9a-f]{512,2048}")


def write(opened: Mapping[str, Any] | None) -> None:
    """Remember what the board said: ``exercises`` (a list; None: all), ``hints``, ``solutions``,
    and ``seal``, the class's key for draws."""
    file = directories.work() / FILE
    with contextlib.suppress(OSError):
        if opened is None:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{FILE}.{os.getpid()}")
        draft.write_text(json.dumps(opened), encoding="utf-8")
        draft.replace(file)


def _told() -> dict[str, Any]:
    try:
        found = json.loads((directories.work() / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def seal() -> str | None:
    """The modulus of the key to which a class has draws sealed that decide marks, in hex."""
    found = _told().get("seal")
    return found if isinstance(found, str) and SEAL.fullmatch(found) else None


def check_exercise(exercise: str) -> None:
    """Raise LabError for an exercise that is not open yet."""
    wanted = _told().get("exercises")
    if isinstance(wanted, list) and exercise not in wanted:
        raise LabError(_("Your trainer has not opened {exercise} yet.", exercise=exercise))


def check_hints() -> None:
    """Raise LabError while hints are closed."""
    if _told().get("hints") is False:
        raise LabError(_("Your trainer has not opened the hints yet."))


def solutions_open() -> bool:
    """Whether the trainer, if there is one, has opened the solutions."""
    return _told().get("solutions") is not False


def check_solutions() -> None:
    """Raise LabError while solutions are closed."""
    if not solutions_open():
        raise LabError(_("Your trainer has not opened the solutions yet."))
