"""A process that belongs to a service, and how it ended."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ipv6lab.services import values
from ipv6lab.services.definition import Command

if TYPE_CHECKING:
    from ipv6lab.services.service import Service


@dataclass(eq=False)
class Process:
    """A process that the service started, or that it was told of by a PID file."""

    pid: int
    role: str  # the key of the command, "ExecStart" for the main process
    command: Command | None
    service: Service
    report: int = -1
    complaint: str = ""
    executed: bool = False
    status: int | None = None  # as from waitpid
    started: float = field(default_factory=time.time)
    ended: float = 0.0

    @property
    def outcome(self) -> str:
        """``code=exited, status=1/FAILURE``"""
        return describe_status(self.status)


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
