"""One call of `systemctl`: who asks, for which units, and what a daemon said of its trouble."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass

from ipv6lab.services import journald
from ipv6lab.services.caller import Client
from ipv6lab.services.load_error import LoadError
from ipv6lab.services.manager import Manager
from ipv6lab.services.options_of_systemctl import Options
from ipv6lab.services.service import Service
from ipv6lab.services.unit_names import full_name

# systemctl(1), EXIT STATUS, and what translate_bus_error_to_exit_status() makes of errors
NO_PERMISSION, NOT_APPLICABLE, NO_SUCH_UNIT, NOT_RUNNING = 4, 3, 4, 3
COMPLAINT_LINES = 15


@dataclass
class Call:
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
                show_complaint(self, name, 0, manager_too=True)
            return None, error.exit_status

    def quiet_say(self, text: str) -> None:
        if not self.options.quiet:
            self.client.say(text)


def show_complaint(call: Call, unit: str, since: int, *, manager_too: bool = False) -> None:
    """The daemon's own words: what a trainee needs to see is there at once."""
    entries = call.manager.journal.recent(unit, since)
    lines = (
        [entry["MESSAGE"] for entry in entries if int(entry["PRIORITY"]) <= journald.WARNING]
        if manager_too
        else journald.complaint(entries, COMPLAINT_LINES)
    )
    if lines:
        call.client.complain("\n".join(["", *(f"  {line}" for line in lines[-COMPLAINT_LINES:])]))
