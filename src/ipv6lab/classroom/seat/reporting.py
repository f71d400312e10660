"""Reports to a room's board from a laptop without notebooks:
``python -m ipv6lab.classroom.seat.reporting``.

It holds the companion until the room is left; a second one ends at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import subprocess
import sys

from ipv6lab.classroom.seat import entering
from ipv6lab.classroom.seat.companion import Companion
from ipv6lab.notebook import guesses
from ipv6lab.platform import directories

LOOK = 2.0


def start() -> None:
    """Report from now on, in the background."""
    log = directories.runtime() / "reporting.log"
    with open(log, "wb") as opened:
        subprocess.Popen(
            [sys.executable, "-m", __spec__.name],
            stdin=subprocess.DEVNULL,
            stdout=opened,
            stderr=opened,
            start_new_session=True,
        )


async def report() -> None:
    """Until the room is left."""
    joined = entering.joined()
    if joined is None:
        return
    language = guesses.language()
    companion = Companion(joined.seat, language, joined.url, joined.token, joined.certificate)
    running = asyncio.create_task(companion.run())
    while entering.joined() == joined and not running.done():
        await asyncio.sleep(LOOK)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def main() -> None:
    fd = os.open(
        directories.runtime() / "reporting.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
    )
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    asyncio.run(report())


if __name__ == "__main__":
    main()
