"""Taking a service down: the commands of a stop, signals and patience, and what is cleared away."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal

from ipv6lab.services.execution import run_at_the_end
from ipv6lab.services.journald import WARNING
from ipv6lab.services.unit import Unit


async def take_down(unit: Unit, *, stop_commands: bool) -> None:
    """From any state to no process left behind (KillMode= permitting)."""
    if stop_commands:
        unit.change("deactivating", "stop")
        await run_at_the_end(unit, "ExecStop")
    unit.change("deactivating", "stop-sigterm")
    await _end_processes(unit)
    unit.change("deactivating", "stop-post")
    await run_at_the_end(unit, "ExecStopPost")
    if unit.definition.kill_mode not in ("none", "process"):
        unit.change("deactivating", "final-sigterm")
        await _end_processes(unit)
    _clean_up(unit)


async def _end_processes(unit: Unit) -> None:
    """KillSignal=, patience, then SIGKILL."""
    definition, members, mode = unit.definition, unit.members, unit.definition.kill_mode
    if mode == "none" or members.is_gone():
        return
    everybody = mode == "control-group"
    members.signal(definition.kill_signal, everybody)
    if definition.send_sighup:
        members.signal(signal.SIGHUP, everybody)
    gone = members.is_gone if everybody else members.is_main_gone
    if not await unit.events.until(gone, definition.stop_timeout):
        unit.note(f"{unit.name}: State '{unit.sub}' timed out. Killing.", WARNING)
        if unit.result == "success":
            unit.result = "timeout"
    if mode == "process":
        if not gone() and definition.send_sigkill:
            members.signal(definition.final_kill_signal, False)
            await unit.events.until(gone, definition.stop_timeout)
        return
    if definition.send_sigkill and not members.is_gone():
        unit.change("deactivating", "stop-sigkill")
        members.kill_all(definition.final_kill_signal)
        if not await unit.events.until(members.is_gone, definition.stop_timeout):
            unit.note(f"{unit.name}: Processes still around after SIGKILL. Ignoring.", WARNING)


def _clean_up(unit: Unit) -> None:
    definition = unit.definition
    if unit.members.is_gone():
        unit.members.group.close()
    if definition.pid_file:
        with contextlib.suppress(OSError):
            os.unlink(definition.pid_file)
    if definition.preserve_runtime == "no":
        for directory in definition.directories:
            if directory.kind == "RuntimeDirectory":
                shutil.rmtree(directory.path, ignore_errors=True)
