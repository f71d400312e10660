"""What seats dispute, and marks that a trainer sets.

The board keeps disputes, and reads whether they are answered; it reaches neither the gradebook nor
anything else of the trainer's.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipv6lab.classroom.board.disputed import ANSWER, FOLDER, LONGEST
from ipv6lab.classroom.folder import Class, read_json, write_private
from ipv6lab.classroom.gradebook.ledger import ByHand, Ledger
from ipv6lab.classroom.gradebook.people import Holder, holders, plain_text
from ipv6lab.course import content, exercises, recorded, results, weights
from ipv6lab.course.near import near
from ipv6lab.reports import evidence
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

GRADED = "graded"  # instead of a number: what the grading found counts again


@dataclass(frozen=True)
class Dispute:
    """One check whose verdict a seat disputes, as the board kept it."""

    file: Path
    seat: int
    exercise: str
    check: str
    told: dict[str, Any]

    @property
    def why(self) -> str:
        return plain_text(self.told.get("why", ""))[:LONGEST]

    @property
    def at(self) -> float:
        at = self.told.get("at")
        return float(at) if isinstance(at, int | float) else 0.0

    @property
    def answer(self) -> dict[str, Any]:
        """What the trainer said to it; empty: nothing yet."""
        return read_json(self.file.with_suffix(ANSWER))


def disputes(found: Class) -> list[Dispute]:
    """All that seats dispute, by seat, exercise and check."""
    return [
        Dispute(file, int(file.parent.name), match[1], match[2], told)
        for file in sorted((found.room / FOLDER).glob("*/*.json"))
        for match in [re.fullmatch(r"([A-Za-z0-9]+)-([A-Za-z0-9]+)", file.stem)]
        if match and file.parent.name.isdecimal() and (told := read_json(file))
    ]


def write_out(one: Dispute, folder: Path) -> Path:
    """A folder for one dispute: ``work/`` as it can be graded, ``dispute.json``, ``CHECK.pcap``.

    Raises LabError where it cannot be written, or the work is none.
    """
    where = folder / f"{one.seat:02}-{one.exercise}-{one.check}"
    entries, spent = one.told.get("entries"), one.told.get("hints")
    if not recorded.is_valid(entries):
        raise LabError(_("What seat {seat} handed in is no recorded work.", seat=one.seat))
    assert isinstance(entries, list)
    recorded.save(where / "work", entries, one.seat, _hints(spent))
    seen = one.told.get("evidence")
    check = {"id": one.check, "evidence": seen if isinstance(seen, list) else []}
    told = {key: value for key, value in one.told.items() if key != "entries"}
    write_private(where / "dispute.json", json.dumps(told, ensure_ascii=True, indent=1))
    # They are a seat's own words, which may be none.
    with contextlib.suppress(AttributeError, TypeError, ValueError, OverflowError):
        evidence.write([check], where)
    return where


def _hints(value: object) -> dict[str, int]:
    told = value if isinstance(value, dict) else {}
    return {str(name): one for name, one in told.items() if type(one) is int and 0 < one <= 3}


def whose(found: Class, ledger: Ledger, seat: int) -> Holder:
    """Who has a seat, or had it last. Raises LabError where nobody ever did."""
    here = holders(found).get(seat)
    if here is not None:
        return here
    left = ledger.last_holders()
    if seat not in left:
        found.seat(seat)  # says which there are
    return left[seat]


def mark(
    holder: Holder, exercise: str, check: str, points: str, reason: str, author: str | None
) -> ByHand:
    """A mark as a trainer set it. Raises LabError for what there is not, or cannot be."""
    known = exercises.load(content.find(), exercise)
    declared = {one.id: one for one in weights.declared(known)}
    wanted = next((one for one in declared if one.lower() == check.lower()), None)
    if wanted is None:
        raise LabError(
            _(
                "{exercise} has no check {name}; did you mean {meant}?",
                exercise=known.id,
                name=check,
                meant=", ".join(near(check, declared)) or ", ".join(declared),
            )
        )
    reason = plain_text(reason)
    if not reason or len(reason) > LONGEST:
        raise LabError(_("Say with --reason why, in at most {most} letters.", most=LONGEST))
    return ByHand(
        holder,
        known.id,
        wanted,
        None if points == GRADED else _points(declared[wanted], points),
        reason,
        plain_text(author or _user())[:80] or "?",
        results.now(),
    )


def _points(check: weights.Declared, text: str) -> int:
    least, most = (0, check.weight) if check.kind == "must" else (-check.weight, 0)
    try:
        points = int(text)
    except ValueError:
        points = most + 1
    if not least <= points <= most:
        raise LabError(
            _(
                "{check} is worth {least} to {most} points, not {points}; “graded” takes back what "
                "was set.",
                check=check.id,
                least=least,
                most=most,
                points=plain_text(text)[:20],
            )
        )
    return points


def _user() -> str:
    """Who sits at the machine, also behind sudo."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "?"


def answer(found: Class, given: ByHand) -> bool:
    """Tell the board that a dispute is answered; whether there was one."""
    answered = False
    for one in _about(found, given):
        told = {"points": given.points, "reason": given.reason, "author": given.author}
        write_private(one.file.with_suffix(ANSWER), json.dumps({**told, "at": given.at}))
        if os.geteuid() == 0:
            owner = one.file.stat()
            os.chown(one.file.with_suffix(ANSWER), owner.st_uid, owner.st_gid)
        answered = True
    return answered


def _about(found: Class, given: ByHand) -> Iterator[Dispute]:
    for one in disputes(found):
        if (one.seat, one.exercise, one.check) == (
            given.holder.seat,
            given.exercise,
            given.check,
        ):
            yield one
