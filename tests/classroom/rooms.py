"""A class that is really up, on the loopback interface, for tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipv6lab.classroom import folder, holding, rehearsal
from ipv6lab.classroom.folder import Class
from ipv6lab.classroom.hub.wanted import Wanted
from ipv6lab.classroom.roster import Person
from ipv6lab.classroom.trainee import Trainee
from ipv6lab.words.errors import LabError
from tests.backends import require_image

EVIL = '<img src=x onerror="document.title=1">'


class Room:
    """The class, how it is held, and its trainees by seat."""

    def __init__(self, found: Class, wanted: Wanted) -> None:
        self.found, self.wanted = found, wanted

    @property
    def base(self) -> str:
        return f"https://localhost:{self.wanted.port}"

    def trainee(self, seat: int) -> Trainee:
        return Trainee(self.base, seat, self.found.seats[seat].pin)

    def parts(self) -> dict[str, int]:
        known = holding.running(self.found)
        assert known is not None
        return {str(name): int(pid) for name, pid in known["parts"].items()}

    def log(self, name: str) -> str:
        return (self.wanted.run_folder / f"{name}.log").read_text(errors="replace")


@contextlib.contextmanager
def opened(people: list[Person], fork: bool = True) -> Iterator[Room]:
    """A class that is up while in the block."""
    require_image()
    if os.geteuid() != 0:
        pytest.skip("seats have accounts of their own only where root holds the class")
    base = Path(tempfile.mkdtemp(prefix="ipv6lab-room-", dir="/tmp"))
    base.chmod(0o711)
    found = folder.create(base / "class", EVIL, "vi", people, {})
    port = next(one for one in rehearsal.PORTS if rehearsal.free(one))
    wanted = Wanted(str(found.folder), "", "127.0.0.1", ("localhost",), port, port + 1, port + 2,
                    port + 7, fork)  # fmt: skip
    wanted = holding.up(found, wanted)
    try:
        yield Room(found, wanted)
    finally:
        with contextlib.suppress(LabError):
            holding.down(found)
        shutil.rmtree(base, ignore_errors=True)
        shutil.rmtree(wanted.run_folder, ignore_errors=True)
