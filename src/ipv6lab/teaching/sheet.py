"""What stands on the hand-out of an exercise: task, plan, commands, terms, as one text."""

from __future__ import annotations

import io
from dataclasses import dataclass

from ipv6lab.course.lesson import LOOK, WAYS, WHO, Lesson
from ipv6lab.course.speech import Speech
from ipv6lab.course.tasks import Block
from ipv6lab.reports.picture import picture
from ipv6lab.words.message import _

TERMS = 10  # of the glossary; more are no help on a sheet


@dataclass(frozen=True)
class Sheet:
    """A hand-out: `parts` are headings, each with its blocks of Markdown."""

    language: str
    title: str
    about: str
    picture: bytes  # PNG
    parts: tuple[tuple[str, tuple[Block, ...]], ...]


def sheet(lesson: Lesson, speech: Speech) -> Sheet:
    """The hand-out of an exercise on one seat."""
    exercise, place = lesson.place.exercise, lesson.place
    parts = []
    for section in lesson.task:
        if section.name in WAYS:
            continue
        # What is drawn with letters is in the picture.
        kept = [one for one in section.blocks if one.prose or section.name != WHO]
        heading = speech(_("How to look")) if section.name in LOOK else section.heading
        if kept:
            parts.append((heading, tuple(kept)))
    if lesson.questions:
        asked = "\n".join(f"- `{name}`: {one}" for name, one in lesson.questions.items())
        parts.append((speech(_("Questions")), (Block(asked, prose=True),)))
    if terms := _terms(lesson):
        parts.append((speech(_("Terms")), (Block(terms, prose=True),)))
    about = [
        lesson.group,
        speech(_("{count} minutes", count=exercise.minutes)),
        speech(_("seat {seat}", seat=place.seat or 0)),
    ]
    drawn = io.BytesIO()
    picture(place.description(), drawn, "png")
    title = f"{exercise.id} {lesson.title}"
    return Sheet(lesson.language, title, " · ".join(about), drawn.getvalue(), tuple(parts))


def _terms(lesson: Lesson) -> str:
    """The terms of the task in both languages, a line each; with what they mean, where it is
    written down."""
    other = "vi" if lesson.language == "en" else "en"
    lines = []
    for term in [one for one in lesson.terms if one.means][:TERMS]:
        names = f"**{term.names[lesson.language][0]}** ({term.names[other][0]})"
        lines.append(f"- {names}: {term.means[lesson.language]}")
    return "\n".join(lines)
