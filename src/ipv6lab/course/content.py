"""Where the course lies: the content that trainers read and change."""

from __future__ import annotations

import functools
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

VARIABLE = "IPV6LAB_COURSE"


@dataclass(frozen=True)
class Content:
    """The folders of one course."""

    root: Path

    @property
    def exercises(self) -> Path:
        return self.root / "exercises"

    @property
    def solutions(self) -> Path:
        return self.root / "solutions"

    @property
    def topologies(self) -> Path:
        return self.root / "topologies"

    @property
    def labs(self) -> Path:
        return self.root / "labs"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def plan(self) -> Path:
        return self.topologies / "plan.toml"

    def owns(self, folder: Path) -> bool:
        """Whether a folder is one of the course's own, in which ``{{ name }}`` is looked up."""
        resolved = folder.resolve()
        return any(
            resolved.is_relative_to(own.resolve()) for own in (self.exercises, self.solutions)
        )


@functools.cache
def version(content: Content) -> str:
    """What decides how the course grades (exercises, topologies, faults): 12 hex digits."""
    found = hashlib.sha256()
    for folder in (content.exercises, content.topologies, *content.solutions.glob("*/faults")):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".po":
                found.update(f"{file.relative_to(content.root)}\0".encode())
                found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:12]


def find() -> Content:
    """The course that ``IPV6LAB_COURSE`` names, else the checkout's, else the installed one."""
    named = os.environ.get(VARIABLE)
    if named:
        content = Content(Path(named))
        if not content.exercises.is_dir():
            raise LabError(
                _(
                    "{variable} names {folder}, which holds no folder exercises.",
                    variable=VARIABLE,
                    folder=named,
                )
            )
        return content
    package = Path(__file__).resolve().parents[1]
    checkout = Content(package.parents[1])
    # A checkout has the package under src/, so that site-packages is never taken for one.
    if package.parent.name == "src" and checkout.exercises.is_dir():
        return checkout
    installed = Content(package / "content")
    if not installed.exercises.is_dir():
        raise LabError(
            _(
                "The course is missing from {folder}; reinstall ipv6lab or set {variable}.",
                folder=str(installed.root),
                variable=VARIABLE,
            )
        )
    return installed
