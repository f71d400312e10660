"""The desk: what JupyterLab's own page gets from us beside what cells show.

A prebuilt extension of JupyterLab, written by hand as what such an extension is in the end: one
script that gives a plugin. It lays task, topology, checks and a terminal beside the notebook in one
click, and in a class (`ipv6lab.classroom.seat.extension`) it shows the room's news.
"""

from __future__ import annotations

import json
from pathlib import Path

from ipv6lab.course.speech import Speech
from ipv6lab.words.message import _

NAME = "ipv6lab-desk"
SCRIPT = Path(__file__).with_name("desk.js")
WORDS = {
    "side": _("Side by side"),
    "side_long": _("Task, topology, checks and terminal beside the notebook"),
    "task": _("Task"),
    "topology": _("Topology"),
    "checks": _("Checks"),
    "check": _("Am I right?"),
    "no_notebook": _("Open one of the course's notebooks first."),
    "hand": _("Raise your hand"),
    "hand_up": _("Your hand is raised; take it down"),
    "paused": _("The room is paused: please look to the front."),
    "note": _("From your trainer"),
    "understood": _("Understood"),
    "wish": _("Your trainer would like to join your terminal: to see it, and to type in it."),
    "which": _("Terminal"),
    "yes": _("Yes, please"),
    "no": _("No, thank you"),
    "guest": _("Your trainer is in your terminal {name}."),
    "leave": _("End it"),
    "lost": _("No connection to the room; your work goes on."),
    "failed": _("That did not work."),
}


def lay_out(extensions: Path, language: str, room: bool = False) -> None:
    """Write the extension into a directory of JupyterLab's; in a class it follows the `room`.

    Raises OSError.
    """
    said = Speech(language)
    folder = extensions / NAME
    static = folder / "static"
    static.mkdir(parents=True, exist_ok=True)
    told = {
        "name": NAME,
        "version": "0.1.0",
        "jupyterlab": {
            "extension": True,
            "_build": {"load": "static/desk.js", "extension": "./extension"},
        },
    }
    (folder / "package.json").write_text(json.dumps(told), encoding="utf-8")
    words = json.dumps(
        {"lang": language, "room": room, **{key: said(one.text) for key, one in WORDS.items()}}
    )
    script = SCRIPT.read_text(encoding="utf-8").replace("/* WORDS */ {}", words)
    (static / "desk.js").write_text(script, encoding="utf-8")
