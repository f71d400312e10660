"""The roster: a table of people as a spreadsheet saves it, taken whole or not at all."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ipv6lab.course.languages import LANGUAGES
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

LAST_SEAT = 250  # a class has as many accounts (`ground`)
LONGEST = 80  # characters of a name or a group
LARGEST = 1 << 20  # bytes of a roster
# How the columns may be headed; compared without accents, signs and case.
HEADS = {
    "name": ("name", "full name", "ho ten", "ho va ten", "ten"),
    "seat": ("seat", "cho", "cho ngoi", "so", "stt", "no"),
    "language": ("language", "lang", "ngon ngu"),
    "group": ("group", "nhom", "agency", "don vi", "co quan"),
}
SEPARATORS = ",;\t"
# Letters of scripts that join and space, but neither commands to a terminal nor tricks with the
# direction of writing: categories C (other) and Zl, Zp.
REFUSED = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")


@dataclass(frozen=True)
class Person:
    """Somebody with a seat; `name` and `group` are NFC and one line."""

    seat: int
    name: str
    language: str
    group: str = ""


def read(
    file: Path, language: str, taken: Iterable[int] = ()
) -> tuple[list[Person], list[Message]]:
    """The people of a roster, and a sentence for each line that is not right.

    Who has no language gets `language`, who has no seat the next that is free; `taken` are seats
    that others have. Raises LabError where the file as a whole is no roster.
    """
    rows = list(_rows(_text(file), file))
    if not rows:
        raise LabError(_("{file} is empty: a roster has a line for each person.", file=str(file)))
    (_line, head), *body = rows
    columns = _columns(head, file)
    people: list[Person] = []
    complaints: list[Message] = []
    seats = dict.fromkeys(taken, 0)
    for line, cells in body:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(head) and any(cell.strip() for cell in cells[len(head) :]):
            complaints.append(
                _(
                    "Line {line} has {count} cells and the head has {wanted}: put a text with a "
                    "separator in it in double quotes.",
                    line=line,
                    count=len(cells),
                    wanted=len(head),
                )
            )
            continue
        try:
            people.append(_person(line, cells, columns, language, seats))
        except LabError as error:
            complaints.append(error.message)
    if not people and not complaints:
        raise LabError(_("{file} names nobody below its head.", file=str(file)))
    return _seated(people, seats, complaints), complaints


def _text(file: Path) -> str:
    """The file's text. Spreadsheets write UTF-8 with a mark at the beginning, or UTF-16."""
    try:
        with open(file, "rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LabError(
            _("{file} cannot be read: {reason}.", file=str(file), reason=reason)
        ) from None
    if len(data) > LARGEST:
        raise LabError(_("{file} is too large for a roster.", file=str(file)))
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise LabError(
            _(
                "{file}, line {line}, is not UTF-8: save it as “CSV UTF-8”.",
                file=str(file),
                line=line,
            )
        ) from None


def _rows(text: str, file: Path) -> Iterable[tuple[int, list[str]]]:
    """Each row with the number of the line on which it begins."""
    first = text.lstrip().partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise LabError(
            _("{file}, line {line}: {reason}.", file=str(file), line=line, reason=str(error))
        ) from None


def plain(text: str) -> str:
    """A word without accents, signs and case, to compare by.

    >>> plain("Họ và tên ")
    'ho va ten'
    """
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    letters = (one for one in decomposed if not unicodedata.combining(one))
    return " ".join("".join(letters).casefold().replace("_", " ").split())


def _columns(head: Sequence[str], file: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, cell in enumerate(head):
        for column, names in HEADS.items():
            if plain(cell) in names:
                if column in found:
                    raise LabError(
                        _("{file} has two columns {column}.", file=str(file), column=column)
                    )
                found[column] = number
    if "name" not in found:
        raise LabError(
            _(
                "{file} has no column name in its first line; a roster's columns are name, seat, "
                "language and group, and only name is needed.",
                file=str(file),
            )
        )
    return found


def _person(
    line: int,
    cells: Sequence[str],
    columns: dict[str, int],
    language: str,
    seats: dict[int, int],
) -> Person:
    """One line; its seat is 0 where it has none yet. Raises LabError for what is wrong in it."""
    told = {
        column: cells[number] if number < len(cells) else "" for column, number in columns.items()
    }
    name = one_line(told["name"], line, "name")
    if not name:
        raise LabError(_("Line {line} has no name.", line=line))
    group = one_line(told.get("group", ""), line, "group")
    wanted = told.get("language", "").strip().casefold() or language
    if wanted not in LANGUAGES:
        raise LabError(
            _(
                "Line {line}: there is no language {language}; choose one of {known}.",
                line=line,
                language=ascii(wanted)[1:-1][:LONGEST],
                known=", ".join(LANGUAGES),
            )
        )
    seat = _seat(told.get("seat", "").strip(), line)
    if seat and seat in seats:
        raise LabError(
            _("Line {line}: seat {seat} is taken by line {other}.", line=line, seat=seat,
              other=seats[seat])
            if seats[seat]
            else _("Line {line}: seat {seat} is taken already.", line=line, seat=seat)
        )  # fmt: skip
    if seat:
        seats[seat] = line
    return Person(seat, name, wanted, group)


def _seat(text: str, line: int) -> int:
    if not text:
        return 0
    # Spreadsheets write 7.0, and digits are also those of other scripts.
    number = text.removesuffix(".0")
    if not (number.isascii() and number.isdigit()) or not 1 <= int(number) <= LAST_SEAT:
        raise LabError(
            _(
                "Line {line}: {seat} is no seat; seats are numbered from 1 to {last}.",
                line=line,
                seat=ascii(text)[1:-1][:LONGEST],
                last=LAST_SEAT,
            )
        )
    return int(number)


def one_line(text: str, line: int, column: str) -> str:
    """A name as it is kept: NFC, single spaces. Raises LabError for signs that are no writing."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(sign) in REFUSED for sign in name):
        raise LabError(
            _("Line {line}: the {column} has signs that are no letters.", line=line, column=column)
        )
    if len(name) > LONGEST:
        raise LabError(
            _(
                "Line {line}: the {column} is longer than {most} letters.",
                line=line,
                column=column,
                most=LONGEST,
            )
        )
    return name


def _seated(people: list[Person], seats: dict[int, int], complaints: list[Message]) -> list[Person]:
    """The people by seat; who has none gets the next that is free."""
    free = (number for number in range(1, LAST_SEAT + 1) if number not in seats)
    seated = []
    for person in people:
        seat = person.seat or next(free, 0)
        if not seat:
            complaints.append(_("There are more people than the {count} seats.", count=LAST_SEAT))
            break
        seated.append(Person(seat, person.name, person.language, person.group))
    return sorted(seated, key=lambda one: one.seat)
