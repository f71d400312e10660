from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.classroom import certificate, ground
from ipv6lab.classroom.seat.state import Tail


def line(kind: str, **more: Any) -> str:
    return json.dumps({"kind": kind, **more}) + "\n"


def test_a_journal_is_read_as_it_grows(tmp_path: Path) -> None:
    file = tmp_path / "L04.jsonl"
    tail = Tail(file)
    assert not tail.read()
    file.write_text(line("command", seq=1, node="pc1", command="ip -6 route") + '{"kind": "en')
    assert tail.read()
    assert [one["command"] for one in tail.commands] == ["ip -6 route"]
    with open(file, "a", encoding="utf-8") as opened:
        opened.write('d", "seq": 2, "of": 1, "status": 3}\n')
        opened.write(line("verdict", seq=3, checks={"M1": "failed"}))
        opened.write("no json\n")
        opened.write(line("mark", seq=4, name="before"))
    assert tail.read()
    assert not tail.read()
    assert tail.commands[0]["status"] == 3
    assert (tail.verdicts, tail.graded, tail.marks) == ({"M1": "failed"}, 1, ["before"])
    with open(file, "a", encoding="utf-8") as opened:
        opened.write(line("reset", seq=5, node=None))
    tail.read()
    assert (tail.verdicts, tail.commands) == ({}, [])
    file.unlink()
    file.write_text(line("verdict", seq=1, checks={"M2": "passed"}))
    tail.read()
    assert (tail.verdicts, tail.graded) == ({"M2": "passed"}, 1)


def test_accounts_of_no_two_seats_or_classes_meet(tmp_path: Path) -> None:
    ids: set[int] = set()
    ranges: set[int] = set()
    for slot in range(ground.SLOTS):
        accounts = ground.Accounts(slot)
        for seat in range(ground.ACCOUNTS - 5):
            ids.add(accounts.uid(seat))
            ranges.add(accounts.subordinate(seat))
            assert accounts.owner(seat)(accounts.subordinate(seat) + 65535)
            assert not accounts.owner(seat)(accounts.subordinate(seat) + 65536)
    assert len(ids) == len(ranges) == ground.SLOTS * (ground.ACCOUNTS - 5)
    assert max(one + ground.SIZE for one in ranges) <= min(ids)
    assert max(ids) < 2**31
    held = []
    for _number in range(ground.SLOTS):
        held.append(ground.claim(tmp_path, 3))
    assert [slot for slot, _fd in held][:2] == [3, 0]
    with pytest.raises(Exception, match="classes already"):
        ground.claim(tmp_path, 0)


def test_a_certificate_stands_until_it_names_too_little(tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    pair = certificate.ensure(tmp_path, ["localhost", "2001:db8::1"])
    before = certificate.of(pair)
    assert certificate.of(certificate.ensure(tmp_path, ["2001:db8::1"])) == before
    assert certificate.of(certificate.ensure(tmp_path, ["192.0.2.1"])) != before
    assert pair.key.stat().st_mode & 0o077 == 0
