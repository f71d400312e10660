"""Which files of a node were written, and what is in them now.

Read from the overlay's upper directory, so that it costs what was written and not what there is.
"""

from __future__ import annotations

import base64
import errno
import os
import stat
from collections.abc import Iterator
from typing import Any

# What programs write by themselves: their state is made again by running them again.
LEFT_OUT = {
    *("var/log", "var/cache", "var/spool", "var/tmp", "var/lib/systemd", "var/lib/misc"),
    *("var/lib/dhcp", "var/lib/dhcpcd", "var/lib/kea", "var/lib/frr", "var/lib/nsd"),
    *("var/lib/chrony", "var/lib/unbound/root.key"),
    *("root/.bash_history", "root/.history_frr", "root/.viminfo", "root/.lesshst", "root/.cache"),
    *("etc/hostname", "etc/hosts-", "etc/.pwd.lock"),
}
# BIND's journals of dynamic updates, and what an editor keeps while a file is open.
LEFT_OUT_ENDS = (".jnl", ".jbk", ".swp", ".swx")
MAX_FILE = 1024 * 1024
PORTION = 4 * 1024 * 1024  # octets of content that are told at a time
MAX_DEPTH = 64  # folders in one another; nobody configures anything deeper
# A file that went, or became something else, between two looks.
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)

Fingerprint = tuple[int, int, int]  # inode, size, time of the last change


class Changes:
    """Remembers what was taken up, so that each change is told until it was, and then no more."""

    def __init__(self, written: int) -> None:
        self._written = written
        self._known: dict[str, Fingerprint] = {}
        self._told: dict[str, Fingerprint] | None = None  # what is known once that is taken up
        self._number = 0

    def forget(self) -> None:
        """What was written until now is nobody's work."""
        self._known = {path: _fingerprint(status) for path, status in self._walk(self._written)}
        self._told = None

    def take(self, taken: int) -> dict[str, Any]:
        """What changed since the portion with the number ``taken``, the last that was taken up.

        The answer has ``files``, the ``portion``'s number, and whether there is ``more``. A file
        has ``path``, ``mode``, ``owner`` and ``content``, which is base64; None for a file that was
        removed, and ``target`` is set for a symbolic link.
        """
        if self._told is not None and taken == self._number:
            self._known = self._told
        self._number += 1
        there = {path: status for path, status in self._walk(self._written)}
        # A file that a node made itself leaves no trace in the overlay when it is removed. First of
        # all: where it was there may be a folder now.
        files: list[dict[str, Any]] = [
            {"path": path, "content": None} for path in sorted(self._known.keys() - there.keys())
        ]
        known = {path: seen for path, seen in self._known.items() if path in there}
        more, size = False, 0
        for path, status in there.items():
            fingerprint = _fingerprint(status)
            if known.get(path) == fingerprint:
                continue
            if size >= PORTION:
                more = True
                break
            try:
                told = self._tell(path, status)
            except OSError as error:
                if error.errno not in _GONE:
                    raise
                continue
            known[path] = fingerprint
            if told is not None:
                files.append(told)
                size += len(told.get("content") or "")
        self._told = known
        return {"files": files, "portion": self._number, "more": more}

    def _walk(
        self, directory: int, at: str = "", depth: int = 0
    ) -> Iterator[tuple[str, os.stat_result]]:
        for name in sorted(os.listdir(directory)):
            path = f"{at}{name}"
            if path in LEFT_OUT or path.endswith(LEFT_OUT_ENDS):
                continue
            try:
                status = os.stat(name, dir_fd=directory, follow_symlinks=False)
                if not stat.S_ISDIR(status.st_mode):
                    yield path, status
                    continue
                if depth == MAX_DEPTH:
                    continue
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
                inside = os.open(name, flags, dir_fd=directory)
            except OSError as error:
                if error.errno not in _GONE:
                    raise
                continue
            try:
                yield from self._walk(inside, f"{path}/", depth + 1)
            finally:
                os.close(inside)

    def _tell(self, path: str, status: os.stat_result) -> dict[str, Any] | None:
        if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:  # the overlay's mark
            return {"path": path, "content": None}
        if stat.S_ISLNK(status.st_mode):
            return {"path": path, "target": os.readlink(path, dir_fd=self._written)}
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE:
            return None
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._written)
        with open(fd, "rb") as file:
            content = file.read(MAX_FILE)
        return {
            "path": path,
            "mode": stat.S_IMODE(status.st_mode),
            "owner": [status.st_uid, status.st_gid],
            "content": base64.b64encode(content).decode("ascii"),
        }


def _fingerprint(status: os.stat_result) -> Fingerprint:
    return (status.st_ino, status.st_size, status.st_ctime_ns)
