"""A class in one file, to be taken to another machine."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

from ipv6lab.classroom import folder
from ipv6lab.classroom.folder import Class
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

TOP = "class"
# What belongs to the machine: the certificate names its addresses, the hub's data its processes.
LEFT = ("secrets", "cards.html")
# What a home has that is made again.
CACHES = (".cache", ".jupyter", ".ipython")


def export(found: Class, file: Path) -> int:
    """Write the class into a new archive, people and PINs, homes and handed-in work; its bytes.

    Owners are left out: they are accounts of this machine. Raises LabError.
    """

    def taken(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        parts = Path(entry.name).parts[1:]
        if parts[:1] and parts[0] in LEFT:
            return None
        if parts[:1] == ("homes",) and len(parts) > 2 and parts[2] in CACHES:
            return None
        if not (entry.isreg() or entry.isdir() or entry.issym()):
            return None
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry

    try:
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(fd, "wb") as opened, tarfile.open(fileobj=opened, mode="w:gz") as archive:
            archive.add(found.folder, TOP, filter=taken)
    except FileExistsError:
        raise LabError(_("{file} is there already; name a new file.", file=str(file))) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise LabError(
            _("{file} cannot be written: {reason}.", file=str(file), reason=reason)
        ) from None
    return file.stat().st_size


def take_in(file: Path, place: Path) -> Class:
    """Unpack an archive as the class of this machine. Raises LabError."""
    if (place / "class.json").exists():
        raise LabError(
            _(
                "{folder} holds a class already; name another place with --folder.",
                folder=str(place),
            )
        )

    def taken(entry: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
        top, _slash, rest = entry.name.partition("/")
        if top != TOP or Path(rest).parts[:1] in [(one,) for one in LEFT]:
            return None
        moved = entry.replace(name=rest or ".", deep=False)
        if entry.issym():  # of a home: it is never followed while unpacking
            moved.linkname = entry.linkname
            return moved if Path(rest).parts[:1] == ("homes",) else None
        return tarfile.data_filter(moved, path)

    try:
        place.mkdir(mode=0o711, parents=True, exist_ok=True)
        with tarfile.open(file, mode="r:gz") as archive:
            members = archive.getmembers()
            # Links last: nothing is written through one.
            for entry in sorted(members, key=lambda one: one.issym()):
                archive.extract(entry, place, filter=taken)
        (place / "secrets").mkdir(mode=0o700, exist_ok=True)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise LabError(
            _("{file} is no class that can be unpacked: {reason}.", file=str(file),
              reason=str(error))
        ) from None  # fmt: skip
    return folder.load(place)
