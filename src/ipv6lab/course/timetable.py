"""A day by the minute, from the exercises that stand: talk, work, board, and pauses.

Every exercise is begun by ten minutes of talk and ended by five at the board, but those that are
only shown; a pause comes when
nobody has had one for `STRETCH` minutes, and lunch when a session ends after `NOON`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ipv6lab.course.labs import Lab, Session

TALK, BOARD, TEST, PAUSE, LUNCH = 10, 5, 25, 15, 75  # minutes
STRETCH = 90  # minutes without a pause, after which the next gap between sessions is one
NOON = 11 * 60 + 15  # minutes of the day


@dataclass(frozen=True)
class Slot:
    """What happens from a minute of the day on; `minutes` long. `exercise`: of which, if any."""

    begin: int
    minutes: int
    kind: str  # talk, work, board, shown, pause, lunch, before, after
    exercise: str = ""  # or a part of it


def day(
    lab: Lab, minutes: Mapping[str, int], begin: int, first: bool = False, last: bool = False
) -> list[Slot]:
    """The slots of a day, for all but fast groups; `minutes` by exercise or part that stands.

    The first day begins with the test before the course, the last ends with the one after it;
    where people only watch there is none.
    """
    sessions = [
        _session(one, minutes[one.name])
        for one in lab.sessions
        if not one.for_fast_groups and one.name in minutes
    ]
    watched = all(one.shown for one in lab.sessions)
    if first and not watched:
        sessions.insert(0, [(TEST, "before", "")])
    if last and not watched:
        sessions.append([(TEST, "after", "")])
    return _slots(sessions, begin)


def _session(one: Session, minutes: int) -> list[tuple[int, str, str]]:
    if one.shown:
        return [(one.shown, "shown", one.name)]
    return [(TALK, "talk", one.name), (minutes, "work", one.name), (BOARD, "board", one.name)]


def _slots(sessions: Sequence[Sequence[tuple[int, str, str]]], begin: int) -> list[Slot]:
    slots: list[Slot] = []
    now = rested = begin
    eaten = begin > NOON
    for session in sessions:
        pause = (0, "")
        if not eaten and now >= NOON:
            pause, eaten = (LUNCH, "lunch"), True
        elif now - rested >= STRETCH:
            pause = (PAUSE, "pause")
        if slots and pause[0]:
            slots.append(Slot(now, *pause))
            now = rested = now + pause[0]
        for length, kind, exercise in session:
            slots.append(Slot(now, length, kind, exercise))
            now += length
    return slots


def clock(minute: int) -> str:
    """A minute of the day as people write it.

    >>> clock(485)
    '08:05'
    """
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
