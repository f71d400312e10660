"""A button that opens a terminal on a node, in a tab of JupyterLab.

The notebook server runs the command, in its own environment; so it must know seat and language.
"""

from __future__ import annotations

import contextlib
import json
import sys
from html import escape

from ipv6lab.course.running import check_login, kept
from ipv6lab.notebook.session import Session
from ipv6lab.notebook.views.widget import View
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _


def command(session: Session, node: str) -> list[str]:
    """What a terminal on a node runs."""
    return [
        *(sys.executable, "-m", "ipv6lab", "--lang", session.language),
        *("shell", node, "--seat", str(session.seat)),
    ]


def open_nodes(session: Session) -> frozenset[str]:
    """The nodes of the running lab on which a trainee can log in."""
    held = kept(session.place.seat)
    found = set()
    for node in session.nodes:
        with contextlib.suppress(LabError):
            check_login(node, held)
            found.add(node)
    return frozenset(found)


def button(session: Session, node: str) -> str:
    """The button, for a view's HTML."""
    tr = session.said
    what = {
        "node": node,
        "command": command(session, node),
        "failed": tr(_("No terminal could be opened.")),
    }
    return (
        f'<p class="only-live"><button type="button" data-terminal="{escape(json.dumps(what))}">'
        f"{escape(tr(_('Terminal on {node}', node=node)))}</button></p>"
    )


def view(session: Session, node: str) -> View:
    """The button alone. Raises LabError for a node that is not there."""
    session.check_node(node)
    words = session.said(
        _("A terminal on {node}: {command}", node=node, command=f"ipv6lab shell {node}")
    )
    return View(button(session, node), words, session.language, kind="terminal")
