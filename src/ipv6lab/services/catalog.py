"""Where unit files are, and what names they have: directories, links, aliases, drop-ins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from ipv6lab.services import unit_syntax
from ipv6lab.services.unit_names import UnitName, full_name, is_valid

ADMINISTRATOR = "/etc/systemd/system"
GENERATED = "/run/systemd/generator.late"
DIRECTORIES = (
    ADMINISTRATOR,
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
    GENERATED,
)


@dataclass
class UnitSource:
    """A unit as it stands in the file system, not yet understood."""

    name: UnitName
    path: str | None = None  # the unit file; None when there is none
    masked: bool = False
    drop_ins: list[str] = field(default_factory=list)
    settings: unit_syntax.Settings = field(default_factory=lambda: unit_syntax.Settings([]))
    warnings: list[str] = field(default_factory=list)
    fingerprint: tuple[object, ...] = ()

    @property
    def exists(self) -> bool:
        return self.path is not None or self.masked


class Catalog:
    """The unit files under a root directory, read anew at every call."""

    def __init__(self, root: str = "/") -> None:
        self.root = root.rstrip("/")

    def directories(self) -> list[str]:
        """The directories with unit files that exist, first one wins; a merged /usr counts once."""
        seen: set[tuple[int, int]] = set()
        found = []
        for directory in DIRECTORIES:
            try:
                status = os.stat(self.root + directory)
            except OSError:
                continue
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                found.append(directory)
        return found

    def canonical(self, name: str) -> str:
        """The name of the unit that `name` means."""
        return self._resolve(full_name(name))[0]

    def load(self, name: str) -> UnitSource:
        """Find a unit by any of its names and read its files."""
        canonical, path, masked = self._resolve(full_name(name))
        source = UnitSource(UnitName.of(canonical), path, masked)
        if masked or path is None:
            source.fingerprint = (path, masked)
            return source
        source.drop_ins = self._drop_ins(source.name)
        entries: list[unit_syntax.Entry] = []
        for file in [path, *source.drop_ins]:
            parsed = unit_syntax.parse(self._read(file), file)
            entries += parsed.entries
            source.warnings += parsed.warnings
        source.settings = unit_syntax.Settings(entries)
        source.fingerprint = self._fingerprint(path, source.drop_ins)
        return source

    def fingerprint(self, source: UnitSource) -> tuple[object, ...]:
        """The fingerprint that `source` would have if it were loaded now."""
        canonical, path, masked = self._resolve(source.name.full)
        if masked or path is None:
            return (path, masked)
        return self._fingerprint(path, self._drop_ins(UnitName.of(canonical)))

    def _fingerprint(self, path: str, drop_ins: list[str]) -> tuple[object, ...]:
        stamps: list[object] = []
        for file in [path, *drop_ins]:
            try:
                status = os.stat(self.root + file)
            except OSError:
                stamps.append((file, None))
            else:
                stamps.append((file, status.st_ino, status.st_mtime_ns, status.st_size))
        return tuple(stamps)

    def _read(self, path: str) -> str:
        try:
            with open(self.root + path, encoding="utf-8", errors="replace") as file:
                return file.read(unit_syntax.MAXIMUM)
        except OSError:
            return ""

    def _resolve(self, name: str) -> tuple[str, str | None, bool]:
        """The canonical name, the path of the unit file, and whether the unit is masked."""
        if not is_valid(name):
            return name, None, False
        for _ in range(8):  # links may form a ring
            found = self._lookup(name)
            if found is None:
                alias = self._alias(name)
                if alias is None:
                    return name, None, False
                name = alias
                continue
            path, target = found
            if target is None:
                return name, path, False
            if target == "/dev/null":
                return name, path, True
            base = os.path.basename(target)
            unit = UnitName.of(name)
            other = UnitName.of(base) if "." in base else None
            if base in (name, unit.template) or other is None or not is_valid(base):
                return name, path, False  # a link to a file kept elsewhere
            if other.is_template and unit.instance:
                base = other.with_instance(unit.instance)
            name = base
        return name, None, False

    def _lookup(self, name: str) -> tuple[str, str | None] | None:
        """(path, where it points to or None) of the first file of this name, else its template."""
        unit = UnitName.of(name)
        candidates = [name]
        if unit.instance and unit.template:
            candidates.append(unit.template)
        for candidate in candidates:
            for directory in self.directories():
                path = f"{directory}/{candidate}"
                try:
                    return path, os.readlink(self.root + path)
                except FileNotFoundError:
                    continue
                except OSError:  # not a link
                    if os.path.isfile(self.root + path):
                        empty = os.path.getsize(self.root + path) == 0
                        return path, "/dev/null" if empty else None
        return None

    def _alias(self, name: str) -> str | None:
        """The unit that names `name` in Alias=.

        systemd knows an alias only while the unit is enabled; here it always counts, so that
        ``systemctl start bind9`` works on a node where nothing has been enabled yet.
        """
        for directory in self.directories():
            for file in self._unit_files(directory):
                path = f"{directory}/{file}"
                if os.path.islink(self.root + path):
                    continue
                text = self._read(path)
                if "Alias" not in text:
                    continue
                settings = unit_syntax.Settings(unit_syntax.parse(text, path).entries)
                if name in settings.words("Install", "Alias"):
                    return file
        return None

    def _unit_files(self, directory: str) -> list[str]:
        try:
            names = sorted(os.listdir(self.root + directory))
        except OSError:
            return []
        return [name for name in names if name == full_name(name) and is_valid(name)]

    def unit_files(self) -> Iterator[tuple[str, str]]:
        """(name, path) of every unit file that holds, sorted by name."""
        found: dict[str, str] = {}
        for directory in self.directories():
            for name in self._unit_files(directory):
                found.setdefault(name, f"{directory}/{name}")
        yield from sorted(found.items())

    def _drop_ins(self, unit: UnitName) -> list[str]:
        """The ``*.conf`` files that change a unit, in the order in which they count."""
        stems = [f"{unit.suffix}.d"]
        parts = unit.prefix.split("-")
        stems += [f"{'-'.join(parts[:n])}-.{unit.suffix}.d" for n in range(1, len(parts))]
        if unit.template:
            stems.append(unit.template + ".d")
        if not unit.is_template:
            stems.append(unit.full + ".d")
        chosen: dict[str, str] = {}
        for stem in stems:
            for directory in reversed(self.directories()):
                try:
                    names = os.listdir(f"{self.root}{directory}/{stem}")
                except OSError:
                    continue
                for name in names:
                    if name.endswith(".conf"):
                        chosen[name] = f"{directory}/{stem}/{name}"
        return [chosen[name] for name in sorted(chosen) if self._is_file(chosen[name])]

    def _is_file(self, path: str) -> bool:
        return os.path.isfile(self.root + path)  # a link to /dev/null is none: it masks

    def pulled_in(self, name: str, kind: str) -> list[str]:
        """The units linked in ``name.wants/`` or ``name.requires/`` (kind says which)."""
        found: list[str] = []
        for directory in self.directories():
            try:
                names = os.listdir(f"{self.root}{directory}/{name}.{kind}")
            except OSError:
                continue
            found += [n for n in sorted(names) if n == full_name(n) and n not in found]
        return found

    def pulled_in_by_targets(self) -> list[str]:
        """The units enabled by the administrator for one of the targets reached at boot."""
        found: list[str] = []
        try:
            directories = sorted(os.listdir(self.root + ADMINISTRATOR))
        except OSError:
            return []
        for directory in directories:
            target, _, kind = directory.rpartition(".")
            if kind not in ("wants", "requires") or not target.endswith(".target"):
                continue
            if target.rpartition(".")[0] in NOT_AT_BOOT:
                continue
            try:
                names = sorted(os.listdir(f"{self.root}{ADMINISTRATOR}/{directory}"))
            except OSError:
                continue
            found += [n for n in names if n.endswith(".service") and n not in found]
        return found


NOT_AT_BOOT = {
    "rescue", "emergency", "shutdown", "reboot", "poweroff", "halt", "kexec", "sleep", "suspend",
    "hibernate", "umount", "final",
}  # fmt: skip
