"""The root file system of the lab kernel: the lab image's shared layer as one squashfs.

It is made once for each image, beside the kernels, and read as a read-only disk by every lab. On
it the shared layer is ``/root``; the rest is what a kernel needs to start the image's Python.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ipv6lab.image.store import Image
from ipv6lab.kernel import store
from ipv6lab.words.errors import LabError, Unsupported

FORMAT = 1
"""Raised when this module makes another file system of the same image."""

DIRECTORIES = ("dev", "proc", "run", "sys", "tmp")
LINKS = {"usr": "root/usr", "bin": "usr/bin", "lib": "usr/lib", "lib64": "usr/lib64"}

_SUPERBLOCK = struct.Struct("<I36xQ")  # magic, and how many bytes are used
_MAGIC = 0x73717368


def find(image: Image) -> Path | None:
    """The file system of an image, if it has been made."""
    for directory in store.stores():
        path = directory / "roots" / _name(image)
        if _whole(path):
            return path
    return None


def make(image: Image) -> Path:
    """The file system of an image, made when it is missing (some seconds).

    Raises Unsupported where no mksquashfs is to be had, LabError when it fails.
    """
    found = find(image)
    if found:
        return found
    with _locked() as directory:
        path = directory / _name(image)
        if not _whole(path):
            partial = directory / ".partial"
            partial.unlink(missing_ok=True)
            _run(image, partial)
            partial.chmod(0o644)
            partial.rename(path)
            for other in directory.glob("*.squashfs"):
                if other != path:
                    other.unlink()  # a lab that runs on it keeps it open
    return path


def _name(image: Image) -> str:
    content = f"{FORMAT} {image.manifest['shared_sha256']}"
    return f"{hashlib.sha256(content.encode()).hexdigest()[:16]}.squashfs"


def _whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            magic, used = _SUPERBLOCK.unpack(file.read(_SUPERBLOCK.size))
        return bool(magic == _MAGIC and path.stat().st_size >= used)
    except (OSError, struct.error):
        return False


@contextlib.contextmanager
def _locked() -> Iterator[Path]:
    directory = store.make_store() / "roots"
    directory.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        directory.chmod(0o755)
    with (directory / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield directory


def _run(image: Image, target: Path) -> None:
    words = [*_mksquashfs(image), str(image.root), str(target), "-keep-as-directory"]
    words += ["-noappend", "-quiet", "-no-progress", "-all-root"]
    words += ["-comp", "zstd", "-Xcompression-level", "3"]
    for name in DIRECTORIES:
        words += ["-p", f"{name} d 755 0 0"]
    for name, to in LINKS.items():
        words += ["-p", f"{name} s 777 0 0 {to}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode or not _whole(target):
        raise LabError(
            "The lab kernel's root file system could not be made in {path}: {reason}.",
            path=str(target.parent),
            reason=(done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1],
        )


def _mksquashfs(image: Image) -> list[str]:
    """The image's own mksquashfs, run where it lies; else the machine's."""
    usr = image.root / "usr"
    program = usr / "bin" / "mksquashfs"
    if program.is_file():
        libraries = usr / "lib" / "x86_64-linux-gnu"
        loader = libraries / "ld-linux-x86-64.so.2"
        return [str(loader), "--library-path", str(libraries), str(program)]
    if shutil.which("mksquashfs"):
        return ["mksquashfs"]
    raise Unsupported(
        "The lab kernel's root file system is made by mksquashfs, which is not here: run "
        "'sudo apt-get install squashfs-tools'."
    )
