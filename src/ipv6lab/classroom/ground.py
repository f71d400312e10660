"""The class's own view of the machine: its accounts, and nothing of root's.

Root holds a class in a mount namespace of its own. There ``/etc/passwd`` and its kin also name the
seats' accounts, each with subordinate ids for its labs; on the machine itself no file changes and
no account appears. What the engine consists of (Python, this package, the course) may lie where
only root gets at it, in root's home say: there it is shown in the place where it is, and what else
is there is not.

A class has a slot on its machine: 256 accounts, of which the first is the board's, and for each
65,536 ids for its labs. All are above what distributions and systemd hand out, and above the ranges
of root's own labs (`ipv6lab.sandbox.ranges`).
"""

from __future__ import annotations

import fcntl
import os
import stat
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import ipv6lab
from ipv6lab.classroom.folder import Class
from ipv6lab.course import content
from ipv6lab.linux import syscalls
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import _

FIRST_UID = 0x7FFF_0000
FIRST_SUBORDINATE = 0x7800_0000
SIZE = 0x1_0000
SLOTS, ACCOUNTS = 8, 256
BOARD = 0  # who reads what trainees send is not root, and no trainee
ACCOUNT_FILES = ("passwd", "group", "subuid", "subgid")


@dataclass(frozen=True)
class Accounts:
    """The ids of a class's accounts, by its slot."""

    slot: int

    def uid(self, seat: int) -> int:
        """The uid, and gid, of a seat's account."""
        return FIRST_UID + self.slot * ACCOUNTS + seat

    def subordinate(self, seat: int) -> int:
        """The first of the ids that the seat's labs have."""
        return FIRST_SUBORDINATE + (self.slot * ACCOUNTS + seat) * SIZE

    def owner(self, seat: int) -> Callable[[int], bool]:
        """Whether an id is the seat's: its account's, or its labs'."""
        own, first = self.uid(seat), self.subordinate(seat)
        return lambda one: one == own or first <= one < first + SIZE

    def give(self, path: Path, seat: int) -> None:
        """Make a file or a whole folder a seat's, where root holds the class."""
        if os.geteuid() != 0:
            return
        own, labs = self.uid(seat), self.owner(seat)
        if path.lstat().st_uid == own:
            return
        for one in [path, *path.rglob("*")]:
            # What belongs to ids of a lab that ran in another slot goes with its scratch folder.
            if not labs(one.lstat().st_uid):
                os.chown(one, own, own, follow_symlinks=False)


def claim(directory: Path, preferred: int) -> tuple[int, int]:
    """A slot that no other class of this machine holds, and the descriptor that holds it.

    Raises LabError where all are taken.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for slot in dict.fromkeys([preferred % SLOTS, *range(SLOTS)]):
        fd = os.open(directory / str(slot), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            continue
        return slot, fd
    raise LabError(
        _("This machine holds {count} classes already; end one with ipv6lab class down.",
          count=SLOTS)
    )  # fmt: skip


def enter(found: Class, accounts: Accounts, view: Path) -> None:
    """Move this process into the class's view; `view` is a directory for what it is made of.

    Raises Unsupported where the kernel refuses it. Only root can; who is not root shares one
    account with all seats, and has no view.
    """
    needed = _unreachable([*_engine(), found.folder])
    try:
        # What this process would open itself is opened where it is now.
        syscalls.unshare(syscalls.CLONE_NEWNS)
        syscalls.mount("none", "/", "", syscalls.MS_REC | syscalls.MS_PRIVATE)
        view.mkdir(mode=0o755, parents=True, exist_ok=True)
        for number, (wall, paths) in enumerate(sorted(needed.items())):
            _open(wall, paths, view / f"wall-{number}")
        for name, lines in account_lines(found, accounts).items():
            file = view / name
            _write(file, _there(Path("/etc", name)) + lines)
            target = Path("/etc", name)
            if target.exists():
                syscalls.mount(str(file), str(target), "", syscalls.MS_BIND)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unsupported(
            _("This machine refuses a mount namespace for the class ({reason}).", reason=reason)
        ) from None


def account_lines(found: Class, accounts: Accounts) -> dict[str, str]:
    """What the account files say of the seats, by the file's name."""
    lines: dict[str, list[str]] = {name: [] for name in ACCOUNT_FILES}
    for number, seat in sorted(found.seats.items()):
        own, name = accounts.uid(number), seat.account
        # Names of people stay out: everybody can read these files.
        lines["passwd"].append(f"{name}:x:{own}:{own}::{found.home(number)}:/bin/bash\n")
        lines["group"].append(f"{name}:x:{own}:\n")
        for file in ("subuid", "subgid"):
            lines[file].append(f"{name}:{accounts.subordinate(number)}:{SIZE}\n")
    return {name: "".join(told) for name, told in lines.items()}


def make_room(found: Class, accounts: Accounts) -> None:
    """The board's folder, its account's alone: what it reads comes from trainees."""
    found.room.mkdir(mode=0o700, exist_ok=True)
    accounts.give(found.room, BOARD)


def make_home(found: Class, seat: int, accounts: Accounts) -> None:
    """A seat's home, its account's alone."""
    home = found.home(seat)
    home.mkdir(mode=0o700, exist_ok=True)
    if not stat.S_ISDIR(home.lstat().st_mode):
        raise LabError(_("{folder} is no folder.", folder=str(home)))
    accounts.give(home, seat)


def _there(file: Path) -> str:
    """What the machine's own file says, without lines that an earlier class left in it."""
    try:
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return ""
    return text if not text or text.endswith("\n") else text + "\n"


def _write(file: Path, text: str) -> None:
    # Written in place: it may be mounted over by a class whose people are added to.
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    file.chmod(0o644)


def renew(found: Class, accounts: Accounts, view: Path) -> None:
    """Name the seats that were added, in a view that stands; files are changed where they are."""
    for name, lines in account_lines(found, accounts).items():
        own = "".join(
            line
            for line in _there(view / name).splitlines(keepends=True)
            if not line.startswith("seat")
        )
        _write(view / name, own + lines)


def _engine() -> Iterable[Path]:
    """What every process of a class reads: Python, its packages, this package, the course."""
    package = Path(ipv6lab.__file__).resolve().parent
    course = content.find().root.resolve()
    python = Path(sys.executable).resolve().parent.parent
    return dict.fromkeys(
        [Path(sys.prefix).absolute(), Path(sys.base_prefix).resolve(), python, package, course]
    )


def _unreachable(paths: Iterable[Path]) -> dict[Path, list[Path]]:
    """The directories in which others than root cannot go on, each with what is wanted in it."""
    found: dict[Path, list[Path]] = {}
    for path in paths:
        for parent in [*reversed(path.parents)]:
            if not parent.stat().st_mode & stat.S_IXOTH:
                found.setdefault(parent, []).append(path)
                break
    return found


def _open(wall: Path, paths: list[Path], draft: Path) -> None:
    """Show `paths` in a directory that is closed to others, and nothing else of it."""
    draft.mkdir(mode=0o755, exist_ok=True)
    syscalls.mount("tmpfs", str(draft), "tmpfs", 0, "mode=755,size=64k,nr_inodes=1k")
    # A path within another one comes with it.
    outer = [one for one in paths if not any(other in one.parents for other in paths)]
    for path in outer:
        shown = draft / path.relative_to(wall)
        shown.mkdir(mode=0o755, parents=True, exist_ok=True)
        syscalls.mount(str(path), str(shown), "", syscalls.MS_BIND | syscalls.MS_REC)
    syscalls.mount(str(draft), str(wall), "", syscalls.MS_MOVE)
