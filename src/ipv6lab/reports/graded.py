"""The results of one graded folder, as the reports read them.

A result is the JSON object that ``grade --json`` prints. Beside the keys that every result has
(``folder, exercise, seat, score, max_score, verdict, checks``) the reports show these when they
are there:

==============  ==============================================================================
``title``       title of the exercise (a sentence or a message)
``graded_at``   ISO 8601 time of the grading
``versions``    what graded: ``{"ipv6lab": "0.1.0", "image": "3f9c…"}``
``origin``      ``"replay"``: replayed in a fresh sandbox by whoever grades; anything else, or
                nothing, is what the trainee's own session says of itself
``hints``       how many hints were read, by check: ``{"M1": 2}``
``judged``      how many of the points could be judged there; the others await a replay
``parts``       where the exercise is cut, what each part of it is worth:
                ``[{"part": "1", "title": "The audit", "score": 100, "max_score": 100}]``
``message``     why nothing could be judged, or why the folder was refused
``warning``     what whoever grades should know of this seat
==============  ==============================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ipv6lab.reports.say import Translate, say
from ipv6lab.words.message import Message, _
from ipv6lab.words.verdicts import awaits_replay

Result = Mapping[str, Any]
Check = dict[str, Any]


class Mark(NamedTuple):
    """A verdict or state as a sign and a word, so that nobody depends on its colour."""

    sign: str
    word: Message | str
    style: str  # a colour of the terminal


MARKS = {
    "passed": Mark("✔", _("passed"), "green"),
    "failed": Mark("✘", _("failed"), "red"),
    "blocked": Mark("⊘", _("blocked"), "yellow"),
    "not_judged": Mark("?", _("not judged"), "magenta"),
    "awaits": Mark("◷", _("by replay"), "cyan"),
    "refused": Mark("—", _("not graded"), "magenta"),
    "noted": Mark("ℹ", _("to note"), "cyan"),
    "so-far": Mark("✔", _("passed so far"), "green"),
    "running": Mark("▶", _("running"), "cyan"),
    "waiting": Mark("…", _("waiting"), "dim"),
}
KINDS = {
    "must": _("must"),
    "must_not": _("must not"),
    "still": _("still"),
    "note": _("note"),
}
KIND_MEANINGS = {
    "must": _("is the goal, and earns its weight"),
    "must_not": _("may not happen, or its weight is taken away"),
    "still": _("worked before and has to go on working, or its weight is taken away"),
    "note": _("explains, and weighs nothing"),
}


def mark(verdict: object) -> Mark:
    """The mark of a verdict; one that is not known is shown as it is."""
    return MARKS.get(str(verdict)) or Mark("?", str(verdict), "")


def shown(check: Check) -> str:
    """A check's verdict as it is shown.

    ``awaits`` where it is judged only in a replay; ``noted`` for a note that has something to
    tell: it weighs nothing, so nothing has failed.
    """
    if check.get("kind") == "note" and check["verdict"] == "failed":
        return "noted"
    return "awaits" if awaits_replay(check) else str(check["verdict"])


def shown_of_all(result: Result) -> str:
    """The verdict on the whole as it is shown: ``so-far`` where only a replay is awaited."""
    return "so-far" if result.get("verdict") == "blocked" else str(result.get("verdict"))


def kind(check: Check) -> Message | str:
    name = str(check.get("kind", ""))
    return KINDS.get(name) or name


def origin(result: Result) -> Message:
    """Who vouches for the marks."""
    if result.get("origin") == "replay":
        return _("graded by replay")
    return _("self-reported")


def ordered(checks: Sequence[Check]) -> Iterator[tuple[Check, int]]:
    """The checks in their order, each blocked one under its cause, with the depth it stands at."""
    ids = {check["id"] for check in checks}
    done: set[int] = set()

    def under(cause: str | None, depth: int) -> Iterator[tuple[Check, int]]:
        for check in checks:
            blocker = check.get("blocked_by")
            if blocker not in ids:
                blocker = None
            if blocker == cause and id(check) not in done:
                done.add(id(check))
                yield check, depth
                yield from under(check["id"], depth + 1)

    yield from under(None, 0)
    # Checks that block each other in a ring have no cause above them.
    yield from ((check, 0) for check in checks if id(check) not in done)


def points(result: Result) -> str:
    """The score as it is shown: a question mark where it is not known."""
    score = result.get("score", 0)
    return "?" if score is None else str(score)


def count(checks: Sequence[Check], verdict: str) -> int:
    """How many checks are shown with a verdict."""
    return sum(shown(check) == verdict for check in checks)


def of_parts(result: Result, tr: Translate) -> list[str]:
    """A line for each part of the exercise: its number, its title, its points."""
    return [
        tr(
            _(
                "Part {number}, {title}: {score} of {max_score} points",
                number=one["part"],
                title=say(one["title"], tr),
                score=points(one),
                max_score=one["max_score"],
            )
        )
        for one in result.get("parts", [])
    ]
