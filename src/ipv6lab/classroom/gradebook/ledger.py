"""The gradebook on disk: every grading of a trainer's, and every mark that a trainer set by hand.

Rows are added and never changed, each in a transaction of its own: a power cut in the middle of a
grading loses that one grading, and a mark set by hand outlasts every grading after it. A row keeps
the name of whoever had the seat then, so that a seat that is given to another person takes no marks
along.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipv6lab.classroom.folder import Class
from ipv6lab.classroom.gradebook.people import Holder
from ipv6lab.words.errors import LabError
from ipv6lab.words.jsontext import as_json
from ipv6lab.words.message import _

FOLDER = "gradebook"
FILE = "gradebook.sqlite"
FORMAT = 1
PATIENCE = 30.0  # seconds for another command to let go of it
LARGEST = 256 << 20  # octets of one result, unpacked

TABLES = """
CREATE TABLE IF NOT EXISTS grading (
    id INTEGER PRIMARY KEY,
    seat INTEGER NOT NULL,
    name TEXT NOT NULL,
    groups TEXT NOT NULL,
    language TEXT NOT NULL,
    exercise TEXT NOT NULL,
    work TEXT NOT NULL,
    versions TEXT NOT NULL,
    graded_at TEXT NOT NULL,
    verdict TEXT NOT NULL,
    score INTEGER,
    result BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS mark (
    id INTEGER PRIMARY KEY,
    seat INTEGER NOT NULL,
    name TEXT NOT NULL,
    groups TEXT NOT NULL,
    language TEXT NOT NULL,
    exercise TEXT NOT NULL,
    "check" TEXT NOT NULL,
    points INTEGER,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS award (
    serial TEXT PRIMARY KEY,
    seat INTEGER NOT NULL,
    name TEXT NOT NULL,
    groups TEXT NOT NULL,
    language TEXT NOT NULL,
    at TEXT NOT NULL,
    claims TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS of_seat ON grading (seat, exercise);
"""


@dataclass(frozen=True)
class Graded:
    """One grading: whose, of which work, with what result."""

    holder: Holder
    exercise: str
    work: str  # the SHA-256 of what was handed in
    versions: dict[str, str]
    graded_at: str
    verdict: str
    score: int | None
    result: dict[str, Any]

    @property
    def judged(self) -> bool:
        return self.verdict != "not_judged"


@dataclass(frozen=True)
class ByHand:
    """A mark that a trainer set; `points` None: it was taken back, and the grading counts again."""

    holder: Holder
    exercise: str
    check: str
    points: int | None
    reason: str
    author: str
    at: str


class Ledger:
    """The open gradebook."""

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        self._connection = connection
        self._file = file

    def add_grading(self, holder: Holder, exercise: str, result: dict[str, Any]) -> None:
        """Keep a result, whole or not at all."""
        packed = zlib.compress(as_json(result).encode())
        score = result["score"]
        versions = json.dumps(result.get("versions", {}), sort_keys=True)
        with _told(self._file), self._connection:
            self._connection.execute(
                "INSERT INTO grading (seat, name, groups, language, exercise, work, versions, "
                "graded_at, verdict, score, result) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *_row(holder),
                    exercise,
                    str(result.get("work", "")),
                    versions,
                    str(result["graded_at"]),
                    str(result["verdict"]),
                    score,
                    packed,
                ),
            )

    def add_mark(self, mark: ByHand) -> None:
        """Keep a mark that a trainer set, whole or not at all."""
        with _told(self._file), self._connection:
            self._connection.execute(
                'INSERT INTO mark (seat, name, groups, language, exercise, "check", points, '
                "reason, author, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *_row(mark.holder),
                    mark.exercise,
                    mark.check,
                    mark.points,
                    mark.reason,
                    mark.author,
                    mark.at,
                ),
            )

    def gradings(self) -> list[Graded]:
        """The one that counts for each person and exercise: the last that could be judged.

        Where none could be judged yet it is the last of all.
        """
        last: dict[tuple[Holder, str], tuple[int, bool]] = {}
        with _told(self._file):
            rows = self._connection.execute(
                "SELECT id, seat, name, exercise, verdict FROM grading ORDER BY id"
            ).fetchall()
        for number, seat, name, exercise, verdict in rows:
            key = (Holder(seat, name), exercise)
            judged = verdict != "not_judged"
            if judged or not last.get(key, (0, False))[1]:
                last[key] = (number, judged)
        return [self._grading(number) for number, _judged in last.values()]

    def last_holders(self) -> dict[int, Holder]:
        """Whoever was graded last on each seat."""
        with _told(self._file):
            rows = self._connection.execute(
                "SELECT seat, name, groups, language FROM grading ORDER BY id"
            ).fetchall()
        return {row[0]: Holder(*row) for row in rows}

    def marks(self) -> list[ByHand]:
        """All marks that trainers set, in the order in which they did."""
        with _told(self._file):
            rows = self._connection.execute(
                'SELECT seat, name, groups, language, exercise, "check", points, reason, author, '
                "at FROM mark ORDER BY id"
            ).fetchall()
        return [ByHand(Holder(*row[:4]), *row[4:]) for row in rows]

    def add_award(self, serial: str, holder: Holder, at: str, claims: str) -> None:
        """Keep what a certificate says."""
        with _told(self._file), self._connection:
            self._connection.execute(
                "INSERT INTO award (serial, seat, name, groups, language, at, claims) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (serial, *_row(holder), at, claims),
            )

    def award(self, serial: str) -> dict[str, Any] | None:
        """What was certified under a serial."""
        with _told(self._file):
            row = self._connection.execute(
                "SELECT claims FROM award WHERE serial = ?", (serial,)
            ).fetchone()
            return dict(json.loads(row[0])) if row else None

    def _grading(self, number: int) -> Graded:
        with _told(self._file):
            row = self._connection.execute(
                "SELECT seat, name, groups, language, exercise, work, versions, graded_at, "
                "verdict, score, result FROM grading WHERE id = ?",
                (number,),
            ).fetchone()
            result = json.loads(zlib.decompressobj().decompress(row[10], LARGEST))
            versions = json.loads(row[6])
        return Graded(Holder(*row[:4]), row[4], row[5], versions, row[7], row[8], row[9], result)


def _row(holder: Holder) -> tuple[int, str, str, str]:
    return holder.seat, holder.name, holder.group, holder.language


def file_of(found: Class) -> Path:
    """Where a class's gradebook lies."""
    return found.folder / FOLDER / FILE


@contextmanager
def opened(found: Class) -> Iterator[Ledger]:
    """The gradebook of a class, made where there is none. Raises LabError."""
    file = file_of(found)
    with _told(file):
        file.parent.mkdir(mode=0o700, exist_ok=True)
        # SQLite makes its files with the mode of the first.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(file, timeout=PATIENCE)
    with contextlib.closing(connection):
        with _told(file):
            connection.execute("PRAGMA synchronous = FULL")
            _prepare(connection, file)
        yield Ledger(connection, file)


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    # Two commands may begin it at once: who comes second finds it made.
    connection.execute("BEGIN IMMEDIATE")
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found in (0, FORMAT):
        for statement in TABLES.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.commit()
    if found not in (0, FORMAT):
        raise LabError(_("{file} was made by another version of ipv6lab.", file=str(file)))


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Say in a sentence why the gradebook cannot be had."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _trouble(file, str(error)) from None
    except (sqlite3.DatabaseError, zlib.error, ValueError):
        raise LabError(
            _(
                "{file} is damaged: put it aside, take a copy of it back if there is one, and "
                "grade again with ipv6lab class grade.",
                file=str(file),
            )
        ) from None
    except OSError as error:
        raise _trouble(file, error.strerror or str(error)) from None


def _trouble(file: Path, reason: str) -> LabError:
    return LabError(
        _(
            "The gradebook {file} cannot be used: {reason}. What was graded so far is in it.",
            file=str(file),
            reason=reason,
        )
    )
