"""The recipe of the lab image: which packages, which exact versions, what is left out."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from ipv6lab.image.packages import Lock
from ipv6lab.words.errors import LabError

SUITE = "trixie"

BUILDER_FORMAT = 1
"""Raised when the builder makes another image from the same recipe."""


@dataclass(frozen=True)
class Recipe:
    """What an image is made from, as it was read."""

    packages: tuple[str, ...]
    trim: tuple[str, ...]  # dpkg's options path-exclude=… and path-include=…, in order
    lock: Lock
    id: str  # names the finished image: 16 hex digits


def directory() -> Path:
    """The recipe's folder: the checkout's own, else the one that came with the package."""
    checkout = Path(__file__).parents[3] / "image"
    if (checkout / "packages.txt").is_file():
        return checkout
    return Path(__file__).parents[1] / "content" / "image"


def read(folder: Path | None = None) -> Recipe:
    """Read a recipe folder: ``packages.txt``, ``trim.txt`` and, once made, ``packages.lock``."""
    folder = folder or directory()
    try:
        names = (folder / "packages.txt").read_text("utf-8")
        trim = (folder / "trim.txt").read_text("utf-8")
    except OSError as error:
        raise LabError(
            "The recipe of the lab image cannot be read ({reason}): install ipv6lab again.",
            reason=str(error),
        ) from error
    lock_file = folder / "packages.lock"
    lock = lock_file.read_text("utf-8") if lock_file.is_file() else ""
    return Recipe(
        packages=tuple(package_names(names)),
        trim=tuple(trim_options(trim)),
        lock=Lock.parse(lock, str(lock_file)),
        id=identity(names, trim, lock),
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
    """The id of the image that this builder makes from these recipe texts.

    Comments and empty lines make no other image.
    """
    digest = hashlib.sha256(f"ipv6lab image {BUILDER_FORMAT} {SUITE}\n".encode())
    for part in parts:
        digest.update("".join(f"{line}\n" for _, line in _lines(part)).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def _lines(text: str) -> list[tuple[int, str]]:
    """The numbered lines that say something."""
    stripped = ((n, line.partition("#")[0].strip()) for n, line in enumerate(text.splitlines(), 1))
    return [(number, line) for number, line in stripped if line]
