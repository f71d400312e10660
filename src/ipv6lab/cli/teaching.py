"""``slides``, ``handout``: what a trainer takes along, made of the course's own texts."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ipv6lab.cli.parser import Commands, Parser
from ipv6lab.cli.saying import Speech
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.course.lesson import Lesson


def add(commands: Commands) -> None:
    tr = commands.speech
    slides = commands.add(
        "slides", _("slides for what one says of an exercise: one HTML page"), write_slides
    )
    _add_what(slides, tr)

    handout = commands.add(
        "handout", _("two printable pages of an exercise: task, plan, commands, terms"), write_sheet
    )
    _add_what(handout, tr)
    handout.add_argument(
        "--html", action="store_true", help=tr(_("a page for a browser instead of a PDF file"))
    )


def _add_what(parser: Parser, tr: Speech) -> None:
    parser.add_argument(
        "what",
        metavar=tr(_("WHAT")),
        nargs="+",
        help=tr(_("exercises such as L04, days such as day1, or all")),
    )
    parser.add_argument("--seat", metavar="N", help=tr(_("the seat whose addresses are shown")))
    parser.add_argument(
        "-o",
        "--output",
        metavar=tr(_("FILE")),
        help=tr(_("where to write it; a folder for several (default: here)")),
    )


def write_slides(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.teaching import slides

    names = _exercises(options.what)
    slides.require()
    return _write(options, speech, names, "slides", "html", slides.page)


def write_sheet(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.teaching import handout

    names = _exercises(options.what)
    handout.require()
    if options.html or Path(options.output or "").suffix in (".html", ".htm"):
        return _write(options, speech, names, "handout", "html", handout.html)
    return _write(options, speech, names, "handout", "pdf", handout.pdf)


def _exercises(wanted: list[str]) -> list[str]:
    """The exercises that are meant, each once and in their order. Raises LabError."""
    from ipv6lab.course import content, exercises
    from ipv6lab.course.labs import load_labs

    course = content.find()
    days = {
        lab.name: [one.exercise for one in lab.sessions if one.available]
        for lab in load_labs(course)
    }
    found: dict[str, None] = {}
    for name in wanted:
        if name == "all":
            found |= dict.fromkeys(exercises.identifiers(course))
        elif name in days:
            found |= dict.fromkeys(days[name])
        else:
            found[exercises.load(course, name).id] = None
    return list(found)


def _write(
    options: argparse.Namespace,
    speech: Speech,
    names: list[str],
    what: str,
    kind: str,
    made: Callable[[Lesson, Speech], str | bytes],
) -> int:
    """Make something of each exercise and say where it is."""
    from ipv6lab.course.lesson import Lesson

    target = Path(options.output) if options.output else Path()
    alone = len(names) == 1 and options.output and not target.is_dir()
    for name in names:
        file = target if alone else target / f"{name}-{what}-{speech.language}.{kind}"
        done = made(Lesson.of(name, options.seat, speech), speech)
        try:
            if not alone:
                target.mkdir(parents=True, exist_ok=True)
            file.write_bytes(done if isinstance(done, bytes) else done.encode())
        except OSError as error:
            raise LabError(
                _(
                    "{file} cannot be written: {reason}.",
                    file=str(file),
                    reason=error.strerror or str(error),
                )
            ) from None
        speech.say(_("{exercise}: {file}", exercise=name, file=str(file)))
    return 0
