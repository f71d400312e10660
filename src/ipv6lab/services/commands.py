"""The verbs of `systemctl`: what they do, what they say, and the exit status."""

from __future__ import annotations

import asyncio
import fnmatch
import posixpath
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ipv6lab.services import install, journal, listing, properties, status, values
from ipv6lab.services.errors import LoadError
from ipv6lab.services.names import full_name
from ipv6lab.services.process import describe_status
from ipv6lab.services.service import Service

if TYPE_CHECKING:
    from ipv6lab.services.manager import Manager
    from ipv6lab.services.server import Client

# systemctl(1), EXIT STATUS, and what translate_bus_error_to_exit_status() makes of errors
NO_PERMISSION, NOT_APPLICABLE, NO_SUCH_UNIT, NOT_RUNNING = 4, 3, 4, 3
COMPLAINT_LINES = 15
# A daemon of Type=simple counts as started once it is forked, and dies of its configuration a
# moment later, unseen. So `systemctl start` looks for its end for so long (Kea takes 0.1 s).
EARLY_DEATH_SECONDS = 0.4

CHANGING = {
    "start", "stop", "restart", "try-restart", "reload", "reload-or-restart",
    "try-reload-or-restart", "condrestart", "force-reload", "enable", "disable", "reenable", "mask",
    "unmask", "daemon-reload", "daemon-reexec", "kill", "reset-failed", "preset",
}  # fmt: skip

_REASONS = {
    "resources": "of unavailable resources or another system error",
    "protocol": "the service did not take the steps required by its unit configuration",
    "timeout": "a timeout was exceeded",
    "exit-code": "the control process exited with error code",
    "signal": "a fatal signal was delivered to the control process",
    "core-dump": "a fatal signal was delivered causing the control process to dump core",
    "start-limit-hit": "start of the service was attempted too often",
}


@dataclass
class Options:
    """The options of one call."""

    words: list[str] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    lines: int = 10
    signal: str = "SIGTERM"
    whom: str = "all"
    quiet: bool = False
    all: bool = False
    now: bool = False
    value: bool = False
    legend: bool = True
    wait: bool = True


class UsageError(Exception):
    """Said to the user as it stands; exit status 1."""


_WITH_VALUE = {
    "-p": "property", "-P": "property", "-t": "type", "-n": "lines", "-s": "signal", "-o": "output",
    "-H": "host", "-M": "machine",
}  # fmt: skip
_IGNORED = {
    "no-pager", "full", "no-ask-password", "system", "plain", "force", "no-wall", "show-types",
    "global", "runtime", "output", "job-mode", "no-warn", "wait", "no-reload", "dry-run",
}  # fmt: skip
_FLAGS = {
    "-h": "help",
    "-a": "all",
    "-q": "quiet",
    "-l": "full",
    "-f": "force",
    "-r": "recursive",
    "-i": "force",
}


def parse(arguments: Iterable[str]) -> Options:
    """Raises UsageError."""
    options = Options()
    pending = list(arguments)
    while pending:
        word = pending.pop(0)
        if word == "--":
            options.words += pending
            break
        if not word.startswith("-") or word == "-":
            options.words.append(word)
            continue
        name, value = word, ""
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            if not value and name in ("property", "type", "state", "lines", "signal", "output"):
                value = pending.pop(0) if pending else ""
        elif word[:2] in _WITH_VALUE:
            name = _WITH_VALUE[word[:2]]
            value = word[2:] or (pending.pop(0) if pending else "")
            options.value |= word[:2] == "-P"
        elif word[:2] in _FLAGS:
            if word[2:]:
                pending.insert(0, "-" + word[2:])
            name = _FLAGS[word[:2]]
        else:
            raise UsageError(f"systemctl: invalid option -- '{word[1:2]}'")
        _set(options, name, value)
    return options


def _set(options: Options, name: str, value: str) -> None:
    if name == "property":
        options.properties += value.split(",")
    elif name == "type":
        options.types += value.split(",")
    elif name == "state":
        options.states += value.split(",")
    elif name == "lines":
        if not value.isdigit():
            raise UsageError(f"Failed to parse lines '{value}'")
        options.lines = int(value)
    elif name == "signal":
        options.signal = value
    elif name in ("kill-who", "kill-whom"):
        options.whom = value
    elif name == "help":
        options.words = ["help"]
    elif name == "failed":
        options.states.append("failed")
    elif name in ("quiet", "all", "now", "value"):
        setattr(options, name, True)
    elif name == "no-legend" or (name == "legend" and value in ("no", "false", "0")):
        options.legend = False
    elif name == "no-block":
        options.wait = False
    elif name in ("user", "host", "machine", "root", "image"):
        raise UsageError(f"systemctl: --{name} is not available on a node of the lab.")
    elif name not in _IGNORED:
        raise UsageError(f"systemctl: unrecognized option '--{name}'")


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
    return await action(_Call(manager, client, options, verb))


