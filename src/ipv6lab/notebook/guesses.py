"""Which exercise, seat and language a notebook is about, before anybody has said so in it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ipv6lab import sandbox
from ipv6lab.course.languages import choose_language
from ipv6lab.course.running import chosen_seat, kept
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

SEAT = "IPV6LAB_SEAT"  # the seat that notebooks are about, where nobody names one
LANGUAGE = "IPV6LAB_LANGUAGE"
NOTEBOOK = "JPY_SESSION_NAME"  # set by Jupyter: the notebook's file


def language() -> str:
    """The language that notebooks speak: what they were opened in, else the locale's."""
    return choose_language(os.environ.get(LANGUAGE) or None)


def seat() -> str | None:
    """The seat that everything in this kernel is about, if it is settled."""
    return os.environ.get(SEAT) or None


def exercise_of_notebook() -> str | None:
    """The exercise that the notebook around this kernel is about; None where nothing tells."""
    name = os.environ.get(NOTEBOOK)
    if not name:
        return None
    try:
        metadata = json.loads(Path(name).read_text(encoding="utf-8"))["metadata"]
        return str(metadata["ipv6lab"]["exercise"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def exercise_and_seat() -> tuple[str, str | int | None]:
    """What a cell is about before any ``%lab start``: after a restart of the kernel, say.

    It is the notebook's exercise, on the seat that is settled or on which it runs; in a notebook
    of one's own it is the lab that runs. Raises LabError when none does.
    """
    exercise = exercise_of_notebook()
    if exercise is None:
        if not sandbox.running():
            raise LabError(_("No lab is running; %lab start L04 starts the one of L04."))
        number = chosen_seat(seat())
        return str(kept(number)["exercise"]), number
    if seat() is not None:
        return exercise, seat()
    seats = [lab["seat"] for lab in sandbox.running() if lab.get("exercise") == exercise]
    return exercise, seats[0] if len(seats) == 1 else None
