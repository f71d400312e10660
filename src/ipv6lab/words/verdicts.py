"""From checks to a score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MAX_SCORE = 100


def score(checks: Iterable[Mapping[str, Any]]) -> int | None:
    """The points (0 to 100) that these checks earn; None where one that counts was not judged.

    Only a passed *must* earns its weight. A *must not* or *still* that is broken takes its weight
    away again; one that could not be judged because an earlier check failed takes nothing.
    A *note* weighs nothing. Rounded down, so that 100 means that everything passed.
    """
    checks = list(checks)
    if not_judged(checks):
        return None
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


def not_judged(checks: Iterable[Mapping[str, Any]]) -> list[str]:
    """The checks that the grader's own trouble kept from being judged; notes do not count."""
    return [
        check["id"]
        for check in checks
        if check["kind"] != "note" and check["verdict"] == "not_judged"
    ]


def awaits_replay(check: Mapping[str, Any]) -> bool:
    """Whether a check could not be judged here, but will be where the work is done again.

    It is blocked, and by no other check.
    """
    return check["verdict"] == "blocked" and not check.get("blocked_by")


def judged(checks: Iterable[Mapping[str, Any]]) -> int:
    """The points that could be had here: all but those of checks that await a replay."""
    musts = [check for check in checks if check["kind"] == "must"]
    total = sum(check["weight"] for check in musts)
    here = sum(check["weight"] for check in musts if not awaits_replay(check))
    return int(here * MAX_SCORE / total) if total else 0


def overall(checks: Iterable[Mapping[str, Any]]) -> str:
    """passed when every check that counts passed, not_judged when one of them could not be judged,
    blocked when all that is left awaits a replay, else failed."""
    counting = [check for check in checks if check["kind"] != "note"]
    if not_judged(counting):
        return "not_judged"
    if all(check["verdict"] == "passed" for check in counting):
        return "passed"
    if all(check["verdict"] == "passed" or awaits_replay(check) for check in counting):
        return "blocked"
    return "failed"
