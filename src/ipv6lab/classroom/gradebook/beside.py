"""What is known of people beside their marks: time at work, and the tests before and after.

Both come from the seats themselves, so they are told and never counted.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from ipv6lab.classroom.folder import Class, read_json
from ipv6lab.classroom.gradebook.people import BOARD
from ipv6lab.course import content, learnt, questions
from ipv6lab.course.learnt import Gain, Sheet
from ipv6lab.words.errors import LabError

LARGEST = 256 << 10  # octets of a sheet
KEPT = (".local", "share", "ipv6lab", learnt.FILE)  # below a seat's home


def minutes(found: Class, seat: int) -> dict[str, int]:
    """How long a seat was at work on each exercise, by exercise, as the board saw it."""
    seats = read_json(found.room / BOARD).get("seats")
    one = seats.get(str(seat)) if isinstance(seats, dict) else None
    spent = one.get("spent") if isinstance(one, dict) else None
    return {
        str(name): round(seconds / 60)
        for name, seconds in (spent.items() if isinstance(spent, dict) else ())
        if isinstance(seconds, int | float)
    }


def sheet(found: Class, seat: int) -> Sheet | None:
    """What a seat answered in both tests; None where it has not closed both."""
    data = _read(found.home(seat))
    if data is None:
        return None
    try:
        told = learnt.parse(data)
    except LabError:  # whatever lies there is the seat's own
        return None
    return told if told.seat == seat and set(told.closed) == set(questions.FORMS) else None


def _read(home: Path) -> bytes | None:
    """The file of a seat's answers. Its folders are the seat's, and may be links to anywhere."""
    with contextlib.ExitStack() as held, contextlib.suppress(OSError):
        at = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        held.callback(os.close, at)
        for name in KEPT[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            at = os.open(name, flags, dir_fd=at)
            held.callback(os.close, at)
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(KEPT[-1], flags, dir_fd=at)
        held.callback(os.close, file)
        if stat.S_ISREG(os.fstat(file).st_mode):
            return os.read(file, LARGEST)
    return None


def gains(sheets: list[Sheet]) -> list[Gain]:
    """What these people gained, by theme; nothing where the course has no tests."""
    themes = questions.load(content.find())
    return learnt.gains(themes, sheets) if sheets and themes else []