def _unknown_verb(verb: str) -> str:
    if verb in ("reboot", "poweroff", "halt", "shutdown"):
        return f"A node cannot {verb} itself; outside of it, 'ipv6lab reboot NODE' does."
    return f"Unknown command verb {verb}."


@dataclass
class _Call:
    manager: Manager
    client: Client
    options: Options
    verb: str

    @property
    def units(self) -> list[str]:
        """The unit names given, patterns replaced by the units in memory that match."""
        names: list[str] = []
        for word in self.options.words:
            if any(char in word for char in "*?["):
                known = [service.name for service in self.manager.services()]
                names += fnmatch.filter(known, full_name(word))
            else:
                names.append(full_name(word))
        return names

    def services(self, doing: str) -> tuple[list[Service], int]:
        """The services given, loaded, and the exit status of those that are not to be had."""
        from_here: list[Service] = []
        bad = 0
        for name in self.units:
            if name.endswith(".target"):
                continue  # always reached
            service, bad_one = self._service(name, doing)
            if service is None:
                bad = bad_one
                continue
            if service.definition.source.exists and self.manager.needs_reload(service):
                self.client.complain(
                    f"Warning: The unit file, source configuration file or drop-ins of "
                    f"{service.name} changed on disk. Run 'systemctl daemon-reload' to reload "
                    "units."
                )
            from_here.append(service)
        return from_here, bad

    def _service(self, name: str, doing: str) -> tuple[Service | None, int]:
        try:
            return self.manager.find(name), 0
        except LoadError as error:
            self.client.complain(f"Failed to {doing} {name}: {error}")
            if "bad unit file" in str(error):
                _show_complaint(self, name, 0, manager_too=True)
            return None, error.exit_status

    def quiet_say(self, text: str) -> None:
        if not self.options.quiet:
            self.client.say(text)


# -- jobs ---------------------------------------------------------------------------------------


async def _start(call: _Call) -> int:
    services, bad = call.services("start")
    return await _jobs(call, call.manager.start, services, bad)


async def _stop(call: _Call) -> int:
    services, bad = call.services("stop")
    return await _jobs(call, call.manager.stop, services, bad)


async def _restart(call: _Call) -> int:
    services, bad = call.services("restart")
    if call.verb in ("try-restart", "condrestart"):
        services = [service for service in services if not service.is_idle]
    return await _jobs(call, call.manager.restart, services, bad)


async def _reload(call: _Call) -> int:
    services, bad = call.services("reload")
    good: list[Service] = []
    for service in services:
        if not service.definition.commands["ExecReload"]:
            call.client.complain(
                f"Failed to reload {service.name}: Job type reload is not applicable for unit "
                f"{service.name}."
            )
            bad = NOT_APPLICABLE
        else:
            good.append(service)
    return await _jobs(call, call.manager.reload, good, bad)


async def _reload_or_restart(call: _Call) -> int:
    services, bad = call.services("reload-or-restart")
    if call.verb == "try-reload-or-restart":
        services = [service for service in services if not service.is_idle]
    able = [s for s in services if s.is_up and s.definition.commands["ExecReload"]]
    others = [service for service in services if service not in able]
    bad = await _jobs(call, call.manager.reload, able, bad)
    return await _jobs(call, call.manager.restart, others, bad)


async def _jobs(
    call: _Call,
    work: Callable[[Iterable[Service]], Awaitable[dict[str, str]]],
    services: list[Service],
    bad: int,
) -> int:
    """Run a job for each service, wait, and tell what went wrong."""
    if not services:
        return bad
    try:
        if not call.options.wait:
            job = asyncio.ensure_future(work(services))
            _running.add(job)
            job.add_done_callback(_running.discard)
            return bad
        results = await work(services)
    except LoadError as error:
        call.client.complain(f"Failed to {call.verb} {services[0].name}: {error}")
        return error.exit_status
    for service in services:
        result = results.get(service.name, "done")
        if not await _tell(call, service, result):
            bad = 1
    return bad


_running: set[asyncio.Future[dict[str, str]]] = set()  # jobs that nobody waits for


async def _tell(call: _Call, service: Service, result: str) -> bool:
    """Say how a job ended; True if it ended well."""
    name, complain = service.name, call.client.complain
    if result == "done":
        if call.verb == "stop":
            return True
        if not await _survives(call, service):
            return False
        _show_tolerated(call, service)
        return True
    if result == "skipped":
        if service.unmet and not call.options.quiet:
            complain(
                f"{name} was skipped because of an unmet condition check ({service.unmet.text})."
            )
        return True
    if call.options.quiet:
        return False
    if result == "failed":
        reason = _REASONS.get(service.failed_with, "the job failed")
        complain(
            f"Job for {name} failed because {reason}.\n"
            f'See "systemctl status {name}" and "journalctl -xeu {name}" for details.'
        )
        _show_complaint(call, name, service.started_from)
    elif result == "dependency":
        complain(f"A dependency job for {name} failed. See 'journalctl -xe' for details.")
    elif result == "assert":
        unmet = f" ({service.unmet.text})" if service.unmet else ""
        complain(f"Assertion failed on job for {name}{unmet}.")
    elif result == "invalid":
        complain(f"{name} is not active, cannot reload.")
    else:
        complain(f"Job for {name} {result}.")
    return False


