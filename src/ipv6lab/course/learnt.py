"""What the tests before and after the course say somebody learnt: ``tests.json`` at the seat.

What was chosen is kept as the text of the choice, so that a pool with more questions, or in
another order, judges old answers as before; an answer that is no choice any more counts as none.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ipv6lab.course import questions
from ipv6lab.course.questions import AFTER, BEFORE, FORMS, Theme
from ipv6lab.course.seats import seat_number
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

FILE = "tests.json"


@dataclass
class Sheet:
    """What one person chose in both tests, by question, and which of them are closed."""

    seat: int = 0
    chosen: dict[str, dict[str, str]] = field(default_factory=lambda: {one: {} for one in FORMS})
    closed: list[str] = field(default_factory=list)

    def check_open(self, form: str) -> None:
        """Raise LabError unless this test may be answered now."""
        if form in self.closed:
            raise LabError(_("The test “{form}” is closed.", form=form))
        if form == AFTER and BEFORE not in self.closed:
            raise LabError(
                _("The test “after” opens when “before” is closed: ipv6lab test before --close.")
            )

    def check_done(self) -> None:
        """Raise LabError while answers would still give something away."""
        if set(self.closed) != set(FORMS):
            raise LabError(_("What was right is told when both tests are closed."))


def read(file: Path) -> Sheet:
    """The sheet in a file; an empty one where there is none. Raises LabError for what is none."""
    try:
        return parse(file.read_bytes(), str(file))
    except FileNotFoundError:
        return Sheet()
    except OSError as error:
        raise LabError(
            _("{file} cannot be read: {reason}.", file=str(file), reason=error.strerror or "")
        ) from None


def parse(data: bytes, file: str = FILE) -> Sheet:
    """The sheet that a file holds. Raises LabError for what is none."""
    try:
        return _sheet(json.loads(data.decode()))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, LabError):
        raise LabError(_("{file} holds no answers to the tests.", file=file)) from None


def _sheet(data: Any) -> Sheet:
    chosen = {
        form: {str(name): str(choice) for name, choice in data["chosen"][form].items()}
        for form in FORMS
    }
    closed = [form for form in FORMS if form in list(data["closed"])]
    return Sheet(seat_number(data["seat"]) or 0, chosen, closed)


def write(file: Path, sheet: Sheet) -> None:
    """Keep a sheet, in one step. Raises LabError."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(asdict(sheet), ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise LabError(
            _("{file} cannot be written: {reason}.", file=str(file), reason=error.strerror or "")
        ) from None


@dataclass
class Gain:
    """How many questions of a theme were asked and answered rightly, by form."""

    theme: Theme
    asked: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FORMS, 0))
    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FORMS, 0))

    @property
    def gain(self) -> float:
        """The share of right answers afterwards less the share before, from -1 to 1."""
        before, after = (self.right[form] / (self.asked[form] or 1) for form in FORMS)
        return after - before


def gains(themes: Sequence[Theme], sheets: Iterable[Sheet]) -> list[Gain]:
    """What a person, or a class, gained in each theme, in the order of the themes."""
    found: Mapping[str, Gain] = {theme.name: Gain(theme) for theme in themes}
    for sheet in sheets:
        for form, asked in questions.drawn(themes, sheet.seat).items():
            for question in asked:
                one = found[question.theme]
                one.asked[form] += 1
                one.right[form] += sheet.chosen[form].get(question.id) == question.right
    return list(found.values())


def least(found: Sequence[Gain]) -> list[Gain]:
    """The themes that gained least; those that were known before and after are not meant."""
    open_still = [one for one in found if one.right[AFTER] < one.asked[AFTER]]
    lowest = min((one.gain for one in open_still), default=0.0)
    return [one for one in open_still if one.gain == lowest]
