"""Seats: one trainee's place, from whose number the addressing plan is derived."""

from __future__ import annotations

from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

LAST_SEAT = 0xFFF  # a seat's number is the last three hex digits of its /48's third group


def seat_number(value: int | str) -> int | None:
    """The seat that somebody typed; 0 means none.

    >>> seat_number("12")
    12
    >>> seat_number(0) is None
    True
    """
    try:
        number = int(value)
    except ValueError:
        number = -1
    if not 0 <= number <= LAST_SEAT:
        raise LabError(
            _(
                "There is no seat {seat}: seats are numbered from 1 to {last}, and 0 is none.",
                seat=str(value),
                last=LAST_SEAT,
            )
        )
    return number or None
