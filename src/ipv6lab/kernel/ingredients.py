"""The recipe of the lab kernel: which source, which compiler, which configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ipv6lab.image import recipe as image_recipe
from ipv6lab.image.packages import Lock
from ipv6lab.words.errors import LabError

BUILDER_FORMAT = 1
"""Raised when the builder makes another kernel from the same recipe."""


@dataclass(frozen=True)
class Recipe:
    """What a kernel is made from, as it was read."""

    packages: tuple[str, ...]
    lock: Lock
    config: str
    script: str  # what runs in the build tree
    recorded: str  # sha256 of the kernel that the locked packages make; "" if there is none
    id: str  # names the finished kernel: 16 hex digits


def directory() -> Path:
    """The recipe's folder: the checkout's own, else the one that came with the package."""
    checkout = Path(__file__).parents[3] / "kernel"
    if (checkout / "packages.txt").is_file():
        return checkout
    return Path(__file__).parents[1] / "content" / "kernel"


def read(folder: Path | None = None) -> Recipe:
    """Read a recipe folder. Raises LabError when it is not whole."""
    folder = folder or directory()
    try:
        names, config, script = (
            (folder / name).read_text("utf-8")
            for name in ("packages.txt", "lab.config", "compile.sh")
        )
    except OSError as error:
        raise LabError(
            "The recipe of the lab kernel cannot be read ({reason}): install ipv6lab again.",
            reason=str(error),
        ) from error
    lock = _optional(folder / "packages.lock")
    return Recipe(
        packages=tuple(image_recipe.package_names(names)),
        lock=Lock.parse(lock, str(folder / "packages.lock")),
        config=config,
        script=script,
        recorded=_optional(folder / "kernel.sha256").partition(" ")[0].strip(),
        id=image_recipe.identity(f"kernel {BUILDER_FORMAT}", names, lock, config, script),
    )


def _optional(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""
