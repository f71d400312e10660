"""Hostile folders are refused with one sentence, in time, and hold up no other folder."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.course import apart, results
from ipv6lab.course.apart import Event, Graders, Grading
from ipv6lab.course.place import Place
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message
from tests.hostile.corpus import EXERCISE, FOLDERS, SOUND

SECONDS = 5.0
NOBODY = 65_534


@pytest.fixture(scope="module")
def place() -> Place:
    return Place.of(EXERCISE, None)


@pytest.fixture(scope="module")
def corpus() -> Iterator[Path]:
    """Every folder, where an ordinary user comes to it."""
    with tempfile.TemporaryDirectory(prefix="ipv6lab-hostile-", ignore_cleanup_errors=True) as made:
        os.chmod(made, 0o755)
        for name, make in FOLDERS.items():
            folder = Path(made, name)
            folder.mkdir()
            make(folder)
        yield Path(made)
        subprocess.run(["chmod", "-R", "u+rwX", made], check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", made], check=True)


def read_only(place: Place, folder: str, _tell: Event) -> dict[str, Any]:
    """All of a grading that a folder itself can harm, as an ordinary user."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    begun = time.monotonic()
    try:
        work = place.read_recorded(Path(folder))
        if work is None:
            place.read(Path(folder))
        elif work.after:
            place.catching_up(work.after)
        found: dict[str, Any] = {"verdict": "read"}
    except LabError as error:
        found = results.refused(place, folder, error.message)
    return {**found, "seconds": time.monotonic() - begun}


def test_there_are_many() -> None:
    assert len(FOLDERS) >= 150


def test_each_is_refused_with_a_sentence_in_time(place: Place, corpus: Path) -> None:
    gradings = [
        Grading(place, str(corpus / name), partial(read_only, place, str(corpus / name)))
        for name in FOLDERS
    ]
    with Graders(2) as graders:
        found = dict(graders.results(gradings))
    wrong = []
    for number, name in enumerate(FOLDERS):
        one = found[number]
        expected = "read" if name in SOUND else "refused"
        said = str(Message.from_json(one["message"])) if "message" in one else ""
        # What is ended from outside has no time of its own: its limit is READING.
        slow = one.get("seconds", 0) > SECONDS
        if one["verdict"] != expected or slow or "Traceback" in said or "\n" in said.strip():
            wrong.append((name, one["verdict"], round(one.get("seconds", 0), 1), said[:200]))
    assert not wrong
    assert apart.READING < SECONDS


def endless(_tell: Event) -> dict[str, Any]:
    while True:
        pass


def greedy(_tell: Event) -> dict[str, Any]:
    return {"verdict": str(bytearray(2 << 30)[:1])}


def silent(tell: Event) -> dict[str, Any]:
    tell({})
    os.kill(os.getpid(), 9)
    return {}


def loud(tell: Event) -> dict[str, Any]:
    tell({})
    return {"verdict": "x" * (apart.MOST + 1)}


def broken(tell: Event) -> dict[str, Any]:
    tell({})
    raise RecursionError("deep")


def test_one_that_goes_wrong_takes_no_other_with_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "READING", 1)
    bad = {"endless": endless, "greedy": greedy, "silent": silent, "loud": loud, "broken": broken}
    gradings = []
    for name, do in bad.items():
        gradings.append(Grading(place, name, do))
        gradings.append(Grading(place, "good", lambda _tell: {"verdict": "passed"}))
    with Graders(3) as graders:
        found = dict(graders.results(gradings))
        assert graders.count == 0
    verdicts = [found[number]["verdict"] for number in range(len(gradings))]
    assert verdicts[1::2] == ["passed"] * len(bad)
    assert verdicts[::2] == ["refused", "refused", "not_judged", "not_judged", "not_judged"]


def test_ending_leaves_no_worker(place: Place) -> None:
    with Graders(2) as graders:
        results = graders.results([Grading(place, "a", endless), Grading(place, "b", good)])
        assert next(results)[1]["verdict"] == "passed"
        (pid,) = graders._workers
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def good(_tell: Event) -> dict[str, Any]:
    return {"verdict": "passed"}
