"""What `systemctl show` prints: the properties that scripts read."""

from __future__ import annotations

import os

from ipv6lab.services import install, status
from ipv6lab.services.definition import Definition, define
from ipv6lab.services.manager import Manager
from ipv6lab.services.service import Service


def of(manager: Manager, name: str) -> dict[str, str]:
    """The properties of a unit, in a fixed order; a unit that is not there has some too."""
    service = manager.in_memory(name)
    source = service.definition.source if service else manager.catalog.load(name)
    full = source.name.full
    if name.endswith(".target"):
        return {
            "Id": full, "Names": full, "LoadState": "loaded", "ActiveState": "active",
            "SubState": "active",
        }  # fmt: skip
    definition = service.definition if service else define(source)
    load = "masked" if source.masked else "loaded" if source.path else "not-found"
    if load == "loaded" and definition.refused:
        load = "bad-setting"
    unit_file = install.enablement(manager.catalog, source)
    found = {
        "Id": full,
        "Names": " ".join(dict.fromkeys([full, name])),
        "Description": definition.description if source.path else full,
        "LoadState": load,
        "ActiveState": service.active if service else "inactive",
        "SubState": service.sub if service else "dead",
        "UnitFileState": "" if unit_file == "not-found" else unit_file,
        "FragmentPath": source.path or "",
        "DropInPaths": " ".join(source.drop_ins),
        "NeedDaemonReload": "yes" if service and manager.needs_reload(service) else "no",
    }
    if source.path and not source.masked:
        found |= _running(service) | _settings(definition)
    return found


def _running(service: Service | None) -> dict[str, str]:
    main = service.members.main if service else None
    code = number = 0
    if main and main.status is not None:
        exited = os.WIFEXITED(main.status)
        code = 1 if exited else 2  # CLD_EXITED, CLD_KILLED
        number = os.WEXITSTATUS(main.status) if exited else os.WTERMSIG(main.status)
    return {
        "Result": service.result if service else "success",
        "MainPID": str(service.members.main_pid if service else 0),
        "ExecMainPID": str(main.pid if main else 0),
        "ExecMainCode": str(code),
        "ExecMainStatus": str(number),
        "ExecMainStartTimestamp": status.stamp(main.started) if main else "",
        "ExecMainExitTimestamp": status.stamp(main.ended) if main and main.ended else "",
        "ActiveEnterTimestamp": (
            status.stamp(service.active_at) if service and service.active_at else ""
        ),
        "StateChangeTimestamp": (
            status.stamp(service.changed_at) if service and service.changed_at else ""
        ),
        "StatusText": service.status_text if service else "",
        "NRestarts": str(service.restarts if service else 0),
        "InvocationID": service.invocation if service else "",
        "TasksCurrent": str(len(service.members.pids()) if service else 0),
        "ConditionResult": "no" if service and service.unmet else "yes",
    }


def _settings(definition: Definition) -> dict[str, str]:
    settings = {
        "Type": definition.type,
        "Restart": definition.restart,
        "PIDFile": definition.pid_file or "",
        "NotifyAccess": definition.notify_access,
        "RestartUSec": _span(definition.restart_delay),
        "TimeoutStartUSec": _span(definition.start_timeout),
        "TimeoutStopUSec": _span(definition.stop_timeout),
        "RemainAfterExit": "yes" if definition.remain_after_exit else "no",
        "User": definition.user or "",
        "Group": definition.group or "",
        "KillMode": definition.kill_mode,
        "KillSignal": str(int(definition.kill_signal)),
        "Environment": " ".join(f"{k}={v}" for k, v in definition.environment.items()),
    }
    for key, commands in definition.commands.items():
        if commands:
            settings[key] = " ; ".join(
                f"{{ path={command.path} ; argv[]={command.text} }}" for command in commands
            )
    for key in ("Requires", "Wants", "BindsTo", "PartOf", "Conflicts", "Before", "After"):
        settings[key] = " ".join(definition.dependencies(key))
    return settings


def _span(seconds: float) -> str:
    if seconds == float("inf"):
        return "infinity"
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    minutes, rest = divmod(round(seconds, 3), 60)
    parts = [f"{int(minutes)}min"] if minutes else []
    if rest or not parts:
        parts.append(f"{rest:g}s")
    return " ".join(parts)
