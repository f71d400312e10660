"""An exam's clock, and what a recording says of the way from symptoms to causes."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.agent.journal import Journal
from ipv6lab.course import clock, exercises, folders, recorded, ticket_report
from ipv6lab.words import drawn_faults as words
from tests.faults.judging import CLASHES, COURSE, place

EXAM = place().exercise
HOUR = 3600


@pytest.fixture(autouse=True)
def work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path


def test_it_runs_for_the_exam_s_minutes_and_no_restart_stops_it() -> None:
    assert clock.read(EXAM, 3) is None
    first = clock.begin(EXAM, 3)
    assert first is not None
    assert first.ends - first.began == EXAM.minutes * 60 == HOUR
    assert clock.begin(EXAM, 3) == first
    assert clock.read(EXAM, 3) == first
    assert clock.read(EXAM, 4) is None


def test_another_hour_begins_when_it_is_over_unless_work_is_resumed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = clock.begin(EXAM, None)
    assert first is not None
    later = first.ends + 60
    monkeypatch.setattr(time, "time", lambda: later)
    assert first.over
    assert "over at" in str(first.message())
    assert clock.begin(EXAM, None, anew=False) == first
    second = clock.begin(EXAM, None)
    assert second is not None
    assert second.began == later


def test_what_is_written_into_its_file_gives_no_more_than_an_hour(work: Path) -> None:
    begun = clock.begin(EXAM, 1)
    assert begun is not None
    (file,) = work.rglob("K1-seat-1.json")
    file.write_text(f'{{"began": {begun.began}, "ends": {begun.ends + 999}}}', encoding="utf-8")
    assert clock.read(EXAM, 1) == begun
    file.write_text("[", encoding="utf-8")
    assert clock.read(EXAM, 1) is None


def test_whoever_gives_up_has_no_time_left() -> None:
    clock.begin(EXAM, 2)
    clock.give_up(EXAM, 2)
    found = clock.read(EXAM, 2)
    assert found is not None
    assert found.over


def test_an_exercise_that_is_no_exam_has_no_clock() -> None:
    other = exercises.load(COURSE, "L04")
    assert clock.begin(other, None) is None
    assert clock.read(other, None) is None


def test_what_is_recorded_afterwards_stands_behind_its_end() -> None:
    told: list[dict[str, Any]] = []
    journal = Journal(told.append)
    journal.end_at(time.time() + HOUR)
    journal.add({"kind": "mark", "name": "in time"})
    journal.end_at(time.time() - 1)
    journal.add({"kind": "mark", "name": "late"})
    journal.add({"kind": "mark", "name": "later"})
    assert [entry["kind"] for entry in told] == ["mark", "over", "mark", "mark"]
    kept = recorded.in_time(journal.entries)
    assert [entry["name"] for entry in kept] == ["in time"]
    assert recorded.is_valid(journal.entries)


def test_a_report_says_which_symptom_led_where() -> None:
    made = replace(place(["foreign-prefix", "old-aaaa"]))
    seq = iter(range(100))

    def command(node: str) -> dict[str, Any]:
        return {"seq": next(seq), "kind": "command", "node": node, "shell": 1, "cwd": "/",
                "command": "true"}  # fmt: skip

    def verdict(**checks: str) -> dict[str, Any]:
        return {"seq": next(seq), "kind": "verdict", "checks": checks}

    entries = [
        command("pc1"), command("pc1"), command("hq-core"), verdict(M1="passed", M2="failed"),
        command("www"), verdict(M1="passed", M2="failed"),
    ]  # fmt: skip
    first, second = ticket_report.report(made, "vi", entries)
    assert (first["done"], first["looked"], first["commands"]) == (True, ["pc1", "hq-core"], 1)
    assert (second["done"], second["looked"]) == (False, ["pc1", "hq-core", "www"])
    assert second["commands"] == 0
    assert first["nodes"] == ["hq-core"]
    assert "radvd" in first["cause"]
    assert ticket_report.report(made, "en", [])[0]["done"] is None


def test_tickets_are_told_once_the_clock_runs() -> None:
    made = place(["foreign-prefix", "old-aaaa"])
    assert "no computer of our department" not in made.task(str)
    clock.begin(EXAM, None)
    text = made.task(str)
    assert "1. Staff: since Monday no computer of our department" in text
    assert "2. A citizen: www." in text


def test_the_tickets_are_those_of_the_lab_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a class the agent draws from bits that nobody else has, and tells what it drew."""
    labs = [{"seat": 0, "exercise": "K1", "faults": ["old-aaaa", "managed-flag"]}]
    monkeypatch.setattr("ipv6lab.course.running.running", lambda: labs)
    made = replace(place(), bits=None)
    assert [fault.name for fault in made.faults] == ["old-aaaa", "managed-flag"]
    assert [fault.name for fault in replace(made, seat=4).faults] == []
    labs[0]["exercise"] = "L04"
    assert made.faults == []


def test_the_agent_draws_what_whoever_has_the_bits_draws() -> None:
    made = place()
    assert made.bits is not None
    secret = made._secret()
    assert secret is not None
    start = folders.read(made.exercise.start, made.nodes, plan=made.plan).to_request()
    request: dict[str, Any] = {"start": start, "checks": {}, "secret": secret}
    words.lay(request, made.bits)
    names = request["secret"]["drawn"]
    assert names == [fault.name for fault in made.faults]
    assert set(request["checks"]) == {f"{name}.py" for name in names}
    assert request["start"] != start
    assert names != words.draw(CLASHES, 8, words.seed(made.bits[::-1]))
