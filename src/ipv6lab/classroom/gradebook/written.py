"""Reports as files: ``class.html`` and ``class.pdf``, ``seat-07.html`` and ``seat-07.pdf``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ipv6lab.classroom.folder import Class, write_private
from ipv6lab.classroom.gradebook import appeals, beside, class_report, paper, person_report
from ipv6lab.classroom.gradebook.documents import Document, html
from ipv6lab.classroom.gradebook.people import plain_text
from ipv6lab.classroom.gradebook.person_report import Beside
from ipv6lab.classroom.gradebook.standing import Standing
from ipv6lab.course import results
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _


def reports(found: Class, people: list[Standing], folder: Path) -> Iterator[Path]:
    """Write the reports into a folder, the class's first; their files without the ending.

    Raises LabError.
    """
    make(folder)
    at = results.now()
    title = plain_text(found.title)
    disputes = appeals.disputes(found)
    sheets = {one.holder.seat: beside.sheet(found, one.holder.seat) for one in people if one.here}
    known = {
        seat: Beside(
            beside.minutes(found, seat),
            beside.gains([sheet] if sheet else []),
            [one for one in disputes if one.seat == seat],
        )
        for seat, sheet in sheets.items()
    }
    gains = beside.gains([sheet for sheet in sheets.values() if sheet])
    whole = class_report.document(title, people, known, gains, at, found.language)
    yield _write(folder / "class", whole, at)
    left = 0
    for one in people:
        left += not one.here
        its = known.get(one.holder.seat, Beside()) if one.here else Beside()
        told = person_report.document(title, one, its, at, one.holder.language)
        yield _write(folder / (name_of(one) + ("" if one.here else f"-left-{left}")), told, at)


def name_of(one: Standing) -> str:
    """The name of a person's files. Names of people are none for files, and not all different."""
    return f"seat-{one.holder.seat:02}"


def make(folder: Path) -> None:
    """Make a folder for files that only the trainer reads. Raises LabError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LabError(
            _("{folder} cannot be written: {reason}.", folder=str(folder), reason=reason)
        ) from None


def _write(file: Path, told: Document, at: str) -> Path:
    write_private(file.with_name(f"{file.name}.html"), html(told))
    write_private(file.with_name(f"{file.name}.pdf"), paper.pdf(told, at))
    return file
