"""``class``: a room of trainees, from the roster to their marks."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipv6lab.cli import class_marks
from ipv6lab.cli.class_marks import the_class
from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

if TYPE_CHECKING:
    from ipv6lab.classroom.folder import Class
    from ipv6lab.classroom.hub.wanted import Wanted

# Each verb with the words it takes, the fewest and the most, and what it does.
VERBS: dict[str, tuple[str, int, int, Message]] = {
    "init": ("ROSTER", 1, 1, _("make a class of a roster (CSV), with PINs and cards to print")),
    "up": ("", 0, 0, _("open the room: sign-in, notebooks and the board, on the local network")),
    "status": ("", 0, 0, _("who is there, where everything is, a new link to the board")),
    "down": ("", 0, 0, _("close the room; everybody's work stays")),
    "reset": ("SEAT", 1, 1, _("end all that a seat runs; it begins anew, its work stays")),
    "add": ("ROSTER", 1, 1, _("more people, also while the room is open")),
    "remove": ("SEAT", 1, 1, _("take a seat out of the class; its work stays")),
    "cards": ("", 0, 0, _("write the cards anew, for another address say")),
    **class_marks.VERBS,
    "rehearse": ("N", 1, 1, _("play a class of N seats through on this machine")),
    "export": ("FILE", 1, 1, _("the class in one file, for another machine")),
    "import": ("FILE", 1, 1, _("unpack such a file here")),
    "join": ("ADDRESS CODE", 2, 2, _("on a laptop: join a room by its code")),
    "leave": ("", 0, 0, _("on a laptop: leave the room")),
}


def add(commands: Commands) -> None:
    tr = commands.speech
    parser = commands.add("class", _("a room of trainees, one seat each"), run_verb, json=True)
    width = max(len(f"{verb} {words}") for verb, (words, *_more) in VERBS.items()) + 2
    listed = [
        f"  {f'{verb} {words}':<{width}}{tr(what)}"
        for verb, (words, _least, _most, what) in VERBS.items()
    ]
    parser.epilog = "\n".join(listed)
    parser.add_argument("verb", choices=tuple(VERBS), metavar="|".join(VERBS))
    parser.add_argument("words", metavar=tr(_("WORD")), nargs="*", help=tr(_("see below")))
    parser.add_argument(
        "--folder", metavar=tr(_("DIR")), help=tr(_("where the class lies, if not where usual"))
    )
    parser.add_argument("--title", metavar=tr(_("TEXT")), help=tr(_("init: what the class is")))
    parser.add_argument(
        "--address",
        metavar=tr(_("ADDRESS")),
        action="append",
        help=tr(_("up, cards: the name or address by which browsers find this machine")),
    )
    parser.add_argument(
        "--listen",
        metavar=tr(_("ADDRESS")),
        default="::",
        help=tr(_("up: listen on this address only")),
    )
    parser.add_argument(
        "--port",
        metavar="N",
        type=int,
        default=8443,
        help=tr(_("up: sign-in here, the board on the next port (8443)")),
    )
    parser.add_argument(
        "--page-port",
        metavar="N",
        type=int,
        default=8080,
        help=tr(_("up: the page over plain HTTP that cards point to (8080)")),
    )
    parser.add_argument(
        "--no-fork", action="store_true", help=tr(_("up, rehearse: without the fork server"))
    )
    parser.add_argument("--name", metavar=tr(_("TEXT")), help=tr(_("join: who you are")))
    class_marks.add_options(parser, tr)


def run_verb(options: argparse.Namespace, speech: Speech) -> int:
    words, least, most, _what = VERBS[options.verb]
    if not least <= len(options.words) <= most:
        raise LabError(
            _(
                "It is used like this: {usage}",
                usage=f"ipv6lab class {options.verb} {words}".strip(),
            )
        )
    return DO[options.verb](options, speech)


def _people(options: argparse.Namespace, speech: Speech, taken: Any = ()) -> Any:
    """The people of a roster; says what is wrong in which line, and raises LabError then."""
    from ipv6lab.classroom import roster

    file = Path(options.words[0])
    people, complaints = roster.read(file, speech.language, taken)
    for complaint in complaints:
        speech.note(complaint)
    if complaints:
        raise LabError(
            _(
                "{file} has lines that are not right: {count}; nothing was written.",
                file=str(file),
                count=len(complaints),
            )
        )
    return people


def init(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom import folder, installing
    from ipv6lab.course import content, results

    people = _people(options, speech)
    installing.ensure_python()
    place = folder.place(options.folder)
    title = options.title or speech(_("IPv6 workshop"))
    made = results.versions(content.find())
    found = folder.create(place, title, speech.language, people, made)
    _write_cards(options, found)
    if options.json:
        print_json({"folder": str(place), "cards": str(found.cards), "seats": _seats(found)})
        return 0
    speech.say(
        _("{folder} holds the class, seats {seats}.", folder=str(place),
          seats=folder.ranges(found.seats))
    )  # fmt: skip
    speech.say(_("{file} is to be printed and cut; ipv6lab class up opens the room.",
                 file=str(found.cards)))  # fmt: skip
    return 0


def _seats(found: Class) -> list[dict[str, Any]]:
    return [
        {"seat": number, "name": one.name, "language": one.language, "group": one.group}
        for number, one in sorted(found.seats.items())
    ]


def _write_cards(options: argparse.Namespace, found: Class) -> None:
    from ipv6lab.classroom import cards, holding
    from ipv6lab.classroom.hub.wanted import url

    addresses = options.address or holding.addresses() or ["localhost"]
    cards.write(found, url(addresses[0], options.page_port, "http"))


def cards(options: argparse.Namespace, speech: Speech) -> int:
    found = the_class(options)
    _write_cards(options, found)
    speech.say(_("{file} is to be printed and cut.", file=str(found.cards)))
    return 0


def up(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom import holding
    from ipv6lab.classroom.hub.wanted import Wanted

    found = the_class(options)
    addresses = tuple(options.address or holding.addresses() or ["localhost"])
    wanted = holding.up(
        found,
        Wanted(
            str(found.folder),
            "",
            options.listen,
            addresses,
            options.port,
            options.port + 1,
            options.page_port,
            options.port + 7,
            not options.no_fork,
        ),
    )
    _tell(found, wanted, speech, options.json)
    return 0


def _tell(found: Class, wanted: Wanted, speech: Speech, as_json: bool) -> None:
    from ipv6lab.classroom import holding

    facts: dict[str, Any] = {
        "sign_in": wanted.url(wanted.port),
        "page": wanted.url(wanted.page_port, "http"),
        "board": holding.board_link(found, wanted),
        "addresses": list(wanted.addresses),
        "bounds_missing": list(holding.unbounded(wanted)),
        "isolated": holding.isolated(),
    }
    if as_json:
        print_json(facts)
        return
    speech.say(_("The room is open: {page} (also: {others})", page=facts["page"],
                 others=", ".join(wanted.addresses[1:]) or "–"))  # fmt: skip
    speech.say(_("Your board, for a day: {link}", link=facts["board"]))
    for sentence in holding.warnings(found, wanted):
        speech.note(sentence)


def status(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom import holding

    found = the_class(options)
    wanted = holding.held(found)
    people = holding.people(found, wanted)
    if options.json:
        told = {"board": holding.board_link(found, wanted), "seats": people}
        print_json({**told, "sign_in": wanted.url(wanted.port)})
        return 0
    _tell(found, wanted, speech, False)
    states = {
        "lab": _("works on {exercise}"),
        "server": _("signed in"),
        "away": _("not there"),
    }
    for one in people:
        what = states[one["state"]]
        told_state = speech(Message(what.text, {"exercise": str(one["exercise"])}))
        put(f"{one['seat']:>4}  {one['name']}: {told_state}")
    return 0


def down(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom import holding

    ended = holding.down(the_class(options))
    speech.say(_("The room is closed.") if ended else _("The class is not up."))
    return 0


def _seat(options: argparse.Namespace) -> int:
    from ipv6lab.course.seats import seat_number

    return seat_number(options.words[0]) or 0


def reset(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom import holding

    found, number = the_class(options), _seat(options)
    holding.reset_seat(found, number)
    speech.say(_("Seat {seat} is free of all that ran; its work stays.", seat=number))
    return 0


def add_people(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom import folder, holding

    found = the_class(options)
    people = _people(options, speech, found.seats)
    found = folder.with_people(found, people)
    found.write()
    holding.renew(found)
    _write_cards(options, found)
    added = folder.ranges([one.seat for one in people])
    speech.say(_("Added: seats {seats}; {file} has their cards.", seats=added,
                 file=str(found.cards)))  # fmt: skip
    return 0


def remove(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom import folder, holding

    found, number = the_class(options), _seat(options)
    gone = found.seat(number)
    if holding.running(found) is not None:
        holding.reset_seat(found, number)
    found = folder.without(found, number)
    found.write()
    holding.renew(found)
    speech.say(
        _(
            "Seat {seat} ({name}) is no longer in the class; {folder} has what was done there.",
            seat=number,
            name=gone.name,
            folder=str(found.home(number)),
        )
    )
    return 0


def rehearse(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom import rehearsal

    try:
        count = int(options.words[0])
    except ValueError:
        count = 0
    found = rehearsal.run(count, not options.no_fork, speech.language)
    if options.json:
        print_json(found)
    else:
        for sentence in rehearsal.told(found):
            speech.say(sentence)
    return 0 if found["well"] else 1


def export(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom import moving

    file = Path(options.words[0])
    size = moving.export(the_class(options), file)
    speech.say(
        _(
            "{file} holds the class ({megabytes} MB); it has everybody's PIN and work in it.",
            file=str(file),
            megabytes=round(size / 1e6, 1),
        )
    )
    return 0


def take_in(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom import folder, moving
    from ipv6lab.course import content, results

    found = moving.take_in(Path(options.words[0]), folder.place(options.folder))
    now = results.versions(content.find())
    for name, made in found.made.items():
        if now.get(name) not in (None, made):
            speech.note(
                _(
                    "The class was made with {what} {made}; here it is {now}.",
                    what=name,
                    made=made,
                    now=now[name],
                )
            )
    _write_cards(options, found)
    speech.say(_("{folder} holds the class, seats {seats}.", folder=str(found.folder),
                 seats=folder.ranges(found.seats)))  # fmt: skip
    return 0


def join(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom.seat import entering, reporting

    address, code = options.words
    if not options.name:
        raise LabError(_("Say who you are with --name."))
    joined = entering.join(address, code, options.name, speech.language)
    reporting.start()
    speech.say(
        _(
            "You are in the room, as seat {seat}: what you do is told to its board, and your work "
            "is handed in at each check. Give --seat {seat} when you start a lab.",
            seat=joined.seat,
        )
    )
    return 0


def leave(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom.seat import entering

    left = entering.leave()
    speech.say(_("You have left the room.") if left else _("You are in no room."))
    return 0


DO: dict[str, Callable[[argparse.Namespace, Speech], int]] = {
    "init": init,
    "up": up,
    "status": status,
    "down": down,
    "reset": reset,
    "add": add_people,
    "remove": remove,
    "cards": cards,
    **class_marks.DO,
    "rehearse": rehearse,
    "export": export,
    "import": take_in,
    "join": join,
    "leave": leave,
}
