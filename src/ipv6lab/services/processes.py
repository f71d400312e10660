"""The processes of one service, whatever they fork and whoever their parents are.

systemd knows them by their control group. A node has none (they need delegation, which an ordinary
user on most machines does not have), so each service gets a *cgroup namespace* of its own: it costs
nothing, changes nothing a daemon can see, is inherited by every descendant, survives double forks,
``setsid``, a cleared environment and a rewritten command line, and only a process with
CAP_SYS_ADMIN could leave it. ``/proc/PID/ns/cgroup`` names it. (An environment variable such as
INVOCATION_ID is lost in daemons that clear their environment or write their title over it, as
nginx, BIRD and dhcpcd do; sessions and process groups are left by every daemon.)
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ipv6lab.linux import syscalls

_KILL_ROUNDS = 100


class ProcessGroup:
    """Everything that was started inside `entered` and what came of it."""

    def __init__(self) -> None:
        self._fd = -1
        self._name = ""

    @contextmanager
    def entered(self) -> Iterator[None]:
        """What is forked in this block belongs to the group. Single-threaded callers only."""
        own = os.open("/proc/self/ns/cgroup", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if self._fd < 0:
                syscalls.unshare(syscalls.CLONE_NEWCGROUP)
                self._fd = os.open("/proc/self/ns/cgroup", os.O_RDONLY | os.O_CLOEXEC)
                self._name = os.readlink("/proc/self/ns/cgroup")
            else:
                syscalls.setns(self._fd, syscalls.CLONE_NEWCGROUP)
            try:
                yield
            finally:
                syscalls.setns(own, syscalls.CLONE_NEWCGROUP)
        finally:
            os.close(own)

    def pids(self) -> list[int]:
        """The living processes of the group, in order of their numbers."""
        if self._fd < 0:
            return []
        own = os.getpid()
        return [pid for pid in all_pids() if pid != own and _namespace(pid) == self._name]

    def __contains__(self, pid: int) -> bool:
        return self._fd >= 0 and _namespace(pid) == self._name

    def kill(self, number: int) -> None:
        """End all of them, also those that keep forking: looks again until nobody is new."""
        seen: set[int] = set()
        for _ in range(_KILL_ROUNDS):
            fresh = [pid for pid in self.pids() if pid not in seen]
            if not fresh:
                return
            for pid in fresh:
                send(pid, number)
            seen.update(fresh)

    def close(self) -> None:
        """Forget the group; only when nobody is left in it."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def send(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def all_pids() -> list[int]:
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())


def _namespace(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/cgroup")
    except OSError:  # gone, or a zombie
        return ""


def parent(pid: int) -> int:
    """The parent of a process; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def is_alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except (OSError, IndexError):
        return False


def command_line(pid: int) -> str:
    """What `ps` would show; the name in brackets when there is none."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read(4096).rstrip(b"\0").replace(b"\0", b" ").strip()
    except OSError:
        return ""
    return words.decode("utf-8", "replace") or f"[{short_name(pid)}]"


def short_name(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", "rb") as file:
            return file.read().decode("utf-8", "replace").rstrip("\n")
    except OSError:
        return "?"


def at_work(pid: int) -> bool:
    """Whether a process runs, or wants to, or reads from a disk; not when it waits for an event.

    So does one that has just ended and was not waited for yet: it is at its very end.
    """
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] in "RDZ"
    except OSError:
        return False
