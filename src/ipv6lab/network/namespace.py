"""To be in a network namespace for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ipv6lab.linux import syscalls

OWN = "/proc/thread-self/ns/net"


def join(fd: int) -> None:
    """Put the calling thread into the network namespace that `fd` refers to.

    Needs CAP_SYS_ADMIN over that namespace and in the caller's own user namespace. Raises OSError.
    """
    syscalls.setns(fd, syscalls.CLONE_NEWNET)


@contextmanager
def entered(namespace: int | str | Path | None) -> Iterator[None]:
    """Be in a network namespace, given as an open descriptor or as a path, and come back.

    Sockets opened meanwhile stay in that namespace, and ``/proc/sys/net`` shows its settings. Only
    the calling thread moves. None means: stay where you are.
    """
    if namespace is None:
        yield
        return
    home = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if isinstance(namespace, int):
            join(namespace)
        else:
            target = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
            try:
                join(target)
            finally:
                os.close(target)
        try:
            yield
        finally:
            join(home)
    finally:
        os.close(home)
