"""What `systemctl status` shows."""

from __future__ import annotations

import os
import time

from ipv6lab.services import install, processes
from ipv6lab.services.catalog import UnitSource
from ipv6lab.services.journald import ERROR, NOTICE, Entry
from ipv6lab.services.manager import Manager
from ipv6lab.services.process import Process, describe_status
from ipv6lab.services.service import Service

_COLOURS = {"active": "0;1;32", "reloading": "0;1;32", "failed": "0;1;31", "activating": "0;1;39"}
_DOTS = {"active": "●", "reloading": "↻", "failed": "×", "activating": "●", "deactivating": "●"}
MESSAGE_COLUMN = 11


def paint(text: str, code: str | None, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code else text


def stamp(moment: float) -> str:
    """``Mon 2026-11-23 10:48:30 UTC``"""
    return time.strftime("%a %Y-%m-%d %H:%M:%S %Z", time.localtime(moment))


def ago(moment: float) -> str:
    """``5s ago``, ``2min 3s ago``"""
    seconds = max(0, int(time.time() - moment))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} days ago" if days > 1 else f"1 day {hours}h ago"
    if hours:
        return f"{hours}h {minutes}min ago"
    if minutes:
        return f"{minutes}min {seconds}s ago"
    return f"{seconds}s ago"


def of(manager: Manager, name: str, colour: bool, lines: int) -> tuple[str, str] | None:
    """(text, active state) of a unit; None when there is none of this name."""
    service = manager.in_memory(name)
    source = service.definition.source if service else manager.catalog.load(name)
    if not service and not source.exists:
        return None
    active = service.active if service else "inactive"
    dot = paint(_DOTS.get(active, "○"), _COLOURS.get(active), colour)
    out = [f"{dot} {source.name.full} - {_description(source, service)}"]
    out += _loaded(manager, source)
    out.append(_field("Active", _activity(service, active, colour)))
    if service:
        if manager.needs_reload(service):
            out.insert(0, paint(
                f"Warning: The unit file, source configuration file or drop-ins of {service.name} "
                "changed on disk. Run 'systemctl daemon-reload' to reload units.", "0;1;33", colour
            ))  # fmt: skip
        out += _details(service)
        entries = manager.journal.recent(service.name)[-lines:] if lines else []
        if entries:
            out += ["", *(_entry(entry, colour) for entry in entries)]
    return "\n".join(out), active


def _description(source: UnitSource, service: Service | None) -> str:
    if service:
        return service.definition.description
    return source.settings.last("Unit", "Description") or source.name.full


def _field(label: str, text: str) -> str:
    return f"{label:>{MESSAGE_COLUMN}}: {text}"


def _loaded(manager: Manager, source: UnitSource) -> list[str]:
    if source.masked:
        return [_field("Loaded", f"masked (Reason: Unit {source.name.full} is masked.)")]
    state = install.enablement(manager.catalog, source)
    out = [_field("Loaded", f"loaded ({source.path}; {state})")]
    directories: dict[str, list[str]] = {}
    for path in source.drop_ins:
        directory, _, file = path.rpartition("/")
        directories.setdefault(directory, []).append(file)
    indent = " " * (MESSAGE_COLUMN + 2)
    for number, (directory, files) in enumerate(directories.items()):
        out.append(_field("Drop-In", directory) if not number else indent + directory)
        out.append(f"{indent}└─{', '.join(files)}")
    return out


def _activity(service: Service | None, active: str, colour: bool) -> str:
    if service is None:
        return "inactive (dead)"
    reason = service.sub
    if active == "failed" or (active == "activating" and service.sub == "auto-restart"):
        reason = f"Result: {service.result}"
        if active == "activating":
            reason = f"auto-restart) ({reason}"
    state = paint(f"{active} ({reason})", _COLOURS.get(active), colour)
    if not service.changed_at:
        return state
    moment = service.active_at if active == "active" else service.changed_at
    return f"{state} since {stamp(moment)}; {ago(moment)}"


def _details(service: Service) -> list[str]:
    out = [
        _field("Docs", text) if not number else " " * (MESSAGE_COLUMN + 2) + text
        for number, text in enumerate(service.definition.documentation)
    ]
    for process in service.runs:
        if process.status is not None and process is not service.members.main and process.command:
            out.append(_field("Process", _run(process)))
    main = service.members.main
    if main and main.status is None:
        out.append(_field("Main PID", f"{main.pid} ({processes.short_name(main.pid)})"))
    elif main:
        out.append(_field("Main PID", f"{main.pid} ({describe_status(main.status)})"))
    if service.unmet and not service.is_up:
        out.append(_field("Condition", f"{service.unmet.text} was not met"))
    if service.status_text:
        out.append(_field("Status", f'"{service.status_text}"'))
    pids = service.members.pids()
    if pids:
        out.append(_field("Tasks", str(len(pids))))
        for number, pid in enumerate(pids):
            branch = "└─" if number == len(pids) - 1 else "├─"
            line = f"{branch}{pid} {processes.command_line(pid)}"
            indent = " " * (MESSAGE_COLUMN + 2)
            out.append(indent + line if number else _field("Processes", line))
    return out


def _run(process: Process) -> str:
    text = process.command.text if process.command else ""
    return f"{process.pid} {process.role}={text} ({process.outcome})"


def _entry(entry: Entry, colour: bool) -> str:
    moment = time.localtime(int(entry["__REALTIME_TIMESTAMP"]) / 1e6)
    when = time.strftime("%b %d %H:%M:%S", moment)
    priority = int(entry["PRIORITY"])
    code = "0;1;31" if priority <= ERROR else "0;1;39" if priority <= NOTICE else None
    message = paint(entry["MESSAGE"], code, colour)
    return f"{when} {_host()} {entry['SYSLOG_IDENTIFIER']}[{entry['_PID']}]: {message}"


def _host() -> str:
    return os.uname().nodename


def overview(manager: Manager) -> str:
    """`systemctl status` without a unit."""
    services = manager.services()
    failed = sum(service.active == "failed" for service in services)
    jobs = sum(bool(service.job) for service in services)
    out = [
        f"● {_host()}",
        _field("State", "degraded" if failed else "running"),
        _field("Units", f"{len(services)} loaded"),
        _field("Jobs", f"{jobs} queued"),
        _field("Failed", f"{failed} units"),
        _field("Since", f"{stamp(manager.booted_at)}; {ago(manager.booted_at)}"),
    ]
    for service in services:
        pids = service.members.pids()
        if pids:
            out += ["", f"  {service.name}"]
            out += [f"    {pid} {processes.command_line(pid)}" for pid in pids]
    return "\n".join(out)
