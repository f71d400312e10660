"""An image in one file, for a machine that has no network: written here, taken there.

The file is a tar archive, compressed with gzip; its first member is the manifest. What is taken
from it is compared with the manifest byte for byte before anybody may start on it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from ipv6lab.image import artifact, recipe, store, usage
from ipv6lab.image.store import Image
from ipv6lab.image.telling import Progress
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

PARTS = ("manifest.json", "skeleton.tar", "shared.sha256", "shared.entries", "root")
MOST_BYTES = 4 << 30  # of an image: a file that says it holds more is none of ours
MOST_MANIFEST = 1 << 20


def pack(image: Image, file: Path, progress: Progress) -> None:
    """Write an image into one file. Raises LabError where it is not sound, or cannot be written."""
    wrong, _strays = store.verify(image)
    if wrong:
        raise store.damaged(image.directory, wrong[0])
    strays = {f"./{name}" for name in image.strays}
    total, done = int(image.manifest["shared"]["bytes"]), 0
    progress.phase(_("Packing the lab image into {path}", path=str(file)))

    def ours(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        nonlocal done
        if member.name in strays:
            return None
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        done += member.size
        progress.advance(min(done, total), total)
        return member

    partial = file.with_name(f".{file.name}-{os.getpid()}")
    try:
        with tarfile.open(partial, "w:gz", compresslevel=6, format=tarfile.PAX_FORMAT) as archive:
            for part in PARTS:
                archive.add(image.directory / part, f"./{part}", filter=ours)
        partial.rename(file)
    except OSError as error:
        raise LabError(
            "The lab image cannot be written into {path}: {reason}.",
            path=str(file),
            reason=error.strerror or str(error),
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def install(file: Path, progress: Progress) -> Image:
    """Take the image that ``pack`` wrote, into the caller's own store.

    Raises LabError where the file is damaged, or holds the image of another recipe or architecture.
    """
    own_store = store.user_store()
    artifact.make_directories(own_store.parent, own_store)
    waiting = _("Waiting for another build of the lab image")
    with artifact.locked(own_store, lambda: progress.phase(waiting)):
        partial = own_store / f".installing-{os.getpid()}"
        try:
            partial.mkdir(mode=0o755)
            partial.chmod(0o755)
            progress.phase(_("Unpacking the lab image from {path}", path=str(file)))
            with _reading(file) as archive:
                _unpack(archive, file, partial, progress.advance)
            progress.phase(_("Comparing it with its record"))
            _check(partial, file)
            target = own_store / recipe.read().id
            if old := artifact.put_in_place(partial, target):
                usage.set_aside(old, target.name)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        usage.note(own_store, recipe.directory(), target.name)
        usage.sweep(own_store)
    return store.open_image(target)


@contextlib.contextmanager
def _reading(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:gz") as archive:
            yield archive
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise _refusal(file, str(getattr(error, "strerror", None) or error)) from error


def _refusal(file: Path, reason: str) -> LabError:
    return LabError(
        "The file {path} cannot be taken as a lab image: {reason}.", path=str(file), reason=reason
    )


def _unpack(
    archive: tarfile.TarFile, file: Path, into: Path, advance: Callable[[int, int], None]
) -> None:
    """Write what it has below ``into``: plain files, folders that it names itself, and links."""
    first = archive.next()
    if first is None or first.name != "./manifest.json" or first.size > MOST_MANIFEST:
        raise _refusal(file, "it does not begin with the record of one")
    total = _wanted(_data(archive, first).read(), file)
    folders, files, done = {PurePosixPath(".")}, set[PurePosixPath](), 0
    member: tarfile.TarInfo | None = first
    while member is not None:
        name = PurePosixPath(member.name)
        place = into / name
        if name.is_absolute() or name.parent not in folders or ".." in name.parts:
            raise _refusal(file, f"{member.name} lies outside of it")
        if len(name.parts) == 1 and name.name not in PARTS:
            raise _refusal(file, f"{member.name} is no part of one")
        done += member.size
        if done > MOST_BYTES:
            raise _refusal(file, "it is too large")
        if member.isdir():
            place.mkdir(mode=0o755)
            place.chmod(0o755)
            folders.add(name)
        elif member.issym():
            place.symlink_to(member.linkname)
        elif member.islnk() and PurePosixPath(member.linkname) in files:
            os.link(into / member.linkname, place)
        elif member.isreg():
            with place.open("xb") as out:
                shutil.copyfileobj(_data(archive, member), out, 1 << 20)
            place.chmod(0o555 if member.mode & 0o111 else 0o444)
            # Python trusts its compiled modules by the time of their sources.
            os.utime(place, (member.mtime, member.mtime))
            files.add(name)
        else:
            raise _refusal(file, f"{member.name} is neither a file, a folder nor a link")
        advance(min(done, total), total)
        member = archive.next()


def _data(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    data = archive.extractfile(member)
    assert data is not None  # only of members that are files
    return data


def _wanted(text: bytes, file: Path) -> int:
    """Whether it is this version's image; its size in bytes. Raises LabError."""
    try:
        manifest: dict[str, Any] = json.loads(text)
        id, architecture = str(manifest["id"]), str(manifest["architecture"])
        size = int(manifest["shared"]["bytes"])
    except (ValueError, KeyError, TypeError) as error:
        raise _refusal(file, "its record cannot be read") from error
    if architecture != recipe.architecture():
        raise _refusal(file, f"it is for {architecture}, and this machine is not")
    if id != recipe.read().id:
        raise LabError(
            "The lab image in {path} belongs to another version of ipv6lab: pack it anew with this "
            "one, or build it with 'ipv6lab image build'.",
            path=str(file),
        )
    return max(1, size)


def _check(partial: Path, file: Path) -> None:
    image = store.open_image(partial)
    wrong, strays = store.verify(image)
    for name in [*wrong, *strays]:
        raise _refusal(file, f"its {name} is not what its record says")
