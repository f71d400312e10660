"""A process that belongs to a service, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ipv6lab.services import values
from ipv6lab.services.definition import Command


@dataclass(eq=False)
class Process:
    """A process that the service started, or that it was told of by a PID file."""

    pid: int
    role: str  # the key of the command, "ExecStart" for the main process
    command: Command | None
    report: int = -1
    complaint: str = ""
    executed: bool = False
    status: int | None = None  # as from waitpid
    started: float = field(default_factory=time.time)
    ended: float = 0.0
    _end: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def outcome(self) -> str:
        """``code=exited, status=1/FAILURE``"""
        return describe_status(self.status)

    def watch_report(self, executed: Callable[[], None]) -> None:
        """Read what the child says before its exec; `executed` is called when there was one."""
        asyncio.get_running_loop().add_reader(self.report, self._read_report, executed)

    def _read_report(self, executed: Callable[[], None]) -> bool:
        """Take what is there; False when there is nothing yet."""
        try:
            data = os.read(self.report, 4096)
        except BlockingIOError:
            return False
        if data:
            self.complaint += data.decode("utf-8", "replace")
            return True
        asyncio.get_running_loop().remove_reader(self.report)
        os.close(self.report)
        self.report = -1
        self.executed = not self.complaint
        executed()
        return True

    def record_end(self, status: int) -> None:
        """Note the end, `status` as from waitpid, and read what is left of the report."""
        self.status, self.ended = status, time.time()
        while self.report >= 0 and self._read_report(lambda: None):
            pass
        self._end.set()

    async def wait(self, timeout: float) -> None:
        """Wait until it ends, at most `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._end.wait(), timeout)


def describe_status(status: int | None) -> str:
    if status is None:
        return ""
    if os.WIFEXITED(status):
        code = os.WEXITSTATUS(status)
        name = values.EXIT_NAMES.get(code)
        return f"code=exited, status={code}" + (f"/{name}" if name else "")
    number = os.WTERMSIG(status)
    try:
        name = signal.Signals(number).name.removeprefix("SIG")
    except ValueError:
        name = f"RT{number}"
    kind = "dumped" if os.WCOREDUMP(status) else "killed"
    return f"code={kind}, status={number}/{name}"


def ending(result: str, main: Process | None) -> dict[str, str]:
    """What the commands of a service's end find in their environment (systemd.exec(5))."""
    variables = {"SERVICE_RESULT": result}
    status = main.status if main else None
    if status is not None:
        code, _, rest = describe_status(status).partition(", status=")
        variables["EXIT_CODE"] = code.removeprefix("code=")
        number, _, name = rest.partition("/")
        variables["EXIT_STATUS"] = number if os.WIFEXITED(status) else name
    return variables
