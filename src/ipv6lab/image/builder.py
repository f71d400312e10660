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

from ipv6lab.image import artifact, integrity, mirror, recipe, store, tools, usage
from ipv6lab.image.apt import Apt, Offer
from ipv6lab.image.bootstrap import bootstrap, workplace
from ipv6lab.image.distributions import format_lock, same
from ipv6lab.image.fetching import MEBIBYTE, choose, download, locked_at_hand
from ipv6lab.image.layer import write_layer
from ipv6lab.image.packages import Drift, Lock
from ipv6lab.image.pip import Pip
from ipv6lab.image.recipe import BUILDER_FORMAT, SUITE, Recipe
from ipv6lab.image.split import split
from ipv6lab.image.store import Image
from ipv6lab.image.telling import Progress
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import _

NEEDED_STORE = 1000 * MEBIBYTE
"""The finished image, the downloads and the package lists."""

NEEDED_TEMPORARY = 1000 * MEBIBYTE
"""The root tree while it is made, with a copy of the downloads."""

TREE_SIZE = 480 * MEBIBYTE
"""About the size of the tar stream: for the percentage only."""


def build(progress: Progress, anew: bool = False) -> Image:
    """Build the image of this version's recipe in the caller's own store.

    A finished, sound image is kept, unless it is to be made ``anew``; labs that run on one which is
    replaced keep it. Can be interrupted at any point and run again: what was downloaded is used,
    what was half built is removed. Images that nobody uses any more go.
    """
    wanted = recipe.read()
    architecture = recipe.architecture()
    if not anew and (found := _found(wanted)):
        store.note_use(found)
        return found
    tools.require()
    if wanted.lock.architectures != {architecture}:
        raise Unsupported(
            "The lab image is locked for {locked}, and this machine is {machine}: run "
            "'make image-lock' first.",
            locked=", ".join(sorted(wanted.lock.architectures)) or "no architecture",
            machine=architecture,
        )
    with _disk_errors_told(), _locked(store.user_store(), progress) as held:
        if not anew and (found := _found(wanted)):  # another builder's, for which this one waited
            return found
        built = _build(wanted, architecture, held, progress)
        store.note_use(built)
        for old in usage.sweep(store.user_store()):
            progress.note(_("Removed {path}: nobody uses that lab image.", path=str(old)))
        return built


def _found(wanted: Recipe) -> Image | None:
    """The sound image of this recipe in one's own store."""
    target = store.user_store() / wanted.id
    if target.is_dir():
        with contextlib.suppress(Unsupported):
            return store.open_image(target)
    return None


def _build(wanted: Recipe, architecture: str, held: int, progress: Progress) -> Image:
    own_store = store.user_store()
    _check_space(own_store)
    apt = Apt(store.downloads(), mirror.choose(), architecture, held)
    pip = _python_packages(wanted, architecture, held, progress)
    if at_hand := locked_at_hand(apt, wanted.lock):
        return _make(wanted, apt, pip, at_hand, [], own_store / wanted.id, progress)
    offers, drift = choose(apt, wanted.packages, wanted.lock, progress, whole=True)
    download(apt, offers, progress)
    return _make(wanted, apt, pip, offers, drift, own_store / wanted.id, progress)


def _python_packages(wanted: Recipe, architecture: str, held: int, progress: Progress) -> Pip:
    """Python's packages, fetched unless an earlier build has left them."""
    locked = {one.name for one in wanted.python_lock}
    if unlocked := {same(name.partition("==")[0]) for name in wanted.python} - locked:
        raise LabError(
            "python.txt names {packages}, which the lock has not: run 'make image-lock'.",
            packages=", ".join(sorted(unlocked)),
        )
    pip = Pip(store.downloads() / "python", architecture, held)
    missing = sum(not pip.is_at_hand(one) for one in wanted.python_lock)
    if missing:
        progress.phase(_("Downloading {count} Python packages", count=missing))
    pip.fetch(wanted.python_lock)
    return pip


