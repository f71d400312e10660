"""Labs by seat: one seat holds one lab, and a lock says so."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ipv6lab.platform import directories
from ipv6lab.sandbox import engine, launcher
from ipv6lab.sandbox.client import Lab
from ipv6lab.sandbox.joining import file_name, info, join, lock, over_socket
from ipv6lab.sandbox.launch import SOME_NODES, Launched, launch
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

_throwaways: set[Launched] = set()
_no_more = threading.Event()


def start(
    seat: int | None, force: bool = False, kernel: str | None = None, nodes: int = SOME_NODES
) -> Lab:
    """Start a sandbox for a seat; it ends with this connection until it is told to ``keep``.

    It has room for so many nodes.

    Raises LabError when the seat has a lab already (``force`` ends that one first), Unsupported
    when this machine cannot make a sandbox on that ``kernel``, as `choose` takes it.
    """
    name = file_name(seat)
    if force:
        stop(seat)
    held = lock(name)
    if held is None:
        what = str(info(name).get("exercise", "a lab that is starting"))
        if not seat:
            raise LabError(
                _(
                    "{what} already runs; stop it with ipv6lab stop, or start with --force to end "
                    "it.",
                    what=what,
                )
            )
        raise LabError(
            _(
                "Seat {seat} already runs {what}; stop it with ipv6lab stop, "
                "or start with --force to end it.",
                seat=seat,
                what=what,
            )
        )
    ours, theirs = socket.socketpair()
    spec = {"name": name, "starter": theirs.fileno(), "lock": held}
    spec |= {"kernel": kernel, "nodes": nodes}
    environment = {**os.environ, **launcher.environment()}
    log = directories.runtime() / f"{name}.keeper.log"
    with open(log, "wb") as errors:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "ipv6lab.sandbox.keeper", json.dumps(spec)],
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            env=environment,
            pass_fds=(theirs.fileno(), held),
            start_new_session=True,
        )
    theirs.close()
    os.close(held)
    # A starter that lives on, a notebook say, must not be left with a dead child.
    threading.Thread(target=keeper.wait, daemon=True).start()
    lab = over_socket(ours)
    if not lab.wait_ready():
        raise LabError(_("The lab's keeper ended; {log} says why.", log=str(log)))
    return lab


def stop(seat: int | None) -> bool:
    """End the lab of a seat; True if there was one. When this returns, all of it is gone.

    Raises LabError, the first time, when not all that was done in it could be recorded.
    """
    try:
        lab = join(seat)
    except LabError:
        return False
    with lab:
        lab.control("end")
    _wait_unlocked(directories.runtime() / f"{file_name(seat)}.lock")
    return True


def _wait_unlocked(path: Path) -> None:
    with open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


@contextmanager
def throwaway(kernel: str | None = None, nodes: int = SOME_NODES) -> Iterator[Lab]:
    """A sandbox for one purpose and so many nodes, on a ``kernel`` as `choose` takes it.

    It ends with the block, or with this process.
    """
    if _no_more.is_set():
        raise LabError(_("The lab has ended."))
    _sweep()
    name = f"throwaway-{os.getpid()}-{os.urandom(4).hex()}"
    launched = launch(name, kernel, nodes)
    _throwaways.add(launched)
    lab = Lab(launched.reader, launched.writer, launched.end)
    try:
        lab.write(engine.archive())
        if _no_more.is_set() or not lab.wait_ready():
            raise launched.explain()
        yield lab
    finally:
        lab.close()
        _throwaways.discard(launched)
        if _no_more.is_set():
            launched.log.unlink(missing_ok=True)
    launched.log.unlink(missing_ok=True)


def _sweep() -> None:
    """Remove the logs of throw-away sandboxes whose makers were killed."""
    for log in directories.runtime().glob("throwaway-*.log"):
        maker = log.name.split("-")[1]
        if not Path("/proc", maker).exists():
            log.unlink(missing_ok=True)


def end_throwaways() -> None:
    """End every sandbox that `throwaway` holds in some thread, and let it make no more."""
    _no_more.set()
    for launched in list(_throwaways):
        launched.process.kill()
