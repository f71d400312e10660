"""``save``, ``undo``, ``checkpoint``, ``back``: the work that is recorded while it is done."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

NAMED = 20  # damaged lines
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

    work = commands.add("work", _("the recordings of all labs that ever ran"), show_work, json=True)
    work.add_argument(
        "recording",
        metavar=tr(_("RECORDING")),
        nargs="?",
        help=tr(_("one of those that are listed; all without it")),
    )
    work.add_argument(
        "--save", metavar=tr(_("FOLDER")), help=tr(_("write it as a new folder, to hand it in"))
    )
    work.add_argument(
        "--resume", action="store_true", help=tr(_("start its exercise and go on from there"))
    )
    work.add_argument(
        "--force", action="store_true", help=tr(_("end what runs on that seat already"))
    )
    commands.add_kernel(work)

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


def show_work(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course import work

    if options.recording is None:
        if options.save or options.resume:
            raise LabError(_("Say which recording: ipv6lab work lists them."))
        kept = list(work.every())
        if options.json:
            print_json([one.to_json() for one in kept])
        else:
            _print_recordings(kept, speech)
        return 0
    one = work.find(options.recording)
    if options.save:
        one.save(Path(options.save))
        speech.say(
            _(
                "{folder} holds your work on {exercise}: {count} commands; "
                "ipv6lab grade {exercise} {folder} grades it.",
                folder=options.save,
                exercise=one.exercise,
                count=one.recording.commands,
            )
        )
    if options.resume:
        _resume(one, options, speech)
    elif options.json:
        print_json(one.to_json() | {"entries": one.recording.entries})
    elif not options.save:
        for entry in one.recording.entries:
            if entry.get("kind") == "command":
                put(f"{entry.get('node')}: {entry.get('command')}")
    if one.recording.damaged and not options.json:
        numbers = ", ".join(map(str, one.recording.damaged[:NAMED]))
        speech.note(
            _(
                "{file}: damaged and left out are the lines {numbers}; all others are kept.",
                file=str(one.file),
                numbers=numbers + (" …" if len(one.recording.damaged) > NAMED else ""),
            )
        )
    return 0


def _print_recordings(kept: list[Any], speech: Speech) -> None:
    if not kept:
        speech.say(_("Nothing is recorded yet."))
        return
    for one in kept:
        when = one.changed_at.strftime("%Y-%m-%d %H:%M")
        count = speech(_("{count} commands", count=one.recording.commands))
        damage = f"  {speech(_('{count} lines damaged', count=len(one.recording.damaged)))}"
        put(f"{one.name}  {when}  {count}{damage if one.recording.damaged else ''}")
    speech.say(
        _(
            "ipv6lab work RECORDING shows one; with --save FOLDER it is written to be handed in, "
            "with --resume its lab is started again."
        )
    )


def _resume(one: Any, options: argparse.Namespace, speech: Speech) -> None:
    from ipv6lab import sandbox
    from ipv6lab.cli.again import KEPT, Again
    from ipv6lab.course.place import Place

    place = Place.of(one.exercise, one.seat)
    kernel = sandbox.choose(place.exercise.needs, options.kernel).kernel
    with Again(speech, KEPT) as again:
        info = place.start(
            speech.language, kernel, options.force, True, one.file, on_event=again.event
        )
    if options.json:
        print_json({"seat": place.seat or 0, **info})
    else:
        speech.say(
            _(
                "{exercise} runs, and the {count} commands of {recording} were done again.",
                exercise=one.exercise,
                count=one.recording.commands,
                recording=one.name,
            )
        )


def undo_command(options: argparse.Namespace, speech: Speech) -> int:
    return _go(options, speech, None, _("It is as it was before the last command."))


def go_back(options: argparse.Namespace, speech: Speech) -> int:
    if not options.name.strip():
        raise LabError(_("A moment needs a name: ipv6lab back NAME."))
    return _go(options, speech, options.name, _("It is as it was at {name}.", name=options.name))


def _go(options: argparse.Namespace, speech: Speech, name: str | None, done: Any) -> int:
    from ipv6lab.cli.again import FINISHED, Again
    from ipv6lab.course.place import joined

    lab, _place = joined(options.seat)
    with lab, Again(speech, FINISHED) as again:
        answer = lab.request("back", again.event, name=name)
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
