"""``start``, ``status``, ``stop``, ``reset``, ``reboot``, ``apply``: a seat's running lab."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

# What a topology asks for and works without, by the feature of the kernel that it takes.
WISHES = {"vlan": _("802.1Q VLANs on the switches"), "netem": _("delays on long links")}


def add(commands: Commands) -> None:
    tr = commands.speech
    start = commands.add(
        "start", _("build an exercise's network and hold it"), start_lab, json=True
    )
    commands.add_exercise(start)
    start.add_argument(
        "--seat", metavar="N", help=tr(_("the seat whose addresses it gets, 0 to 4095"))
    )
    commands.add_kernel(start)
    start.add_argument(
        "--force", action="store_true", help=tr(_("end what runs on that seat already"))
    )
    start.add_argument(
        "--resume",
        action="store_true",
        help=tr(_("do again what was recorded the last time, and go on from there")),
    )
    start.add_argument(
        "--catch-up",
        action="store_true",
        help=tr(_("begin where the solution of an earlier exercise on the same nodes ends")),
    )

    commands.add("status", _("what runs"), print_status, json=True)

    stop = commands.add("stop", _("end a lab; nothing of it is left"), stop_lab, json=True)
    commands.add_seat(stop)
    stop.add_argument("--all", action="store_true", help=tr(_("end the labs of all seats")))

    reset = commands.add("reset", _("back to the start state"), reset_lab, json=True)
    reset.add_argument(
        "node", metavar=tr(_("NODE")), nargs="?", help=tr(_("only this node; all without it"))
    )
    commands.add_seat(reset)

    reboot = commands.add(
        "reboot",
        _("switch a node off and on: what is not in its files is gone"),
        reboot_node,
        json=True,
    )
    reboot.add_argument("node", metavar=tr(_("NODE")), help=tr(_("a node's name, such as pc1")))
    commands.add_seat(reboot)

    apply = commands.add(
        "apply", _("lay a configuration folder on the running lab"), apply_folder, json=True
    )
    apply.add_argument(
        "folder", metavar=tr(_("FOLDER")), help=tr(_("a folder with one folder for each node"))
    )
    commands.add_seat(apply)


def start_lab(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab import sandbox
    from ipv6lab.cli.again import KEPT, Again
    from ipv6lab.course import clock
    from ipv6lab.course.place import Place

    place = Place.of(options.exercise, options.seat)
    if options.catch_up:
        if options.resume:
            raise LabError(
                _("--resume begins as the recorded work began; leave --catch-up away with it.")
            )
        place = place.catching_up()
    chosen = sandbox.choose(place.exercise.needs, options.kernel)
    with Again(speech, KEPT) as again:
        info = place.start(
            speech.language, chosen.kernel, options.force, options.resume, on_event=again.event
        )
    if options.json:
        print_json({"seat": place.seat or 0, **info})
        return 0
    own = ", ".join(place.exercise.nodes)
    title = speech.of(place.exercise.folder)(place.exercise.title)
    name = place.exercise.id
    speech.say(
        _("{exercise} runs on seat {seat}: {title}.", exercise=name, seat=place.seat, title=title)
        if place.seat
        else _("{exercise} runs: {title}.", exercise=name, title=title)
    )
    if info["after"]:
        speech.say(
            _(
                "It begins where the solution of {after} ends; that costs no points.",
                after=info["after"],
            )
        )
    if info["recorded"] and not options.resume:
        speech.note(
            _(
                "Of earlier work on this seat {count} commands are recorded: ipv6lab start "
                "{exercise} --force --resume does them again.",
                count=info["recorded"],
                exercise=name,
            )
        )
    note_damage(info["damaged"], speech)
    if chosen.kernel == sandbox.LAB:
        speech.say(_("It runs on the lab kernel: {reason}.", reason=speech(chosen.reason)))
    seat = f" --seat {place.seat}" if place.seat and len(sandbox.running()) > 1 else ""
    timed = clock.read(place.exercise, place.seat)
    if timed:
        speech.say(timed.message())
    for command, meaning in (
        ("task", _("what to do")),
        (f"shell {place.exercise.nodes[0]}", _("a shell on a node; yours are {nodes}", nodes=own)),
        ("check", _("am I right?")),
        ("tickets", _("the tickets, and when the time is over, what they came from"))
        if timed
        else ("hint M1", _("a hint for a check")),
        ("stop", _("end it")),
    ):
        put(f"  ipv6lab {command + seat:<24} {speech(meaning)}")
    return 0


def note_damage(lines: int, speech: Speech) -> None:
    """Say that not all of a recording could be read, if so."""
    if lines:
        speech.note(
            _(
                "{count} lines of the earlier recording are damaged and left out; all others are "
                "kept. ipv6lab work names the file and the lines.",
                count=lines,
            )
        )


def print_status(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab import sandbox

    labs = sandbox.running()
    for lab in labs:
        lab.setdefault("exercise", None)
        lab["state"] = "running" if lab["exercise"] else "starting"
    if options.json:
        print_json(labs)
        return 0
    from ipv6lab.reports.tables import print_status as print_table

    states = {"running": _("running"), "starting": _("starting")}
    kernels = {sandbox.HOST: _("the machine's own"), sandbox.LAB: _("the lab kernel")}
    shown = [
        {**lab, "state": states[lab["state"]], "kernel": kernels.get(str(lab.get("kernel")))}
        for lab in labs
    ]
    print_table(shown, speech, speech.language)
    for lab in labs:
        if lab.get("bounded") is False:
            speech.say(
                _(
                    "This machine does not bound the memory and CPU of {exercise}; ipv6lab doctor "
                    "says what is bounded.",
                    exercise=str(lab["exercise"]),
                )
            )
        for wish in lab.get("without", []):
            speech.say(
                _(
                    "{exercise} runs without {what}: its kernel has none; --kernel lab has them.",
                    exercise=str(lab["exercise"]),
                    what=speech(WISHES[wish]),
                )
            )
    if not labs:
        from ipv6lab.cli.again import KEPT
        from ipv6lab.course import work

        if any(True for _one in work.every()):
            speech.note(KEPT)
    return 0


def stop_lab(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab import sandbox
    from ipv6lab.course.running import chosen_seat

    if options.all:
        wanted = [lab["seat"] or None for lab in sandbox.running()]
    else:
        wanted = [chosen_seat(options.seat)]
    stopped = [seat or 0 for seat in wanted if sandbox.stop(seat)]
    if options.json:
        print_json({"stopped": stopped})
        return 0
    for number in stopped:
        speech.say(
            _("The lab on seat {seat} has ended.", seat=number)
            if number
            else _("The lab has ended.")
        )
    if not stopped:
        speech.say(_no_such_lab(wanted[0] if wanted else None, sandbox.running()))
    return 0


def _no_such_lab(seat: int | None, labs: list[dict[str, Any]]) -> Message:
    """Why there was nothing to end, and what runs instead."""
    if not labs:
        return _("No lab is running.")
    running = ", ".join(str(lab["seat"]) for lab in labs)
    return _(
        "No lab runs on seat {seat}; labs run on these: {seats}.", seat=seat or 0, seats=running
    )


def reset_lab(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course.place import joined
    from ipv6lab.course.running import check_node, check_own, kept

    lab, place = joined(options.seat)
    with lab:
        if options.node:
            check_node(options.node, place.exercise.id, place.nodes)
            check_own(options.node, kept(place.seat))
            lab.request("reset", node=options.node)
        else:
            lab.request("reset")
    if options.json:
        print_json({"seat": place.seat or 0, "node": options.node})
    elif options.node:
        speech.say(_("{node} is as it was at the start.", node=options.node))
    else:
        speech.say(_("{exercise} is as it was at the start.", exercise=place.exercise.id))
    return 0


def reboot_node(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course.place import joined
    from ipv6lab.course.running import check_node, check_own, kept

    lab, place = joined(options.seat)
    with lab:
        check_node(options.node, place.exercise.id, place.nodes)
        check_own(options.node, kept(place.seat))
        lab.request("reboot", node=options.node)
    if options.json:
        print_json({"seat": place.seat or 0, "node": options.node})
    else:
        speech.say(_("{node} has been rebooted.", node=options.node))
    return 0


def apply_folder(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course import recorded
    from ipv6lab.course.place import joined

    lab, place = joined(options.seat)
    with lab:
        if recorded.is_recorded(Path(options.folder)):
            raise LabError(
                _(
                    "{folder} is recorded work, which begins at the start state: ipv6lab grade"
                    " {exercise} {folder} does it again in a lab of its own; a copy of it without"
                    " {file} can be laid on the running lab.",
                    folder=options.folder,
                    exercise=place.exercise.id,
                    file=recorded.JOURNAL,
                )
            )
        request = place.read(Path(options.folder))
        answer = lab.request("apply", **request, record=True)
    if options.json:
        print_json(answer)
    else:
        print_applied(answer, speech)
        speech.say(_("{folder} has been applied.", folder=options.folder))
    return 0


def print_applied(answer: dict[str, Any], speech: Speech) -> None:
    """What a folder's commands ended with, where it is worth a word."""
    for done in answer["commands"]:
        node = str(done["node"])
        if done["cut"] == "time":
            speech.note(_("{node}: commands.sh did not end and was cut.", node=node))
        elif done["cut"] == "output":
            speech.note(_("{node}: commands.sh printed without end and was cut.", node=node))
        elif done["status"]:
            speech.note(
                _(
                    "{node}: commands.sh ended with status {status}.",
                    node=node,
                    status=int(done["status"]),
                )
            )
        if done["output"].strip() and (done["cut"] or done["status"]):
            for line in done["output"].strip().splitlines()[-5:]:
                speech.note("  " + line)
