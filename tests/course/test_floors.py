"""The protocol floor is added up from what probes and judgements declare."""

import ast
import json
from pathlib import Path

import pytest

from ipv6lab import cli
from ipv6lab.course import content, exercises, floors
from ipv6lab.course.exercises import Exercise
from ipv6lab.words import waits

COURSE = content.find()
SETTLING = [one.name for one in floors.SETTLING]


@pytest.fixture
def told(tmp_path: Path):
    """The terms of a file of checks, given as text, but for those of settling."""

    def of(text: str) -> list[tuple[str | None, str]]:
        file = tmp_path / "checks.py"
        file.write_text("from ipv6lab.expect import hosts\n" + text, encoding="utf-8")
        found = [(one.check, one.wait.name) for one in floors.terms_of(file)]
        assert [name for check, name in found if check is None] == SETTLING
        return [(check, name) for check, name in found if check is not None]

    return of


def test_the_longest_chain_of_checks_counts(told) -> None:
    assert told("""
@must("M1", weight=1)
def one(lab):
    lab.link("staff").advertisement()

@must("M2", weight=1, needs="M1")
def two(lab):
    helper(lab)

@must("M3", weight=1, needs=("M1",))
def three(lab):
    lab.link("staff").claimants([])

def helper(lab):
    lab.link("staff").advertisements()
    lab.link("srv").advertisements()
""") == [
        ("M1", "MAX_RA_DELAY_TIME"),
        ("M2", "MAX_RA_DELAY_TIME"),
        ("M2", "MIN_DELAY_BETWEEN_RAS"),
    ]


def test_what_has_to_be_alone_comes_on_top(told) -> None:
    assert told("""
@must("M1", weight=1)
def one(lab):
    lab.link("staff").advertisement()

@must("M2", weight=1, alone=True)
def two(lab):
    lab.link("staff").claimants([])

@still("S1", weight=1, ruins=True)
def three(lab):
    lab.link("staff").dhcp6_client().anybody()
""") == [
        ("M1", "MAX_RA_DELAY_TIME"),
        ("M2", "RETRANS_TIMER"),
        ("S1", "SOL_TIMEOUT"),
        ("S1", "SOL_TIMEOUT"),
    ]


def test_what_waits_for_nothing_adds_nothing(told) -> None:
    assert (
        told("""
@must("M1", weight=1)
def one(lab):
    helper(lab)

def helper(lab):
    helper(lab)
""")
        == []
    )


@pytest.mark.parametrize("exercise", exercises.load_all(COURSE), ids=lambda one: one.id)
def test_every_term_has_its_name_and_place(exercise: Exercise) -> None:
    ids = {*floors.check_ids(exercise.checks), None}
    terms = floors.terms(exercise)
    assert terms
    for term in terms:
        assert term.wait in waits.EVERY
        assert term.check in ids
        assert term.wait.source.startswith(("RFC ", "OpenFlow ", "ovs-vswitchd"))


def test_whatever_is_declared_is_known() -> None:
    names = {name for name, value in vars(waits).items() if isinstance(value, waits.Wait)}
    declared = 0
    for file in floors.ENGINE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for call in getattr(node, "decorator_list", ()):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == floors.DECLARED:
                    declared += 1
                    assert {ast.unparse(one) for one in call.args} <= names, file
    assert declared > 10


def test_the_floor_is_printed_term_by_term(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", "L04", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    terms = told["protocol_floor_terms"]
    assert told["protocol_floor"] == sum(term["seconds"] for term in terms) > 0
    assert {"check", "name", "seconds", "source"} == set(terms[0])
