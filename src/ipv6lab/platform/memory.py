"""What this machine was seen to do, remembered until something that decides about it changes.

Only what worked is remembered: what did not is tried again, since somebody may have mended it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from ipv6lab.platform import directories

# Settings by which a machine takes namespaces away from those who had them.
SETTINGS = (
    "kernel/random/boot_id",
    "kernel/apparmor_restrict_unprivileged_userns",
    "kernel/unprivileged_userns_clone",
    "user/max_user_namespaces",
    "user/max_net_namespaces",
)
OF_PROCESS = ("NoNewPrivs", "Seccomp", "CapBnd", "CapEff")


def recall() -> set[str]:
    """The operations that worked here, as far as nothing has changed since."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        data = json.loads(_file().read_text("utf-8"))
        if data["circumstances"] == _circumstances():
            return {str(name) for name in data["worked"]}
    return set()


def remember(names: Iterable[str]) -> None:
    """Keep that these operations worked."""
    worked = sorted({*recall(), *names})
    partial = _file().with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps({"circumstances": _circumstances(), "worked": worked}), "utf-8")
    partial.rename(_file())


def _file() -> Path:
    return directories.runtime() / "worked.json"


def _circumstances() -> list[str]:
    """Who asks, and under which settings."""
    found = [str(os.getuid()), str(shutil.which("newuidmap"))]
    for setting in SETTINGS:
        found.append(_text(Path("/proc/sys") / setting).strip())
    for line in _text(Path("/proc/self/status")).splitlines():
        if line.partition(":")[0] in OF_PROCESS:
            found.append(line)
    for name in ("subuid", "subgid"):
        with contextlib.suppress(OSError):
            found.append(f"{name} {os.stat(f'/etc/{name}').st_mtime_ns}")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", errors="replace")
    except OSError:
        return ""
