"""A reference solution as a folder of one's own, and what a fault may do to it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from ipv6lab.course.content import Content
from ipv6lab.course.lookups import look_up

COMMANDS = "commands.sh"
RADVD = "etc/radvd.conf"


class Answer:
    """A copy of the reference solution of an exercise, with the addresses of the agency itself.

    ::

        answer.edit("hq-core", "etc/radvd.conf", r"AdvManagedFlag off", "AdvManagedFlag on")
        answer.type("hq-core", "systemctl restart radvd")
        answer.plan["staff.prefix"]
    """

    def __init__(
        self, course: Content, exercise: str, plan: Mapping[str, str], folder: Path
    ) -> None:
        self.exercise, self.plan, self.folder = exercise, plan, folder
        (self._start,) = course.exercises.glob(f"{exercise}-*/start")
        shutil.copytree(course.solutions / exercise / "reference", folder)
        for file in folder.rglob("*"):
            if file.is_file():
                self._write(file, self._looked_up(file))

    def routers(self) -> list[str]:
        """The nodes on which the reference or the start state has a configuration of radvd."""
        found = [*self.folder.glob(f"*/{RADVD}"), *self._start.glob(f"*/{RADVD}")]
        return sorted({file.parents[1].name for file in found})

    def edit(self, node: str, path: str, pattern: str, text: str) -> None:
        """Replace what matches in a file, of the reference or else of the start state.

        There has to be something: a fault that changes nothing proves nothing.
        """
        file = self.folder / node / path
        source = file if file.exists() else self._start / node / path
        before = self._looked_up(source)
        after, count = re.subn(pattern, text, before, flags=re.MULTILINE)
        assert count, f"{pattern} is nowhere in {source}"
        file.parent.mkdir(parents=True, exist_ok=True)
        self._write(file, after)

    def radvd(self, pattern: str, text: str, node: str | None = None) -> None:
        """Edit what radvd is told, on one node or all that have it, and have it read that."""
        for name in [node] if node else self.routers():
            self.edit(name, RADVD, pattern, text)
            self.type(name, "systemctl enable radvd; systemctl restart radvd")

    def type(self, node: str, command: str) -> None:
        """Type something more, after all that the reference types on that node."""
        file = self.folder / node / COMMANDS
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        self._write(file, f"{before.rstrip()}\n{command}\n")

    def _looked_up(self, file: Path) -> str:
        return look_up(file.read_text(encoding="utf-8"), self.plan, str(file))

    def _write(self, file: Path, text: str) -> None:
        file.write_text(text, encoding="utf-8")


Fault = Callable[[Answer], None]
FAULTS: dict[tuple[str, str], Fault] = {}  # by exercise and name


def fault(*exercises: str) -> Callable[[Fault], Fault]:
    """Declare a fault, and which exercises make the judgement that has to see it."""

    def declared(lay: Fault) -> Fault:
        for exercise in exercises:
            FAULTS[exercise, lay.__name__] = lay
        return lay

    return declared
