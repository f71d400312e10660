from __future__ import annotations

import codecs
import json
import stat
import unicodedata
from pathlib import Path

import pytest

from ipv6lab.classroom import folder, roster
from ipv6lab.words.errors import LabError

NAME = "Nguyễn Thị Ánh"


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    file = tmp_path / "roster.csv"
    file.write_bytes(text.encode(encoding))
    return file


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_spreadsheets_write_is_read(
    tmp_path: Path, form: str, separator: str, end: str, encoding: str
) -> None:
    rows = [
        ["Họ và tên", "Chỗ", "Ngôn ngữ", "Đơn vị"],
        [NAME, "7", "", "Bộ Y tế"],
        ["An", "", "en", ""],
    ]
    text = end.join(separator.join(row) for row in rows) + end
    file = written(tmp_path, unicodedata.normalize(form, text), encoding)  # type: ignore[arg-type]
    people, complaints = roster.read(file, "vi")
    assert complaints == []
    assert people == [
        roster.Person(1, "An", "en", ""),
        roster.Person(7, NAME, "vi", "Bộ Y tế"),
    ]


def test_a_name_with_a_separator_or_a_line_in_quotes_is_one(tmp_path: Path) -> None:
    file = written(tmp_path, 'name,group\n"Lê, Văn A","Sở\nTT&TT"\nB,x,y\n')
    people, complaints = roster.read(file, "vi")
    assert [(one.name, one.group) for one in people] == [("Lê, Văn A", "Sở TT&TT")]
    assert "Line 4" in str(complaints[0])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",3,vi,", "no name"),
        ("A,0,vi,", "no seat"),
        ("A,-1,vi,", "no seat"),
        ("A,251,vi,", "no seat"),
        ("A,٣,vi,", "no seat"),
        ("A,1e1,vi,", "no seat"),
        ("A,1,vi,", "taken by line 2"),
        ("A,9,vi,", "taken already"),
        ("A,2,fr,", "no language fr"),
        ("A\x1b[2J,2,vi,", "no letters"),
        ("\u202egnp.exe,2,vi,", "no letters"),
        (f"{'A' * 81},2,vi,", "longer"),
        ("A,2,vi,b\x00c", "no letters"),
        ("A,2,vi,x,y", "cells"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, row: str, said: str) -> None:
    file = written(tmp_path, f"name,seat,language,group\nFirst,1,vi,\n{row}\nLast,4,en,\n")
    people, complaints = roster.read(file, "vi", taken=[9])
    assert len(complaints) == 1
    assert "ine 3" in str(complaints[0])
    assert said in str(complaints[0])
    assert [one.name for one in people] == ["First", "Last"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"name\n", "names nobody"),
        (b"seat,group\n1,x\n", "no column name"),
        (b"name,Name\nA,B\n", "two columns name"),
        (b"name\nNguy\xea\xf1n\n", "line 2, is not UTF-8"),
        (codecs.BOM_UTF16_LE + b"x", "not UTF-8"),
        (b'name\n"open', "line 2"),
    ],
)
def test_a_file_that_is_no_roster_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    file = tmp_path / "roster.csv"
    file.write_bytes(data)
    with pytest.raises(LabError, match=said):
        roster.read(file, "vi")


def test_a_class_is_written_for_its_trainer_alone(tmp_path: Path) -> None:
    people = [roster.Person(number, f"P{number}", "vi") for number in range(1, 101)]
    found = folder.create(tmp_path / "class", "Lớp", "vi", people, {"course": "abc"})
    again = folder.load(found.folder)
    assert again == found
    assert len({one.pin for one in found.seats.values()}) == 100
    assert all(len(one.pin) == 6 and one.pin.isdigit() for one in found.seats.values())
    assert stat.S_IMODE((found.folder / "class.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(found.secrets.stat().st_mode) == 0o700
    known = json.loads((found.room / "class.json").read_text("utf-8"))
    assert {one["pin"] for one in known["seats"]} == {""}  # the board learns no PIN
    with pytest.raises(LabError, match="holds a class already"):
        folder.create(found.folder, "x", "vi", people, {})
