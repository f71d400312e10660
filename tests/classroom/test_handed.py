"""What seats handed in is graded again, whatever it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ipv6lab.classroom import handed
from ipv6lab.classroom.folder import Class
from tests.backends import require_image


@pytest.fixture
def room(tmp_path: Path) -> Class:
    require_image()
    return Class(tmp_path, "IPv6", "en", "CODE")


def hand_in(room: Class, seat: int, text: str) -> None:
    folder = room.handed_in(seat)
    folder.mkdir(parents=True)
    (folder / "L02.json").write_text(text, encoding="utf-8")


def test_one_that_is_no_work_costs_itself_only(room: Class) -> None:
    hand_in(room, 1, json.dumps({"entries": [], "hints": {}}))
    hand_in(room, 2, json.dumps({"entries": [{"kind": ["command"]}], "hints": {}}))
    hand_in(room, 3, json.dumps({"entries": "none", "hints": []}))
    found = {
        seat: (name, one)
        for seat, name, one in handed.grade_all(room, handed.files(room, "L02"), jobs=3)
    }
    assert {seat: name for seat, (name, _one) in found.items()} == {1: "L02", 2: "L02", 3: "L02"}
    assert found[1][1]["score"] == 0
    assert [found[seat][1]["verdict"] for seat in (1, 2, 3)] == ["failed", "refused", "refused"]
    assert found[3][1]["folder"] == str(room.handed_in(3) / "L02.json")
