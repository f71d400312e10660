"""Build the lab image, in named phases."""

from __future__ import annotations

import contextlib
import datetime
import errno
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ipv6lab.image import artifact, integrity, mirror, recipe, store, tools
from ipv6lab.image.apt import Apt, Offer
from ipv6lab.image.bootstrap import bootstrap, workplace
from ipv6lab.image.fetching import MEBIBYTE, choose, download
from ipv6lab.image.packages import Drift, Lock
from ipv6lab.image.progress import Progress
from ipv6lab.image.recipe import BUILDER_FORMAT, SUITE, Recipe
from ipv6lab.image.split import split
from ipv6lab.image.store import Image
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import _

NEEDED_STORE = 1000 * MEBIBYTE
"""The finished image, the downloads and the package lists."""

NEEDED_TEMPORARY = 1000 * MEBIBYTE
"""The root tree while it is made, with a copy of the downloads."""

TREE_SIZE = 480 * MEBIBYTE
"""About the size of the tar stream: for the percentage only."""


def build(progress: Progress) -> Image:
    """Build the image of this version's recipe in the caller's own store.

    A finished, sound image is kept. Can be interrupted at any point and run again: what was
    downloaded is used, what was half built is removed.
    """
    tools.require()
    wanted = recipe.read()
    architecture = mirror.architecture()
    if wanted.lock.architectures != {architecture}:
        raise Unsupported(
            "The lab image is locked for {locked}, and this machine is {machine}: run "
            "'make image-lock' first.",
            locked=", ".join(sorted(wanted.lock.architectures)) or "no architecture",
            machine=architecture,
        )
    with _disk_errors_told(), _locked(store.user_store(), progress) as held:
        return _build(wanted, architecture, held, progress)


def _build(wanted: Recipe, architecture: str, held: int, progress: Progress) -> Image:
    own_store = store.user_store()
    target = own_store / wanted.id
    if target.is_dir():
        with contextlib.suppress(Unsupported):
            return store.open_image(target)
    _check_space(own_store)
    apt = Apt(store.downloads(), mirror.choose(), architecture, held)
    offers, drift = choose(apt, wanted.packages, wanted.lock, progress, whole=True)
    download(apt, offers, progress)
    return _make(wanted, apt, offers, drift, target, progress)


def lock(progress: Progress) -> Path:
    """Write ``packages.lock`` anew from what the mirror offers today; returns its path."""
    tools.require()
    wanted = recipe.read()
    with _disk_errors_told(), _locked(store.user_store(), progress) as held:
        apt = Apt(store.downloads(), mirror.choose(), mirror.architecture(), held)
        offers, _drift = choose(apt, wanted.packages, Lock([]), progress, whole=True)
    path = recipe.directory() / "packages.lock"
    fresh = path.with_suffix(".new")
    fresh.write_text(Lock(offer.package for offer in offers).format(), "utf-8")
    fresh.replace(path)
    return path


@contextlib.contextmanager
def _disk_errors_told() -> Iterator[None]:
    """A full disk, or one that may not be written, is not a defect of the builder."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        raise LabError(
            "The lab image could not be built: {reason} ({path}). Make room, or name another "
            "place with XDG_CACHE_HOME and TMPDIR.",
            reason=error.strerror or str(error),
            path=str(error.filename or store.user_store()),
        ) from error


@contextlib.contextmanager
def _locked(own_store: Path, progress: Progress) -> Iterator[int]:
    """One builder at a time in a store; yields the lock's file descriptor."""
    artifact.make_directories(own_store.parent, own_store, store.downloads())
    waiting = _("Waiting for another build of the lab image")
    with artifact.locked(own_store, lambda: progress.phase(waiting)) as held:
        yield held


