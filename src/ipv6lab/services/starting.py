"""Bringing a service up: the commands of a start, and when each type counts as started."""

from __future__ import annotations

import os

from ipv6lab.services import mainprocess, processes
from ipv6lab.services.execution import begin, ended, require_clean, run, run_all
from ipv6lab.services.journald import WARNING
from ipv6lab.services.unit import JobFailed, Unit


def begin_invocation(unit: Unit) -> None:
    """Forget the last start."""
    unit.result, unit.status_text, unit.is_ready = "success", "", False
    unit.members.main = unit.members.control = None
    unit.runs = []
    unit.invocation = os.urandom(16).hex()
    for pid in unit.members.pids():
        unit.note(
            f"{unit.name}: Found left-over process {pid} ({processes.short_name(pid)}) "
            "while starting unit. Ignoring.",
            WARNING,
        )


async def bring_up(unit: Unit) -> bool:
    """Run the commands of a start; False if ExecCondition= says not to. Raises JobFailed."""
    timeout = unit.definition.start_timeout
    unit.change("activating", "start-pre")
    if not await _is_fit(unit):
        return False
    await run_all(unit, "ExecStartPre", timeout)
    unit.change("activating", "start")
    await _start_main(unit)
    unit.change("activating", "start-post")
    await run_all(unit, "ExecStartPost", timeout)
    return True


async def _is_fit(unit: Unit) -> bool:
    """ExecCondition=: 0 goes on, 1 to 254 skips the unit, anything else fails."""
    for command in unit.definition.commands["ExecCondition"]:
        process = await run(unit, "ExecCondition", command, unit.definition.start_timeout)
        status = process.status or 0
        if os.WIFEXITED(status) and 1 <= os.WEXITSTATUS(status) <= 254:
            return False
        require_clean(unit, process)
    return True


async def _start_main(unit: Unit) -> None:
    definition, members = unit.definition, unit.members
    starts, timeout = definition.commands["ExecStart"], definition.start_timeout
    if definition.type == "oneshot":
        for command in starts:
            members.main = process = begin(unit, "ExecStart", command)
            await ended(unit, process, timeout)
            require_clean(unit, process)
        return
    if definition.type == "forking":
        require_clean(unit, await run(unit, "ExecStart", starts[0], timeout))
        if definition.pid_file:
            await mainprocess.await_pid_file(unit, definition.pid_file)
        else:
            mainprocess.guess(unit)
        return
    members.main = process = begin(unit, "ExecStart", starts[0])
    if definition.type == "exec":
        await unit.until(lambda: process.executed or process.status is not None, timeout)
        if process.status is not None and process.complaint:
            require_clean(unit, process)
    elif definition.type == "notify":
        await unit.until(lambda: unit.is_ready or not members.main_pid, timeout)
        if not unit.is_ready and members.main:
            require_clean(unit, members.main)
            raise JobFailed("protocol")
