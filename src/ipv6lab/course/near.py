"""Names near to a mistyped one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names that `name` was probably meant to be, best first, in their own spelling.

    >>> near("l4", ["L04", "L05", "K1"])
    ['L04']
    """
    spelled = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower(), spelled, n=count, cutoff=0.6)
    return [spelled[candidate] for candidate in found]
