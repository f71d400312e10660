"""Split the tar stream of a root tree into the shared layer and the skeleton.

Works on the stream as it comes, without root: owners and modes that only root could give
to files live on in the skeleton's archive.
"""

from __future__ import annotations

import copy
import io
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from ipv6lab.image.rules import RELOCATED, Place, place, relocated
from ipv6lab.words.errors import LabError

NEUTRAL = {
    "etc/hostname": "localhost\n",
    "etc/hosts": (
        "127.0.0.1\tlocalhost\n"
        "::1\tlocalhost ip6-localhost ip6-loopback\n"
        "ff02::1\tip6-allnodes\n"
        "ff02::2\tip6-allrouters\n"
    ),
    "etc/machine-id": "",
    "etc/resolv.conf": "",
    "etc/apt/sources.list": "",
}
"""Files that would carry something of the machine that built the image."""


def split(
    stream: IO[bytes],
    root: Path,
    skeleton: Path,
    advance: Callable[[int], None] = lambda size: None,
) -> None:
    """Read a tar archive from ``stream``; write ``root/usr`` and the archive ``skeleton``.

    ``advance`` hears the number of bytes read so far.
    """
    root.mkdir(mode=0o755)
    root.chmod(0o755)
    with (
        tarfile.open(fileobj=stream, mode="r|") as source,
        tarfile.open(skeleton, "w", format=tarfile.PAX_FORMAT) as target,
    ):
        splitter = _Splitter(root, target)
        for member in source:
            data = source.extractfile(member) if member.isreg() else None
            splitter.add(member, data)
            advance(member.offset_data)
        splitter.finish()


class _Splitter:
    def __init__(self, root: Path, skeleton: tarfile.TarFile) -> None:
        self.root = root
        self.skeleton = skeleton
        self.directories: dict[str, tarfile.TarInfo] = {}  # every directory seen
        self.in_skeleton: set[str] = set()

    def add(self, member: tarfile.TarInfo, data: IO[bytes] | None) -> None:
        original = _relative(member.name)
        if not original or original in NEUTRAL:
            return
        path = relocated(original)
        if member.isdir():
            self.directories[path] = member
        chosen = place(path, member)
        if place(original, member) is Place.DROPPED:
            return
        if member.islnk():
            self._hard_link(path, relocated(_relative(member.linkname)), member, chosen)
        elif chosen is Place.SHARED:
            self._share(path, member, data)
        elif chosen is Place.SKELETON:
            self._keep(path, member, data)

    def finish(self) -> None:
        """Add what the built tree does not have, or has of the building machine."""
        for old, new in RELOCATED.items():
            link = tarfile.TarInfo(old)
            link.type = tarfile.SYMTYPE
            link.mode = 0o777
            link.linkname = "../" * old.count("/") + new
            self._keep(old, link, None)
        for path, text in NEUTRAL.items():
            content = text.encode()
            file = tarfile.TarInfo(path)
            file.mode = 0o644
            file.size = len(content)
            self._keep(path, file, io.BytesIO(content))

    def _hard_link(self, path: str, to: str, member: tarfile.TarInfo, chosen: Place) -> None:
        """Link within one part; across the two parts, copy.

        A hard link's own entry says nothing about capabilities: its target decides.
        """
        if to in self.in_skeleton:
            link = copy.copy(member)
            link.linkname = to
            self._keep(path, link, None)
            return
        existing = self.root / to
        if not existing.is_file():
            raise LabError(
                "The root tree links {path} to {target}, which is not in it: build again.",
                path=path,
                target=to,
            )
        if chosen is Place.SHARED:
            self._parents(path)
            os.link(existing, self.root / path)
            return
        file = copy.copy(member)
        file.type = tarfile.REGTYPE
        file.size = existing.stat().st_size
        with existing.open("rb") as data:
            self._keep(path, file, data)

    def _share(self, path: str, member: tarfile.TarInfo, data: IO[bytes] | None) -> None:
        target = self.root / path
        self._parents(path)
        if member.isdir():
            target.mkdir(exist_ok=True)
            target.chmod(0o755)
        elif member.issym():
            target.symlink_to(member.linkname)
        elif data is not None:
            with target.open("xb") as file:
                shutil.copyfileobj(data, file, 1 << 20)
            target.chmod(0o555 if member.mode & 0o111 else 0o444)
            # Python trusts its compiled modules by the time of their sources.
            os.utime(target, (member.mtime, member.mtime))

    def _parents(self, path: str) -> None:
        for parent in reversed(Path(path).parents[:-1]):
            directory = self.root / parent
            if not directory.is_dir():
                directory.mkdir()
                directory.chmod(0o755)

    def _keep(self, path: str, member: tarfile.TarInfo, data: IO[bytes] | None) -> None:
        for parent in reversed(Path(path).parents[:-1]):
            name = str(parent)
            if name not in self.in_skeleton:
                self._write(name, self.directories.get(name) or _directory(name), None)
        self._write(path, member, data)

    def _write(self, path: str, member: tarfile.TarInfo, data: IO[bytes] | None) -> None:
        entry = copy.copy(member)
        entry.name = path
        entry.uname = entry.gname = ""  # numbers only: names mean other ids elsewhere
        # tarfile writes these again from the fields above.
        entry.pax_headers = {
            key: value for key, value in member.pax_headers.items() if key.startswith("SCHILY.")
        }
        self.in_skeleton.add(path)
        self.skeleton.addfile(entry, data)


def _directory(name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE
    info.mode = 0o755
    return info


def _relative(name: str) -> str:
    """The path of a member below the root; '' for the root itself."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise LabError("The root tree names a file outside of itself: {path}.", path=name)
    return "/".join(parts)
