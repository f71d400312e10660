"""The journal: what services and the supervisor say, as JSON lines with journald's field names.

Two files of at most `FILE_LIMIT` bytes each: ``/var/log/journal.jsonl`` and, behind it, ``.1``.
"""

from __future__ import annotations

import collections
import contextlib
import grp
import json
import os
import time
from collections.abc import Callable, Iterable

from ipv6lab.services.unit_names import boot_id

PATH = "/var/log/journal.jsonl"
FILE_LIMIT = 4 * 1024 * 1024
LINE_LIMIT = 8 * 1024  # characters of one message; what is longer is cut into several
RECENT = 60  # entries kept in memory for each unit
RATE_INTERVAL = 30.0
RATE_BURST = 2000  # entries of one unit in an interval; journald has 10,000 and more disk
ERROR, WARNING, NOTICE, INFO = 3, 4, 5, 6

Entry = dict[str, str]


class Journal:
    """The writing end. A full disk loses entries, never a service."""

    def __init__(self, path: str = PATH, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._fd = -1
        self._size = 0
        self._recent: dict[str, collections.deque[Entry]] = {}
        self._budget: dict[str, tuple[float, int, int]] = {}  # unit: since, written, suppressed
        self._followers: list[Callable[[str], None]] = []
        self._sequence = 0

    @property
    def sequence(self) -> int:
        """A number that grows with every entry: a mark to ask `recent` from."""
        return self._sequence

    def write(
        self, unit: str, message: str, *, pid: int, identifier: str, priority: int = INFO
    ) -> None:
        """Add what a process of `unit` said (with "" for a process of no unit)."""
        if not self._within_budget(unit or identifier):
            return
        fields = {"SYSLOG_IDENTIFIER": identifier, "_PID": str(pid)}
        if unit:
            fields["_SYSTEMD_UNIT"] = unit
        self._add_lines(unit, message, priority, fields)

    def note(self, unit: str, message: str, priority: int = INFO) -> None:
        """Add what the supervisor itself says about `unit`; never held back."""
        fields = {"SYSLOG_IDENTIFIER": "systemd", "_PID": "1", "UNIT": unit}
        self._add_lines(unit, message, priority, fields)

    def recent(self, unit: str, since: int = 0) -> list[Entry]:
        """The last entries about a unit in this life of the node, oldest first."""
        entries = self._recent.get(unit, ())
        return [entry for entry in entries if int(entry["__SEQUENCE"]) > since]

    def follow(self, take: Callable[[str], None]) -> Callable[[], None]:
        """Hand every new line to `take`; call what is returned to end that."""
        self._followers.append(take)
        return lambda: self._followers.remove(take)

    def forgive(self, unit: str) -> None:
        """Hear a unit again that said too much: it starts anew."""
        self._budget.pop(unit, None)

    def _within_budget(self, source: str) -> bool:
        now = self._clock()
        since, written, suppressed = self._budget.get(source, (now, 0, 0))
        if now - since >= RATE_INTERVAL:
            if suppressed:
                self.note(source, f"Suppressed {suppressed} messages from {source}", WARNING)
            since, written, suppressed = now, 0, 0
        allowed = written < RATE_BURST
        if allowed:
            written += 1
        else:
            suppressed += 1
            if suppressed == 1:
                self.note(
                    source,
                    f"{source} says more than {RATE_BURST} lines in {RATE_INTERVAL:.0f} s; "
                    "the rest is dropped.",
                    WARNING,
                )
        self._budget[source] = since, written, suppressed
        return allowed

    def _add_lines(self, unit: str, message: str, priority: int, fields: Entry) -> None:
        for start in range(0, max(len(message), 1), LINE_LIMIT):
            self._add(unit, message[start : start + LINE_LIMIT], priority, fields)

    def _add(self, unit: str, message: str, priority: int, fields: Entry) -> None:
        self._sequence += 1
        entry = {
            "__REALTIME_TIMESTAMP": str(time.time_ns() // 1000),
            "__MONOTONIC_TIMESTAMP": str(time.monotonic_ns() // 1000),
            "__SEQUENCE": str(self._sequence),
            "_BOOT_ID": boot_id(),
            "PRIORITY": str(priority),
            **fields,
            "MESSAGE": message,
        }
        if unit:
            if unit not in self._recent:
                self._recent[unit] = collections.deque(maxlen=RECENT)
            self._recent[unit].append(entry)
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"
        self._store(line.encode("utf-8", "backslashreplace"))
        for take in list(self._followers):
            take(line)

    def _store(self, line: bytes) -> None:
        try:
            if self._fd < 0 or self._size + len(line) > FILE_LIMIT:
                self._reopen()
            self._size += os.write(self._fd, line)
        except OSError:
            self.close()  # disk full, or the directory is gone: try again with the next entry

    def _reopen(self) -> None:
        rotate = self._fd >= 0
        self.close()
        if rotate:
            os.replace(self._path, self._path + ".1")
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._fd = os.open(self._path, flags, 0o640)
        self._size = os.fstat(self._fd).st_size
        with contextlib.suppress(KeyError, OSError):  # who reads logs on Debian
            os.fchown(self._fd, -1, grp.getgrnam("adm").gr_gid)
        if not rotate and self._size > FILE_LIMIT:
            self._reopen()

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def complaint(entries: Iterable[Entry], limit: int) -> list[str]:
    """What the processes of a unit (not the supervisor) said, the last `limit` lines of it."""
    lines = [
        f"{entry['SYSLOG_IDENTIFIER']}[{entry['_PID']}]: {entry['MESSAGE']}"
        for entry in entries
        if "UNIT" not in entry
    ]
    return lines[-limit:]