def _check_space(own_store: Path) -> None:
    """Refuse to begin what the disk cannot hold."""
    if short := artifact.shortage(own_store, NEEDED_STORE, NEEDED_TEMPORARY):
        path, needed, free = short
        raise LabError(
            "Building the lab image needs {needed} MiB in {path}, and {free} MiB are free: "
            "make room, or name another place with XDG_CACHE_HOME or TMPDIR.",
            needed=needed // MEBIBYTE,
            path=str(path),
            free=free // MEBIBYTE,
        )


def _make(
    wanted: Recipe,
    apt: Apt,
    offers: list[Offer],
    drift: list[Drift],
    target: Path,
    progress: Progress,
) -> Image:
    """Make the root tree, split it, record it, and give it its name."""
    own_store = target.parent
    for leftover in own_store.glob(".partial-*"):
        shutil.rmtree(leftover)
    partial = own_store / f".partial-{wanted.id}"
    partial.mkdir(mode=0o755)
    partial.chmod(0o755)
    try:
        with workplace(own_store) as temporary:
            _unpack(wanted, apt, offers, temporary, partial, progress)
        progress.phase(_("Recording what was built"))
        _record(wanted, apt, offers, drift, partial)
        if target.exists():
            target.rename(own_store / f".partial-damaged-{os.getpid()}")
        partial.rename(target)
    finally:
        for leftover in own_store.glob(".partial-*"):
            shutil.rmtree(leftover)
    apt.prune(offers)
    return store.open_image(target)


def _unpack(
    wanted: Recipe,
    apt: Apt,
    offers: list[Offer],
    temporary: Path,
    partial: Path,
    progress: Progress,
) -> None:
    progress.phase(_("Installing {count} packages into the image", count=len(offers)))
    unpacked: set[str] = set()

    def heard(line: str) -> None:
        """dpkg unpacks every package and sets it up: two steps each."""
        step = re.match(r"(Unpacking|Setting up) (\S+) ", line)
        if step:
            unpacked.add(step.group(0))
            progress.advance(len(unpacked), 2 * len(offers))

    names = {f"{offer.package.sha256}.deb": apt.path(offer) for offer in offers}
    index = "\n\n".join(_at_hand(offer) for offer in offers) + "\n"
    packages = [offer.package.name for offer in offers]
    log = partial.parent / "build.log"
    with bootstrap(names, index, packages, wanted.trim, temporary, log, heard, apt.lock) as stream:
        splitting = False

        def advance(read: int) -> None:
            nonlocal splitting
            if not splitting:
                splitting = True
                progress.phase(_("Splitting the image"))
            progress.advance(read, TREE_SIZE)

        split(stream, partial / "root", partial / "skeleton.tar", advance)


def _at_hand(offer: Offer) -> str:
    """The package's index entry, with a file name of ours."""
    name = f"Filename: ./{offer.package.sha256}.deb"
    return re.sub(r"^Filename: .*$", lambda _match: name, offer.stanza, flags=re.MULTILINE)


def _record(
    wanted: Recipe, apt: Apt, offers: list[Offer], drift: list[Drift], partial: Path
) -> None:
    """Write the hash list and, after everything else is on disk, the manifest."""
    skeleton = partial / "skeleton.tar"
    hashes = partial / "shared.sha256"
    hashes.write_text(integrity.hash_list(partial / "root"), "utf-8")
    for path in (skeleton, hashes):
        path.chmod(0o644)
    os.sync()
    manifest: dict[str, Any] = {
        "format": BUILDER_FORMAT,
        "id": wanted.id,
        "suite": SUITE,
        "architecture": apt.architecture,
        "mirror": apt.mirror.debian,
        "built": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "packages": {o.package.name: o.package.version for o in sorted(offers, key=_name)},
        "drift": [change.to_json() for change in drift],
        "skeleton": {
            "bytes": skeleton.stat().st_size,
            "sha256": integrity.file_sha256(skeleton),
        },
        "shared": integrity.shape(partial / "root").to_json(),
        "shared_sha256": integrity.file_sha256(hashes),
    }
    artifact.write_manifest(partial, manifest)


def _name(offer: Offer) -> str:
    return offer.package.name
