"""``list``, ``show``, ``task``, ``hint``: reading the course."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.course.exercises import Exercise
    from ipv6lab.course.place import Place

LEVELS = {
    "basic": _("basic"),
    "intermediate": _("intermediate"),
    "advanced": _("advanced"),
    "expert": _("expert"),
}
PICTURES = ("svg", "png", "pdf")


def add(commands: Commands) -> None:
    tr = commands.speech
    commands.add("list", _("the exercises of the course"), list_exercises, json=True)

    show = commands.add(
        "show", _("one exercise with its nodes, links and addresses"), show_exercise, json=True
    )
    commands.add_exercise(show)
    commands.add_seat(show)
    show.add_argument(
        "--picture",
        metavar=tr(_("FILE")),
        help=tr(_("draw the network into a file, .svg, .png or .pdf")),
    )
    show.add_argument(
        "--now",
        action="store_true",
        help=tr(_("with the addresses that the nodes of the running lab have now")),
    )

    task = commands.add("task", _("what to do"), print_task, json=True)
    commands.add_exercise(task, nargs="?")
    commands.add_seat(task)

    hint = commands.add(
        "hint", _("the next hint for a check; each costs part of its points"), give_hint, json=True
    )
    hint.add_argument(
        "check", metavar=tr(_("CHECK")), help=tr(_("a check's id, such as M1, as check shows it"))
    )
    commands.add_seat(hint)


def list_exercises(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.cli.days import days, print_days
    from ipv6lab.course import content, exercises, progress
    from ipv6lab.platform import directories

    course = content.find()
    achieved = progress.read(directories.work())
    found = exercises.load_all(course)
    facts = [
        {**_facts(one, speech), "score": achieved[one.id].score if one.id in achieved else None}
        for one in found
    ]
    if options.json:
        of_labs = days(course, achieved, speech)
        for fact in facts:
            fact["labs"] = [
                lab["name"]
                for lab in of_labs
                if any(one["exercise"] == fact["id"] for one in lab["sessions"])
            ]
        print_json(facts)
        return 0
    from ipv6lab.reports.tables import print_exercises

    shown = [{**fact, "level": LEVELS[one.level]} for fact, one in zip(facts, found, strict=True)]
    print_exercises(shown, speech)
    print_days(course, achieved, speech)
    return 0


def _facts(exercise: Exercise, speech: Speech) -> dict[str, Any]:
    """What a list says of an exercise, each title from its own catalogue."""
    said = speech.of(exercise.folder)
    return {
        "id": exercise.id,
        "title": said(exercise.title),
        "group": said(exercise.group),
        "level": exercise.level,
        "minutes": exercise.minutes,
    }


def show_exercise(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course.draws import PREFIX
    from ipv6lab.course.place import Place

    place = Place.of(options.exercise, options.seat)
    if options.seat is None:
        place = place.where_it_runs()
    facts = _facts(place.exercise, speech)
    network = _now(place) if options.now else place.description()
    if options.picture:
        _draw(network, f"{place.exercise.id} {facts['title']}", options.picture, speech)
        return 0
    if options.json:
        from ipv6lab.course import floors

        print_json(
            {
                **facts,
                "seat": place.seat or 0,
                "nodes": list(place.exercise.nodes),
                "needs": list(place.exercise.needs),
                "protocol_floor": floors.seconds(place.exercise),
                "protocol_floor_terms": [
                    {"check": term.check, **term.wait._asdict()}
                    for term in floors.terms(place.exercise)
                ],
                "references": list(place.exercise.references),
                "questions": place.questions(speech.of(place.exercise.folder)),
                "network": network,
                "plan": {
                    name: value
                    for name, value in place.plan.items()
                    if not name.startswith(PREFIX)  # the answers are among them
                },
            }
        )
        return 0
    from ipv6lab.reports.network_table import print_exercise

    print_exercise({**facts, "level": LEVELS[place.exercise.level]}, network, speech)
    _tell_wishes(place, network, options.seat, speech)
    questions = place.questions(speech.of(place.exercise.folder))
    if questions:
        put("\n" + speech(_("Questions")))
        for name, question in questions.items():
            put(f"  {name}: {question}")
    return 0


def _now(place: Place) -> dict[str, Any]:
    """The network as it is now. Raises LabError where the exercise does not run."""
    from ipv6lab import sandbox
    from ipv6lab.course.running import kept
    from ipv6lab.reports.topology import with_addresses

    with sandbox.join(place.seat) as lab:
        running = str(kept(place.seat)["exercise"])
        if running != place.exercise.id:
            raise LabError(
                _(
                    "{exercise} does not run; what runs is {other}.",
                    exercise=place.exercise.id,
                    other=running,
                )
            )
        return with_addresses(place.description(), lab.request("addresses")["nodes"])


def _tell_wishes(place: Place, network: dict[str, Any], seat: str | None, speech: Speech) -> None:
    """VLANs and delays, which not every kernel has; where the lab runs, whether it has them."""
    from ipv6lab import sandbox
    from ipv6lab.cli.seat_lab import WISHES

    links = network["links"].items()
    told = {
        "vlan": ", ".join(f"{name} {link['vlan']}" for name, link in links if "vlan" in link),
        "netem": ", ".join(f"{name} {link['delay']}" for name, link in links if "delay" in link),
    }
    if not any(told.values()):
        return
    running = next(
        (
            lab
            for lab in sandbox.running()
            if lab["seat"] == (place.seat or 0) and lab.get("exercise") == place.exercise.id
        ),
        {},
    )
    put()
    for wish, values in told.items():
        if values:
            speech.say(_("{what}: {values}", what=speech(WISHES[wish]), values=values))
            if wish in running.get("without", []):
                speech.say(
                    _("  not in the lab that runs: its kernel has none; --kernel lab has them")
                )


def _draw(network: dict[str, Any], title: str, target: str, speech: Speech) -> None:
    kind = Path(target).suffix.removeprefix(".").lower()
    if kind not in PICTURES:
        raise LabError(
            _(
                "{file} names no kind of picture; let it end in one of {known}.",
                file=target,
                known=", ".join("." + one for one in PICTURES),
            )
        )
    from ipv6lab.reports import svg
    from ipv6lab.reports.picture import picture
    from ipv6lab.reports.topology import Topology

    try:
        if kind == "svg":
            drawn = svg.standalone(Topology.from_json(network), speech)
            Path(target).write_text(drawn, encoding="utf-8")
        else:
            picture(network, target, kind, title=title)
    except OSError as error:
        raise LabError(
            _(
                "{file} cannot be written: {reason}.",
                file=target,
                reason=error.strerror or str(error),
            )
        ) from None
    speech.note(_("The picture is in {file}.", file=target))


def print_task(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course.place import Place, joined

    if options.exercise:
        place = Place.of(options.exercise, options.seat)
        if options.seat is None:
            place = place.where_it_runs()
    else:
        lab, place = joined(options.seat)
        lab.close()
    said = speech.of(place.exercise.folder)
    text = place.task(said)
    if options.json:
        print_json(
            {
                "exercise": place.exercise.id,
                "seat": place.seat or 0,
                "markdown": text,
                "questions": place.questions(said),
            }
        )
        return 0
    from ipv6lab.reports.terminal_tables import Terminal

    terminal = Terminal()
    if terminal.colour:
        from rich.markdown import Markdown

        # A page at a time where it is longer than the screen, in the reader's own PAGER.
        os.environ.setdefault("LESS", "FRX")
        console = terminal.console()
        with console.pager(styles=True):
            console.print(Markdown(text))
    else:
        put(text, end="")
    return 0


def give_hint(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course import hints
    from ipv6lab.course.exercises import RUNGS
    from ipv6lab.course.place import joined

    lab, place = joined(options.seat)
    lab.close()
    exercise = place.exercise
    passed = hints.passed_last(place.journal)
    check, number, costs = hints.read_next(exercise, place.seat, options.check, passed)
    hint = exercise.hint(check, number)
    text = speech.of(exercise.folder)(hint.text)
    if options.json:
        print_json(
            {
                "exercise": exercise.id,
                "check": check,
                "number": number,
                "of": RUNGS,
                "cost": hint.cost if costs else 0,
                "text": text,
            }
        )
        return 0
    speech.say(text)
    if not costs:
        speech.note(
            _(
                "Hint {number} of {count} for {check}, which has passed: it costs nothing.",
                number=number,
                count=RUNGS,
                check=check,
            )
        )
        return 0
    speech.note(
        _(
            "Hint {number} of {count} for {check}: its points are worth {cost} % less from now on.",
            number=number,
            count=RUNGS,
            check=check,
            cost=hint.cost,
        )
    )
    return 0
