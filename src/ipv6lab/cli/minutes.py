"""``timetable``: the days of the workshop by the minute."""

from __future__ import annotations

import argparse
import re

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

_WHAT = {
    "talk": _("{exercise}: ten minutes before it"),
    "work": _("{exercise}: {title}"),
    "shown": _("{exercise}, a demonstration: {title}"),
    "board": _("{exercise}: the board, and the predictions again"),
    "pause": _("pause"),
    "lunch": _("lunch"),
    "before": _("the test before the course"),
    "after": _("the test after the course"),
}


def add(commands: Commands) -> None:
    tr = commands.speech
    timetable = commands.add(
        "timetable", _("the days of the workshop by the minute"), show, json=True
    )
    timetable.add_argument(
        "labs",
        metavar=tr(_("LAB")),
        nargs="*",
        help=tr(_("a day or variant, such as day1 or leaders; else the days of the workshop")),
    )
    timetable.add_argument(
        "--begin",
        metavar="HH:MM",
        default="08:00",
        help=tr(_("when a day begins (default: 08:00)")),
    )


def show(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course import content, exercises, parts, timetable
    from ipv6lab.course.labs import load_labs

    begin = _begin(options.begin)
    course = content.find()
    known = {lab.name: lab for lab in load_labs(course)}
    wanted = options.labs or [name for name in known if name.startswith("day")]
    for name in wanted:
        if name not in known:
            raise LabError(
                _(
                    "There is no lab {name}; there are {names}.",
                    name=ascii(name)[1:-1],
                    names=", ".join(known),
                )
            )
    every = {one.id: one for one in exercises.load_all(course)}
    minutes = {
        **{name: one.minutes for name, one in every.items()},
        **{
            parts.name(name, part.number): part.minutes
            for name, one in every.items()
            for part in one.parts
        },
    }
    told = []
    for place, name in enumerate(wanted):
        lab = known[name]
        slots = timetable.day(lab, minutes, begin, place == 0, place == len(wanted) - 1)
        rows = []
        for slot in slots:
            values: dict[str, str | int | float] = {}
            if slot.exercise:
                name, part = parts.split(slot.exercise)
                exercise = every[name]
                title = exercise.part(part).title if part else exercise.title
                values = {
                    "exercise": slot.exercise,
                    "title": speech.of(exercise.folder)(title),
                }
            what = Message(_WHAT[slot.kind].text, values)
            tour = next((one.tour for one in lab.sessions if one.name == slot.exercise), "")
            shown_by = f" (ipv6lab demo {tour})" if tour and slot.kind == "shown" else ""
            rows.append((slot, speech(what) + shown_by))
        told.append((lab, rows))
    if options.json:
        print_json(
            {
                lab.name: [
                    {
                        "begin": timetable.clock(slot.begin),
                        "minutes": slot.minutes,
                        "kind": slot.kind,
                        "exercise": slot.exercise or None,
                    }
                    for slot, _text in rows
                ]
                for lab, rows in told
            }
        )
        return 0
    for lab, rows in told:
        put(f"\n{speech(lab.title)}")
        for slot, text in rows:
            put(f"  {timetable.clock(slot.begin)}  {slot.minutes:>3}  {text}")
        if rows:
            end = rows[-1][0].begin + rows[-1][0].minutes
            put(f"  {timetable.clock(end)}")
    return 0


def _begin(text: str) -> int:
    found = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text)
    if found is None:
        raise LabError(_("{text} is no time; write it as 08:00.", text=text))
    return int(found[1]) * 60 + int(found[2])