def lock(progress: Progress) -> list[Path]:
    """Write the locks anew from what the mirror offers today, one for each architecture.

    Any machine can do it for all of them. Returns their paths.
    """
    tools.require()
    wanted = recipe.read()
    written: dict[Path, str] = {}
    with _disk_errors_told(), _locked(store.user_store(), progress) as held:
        for architecture in sorted(recipe.ARCHITECTURES.values()):
            # Lists of their own, since those of a build may be needed without a network.
            place = store.downloads() / "locking" / architecture
            apt = Apt(place, mirror.choose(), architecture, held)
            offers, _drift = choose(apt, wanted.packages, Lock([]), progress, whole=True)
            found = Lock(offer.package for offer in offers)
            written[recipe.lock_file(recipe.directory(), architecture)] = found.format()
            progress.phase(_("Choosing packages"))
            pip = Pip(place / "python", architecture, held)
            distributions = format_lock(pip.newest(wanted.python))
            written[recipe.python_lock_file(recipe.directory(), architecture)] = distributions
        shutil.rmtree(store.downloads() / "locking")
    for path, text in written.items():
        fresh = path.with_suffix(".new")
        fresh.write_text(text, "utf-8")
        fresh.replace(path)
    return list(written)


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
    pip: Pip,
    offers: list[Offer],
    drift: list[Drift],
    target: Path,
    progress: Progress,
) -> Image:
    """Make the root tree, split it, record it, and give it its name."""
    own_store = target.parent
    for leftover in own_store.glob(".partial-*"):
        usage.remove(leftover)
    partial = own_store / f".partial-{wanted.id}"
    partial.mkdir(mode=0o755)
    partial.chmod(0o755)
    try:
        with workplace(own_store) as temporary:
            _unpack(wanted, apt, pip, offers, temporary, partial, progress)
        progress.phase(_("Recording what was built"))
        _record(wanted, apt, offers, drift, partial)
        if old := artifact.put_in_place(partial, target):
            usage.set_aside(old, target.name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    apt.prune(offers)
    pip.prune(wanted.python_lock)
    return store.open_image(target)


def _unpack(
    wanted: Recipe,
    apt: Apt,
    pip: Pip,
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

    offers = sorted(offers, key=_name)  # whoever chose them: the same order gives the same uids
    names = {f"{offer.package.sha256}.deb": apt.path(offer) for offer in offers}
    index = "\n\n".join(_at_hand(offer) for offer in offers) + "\n"
    packages = [offer.package.name for offer in offers]
    log = partial.parent / "build.log"
    layer = temporary / "python.tar"
    write_layer(wanted.python_lock, pip.path, wanted.trim, layer)
    with bootstrap(
        names, index, packages, wanted.trim, temporary, log, heard, apt.lock, layer
    ) as stream:
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
    listed = partial / "shared.entries"
    found, size = integrity.entries(partial / "root")
    listed.write_bytes(found)
    for path in (skeleton, hashes, listed):
        path.chmod(0o444)
    os.sync()
    manifest: dict[str, Any] = {
        "format": BUILDER_FORMAT,
        "id": wanted.id,
        "suite": SUITE,
        "architecture": apt.architecture,
        "mirror": apt.mirror.debian,
        "built": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "packages": {o.package.name: o.package.version for o in sorted(offers, key=_name)},
        "python": {one.name: one.version for one in wanted.python_lock},
        "drift": [change.to_json() for change in drift],
        "skeleton": {
            "bytes": skeleton.stat().st_size,
            "sha256": integrity.file_sha256(skeleton),
        },
        "shared": integrity.shape_of(found, size).to_json(),
        "shared_sha256": integrity.file_sha256(hashes),
    }
    artifact.write_manifest(partial, manifest)


def _name(offer: Offer) -> str:
    return offer.package.name
