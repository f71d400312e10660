"""A service as it stands: its definition, its state, its processes, and what it says of itself.

States and results have systemd's names, so that `systemctl show` and its readers agree.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ipv6lab.services.definition import Condition, Definition
from ipv6lab.services.incoming import Output
from ipv6lab.services.journald import INFO, WARNING, Journal
from ipv6lab.services.members import Members
from ipv6lab.services.process import Process
from ipv6lab.services.waiting import Events


class JobFailed(Exception):
    """A step of a job did not come to its end; `result` says why in systemd's word."""

    def __init__(self, result: str) -> None:
        super().__init__(result)
        self.result = result


class Unit:
    """What the steps of a service's life work on.

    `prepare(unit name)` is called in every child between fork and exec; `watch` has to be told of
    every process whose end matters.
    """

    def __init__(
        self,
        definition: Definition,
        journal: Journal,
        prepare: Callable[[str], None],
        watch: Callable[[Process], None],
    ) -> None:
        self.definition = definition
        self.journal = journal
        self.prepare = prepare
        self.watch = watch

        self.active, self.sub = "inactive", "dead"
        self.result = "success"
        self.failed_with = ""  # the result of the last job that failed, kept over a restart
        self.unmet: Condition | None = None
        self.changed_at = 0.0
        self.active_at = 0.0

        self.members = Members()
        self.runs: list[Process] = []  # of the last start, for `status`
        self.outputs: list[Output] = []
        self.invocation = ""
        self.started_from = 0  # journal mark: what came after it belongs to the last start
        self.status_text = ""
        self.is_ready = False  # said so itself, by sd_notify(3)
        self.is_cut_short = False  # somebody wants the job that is under way to end
        self.events = Events()
        self._noted: set[str] = set()

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def title(self) -> str:
        return f"{self.name} - {self.definition.description}"

    @property
    def is_up(self) -> bool:
        return self.active in ("active", "reloading")

    def change(self, active: str, sub: str) -> None:
        if active != self.active:
            self.changed_at = time.time()
            if active == "active" and self.active != "reloading":
                self.active_at = self.changed_at
        self.active, self.sub = active, sub

    async def until(
        self, condition: Callable[[], bool], timeout: float, *, abortable: bool = True
    ) -> None:
        """Wait for events until `condition` holds. Raises JobFailed: timeout, or canceled."""

        def reached() -> bool:
            if abortable and self.is_cut_short:
                raise JobFailed("canceled")
            return condition()

        if not await self.events.until(reached, timeout):
            self.note(f"{self.name}: {self.sub} operation timed out. Terminating.", WARNING)
            raise JobFailed("timeout")

    # -- its journal ----------------------------------------------------------------------------

    def note(self, message: str, priority: int = INFO) -> None:
        self.journal.note(self.name, message, priority)

    def note_once(self, message: str) -> None:
        """Warn of what may come again and again, once in a start."""
        if message not in self._noted:
            self._noted.add(message)
            self.note(message, WARNING)

    def open_chapter(self) -> None:
        """A new start: what was said before belongs to the last one."""
        self.journal.forgive(self.name)
        self._noted.clear()
        self.started_from = self.journal.sequence

    def drain(self) -> None:
        """Bring into the journal what its processes have said until now."""
        for output in self.outputs:
            output.drain()
        self.outputs = [output for output in self.outputs if not output.closed]
