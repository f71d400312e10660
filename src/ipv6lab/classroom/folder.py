"""The class on disk: one folder that says all of it, which only the trainer can enter.

========================= ========================================================================
``class.json``            seats with their people and PINs, the room's code, versions
``cards.html``            the page of cards to print
``secrets/``              certificate, keys, the hub's data
``homes/NN/``             what a seat's own files are; the seat's account owns it
``room/``                 what the board knows (``board.json``), and recorded work as the seats
                          handed it in: ``handed-in/NN/EXERCISE.json``
``gradebook/``            the marks that count (`gradebook`)
========================= ========================================================================

Nothing in it is the course's or the machine's, so it moves to another machine as it is. PINs are
kept as they are: cards are printed again when the room's address turns out to be another.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ipv6lab.classroom.roster import Person
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

VARIABLE = "IPV6LAB_CLASS"
FORMAT = 1
PIN_DIGITS = 6
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another
SYSTEM = Path("/var/lib/ipv6lab/class")


@dataclass(frozen=True)
class Seat:
    """A seat, who has it, and the PIN that proves it."""

    number: int
    name: str
    language: str
    group: str
    pin: str

    @property
    def account(self) -> str:
        """The name of its account, and in the hub."""
        return f"seat{self.number:02}"


@dataclass(frozen=True)
class Class:
    """A class as its folder has it."""

    folder: Path
    title: str
    language: str
    code: str  # with which laptops join
    seats: dict[int, Seat] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)  # versions: ipv6lab, image, course

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    @property
    def cards(self) -> Path:
        return self.folder / "cards.html"

    def home(self, seat: int) -> Path:
        """Where a seat's own files lie."""
        return self.folder / "homes" / f"{seat:02}"

    @property
    def room(self) -> Path:
        """What the board may write."""
        return self.folder / "room"

    def handed_in(self, seat: int) -> Path:
        """Where the work that a seat handed in lies."""
        return self.room / "handed-in" / f"{seat:02}"

    def seat_of(self, account: str) -> Seat | None:
        """The seat whose account that is."""
        return next((one for one in self.seats.values() if one.account == account), None)

    def seat(self, number: int) -> Seat:
        """Raises LabError where the class has no such seat."""
        found = self.seats.get(number)
        if found is None:
            raise LabError(
                _(
                    "The class has no seat {seat}; its seats are {seats}.",
                    seat=number,
                    seats=ranges(self.seats),
                )
            )
        return found

    def write(self) -> None:
        """Write ``class.json``. Raises LabError where it cannot be written."""
        told: dict[str, Any] = {
            "format": FORMAT,
            "title": self.title,
            "language": self.language,
            "code": self.code,
            "made": self.made,
            "seats": [asdict(seat) for _n, seat in sorted(self.seats.items())],
        }
        write_private(self.folder / "class.json", json.dumps(told, ensure_ascii=False, indent=1))
        # The board needs to know who is there, and no PINs.
        told["seats"] = [{**one, "pin": ""} for one in told["seats"]]
        known = self.room / "class.json"
        write_private(known, json.dumps(told, ensure_ascii=False))
        if os.geteuid() == 0:
            owner = self.room.stat()
            os.chown(known, owner.st_uid, owner.st_gid)


def ranges(numbers: Mapping[int, object] | list[int]) -> str:
    """Numbers in short.

    >>> ranges([1, 2, 3, 7, 9, 10])
    '1–3, 7, 9–10'
    """
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][-1] == number - 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ", ".join("–".join(map(str, part)) for part in parts)


def place(option: str | None = None) -> Path:
    """The folder of the class: what the option or ``IPV6LAB_CLASS`` names, else the usual one."""
    named = option or os.environ.get(VARIABLE)
    if named:
        return Path(named).absolute()
    return SYSTEM if os.geteuid() == 0 else directories.work() / "class"


def create(
    folder: Path, title: str, language: str, people: list[Person], made: Mapping[str, str]
) -> Class:
    """A new class, in a folder that holds none. Raises LabError."""
    if (folder / "class.json").exists():
        raise LabError(
            _(
                "{folder} holds a class already: add people with ipv6lab class add, or name "
                "another place with --folder.",
                folder=str(folder),
            )
        )
    seats = seated(people)
    code = "".join(secrets.choice(CODE_LETTERS) for _number in range(6))
    found = Class(folder, title, language, code, seats, dict(made))
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        # Its homes are reached by their accounts; all else in it is the trainer's.
        folder.chmod(0o711)
        for name in ("secrets", "room"):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        (folder / "homes").mkdir(mode=0o711, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None
    found.write()
    return found


def seated(people: list[Person], taken: Mapping[int, Seat] | None = None) -> dict[int, Seat]:
    """Seats with new PINs, no two alike."""
    pins = {one.pin for one in (taken or {}).values()}
    seats = dict(taken or {})
    for one in people:
        while (pin := f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}") in pins:
            pass
        pins.add(pin)
        seats[one.seat] = Seat(one.seat, one.name, one.language, one.group, pin)
    return seats


def load(folder: Path) -> Class:
    """The class in a folder. Raises LabError where there is none, or it cannot be read."""
    file = folder / "class.json"
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LabError(
            _(
                "There is no class in {folder}; ipv6lab class init ROSTER makes one.",
                folder=str(folder),
            )
        ) from None
    except (OSError, ValueError) as error:
        raise LabError(
            _("{file} cannot be read: {reason}.", file=str(file), reason=str(error))
        ) from None
    try:
        if told["format"] != FORMAT:
            raise LabError(_("{file} was made by another version of ipv6lab.", file=str(file)))
        seats = [Seat(**one) for one in told["seats"]]
        return Class(
            folder,
            str(told["title"]),
            str(told["language"]),
            str(told["code"]),
            {one.number: one for one in seats},
            dict(told["made"]),
        )
    except (KeyError, TypeError, AttributeError):
        raise LabError(_("{file} is no class.", file=str(file))) from None


def with_people(found: Class, people: list[Person]) -> Class:
    """The class with more people; their seats must be free."""
    return replace(found, seats=seated(people, found.seats))


def without(found: Class, seat: int) -> Class:
    """The class without a seat."""
    return replace(found, seats={n: one for n, one in found.seats.items() if n != seat})


def write_private(file: Path, content: str | bytes) -> None:
    """Write a file that only its owner reads; whole or not at all. Raises LabError."""
    data = content.encode() if isinstance(content, str) else content
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(fd, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise _unwritable(file, error) from None


def _unwritable(file: Path, error: OSError) -> LabError:
    reason = error.strerror or str(error)
    return LabError(_("{file} cannot be written: {reason}.", file=str(file), reason=reason))


def secret(found: Class, name: str) -> str:
    """A secret of the class by its name, made when it is first asked for."""
    file = found.secrets / name
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        made = secrets.token_hex(32)
        write_private(file, made + "\n")
        return made


def read_json(file: Path) -> dict[str, Any]:
    """What a file of ours says; nothing where it is not there or broken."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def alone(found: Class) -> Iterator[bool]:
    """Whether nobody else holds the class; held while in the block."""
    fd = os.open(found.secrets / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(fd)
