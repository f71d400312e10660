"""Ids that no other sandbox of this machine has at the same time.

A sandbox that root starts gets a range of the machine's: root inside is never root outside. All of
an ordinary user's share that user's subordinate ids, so each gets blocks of them for its nodes.
Locks say which are taken. They are in a place that no variable moves, and are let go of by the
kernel when the last process that holds them ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
import random
import struct
from pathlib import Path

from ipv6lab.linux.ids import BLOCKS
from ipv6lab.words.errors import Unsupported
from ipv6lab.words.message import _

# 0x70000000 to 0x77ffffff: above what distributions give to users' subordinate ids and what
# systemd takes for its containers, below those of a class's seats (`classroom.ground`) and the ids
# that some programs read as negative.
FIRST = 0x7000_0000
SIZE = 0x1_0000
COUNT = 2048


def claim(file: Path) -> tuple[int, int]:
    """Root: a range that no other sandbox has. Its first id, and a descriptor that holds it."""
    fd = _open(file)
    start = random.randrange(COUNT)
    for step in range(COUNT):
        number = (start + step) % COUNT
        if _lock(fd, number):
            return FIRST + number * SIZE, fd
    os.close(fd)
    raise Unsupported(
        _("All {count} id ranges of this machine are in use; stop a lab.", count=COUNT)
    )


def claim_blocks(file: Path, count: int) -> tuple[list[int], int]:
    """An ordinary user: blocks of ids for so many nodes. Their numbers, and what holds them.

    Raises Unsupported where there are not so many left.
    """
    fd = _open(file)
    found: list[int] = []
    for number in range(BLOCKS):
        if len(found) == count:
            break
        if _lock(fd, number):
            found.append(number)
    if len(found) < count:
        os.close(fd)
        raise Unsupported(
            _(
                "Your subordinate ids are enough for {all} nodes at a time, and {left} are left: "
                "this lab needs {count}, so stop another with ipv6lab stop.",
                all=BLOCKS,
                left=len(found),
                count=count,
            )
        )
    return found, fd


def _open(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _lock(fd: int, number: int) -> bool:
    """Lock a byte of the file for all that share the descriptor (fcntl(2), F_OFD_SETLK)."""
    lock = struct.pack("@hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, number, 1, 0)
    try:
        fcntl.fcntl(fd, fcntl.F_OFD_SETLK, lock)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True
