"""Where finished lab kernels are, and which one this version of ipv6lab runs.

A kernel is a directory ``<store>/<id>/``::

    linux            the kernel: one static program for x86-64
    manifest.json    its checksum and what it is made of; written last
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ipv6lab.image import artifact, integrity
from ipv6lab.image import store as images
from ipv6lab.image.artifact import Artifact
from ipv6lab.kernel import ingredients
from ipv6lab.words.errors import LabError, Unsupported

MACHINE = "x86_64"


class Damaged(Unsupported):
    """There is a lab kernel, and its content is not what was recorded."""


class Kernel(Artifact):
    """A finished kernel on disk."""

    @property
    def file(self) -> Path:
        """The program."""
        return self.directory / "linux"

    @property
    def sha256(self) -> str:
        """The program's checksum, in hex."""
        return str(self.manifest["sha256"])

    @property
    def release(self) -> str:
        """What ``uname -r`` says in it."""
        return str(self.manifest["release"])


def user_store() -> Path:
    """The calling user's own store; root's is the system's."""
    return images.user_store().parent / "kernels"


def stores() -> list[Path]:
    """Where a kernel is looked for, first match first."""
    return list(dict.fromkeys([user_store(), images.SYSTEM_STORE.parent / "kernels"]))


def runs_here() -> bool:
    """Whether this is a machine on which a lab kernel runs."""
    return platform.machine() == MACHINE


def require_machine() -> None:
    """Raise Unsupported on a machine that no lab kernel runs on."""
    if not runs_here():
        raise Unsupported(
            "The lab kernel runs on x86-64 machines only, and this one is {machine}: run exercises "
            "that need it on another machine, or on a kernel of this machine's own that has what "
            "they need (ipv6lab doctor says what).",
            machine=platform.machine(),
        )


def find() -> Kernel:
    """The kernel of this version's recipe, its content verified (about 10 ms).

    Raises ``Unsupported`` where it is missing or damaged, or the machine is no x86-64.
    """
    require_machine()
    found = artifact.find(stores(), ingredients.read().id, open_kernel)
    if found is None:
        raise Unsupported(
            "The lab kernel is not there yet: run 'ipv6lab kernel build' (it takes some minutes), "
            "or 'ipv6lab kernel install FILE' with the file of another machine."
        )
    return found


def open_kernel(directory: Path) -> Kernel:
    """The kernel in ``directory``, its content compared with its record."""
    try:
        kernel = Kernel(directory, artifact.read_manifest(directory))
        sound = (
            kernel.manifest["format"] == ingredients.BUILDER_FORMAT
            and integrity.file_sha256(kernel.file) == kernel.sha256
            and os.access(kernel.file, os.X_OK)
        )
    except (OSError, ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise Damaged(
            "The lab kernel in {path} is damaged: run 'ipv6lab kernel build' or 'ipv6lab kernel "
            "install FILE', which make it anew.",
            path=str(directory),
        )
    return kernel


def install(file: Path) -> Kernel:
    """Take a kernel that was built elsewhere from this version's recipe.

    Its checksum must be the one that the recipe records or, where a manifest.json lies beside the
    file (a kernel built with newer packages than the locked ones), the one recorded there.
    Raises LabError when it is not, Unsupported when the machine is no x86-64.
    """
    require_machine()
    wanted = ingredients.read()
    try:
        found = integrity.file_sha256(file)
        manifest = _manifest(file, wanted, found)
    except OSError as error:
        raise LabError(
            "The kernel file {path} cannot be read: {reason}.",
            path=str(file),
            reason=error.strerror or str(error),
        ) from error
    target = user_store() / wanted.id
    make_store()
    partial = target.with_name(f".installing-{os.getpid()}")
    try:
        partial.mkdir(mode=0o755)
        shutil.copyfile(file, partial / "linux")
        if integrity.file_sha256(partial / "linux") != found:
            raise LabError("The kernel file {path} changed while it was read.", path=str(file))
        (partial / "linux").chmod(0o755)
        complete(partial, {**manifest, "release": release_of(partial / "linux")}, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return open_kernel(target)


def _manifest(file: Path, wanted: ingredients.Recipe, found: str) -> dict[str, Any]:
    if found == wanted.recorded:
        return {
            "format": ingredients.BUILDER_FORMAT,
            "id": wanted.id,
            "sha256": found,
            "packages": {p.name: p.version for p in wanted.lock.packages.values()},
            "drift": [],
        }
    try:
        manifest = artifact.read_manifest(file.parent)
        expected = str(manifest["sha256"])
        other = str(manifest["id"]) != wanted.id
    except (OSError, ValueError, KeyError, TypeError):
        expected, other = wanted.recorded or "?", False
    if other:
        raise LabError(
            "The kernel {path} belongs to another version of ipv6lab: build it anew with "
            "'ipv6lab kernel build'.",
            path=str(file),
        )
    if expected != found:
        raise LabError(
            "The kernel file {path} is damaged: its sha256 is {found}, and {expected} is "
            "recorded; copy it again.",
            path=str(file),
            found=found,
            expected=expected,
        )
    return manifest


def release_of(file: Path) -> str:
    """What a kernel calls itself. Raises OSError where it does not run."""
    words = [str(file.absolute()), "--version"]
    # A static User-Mode Linux faults on the restartable sequences that glibc registers.
    environment = {"GLIBC_TUNABLES": "glibc.pthread.rseq=0"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{file} does not run here (status {done.returncode})")
    return done.stdout.strip()


def complete(partial: Path, manifest: dict[str, Any], target: Path) -> None:
    """Write the manifest of what is in ``partial``, and give it its name."""
    artifact.write_manifest(partial, manifest)
    os.sync()
    if old := artifact.put_in_place(partial, target):
        shutil.rmtree(old)  # a lab that runs on it keeps it open


def make_store() -> Path:
    """The calling user's store, made when missing."""
    store = user_store()
    artifact.make_directories(store.parent, store)
    return store


def verify(kernel: Kernel) -> bool:
    """Whether a kernel's content is still what was recorded."""
    return integrity.file_sha256(kernel.file) == kernel.sha256


def remove() -> list[Path]:
    """Remove the calling user's kernels, root file systems and downloads; returns them."""
    from ipv6lab.kernel import tree

    removed = []
    store = user_store()
    if store.is_dir():
        tree.clear(store)
        shutil.rmtree(store)
        removed.append(store)
    return removed


def downloads() -> Path:
    """Where the builder keeps package lists and .debs until the kernel is built."""
    return user_store() / "packages"
