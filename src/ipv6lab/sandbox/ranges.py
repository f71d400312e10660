"""Outside ids for sandboxes that root starts: root inside is never root outside."""

from __future__ import annotations

import fcntl
import os
import random
from pathlib import Path

from ipv6lab.words.errors import Unsupported

# 0x70000000 to 0x77ffffff: above what distributions give to users' subordinate ids and what
# systemd takes for its containers, below those of a class's seats (`classroom.ground`) and the ids
# that some programs read as negative.
FIRST = 0x7000_0000
SIZE = 0x1_0000
COUNT = 2048


def claim(directory: Path) -> tuple[int, int]:
    """A range that no other sandbox of this machine uses: its first id, and a lock descriptor.

    The range is this sandbox's as long as somebody holds the descriptor.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    start = random.randrange(COUNT)
    for step in range(COUNT):
        number = (start + step) % COUNT
        fd = os.open(directory / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            continue
        return FIRST + number * SIZE, fd
    raise Unsupported("All {count} id ranges of this machine are in use; stop a lab.", count=COUNT)
