"""Running the commands of a unit: as its members, each waited for and judged."""

from __future__ import annotations

import os

from ipv6lab.services import spawn
from ipv6lab.services.definition import Command
from ipv6lab.services.incoming import Output
from ipv6lab.services.journald import ERROR, INFO, NOTICE, WARNING
from ipv6lab.services.process import Process, ending
from ipv6lab.services.unit import JobFailed, Unit


async def run(
    unit: Unit, role: str, command: Command, timeout: float, *, abortable: bool = True
) -> Process:
    """Run one control command to its end, whatever that is. Raises JobFailed."""
    unit.members.control = process = begin(unit, role, command)
    await ended(unit, process, timeout, abortable=abortable)
    return process


async def run_all(unit: Unit, role: str, timeout: float) -> None:
    """Run the commands of ExecStartPre= and the like. Raises JobFailed at the first that fails."""
    for command in unit.definition.commands[role]:
        require_clean(unit, await run(unit, role, command, timeout))


async def run_at_the_end(unit: Unit, role: str) -> None:
    """Run the commands of a stop: one that fails fails the service and skips the others."""
    for command in unit.definition.commands[role]:
        try:
            timeout = unit.definition.stop_timeout
            require_clean(unit, await run(unit, role, command, timeout, abortable=False))
        except JobFailed as failure:
            if unit.result == "success":
                unit.result = failure.result
            return


def begin(unit: Unit, role: str, command: Command) -> Process:
    """Start a command. Raises JobFailed."""
    definition, members = unit.definition, unit.members
    try:
        who = spawn.identity(definition)
        environment = spawn.base_environment(definition, who)
    except spawn.SpawnError as error:
        unit.note(f"{unit.name}: {error}", WARNING)
        raise JobFailed("resources") from None
    environment["INVOCATION_ID"] = unit.invocation
    if members.main_pid:
        environment["MAINPID"] = str(members.main_pid)
    if role in ("ExecStop", "ExecStopPost"):
        environment |= ending(unit.result, members.main)
    identifier = definition.identifier or os.path.basename(command.path)
    output = Output(unit.journal, unit.name, identifier, definition.log_prefix)
    try:
        child = spawn.spawn(
            definition, command, environment, who, members.group, output.writer.fileno(),
            unit.prepare,
        )  # fmt: skip
    except OSError as error:
        output.close()
        unit.note(f"{unit.name}: Failed to fork: {error.strerror}", ERROR)
        raise JobFailed("resources") from None
    finally:
        output.writer.close()
    unit.outputs.append(output)
    process = Process(child.pid, role, command, child.report)
    process.watch_report(unit.events.poke)
    unit.runs.append(process)
    unit.watch(process)
    return process


async def ended(unit: Unit, process: Process, timeout: float, *, abortable: bool = True) -> None:
    """Wait for the end of a process. Raises JobFailed."""
    await unit.until(lambda: process.status is not None, timeout, abortable=abortable)


def judge(unit: Unit, process: Process) -> str:
    """The result, in systemd's word, that the end of this process means for its service."""
    status = process.status or 0
    if process.command and process.command.may_fail:
        return "success"
    if unit.definition.is_clean(status):
        return "success"
    if os.WIFEXITED(status):
        return "exit-code"
    return "core-dump" if os.WCOREDUMP(status) else "signal"


def require_clean(unit: Unit, process: Process) -> None:
    """Raises JobFailed when the process did not end well."""
    result = judge(unit, process)
    if result != "success":
        if process is not unit.members.main:
            note_end(unit, "Control", process)
        raise JobFailed(result)


def note_end(unit: Unit, which: str, process: Process) -> None:
    clean = judge(unit, process) == "success"
    if not clean or process.status:
        level = INFO if clean else NOTICE
        unit.note(f"{unit.name}: {which} process exited, {process.outcome}", level)
