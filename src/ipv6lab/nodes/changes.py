"""Which files of a node were written, and what is in them now.

Read from the overlay's upper directory, so that it costs what was written and not what there is.
"""

from __future__ import annotations

import base64
import os
import stat
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

Fingerprint = tuple[int, int, int]  # inode, size, time of the last change


class Changes:
    """Remembers what it told, so that it tells each change once."""

    def __init__(self, written: int) -> None:
        self._written = written
        self._known: dict[str, Fingerprint] = {}

    def take(self) -> list[dict[str, Any]]:
        """What changed since the last call: ``path``, ``mode``, ``owner`` and ``content``.

        ``content`` is base64; None for a file that was removed, and ``target`` is set for a
        symbolic link.
        """
        found: dict[str, Fingerprint] = {}
        changed = []
        for path, status in self._walk(self._written, ""):
            fingerprint = (status.st_ino, status.st_size, status.st_ctime_ns)
            found[path] = fingerprint
            if self._known.get(path) != fingerprint:
                told = self._tell(path, status)
                if told is not None:
                    changed.append(told)
        # A file that a node made itself leaves no trace in the overlay when it is removed.
        for path in self._known.keys() - found.keys():
            changed.append({"path": path, "content": None})
        self._known = found
        return changed

    def _walk(self, directory: int, at: str) -> Any:
        for name in sorted(os.listdir(directory)):
            path = f"{at}{name}"
            if path in LEFT_OUT or path.endswith(LEFT_OUT_ENDS):
                continue
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
                inside = os.open(name, flags, dir_fd=directory)
                try:
                    yield from self._walk(inside, f"{path}/")
                finally:
                    os.close(inside)
            else:
                yield path, status

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
