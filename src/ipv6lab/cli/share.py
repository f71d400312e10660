"""``share``: how much of what logs, counters and flows have recorded was IPv6."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

if TYPE_CHECKING:
    from ipv6lab.share.records import Rules
    from ipv6lab.share.tally import Report

ALL = ("web", "json", "nfdump", "nft", "nft-json")


def add(commands: Commands) -> None:
    tr = commands.speech
    share = commands.add(
        "share", _("the share of IPv6 in logs, counters and flows"), run, json=True
    )
    share.add_argument(
        "logs",
        metavar=tr(_("LOG")),
        nargs="+",
        help=tr(_("a log of nginx or Apache, counters of nft, a CSV of nfdump; - is the input")),
    )
    share.add_argument(
        "--format", choices=ALL, help=tr(_("what the files are, if they do not say"))
    )
    share.add_argument(
        "--office",
        metavar="NAME=PREFIX,…",
        action="append",
        default=[],
        help=tr(_("an office by its prefixes; give it once for each")),
    )
    share.add_argument(
        "--exclude",
        metavar="PREFIX",
        action="append",
        default=[],
        help=tr(_("who does not count, such as one's own probes")),
    )
    share.add_argument(
        "--6rd",
        dest="sixrd",
        metavar="PREFIX",
        action="append",
        default=[],
        help=tr(_("a prefix of 6rd: a tunnel, beside 6to4 and Teredo")),
    )
    share.add_argument(
        "--nat64",
        metavar="PREFIX",
        action="append",
        default=[],
        help=tr(_("a translator's prefix, beside 64:ff9b::/96")),
    )
    share.add_argument(
        "--by-64",
        action="store_true",
        help=tr(_("count a /64 as one client, for changing addresses")),
    )
    share.add_argument(
        "--target", metavar=tr(_("PERCENT")), type=float, help=tr(_("what is to be reached"))
    )
    share.add_argument(
        "--plot",
        metavar=tr(_("FILE")),
        help=tr(_("a picture (png, svg or pdf), and its text in FILE.txt")),
    )


def run(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.reports.terminal_tables import Terminal
    from ipv6lab.share import sentences
    from ipv6lab.share.tally import tally

    goal = options.target
    if goal is not None and not (math.isfinite(goal) and 0 <= goal <= 100):
        raise LabError(_("A target is a number of per cent, from 0 to 100."))
    picture = _picture(options.plot)
    report = tally(options.logs, _rules(options), options.format or "", options.by_64)
    if not report.counted:
        raise LabError(_named_nothing(report, speech))
    if picture is not None:
        _draw(report, picture, speech, goal)
    if options.json:
        print_json(
            {
                "target": goal,
                "sources": [one.to_json() for one in report.sources.values()],
                "files": [
                    {
                        "file": file.name,
                        "format": file.format,
                        "lines": file.lines,
                        "counted": file.counted,
                        "bad": file.bad_lines,
                        "reasons": [
                            {"line": number, "reason": speech(reason)}
                            for number, reason in file.bad
                        ],
                    }
                    for file in report.files
                ],
            }
        )
    else:
        Terminal().show(*sentences.parts(report, speech, speech.language, goal))
    return 0


def _rules(options: argparse.Namespace) -> Rules:
    from ipv6lab.share.records import Rules, network, network6

    offices = []
    for text in options.office:
        name, _equals, prefixes = text.partition("=")
        if not name.strip() or not prefixes.strip():
            raise LabError(_("{office} is no office; write NAME=PREFIX,PREFIX.", office=text))
        offices.append((name.strip(), tuple(map(network, prefixes.split(",")))))
    return Rules(
        tuple(map(network6, options.sixrd)),
        tuple(map(network6, options.nat64)),
        tuple(map(network, options.exclude)),
        tuple(offices),
    )


def _named_nothing(report: Report, speech: Speech) -> Message:
    first = next(((file, *file.bad[0]) for file in report.files if file.bad), None)
    if first is None:
        return _("There is nothing to count: the logs are empty.")
    file, number, reason = first
    return _(
        "There is nothing to count: {file}, line {number}: {reason}.",
        file=file.name,
        number=number,
        reason=speech(reason),
    )


def _picture(name: str | None) -> Path | None:
    from ipv6lab.share.plot import ENDINGS

    if name is None:
        return None
    if Path(name).suffix[1:].lower() not in ENDINGS:
        raise LabError(
            _(
                "{file} names no kind of picture; let it end in one of {known}.",
                file=name,
                known=", ".join(f".{one}" for one in ENDINGS),
            )
        )
    return Path(name)


def _draw(report: Report, target: Path, speech: Speech, goal: float | None) -> None:
    from ipv6lab.reports.cells import flat
    from ipv6lab.reports.terminal_tables import Grid, plain
    from ipv6lab.share import sentences
    from ipv6lab.share.plot import plot

    lines = [
        plain(part)
        if isinstance(part, Grid)
        else flat(part if isinstance(part, str) else part.text)
        for part in sentences.parts(report, speech, speech.language, goal)
    ]
    twin = target.with_name(target.name + ".txt")
    try:
        plot(report, target, speech, goal)
        twin.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LabError(
            _("{file} cannot be written ({reason}).", file=str(target), reason=reason)
        ) from None
    speech.note(
        _("The picture is in {file}, its text in {text}.", file=str(target), text=str(twin))
    )
