"""Is an image still as it was built?

Two answers: a quick one by names, kinds and sizes, which finds what interrupted copies and
careless hands do; and a thorough one by content.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shape:
    """The quick record of a tree: how many entries, how many bytes, a digest of all of it."""

    entries: int
    size: int  # bytes in regular files
    digest: str  # sha256 over path, kind and size of every entry, in path order

    def to_json(self) -> dict[str, int | str]:
        return {"entries": self.entries, "bytes": self.size, "digest": self.digest}


def entries(root: Path) -> tuple[bytes, int]:
    """Path, kind and size of every entry below ``root``, a line each, and the bytes in files.

    About 50 ms: every start of a lab does it.
    """
    lines = []
    size = 0
    for path, entry in _walk(root):
        if entry.is_dir(follow_symlinks=False):
            lines.append(b"%s/" % path)
        else:
            length = entry.stat(follow_symlinks=False).st_size
            link = entry.is_symlink()
            size += 0 if link else length
            lines.append(b"%s %d%s" % (path, length, b"@" if link else b""))
    lines.sort()
    return b"\n".join(lines), size


def shape(root: Path) -> Shape:
    """The quick record of the tree below ``root``."""
    return shape_of(*entries(root))


def shape_of(listed: bytes, size: int) -> Shape:
    """The same of entries that are at hand."""
    return Shape(listed.count(b"\n") + bool(listed), size, hashlib.sha256(listed).hexdigest())


def compare(recorded: bytes, found: bytes) -> tuple[list[str], list[str]]:
    """The paths that are not as they were recorded, and those that were not there at all.

    Both from what ``entries`` listed.

    >>> compare(b"usr/\\nusr/a 5", b"usr/\\nusr/a 4\\nusr/b 1")
    (['usr/a'], ['usr/b'])
    """
    before, now = set(recorded.split(b"\n")), set(found.split(b"\n"))
    wrong = {_path(line) for line in before - now}
    stray = {_path(line) for line in now - before} - wrong
    return sorted(wrong), sorted(stray)


def _path(line: bytes) -> str:
    return os.fsdecode(line if line.endswith(b"/") else line.rpartition(b" ")[0]).rstrip("/")


def file_sha256(path: Path) -> str:
    """The sha256 of one file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_list(root: Path) -> str:
    """The content of every regular file below ``root``, in the format of ``sha256sum``."""
    names = (
        os.fsdecode(path) for path, entry in _walk(root) if entry.is_file(follow_symlinks=False)
    )
    return "".join(f"{file_sha256(root / name)}  {name}\n" for name in sorted(names))


def changed(root: Path, recorded: str) -> list[str]:
    """The files below ``root`` whose content is not (or no longer) as recorded."""
    before = dict(_name_and_hash(recorded))
    now = dict(_name_and_hash(hash_list(root)))
    return sorted(name for name in before | now if before.get(name) != now.get(name))


def _name_and_hash(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        digest, _, name = line.partition("  ")
        yield name, digest


def _walk(root: Path) -> Iterator[tuple[bytes, os.DirEntry[bytes]]]:
    """Every entry below ``root`` with its path relative to it, in no order."""
    top = os.fsencode(root)
    waiting = [top]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                yield entry.path[len(top) + 1 :], entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
