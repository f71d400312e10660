"""``save``, ``undo``, ``checkpoint``, ``back``: the work that is recorded while it is done."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.speech import Speech, print_json
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

VERSIONS = {
    "course": _("the course's version"),
    "image": _("the lab image"),
    "ipv6lab": _("ipv6lab"),
}
WORDS = {
    "passed": _("passed"),
    "failed": _("failed"),
    "blocked": _("blocked"),
    "not_judged": _("not judged"),
}


def add(commands: Commands) -> None:
    tr = commands.speech
    save = commands.add("save", _("write one's work as a folder, to hand it in"), save_work)
    save.add_argument("folder", metavar=tr(_("FOLDER")), help=tr(_("a new folder")))
    commands.add_seat(save)

    undo = commands.add("undo", _("as it was before the last command"), undo_command, json=True)
    commands.add_seat(undo)

    checkpoint = commands.add("checkpoint", _("name this moment"), set_checkpoint, json=True)
    checkpoint.add_argument("name", metavar=tr(_("NAME")))
    commands.add_seat(checkpoint)

    back = commands.add("back", _("as it was at a checkpoint"), go_back, json=True)
    back.add_argument("name", metavar=tr(_("NAME")))
    commands.add_seat(back)


def save_work(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course import grading
    from ipv6lab.course.place import joined

    lab, place = joined(options.seat)
    with lab:
        count = grading.save_own(lab, place, Path(options.folder))
    speech.say(
        _(
            "{folder} holds your work on {exercise}: {count} commands; "
            "ipv6lab grade {exercise} {folder} grades it.",
            folder=options.folder,
            exercise=place.exercise.id,
            count=count,
        )
    )
    return 0


def undo_command(options: argparse.Namespace, speech: Speech) -> int:
    return _go(options, speech, None, _("It is as it was before the last command."))


def go_back(options: argparse.Namespace, speech: Speech) -> int:
    return _go(options, speech, options.name, _("It is as it was at {name}.", name=options.name))


def _go(options: argparse.Namespace, speech: Speech, name: str | None, done: Any) -> int:
    from ipv6lab.course.place import joined

    lab, _place = joined(options.seat)
    with lab:
        answer = lab.request("back", name=name)
    if options.json:
        print_json(answer)
    else:
        speech.say(done)
    return 0


def set_checkpoint(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course.place import joined

    if not options.name.strip():
        raise LabError(_("A moment needs a name: ipv6lab checkpoint NAME."))
    lab, _place = joined(options.seat)
    with lab:
        lab.request("mark", name=options.name)
    if options.json:
        print_json({"name": options.name})
    else:
        speech.say(_("ipv6lab back {name} leads back to this moment.", name=options.name))
    return 0


def _seat(number: int) -> Message:
    return _("seat {number}", number=number) if number else _("no seat")


def print_replayed(found: dict[str, Any], speech: Speech) -> None:
    """What a replay of recorded work could not do as it was done, and what came out otherwise."""
    for done in found["commands"]:
        if done["cut"]:
            speech.note(
                _(
                    "{node}: {command} did not end, or printed without end, and was cut.",
                    node=done["node"],
                    command=done["command"],
                )
            )
    if found["recorded_seat"] not in (None, found["seat"]):
        speech.note(
            _(
                "It was recorded with the addresses of {recorded} and is graded with those of "
                "{seat}, which are others.",
                recorded=speech(_seat(found["recorded_seat"])),
                seat=speech(_seat(found["seat"])),
            )
        )
    recorded, graded = found.get("recorded_versions") or {}, found["versions"]
    for name, what in VERSIONS.items():
        if name in recorded and name in graded and recorded[name] != graded[name]:
            speech.note(
                _(
                    "It was recorded with {what} {recorded} and is graded with {graded}.",
                    what=speech(what),
                    recorded=recorded[name],
                    graded=graded[name],
                )
            )
    for node in found["left_out"]:
        speech.note(
            _("What was done on {node} does not count: it is not yours to configure.", node=node)
        )
    for one in found["differences"]:
        speech.note(
            _(
                "{check} was {live} in the lab it was recorded in, and is {replay} in the replay.",
                check=one["id"],
                live=speech(WORDS[one["live"]]),
                replay=speech(WORDS[one["replay"]]),
            )
        )
