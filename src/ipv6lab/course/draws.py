"""What an exercise draws for each seat: ``[draw]`` in ``exercise.toml``, as names ``draw.x``.

::

    [draw]
    group = "????"                                   # ? is a hexadecimal digit from 1 to f
    address = "2001:DB8:0:0:{{ draw.group }}:0:0:1"  # a name of the plan, or drawn before
    host = "192.0.2.1#"                              # # is a decimal digit from 1 to 9
    kind = { "fe80::????" = "link-local", "ff02::????" = "multicast" }

Of a table one line is drawn: ``draw.kind`` is its text, ``draw.kind.is`` what belongs to it. The
same seat draws the same each time, and nobody else's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from ipv6lab.course.exercises import DESCRIPTION, Exercise
from ipv6lab.course.lookups import look_up

PREFIX = "draw."
_DIGITS = {"?": "123456789abcdef", "#": "123456789"}


def drawn(exercise: Exercise, seat: int | None, plan: Mapping[str, str]) -> dict[str, str]:
    """The names and values that the exercise draws for a seat. Raises LabError."""
    values: dict[str, str] = {}
    file: Path = exercise.folder / DESCRIPTION
    for name, wanted in exercise.draws.items():
        lots = _lots(f"{exercise.id}/{seat or 0}/{name}")
        if isinstance(wanted, str):
            pattern = wanted
        else:
            pattern = list(wanted)[next(lots) % len(wanted)]
            values[f"{PREFIX}{name}.is"] = wanted[pattern]
        text = look_up(pattern, {**plan, **values}, str(file))
        values[PREFIX + name] = "".join(
            _DIGITS[sign][next(lots) % len(_DIGITS[sign])] if sign in _DIGITS else sign
            for sign in text
        )
    return values


def _lots(seed: str) -> Iterator[int]:
    """Numbers that are the same for the same seed, on every machine."""
    count = 0
    while True:
        yield int.from_bytes(hashlib.sha256(f"{seed}/{count}".encode()).digest()[:4], "big")
        count += 1
