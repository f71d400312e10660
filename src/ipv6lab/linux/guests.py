"""What a User-Mode Linux asks of the machine on which it runs as a process."""

from __future__ import annotations

import mmap
import os
import tempfile

PTRACE_SCOPE = "/proc/sys/kernel/yama/ptrace_scope"


def require_tracing(path: str = PTRACE_SCOPE) -> None:
    """It runs its processes by ptrace. Raises OSError where only root may, or nobody."""
    try:
        with open(path, encoding="ascii") as file:
            scope = int(file.read())
    except FileNotFoundError:
        return
    if scope >= 2:
        command = "echo kernel.yama.ptrace_scope=1 | sudo tee /etc/sysctl.d/60-ipv6lab-ptrace.conf"
        raise OSError(
            f"the lab kernel needs ptrace, and kernel.yama.ptrace_scope is {scope}: "
            + f"run '{command}' "
            + ("and 'sudo sysctl --system'" if scope == 2 else "and restart the machine")
        )


def memory_place(megabytes: int, cache: str | None = None) -> str:
    """Where the file with its memory can be: room, and programs may be run from it.

    ``cache`` is a directory of the user's own that is made and taken where no other will do.
    Raises OSError that says what is wrong with each place.
    """
    places = ["/dev/shm", os.environ.get("TMPDIR") or "/tmp", "/var/tmp"]
    wrong = []
    for place in dict.fromkeys([*places, *([cache] if cache else [])]):
        try:
            if place == cache:
                os.makedirs(place, 0o700, exist_ok=True)
            found = os.statvfs(place)
            free = found.f_bavail * found.f_frsize >> 20
            if free < megabytes:
                wrong.append(f"{place} has {free} MiB free")
                continue
            with tempfile.TemporaryFile(dir=place) as file:
                file.truncate(mmap.PAGESIZE)
                execute = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
                mmap.mmap(file.fileno(), mmap.PAGESIZE, mmap.MAP_SHARED, execute).close()
        except OSError as error:
            noexec = isinstance(error, PermissionError) and os.access(place, os.W_OK)
            wrong.append(f"{place}: {'mounted noexec' if noexec else error.strerror}")
            continue
        return place
    raise OSError(
        f"no place for {megabytes} MiB of memory ({', '.join(wrong)}): name a directory with TMPDIR"
    )
