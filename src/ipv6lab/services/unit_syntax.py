"""The text of unit files: sections, keys, continued lines (systemd.syntax(7))."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

MAXIMUM = 1024 * 1024  # bytes of one unit file that are read, as systemd does


class Entry(NamedTuple):
    section: str
    key: str
    value: str
    path: str
    line: int


class Parsed(NamedTuple):
    entries: list[Entry]
    warnings: list[str]


def parse(text: str, path: str = "") -> Parsed:
    """The assignments of one file, in order.

    >>> parse("[Service]\\nExecStart=/bin/a \\\\\\n  # not me\\n  b\\n").entries[0].value
    '/bin/a b'
    """
    entries: list[Entry] = []
    warnings: list[str] = []
    section = ""
    lines = text[:MAXIMUM].split("\n")
    number = 0
    while number < len(lines):
        first = number + 1
        line = lines[number].strip()
        number += 1
        if not line or line[0] in "#;":
            continue
        while line.endswith("\\"):
            line = line[:-1].rstrip() + " "
            while number < len(lines) and lines[number].lstrip()[:1] in ("#", ";"):
                number += 1  # a comment does not end a continued line
            if number >= len(lines):
                break
            line += lines[number].strip()
            number += 1
        if line.startswith("["):
            if not line.endswith("]"):
                warnings.append(f"{path}:{first}: Invalid section header '{line}'")
                section = ""
            else:
                section = line[1:-1]
            continue
        key, equals, value = line.partition("=")
        if not equals:
            warnings.append(f"{path}:{first}: Missing '=', ignoring line.")
        elif not section:
            warnings.append(f"{path}:{first}: Assignment outside of section. Ignoring.")
        else:
            entries.append(Entry(section, key.strip(), value.strip(), path, first))
    return Parsed(entries, warnings)


class Settings:
    """The assignments of a unit file and its drop-ins, looked up by section and key."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self._values: dict[tuple[str, str], list[str]] = {}
        for entry in self.entries:
            values = self._values.setdefault((entry.section, entry.key), [])
            if entry.value:
                values.append(entry.value)
            else:
                values.clear()  # "Key=" empties the list that came before

    def all(self, section: str, *keys: str) -> list[str]:
        """Every value of a key (and of its other names), in order."""
        return [value for key in keys for value in self._values.get((section, key), [])]

    def last(self, section: str, *keys: str) -> str | None:
        """The value that holds for a key which takes one."""
        values = self.all(section, *keys)
        return values[-1] if values else None

    def words(self, section: str, *keys: str) -> list[str]:
        """The values of a key that is a list of words."""
        return [word for value in self.all(section, *keys) for word in value.split()]
