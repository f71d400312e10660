"""Drawing by lot: values out of patterns, the same for the same seed on every machine.

A pattern is a text: ``?`` is a hexadecimal digit from 1 to f, ``#`` a decimal one from 1 to 9. A
table of patterns is one of them, drawn, with what belongs to it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ipv6lab.words.errors import LabError

SECRET = "secret."  # names of what is drawn from bits that only the agent has
BITS = 16  # octets of them
# Where the agent keeps them, in hex; no node sees that place.
KEPT = Path("/run/agent/bits")

_DIGITS = {"?": "123456789abcdef", "#": "123456789"}
_PLACE = re.compile(r"\{\{\s*(secret\.[^{}\s]+)\s*\}\}")
Patterns = Mapping[str, str | Mapping[str, str]]


def lots(seed: str) -> Iterator[int]:
    """Numbers of 32 bits, without end.

    >>> first = lots("L04/7/x")
    >>> next(first) == next(lots("L04/7/x")), next(first) == next(lots("L04/7/x"))
    (True, False)
    """
    count = 0
    while True:
        yield int.from_bytes(hashlib.sha256(f"{seed}/{count}".encode()).digest()[:4], "big")
        count += 1


def drawn(
    patterns: Patterns, seed: str, prefix: str, fill: Callable[[str, dict[str, str]], str]
) -> dict[str, str]:
    """What is drawn, by `prefix` and name; of a table also its line's other half, as NAME.is.

    `fill` puts values in the places of a pattern: those of a plan, and what was drawn before.
    """
    values: dict[str, str] = {}
    for name, wanted in patterns.items():
        numbers = lots(f"{seed}/{name}")
        if isinstance(wanted, str):
            pattern = wanted
        else:
            pattern = list(wanted)[next(numbers) % len(wanted)]
            values[f"{prefix}{name}.is"] = wanted[pattern]
        text = fill(pattern, values)
        values[prefix + name] = "".join(
            _DIGITS[sign][next(numbers) % len(_DIGITS[sign])] if sign in _DIGITS else sign
            for sign in text
        )
    return values


def secrets_of(patterns: Patterns, bits: bytes) -> dict[str, str]:
    """What is drawn from bits. Raises LabError where a pattern names what is not drawn before."""
    return drawn(patterns, bits.hex(), SECRET, put)


def put(text: str, values: Mapping[str, str]) -> str:
    """A text with values in the places of secrets; all else stands as it is. Raises LabError.

    >>> put("port {{ secret.port }} of {{ www.address }}", {"secret.port": "8080"})
    'port 8080 of {{ www.address }}'
    """

    def value(place: re.Match[str]) -> str:
        try:
            return values[place[1]]
        except KeyError:
            raise LabError("Nothing is drawn under the name {name}.", name=place[1]) from None

    return _PLACE.sub(value, text)
