"""A machine that is at a limit now, told from one that refuses for good."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path

# No memory, no process, no descriptor, no namespace left, or nothing heard in time: none of it says
# what the kernel can do, and in a moment it may be otherwise.
PASSING = frozenset(
    {
        *(errno.EAGAIN, errno.ENOMEM, errno.ENOBUFS, errno.ENOSPC, errno.EUSERS),
        *(errno.EMFILE, errno.ENFILE, errno.EINTR, errno.ETIMEDOUT),
    }
)
# As many namespaces as these say; 0 is how an administrator forbids them, and fewer than one lab
# takes (one for each node, and some more) come to the same.
ALLOWED = Path("/proc/sys/user")
NAMESPACES_OF_A_LAB = 32


def is_passing(error: OSError) -> bool:
    """Whether the operation that failed so may succeed in a moment."""
    if isinstance(error, TimeoutError):
        return True
    if error.errno in (errno.ENOSPC, errno.EUSERS):
        return not _forbidden()
    return error.errno in PASSING


def look_at_settings() -> None:
    """Take what this user namespace says for what holds in all that come to be below it.

    Each says of its own that it may have any number.
    """
    global _known
    _known = _forbidden()


_known: bool | None = None


def _forbidden() -> bool:
    if _known is not None:
        return _known
    for file in ALLOWED.glob("max_*_namespaces"):
        try:
            if int(file.read_text("ascii")) < NAMESPACES_OF_A_LAB:
                return True
        except (OSError, ValueError):
            continue
    return False


def join_groups(entrances: Iterable[str]) -> None:
    """Be in control groups, each named by its file cgroup.procs. Raises OSError."""
    for entrance in entrances:
        with open(entrance, "w", encoding="ascii") as file:
            file.write("0")
