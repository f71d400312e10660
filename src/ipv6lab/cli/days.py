"""The course by day, with what one has achieved oneself: a part of ``list``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipv6lab.cli.saying import Speech, put
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.course.content import Content
    from ipv6lab.course.progress import Achieved

STILL_MISSING = "–"  # an exercise that this course does not have yet


def days(content: Content, achieved: dict[str, Achieved], speech: Speech) -> list[dict[str, Any]]:
    """Each lab: its title, its sessions, how many of them are solved whole."""
    from ipv6lab.course import labs

    return [
        {
            "name": lab.name,
            "title": speech(lab.title),
            "done": lab.done,
            "sessions": [
                {
                    "exercise": one.exercise,
                    "part": one.part,
                    "demonstration": bool(one.shown),
                    "available": one.available,
                    "for_fast_groups": one.for_fast_groups,
                    "score": one.score,
                }
                for one in lab.sessions
            ],
        }
        for lab in labs.load_labs(content, achieved)
    ]


def print_days(content: Content, achieved: dict[str, Achieved], speech: Speech) -> None:
    """The labs with a sign for each session, then the badges that were earned."""
    from ipv6lab.course import badges, parts
    from ipv6lab.words.verdicts import MAX_SCORE

    missing = False
    for lab in days(content, achieved, speech):
        marks = []
        for one in lab["sessions"]:
            score, called = one["score"], parts.name(one["exercise"], one["part"])
            if not one["available"]:
                missing = True
                marks.append(f"{called} {STILL_MISSING}")
            elif score == MAX_SCORE:
                marks.append(f"{called} ✔")
            else:
                marks.append(called if score is None else f"{called} {score}")
        put(f"\n{lab['title']}\n  " + ", ".join(marks))
    if missing:
        speech.say(
            _(
                "✔ is solved, a number the points so far; {sign} is not there yet.",
                sign=STILL_MISSING,
            )
        )
    earned = [speech(one.title) for one in badges.load_badges(content) if one.earned(achieved)]
    if earned:
        speech.say(_("Your badges: {badges}.", badges=", ".join(earned)))
