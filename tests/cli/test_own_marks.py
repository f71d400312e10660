"""Grading one's own lab: what awaits a replay, what hints cost, and checking while one works."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.cli import marks
from ipv6lab.course import content
from tests.backends import require_image
from tests.cli.conftest import Cli

SOLUTIONS = content.find().solutions


@pytest.fixture(autouse=True)
def _needs_an_image() -> None:
    require_image()


def started(run: Cli, exercise: str, seat: int) -> Iterator[None]:
    done = run("start", exercise, "--seat", str(seat))
    assert done.status == 0, done
    assert run("apply", str(SOLUTIONS / exercise / "reference")).status == 0
    yield
    assert run("stop").status == 0


@pytest.fixture
def two_routers(run: Cli) -> Iterator[None]:
    yield from started(run, "L05", 155)


@pytest.fixture
def addresses(run: Cli) -> Iterator[None]:
    yield from started(run, "L01", 156)


def found(out: str) -> dict[str, Any]:
    return dict(json.loads(out))


@pytest.mark.usefixtures("two_routers")
def test_what_only_a_replay_can_judge_is_judged_by_one_command(run: Cli) -> None:
    live = run("check", "--json")
    result = found(live.out)
    assert live.status == 1
    assert (result["verdict"], result["score"], result["judged"]) == ("blocked", 75, 75), result
    (awaited,) = (one for one in result["checks"] if one["verdict"] != "passed")
    assert (awaited["id"], awaited["verdict"], awaited["blocked_by"]) == ("M5", "blocked", None)
    assert "ipv6lab check --replay" in awaited["message"]["text"]
    replayed = run("check", "--replay")
    assert replayed.status == 0, replayed
    assert "100 of 100 points" in replayed.out
    assert "by replay" not in replayed.out.partition("100 of 100")[0]  # every check has a verdict
    listed = json.loads(run("list", "--json").out)
    assert {one["id"]: one["score"] for one in listed}["L05"] == 100
    assert run("check", "--replay", "--watch").is_refused()


@pytest.mark.usefixtures("addresses")
def test_hints_cost_the_same_wherever_the_work_is_graded(run: Cli, tmp_path: Path) -> None:
    assert run("hint", "M1").status == 0
    assert run("hint", "M5").status == 0
    live = found(run("check", "--json").out)
    assert live["hints"] == {"M1": 1, "M5": 1}
    assert 0 < live["score"] < 100
    assert run("save", str(tmp_path / "work")).status == 0
    foreign = str(SOLUTIONS / "L01" / "reference")
    saved, other = json.loads(run("grade", "L01", str(tmp_path / "work"), foreign, "--json").out)
    assert (saved["score"], saved["hints"]) == (live["score"], live["hints"])
    assert (other["score"], other["hints"]) == (100, {})
    assert found(run("check", "--replay", "--json").out)["score"] == live["score"]


@pytest.mark.usefixtures("addresses")
def test_watching_checks_when_something_was_done(run: Cli) -> None:
    words = [sys.executable, "-m", "ipv6lab", "check", "--watch", "--json"]
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as watching:
        try:
            assert watching.stdout is not None
            assert found(watching.stdout.readline())["score"] == 100
            began = time.monotonic()
            assert run("answer", "kind-1", "multicast", "--json").status == 0
            assert found(watching.stdout.readline())["score"] < 100
            assert time.monotonic() - began < marks.AGAIN
        finally:
            watching.terminate()
