"""The disks of the lab kernel: the lab image's two layers, each as a squashfs.

They are made once for each image, beside the kernels, and read by every lab. On the root disk the
shared layer is ``/root``, and the rest is what a kernel needs to start the image's Python; the
skeleton's disk is the archive with its owners, modes and capabilities.
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
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ipv6lab.image.store import Image
from ipv6lab.kernel import finished
from ipv6lab.words.errors import LabError, Unsupported

FORMAT = 2
"""Raised when this module makes other disks of the same image."""

DIRECTORIES = ("dev", "proc", "run", "sys", "tmp")
LINKS = {"usr": "root/usr", "bin": "usr/bin", "lib": "usr/lib", "lib64": "usr/lib64"}

_SUPERBLOCK = struct.Struct("<I36xQ")  # magic, and how many bytes are used
_MAGIC = 0x73717368


@dataclass(frozen=True)
class Disks:
    """The two files."""

    root: Path
    skeleton: Path


def find(image: Image) -> Disks | None:
    """The disks of an image, if they have been made."""
    for directory in finished.stores():
        disks = _disks(directory / "roots", image)
        if _whole(disks.root) and _whole(disks.skeleton):
            return disks
    return None


def make(image: Image) -> Disks:
    """The disks of an image, made when they are missing (some seconds).

    Raises Unsupported where no mksquashfs is to be had, LabError when it fails.
    """
    found = find(image)
    if found:
        return found
    with _locked() as directory:
        disks = _disks(directory, image)
        if not (_whole(disks.root) and _whole(disks.skeleton)):
            for other in directory.glob("*.squashfs"):
                other.unlink()  # a lab that runs on it keeps it open
            program = _mksquashfs(image)
            _run([*program, str(image.root)], _root_options(), None, disks.root)
            with image.skeleton.open("rb") as archive:
                _run([*program, "-"], ["-tar"], archive, disks.skeleton)
    return disks


def _disks(directory: Path, image: Image) -> Disks:
    """Their names tell what is in them."""
    skeleton = image.manifest["skeleton"]["sha256"]
    content = f"{FORMAT} {image.manifest['shared_sha256']} {skeleton}"
    name = hashlib.sha256(content.encode()).hexdigest()[:16]
    return Disks(directory / f"{name}-root.squashfs", directory / f"{name}-skeleton.squashfs")


def _whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            magic, used = _SUPERBLOCK.unpack(file.read(_SUPERBLOCK.size))
        return bool(magic == _MAGIC and path.stat().st_size >= used)
    except (OSError, struct.error):
        return False


@contextlib.contextmanager
def _locked() -> Iterator[Path]:
    directory = finished.make_store() / "roots"
    directory.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        directory.chmod(0o755)
    with (directory / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield directory


def _root_options() -> list[str]:
    words = ["-keep-as-directory", "-all-root"]
    for name in DIRECTORIES:
        words += ["-p", f"{name} d 755 0 0"]
    for name, to in LINKS.items():
        words += ["-p", f"{name} s 777 0 0 {to}"]
    return words


def _run(program: list[str], options: list[str], given: IO[bytes] | None, target: Path) -> None:
    partial = target.with_name(f".partial-{target.name}")
    partial.unlink(missing_ok=True)
    words = [*program, str(partial), *options, "-noappend", "-quiet", "-no-progress"]
    words += ["-comp", "zstd", "-Xcompression-level", "3"]
    done = subprocess.run(words, stdin=given, capture_output=True, check=False)
    if done.returncode or not _whole(partial):
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise LabError(
            "A disk of the lab kernel could not be made in {path}: {reason}.",
            path=str(target.parent),
            reason=said[-1] if said else f"exit status {done.returncode}",
        )
    partial.chmod(0o644)
    partial.rename(target)


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
        "The lab kernel's disks are made by mksquashfs, which is not here: run "
        "'sudo apt-get install squashfs-tools'."
    )
