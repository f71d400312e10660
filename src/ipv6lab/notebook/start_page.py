"""The page with which a course begins: the labs by day, one's own progress, what to do next."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ipv6lab.course import badges, exercises, labs, progress
from ipv6lab.course.content import Content
from ipv6lab.course.speech import Speech
from ipv6lab.notebook import shelf, sources
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _
from ipv6lab.words.verdicts import MAX_SCORE

FILE = "README.md"
SOLVED, MISSING = "✔", "–"


def write(content: Content, language: str) -> Path:
    """Write the page anew beside the notebooks. Raises LabError when it cannot be written."""
    folder = shelf.folder(language)
    file = folder / FILE
    draft = folder / f".{FILE}.{os.getpid()}"
    text = page(content, Speech(language), shelf.offered(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise LabError(
            _(
                "{file} cannot be written: {reason}.",
                file=str(file),
                reason=error.strerror or str(error),
            )
        ) from None
    return file


def next_one(content: Content, said: Speech) -> str | None:
    """What to go on with, as Markdown with a link to its notebook; None where all is done."""
    known = {one.id: one for one in exercises.load_all(content)}
    texts = {name.partition("-")[0]: name for name in sources.names(content)}
    goal = progress.next_exercise(
        [one for one in known if one in texts], progress.read(directories.work())
    )
    if goal is None:
        return None
    exercise = known[goal]
    title = f"{goal} · {said.of(exercise.folder)(exercise.title)}"
    return said(_("Go on with {exercise}.", exercise=f"**[{title}]({texts[goal]}.ipynb)**"))


def page(content: Content, said: Speech, offered: Sequence[str] = ()) -> str:
    """The page as Markdown; `offered` are notebooks that lie beside edited ones."""
    achieved = progress.read(directories.work())
    known = {one.id: one for one in exercises.load_all(content)}
    texts = {name.partition("-")[0]: name for name in sources.names(content)}

    def link(identifier: str) -> str:
        exercise = known.get(identifier)
        if exercise is None:
            return identifier
        title = f"{identifier} · {said.of(exercise.folder)(exercise.title)}"
        name = texts.get(identifier)
        return f"[{title}]({name}.ipynb)" if name else title

    lines = ["# ipv6lab", ""]
    goal = next_one(content, said)
    if goal is not None:
        lines += [goal, ""]
    if offered:
        beside = ", ".join(f"[{name}]({name})" for name in offered)
        lines += [
            said(
                _("The course has news for notebooks that you have changed: {files}.", files=beside)
            ),
            "",
        ]
    for lab in labs.load_labs(content, achieved):
        solved = said(_("{done} of {count} solved", done=lab.done, count=len(lab.sessions)))
        lines += [f"## {said(lab.title)}", "", solved, "", *_table(said)]
        for one in lab.sessions:
            score = one.score
            sign = SOLVED if score == MAX_SCORE else "" if one.available else MISSING
            minutes = str(
                one.shown or _minutes(known[one.exercise], one.part) if one.available else ""
            )
            points = "" if score is None else str(score)
            what = link(one.exercise)
            if one.part and one.available:
                part = known[one.exercise].part(one.part)
                title = said.of(known[one.exercise].folder)(part.title)
                what = said(
                    _("{what}, part {number}: {title}", what=what, number=part.number, title=title)
                )
            lines.append(f"| {sign} | {what} | {minutes} | {points} |")
        lines.append("")
    lines += [
        said(_("{sign} is solved; {missing} is not there yet.", sign=SOLVED, missing=MISSING)),
        "",
    ]
    earned = [said(one.title) for one in badges.load_badges(content) if one.earned(achieved)]
    if earned:
        lines += [said(_("Your badges: {badges}.", badges=", ".join(earned))), ""]
    lines.append(
        said(
            _(
                "These points are self-reported; what you did is recorded while you do it, and "
                "`%save` writes it down to hand it in."
            )
        )
    )
    return "\n".join(lines) + "\n"


def _minutes(exercise: exercises.Exercise, part: str | None) -> int:
    return exercise.minutes if part is None else exercise.part(part).minutes


def _table(said: Speech) -> list[str]:
    heads = ["", said(_("Exercise")), said(_("Minutes")), said(_("Points"))]
    return ["| " + " | ".join(heads) + " |", "| --- | --- | ---: | ---: |"]
