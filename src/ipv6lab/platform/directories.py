"""Where ipv6lab keeps things on disk (the XDG base directories).

======== ============================== =====================================================
place    default                        what is lost with it
======== ============================== =====================================================
runtime  ``$XDG_RUNTIME_DIR/ipv6lab``   nothing: sockets and pids; the next start does without
cache    ``~/.cache/ipv6lab``           time: image, kernel, compiled translations
work     ``~/.local/share/ipv6lab``     recorded work, results, spent hints, notebooks
======== ============================== =====================================================
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
ROOM = 64 * 1024  # octets: more than any of the small files that are kept here
VARIABLES: dict[str, Callable[[], Path]] = {
    "XDG_RUNTIME_DIR": lambda: runtime(),
    "XDG_DATA_HOME": lambda: work(),
    "XDG_CACHE_HOME": lambda: cache(),
}


def _base(variable: str, default: str) -> Path:
    value = os.environ.get(variable, "")
    # The XDG specification: a relative path in one of its variables is to be ignored.
    root = Path(value) if os.path.isabs(value) else Path.home() / default
    return root / "ipv6lab"


def cache() -> Path:
    """What can be made again. Not created here."""
    return _base("XDG_CACHE_HOME", ".cache")


def work() -> Path:
    """What nothing may lose. Not created here."""
    return _base("XDG_DATA_HOME", ".local/share")


def runtime() -> Path:
    """Sockets and pids of running labs: a directory that only this user can enter.

    Created when missing. Without ``XDG_RUNTIME_DIR`` (a plain ``su``, a container) it is
    ``/tmp/ipv6lab-UID``. Raises LabError when somebody else holds that name.
    """
    value = os.environ.get("XDG_RUNTIME_DIR", "")
    uid = os.getuid()
    # After `su` the variable may still name the directory of the user before.
    if os.path.isabs(value) and _is_owned(Path(value), uid):
        return _private(Path(value) / "ipv6lab")
    return _private(Path(f"/tmp/ipv6lab-{uid}"))


def shared() -> Path:
    """What all labs of this user have to agree on, wherever their runtime directories are.

    Created when missing. Raises LabError when somebody else holds that name.
    """
    uid = os.getuid()
    return _private(Path("/run/ipv6lab") if uid == 0 else Path(f"/tmp/ipv6lab-{uid}"))


def _private(path: Path) -> Path:
    uid = os.getuid()
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
        raise LabError(
            _("{path} belongs to somebody else; remove it, or set XDG_RUNTIME_DIR.", path=str(path))
        )
    if found.st_mode & 0o077:
        path.chmod(0o700)
    return path


def variable_of(path: Path) -> str | None:
    """The variable by which another place would be named for what lies here; None for none."""
    for variable, place in VARIABLES.items():
        with contextlib.suppress(OSError, LabError):
            if path.is_relative_to(place()):
                return variable
    return None


def no_room(error: OSError) -> LabError | None:
    """What it was that could not be written, as a sentence; None where room is not what lacks."""
    if error.errno not in FULL:
        return None
    reason = error.strerror or str(error)
    found = [(Path(error.filename), reason)] if isinstance(error.filename, str) else []
    found = found or list(without_room())
    if not found:
        return LabError(_("What is said cannot be written ({reason}); make room.", reason=reason))
    path, reason = found[0]
    variable = variable_of(path)
    if variable is None:
        return LabError(
            _(
                "{file} cannot be written ({reason}); make room there, or name another place.",
                file=str(path),
                reason=reason,
            )
        )
    return LabError(
        _(
            "{file} cannot be written ({reason}); make room there, or name another place with "
            "{variable}.",
            file=str(path),
            reason=reason,
            variable=variable,
        )
    )


def without_room() -> Iterator[tuple[Path, str]]:
    """The places in which nothing more can be written, and the system's reason.

    An error of a write names no file: which place it was is found by writing there.
    """
    import tempfile  # which takes longer than most commands need

    known: list[Callable[[], Path]] = [
        *VARIABLES.values(),
        shared,
        lambda: Path(tempfile.gettempdir()),
    ]
    for find in known:
        place: Path | None = None
        try:
            place = find()
            beside = next(folder for folder in (place, *place.parents) if folder.is_dir())
            with tempfile.TemporaryFile(dir=beside) as tried:
                tried.write(bytes(ROOM))
        except OSError as error:
            if error.errno in FULL:
                yield Path(error.filename or place or "/tmp"), error.strerror or str(error)
        except LabError:  # somebody else's: whoever needs it says so
            continue


@contextlib.contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """What to bind or connect a Unix socket to, for a path of any length.

    An address holds 107 octets (``sun_path``); a longer path is named from its open directory.
    """
    if len(os.fsencode(path)) < 108:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)


def _is_owned(path: Path, uid: int) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and os.access(path, os.W_OK)