async def _survives(call: _Call, service: Service) -> bool:
    """Look whether a daemon that cannot say when it is ready dies at once."""
    if service.definition.type != "simple" or call.verb == "reload" or not service.main:
        return True
    process = service.main
    await service.main_end(EARLY_DEATH_SECONDS)
    if process.status is None or service.definition.is_clean(process.status):
        return True
    if not call.options.quiet:
        call.client.complain(
            f"{service.name} was started and ended at once "
            f"({describe_status(process.status)}).\n"
            f'See "systemctl status {service.name}" and "journalctl -xeu {service.name}" '
            "for details."
        )
        _show_complaint(call, service.name, service.started_from)
    return False


def _show_tolerated(call: _Call, service: Service) -> None:
    """What steps that may fail said when they did: the daemon runs, but not as it was told."""
    failed = {
        posixpath.basename(process.command.path)
        for process in service.runs
        if process.command and process.command.may_fail and process.status
    }
    entries = call.manager.journal.recent(service.name, service.started_from)
    said = [entry for entry in entries if entry["SYSLOG_IDENTIFIER"] in failed]
    for line in journal.complaint(said, COMPLAINT_LINES):
        if not call.options.quiet:
            call.client.complain(line)


def _show_complaint(call: _Call, unit: str, since: int, *, manager_too: bool = False) -> None:
    """The daemon's own words: what a trainee needs to see is there at once."""
    entries = call.manager.journal.recent(unit, since)
    lines = (
        [entry["MESSAGE"] for entry in entries if int(entry["PRIORITY"]) <= journal.WARNING]
        if manager_too
        else journal.complaint(entries, COMPLAINT_LINES)
    )
    if lines:
        call.client.complain("\n".join(["", *(f"  {line}" for line in lines[-COMPLAINT_LINES:])]))


# -- unit files ---------------------------------------------------------------------------------


async def _install(call: _Call) -> int:
    work = {
        "enable": install.enable, "disable": install.disable, "mask": install.mask,
        "unmask": install.unmask,
    }  # fmt: skip
    names = [full_name(word) for word in call.options.words]
    verbs = ["disable", "enable"] if call.verb == "reenable" else [call.verb]
    try:
        for verb in verbs:
            for line in work[verb](call.manager.catalog, names):
                if not call.options.quiet:
                    call.client.complain(line)
    except install.InstallError as error:
        call.client.complain(f"Failed to {call.verb} unit: {error}")
        return 1
    except OSError as error:
        call.client.complain(f"Failed to {call.verb} unit: {error.strerror}: {error.filename}")
        return 1
    if not call.options.now:
        return 0
    if call.verb == "enable":
        call.verb = "start"
        return await _start(call)
    found = [call.manager.in_memory(name) for name in names]
    services = [known for known in found if known]
    call.verb = "stop"
    return await _jobs(call, call.manager.stop, services, 0)


async def _is_enabled(call: _Call) -> int:
    good = False
    for name in call.units:
        source = call.manager.catalog.load(name)
        state = install.enablement(call.manager.catalog, source)
        if state == "not-found":
            call.client.complain(
                f"Failed to get unit file state for {name}: No such file or directory"
            )
            continue
        if state in ("enabled", "disabled", "static") and source.name.full != name:
            state = "alias" if state == "enabled" else state
        good |= state in ("enabled", "static", "indirect", "alias", "generated")
        call.quiet_say(state)
    return 0 if good else 1


async def _cat(call: _Call) -> int:
    bad = 0
    for number, name in enumerate(call.units):
        source = call.manager.catalog.load(name)
        if source.path is None:
            call.client.complain(f"No files found for {name}.")
            bad = 1
            continue
        parts = []
        for path in [source.path, *source.drop_ins]:
            with open(path, encoding="utf-8", errors="replace") as file:
                parts.append(f"# {path}\n{file.read(64 * 1024).rstrip()}\n")
        call.client.say(("\n" if number else "") + "\n".join(parts).rstrip("\n"))
    return bad


async def _daemon_reload(call: _Call) -> int:
    call.manager.reload_units()
    return 0


# -- questions ----------------------------------------------------------------------------------


def _active(call: _Call, name: str) -> str:
    if name.endswith(".target"):
        return "active"
    service = call.manager.in_memory(name)
    return service.active if service else "inactive"


