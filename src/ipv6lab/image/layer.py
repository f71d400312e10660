"""Python's packages as one layer of the image: wheels unpacked, sources as they are."""

from __future__ import annotations

import fnmatch
import io
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

from ipv6lab.image.distributions import Distribution, same
from ipv6lab.words.errors import LabError

PLACE = "usr/lib/ipv6lab"
"""Where the layer lies in the image: wheels in ``python``, a source distribution by its name."""

TIME = 1_577_836_800
"""The time of every file of the layer, so that it is the same whenever it is made."""


def write_layer(
    distributions: Iterable[Distribution],
    path: Callable[[Distribution], Path],
    trim: Iterable[str],
    target: Path,
) -> None:
    """Write what these packages are to be in the image as one tar archive, always the same.

    ``trim`` are the options of dpkg that say what is left out (`recipe.trim_options`). Raises
    LabError where a package holds what has no place in the image.
    """
    files: dict[str, bytes] = {}
    for one in distributions:
        for name, content in _content(one, path(one)):
            if _kept(f"/{name}", trim):
                files[name] = content
    directories = {
        str(parent) for name in files for parent in PurePosixPath(name).parents if parent.name
    }
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as out:
        for name in sorted({*files, *directories}):
            entry = tarfile.TarInfo(name)
            entry.mtime = TIME
            if name in files:
                entry.mode, entry.size = 0o644, len(files[name])
                out.addfile(entry, io.BytesIO(files[name]))
            else:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                out.addfile(entry)


def _content(one: Distribution, path: Path) -> Iterator[tuple[str, bytes]]:
    """Each file of a package, by its path in the image."""
    if one.is_source:
        with tarfile.open(path) as archive:
            for member in archive:
                inner = _inner(one, member.name).partition("/")[2]
                if member.isreg() and inner:
                    data = archive.extractfile(member)
                    assert data is not None
                    yield f"{PLACE}/{same(one.name)}/{inner}", data.read()
        return
    with zipfile.ZipFile(path) as wheel:
        for name in wheel.namelist():
            inner = _inner(one, name)
            data_folder = re.match(r"[^/]+\.data/(purelib|platlib)/", inner)
            if data_folder:
                inner = inner[data_folder.end() :]
            elif re.match(r"[^/]+\.data/", inner):
                continue  # programs and headers: nobody calls them
            if not name.endswith("/"):
                yield f"{PLACE}/python/{inner}", wheel.read(name)


def _inner(one: Distribution, name: str) -> str:
    """A member's name, which has to stay below where it is laid."""
    if name.startswith("/") or ".." in name.split("/"):
        raise LabError("{file} names a file outside of itself: {path}.", file=one.file, path=name)
    return name


def _kept(path: str, trim: Iterable[str]) -> bool:
    """Whether a path is left in, by dpkg's own rule: the last pattern that matches decides."""
    kept = True
    for option in trim:
        kind, _, pattern = option.partition("=")
        if fnmatch.fnmatchcase(path, pattern):
            kept = kind == "path-include"
    return kept
