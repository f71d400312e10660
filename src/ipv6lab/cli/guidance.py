"""``next`` and ``solution``: what to do after this exercise, and how it is done."""

from __future__ import annotations

import argparse
from typing import Any

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _


def add(commands: Commands) -> None:
    tr = commands.speech
    commands.add("next", _("the exercise to do next"), tell_next, json=True)

    solution = commands.add(
        "solution",
        _("how an exercise is done; its score counts no more afterwards"),
        show_solution,
        json=True,
    )
    commands.add_exercise(solution)
    commands.add_seat(solution)
    solution.add_argument(
        "--yes", action="store_true", help=tr(_("show it although the score is forfeited"))
    )


def tell_next(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course import content, exercises, progress
    from ipv6lab.platform import directories

    found = content.find()
    identifier = progress.next_exercise(
        exercises.identifiers(found), progress.read(directories.work())
    )
    if identifier is None:
        if options.json:
            print_json(None)
        else:
            speech.say(_("All exercises that are there are done."))
        return 0
    exercise = exercises.load(found, identifier)
    title = speech.of(exercise.folder)(exercise.title)
    if options.json:
        print_json({"id": exercise.id, "title": title, "minutes": exercise.minutes})
        return 0
    speech.say(
        _(
            "{exercise}, {title}: ipv6lab start {exercise} builds it; it takes about {minutes} "
            "minutes.",
            exercise=exercise.id,
            title=title,
            minutes=exercise.minutes,
        )
    )
    return 0


def show_solution(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course import answers, explained, progress, room
    from ipv6lab.course.catching_up import REFERENCE
    from ipv6lab.course.place import Place
    from ipv6lab.platform import directories
    from ipv6lab.words.verdicts import MAX_SCORE

    place = Place.of(options.exercise, options.seat)
    folder = place.content.solutions / place.exercise.id / REFERENCE
    if not folder.is_dir():
        raise LabError(
            _(
                "The solution of {exercise} is not here; trainers have it.",
                exercise=place.exercise.id,
            )
        )
    room.check_solutions()
    achieved = progress.read(directories.work()).get(place.exercise.id, progress.Achieved())
    if achieved.score < MAX_SCORE and not achieved.solution_seen and not options.yes:
        raise LabError(
            _(
                "After its solution no score of {exercise} counts any more; "
                "ipv6lab solution {exercise} --yes shows it, ipv6lab hint CHECK costs less.",
                exercise=place.exercise.id,
            )
        )
    configuration = place.configuration(folder)
    if achieved.score < MAX_SCORE:
        progress.record_solution_seen(directories.work(), place.exercise.id)
    why = explained.text(place.content, place.exercise.id, speech.language, place.shown)
    if options.json:
        print_json({**_solution(configuration), "explained": why})
        return 0
    for file in configuration.files:
        put(f"# {file.node}:/{file.path}\n{file.content.decode(errors='replace').rstrip()}\n")
    for commands in configuration.commands:
        put(f"# {commands.node}\n{commands.script.rstrip()}\n")
    if configuration.answers:
        put(f"# {answers.ANSWERS}\n{answers.as_toml(configuration.answers)}")
    if why:
        put(why.rstrip())
    return 0


def _solution(configuration: Any) -> dict[str, Any]:
    return {
        "files": [
            {"node": file.node, "path": f"/{file.path}", "content": file.content.decode()}
            for file in configuration.files
        ],
        "commands": [{"node": item.node, "script": item.script} for item in configuration.commands],
        "answers": dict(configuration.answers),
    }
