"""Running a test in a forked child with namespaces of its own.

As an ordinary user the child is root of a new user namespace, as root it stays root; either way its
network and its mounts are its own and end with it.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from ipv6lab.linux import syscalls


def run_isolated(test: Callable[[], object]) -> None:
    """Run a test in a child; it passes, fails or is skipped here as it was there."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        report = "failed\n"
        try:
            os.setpgid(0, 0)
            _enter_namespaces()
            test()
            report = "passed\n"
        except pytest.skip.Exception as skipped:
            report = f"skip\n{skipped}"
        except BaseException:
            report = "failed\n" + traceback.format_exc()
        finally:
            os.write(writing, report.encode()[:60000])
            os._exit(0)
    os.close(writing)
    # A pipe holds the whole report. Its end may be a long time off: what the test left running
    # has it too.
    os.waitpid(child, 0)
    report = os.read(reading, 65536).decode(errors="replace")
    os.close(reading)
    kind, _, text = report.partition("\n")
    if kind == "skip":
        pytest.skip(text)
    if kind != "passed":
        pytest.fail(text or "the child ended without a word", pytrace=False)


def _enter_namespaces() -> None:
    uid, gid = os.getuid(), os.getgid()
    flags = syscalls.CLONE_NEWNET | syscalls.CLONE_NEWNS
    try:
        syscalls.unshare(flags | (syscalls.CLONE_NEWUSER if uid else 0))
        if uid:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
            Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
        syscalls.mount(None, "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    except PermissionError as error:
        pytest.skip(f"this machine refuses user and network namespaces ({error})")
