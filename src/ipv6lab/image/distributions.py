"""Python's packages: one of them, and the lock that names them exactly."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ipv6lab.words.errors import LabError


@dataclass(frozen=True, order=True)
class Distribution:
    """One file of the Python package index, named so exactly that there is only one."""

    name: str
    version: str
    sha256: str
    file: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} {self.sha256} {self.file}"

    @property
    def is_source(self) -> bool:
        return not self.file.endswith(".whl")


def wanted_names(text: str) -> list[str]:
    """The packages in ``python.txt``, each with its version where one is named.

    >>> wanted_names("# the controller\\nos-ken==4.2.2\\nWebOb  # for REST\\n")
    ['os-ken==4.2.2', 'WebOb']
    """
    names = []
    for number, line in enumerate(text.splitlines(), 1):
        word = line.partition("#")[0].strip()
        if not word:
            continue
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*(==[0-9][A-Za-z0-9.]*)?", word):
            raise LabError(
                "python.txt, line {line}: expected 'name' or 'name==version', not '{text}'.",
                line=number,
                text=word,
            )
        names.append(word)
    return names


def same(name: str) -> str:
    """A package's name as the index compares it.

    >>> same("oslo.config") == same("oslo_Config")
    True
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def parse_lock(text: str, where: str = "python.lock") -> list[Distribution]:
    """Read a lock; `format_lock` writes it.

    >>> parse_lock("ryu 4.34 " + 64 * "0" + " ryu-4.34.tar.gz")[0].is_source
    True
    """
    found: dict[str, Distribution] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if (
            len(words) != 4
            or not re.fullmatch("[0-9a-f]{64}", words[2])
            or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*(\.whl|\.tar\.gz)", words[3])
            or words[0] in found
        ):
            raise LabError(
                "{where}, line {line}: expected 'name version sha256 file', each name once; "
                "'make image-lock' writes the file anew.",
                where=where,
                line=number,
            )
        found[words[0]] = Distribution(*words)
    return sorted(found.values())


def format_lock(distributions: Iterable[Distribution]) -> str:
    """The lock as text."""
    head = (
        "# The exact Python packages of the lab image: name, version, sha256, file.\n"
        "# Written by 'make image-lock'; do not edit.\n"
    )
    return head + "".join(f"{one}\n" for one in sorted(distributions))


def named(file: str) -> tuple[str, str]:
    """Name and version that a file's name says.

    >>> named("os_ken-4.2.2-py3-none-any.whl"), named("ryu-4.34.tar.gz")
    (('os_ken', '4.2.2'), ('ryu', '4.34'))
    """
    if file.endswith(".whl"):
        name, version, *_rest = file.split("-")
        return name, version
    name, _, version = file.removesuffix(".tar.gz").rpartition("-")
    return name, version
