"""The clock of an exam: it runs from the start on, whether a lab runs or not.

It is kept in the work directory, so that neither the end of a lab nor that of the machine stops it.
What is recorded after its end is marked by the agent, and does not count.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ipv6lab.course.exercises import Exercise
from ipv6lab.platform import directories
from ipv6lab.words.message import Message, _

MINUTE = 60


@dataclass(frozen=True)
class Clock:
    """When an exam began, and when it ends, in seconds since the epoch."""

    exercise: str
    began: float
    ends: float

    def left(self, now: float | None = None) -> float:
        """Seconds that are left, 0 when it is over."""
        return max(0.0, self.ends - (time.time() if now is None else now))

    @property
    def over(self) -> bool:
        return self.left() == 0

    def message(self) -> Message:
        """How much time is left, or since when it is over."""
        at = datetime.fromtimestamp(self.ends).strftime("%H:%M")
        if self.over:
            return _(
                "The time for {exercise} was over at {time}: what was done later does not count. "
                "ipv6lab tickets says what each ticket came from.",
                exercise=self.exercise,
                time=at,
            )
        minutes = -(-int(self.left()) // MINUTE)
        return _(
            "The clock runs until {time}, {minutes} more minutes, whether the lab runs or not.",
            time=at,
            minutes=minutes,
        )


def _file(exercise: Exercise, seat: int | None) -> Path:
    return directories.work() / "clocks" / f"{exercise.id}-seat-{seat or 0}.json"


def read(exercise: Exercise, seat: int | None) -> Clock | None:
    """The clock of a seat's exam; None where none was begun, or the exercise is no exam."""
    if not exercise.faults:
        return None
    try:
        told = json.loads(_file(exercise, seat).read_text(encoding="utf-8"))
        began, ends = float(told["began"]), float(told["ends"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    # A clock that was set back since does not give more time than there was.
    most = exercise.minutes * MINUTE
    return Clock(exercise.id, began, min(ends, began + most))


def begin(exercise: Exercise, seat: int | None, anew: bool = True) -> Clock | None:
    """The clock that runs for a seat's exam; with `anew` another one where that is over.

    None where the exercise is no exam. Raises OSError where it cannot be kept.
    """
    if not exercise.faults:
        return None
    running = read(exercise, seat)
    if running is not None and (not running.over or not anew):
        return running
    now = time.time()
    clock = Clock(exercise.id, now, now + exercise.minutes * MINUTE)
    file = _file(exercise, seat)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_text(json.dumps({"began": clock.began, "ends": clock.ends}), encoding="utf-8")
    draft.replace(file)
    return clock


def give_up(exercise: Exercise, seat: int | None) -> None:
    """End a seat's exam now."""
    clock = read(exercise, seat)
    if clock is not None and not clock.over:
        file = _file(exercise, seat)
        with contextlib.suppress(OSError):
            file.write_text(json.dumps({"began": clock.began, "ends": time.time()}), "utf-8")
