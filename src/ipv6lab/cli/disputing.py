"""``dispute``: the trainer of the room is told that a verdict is wrong."""

from __future__ import annotations

import argparse

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech
from ipv6lab.words.message import _


def add(commands: Commands) -> None:
    tr = commands.speech
    dispute = commands.add(
        "dispute", _("tell the trainer of the room that a check's verdict is wrong"), dispute_check
    )
    dispute.add_argument("check", metavar=tr(_("CHECK")), help=tr(_("a check's id, such as M3")))
    dispute.add_argument("why", metavar=tr(_("WHY")), help=tr(_("what is so instead, in quotes")))
    commands.add_seat(dispute)


def dispute_check(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.cli.marks import checked
    from ipv6lab.course import disputes
    from ipv6lab.course.place import joined

    disputes.check_room()
    lab, place = joined(options.seat)
    said = speech.of(place.exercise.folder)
    with lab:  # graded anew: what the check saw goes along
        graded = checked(lab, said)
    found = disputes.record(place, graded["checks"], options.check, options.why)
    speech.say(
        _(
            "{check} is disputed: your trainer is told, with your work and what the check saw.",
            check=found,
        )
    )
    return 0
