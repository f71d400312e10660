"""The result of one grading: the JSON object that every report reads."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from ipv6lab.course.content import Content
from ipv6lab.course.place import Place
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _
from ipv6lab.words.verdicts import MAX_SCORE, judged, overall, score

REPLAY = "replay"
SELF_REPORTED = "self-reported"


def result(
    place: Place,
    checks: list[dict[str, Any]],
    folder: str | None,
    origin: str,
    spent: dict[str, int] | None = None,
) -> dict[str, Any]:
    """What these checks are worth. ``spent`` are the hints read, which cost points."""
    from ipv6lab.course import hints, parts

    points = score(checks)
    read = spent or {}
    if read and points is not None:
        points = max(0, points - hints.cost(checks, place.exercise, read))
    return {
        "folder": folder,
        "exercise": place.exercise.id,
        "title": place.exercise.title,
        "seat": place.seat or 0,
        "score": points,
        "max_score": MAX_SCORE,
        "judged": judged(checks),
        "verdict": overall(checks),
        "origin": origin,
        "graded_at": now(),
        "versions": versions(place.content),
        "hints": read,
        "parts": parts.scores(place.exercise, checks, read),
        "checks": checks,
    }


def now() -> str:
    """The time as results tell it: ISO 8601, in this machine's time zone."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def versions(content: Content) -> dict[str, str]:
    """What something is made, or judged, with: ``ipv6lab``, ``image`` and ``course``."""
    from ipv6lab import __version__, image
    from ipv6lab.course.content import version

    known = {"ipv6lab": __version__, "course": version(content)}
    with contextlib.suppress(LabError):  # no image here: nothing is graded here either
        known["image"] = image.find().id[:12]
    return known


def own_result(place: Place, checks: list[dict[str, Any]]) -> dict[str, Any]:
    """What the checks of one's own lab are worth."""
    from ipv6lab.course import hints

    spent = hints.read(place.exercise.id, place.seat)
    return result(place, checks, None, SELF_REPORTED, spent)


def differences(checks: list[dict[str, Any]], live: dict[str, str] | None) -> list[dict[str, str]]:
    """Where a replay's verdicts are not those that the trainee's own lab last gave."""
    replayed = {check["id"]: check["verdict"] for check in checks}
    return [
        {"id": check, "live": verdict, "replay": replayed[check]}
        for check, verdict in (live or {}).items()
        if check in replayed and replayed[check] != verdict
    ]


def not_judged(place: Place, folder: str, error: Exception) -> dict[str, Any]:
    """The result of a folder whose lab had trouble of its own: no score, and the reason."""
    if isinstance(error, LabError):
        message = error.message
    else:
        message = _(
            "The lab had trouble of its own ({error}), which says nothing about the work.",
            error=f"{type(error).__name__}: {error}".splitlines()[0],
        )
    return {**refused(place, folder, message), "score": None, "verdict": "not_judged"}


def refused(place: Place, folder: str, message: Message) -> dict[str, Any]:
    """The result of a folder that could not be graded, with the sentence that says why."""
    return {
        "folder": folder,
        "exercise": place.exercise.id,
        "title": place.exercise.title,
        "seat": place.seat or 0,
        "score": 0,
        "max_score": MAX_SCORE,
        "verdict": "refused",
        "message": message.to_json(),
        "checks": [],
    }
