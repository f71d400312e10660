"""The gradebook as files: CSV, XLSX and JSON.

Marks that count are in one table, what seats say of themselves in another or nowhere. Names and
reasons are text wherever they go: no spreadsheet takes one of them for a formula.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ipv6lab.classroom.folder import Class, write_private
from ipv6lab.classroom.gradebook import signing
from ipv6lab.classroom.gradebook.people import plain_text
from ipv6lab.classroom.gradebook.standing import Mark, Standing
from ipv6lab.course.speech import Speech
from ipv6lab.words.errors import LabError
from ipv6lab.words.jsontext import as_json
from ipv6lab.words.message import Message, _

Cell = str | int | None
# By these signs spreadsheets know a formula, also written full width.
FORMULA = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")
LONGEST = 32_000  # letters that a spreadsheet's cell takes
WIDEST = 60  # letters that a column is wide

VERDICTS: dict[str, Message] = {
    "passed": _("passed"),
    "failed": _("failed"),
    "blocked": _("blocked"),
    "not_judged": _("not judged"),
    "refused": _("not graded"),
    "by-hand": _("set by hand"),
}


def exercises_of(people: Iterable[Standing]) -> list[str]:
    """The exercises that anybody has a mark in, in the course's order where that is known."""
    found: dict[str, None] = {}
    for person in people:
        found |= dict.fromkeys(person.marks)
    return list(found)


def write(found: Class, people: Sequence[Standing], file: Path, said: Speech) -> None:
    """Write the gradebook in the form that the file's name ends with. Raises LabError."""
    form = FORMS.get(file.suffix.lower())
    if form is None:
        raise LabError(
            _(
                "{file}: results are written as {known}.",
                file=str(file),
                known=", ".join(f"*{one}" for one in FORMS),
            )
        )
    write_private(file, form(found, people, said))


# -- the tables


def marks_that_count(people: Sequence[Standing], said: Speech) -> list[list[Cell]]:
    """A line for each person, a column for each exercise."""
    names = exercises_of(people)
    head: list[Cell] = [
        *(said(one) for one in (_("Seat"), _("Name"), _("Group"))),
        *names,
        said(_("Sum of the marks that count")),
        said(_("Set by hand")),
    ]
    rows: list[list[Cell]] = [head]
    for one in people:
        by_hand = [
            f"{name} {check}" for name, mark in one.marks.items() for check in sorted(mark.by_hand)
        ]
        rows.append(
            [
                one.holder.seat,
                one.holder.name,
                one.holder.group,
                *(_points(one.marks.get(name)) for name in names),
                one.total,
                ", ".join(by_hand),
            ]
        )
    return rows


def _points(mark: Mark | None) -> int | None:
    return None if mark is None else mark.points


def checks_in_rows(people: Sequence[Standing], said: Speech) -> list[list[Cell]]:
    """A line for each check of each person."""
    head = (_("Seat"), _("Name"), _("Exercise"), _("Check"), _("Verdict"), _("Points"),
            _("Set by hand"), _("Failed before it passed"), _("Graded at"))  # fmt: skip
    rows: list[list[Cell]] = [[said(one) for one in head]]
    for one in people:
        for name, mark in one.marks.items():
            who: list[Cell] = [one.holder.seat, one.holder.name, name]
            tries = mark.result.get("tries", {})
            if not mark.checks:
                what = verdict(mark.verdict, said)
                rows.append([*who, "", what, mark.points, "", None, mark.graded_at])
            for check in mark.checks:
                rows.append(
                    [
                        *(*who, str(check["id"]), verdict(str(check["verdict"]), said)),
                        check["points"],
                        said(_("yes")) if check["id"] in mark.by_hand else "",
                        tries.get(check["id"], 0),
                        mark.graded_at,
                    ]
                )
    return rows


def by_hand_in_rows(people: Sequence[Standing], said: Speech) -> list[list[Cell]]:
    """A line for each mark that a trainer set."""
    head = (_("Seat"), _("Name"), _("Exercise"), _("Check"), _("Points"), _("Reason"),
            _("Author"), _("Set at"))  # fmt: skip
    rows: list[list[Cell]] = [[said(one) for one in head]]
    for one in people:
        for name, mark in one.marks.items():
            for check, by_hand in sorted(mark.by_hand.items()):
                rows.append(
                    [
                        *(one.holder.seat, one.holder.name, name, check, by_hand.points),
                        *(plain_text(by_hand.reason), plain_text(by_hand.author), by_hand.at),
                    ]
                )
    return rows


def self_reported_in_rows(people: Sequence[Standing], said: Speech) -> list[list[Cell]]:
    """What seats say of themselves, a line for each person."""
    names = sorted({name for one in people for name in one.self_reported})
    head: list[Cell] = [said(_("Seat")), said(_("Name")), *names]
    return [
        head,
        *(
            [one.holder.seat, one.holder.name, *(one.self_reported.get(name) for name in names)]
            for one in people
            if one.self_reported
        ),
    ]


