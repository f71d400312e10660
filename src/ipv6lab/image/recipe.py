"""The recipe of the lab image: which packages, which exact versions, what is left out.

Packages and what is left out are the same for every architecture; each has a lock of its own.
"""

from __future__ import annotations

import hashlib
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from ipv6lab.image.distributions import Distribution, parse_lock, wanted_names
from ipv6lab.image.packages import Lock
from ipv6lab.words.errors import LabError, Unsupported

SUITE = "trixie"

BUILDER_FORMAT = 3
"""Raised when the builder makes another image from the same recipe."""

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
"""What a machine calls itself, and what Debian calls it."""


@dataclass(frozen=True)
class Recipe:
    """What an image is made from, as it was read."""

    packages: tuple[str, ...]
    trim: tuple[str, ...]  # dpkg's options path-exclude=… and path-include=…, in order
    lock: Lock
    python: tuple[str, ...]  # Python's packages, with their versions where one is named
    python_lock: tuple[Distribution, ...]
    id: str  # names the finished image: 16 hex digits


def directory() -> Path:
    """The recipe's folder: the checkout's own, else the one that came with the package."""
    checkout = Path(__file__).parents[3] / "image"
    if (checkout / "packages.txt").is_file():
        return checkout
    return Path(__file__).parents[1] / "content" / "image"


def architecture() -> str:
    """This machine's architecture in Debian's words. Raises Unsupported where there is no image."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        raise Unsupported(
            "The lab image is made for amd64 and arm64 machines; this one is {machine}.",
            machine=machine,
        )
    return ARCHITECTURES[machine]


def lock_file(folder: Path, architecture: str) -> Path:
    """Where the exact packages of an architecture stand."""
    return folder / f"packages.{architecture}.lock"


def python_lock_file(folder: Path, architecture: str) -> Path:
    """Where the exact Python packages of an architecture stand."""
    return folder / f"python.{architecture}.lock"


def read(folder: Path | None = None) -> Recipe:
    """Read a recipe folder: ``packages.txt``, ``python.txt``, ``trim.txt`` and, once made, the
    locks of this machine."""
    folder = folder or directory()
    try:
        names = (folder / "packages.txt").read_text("utf-8")
        python_names = (folder / "python.txt").read_text("utf-8")
        trim = (folder / "trim.txt").read_text("utf-8")
    except OSError as error:
        raise LabError(
            "The recipe of the lab image cannot be read ({reason}): install ipv6lab again.",
            reason=str(error),
        ) from error
    file = lock_file(folder, architecture())
    lock = file.read_text("utf-8") if file.is_file() else ""
    python_file = python_lock_file(folder, architecture())
    python_lock = python_file.read_text("utf-8") if python_file.is_file() else ""
    return Recipe(
        packages=tuple(package_names(names)),
        trim=tuple(trim_options(trim)),
        lock=Lock.parse(lock, str(file)),
        python=tuple(wanted_names(python_names)),
        python_lock=tuple(parse_lock(python_lock, str(python_file))),
        id=identity(f"image {BUILDER_FORMAT}", names, trim, lock, python_names, python_lock),
    )


def package_names(text: str) -> list[str]:
    """The names in ``packages.txt``.

    >>> package_names("# tools\\nradvd  # sends RAs\\n\\nbird2\\n")
    ['radvd', 'bird2']
    """
    names = []
    for number, line in _lines(text):
        if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", line):
            raise LabError(
                "packages.txt, line {line}: '{text}' is not the name of a Debian package.",
                line=number,
                text=line,
            )
        names.append(line)
    return names


def trim_options(text: str) -> list[str]:
    """The patterns in ``trim.txt`` as options of dpkg.

    >>> trim_options("- /usr/share/doc/*\\n+ /usr/share/doc/*/copyright")
    ['path-exclude=/usr/share/doc/*', 'path-include=/usr/share/doc/*/copyright']
    """
    options = []
    for number, line in _lines(text):
        sign, _, pattern = line.partition(" ")
        pattern = pattern.strip()
        if sign not in ("-", "+") or not pattern.startswith("/") or re.search(r"\s", pattern):
            raise LabError(
                "trim.txt, line {line}: expected '- /pattern' or '+ /pattern', not '{text}'.",
                line=number,
                text=line,
            )
        options.append(f"path-{'exclude' if sign == '-' else 'include'}={pattern}")
    return options


def identity(*parts: str) -> str:
    """The id of what is made from these recipe texts, the first of which names the builder.

    Comments and empty lines make no other image.
    """
    # Begins as it always has, or every kernel would have to be compiled anew.
    digest = hashlib.sha256(f"ipv6lab image 1 {SUITE}\n".encode())
    for part in parts:
        digest.update("".join(f"{line}\n" for _, line in _lines(part)).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def _lines(text: str) -> list[tuple[int, str]]:
    """The numbered lines that say something."""
    stripped = ((n, line.partition("#")[0].strip()) for n, line in enumerate(text.splitlines(), 1))
    return [(number, line) for number, line in stripped if line]
