"""From checks to a score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MAX_SCORE = 100


def score(checks: Iterable[Mapping[str, Any]]) -> int:
    """The points (0 to 100) that these checks earn.

    Only a passed *must* earns its weight. A *must not* or *still* that is broken takes its weight
    away again; one that could not be judged because an earlier check failed takes nothing.
    A *note* weighs nothing. Rounded down, so that 100 means that everything passed.
    """
    checks = list(checks)
    total = sum(check["weight"] for check in checks if check["kind"] == "must")
    if not total:
        return 0
    earned = sum(
        check["weight"]
        for check in checks
        if check["kind"] == "must" and check["verdict"] == "passed"
    )
    lost = sum(
        check["weight"]
        for check in checks
        if check["kind"] in ("must_not", "still") and check["verdict"] == "failed"
    )
    return max(0, int((earned - lost) * MAX_SCORE / total))


def all_passed(checks: Iterable[Mapping[str, Any]]) -> bool:
    """Whether every check that counts passed."""
    return all(check["verdict"] == "passed" for check in checks if check["kind"] != "note")
