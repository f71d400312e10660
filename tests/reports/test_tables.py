"""Tables in terminals of all kinds."""

from __future__ import annotations

import io
import os
import re
import unicodedata
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipv6lab.reports import network_table, report_page, tables
from ipv6lab.reports.cells import width, wrap
from ipv6lab.reports.live import Live
from ipv6lab.reports.terminal_tables import READABLE, Column, Grid, plain

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a terminal of so many columns."""

    def make(columns: int, colour: bool = True) -> Screen:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm-256color")
        if colour:
            monkeypatch.delenv("NO_COLOR", raising=False)
        else:
            monkeypatch.setenv("NO_COLOR", "1")
        return Screen()

    return make


def test_results_without_a_terminal_are_plain_and_aligned(samples: ModuleType) -> None:
    out = io.StringIO()
    tables.print_results(samples.wrong(), str, "en", out)
    lines = out.getvalue().splitlines()
    assert "\x1b" not in out.getvalue()
    assert lines[0].split() == [
        "Verdict",
        "Check",
        "Kind",
        "Weight",
        "What",
        "was",
        "checked",
        "Time",
        "Protocol",
    ]
    assert lines[2].startswith("✘ failed   M1      must           3  The staff LAN hears")
    assert lines[2].endswith("3.4 s     3.0 s")
    assert lines[3].strip() == "Hosts may not build addresses from 2001:db8:100:110::/64."
    assert lines[4].startswith("⊘ blocked  └ M3")
    assert lines[6].startswith("⊘ blocked    └ M5")
    assert lines[-1] == "✘ failed: 18 of 100 points (graded by replay)"


def check(
    identity: str, verdict: str = "passed", kind: str = "must", **more: Any
) -> dict[str, Any]:
    told = {"id": identity, "kind": kind, "weight": 25, "title": "What holds.", "verdict": verdict}
    return {**told, "blocked_by": None, "seconds": 0.1, "message": None, "evidence": [], **more}


def printed(checks: list[dict[str, Any]], **result: Any) -> str:
    out = io.StringIO()
    known = {"exercise": "L05", "score": 75, "max_score": 100, "origin": "self-reported"}
    tables.print_results({**known, **result, "checks": checks}, str, "en", out)
    return out.getvalue()


def test_what_awaits_a_replay_is_not_called_failed_nor_blocked() -> None:
    checks = [check("M1", weight=75), check("M5", "blocked")]
    out = printed(checks, verdict="blocked", judged=75)
    assert "◷ by replay  M5" in out
    assert "blocked" not in out
    assert out.splitlines()[-1] == (
        "✔ passed so far: 75 of the 75 points that can be judged in a running lab (self-reported)"
    )
    out = printed([check("M1", "failed"), check("M5", "blocked")], verdict="failed", judged=75)
    assert "✘ failed: 75 of the 75 points that can be judged" in out


def test_it_is_said_why_what_passed_earns_nothing() -> None:
    sentence = "earn no points: broken, they take their weight away."
    still = check("S1", kind="still")
    assert sentence in printed([check("M1", "failed"), still], verdict="failed", score=0)
    assert sentence not in printed([check("M1"), still], verdict="passed", score=100)
    assert sentence not in printed([check("M1", "failed")], verdict="failed", score=0)


def test_a_long_sentence_does_not_widen_a_table_in_a_pipe() -> None:
    message = {"text": "a sentence " * 40, "values": {}}
    out = printed([check("M1", "failed", message=message)], verdict="failed", score=0)
    assert max(map(len, out.splitlines())) < 150
    assert out.count("sentence") == 40


@pytest.mark.parametrize("columns", [60, 72, 84, 120])
@pytest.mark.parametrize("colour", [True, False])
def test_nothing_is_wider_than_the_terminal(
    samples: ModuleType, screen: Any, columns: int, colour: bool
) -> None:
    out = screen(columns, colour)
    tables.print_results(samples.wrong(), str, "en", out)
    network_table.print_exercise(
        {"id": "L04", "title": "SLAAC", "minutes": 30}, samples.l04(), str, out
    )
    tables.print_status(
        [{"seat": 7, "exercise": "L04", "nodes": ["hq-core", "pc1"]}], str, "en", out
    )
    printed = out.getvalue()
    assert ("\x1b[" in printed) is colour
    for line in ESCAPE.sub("", printed).splitlines():
        assert width(line.rstrip()) <= columns, line
    assert "Hosts may not build addresses" in printed
    assert "2001:db8:100:110::1/64" in printed


def test_signs_and_words_stand_beside_colours(samples: ModuleType, screen: Any) -> None:
    out = screen(100)
    tables.print_results(samples.wrong(), str, "en", out)
    told = ESCAPE.sub("", out.getvalue())
    assert "✘ failed" in told
    assert "✔ passed" in told
    assert "⊘ blocked" in told


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_vietnamese_letters_keep_columns_aligned(form: str) -> None:
    grid = Grid([Column("Tên"), Column("Địa chỉ")])
    for name in ("Nguyễn", "Trần Thị Hường", "Lê", "日本"):
        grid.add(unicodedata.normalize(form, name), "2001:db8::1")
    lines = plain(grid).splitlines()
    starts = {width(line[: line.index("2001")]) for line in lines if "2001" in line}
    assert starts == {len("Trần Thị Hường") + 2}


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc"))), st.integers(2, 40))
@example(" 日 日", 2)
@example("  日本 日", 3)
@example(" a bc ", 2)
def test_broken_lines_fit(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert all(width(line) <= cells for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("terminal", [True, False])
def test_what_a_node_printed_cannot_steer_the_terminal(
    samples: ModuleType, screen: Any, terminal: bool
) -> None:
    out = screen(100) if terminal else io.StringIO()
    result = samples.wrong()
    result["checks"][0]["message"] = samples.message(
        "It printed {output}.", output="\x1b]0;title\x07\x1b[2J[bold]not bold[/bold]\u202e"
    )
    tables.print_results(result, str, "en", out)
    printed = out.getvalue()
    assert "\x1b]" not in printed
    assert "\x1b[2J" not in printed
    assert "\x07" not in printed
    assert "\u202e" not in printed
    assert "[bold]not" in ESCAPE.sub("", printed)


def test_exercises_and_status() -> None:
    out = io.StringIO()
    exercises = [
        {
            "id": "L04",
            "title": "SLAAC for the staff LAN",
            "level": "B",
            "minutes": 30,
            "score": 100,
        },
        {"id": "L05", "title": "RA options", "level": "B", "minutes": 40, "score": None},
    ]
    tables.print_exercises(exercises, str, out)
    assert out.getvalue().splitlines()[2:] == [
        "L04       SLAAC for the staff LAN  B           30     100",
        "L05       RA options               B           40",
    ]
    out = io.StringIO()
    tables.print_status([], str, "en", out)
    assert out.getvalue() == "No lab is running.\n"


EVENTS = [
    {
        "event": "check",
        "id": "M1",
        "state": "running",
        "doing": {"text": "Listening on {link}.", "values": {"link": "staff"}},
        "seconds": 0.0,
    },
    {"event": "other"},
    {"event": "check", "id": "M1", "state": "failed", "doing": None, "seconds": 3.41},
    {
        "event": "check",
        "id": "M3",
        "state": "blocked",
        "doing": None,
        "seconds": 0,
        "blocked_by": "M1",
    },
    {"event": "check", "id": "N9", "state": "blocked", "doing": None, "seconds": 0},
    {
        "event": "check",
        "id": "M7",
        "kind": "note",
        "state": "failed",
        "doing": None,
        "seconds": 0.2,
    },
    {"event": "check", "id": "X9", "state": "passed", "doing": None, "seconds": 0.5},
]


def test_a_live_view_without_a_terminal_prints_a_line_for_each_check_that_ends(
    samples: ModuleType,
) -> None:
    out = io.StringIO()
    with Live(samples.wrong()["checks"], str, "en", out) as live:
        for event in EVENTS:
            live.event(event)
    assert out.getvalue().splitlines() == [
        "✘ failed  M1  The staff LAN hears an advertisement that hosts can use.  (3.4 s)",
        "⊘ blocked  M3  pc1 and pc2 have built one address each.",
        "◷ by replay  N9",
        "ℹ to note  M7  (0.2 s)",
        "✔ passed  X9  (0.5 s)",
    ]


def test_a_live_view_on_a_terminal_shows_what_is_being_done(
    samples: ModuleType, screen: Any
) -> None:
    out = screen(60)
    with Live(samples.wrong()["checks"], str, "en", out) as live:
        for event in EVENTS:
            live.event(event)
    told = ESCAPE.sub("", out.getvalue())
    assert "▶ running  M1  Listening on staff." in told
    assert "✘ failed" in told
    assert "… waiting  M2" in told
    for line in told.replace("\r", "\n").splitlines():
        assert width(line.rstrip()) <= 60


def test_the_tests_run_where_no_terminal_is() -> None:
    """`COLUMNS` of the caller must not change what programs read."""
    os.environ.pop("COLUMNS", None)
    grid = Grid([Column("Title", flexible=True)])
    grid.add("a " * 200)
    assert len(plain(grid).splitlines()) == 2 + -(-400 // READABLE)


def test_a_note_beside_all_points_has_not_failed(samples: ModuleType) -> None:
    result = samples.right()
    told = {
        **result["checks"][0],
        "id": "M9",
        "kind": "note",
        "weight": 0,
        "verdict": "failed",
        "message": "The preferred lifetime is short.",
    }
    result["checks"].append(told)
    assert (result["score"], result["verdict"]) == (100, "passed")
    out = io.StringIO()
    tables.print_results(result, str, "en", out)
    assert "failed" not in out.getvalue()
    (line,) = (line for line in out.getvalue().splitlines() if "M9" in line)
    assert line.split()[:3] == ["ℹ", "to", "note"]
    assert "The preferred lifetime is short." in out.getvalue()
    html = report_page.html(result, samples.l04(), str, "en")
    assert 'class="chip failed' not in html
    assert 'class="told failed' not in html
    assert "0 failed, 0 blocked" in html


def test_after_many_folders_a_table_has_them_all(samples: ModuleType) -> None:
    refused = {"folder": "no", "verdict": "refused", "score": 0, "message": "x", "checks": []}
    unjudged = {"folder": "un", "verdict": "not_judged", "score": None, "checks": []}
    results = [
        {**samples.right(), "folder": "class/an"},
        {**samples.wrong(), "folder": "class/binh"},
        refused,
        unjudged,
    ]
    out = io.StringIO()
    tables.print_grades(results, str, out)
    lines = out.getvalue().splitlines()
    assert lines[0].split() == ["Folder", "Points", "Verdict", "Not", "passed"]
    assert lines[2].split() == ["class/an", "100", "✔", "passed"]
    missed = [c["id"] for c in samples.wrong()["checks"] if c["verdict"] in ("failed", "blocked")]
    assert lines[3].split()[:4] == ["class/binh", str(samples.wrong()["score"]), "✘", "failed"]
    assert all(one in lines[3] for one in missed if one.startswith("M"))
    assert lines[4].split() == ["no", "—", "not", "graded"]
    assert lines[5].split() == ["un", "?", "?", "not", "judged"]
