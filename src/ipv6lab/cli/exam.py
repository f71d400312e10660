"""``tickets``: those of an exam, and when its time is over, what each came from."""

from __future__ import annotations

import argparse
from typing import Any

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

SUBJECTS: dict[str, Message] = {
    "slaac": _("addresses and SLAAC"),
    "dhcpv6": _("DHCPv6"),
    "names": _("names"),
    "web": _("web"),
    "routes": _("routes and forwarding"),
    "tunnels": _("tunnels and MTU"),
    "firewall": _("firewall"),
    "rogue": _("first-hop security"),
}
STATES = {
    None: _("not checked yet"),
    True: _("done"),
    False: _("open"),
}


def add(commands: Commands) -> None:
    tr = commands.speech
    tickets = commands.add(
        "tickets",
        _("an exam's tickets, and when its time is over, what each came from"),
        show_tickets,
        json=True,
    )
    commands.add_seat(tickets)
    tickets.add_argument(
        "--give-up",
        action="store_true",
        help=tr(_("end the time now, and say what they came from")),
    )


def show_tickets(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course import clock, ticket_report
    from ipv6lab.course.place import joined
    from ipv6lab.sandbox import kept_work

    lab, place = joined(options.seat)
    lab.close()
    timed = clock.read(place.exercise, place.seat)
    if timed is None:
        raise LabError(_("{exercise} is no exam, and has no tickets.", exercise=place.exercise.id))
    if options.give_up:
        clock.give_up(place.exercise, place.seat)
        timed = clock.read(place.exercise, place.seat) or timed
    entries = kept_work.read(place.journal)
    whole = ticket_report.report(place, speech.language, entries)
    opened = timed.over or all(one["done"] for one in whole)
    shown = whole if opened else _without_causes(whole)
    if options.json:
        print_json(
            {
                "exercise": place.exercise.id,
                "seat": place.seat or 0,
                "left": int(timed.left()),
                "tickets": shown,
            }
        )
        return 0
    speech.say(timed.message())
    for one in shown:
        put(f"\n{one['number']}. {one['ticket']}  [{speech(STATES[one['done']])}]")
        if opened:
            _tell_way(one, speech)
    return 0


def _without_causes(whole: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = ("number", "ticket", "done")
    return [{name: one[name] for name in known} for one in whole]


def _tell_way(one: dict[str, Any], speech: Speech) -> None:
    """Which way led from the symptom to the cause, and which way was gone."""
    subject = SUBJECTS.get(one["subject"])
    nodes = ", ".join(one["nodes"])
    put(
        "   "
        + speech(
            _(
                "It led to {nodes} ({subject}): {cause}",
                nodes=nodes,
                subject=speech(subject) if subject else one["subject"],
                cause=one["cause"],
            )
        )
    )
    if one["looked"]:
        put(
            "   "
            + speech(
                _(
                    "You looked on {looked}; {count} of your commands until then were typed where "
                    "the cause was.",
                    looked=" → ".join(one["looked"]),
                    count=one["commands"],
                )
            )
        )
