"""Condition…= and Assert…= of units, as far as they are about paths."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable

from ipv6lab.services.definition import Condition


def _is_mount_point(path: str) -> bool:
    return os.path.ismount(path)


def _is_writable(path: str) -> bool:
    """Whether the file system is mounted for writing; the mode does not matter."""
    try:
        return not os.statvfs(path).f_flag & os.ST_RDONLY
    except OSError:
        return False


def _is_full_directory(path: str) -> bool:
    try:
        return bool(os.listdir(path))
    except OSError:
        return False


def _is_full_file(path: str) -> bool:
    return os.path.isfile(path) and os.path.getsize(path) > 0


def _is_executable(path: str) -> bool:
    try:
        status = os.stat(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and bool(status.st_mode & 0o111)


_TESTS: dict[str, Callable[[str], bool]] = {
    "PathExists": os.path.exists,
    "PathExistsGlob": lambda pattern: bool(glob.glob(pattern)),
    "PathIsDirectory": os.path.isdir,
    "PathIsSymbolicLink": os.path.islink,
    "PathIsMountPoint": _is_mount_point,
    "PathIsReadWrite": _is_writable,
    "DirectoryNotEmpty": _is_full_directory,
    "FileNotEmpty": _is_full_file,
    "FileIsExecutable": _is_executable,
}


def holds(condition: Condition) -> bool:
    kind = condition.key.removeprefix("Condition").removeprefix("Assert")
    return _TESTS[kind](condition.operand) != condition.negated


def first_unmet(conditions: list[Condition]) -> Condition | None:
    """The condition that keeps a unit from starting; of those marked ``|`` one has to hold."""
    for condition in conditions:
        if not condition.trigger and not holds(condition):
            return condition
    triggers = [condition for condition in conditions if condition.trigger]
    if triggers and not any(map(holds, triggers)):
        return triggers[0]
    return None