def verdict(name: str, said: Speech) -> str:
    known = VERDICTS.get(name)
    return said(known) if known else plain_text(name)


# -- the forms


def as_csv(_found: Class, people: Sequence[Standing], said: Speech) -> bytes:
    """The marks that count. Spreadsheets know by the mark at its beginning that it is UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows(
        [[_defused(cell) for cell in row] for row in marks_that_count(people, said)]
    )
    return text.getvalue().encode("utf-8-sig")


def _defused(cell: Cell) -> str | int | None:
    """A text that a spreadsheet would compute gets an apostrophe, by which it knows a text."""
    if not isinstance(cell, str):
        return cell
    text = plain_text(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_xlsx(found: Class, people: Sequence[Standing], said: Speech) -> bytes:
    """Marks that count, checks, what was set by hand, and for itself what is self-reported."""
    import xlsxwriter

    data = io.BytesIO()
    sheets = {
        said(_("Marks that count")): marks_that_count,
        said(_("Checks")): checks_in_rows,
        said(_("Set by hand")): by_hand_in_rows,
        said(_("Self-reported, not counted")): self_reported_in_rows,
    }
    texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(data, {"in_memory": True, **texts}) as workbook:
        workbook.set_properties({"title": plain_text(found.title), "author": "ipv6lab"})
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for name, table in sheets.items():
            sheet = workbook.add_worksheet(name)
            sheet.freeze_panes(1, 2)
            rows = table(people, said)
            for y, row in enumerate(rows):
                for x, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(
                            y, x, plain_text(cell)[:LONGEST], bold if not y else None
                        )
                    elif cell is not None:
                        sheet.write_number(y, x, cell)
            for x in range(len(rows[0])):
                longest = max(len(str(row[x] or "")) for row in rows[1:] or rows)
                sheet.set_column(x, x, min(WIDEST, max(8, longest + 2)))
    return data.getvalue()


def as_json_text(found: Class, people: Sequence[Standing], _said: Speech) -> bytes:
    """All of it, signed where the class's key is at hand."""
    whole = told(found, people)
    if signing.at_hand(found):
        whole["signed"] = signing.sign(found, digests(whole))
    return serialised(whole)


def serialised(whole: dict[str, Any]) -> bytes:
    return (as_json(whole, indent=1) + "\n").encode()


def digests(whole: dict[str, Any]) -> dict[str, Any]:
    """What is signed of a gradebook: the SHA-256 of each name, and of all else of each person."""
    people = whole.get("people")
    return {
        "kind": "gradebook",
        "class": _digest(whole.get("class")),
        "people": [
            {
                "seat": one.get("seat"),
                "name": _digest(one.get("name")),
                "rest": _digest({key: value for key, value in one.items() if key != "name"}),
            }
            for one in (people if isinstance(people, list) else [])
            if isinstance(one, dict)
        ],
    }


def _digest(value: object) -> str:
    return hashlib.sha256(signing.canonical(value)).hexdigest()


def told(found: Class, people: Sequence[Standing]) -> dict[str, Any]:
    """The gradebook for programs; ``self_reported`` is no mark, and in none of the sums."""
    return {
        "class": plain_text(found.title),
        "people": [
            {
                "seat": one.holder.seat,
                "name": one.holder.name,
                "group": one.holder.group,
                "language": one.holder.language,
                "in_class": one.here,
                "total": one.total,
                "marks": {name: _mark(mark) for name, mark in one.marks.items()},
                "self_reported": one.self_reported,
            }
            for one in people
        ],
    }


def _mark(mark: Mark) -> dict[str, Any]:
    kept = ("title", "kind", "weight", "verdict", "blocked_by", "points", "message")
    return {
        "points": mark.points,
        "graded": mark.graded,
        "verdict": mark.verdict,
        "origin": mark.result.get("origin", "by-hand" if not mark.result else "replay"),
        "graded_at": mark.graded_at,
        "versions": mark.result.get("versions", {}),
        "message": mark.result.get("message"),
        "hints": mark.result.get("hints", {}),
        "tries": mark.result.get("tries", {}),
        "parts": mark.parts,
        "checks": [
            {"id": check["id"], **{key: check[key] for key in kept if key in check}}
            for check in mark.checks
        ],
        "by_hand": [
            {
                "check": check,
                "points": one.points,
                "reason": one.reason,
                "author": one.author,
                "at": one.at,
            }
            for check, one in sorted(mark.by_hand.items())
        ],
    }


FORMS: dict[str, Callable[[Class, Sequence[Standing], Speech], bytes]] = {
    ".csv": as_csv,
    ".xlsx": as_xlsx,
    ".json": as_json_text,
}
