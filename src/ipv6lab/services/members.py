"""The processes of a service by the part they play, and signals to them."""

from __future__ import annotations

from ipv6lab.services import processes
from ipv6lab.services.process import Process
from ipv6lab.services.processes import ProcessGroup


class Members:
    """The main process, the command that controls it at the moment, and whatever they forked."""

    def __init__(self) -> None:
        self.main: Process | None = None
        self.control: Process | None = None
        self.group = ProcessGroup()

    @property
    def main_pid(self) -> int:
        """0 when there is no main process, or when it has ended."""
        return _living(self.main)

    @property
    def control_pid(self) -> int:
        return _living(self.control)

    def pids(self) -> list[int]:
        """All of them; also one that has only been forked, whose /proc nobody may look into."""
        known = {pid for pid in (self.main_pid, self.control_pid) if pid}
        return sorted(known.union(self.group.pids()))

    def is_running(self) -> bool:
        """Whether the main process is alive; where none is known, whether anything is."""
        return bool(self.main_pid if self.main else self.pids())

    def is_gone(self) -> bool:
        return not self.pids()

    def is_main_gone(self) -> bool:
        return not self.main_pid and not self.control_pid

    def kill(self, number: int, whom: str) -> bool:
        """Send a signal to ``main``, ``control`` or ``all`` processes; False if there is none."""
        if whom == "all":
            return any([processes.send(pid, number) for pid in self.pids()])
        pid = self.main_pid if whom == "main" else self.control_pid
        return bool(pid) and processes.send(pid, number)

    def signal(self, number: int, everybody: bool) -> None:
        """Send a signal to all, or to main and control process; to all if neither is left."""
        chosen = [pid for pid in (self.main_pid, self.control_pid) if pid]
        for pid in self.pids() if everybody or not chosen else chosen:
            processes.send(pid, number)

    def kill_all(self, number: int) -> None:
        """Send a signal to everybody, also to those that keep forking."""
        self.signal(number, True)
        self.group.kill(number)


def _living(process: Process | None) -> int:
    return process.pid if process and process.status is None else 0
