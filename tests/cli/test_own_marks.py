"""Grading one's own lab: what awaits a replay, what hints cost, and checking while one works."""

from __future__ import annotations

import json
import queue
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from ipv6lab import sandbox
from ipv6lab.cli import rechecking as watch
from ipv6lab.cli.marks import _reports, _write_report
from ipv6lab.cli.saying import Speech
from ipv6lab.course import content
from ipv6lab.course.place import Place
from ipv6lab.course.running import kept
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


@contextmanager
def watching() -> Iterator[Callable[[], dict[str, Any]]]:
    """``check --watch``; gives what waits for its next result, and sees that it was woken."""
    words = [sys.executable, "-m", "ipv6lab", "check", "--watch", "--json"]
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        lines = program.stdout

        def result() -> dict[str, Any]:
            return found(lines.readline())

        try:
            yield result
        finally:
            program.terminate()


@pytest.mark.usefixtures("addresses")
def test_watching_checks_when_something_was_done(run: Cli) -> None:
    with watching() as result:
        assert result()["score"] == 100
        began = time.monotonic()
        assert run("answer", "kind-1", "multicast", "--json").status == 0
        assert result()["score"] < 100
        assert time.monotonic() - began < watch.AGAIN


def network(lab: sandbox.Lab, node: str, command: str) -> None:
    """Change something that no journal has."""
    words = ["sh", "-c", command]
    answer = lab.request("exec", node=node, argv=words, env={}, cwd=None, pty=None)
    assert answer["status"] == 0


@pytest.mark.usefixtures("addresses")
def test_watching_checks_when_the_network_changes_by_itself(run: Cli) -> None:
    """An address that nobody recorded comes, and expires."""
    with watching() as result, sandbox.join(156) as lab:
        assert result()["score"] == 100
        began = time.monotonic()
        network(lab, "nms", "ip address add 2001:db8:ffff::1/64 dev lo valid_lft 5 preferred_lft 5")
        result()  # it has come
        result()  # it has gone
        assert time.monotonic() - began < watch.AGAIN


class Quiet:
    """A lab in which nothing is done, and whose network is told by `say`."""

    def __init__(self) -> None:
        self.channels: list[queue.SimpleQueue[dict[str, Any] | None]] = []

    def request(self, _operation: str, since: int | None) -> dict[str, Any]:
        return {"done": 0}

    def open(self, operation: str, **_arguments: Any) -> Told:
        channel = Told()
        if operation == "watch":
            self.network = channel
        return channel

    def say(self, routes: int) -> None:
        nodes = {"pc1": {"routes": routes}}
        self.network.queue.put({"event": "network", "nodes": nodes, "gone": []})


class Told:
    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        while (event := self.queue.get()) is not None:
            yield "E", event

    def cancel(self) -> None:
        self.queue.put(None)


def test_what_a_check_disturbs_and_restores_is_no_reason_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "AGAIN", 3.0)
    monkeypatch.setattr(sys, "stdin", None)  # closed
    lab = Quiet()
    with watch.Watching(cast(sandbox.Lab, lab)) as looking:
        lab.say(1)
        looking.begin()
        lab.say(0)
        lab.say(1)
        began = time.monotonic()
        looking.wait()
        assert time.monotonic() - began >= 3.0


def test_a_network_that_never_rests_is_checked_more_and_more_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, seconds in (("AT_REST", 0.05), ("RESTLESS", 0.1), ("PAUSE", 0.2), ("AGAIN", 0.8)):
        monkeypatch.setattr(watch, name, seconds)
    monkeypatch.setattr(sys, "stdin", None)
    lab = Quiet()
    pauses = []
    ended = threading.Event()

    def stir() -> None:
        routes = 0
        while not ended.wait(0.02):
            lab.say(routes := routes + 1)

    with watch.Watching(cast(sandbox.Lab, lab)) as looking:
        stirring = threading.Thread(target=stir)
        stirring.start()
        for _check in range(5):
            looking.begin()
            began = time.monotonic()
            looking.wait()
            pauses.append(time.monotonic() - began)
        ended.set()
        stirring.join()
    for pause, least in zip(pauses, (0.05, 0.2, 0.4, 0.8, 0.05), strict=True):
        assert pause >= least


def test_a_report_draws_the_network_of_the_seat_on_which_the_work_was_done(tmp_path: Path) -> None:
    done = {"exercise": "L04", "title": "x", "score": 0, "verdict": "failed", "checks": []}
    found = [
        {**done, "folder": "an/work", "seat": 7},
        {**done, "folder": "binh/work", "seat": 0},
    ]
    folders = _reports([str(one["folder"]) for one in found], tmp_path)
    for one, folder in zip(found, folders, strict=True):
        _write_report(one, folder, Place.of("L04", None), Speech("en"))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["an-work", "binh-work"]
    seventh = (tmp_path / "an-work" / "picture.svg").read_text(encoding="utf-8")
    assert "2001:db8:1007:" in seventh
    assert "2001:db8:100:" not in seventh
    assert "2001:db8:100:" in (tmp_path / "binh-work" / "picture.svg").read_text(encoding="utf-8")


def test_what_could_not_be_recorded_is_said_where_it_is_done(run: Cli) -> None:
    assert run("start", "L02").status == 0
    try:
        keeper = int(str(kept(None)["keeper"]))
        resource.prlimit(keeper, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        words = [sys.executable, "-m", "ipv6lab", "exec", "r1", "--", "true"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.startswith("ipv6lab: What you did last is not recorded yet")
        assert "File too large" in done.stderr
    finally:
        resource.prlimit(keeper, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        sandbox.stop(None)
