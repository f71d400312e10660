"""Build the lab kernel, in named phases."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ipv6lab.image import artifact, integrity, mirror, tools
from ipv6lab.image import recipe as image_recipe
from ipv6lab.image.apt import Apt, Offer
from ipv6lab.image.fetching import MEBIBYTE, choose, download
from ipv6lab.image.packages import Drift, Lock
from ipv6lab.image.telling import Progress
from ipv6lab.kernel import finished, ingredients
from ipv6lab.kernel import tree as trees
from ipv6lab.kernel.finished import Kernel
from ipv6lab.kernel.ingredients import Recipe
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import _

NEEDED_STORE = 350 * MEBIBYTE
"""The downloads and the package lists; the kernel itself is small."""

NEEDED_TEMPORARY = 2000 * MEBIBYTE
"""The build tree: compiler, source, objects."""

SOURCE_FILES = 1010
"""About how many are compiled: for the percentage only."""

STEPS = {
    "unpack": _("Unpacking the kernel's source"),
    "configure": _("Configuring the kernel"),
    "compile": _("Compiling the kernel"),
}


def build(progress: Progress) -> Kernel:
    """Build the kernel of this version's recipe in the caller's own store.

    A finished, sound kernel is kept. Can be interrupted at any point and run again: it goes on
    from there. Raises LabError when it fails, Unsupported where nothing can be built.
    """
    finished.require_machine()
    wanted = ingredients.read()
    with _locked(progress) as held:
        target = finished.user_store() / wanted.id
        if target.is_dir():
            with contextlib.suppress(Unsupported):
                return finished.open_kernel(target)
        tools.require()
        _check_space()
        return _build(wanted, target, held, progress)


def lock(progress: Progress) -> Path:
    """Write ``packages.lock`` anew from what the mirror offers today; returns its path."""
    tools.require()
    wanted = ingredients.read()
    with _locked(progress) as held:
        apt = Apt(finished.downloads(), mirror.choose(), image_recipe.architecture(), held)
        offers, _drift = choose(apt, wanted.packages, Lock([]), progress)
    path = ingredients.directory() / "packages.lock"
    fresh = path.with_suffix(".new")
    head = (
        "# The exact packages of the lab kernel's build: name, version, architecture, sha256.\n"
        "# Written by 'make kernel-lock'; do not edit.\n"
    )
    packages = sorted(offer.package for offer in offers)
    fresh.write_text(head + "".join(f"{package}\n" for package in packages), "utf-8")
    fresh.replace(path)
    return path


def record(kernel: Kernel) -> Path:
    """Write a kernel's checksum into the recipe; returns the file's path."""
    path = ingredients.directory() / "kernel.sha256"
    path.write_text(f"{kernel.sha256}  linux\n", "utf-8")
    return path


@contextlib.contextmanager
def _locked(progress: Progress) -> Iterator[int]:
    """One builder at a time in a store; yields the lock's file descriptor."""
    waiting = _("Waiting for another build of the lab kernel")
    with artifact.locked(finished.make_store(), lambda: progress.phase(waiting)) as held:
        yield held


def _check_space() -> None:
    """Refuse to begin what the disk cannot hold."""
    if short := artifact.shortage(finished.user_store(), NEEDED_STORE, NEEDED_TEMPORARY):
        path, needed, free = short
        raise LabError(
            "Building the lab kernel needs {needed} MiB in {path}, and {free} MiB are free: "
            "make room, or name another place with XDG_CACHE_HOME or TMPDIR.",
            needed=needed // MEBIBYTE,
            path=str(path),
            free=free // MEBIBYTE,
        )


def _build(wanted: Recipe, target: Path, held: int, progress: Progress) -> Kernel:
    own_store = target.parent
    apt = Apt(finished.downloads(), mirror.choose(), image_recipe.architecture(), held)
    offers, drift = choose(apt, wanted.packages, wanted.lock, progress)
    # Another compiler or another source makes another tree.
    versions = "\n".join(sorted(str(offer.package) for offer in offers))
    tree = trees.claim(own_store, f"{wanted.id} {_hash(versions)}", held)
    log = own_store / "build.log"
    try:
        if not tree.unpacked:
            download(apt, offers, progress)
            progress.phase(_("Unpacking {count} packages", count=len(offers)))
            files = {"build/lab.config": wanted.config, "build/compile.sh": wanted.script}
            tree.unpack([apt.path(offer) for offer in offers], files)
        _compile(tree, log, progress)
        kernel = _keep(tree, wanted, offers, drift, target)
    except (OSError, subprocess.CalledProcessError) as error:
        raise LabError(
            "The lab kernel could not be built: {reason} (all of it in {log}).",
            reason=str(error),
            log=str(log),
        ) from error
    progress.phase(_("Removing the build tree"))
    trees.clear(own_store)
    shutil.rmtree(finished.downloads())
    if not drift and wanted.recorded not in ("", kernel.sha256):
        progress.note(
            _(
                "Its sha256 is {found}, and the recipe records {recorded}: this machine builds "
                "another kernel from the same packages.",
                found=kernel.sha256,
                recorded=wanted.recorded,
            )
        )
    return kernel


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _compile(tree: trees.Tree, log: Path, progress: Progress) -> None:
    """Run the recipe's script in the tree. Raises LabError that tells what the compiler said."""
    compiled = 0
    complaints: list[str] = []
    with log.open("w", encoding="utf-8", buffering=1) as written:

        def heard(line: str) -> None:
            nonlocal compiled
            written.write(f"{line}\n")
            step = re.fullmatch(r"step: (\w+)", line)
            if step:
                progress.phase(STEPS[step.group(1)])
            elif re.match(r"  (CC|AS|HOSTCC|LD|AR) ", line):
                compiled += 1
                progress.advance(compiled, SOURCE_FILES)
            elif re.search(r"^E: |\berror: |^make.*\*\*\*", line):
                complaints.append(line.removeprefix("E: "))

        jobs = str(len(os.sched_getaffinity(0)))
        status = tree.run(["sh", "/build/compile.sh", jobs], heard)
    if status:
        raise LabError(
            "The lab kernel could not be compiled: {reason} (all of it in {log}).",
            reason=complaints[0] if complaints else f"exit status {status}",
            log=str(log),
        )


def _keep(
    tree: trees.Tree, wanted: Recipe, offers: list[Offer], drift: list[Drift], target: Path
) -> Kernel:
    """Copy the kernel out, see that it starts, record it, and give it its name."""
    for leftover in target.parent.glob(".partial-*"):
        shutil.rmtree(leftover)
    partial = target.with_name(f".partial-{wanted.id}")
    partial.mkdir(mode=0o755)
    try:
        file = partial / "linux"
        with file.open("wb") as out:
            tree.copy_out("build/objects/linux", out)
        file.chmod(0o755)
        manifest = {
            "format": ingredients.BUILDER_FORMAT,
            "id": wanted.id,
            "sha256": integrity.file_sha256(file),
            "release": finished.release_of(file),
            "built": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "packages": {o.package.name: o.package.version for o in offers},
            "drift": [change.to_json() for change in drift],
        }
        finished.complete(partial, manifest, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return finished.open_kernel(target)
