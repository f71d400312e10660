"""The flow tables of a switch, as they change."""

from __future__ import annotations

import threading
import time
from html import escape

from ipv6lab.course import flow_tables
from ipv6lab.notebook.session import Session
from ipv6lab.notebook.views.widget import View
from ipv6lab.reports import flow_table
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

PAUSE = 2.0  # seconds between two looks, while a page shows it


class FlowsView:
    """Asks a switch again and again while its view is seen."""

    def __init__(self, session: Session, node: str) -> None:
        self._session, self._node = session, node
        self._followed = flow_table.Followed()
        self._closed, self._seen = threading.Event(), threading.Event()
        self._last = ("", "")
        self.view = View(
            *self._drawn(),
            session.language,
            kind="flows",
            on_seen=self._look,
            on_still=self.close,
        )
        threading.Thread(target=self._follow, name="ipv6lab flows", daemon=True).start()

    def close(self) -> None:
        """Ask no more; the tables stay as they are."""
        self._closed.set()
        self._seen.set()

    def _look(self, seen: bool) -> None:
        if seen:
            self._seen.set()
        elif not self._closed.is_set():
            self._seen.clear()

    def _follow(self) -> None:
        while True:
            self._seen.wait()
            if self._closed.wait(PAUSE):
                return
            try:
                drawn = self._drawn()
            except LabError:  # the lab has ended, or the switch
                continue
            self.view.show(*drawn)

    def _drawn(self) -> tuple[str, str]:
        tr = self._session.said
        bridges = flow_tables.ask(self._session.lab, self._node)
        grown = self._followed.take(bridges, time.monotonic())
        title = tr(_("Flow tables of {node}", node=self._node))
        still = tr(_("◌ as it was then; run the cell again to follow it"))
        bar = (
            f'<div class="bar" data-key="bar"><h2>{escape(title)}</h2>'
            f'<span class="chip origin only-still">{escape(still)}</span></div>'
        )
        words = "\n".join([title, *flow_table.lines(bridges, grown, tr)])
        return bar + flow_table.html(bridges, grown, tr), words
