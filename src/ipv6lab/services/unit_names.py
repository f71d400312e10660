"""Unit names: suffix, template and instance, and the specifiers they give a value."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache

from ipv6lab.services.quoting import unescape_name

SUFFIXES = (
    "service", "target", "socket", "timer", "mount", "automount", "swap", "path", "slice", "scope",
    "device",
)  # fmt: skip
_VALID = re.compile(r"[A-Za-z0-9:_.\\@-]{1,255}")


def full_name(name: str) -> str:
    """A unit name as somebody types it, with its suffix.

    >>> full_name("radvd"), full_name("network.target"), full_name("foo@eth0.100")
    ('radvd.service', 'network.target', 'foo@eth0.100.service')
    """
    return name if name.rpartition(".")[2] in SUFFIXES and "." in name else name + ".service"


def is_valid(name: str) -> bool:
    return bool(_VALID.fullmatch(name)) and not name.startswith(("@", "."))


@dataclass(frozen=True)
class UnitName:
    """The parts of a full unit name.

    >>> UnitName.of("foo@a-b.service")
    UnitName(full='foo@a-b.service', prefix='foo', instance='a-b', suffix='service')
    """

    full: str
    prefix: str
    instance: str | None
    suffix: str

    @classmethod
    def of(cls, full: str) -> UnitName:
        stem, _, suffix = full.rpartition(".")
        prefix, at, instance = stem.partition("@")
        return cls(full, prefix, instance if at else None, suffix)

    @property
    def template(self) -> str | None:
        """``foo@.service`` for an instance or the template itself, None for a plain unit."""
        return None if self.instance is None else f"{self.prefix}@.{self.suffix}"

    @property
    def is_template(self) -> bool:
        return self.instance == ""

    def with_instance(self, instance: str) -> str:
        return f"{self.prefix}@{instance}.{self.suffix}"

    def specifier(self, letter: str) -> str | None:
        """The value of ``%letter`` in this unit's files; None for an unknown letter."""
        stem = self.full.rpartition(".")[0]
        instance = self.instance or ""
        own = {
            "n": self.full,
            "N": stem,
            "p": self.prefix,
            "P": unescape_name(self.prefix),
            "i": instance,
            "I": unescape_name(instance),
            "j": self.prefix.rpartition("-")[2],
            "J": unescape_name(self.prefix.rpartition("-")[2]),
            "f": "/" + unescape_name(instance or self.prefix).lstrip("/"),
        }
        return own[letter] if letter in own else _machine(letter)


_FIXED = {
    "t": "/run", "S": "/var/lib", "C": "/var/cache", "L": "/var/log", "E": "/etc", "T": "/tmp",
    "V": "/var/tmp", "h": "/root", "u": "root", "U": "0", "g": "root", "G": "0", "s": "/bin/sh",
}  # fmt: skip


def _machine(letter: str) -> str | None:
    if letter in _FIXED:
        return _FIXED[letter]
    uname = os.uname()
    if letter in "Hlqv":
        short = uname.nodename.partition(".")[0]
        return {"H": uname.nodename, "l": short, "q": short, "v": uname.release}[letter]
    if letter == "a":
        return uname.machine.replace("_", "-")
    if letter == "m":
        return machine_id()
    if letter == "b":
        return boot_id()
    return None


def machine_id() -> str:
    try:
        with open("/etc/machine-id", encoding="ascii", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""


@cache
def boot_id() -> str:
    """What tells one life of this node from the next (the kernel's would be the machine's)."""
    return os.urandom(16).hex()
