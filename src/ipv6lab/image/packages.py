"""Debian packages: one of them, the lock that names them exactly, and how a choice differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _


@dataclass(frozen=True, order=True)
class Package:
    """One .deb, named so exactly that there is only one."""

    name: str
    version: str
    architecture: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} {self.architecture} {self.sha256}"


@dataclass(frozen=True)
class Drift:
    """A package that is not the locked one: Debian's mirrors keep only the newest version.

    ``locked`` is empty for a package that the lock does not name at all.
    """

    name: str
    locked: str
    built: str

    def message(self) -> Message:
        """What to tell the user, in a sentence."""
        if not self.locked:
            return _(
                "{package}: not in the lock; the mirror's {built} is taken.",
                package=self.name,
                built=self.built,
            )
        return _(
            "{package}: {locked} has left the mirror; {built} is taken instead.",
            package=self.name,
            locked=self.locked,
            built=self.built,
        )

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Drift:
        return Drift(str(data["name"]), str(data["locked"]), str(data["built"]))


class Lock:
    """The packages of an image, by name: a text file with one package a line."""

    def __init__(self, packages: Iterable[Package]) -> None:
        self.packages = {package.name: package for package in sorted(packages)}

    @classmethod
    def parse(cls, text: str, where: str = "packages.lock") -> Lock:
        """Read a lock.

        >>> Lock.parse("radvd 1:2.19-1+b1 amd64 " + 64 * "0").packages["radvd"].version
        '1:2.19-1+b1'
        """
        packages: dict[str, Package] = {}
        for number, line in enumerate(text.splitlines(), 1):
            words = line.partition("#")[0].split()
            if not words:
                continue
            if len(words) != 4 or len(words[3]) != 64 or not _is_hex(words[3]):
                raise LabError(
                    "{where}, line {line}: expected 'name version architecture sha256'; "
                    "'make image-lock' writes the file anew.",
                    where=where,
                    line=number,
                )
            if words[0] in packages:
                raise LabError(
                    "{where}, line {line}: {package} is named twice; "
                    "'make image-lock' writes the file anew.",
                    where=where,
                    line=number,
                    package=words[0],
                )
            packages[words[0]] = Package(*words)
        return cls(packages.values())

    def format(self) -> str:
        """The lock as text; ``parse`` reads it back."""
        head = (
            "# The exact packages of the lab image: name, version, architecture, sha256.\n"
            "# Written by 'make image-lock'; do not edit.\n"
        )
        return head + "".join(f"{package}\n" for package in self.packages.values())

    @property
    def architectures(self) -> set[str]:
        """The machine architectures the lock was made for ('all' fits any of them)."""
        return {package.architecture for package in self.packages.values()} - {"all"}

    def drift(self, chosen: Iterable[Package]) -> list[Drift]:
        """How the chosen packages differ from the locked ones.

        Another version is drift, which the image's manifest records. The same version with
        another content is nothing that Debian does, so it is refused.
        """
        drift = []
        for package in sorted(chosen):
            locked = self.packages.get(package.name)
            if locked is None:
                drift.append(Drift(package.name, "", package.version))
            elif (locked.version, locked.architecture) != (package.version, package.architecture):
                drift.append(Drift(package.name, locked.version, package.version))
            elif locked.sha256 != package.sha256:
                raise LabError(
                    "The mirror's {package} {version} is not the locked one (its sha256 is "
                    "{found} instead of {locked}): use another mirror with IPV6LAB_MIRROR.",
                    package=package.name,
                    version=package.version,
                    found=package.sha256,
                    locked=locked.sha256,
                )
        return drift


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdef" for character in text)
