"""The verbs of `systemctl` that start, stop and signal services, and how their end is told."""

from __future__ import annotations

import asyncio
import posixpath
import time
from collections.abc import Awaitable, Callable, Iterable

from ipv6lab.services import journald, values
from ipv6lab.services.call import COMPLAINT_LINES, NOT_APPLICABLE, Call, show_complaint
from ipv6lab.services.load_error import LoadError
from ipv6lab.services.process import describe_status
from ipv6lab.services.processes import at_work
from ipv6lab.services.service import Service

# A daemon of Type=simple counts as started once it is forked, and dies of its configuration a
# moment later, unseen. So `systemctl start` looks for its end for so long (Kea takes 0.1 s).
EARLY_DEATH_SECONDS = 0.4
# On a busy machine it may not have come so far by then: as long as it is found at work, and never
# at rest, it is still starting, for so long at most.
BUSY_START_SECONDS = 10.0

_REASONS = {
    "resources": "of unavailable resources or another system error",
    "protocol": "the service did not take the steps required by its unit configuration",
    "timeout": "a timeout was exceeded",
    "exit-code": "the control process exited with error code",
    "signal": "a fatal signal was delivered to the control process",
    "core-dump": "a fatal signal was delivered causing the control process to dump core",
    "start-limit-hit": "start of the service was attempted too often",
}


async def start(call: Call) -> int:
    services, bad = call.services("start")
    return await run(call, call.manager.start, services, bad)


async def stop(call: Call) -> int:
    services, bad = call.services("stop")
    return await run(call, call.manager.stop, services, bad)


async def restart(call: Call) -> int:
    services, bad = call.services("restart")
    if call.verb in ("try-restart", "condrestart"):
        services = [service for service in services if not service.is_idle]
    return await run(call, call.manager.restart, services, bad)


async def reload(call: Call) -> int:
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
    return await run(call, call.manager.reload, good, bad)


async def reload_or_restart(call: Call) -> int:
    services, bad = call.services("reload-or-restart")
    if call.verb == "try-reload-or-restart":
        services = [service for service in services if not service.is_idle]
    able = [s for s in services if s.is_up and s.definition.commands["ExecReload"]]
    others = [service for service in services if service not in able]
    bad = await run(call, call.manager.reload, able, bad)
    return await run(call, call.manager.restart, others, bad)


async def run(
    call: Call,
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


async def _tell(call: Call, service: Service, result: str) -> bool:
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
        show_complaint(call, name, service.started_from)
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


async def _survives(call: Call, service: Service) -> bool:
    """Look whether a daemon that cannot say when it is ready dies at once."""
    if service.definition.type != "simple" or call.verb == "reload" or not service.members.main:
        return True
    process = service.members.main
    latest = time.monotonic() + BUSY_START_SECONDS
    await process.wait(EARLY_DEATH_SECONDS)
    while process.status is None and at_work(process.pid) and time.monotonic() < latest:
        await process.wait(EARLY_DEATH_SECONDS)
    if process.status is None or service.definition.is_clean(process.status):
        return True
    if not call.options.quiet:
        call.client.complain(
            f"{service.name} was started and ended at once "
            f"({describe_status(process.status)}).\n"
            f'See "systemctl status {service.name}" and "journalctl -xeu {service.name}" '
            "for details."
        )
        show_complaint(call, service.name, service.started_from)
    return False


def _show_tolerated(call: Call, service: Service) -> None:
    """What steps that may fail said when they did: the daemon runs, but not as it was told."""
    failed = {
        posixpath.basename(process.command.path)
        for process in service.runs
        if process.command and process.command.may_fail and process.status
    }
    entries = call.manager.journal.recent(service.name, service.started_from)
    said = [entry for entry in entries if entry["SYSLOG_IDENTIFIER"] in failed]
    for line in journald.complaint(said, COMPLAINT_LINES):
        if not call.options.quiet:
            call.client.complain(line)


async def kill(call: Call) -> int:
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
        elif not service.members.kill(number, call.options.whom) and call.options.whom != "all":
            call.client.complain(
                f"Failed to kill unit {name}: No {call.options.whom} process to kill"
            )
            bad = 1
    return bad


async def reset_failed(call: Call) -> int:
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
