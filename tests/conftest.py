"""The whole suite runs real daemons, DHCP clients among them, and must leave the machine as it was.

A session that changed it fails, whatever its tests said.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from ipv6lab.network.netlink import Netlink
from tests.backends import (  # noqa: F401 - for every test below this folder
    backend,
    pytest_generate_tests,
    pytest_runtest_setup,
    pytest_terminal_summary,
)
from tests.unit import pytest_addoption, pytest_ignore_collect  # noqa: F401

SECONDS = 5.0  # in which the last lab must be gone
RUN = "IPV6LAB_TEST_RUN"  # in the environment of all that this run starts: its own name
OWN_WORDS = ("sandbox.keeper", "sandbox/launcher.py", "sandbox/labkernel.py")
OWN_WORDS += ("/run/agent/boot", "ipv6lab-kernel ")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """What drives browsers: one for the process, since a second cannot start beside it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


def _network() -> dict[str, str]:
    with Netlink() as netlink:
        found: dict[str, Iterable[Any]] = {
            "link": netlink.links(),
            # Lifetimes run by themselves.
            "address": [replace(one, valid=0, preferred=0) for one in netlink.addresses()],
            "route": [replace(one, expires=0) for one in netlink.routes()],
        }
    return {name: "\n".join(map(repr, listing)) for name, listing in found.items()}


def _mounts() -> str:
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    return "\n".join(sorted(line.split(" ", 4)[4] for line in lines))


def _etc() -> dict[str, str]:
    found = {}
    for folder, _folders, files in os.walk("/etc"):
        for name in files:
            path = Path(folder, name)
            try:
                status = path.lstat()
                if stat.S_ISLNK(status.st_mode):
                    content = os.readlink(path).encode()
                elif stat.S_ISREG(status.st_mode):
                    content = path.read_bytes()
                else:
                    continue
            except OSError:  # not ours to read, and so not ours to change
                continue
            found[str(path)] = f"{status.st_mode:o} {hashlib.sha256(content).hexdigest()}"
    return found


def _processes() -> set[str]:
    """The labs' processes that this run of tests has started, and their children."""
    mark = f"{RUN}={os.environ.get(RUN)}".encode()
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            marked = mark in (process / "environ").read_bytes().split(b"\0")
        except OSError:  # ended meanwhile, or another user's
            continue
        if marked and any(word in words for word in OWN_WORDS):
            found.add(f"{process.name} {words}".strip())
    return found


def _machine() -> dict[str, Any]:
    return {"network": _network(), "mounts": _mounts(), "/etc": _etc(), "processes": _processes()}


# On a machine with other work an example may take any time; the limit is the test's.
settings.register_profile("busy machine", deadline=None)
settings.register_profile("unit", settings.get_profile("busy machine"), max_examples=20)
settings.load_profile("busy machine")


def pytest_configure(config: pytest.Config) -> None:
    """A shell lets what it runs in the background ignore Ctrl-C, and programs hand that on."""
    if config.getoption("--unit"):
        settings.load_profile("unit")
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        os.environ[RUN] = secrets.token_hex(8)
        session.config.stash[MACHINE] = _machine()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hasattr(session.config, "workerinput"):
        return
    before, after = session.config.stash[MACHINE], _machine()
    deadline = time.monotonic() + SECONDS
    while after["processes"] - before["processes"] and time.monotonic() < deadline:
        time.sleep(0.1)  # what was ended last is still on its way
        after["processes"] = _processes()
    after["processes"] = after["processes"] | before["processes"]  # that one ended is no harm
    changed = [name for name in before if before[name] != after[name]]
    for name in changed:
        print(f"\nThe tests changed this machine's {name}:")
        print(_difference(before[name], after[name]))
    if changed and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _difference(before: object, after: object) -> str:
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted(key for key in before | after if before.get(key) != after.get(key))
        return "\n".join(f"{key}: {before.get(key)} -> {after.get(key)}" for key in keys)
    if isinstance(before, set) and isinstance(after, set):
        return "\n".join(sorted(before ^ after))
    lines = set(str(before).splitlines()) ^ set(str(after).splitlines())
    return "\n".join(sorted(lines))


MACHINE = pytest.StashKey[dict[str, Any]]()
