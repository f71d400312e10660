"""Which process is a service's main one, where it was not started by the supervisor directly."""

from __future__ import annotations

import asyncio
import contextlib
import os

from ipv6lab.services import privileges, processes
from ipv6lab.services.journald import WARNING
from ipv6lab.services.process import Process
from ipv6lab.services.unit import JobFailed, Unit


def adopt(unit: Unit, pid: int) -> None:
    """Take one of the service's processes as the main one."""
    if pid == unit.members.main_pid or pid not in unit.members.group:
        return
    starts = unit.definition.commands["ExecStart"]
    unit.members.main = Process(pid, "ExecStart", starts[0] if starts else None)
    unit.watch(unit.members.main)


def guess(unit: Unit) -> None:
    """Without a PID file: the one process that was left behind, if it is one."""
    if not unit.definition.guess_main_pid:
        return
    init = os.getpid()
    candidates = [pid for pid in unit.members.pids() if processes.parent(pid) == init]
    if len(candidates) == 1:
        adopt(unit, candidates[0])


def load_pid_file(unit: Unit) -> bool:
    """Make the process named in PIDFile= the main one, if it is ours and alive."""
    path = unit.definition.pid_file
    if not path:
        return False
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            pid = int(file.read(64).strip())
    except (OSError, ValueError):
        return False
    if pid == unit.members.main_pid:
        return True
    if not processes.is_alive(pid):
        return False
    if pid not in unit.members.group:
        unit.note_once(f"{unit.name}: New main PID {pid} does not belong to service, refusing.")
        return False
    adopt(unit, pid)
    return True


async def await_pid_file(unit: Unit, path: str) -> None:
    """Wait for the PID file: the parent may leave before its child wrote it. Raises JobFailed."""
    if load_pid_file(unit):
        return
    directory = os.path.dirname(os.path.realpath(path))
    try:
        watch = privileges.watch_directory(directory)
    except OSError:
        raise JobFailed("protocol") from None
    loop = asyncio.get_running_loop()

    def stirred() -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(watch, 64 * 1024)
        unit.events.poke()

    loop.add_reader(watch, stirred)
    try:
        await unit.until(
            lambda: load_pid_file(unit) or unit.members.is_gone(), unit.definition.start_timeout
        )
    finally:
        loop.remove_reader(watch)
        os.close(watch)
    if not unit.members.main:
        unit.note(f"{unit.name}: Daemon never wrote its PID file. Failing.", WARNING)
        raise JobFailed("protocol")
