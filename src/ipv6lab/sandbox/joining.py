"""Which labs run, and a connection to one: all that most commands need of a sandbox."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from typing import Any

from ipv6lab.platform import directories
from ipv6lab.sandbox.client import Lab
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

# Of a seat's files those that say that a lab runs there.
LEFT_BEHIND = (".json", ".sock", ".new")


def file_name(seat: int | None) -> str:
    """What a seat's files in the runtime directory are called, without their ending."""
    return f"seat-{seat or 0}"


def lock(name: str) -> int | None:
    """The seat's lock, or None while a keeper holds it."""
    path = directories.runtime() / f"{name}.lock"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def join(seat: int | None) -> Lab:
    """The lab that runs on a seat. Raises LabError when none does."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        with directories.socket_address(
            directories.runtime() / f"{file_name(seat)}.sock"
        ) as address:
            connection.connect(address)
    except OSError:
        connection.close()
        raise LabError(
            _("No lab runs on seat {seat}; start one with ipv6lab start.", seat=seat)
            if seat
            else _("No lab runs; start one with ipv6lab start.")
        ) from None
    return over_socket(connection)


def running() -> list[dict[str, Any]]:
    """What runs, by seat: the ``info`` with which each lab was kept, and its ``seat``.

    What keepers that were killed have left is removed.
    """
    found = []
    for path in sorted(directories.runtime().glob("seat-*.lock")):
        free = lock(path.stem)
        if free is not None:
            for ending in LEFT_BEHIND:
                path.with_suffix(ending).unlink(missing_ok=True)
            os.close(free)
            continue
        found.append({"seat": int(path.stem.removeprefix("seat-")), **info(path.stem)})
    return found


def info(name: str) -> dict[str, Any]:
    """What a keeper wrote down of its lab; nothing where it has not yet."""
    try:
        data = json.loads((directories.runtime() / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def over_socket(connection: socket.socket) -> Lab:
    """The lab at the other end of a connection, which it closes when it is let go of."""

    def close() -> None:
        # Closing alone would not wake the thread that reads, and so not reach the other end.
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        lab.join_reader()
        connection.close()

    lab = Lab(connection.fileno(), connection.fileno(), close)
    return lab
