"""The gradebook: what is kept, what counts, and names as text in every file of it."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import unicodedata
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.classroom import folder, handed
from ipv6lab.classroom.folder import Class
from ipv6lab.classroom.gradebook import ledger, people, sheets, standing
from ipv6lab.classroom.gradebook.ledger import ByHand
from ipv6lab.classroom.gradebook.people import Holder
from ipv6lab.classroom.gradebook.standing import Standing
from ipv6lab.cli import class_marks
from ipv6lab.cli.program import INTERRUPTED, run
from ipv6lab.course.speech import Speech
from ipv6lab.words.errors import LabError
from tests.backends import require_image
from tests.classroom.handing_in import NAMES, TWIN, a_class, hand_in, recorded, result

STEERING = ("\x1b", "\x07", "\u202e", "\u202c", "\n")
XLSX = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def room(tmp_path: Path) -> Class:
    return a_class(tmp_path / "class", [*NAMES, *[TWIN] * 40])


def stands(room: Class) -> dict[tuple[int, str], Standing]:
    with ledger.opened(room) as book:
        return {(one.holder.seat, one.holder.name): one for one in standing.standings(room, book)}


def graded(room: Class, seat: int, **more: Any) -> Holder:
    holder = people.holders(room)[seat]
    with ledger.opened(room) as book:
        book.add_grading(holder, "L02", result(**more))
    return holder


def by_hand(room: Class, holder: Holder, check: str, points: int | None) -> None:
    with ledger.opened(room) as book:
        book.add_mark(ByHand(holder, "L02", check, points, "=1+1", "Lê", "2026-11-30T18:00:00"))


def points(room: Class, holder: Holder) -> int | None:
    return stands(room)[holder.seat, holder.name].marks["L02"].points


# -- what is kept


def test_what_was_kept_is_there_after_a_crash_in_the_middle_of_the_next(room: Class) -> None:
    holder = graded(room, 9, score=60)
    before = ledger.file_of(room).read_bytes()
    child = os.fork()
    if child == 0:
        with ledger.opened(room) as book:
            book._connection.execute("PRAGMA cache_spill = 1")
            book._connection.execute("BEGIN")
            book._connection.execute("UPDATE grading SET score = 100, result = randomblob(3000000)")
            os.kill(os.getpid(), 9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    assert points(room, holder) == 60
    assert len(before) <= ledger.file_of(room).stat().st_size
    assert ledger.file_of(room).stat().st_mode & 0o077 == 0
    assert ledger.file_of(room).parent.stat().st_mode & 0o077 == 0


def test_the_last_that_could_be_judged_counts(room: Class) -> None:
    holder = graded(room, 9, score=60)
    graded(room, 9, score=None, verdict="not_judged", checks=[])
    assert points(room, holder) == 60
    graded(room, 9, score=100)
    assert points(room, holder) == 100
    other = graded(room, 10, score=None, verdict="not_judged", checks=[])
    assert points(room, other) is None
    assert stands(room)[other.seat, other.name].total is None


def test_a_seat_that_is_given_to_another_takes_no_marks_along(room: Class) -> None:
    holder = graded(room, 9)
    seat = room.seats[9]
    changed = Class(room.folder, room.title, "en", room.code, dict(room.seats))
    changed.seats[9] = type(seat)(9, "Trần Thị B", "vi", "", seat.pin)
    found = stands(changed)
    assert not found[9, "Trần Thị B"].marks
    assert found[9, holder.name].marks["L02"].points == 100
    assert not found[9, holder.name].here


@pytest.mark.parametrize(
    "spoilt", [b"no database" * 500, b"SQLite format 3\0" + bytes(4000)], ids=["text", "zeros"]
)
def test_a_damaged_one_is_said_and_left_as_it_is(room: Class, spoilt: bytes) -> None:
    graded(room, 9)
    file = ledger.file_of(room)
    file.write_bytes(spoilt)
    with pytest.raises(LabError, match=r"gradebook\.sqlite"), ledger.opened(room) as book:
        book.gradings()
    assert file.read_bytes() == spoilt


def test_one_of_another_version_is_said(room: Class) -> None:
    graded(room, 9)
    connection = sqlite3.connect(ledger.file_of(room))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LabError, match="another version"), ledger.opened(room):
        pass


# -- what counts


def test_what_a_trainer_sets_stays_when_it_is_graded_again(room: Class) -> None:
    holder = graded(room, 9, score=60)
    by_hand(room, holder, "M2", 25)
    assert points(room, holder) == 85
    graded(room, 9, score=60)
    assert points(room, holder) == 85
    by_hand(room, holder, "N1", -5)
    assert points(room, holder) == 80
    by_hand(room, holder, "M2", None)  # taken back
    assert points(room, holder) == 55
    graded(room, 9, score=100)
    assert points(room, holder) == 95


def test_hints_cost_only_what_the_grading_gave(room: Class) -> None:
    spent = {"M1": 1}
    holder = graded(room, 9, score=50, hints=spent)
    whole = points(room, holder)
    by_hand(room, holder, "M1", 60)
    assert whole == 50
    assert points(room, holder) == 60


def test_one_that_could_not_be_judged_is_not_taken_for_failed(room: Class) -> None:
    holder = graded(room, 9, score=None, verdict="not_judged", checks=[])
    by_hand(room, holder, "M1", 10)
    assert points(room, holder) is None
    refused = graded(room, 10, score=0, verdict="refused", checks=[])
    by_hand(room, refused, "M1", 10)
    assert points(room, refused) == 10


def test_self_reported_marks_are_in_no_sum_and_no_table_of_marks(room: Class) -> None:
    board = {"seats": {"9": {"scores": {"L02": 77, "L03": 66}}, "10": {"scores": {"L02": 100}}}}
    (room.room / "board.json").write_text(json.dumps(board))
    holder = graded(room, 9, score=60)
    found = stands(room)
    assert found[9, holder.name].total == 60
    assert found[9, holder.name].self_reported == {"L02": 77, "L03": 66}
    told = list(found.values())
    assert "77" not in sheets.as_csv(room, told, Speech("en")).decode("utf-8-sig")
    names = sheet_names(sheets.as_xlsx(room, told, Speech("vi")))
    assert names[0] == "Điểm được tính"
    book = cells(sheets.as_xlsx(room, told, Speech("en")))
    assert not {"77", "66"} & {text for row in book[0] for _kind, text in row}
    assert {"77", "66"} <= {text for row in book[3] for _kind, text in row}
    programs = sheets.told(room, told)["people"]
    assert [one["marks"] for one in programs if one["seat"] == 10] == [{}]


# -- names


def test_forty_of_one_name_are_forty_people(room: Class) -> None:
    for seat in range(9, 49):
        graded(room, seat, score=60 if seat % 2 else 100)
    rows = csv_rows(room)
    twins = [row for row in rows if row[1] == TWIN]
    assert len(twins) == 40
    assert [row[3] for row in twins] == ["60", "100"] * 20
    assert len({row[0] for row in twins}) == 40


def csv_rows(room: Class) -> list[list[str]]:
    data = sheets.as_csv(room, list(stands(room).values()), Speech("en"))
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_names_are_text_in_csv(room: Class) -> None:
    graded(room, 1)
    by_hand(room, people.holders(room)[1], "M2", 1)
    for row in csv_rows(room)[1:]:
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
            assert not any(sign in cell for sign in STEERING)
            assert unicodedata.is_normalized("NFC", cell)
    names = [row[1] for row in csv_rows(room)[1:]]
    assert names[0] == f"'{NAMES[0]}"
    assert names[3] == NAMES[3]
    assert names[5] == r"An\u202egnol\u202c"
    assert "NGUYỄN" in names


def test_names_are_text_in_xlsx(room: Class) -> None:
    graded(room, 1)
    by_hand(room, people.holders(room)[1], "M2", 1)
    data = sheets.as_xlsx(room, list(stands(room).values()), Speech("vi"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            assert "hyperlink" not in name.lower()
            if name.startswith("xl/worksheets/"):
                sheet = archive.read(name).decode()
                assert "<f>" not in sheet
                assert "<hyperlink" not in sheet
    book = cells(data)
    assert [kind for kind, _text in book[0][1][:2]] == ["n", "s"]
    assert book[0][1][1] == ("s", NAMES[0])
    shown = [row[1][1] for row in book[0][1:]]
    assert shown[4] == r"\x1b]0;mine\x07\x1b[2J"
    assert shown.count(TWIN) == 40
    assert ("s", "=1+1") in book[2][1]


def cells(data: bytes) -> list[list[list[tuple[str, str]]]]:
    """Each sheet's rows of cells: what kind, and its text."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        shared = [
            "".join(text.text or "" for text in one.iter(f"{XLSX}t"))
            for one in ET.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
        found = []
        for name in sorted(n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")):
            rows = []
            for row in ET.fromstring(archive.read(name)).iter(f"{XLSX}row"):
                told = []
                for cell in row:
                    value = cell.find(f"{XLSX}v")
                    text = "" if value is None else value.text or ""
                    kind = cell.get("t", "n")
                    told.append((kind, shared[int(text)] if kind == "s" else text))
                rows.append(told)
            found.append(rows)
    return found


def sheet_names(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        book = ET.fromstring(archive.read("xl/workbook.xml"))
        return [one.get("name", "") for one in book.iter(f"{XLSX}sheet")]


# -- the commands


def command(room: Class, *words: str) -> int:
    return run(["class", *words, "--folder", str(room.folder), "--lang", "en"])


def test_results_are_written_and_shown(
    room: Class, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(room, "results") == 2
    assert "class grade" in capsys.readouterr().err
    by_hand(room, graded(room, 5), "M2", 1)
    files = [tmp_path / f"marks.{form}" for form in ("csv", "xlsx", "json")]
    assert command(room, "results", *map(str, files)) == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    told = json.loads(files[2].read_text("utf-8"))
    assert told["people"][4]["marks"]["L02"]["points"] == 61
    assert told["people"][4]["marks"]["L02"]["by_hand"][0]["author"] == "Lê"
    capsys.readouterr()
    assert command(room, "results") == 0
    shown = capsys.readouterr().out
    assert "61*" in shown
    assert not any(sign in shown for sign in STEERING[:4])
    assert command(room, "results", str(tmp_path / "marks.doc")) == 2
    assert "*.xlsx" in capsys.readouterr().err


def test_a_trainer_sets_marks(room: Class, capsys: pytest.CaptureFixture[str]) -> None:
    holder = graded(room, 9, score=60)
    reason = ("--reason", "=cmd|' /C calc'!A0 \x1b[2J")
    for wrong in (
        ("mark", "9", "L02", "M2", *reason),
        ("mark", "9", "L02", "M2", "--points", "1"),
        ("mark", "9", "L02", "M2", "--points", "1", "--reason", " "),
        ("mark", "9", "L02", "M2", "--points", "999", *reason),
        ("mark", "9", "L02", "M2", "--points", "-1", *reason),
        ("mark", "9", "L02", "M2", "--points", "nan", *reason),
        ("mark", "9", "L02", "M77", "--points", "1", *reason),
        ("mark", "9", "L77", "M2", "--points", "1", *reason),
        ("mark", "99", "L02", "M2", "--points", "1", *reason),
        ("mark", "x", "L02", "M2", "--points", "1", *reason),
    ):
        assert command(room, *wrong) == 2, wrong
        assert "\x1b" not in capsys.readouterr().err
    assert points(room, holder) == 60
    given = ("mark", "9", "l02", "m2", "--points", "5", *reason, "--author", "Lê Thị B")
    assert command(room, *given, "--json") == 0
    assert json.loads(capsys.readouterr().out)["score"] == 65
    one = stands(room)[9, holder.name].marks["L02"].by_hand["M2"]
    assert (one.points, one.author) == (5, "Lê Thị B")
    assert "\x1b" not in one.reason
    assert one.at.startswith("20")
    graded(room, 9, score=60)
    assert points(room, holder) == 65
    assert command(room, "mark", "9", "L02", "M2", "--points", "graded", "--reason", "no") == 0
    assert points(room, holder) == 60
    assert command(room, "mark", "10", "L02", "M2", "--points", "1", "--reason", "oral") == 0
    assert stands(room)[10, TWIN].marks["L02"].verdict == "by-hand"
    assert stands(room)[10, TWIN].total == 1
    assert command(room, "disputes") == 0
    assert "Nobody" in capsys.readouterr().out


def test_an_interrupted_grading_has_kept_what_it_found(
    room: Class, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for seat in (1, 2, 3):
        hand_in(room, seat, "L02", [])

    def interrupted(
        found: Class, wanted: list[tuple[int, Path]], jobs: int
    ) -> Iterator[tuple[int, str, dict[str, Any]]]:
        assert jobs <= len(wanted) == 3
        yield 2, "L02", result(score=60)
        raise KeyboardInterrupt

    monkeypatch.setattr(handed, "grade_all", interrupted)
    assert command(room, "grade") == INTERRUPTED
    assert "1 of 3 are graded and kept" in capsys.readouterr().err
    assert stands(room)[2, people.plain_text(NAMES[1])].marks["L02"].points == 60


def test_who_has_left_is_graded_by_name(room: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = graded(room, 9, score=60)
    hand_in(room, 9, "L02", [])
    left = folder.without(room, 9)
    left.write()
    told: list[tuple[int, str, dict[str, Any]]] = [(9, "L02", result(score=100))]
    monkeypatch.setattr(handed, "grade_all", lambda *_what: iter(told))
    assert command(left, "grade") == 0
    one = stands(left)[9, holder.name]
    assert (one.here, one.total) == (False, 100)


def test_a_bar_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    with class_marks._bar(3, Speech("vi")) as step:
        step()
        step()
    assert "2/3" in shown.getvalue()
    quiet = io.StringIO()
    monkeypatch.setattr("sys.stderr", quiet)
    with class_marks._bar(3, Speech("vi")) as step:
        step()
    assert quiet.getvalue() == ""


def test_grading_goes_on_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    require_image()
    room = a_class(tmp_path / "class", [TWIN, TWIN, "C"])
    assert command(room, "grade") == 2
    hand_in(room, 1, "L02", recorded("L02", 1, "reference"))
    hand_in(room, 3, "L02", [{"kind": ["command"]}])
    hand_in(room, 3, "L99", [])
    assert command(room, "grade", "L03") == 2
    capsys.readouterr()
    assert command(room, "grade") == 1
    told = capsys.readouterr()
    assert f"1  L02    100 {TWIN}" in told.out
    assert "3  L02      – C" in told.out
    assert "L99" in told.err
    assert [one.total for one in stands(room).values()] == [100, None, 0]
    assert command(room, "grade") == 0  # nothing is left to do
    told = capsys.readouterr()
    assert "Graded already, with nothing changed since: 2" in told.err
    assert told.out == ""
    hand_in(room, 2, "L02", recorded("L02", 2, "wrong/no-return-route"))
    assert command(room, "grade", "l02", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found] == [TWIN, TWIN, "C"]
    assert 0 < found[1]["score"] < 100
    assert stands(room)[2, TWIN].marks["L02"].points == found[1]["score"]
