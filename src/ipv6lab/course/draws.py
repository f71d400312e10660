"""What an exercise draws for each seat: ``[draw]`` in ``exercise.toml``, as names ``draw.x``.

::

    [draw]
    group = "????"                                   # ? is a hexadecimal digit from 1 to f
    address = "2001:DB8:0:0:{{ draw.group }}:0:0:1"  # a name of the plan, or drawn before
    host = "192.0.2.1#"                              # # is a decimal digit from 1 to 9
    kind = { "fe80::????" = "link-local", "ff02::????" = "multicast" }

Of a table one line is drawn: ``draw.kind`` is its text, ``draw.kind.is`` what belongs to it. The
same seat draws the same each time, and nobody else's. So anybody can compute it: where a draw
decides marks it stands in ``[secret]``, which has the same form, and names ``secret.x``. That is
drawn by the agent, from 128 bits that it makes when the lab is built and keeps to itself: its start
state is filled in there, and checks ask ``lab.plan`` for it. In a class the journal carries the
bits sealed, so that the trainer's replay has them. Who studies alone has bits that are as good as
open, `bits`, so that a lab begun again is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ipv6lab.course.exercises import DESCRIPTION, Exercise
from ipv6lab.course.lookups import look_up
from ipv6lab.words import lots

PREFIX = "draw."


def drawn(exercise: Exercise, seat: int | None, plan: Mapping[str, str]) -> dict[str, str]:
    """The names and values that the exercise draws for a seat. Raises LabError."""
    file: Path = exercise.folder / DESCRIPTION

    def fill(pattern: str, values: dict[str, str]) -> str:
        return look_up(pattern, {**plan, **values}, str(file))

    return lots.drawn(exercise.draws, f"{exercise.id}/{seat or 0}", PREFIX, fill)


def bits(exercise: str, seat: int | None) -> bytes:
    """The bits of who studies alone."""
    return hashlib.sha256(f"{exercise}/{seat or 0}/secret".encode()).digest()[: lots.BITS]


def patterns(exercise: Exercise, plan: Mapping[str, str]) -> dict[str, str | dict[str, str]]:
    """What is drawn in secret, with the plan's values; places of secrets stay. Raises LabError."""
    file = str(exercise.folder / DESCRIPTION)
    known = {**plan, **places(exercise)}

    def filled(wanted: str | dict[str, str]) -> str | dict[str, str]:
        if isinstance(wanted, str):
            return look_up(wanted, known, file)
        return {look_up(text, known, file): what for text, what in wanted.items()}

    return {name: filled(wanted) for name, wanted in exercise.secrets.items()}


def places(exercise: Exercise) -> dict[str, str]:
    """Each name of a secret with the place of it, as which it stays until the agent has drawn."""
    names = [
        found
        for name, wanted in exercise.secrets.items()
        for found in ([name] if isinstance(wanted, str) else [name, f"{name}.is"])
    ]
    return {lots.SECRET + name: f"{{{{ {lots.SECRET}{name} }}}}" for name in names}
