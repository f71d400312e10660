"""The checks of a grading as they happen, in the terminal."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from ipv6lab.reports.graded import Mark, mark, shown
from ipv6lab.reports.say import Translate, duration, say
from ipv6lab.reports.terminal_tables import Cell, Column, Grid, Terminal, rich_form

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live as RichLive

FINAL = ("passed", "failed", "blocked", "not_judged")


@dataclass
class _Line:
    title: str
    kind: str = ""
    state: str = "waiting"
    doing: str = ""
    seconds: float | None = None
    since: float = 0.0
    blocked_by: str | None = None

    @property
    def mark(self) -> Mark:
        """How its state is shown, as in the table of the results."""
        return mark(
            shown({"kind": self.kind, "verdict": self.state, "blocked_by": self.blocked_by})
        )


class Live:
    """A view of the checks that follows the events of a grading.

    On a terminal a table that changes in place; elsewhere one line for each check that ends. ::

        with Live(checks, tr, "en") as live:
            lab.request("check", on_event=live.event)

    `checks` may be what is known beforehand (``id, title`` of each); events of other checks add
    lines of their own.
    """

    def __init__(
        self,
        checks: Sequence[Mapping[str, Any]],
        tr: Translate,
        lang: str = "en",
        file: TextIO | None = None,
    ) -> None:
        self._tr = tr
        self._lang = lang
        self._terminal = Terminal(file)
        self._lines = {str(c["id"]): _Line(say(c.get("title"), tr)) for c in checks}
        self._rich: RichLive | None = None

    def __enter__(self) -> Live:
        if self._terminal.colour:
            from rich.live import Live as RichLive

            self._rich = RichLive(
                console=self._terminal.console(),
                get_renderable=self._renderable,
                refresh_per_second=8,
                transient=True,  # the final table takes its place
            )
            self._rich.start()
        return self

    def __exit__(self, *_details: object) -> None:
        if self._rich is not None:
            self._rich.stop()
            self._rich = None

    def event(self, event: Mapping[str, Any]) -> None:
        """Take in one event; those that are not about a check are passed over."""
        if event.get("event") != "check":
            return
        identity = str(event["id"])
        line = self._lines.setdefault(identity, _Line(say(event.get("title"), self._tr)))
        state = str(event.get("state"))
        if state == "running" and line.state != "running":
            line.since = time.monotonic()
        line.state = state
        line.kind = str(event.get("kind"))
        line.blocked_by = event.get("blocked_by")
        line.doing = say(event.get("doing"), self._tr)
        line.seconds = event.get("seconds")
        if self._rich is not None:
            self._rich.refresh()
        elif state in FINAL:
            self._terminal.show(self._ended(identity, line))
            self._terminal.file.flush()

    def _ended(self, identity: str, line: _Line) -> str:
        verdict = line.mark
        parts = [f"{verdict.sign} {self._tr(verdict.word)}", identity, line.title]
        taken = self._seconds(line)
        if taken:
            parts.append(f"({taken})")
        return "  ".join(part for part in parts if part)

    def _seconds(self, line: _Line) -> str:
        seconds = line.seconds
        if line.state == "blocked" or line.state == "waiting":
            return ""
        if line.state == "running":
            seconds = time.monotonic() - line.since
        if seconds is None:
            return ""
        return duration(seconds, self._tr, self._lang)

    def _renderable(self) -> RenderableType:
        grid = Grid([Column(""), Column(""), Column("", flexible=True), Column("", right=True)])
        # A snapshot: rich draws from a thread of its own while events come in.
        for identity, line in list(self._lines.items()):
            verdict = line.mark
            text = line.doing if line.state == "running" and line.doing else line.title
            grid.add(
                Cell(f"{verdict.sign} {self._tr(verdict.word)}", verdict.style),
                Cell(identity, "bold"),
                Cell(text, "dim" if line.state == "waiting" else ""),
                self._seconds(line),
            )
        return rich_form(grid)
