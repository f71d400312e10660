"""The verbs of `systemctl`: which there are, and who may use them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ipv6lab.services import jobs, status_verbs, unit_files
from ipv6lab.services.call import NO_PERMISSION, Call
from ipv6lab.services.caller import Client
from ipv6lab.services.manager import Manager
from ipv6lab.services.options_of_systemctl import UsageError, parse
from ipv6lab.services.unit_names import full_name

CHANGING = {
    "start", "stop", "restart", "try-restart", "reload", "reload-or-restart",
    "try-reload-or-restart", "condrestart", "force-reload", "enable", "disable", "reenable", "mask",
    "unmask", "daemon-reload", "daemon-reexec", "kill", "reset-failed", "preset",
}  # fmt: skip


async def run(manager: Manager, client: Client, arguments: list[str]) -> int:
    """Do what a command line asks for; returns the exit status."""
    try:
        options = parse(arguments)
    except UsageError as error:
        client.complain(str(error))
        return 1
    verb = options.words.pop(0) if options.words else "list-units"
    action = _VERBS.get(verb)
    if action is None:
        client.complain(_unknown_verb(verb))
        return 1
    if verb in CHANGING and client.uid:
        what = f" {full_name(options.words[0])}" if options.words else ""
        client.complain(f"Failed to {verb}{what}: Access denied")
        return NO_PERMISSION
    if verb in _NEED_UNITS and not options.words:
        client.complain("Too few arguments.")
        return 1
    return await action(Call(manager, client, options, verb))


def _unknown_verb(verb: str) -> str:
    if verb in ("reboot", "poweroff", "halt", "shutdown"):
        return f"A node cannot {verb} itself; outside of it, 'ipv6lab reboot NODE' does."
    return f"Unknown command verb {verb}."


async def _help(call: Call) -> int:
    call.client.say(
        "systemctl [OPTIONS...] COMMAND ...\n\n"
        "Starts and watches this node's services, over Debian's own unit files.\n\n"
        + "\n".join(f"  {verb}" for verb in sorted(_VERBS))
    )
    return 0


_VERBS: dict[str, Callable[[Call], Awaitable[int]]] = {
    "start": jobs.start,
    "stop": jobs.stop,
    "restart": jobs.restart,
    "try-restart": jobs.restart,
    "condrestart": jobs.restart,
    "reload": jobs.reload,
    "reload-or-restart": jobs.reload_or_restart,
    "try-reload-or-restart": jobs.reload_or_restart,
    "force-reload": jobs.reload_or_restart,
    "enable": unit_files.change,
    "disable": unit_files.change,
    "reenable": unit_files.change,
    "mask": unit_files.change,
    "unmask": unit_files.change,
    "is-enabled": unit_files.is_enabled,
    "is-active": status_verbs.is_active,
    "is-failed": status_verbs.is_failed,
    "is-system-running": status_verbs.is_system_running,
    "status": status_verbs.status,
    "show": status_verbs.show,
    "cat": unit_files.cat,
    "kill": jobs.kill,
    "daemon-reload": unit_files.daemon_reload,
    "daemon-reexec": unit_files.daemon_reload,
    "reset-failed": jobs.reset_failed,
    "list-units": status_verbs.list_units,
    "list-unit-files": status_verbs.list_unit_files,
    "help": _help,
}
_NEED_UNITS = set(_VERBS) - {
    "is-system-running", "status", "show", "daemon-reload", "daemon-reexec", "reset-failed",
    "list-units", "list-unit-files", "help",
}  # fmt: skip
