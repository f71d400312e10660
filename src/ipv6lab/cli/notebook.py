"""``notebook``: JupyterLab on the course."""

from __future__ import annotations

import argparse

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech
from ipv6lab.words.message import _


def add(commands: Commands) -> None:
    tr = commands.speech
    notebook = commands.add("notebook", _("the course in JupyterLab, in a browser"), open_notebooks)
    notebook.add_argument(
        "--port", type=int, metavar="N", help=tr(_("the port on which it listens, on this machine"))
    )
    notebook.add_argument(
        "--no-browser", action="store_true", help=tr(_("print its address and open no browser"))
    )
    commands.add_seat(notebook)


def open_notebooks(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course.seats import seat_number
    from ipv6lab.notebook import jupyter, shelf

    jupyter.require()
    jupyter.check_port(options.port)
    seat = None if options.seat is None else seat_number(options.seat) or 0
    for name in jupyter.prepare(speech.language):
        speech.note(
            _(
                "{file} is new: you have changed the notebook beside it, which stays as it is.",
                file=str(shelf.folder(speech.language) / name),
            )
        )
    jupyter.become(speech.language, seat, options.port, not options.no_browser)
