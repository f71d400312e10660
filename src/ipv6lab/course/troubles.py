"""How often work of a seat could not be judged: ``not-judged.json`` in the work directory.

Whoever makes noise on purpose, so that a check which would fail is put off, is seen by it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any

from ipv6lab.platform import directories
from ipv6lab.words.message import _
from ipv6lab.words.verdicts import not_judged

FILE = "not-judged.json"
MANY = 3  # from one seat: whoever grades is told


def told(result: dict[str, Any]) -> dict[str, Any]:
    """A result, with a ``warning`` if it is one of many from its seat that were not judged.

    Each check that was not judged counts, and each lab that could not be judged at all.
    """
    if result["verdict"] != "not_judged":
        return result
    seat = result.get("recorded_seat") or result["seat"]
    count = _count(str(seat), max(1, len(not_judged(result["checks"]))))
    if count >= MANY:
        warning = _(
            "{count} times something of seat {seat} could not be judged: look whether somebody "
            "makes noise there on purpose.",
            count=count,
            seat=seat,
        )
        result["warning"] = warning.to_json()
    return result


def _count(seat: str, more: int) -> int:
    """So many more of a seat; how many there are now. Where nothing can be written, only these."""
    file = directories.work() / FILE
    counts: dict[str, int] = {}
    with suppress(OSError, ValueError):
        read = json.loads(file.read_text(encoding="utf-8"))
        counts = {str(name): int(number) for name, number in dict(read).items()}
    counts[seat] = counts.get(seat, 0) + more
    draft = file.with_name(f"{FILE}.{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(counts), encoding="utf-8")
        draft.replace(file)
    return counts[seat]
