"""What `systemctl enable`, `disable`, `mask` do: links in /etc/systemd/system."""

from __future__ import annotations

import os

from ipv6lab.services.catalog import ADMINISTRATOR, Catalog, UnitSource
from ipv6lab.services.quoting import specify
from ipv6lab.services.unit_names import UnitName, full_name, is_valid


class InstallError(Exception):
    """Said to the user as it stands."""


def enablement(catalog: Catalog, source: UnitSource) -> str:
    """The state of a unit file, as `systemctl is-enabled` prints it."""
    if source.masked:
        return "masked"
    if source.path is None:
        return "not-found"
    name = source.name.full
    for directory, entry in _links(catalog):
        if directory == ADMINISTRATOR:
            continue
        if entry == name or (source.name.is_template and _template(entry) == name):
            return "enabled"
    install = source.settings
    if install.words("Install", "WantedBy") or install.words("Install", "RequiredBy"):
        return "disabled"
    if install.words("Install", "Also"):
        return "indirect"
    if install.words("Install", "Alias"):
        return "disabled"
    return "static"


def _template(name: str) -> str | None:
    return UnitName.of(name).template


def _links(catalog: Catalog) -> list[tuple[str, str]]:
    """(directory, name) of every link an administrator's enabling could have made."""
    root, found = catalog.root, []
    try:
        entries = sorted(os.listdir(root + ADMINISTRATOR))
    except OSError:
        return []
    for entry in entries:
        path = f"{ADMINISTRATOR}/{entry}"
        if os.path.islink(root + path):
            found.append((ADMINISTRATOR, entry))
        elif entry.endswith((".wants", ".requires")):
            try:
                names = sorted(os.listdir(root + path))
            except OSError:
                continue
            found += [(path, name) for name in names if os.path.islink(f"{root}{path}/{name}")]
    return found


def enable(catalog: Catalog, names: list[str]) -> list[str]:
    """Make the links that [Install] asks for; returns what to tell the user, line by line."""
    lines: list[str] = []
    useless = True
    pending = [full_name(name) for name in names]
    seen: set[str] = set()
    while pending:
        name = pending.pop(0)
        if name in seen:
            continue
        seen.add(name)
        source = catalog.load(name)
        if source.masked:
            raise InstallError(f"Unit file {ADMINISTRATOR}/{name} is masked.")
        if source.path is None:
            raise InstallError(f"Unit file {name} does not exist.")
        unit = source.name
        settings = source.settings
        if unit.is_template:
            instance = settings.last("Install", "DefaultInstance")
            if not instance:
                raise InstallError(
                    f"Unit {unit.full} is a template: name an instance, "
                    f"such as {unit.with_instance('NAME')}."
                )
            unit = UnitName.of(unit.with_instance(instance))
        wanted = [
            *((f"{ADMINISTRATOR}/{target}.wants/{unit.full}")
              for target in _install(unit, settings.words("Install", "WantedBy"))),
            *((f"{ADMINISTRATOR}/{target}.requires/{unit.full}")
              for target in _install(unit, settings.words("Install", "RequiredBy"))),
            *((f"{ADMINISTRATOR}/{alias}")
              for alias in _install(unit, settings.words("Install", "Alias"))
              if is_valid(alias)),
        ]  # fmt: skip
        also = _install(unit, settings.words("Install", "Also"))
        pending += [other for other in also if catalog.load(other).path]
        useless = useless and not wanted and not also
        for link in wanted:
            lines += _link(catalog, link, source.path)
    if useless:
        lines.append(
            "The unit files have no installation config (WantedBy=, RequiredBy=, Also=,\n"
            "Alias= settings in the [Install] section, and DefaultInstance= for template\n"
            "units). This means they are not meant to be enabled or disabled using systemctl."
        )
    return lines


def _install(unit: UnitName, words: list[str]) -> list[str]:
    return [full_name(specify(word, unit.specifier)) for word in words]


def _link(catalog: Catalog, link: str, target: str) -> list[str]:
    path = catalog.root + link
    if os.path.islink(path):
        if os.path.basename(os.readlink(path)) == os.path.basename(target):
            return []
        os.unlink(path)
    elif os.path.exists(path):
        raise InstallError(f"File {link} already exists.")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)
    return [f"Created symlink {link} → {target}."]


def disable(catalog: Catalog, names: list[str]) -> list[str]:
    """Take away every link that enables these units."""
    lines: list[str] = []
    for name in map(full_name, names):
        source = catalog.load(name)
        if source.path is None and not source.masked:
            raise InstallError(f"Unit file {name} does not exist.")
        own = {source.name.full, name}
        for directory, entry in _links(catalog):
            link = f"{directory}/{entry}"
            target = os.path.basename(os.readlink(catalog.root + link))
            enabled = directory != ADMINISTRATOR and entry in own
            template = source.name.is_template and _template(entry) == source.name.full
            alias = directory == ADMINISTRATOR and target in own and entry not in own
            if enabled or alias or (template and directory != ADMINISTRATOR):
                os.unlink(catalog.root + link)
                lines.append(f'Removed "{link}".')
    return lines


def mask(catalog: Catalog, names: list[str]) -> list[str]:
    """Point the units' names to /dev/null, so that nothing starts them."""
    lines: list[str] = []
    for name in map(full_name, names):
        if not is_valid(name):
            raise InstallError(f"Invalid unit name {name!r}.")
        link = f"{ADMINISTRATOR}/{name}"
        path = catalog.root + link
        if os.path.islink(path) and os.readlink(path) == "/dev/null":
            continue
        if os.path.lexists(path) and not os.path.islink(path):
            raise InstallError(f"File {link} already exists.")
        if os.path.islink(path):
            os.unlink(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink("/dev/null", path)
        lines.append(f"Created symlink {link} → /dev/null.")
    return lines


def unmask(catalog: Catalog, names: list[str]) -> list[str]:
    """Undo `mask`."""
    lines: list[str] = []
    for name in map(full_name, names):
        link = f"{ADMINISTRATOR}/{name}"
        path = catalog.root + link
        if os.path.islink(path) and os.readlink(path) == "/dev/null":
            os.unlink(path)
            lines.append(f'Removed "{link}".')
    return lines
