"""Giving up root while keeping some capabilities, and watching a directory."""

from __future__ import annotations

import ctypes
import os
import struct

from ipv6lab.linux import syscalls

_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
_IN_CREATE, _IN_MOVED_TO, _IN_CLOSE_WRITE = 0x100, 0x80, 0x8

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def become(uid: int, gid: int, groups: list[int], ambient: list[str]) -> None:
    """Give up root for good, keeping the `ambient` capabilities over the next exec.

    A capability that root itself does not have (any more) is left out. Raises OSError.
    """
    if ambient:
        syscalls.prctl(_PR_SET_KEEPCAPS, 1)
    os.setgroups(groups)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if not ambient:
        return
    held = _permitted()
    kept = [
        number
        for number, name in enumerate(syscalls.CAPABILITIES)
        if f"CAP_{name.upper()}" in ambient and held >> number & 1
    ]
    mask = sum(1 << number for number in kept)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    data = struct.pack("6I", low, low, low, high, high, high)
    _check(_libc.capset(header, data), "capset")
    for number in kept:
        syscalls.prctl(syscalls.PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, number)


def _permitted() -> int:
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith("CapPrm:"):
                return int(line.split()[1], 16)
    return 0


def watch_directory(path: str) -> int:
    """A file descriptor that becomes readable when a file appears in or changes a directory."""
    fd = _check(_libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK), "inotify_init1")
    mask = _IN_CREATE | _IN_MOVED_TO | _IN_CLOSE_WRITE
    try:
        _check(_libc.inotify_add_watch(fd, os.fsencode(path), mask), "inotify_add_watch")
    except OSError:
        os.close(fd)
        raise
    return fd
