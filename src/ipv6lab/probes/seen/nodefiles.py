"""A node's files, read as data: nothing of them is run, and links lead nowhere out of its root."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from pathlib import Path

OPENAT2 = 437  # the same on every architecture
O_PATHLESS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
# include/uapi/linux/openat2.h: no magic links; an absolute link, or "..", counts from the root that
# the node itself has.
RESOLVE = 0x02 | 0x10
# What is no file that a program could read there either.
NOTHING = {
    errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EXDEV, errno.EACCES, errno.ENXIO, errno.ENODEV,
    errno.ENAMETOOLONG,
}  # fmt: skip
LIMIT = 1 << 20  # octets
PROC = Path("/proc")


def read(namespace: str | Path, path: str, end: bool = False) -> bytes | None:
    """A file of the node that has this network namespace; None if it has no such plain file.

    `path` counts from the node's own root, and so does what symbolic links on the way say. At most
    `LIMIT` octets are read, from the beginning, or from the `end`. What the kernel makes up when it
    is read (files in /proc) counts as empty.
    """
    process = _process(namespace)
    if process is None:
        return None
    root = os.open(PROC / process / "root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        file = _open_beneath(root, path.lstrip("/"))
    except OSError as error:
        if error.errno in NOTHING:
            return None
        raise
    finally:
        os.close(root)
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            return None
        size = min(status.st_size, LIMIT)
        return os.pread(file, size, status.st_size - size if end else 0)
    finally:
        os.close(file)


def _process(namespace: str | Path) -> str | None:
    """The first process of a node, which is its init; None while it has run nothing."""
    wanted = os.stat(namespace).st_ino
    for process in sorted(filter(str.isdigit, os.listdir(PROC)), key=int):
        try:
            if os.stat(PROC / process / "ns/net").st_ino == wanted:
                return process
        except OSError:
            continue  # it has ended meanwhile, or is none of ours
    return None


def _open_beneath(root: int, path: str) -> int:
    how = struct.pack("=QQQ", O_PATHLESS, 0, RESOLVE)
    libc = ctypes.CDLL(None, use_errno=True)
    file = libc.syscall(OPENAT2, root, os.fsencode(path), how, len(how))
    if file < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return int(file)
