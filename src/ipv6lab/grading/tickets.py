"""Tickets of a trouble-shooting exercise: a check is about one, and what that is was drawn.

The judgements come with the fault (`ipv6lab.course.faults`). While somebody is at it, a check says
whether the ticket is done, and nothing of where the cause lies.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from pathlib import Path

from ipv6lab.probes import Blocked, Failed, Lab, Record
from ipv6lab.words import drawn_faults as words
from ipv6lab.words.message import _

FOLDER = Path("/run/agent/exercise")
Judge = Callable[[Lab], object]


def done(lab: Lab, number: int, folder: Path = FOLDER) -> None:
    """What a ticket tells of is over, and its cause is mended as it should be. Raises Failed."""
    name = str(lab.plan[words.NUMBERED.format(number=number)])
    symptom, mended = judges(folder / f"{name}.py")
    if not _holds(lab, symptom):
        raise Failed(_("What ticket {number} tells of is not over.", number=number))
    if not _holds(lab, mended):
        raise Failed(
            _(
                "What ticket {number} tells of is gone for the moment, but its cause is not "
                "mended, or not for everybody, or by force.",
                number=number,
            )
        )


def _holds(lab: Lab, judge: Judge) -> bool:
    """Whether a judgement holds. It keeps no evidence, for that would tell where to look."""
    kept = lab.record
    lab.record = Record(kept.deadline, ask=kept.ask)
    try:
        judge(lab)
    except (Failed, Blocked):
        return False
    finally:
        kept.protocol_seconds += lab.record.protocol_seconds
        lab.record = kept
    return True


def judges(file: Path) -> tuple[Judge, Judge]:
    """``symptom`` and ``mended`` of a fault's file."""
    module = types.ModuleType(file.stem)
    module.__file__ = str(file)
    exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)
    return module.__dict__["symptom"], module.__dict__["mended"]
