"""``flows``: the flow tables of a switch of the running lab."""

from __future__ import annotations

import argparse
import dataclasses
import signal
import threading
import time

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json
from ipv6lab.linux.signals import signals
from ipv6lab.words.message import _

PAUSE = 2.0  # seconds between two looks


def add(commands: Commands) -> None:
    tr = commands.speech
    flows = commands.add(
        "flows", _("the flow tables of a switch: entries, counters, what hits them"), run, json=True
    )
    flows.epilog = tr(
        _(
            "ipv6lab flows s1            the tables as they are\n"
            "ipv6lab flows s1 --follow   and again after each change, until Ctrl-C"
        )
    )
    flows.add_argument("node", metavar=tr(_("NODE")), help=tr(_("a switch, such as s1")))
    flows.add_argument(
        "--follow", action="store_true", help=tr(_("show them again whenever something changes"))
    )
    commands.add_seat(flows)


def run(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course import flow_tables
    from ipv6lab.course.place import joined
    from ipv6lab.reports.flow_table import HEADS, Followed, head, lines, rows
    from ipv6lab.reports.terminal_tables import Cell, Column, Grid, Terminal

    lab, _place = joined(options.seat)
    terminal, followed, ended = Terminal(), Followed(), threading.Event()
    with lab, signals((signal.SIGINT, signal.SIGTERM), lambda _number: ended.set()):
        first = True
        while not ended.is_set():
            bridges = flow_tables.ask(lab, options.node)
            grown = followed.take(bridges, time.monotonic())
            if options.json:
                print_json({"bridges": [dataclasses.asdict(one) for one in bridges]})
            elif first or grown:
                if not bridges or terminal.narrow:
                    terminal.show(*lines(bridges, grown, speech))
                for bridge in bridges if not terminal.narrow else ():
                    grid = Grid(
                        [
                            Column(speech(name), right=at in (0, 1, 4, 5), flexible=at in (2, 3, 7))
                            for at, name in enumerate(HEADS)
                        ]
                    )
                    for entry, row in zip(bridge.entries, rows(bridge, grown, speech), strict=True):
                        style = "bold" if id(entry) in grown else ""
                        grid.add(*(Cell(one, style) for one in row))
                    terminal.show(Cell(head(bridge, speech), "bold"), grid, "")
            if not options.follow:
                break
            first = False
            ended.wait(PAUSE)
    return 0
