"""What a trainee sees in a notebook: pictures that live while the lab does.

Everything is drawn here, in Python, as HTML with its styles in it; a page's script (``view.js``)
only replaces what changed, opens what is clicked, and asks for more. So the same drawing stands in
a notebook that is opened without a kernel, and in words in ``text/plain``.

==============  ====================================================================
``network``     the topology: addresses, links, verdicts, a node's facts
``checks``      a grading as it happens, with evidence and hints
``ladder``      a capture: who said what to whom
``flows``       a switch's flow tables, as they change
``plots``       shares, races, path MTU
``terminal``    a button that opens a terminal on a node
``widget``      what all of them are: HTML and its twin in words
==============  ====================================================================
"""

from __future__ import annotations

import os
import threading

LEAN = "IPV6LAB_LEAN"  # in a room of forty what draws is loaded when something is drawn


def warm() -> None:
    """Load in a thread what the first picture needs, so that it does not come late."""
    if os.environ.get(LEAN):
        return
    threading.Thread(target=_load, name="ipv6lab warm", daemon=True).start()


def _load() -> None:
    from ipv6lab.notebook.views import network  # noqa: F401
    from ipv6lab.reports.picture import measure

    measure("", 10.0, False)