async def _is_active(call: _Call) -> int:
    states = [_active(call, name) for name in call.units]
    for state in states:
        call.quiet_say(state)
    return 0 if {"active", "reloading"} & set(states) else NOT_RUNNING


async def _is_failed(call: _Call) -> int:
    states = [_active(call, name) for name in call.units]
    for state in states:
        call.quiet_say(state)
    return 0 if "failed" in states else 1


async def _is_system_running(call: _Call) -> int:
    degraded = any(service.active == "failed" for service in call.manager.services())
    call.quiet_say("degraded" if degraded else "running")
    return 1 if degraded else 0


async def _status(call: _Call) -> int:
    if not call.options.words:
        call.client.say(status.overview(call.manager))
        return 0
    code = 0
    for number, name in enumerate(call.units):
        if number:
            call.client.say("")
        view = status.of(call.manager, name, call.client.colour, call.options.lines)
        if view is None:
            call.client.complain(f"Unit {name} could not be found.")
            code = NO_SUCH_UNIT
            continue
        text, active = view
        call.client.say(text)
        if active not in ("active", "reloading"):
            code = code or NOT_RUNNING
    return code


async def _show(call: _Call) -> int:
    if not call.options.words:
        call.client.say("Version=252\nSystemState=running")
        return 0
    blocks = []
    for name in call.units:
        found = properties.of(call.manager, name)
        if call.options.properties:
            shown = {key: found[key] for key in call.options.properties if key in found}
        else:
            shown = {key: value for key, value in found.items() if value or call.options.all}
        if call.options.value:
            blocks.append("\n".join(shown.values()))
        else:
            blocks.append("\n".join(f"{key}={value}" for key, value in shown.items()))
    call.client.say("\n\n".join(blocks))
    return 0


async def _kill(call: _Call) -> int:
    try:
        number = values.signal_number(call.options.signal)
    except ValueError:
        call.client.complain(f"Failed to parse signal string {call.options.signal}.")
        return 1
    bad = 0
    for name in call.units:
        service = call.manager.in_memory(name)
        if service is None:
            call.client.complain(f"Failed to kill unit {name}: Unit {name} not loaded.")
            bad = 1
        elif not service.kill(number, call.options.whom) and call.options.whom != "all":
            call.client.complain(
                f"Failed to kill unit {name}: No {call.options.whom} process to kill"
            )
            bad = 1
    return bad


async def _reset_failed(call: _Call) -> int:
    if not call.options.words:
        for service in call.manager.services():
            service.reset_failed()
        return 0
    bad = 0
    for name in call.units:
        known = call.manager.in_memory(name)
        if known is None:
            call.client.complain(
                f"Failed to reset failed state of unit {name}: Unit {name} not loaded."
            )
            bad = 1
        else:
            known.reset_failed()
    return bad


async def _list_units(call: _Call) -> int:
    options = call.options
    text = listing.units(
        call.manager, options.words, options.states, options.all, options.legend,
        call.client.colour,
    )  # fmt: skip
    if text:
        call.client.say(text)
    return 0


async def _list_unit_files(call: _Call) -> int:
    options = call.options
    text = listing.unit_files(
        call.manager.catalog, options.words, options.types, options.states, options.legend
    )
    if text:
        call.client.say(text)
    return 0


async def _help(call: _Call) -> int:
    call.client.say(
        "systemctl [OPTIONS...] COMMAND ...\n\n"
        "Starts and watches this node's services, over Debian's own unit files.\n\n"
        + "\n".join(f"  {verb}" for verb in sorted(_VERBS))
    )
    return 0


_VERBS: dict[str, Callable[[_Call], Awaitable[int]]] = {
    "start": _start,
    "stop": _stop,
    "restart": _restart,
    "try-restart": _restart,
    "condrestart": _restart,
    "reload": _reload,
    "reload-or-restart": _reload_or_restart,
    "try-reload-or-restart": _reload_or_restart,
    "force-reload": _reload_or_restart,
    "enable": _install,
    "disable": _install,
    "reenable": _install,
    "mask": _install,
    "unmask": _install,
    "is-enabled": _is_enabled,
    "is-active": _is_active,
    "is-failed": _is_failed,
    "is-system-running": _is_system_running,
    "status": _status,
    "show": _show,
    "cat": _cat,
    "kill": _kill,
    "daemon-reload": _daemon_reload,
    "daemon-reexec": _daemon_reload,
    "reset-failed": _reset_failed,
    "list-units": _list_units,
    "list-unit-files": _list_unit_files,
    "help": _help,
}
_NEED_UNITS = set(_VERBS) - {
    "is-system-running", "status", "show", "daemon-reload", "daemon-reexec", "reset-failed",
    "list-units", "list-unit-files", "help",
}  # fmt: skip
