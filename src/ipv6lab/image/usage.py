"""Who uses an image: labs that run on it, and versions of ipv6lab that are made for it.

A lab holds a shared lock on its image's manifest, so its tree is neither replaced nor removed under
it. Which version wants which image is noted in the store, by the folder of the version's recipe.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

NOTE = "wanted.json"
"""In a store: the folder of a recipe to the id of the image that it wants."""

ASIDE = ".aside-"
"""How a tree's name begins that nobody may start on any more."""

FORGOTTEN = 7 * 86400
"""Seconds after which an image that no version has noted counts as nobody's."""

FIRST_NOTED = 2
"""The first format of images whose versions note what they want."""


def hold(directory: Path) -> int:
    """A descriptor that keeps the image in ``directory`` as it is while it is open.

    Raises FileNotFoundError where the image has just been replaced or removed.
    """
    fd = os.open(directory / "manifest.json", os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH)
        if not os.path.samestat(os.fstat(fd), os.stat(directory / "manifest.json")):
            raise FileNotFoundError(directory)
    except BaseException:
        os.close(fd)
        raise
    return fd


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[bool]:
    """Whether no lab runs on the image in ``directory``, and none begins to meanwhile."""
    try:
        file: IO[str] = (directory / "manifest.json").open()
    except OSError:
        yield True  # never finished: nothing could start on it
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def in_use(directory: Path) -> bool:
    """Whether a lab runs on the image in ``directory``."""
    with _alone(directory) as alone:
        return not alone


def note(store: Path, folder: Path, id: str) -> None:
    """Keep that the version with this recipe's ``folder`` wants the image ``id``.

    Does nothing in a store that this user may not write.
    """
    wanted = _noted(store)
    if wanted.get(str(folder)) == id or not os.access(store, os.W_OK):
        return
    wanted = {path: other for path, other in wanted.items() if Path(path).is_dir()}
    partial = store / f".{NOTE}-{os.getpid()}"
    partial.write_text(json.dumps(wanted | {str(folder): id}, indent=1), "utf-8")
    partial.chmod(0o644)
    partial.rename(store / NOTE)


def _noted(store: Path) -> dict[str, str]:
    try:
        data = json.loads((store / NOTE).read_text("utf-8"))
        return {str(path): str(id) for path, id in data.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def set_aside(directory: Path, id: str) -> Path:
    """Take an image's name from it: labs that run on it keep it, and none starts on it."""
    aside = directory.with_name(f"{ASIDE}{id}-{os.getpid()}-{time.time_ns()}")
    directory.rename(aside)
    return aside


def sweep(store: Path) -> list[Path]:
    """Remove the images that nobody uses; returns what went. Needs the store's lock.

    Nobody uses what no lab runs on and no version wants that is still there.
    """
    noted = {id for folder, id in _noted(store).items() if Path(folder).is_dir()}
    gone = []
    for directory in sorted(store.iterdir()):
        if not directory.is_dir() or not (directory / "manifest.json").exists():
            continue
        aside = directory.name.startswith(ASIDE)
        if not aside and (directory.name in noted or _lately_used(directory)):
            continue
        if remove(directory):
            gone.append(directory)
    return gone


def remove(directory: Path) -> bool:
    """Remove an image, unless a lab runs on it; whether it is gone."""
    with _alone(directory) as alone:
        if alone:
            if not directory.name.startswith(ASIDE):
                directory = set_aside(directory, directory.name)
            # What interrupts this is removed as never finished: the manifest goes last.
            shutil.rmtree(directory / "root", ignore_errors=True)
            shutil.rmtree(directory)
    return alone


def _lately_used(directory: Path) -> bool:
    """For an image that no version has ever noted: an older ipv6lab's, of which nobody knows."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        manifest = json.loads((directory / "manifest.json").read_text("utf-8"))
        if manifest["format"] >= FIRST_NOTED:
            return False
        found = os.stat(directory / "skeleton.tar")
        return time.time() - max(found.st_atime, found.st_ctime) < FORGOTTEN
    return False
