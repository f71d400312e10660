"""What one seat may take of the machine: its processes, memory and share of the processor.

Control groups bind the whole of a seat (server, kernels, terminals, labs), version 2 where the
machine has it for us, else version 1, controller by controller. What they cannot bind is told: a
storm of packets is the kernel's own work and charged to nobody, and a disk is shared.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PROCESSES = 3000  # a lab of twenty nodes with FRR has 300
MEGABYTES = 1500
OUT_OF = 100_000  # microseconds, a period of the processor's bandwidth
SETTINGS = {
    # controller: (file and value in version 1, the same in version 2)
    "pids": (("pids.max", str(PROCESSES)), ("pids.max", str(PROCESSES))),
    "memory": (
        ("memory.limit_in_bytes", str(MEGABYTES << 20)),
        ("memory.max", str(MEGABYTES << 20)),
    ),
    "cpu": (("cpu.shares", "256"), ("cpu.weight", "25")),
}


@dataclass(frozen=True)
class Bounds:
    """Where each controller's groups can be made, and in which version."""

    homes: dict[str, tuple[Path, int]]

    @property
    def missing(self) -> tuple[str, ...]:
        """The controllers that this machine has not for us."""
        return tuple(one for one in SETTINGS if one not in self.homes)

    def admit(self, seat: int, pid: int) -> None:
        """Bind a process, and all that it starts from now on, to its seat's group."""
        for controller, (home, version) in self.homes.items():
            group = home / f"seat-{seat:02}"
            name, value = SETTINGS[controller][version - 1]
            # A machine that takes a controller away while a class runs is no reason to stop it.
            with contextlib.suppress(OSError):
                group.mkdir(exist_ok=True)
                (group / name).write_text(value)
                (group / "cgroup.procs").write_text(str(pid))

    def processes(self, seat: int) -> list[int]:
        """The processes of a seat, as its group knows them."""
        for home, _version in self.homes.values():
            with contextlib.suppress(OSError, ValueError):
                text = (home / f"seat-{seat:02}" / "cgroup.procs").read_text()
                return [int(line) for line in text.split()]
        return []

    def remove(self) -> None:
        """Remove the groups; those in which something runs stay."""
        for home, _version in self.homes.values():
            for group in [*home.glob("seat-*"), home]:
                with contextlib.suppress(OSError):
                    group.rmdir()


def find(name: str) -> Bounds:
    """What this machine can bound, by making the groups; `name` is their place."""
    homes: dict[str, tuple[Path, int]] = {}
    if os.geteuid() != 0:
        return Bounds(homes)
    unified = ROOT / "cgroup.controllers"
    for controller in SETTINGS:
        with contextlib.suppress(OSError):
            if unified.exists() and controller in unified.read_text().split():
                (ROOT / "cgroup.subtree_control").write_text(f"+{controller}")
                home = ROOT / name
                home.mkdir(exist_ok=True)
                (home / "cgroup.subtree_control").write_text(f"+{controller}")
                homes[controller] = (home, 2)
            elif (ROOT / controller / "cgroup.procs").exists():
                home = ROOT / controller / name
                home.mkdir(exist_ok=True)
                homes[controller] = (home, 1)
    return Bounds(homes)


def end_all(listed: Callable[[], list[int]], seconds: float = 10.0) -> bool:
    """End every process that `listed` names; whether none is left.

    A fork bomb makes new ones faster than they are listed, so again until there is none.
    """
    until = time.monotonic() + seconds
    own = os.getpid()
    while pids := [one for one in listed() if one != own]:
        if time.monotonic() > until:
            return False
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, 9)
        time.sleep(0.02)
    return True


def free_bytes(folder: Path) -> int:
    """The room on the disk that a folder is on."""
    return shutil.disk_usage(folder).free
