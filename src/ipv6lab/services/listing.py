"""The tables of `systemctl list-units` and `list-unit-files`."""

from __future__ import annotations

import fnmatch

from ipv6lab.services import install
from ipv6lab.services.catalog import Catalog
from ipv6lab.services.manager import Manager
from ipv6lab.services.unit_names import full_name


def _matches(name: str, patterns: list[str]) -> bool:
    return not patterns or any(fnmatch.fnmatch(name, full_name(p)) for p in patterns)


def table(rows: list[list[str]]) -> list[str]:
    """Columns aligned to the left."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    cells = [[cell.ljust(widths[n]) for n, cell in enumerate(row)] for row in rows]
    return [" ".join(row).rstrip() for row in cells]


def units(
    manager: Manager,
    patterns: list[str],
    states: list[str],
    every: bool,
    legend: bool,
    colour: bool,
) -> str:
    rows = []
    for service in manager.services():
        if not _matches(service.name, patterns):
            continue
        if states and not {service.active, service.sub} & set(states):
            continue
        if not every and not states and service.active == "inactive":
            continue
        dot = "●" if service.active == "failed" else " "
        rows.append(
            [dot, service.name, "loaded", service.active, service.sub,
             service.definition.description]
        )  # fmt: skip
    head = [[" ", "UNIT", "LOAD", "ACTIVE", "SUB", "DESCRIPTION"]] if legend else []
    if not rows:
        return "0 loaded units listed." if legend else ""
    lines = table(head + rows)
    if colour:
        lines = [f"\x1b[0;1;31m{line}\x1b[0m" if line.startswith("●") else line for line in lines]
    if legend:
        lines += ["", f"{len(rows)} loaded units listed."]
        if not every:
            lines[-1] += " Pass --all to see loaded but inactive units, too."
    return "\n".join(lines)


def unit_files(
    catalog: Catalog, patterns: list[str], types: list[str], states: list[str], legend: bool
) -> str:
    rows = []
    for name, _path in catalog.unit_files():
        if not _matches(name, patterns) or (types and name.rpartition(".")[2] not in types):
            continue
        source = catalog.load(name)
        state = install.enablement(catalog, source)
        if source.name.full != name and not source.masked:
            state = "alias"
        if not states or state in states:
            rows.append([name, state])
    if not legend:
        return "\n".join(table(rows)) if rows else ""
    lines = table([["UNIT FILE", "STATE"], *rows])
    return "\n".join([*lines, "", f"{len(rows)} unit files listed."])
