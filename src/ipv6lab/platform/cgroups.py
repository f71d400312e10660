"""Bounds for the memory and CPU of one lab, where the machine lets this user make control groups.

Both hierarchies are known: version 2 (cgroups(7)), of which systemd gives users a part of their
own, and version 1. From a session that is in no such part, systemd is asked for a scope.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1 << 20
BASE, OF_NODE = 1024, 48  # MiB of a lab, and of each of its nodes with its services
PREFIX = "ipv6lab-"
WEIGHT = 4  # of a lab, where a single process that is in no group has 1
PERIOD = 100_000  # microseconds in which the quota of CPU time is counted
SYSTEMD_SECONDS = 5
HIERARCHIES = Path("/proc/self/mounts")
OWN = Path("/proc/self/cgroup")


@dataclass(frozen=True)
class Bounds:
    """Of one lab: ``memory`` in bytes, ``processors`` in CPUs, ``processes`` at a time."""

    memory: int
    processors: float
    processes: int


def bounds(nodes: int, processes: int) -> Bounds:
    """For a lab of so many nodes: three quarters of the machine's CPUs, and at least one."""
    processors = max(1.0, (os.cpu_count() or 1) * 0.75)
    return Bounds((BASE + OF_NODE * nodes) * MEBIBYTE, processors, processes)


class Group:
    """The control groups of one lab: one directory, or one for each hierarchy of version 1."""

    def __init__(self, directories: list[Path]) -> None:
        self._directories = directories

    @property
    def entrances(self) -> list[str]:
        """The files to which a process writes 0 to be in the group, with all that comes of it."""
        return [str(directory / "cgroup.procs") for directory in self._directories]

    def remove(self) -> None:
        """Once nobody is in it."""
        for directory in self._directories:
            with contextlib.suppress(OSError):
                directory.rmdir()


def make(name: str, bounds: Bounds) -> Group | None:
    """A group for a lab; None where the machine lets this user make none."""
    found: list[Path] = []
    for parent, settings in _parents(bounds):
        _sweep(parent)
        directory = parent / f"{PREFIX}{os.getpid()}-{name}"
        try:
            directory.mkdir(exist_ok=True)
            _write(directory, settings)
        except OSError:
            Group([*found, directory]).remove()
            return None
        found.append(directory)
    return Group(found) if found else None


def scope(bounds: Bounds) -> list[str]:
    """The words before a command that has systemd bound it; empty where it cannot be asked."""
    if not _systemd_answers():
        return []
    return [
        *("systemd-run", "--user", "--scope", "--quiet", "--collect"),
        f"--property=MemoryMax={bounds.memory}",
        f"--property=CPUQuota={round(100 * bounds.processors)}%",
        f"--property=TasksMax={bounds.processes}",
        "--",
    ]


def available() -> bool:
    """Whether a lab that is started now will be bounded: tried, not guessed."""
    group = make("trial", bounds(1, 100))
    if group is None:
        return _systemd_answers()
    group.remove()
    return True


def _parents(bounds: Bounds) -> list[tuple[Path, Mapping[str, str]]]:
    """Where groups are to be made, with what is to be written in each; memory comes first."""
    own = _own_groups()
    quota = round(bounds.processors * PERIOD)
    mounts = _hierarchies()
    if "" in mounts:
        for ancestor in _ancestors(mounts[""], own.get("", "/")):
            if _gives(ancestor, "memory"):
                settings = {"memory.max": str(bounds.memory), "memory.swap.max": "?0"}
                settings |= {"cpu.max": f"?{quota} {PERIOD}", "pids.max": f"?{bounds.processes}"}
                settings["cpu.weight"] = f"?{WEIGHT * 100}"
                return [(ancestor, settings)]
    if "memory" not in mounts:
        return []
    place = mounts["memory"] / own.get("memory", "/").lstrip("/")
    parents: list[tuple[Path, Mapping[str, str]]] = [
        (place, {"memory.limit_in_bytes": str(bounds.memory)})
    ]
    if "cpu" in mounts:
        place = mounts["cpu"] / own.get("cpu", "/").lstrip("/")
        parents.append(
            (
                place,
                {
                    "cpu.cfs_period_us": f"?{PERIOD}",
                    "cpu.cfs_quota_us": f"?{quota}",
                    "cpu.shares": f"?{WEIGHT * 1024}",
                },
            )
        )
    return parents


def _own_groups() -> dict[str, str]:
    """This process's path in each hierarchy, by controller; "" is that of version 2."""
    found = {}
    with contextlib.suppress(OSError):
        for line in OWN.read_text("utf-8").splitlines():
            _number, controllers, path = line.split(":", 2)
            for controller in controllers.split(","):
                found[controller] = path
    return found


def _hierarchies() -> dict[str, Path]:
    """Where each hierarchy is mounted, by controller; "" is that of version 2."""
    found: dict[str, Path] = {}
    with contextlib.suppress(OSError):
        for line in HIERARCHIES.read_text("utf-8").splitlines():
            _device, place, kind, options, *_rest = line.split(" ")
            place = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), place)
            if kind == "cgroup2":
                found.setdefault("", Path(place))
            elif kind == "cgroup":
                for option in options.split(","):
                    found.setdefault(option, Path(place))
    return found


def _ancestors(mount: Path, path: str) -> list[Path]:
    """The groups above one's own, nearest first; the top itself where one is in no other."""
    own = mount / path.lstrip("/")
    if own == mount:
        return [mount]
    return [one for one in own.parents if one == mount or mount in one.parents]


def _gives(group: Path, controller: str) -> bool:
    """Whether one can make groups in this one that have the controller; gives it, where one may."""
    if not os.access(group, os.W_OK) or not os.access(group / "cgroup.procs", os.W_OK):
        return False
    control = group / "cgroup.subtree_control"
    for name in (controller, "cpu", "pids"):
        with contextlib.suppress(OSError):
            if name not in control.read_text("ascii").split():
                control.write_text(f"+{name}", "ascii")
    try:
        return controller in control.read_text("ascii").split()
    except OSError:
        return False


def _write(directory: Path, settings: Mapping[str, str]) -> None:
    """Raises OSError where one is refused whose value does not begin with a question mark."""
    for name, value in settings.items():
        try:
            (directory / name).write_text(value.removeprefix("?"), "ascii")
        except OSError:
            if not value.startswith("?"):
                raise


def _sweep(parent: Path) -> None:
    """Remove what labs left that were killed together with who started them."""
    for directory in parent.glob(f"{PREFIX}*"):
        pid = directory.name.removeprefix(PREFIX).partition("-")[0]
        if not Path("/proc", pid).exists():
            with contextlib.suppress(OSError):
                directory.rmdir()


@functools.cache
def _systemd_answers() -> bool:
    """Whether this user's systemd makes scopes. Asked once by a process; it takes some 50 ms."""
    own = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    if not (own / "systemd/private").exists() or not shutil.which("systemd-run"):
        return False
    words = [*("systemd-run", "--user", "--scope", "--quiet", "--collect")]
    try:
        done = subprocess.run(
            [*words, "--property=MemoryMax=64M", "--", "true"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SYSTEMD_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
