"""What nodes write, kept on disk where memory cannot hold it.

An overlay that an ordinary user mounts keeps its marks in user extended attributes, and tmpfs has
those from Linux 6.6 on. On an older kernel a sandbox writes to a directory on disk. Its files
belong to subordinate ids, so only a process with the same id map can remove them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from ipv6lab import image
from ipv6lab.platform import directories
from ipv6lab.sandbox import launcher

VARIABLE = "IPV6LAB_SCRATCH"  # "disk" or "memory", to decide against the kernel's version
FIRST_WITH_TMPFS_ATTRIBUTES = (6, 6)


def directory() -> Path:
    """Where scratch directories are; root's must be reachable by ids that are not root."""
    if os.geteuid() == 0:
        return image.SYSTEM_STORE.parent / "scratch"
    return directories.cache() / "scratch"


def needed() -> bool:
    wanted = os.environ.get(VARIABLE)
    if wanted in ("disk", "memory"):
        return wanted == "disk"
    found = re.match(r"(\d+)\.(\d+)", os.uname().release)
    if found is None:
        return False
    return (int(found[1]), int(found[2])) < FIRST_WITH_TMPFS_ATTRIBUTES


def claim(owner: int | None) -> Path | None:
    """A directory for a new sandbox (None: memory will do); ``owner`` is root's first id."""
    if not needed():
        return None
    sweep()
    path = directory() / f"{os.getpid()}-{os.urandom(4).hex()}"
    path.mkdir(mode=0o700, parents=True)
    if owner is not None:
        os.chown(path, owner, owner)
    return path


def sweep() -> None:
    """Remove what sandboxes left whose starting process is gone."""
    with contextlib.suppress(FileNotFoundError):
        for path in directory().iterdir():
            pid = path.name.partition("-")[0]
            if not (pid.isdigit() and Path("/proc", pid).exists()):
                remove(path)


def remove(path: Path) -> None:
    """Remove a scratch directory, whoever its files belong to."""
    if os.geteuid() == 0:
        subprocess.run(["rm", "-rf", "--", str(path)], check=False)
        return
    spec = {"sweep": str(path), "processes": 100}
    subprocess.run(
        [sys.executable, "-S", launcher.__file__, json.dumps(spec)],
        env={**os.environ, **launcher.environment()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
