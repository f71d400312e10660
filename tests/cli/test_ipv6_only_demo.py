"""The demonstration for leaders: what breaks when an office gives IPv4 up, on a lab that runs."""

from __future__ import annotations

import pytest

from ipv6lab.course.ipv6_only_tour import EXERCISE, PROBES, STEPS, Seen, Tour
from ipv6lab.course.place import Place
from ipv6lab.notebook.demonstration import Demonstration
from tests.backends import require
from tests.cli.conftest import Cli

# By what people do, whether it works: both protocols, IPv6-mostly, IPv6-only, no 464XLAT.
EXPECTED = {
    "both": "✔ ✔ ✔ ✔",
    "name": "✔ ✔ ✔ ✔",
    "four": "✔ ✔ ✔ ✔",
    "literal": "✔ ✔ ✔ ✘",
    "print": "✔ ✘ ✘ ✘",
    "scan": "✔ ✔ ✘ ✘",
}


@pytest.fixture(autouse=True)
def _possible() -> None:
    require(Place.of(EXERCISE, None).exercise.needs)


def test_an_office_gives_ipv4_up_step_by_step(run: Cli) -> None:
    done = run("demo", "ipv6-only", "--yes", "--lang", "vi")
    assert done.status == 0, done
    lines = done.out.splitlines()
    rows = [" ".join(line.split()[-len(STEPS) :]) for line in lines if line.endswith(("✔", "✘"))]
    assert rows == list(EXPECTED.values())
    place = Place.of(EXERCISE, None)
    # What programs said, from where the sites saw them: nobody wrote these down before.
    own = place.plan["pilot.network"].removesuffix(":")
    assert sum(f"web-ext says: you come from {own}" in line for line in lines) == len(STEPS)
    assert sum("v4only says: you come from " in line for line in lines) == 9
    assert any(line.strip().startswith("64 bytes from 198.18.60.") for line in lines)
    for english in ("Every computer", "What will work", "by its name", "frames of"):
        assert english not in done.out


def test_what_came_out_otherwise_is_not_as_expected() -> None:
    tour = Tour(None, Place.of(EXERCISE, None))  # type: ignore[arg-type]  # asks its lab nothing
    for step in STEPS:
        tour.seen[step.key] = [Seen(one, one.key not in step.breaks, "") for one in PROBES]
        assert tour.as_expected(step)
        for at, one in enumerate(tour.seen[step.key]):
            others = list(tour.seen[step.key])
            others[at] = one._replace(works=not one.works)
            wrong = Tour(None, Place.of(EXERCISE, None))  # type: ignore[arg-type]
            wrong.seen[step.key] = others
            assert not wrong.as_expected(step)
    assert {one.key for one in PROBES} == set(EXPECTED)


def test_a_cell_shows_a_step_and_the_lab_ends_when_it_is_stopped() -> None:
    shown = Demonstration(str)
    parts = list(shown.step())
    assert parts[0].startswith("### 1. The office of today")
    assert parts[-1].count("✔") == len(PROBES)
    assert not shown.over
    shown.end()
    assert shown.over


def test_there_is_no_other_demonstration(run: Cli) -> None:
    done = run("demo", "ipv4-only")
    assert done.status == 2
    assert "ipv6-only" in done.err
