"""Is an image still as it was built?

Two answers: a quick one by names, kinds and sizes (one ``lstat`` per file), which finds what
interrupted copies and careless hands do; and a thorough one by content.
"""

from __future__ import annotations

import hashlib
import os
import stat
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


def shape(root: Path) -> Shape:
    """Look at every entry below ``root`` once."""
    digest = hashlib.sha256()
    entries = size = 0
    for path, status in sorted(_walk(os.fsencode(root), b"")):
        entries += 1
        kind = stat.S_IFMT(status.st_mode)
        length = 0 if stat.S_ISDIR(status.st_mode) else status.st_size
        if stat.S_ISREG(status.st_mode):
            size += length
        digest.update(b"%s\0%o %d\n" % (path, kind, length))
    return Shape(entries, size, digest.hexdigest())


def file_sha256(path: Path) -> str:
    """The sha256 of one file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_list(root: Path) -> str:
    """The content of every regular file below ``root``, in the format of ``sha256sum``."""
    lines = []
    for path, status in sorted(_walk(os.fsencode(root), b"")):
        if stat.S_ISREG(status.st_mode):
            name = os.fsdecode(path)
            lines.append(f"{file_sha256(root / name)}  {name}\n")
    return "".join(lines)


def changed(root: Path, recorded: str) -> list[str]:
    """The files below ``root`` whose content is not (or no longer) as recorded."""
    before = dict(_name_and_hash(recorded))
    now = dict(_name_and_hash(hash_list(root)))
    return sorted(name for name in before | now if before.get(name) != now.get(name))


def _name_and_hash(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        digest, _, name = line.partition("  ")
        yield name, digest


def _walk(directory: bytes, prefix: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    with os.scandir(directory) as entries:
        for entry in entries:
            path = prefix + entry.name
            yield path, entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, path + b"/")
