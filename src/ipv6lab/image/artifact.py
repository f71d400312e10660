"""What is built once from a recipe and found again by it: the lab image and the lab kernel.

An artifact is a directory ``<store>/<id>/``. Its manifest is written after everything else, and
then it gets its name by a rename, so a half-built one is never found.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ipv6lab.image.packages import Drift
from ipv6lab.words.errors import LabError, Unsupported


@dataclass(frozen=True)
class Artifact:
    """A finished one on disk."""

    directory: Path
    manifest: dict[str, Any]

    @property
    def id(self) -> str:
        """The hash of the recipe it was built from."""
        return str(self.manifest["id"])

    @property
    def drift(self) -> list[Drift]:
        """The packages in it, or that it was built with, that are not the locked ones."""
        return [Drift.from_json(entry) for entry in self.manifest["drift"]]


Found = TypeVar("Found", bound=Artifact)


def find(stores: Iterable[Path], id: str, opened: Callable[[Path], Found]) -> Found | None:
    """The first sound one of a recipe, None where there is none.

    `opened` raises Unsupported for a damaged one; so does this, where no other store has a sound
    one.
    """
    damage: Unsupported | None = None
    for store in stores:
        if (store / id).is_dir():
            try:
                return opened(store / id)
            except Unsupported as error:
                damage = damage or error
    if damage:
        raise damage
    return None


def read_manifest(directory: Path) -> dict[str, Any]:
    """What is recorded of the artifact in ``directory``. Raises OSError or ValueError."""
    return dict(json.loads((directory / "manifest.json").read_text("utf-8")))


def write_manifest(directory: Path, manifest: dict[str, Any]) -> None:
    """Record what is in ``directory``, and see that it is on disk."""
    path = directory / "manifest.json"
    with path.open("w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o644)


def put_in_place(partial: Path, target: Path) -> Path | None:
    """Give a finished one its name, atomically. What had the name before has ``partial``'s then.

    Returns the path of that, None where there was none.
    """
    if not target.exists():
        partial.rename(target)
        return None
    at_cwd, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    names = (at_cwd, os.fsencode(partial), at_cwd, os.fsencode(target), exchange)
    if ctypes.CDLL(None, use_errno=True).renameat2(*names) == 0:
        return partial
    # A file system without it: for a moment there is none.
    old = target.with_name(f".old-{os.getpid()}")
    target.rename(old)
    partial.rename(target)
    old.rename(partial)
    return partial


def make_directories(*directories: Path) -> None:
    """Make what is missing; ordinary users use what root has built, whatever the umask."""
    for directory in directories:
        directory.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            directory.chmod(0o755)


@contextlib.contextmanager
def locked(store: Path, waits: Callable[[], None]) -> Iterator[int]:
    """One builder at a time in a store; yields the lock's file descriptor.

    `waits` is called where another builder is at work.
    """
    with (store / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waits()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def shortage(store: Path, in_store: int, temporary: int) -> tuple[Path, int, int] | None:
    """A disk that cannot hold so many bytes in the store and of temporary files.

    Returns a place on it, the bytes needed there and the bytes that are free.
    """
    needs: dict[int, tuple[Path, int]] = {}
    for path, size in ((store, in_store), (temporary_place(), temporary)):
        device = path.stat().st_dev
        place, already = needs.get(device, (path, 0))
        needs[device] = (place, already + size)
    for path, size in needs.values():
        free = shutil.disk_usage(path).free
        if free < size:
            return path, size, free
    return None


def temporary_place() -> Path:
    """Where builders make their trees: programs may be run from there.

    Raises LabError where ``TMPDIR`` names no such place, or none of the usual ones is one.
    """
    named = os.environ.get("TMPDIR")
    # Root's own store is the last resort; an ordinary user's may lie in a private home, which the
    # builder's other ids could not pass through.
    usual = ("/var/tmp", "/tmp", *(["/var/cache"] if os.geteuid() == 0 else []))
    wrong = []
    for place in [named] if named else usual:
        try:
            flags = os.statvfs(place).f_flag
        except OSError as error:
            wrong.append(f"{place}: {error.strerror}")
            continue
        if flags & os.ST_NOEXEC:
            wrong.append(f"{place}: mounted noexec")
        elif not os.access(place, os.W_OK | os.X_OK):
            wrong.append(f"{place}: not writable")
        else:
            return Path(place)
    raise LabError(
        "There is no place to build in ({reasons}): name a directory with TMPDIR from which "
        "programs may be run, and through whose parents everybody may pass.",
        reasons=", ".join(wrong),
    )
