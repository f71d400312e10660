"""A trial that the machine does not let come to its end says nothing of what the machine can do."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.linux import limits
from ipv6lab.platform import features, memory, trial
from ipv6lab.words.errors import Unsupported

DONE = {"refused": None, "results": {"mounts": None, "sit": None}, "unfinished": None}
BUSY = {"refused": "no", "results": {}, "unfinished": "Resource temporarily unavailable"}


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(trial, "PAUSE", 0)
    monkeypatch.setattr(memory, "_file", lambda: tmp_path / "worked.json")


def answers(monkeypatch: pytest.MonkeyPatch, *found: dict[str, Any]) -> list[list[str]]:
    """Have trials find these, one after another; gives what was tried."""
    tried: list[list[str]] = []

    def run(names: list[str]) -> dict[str, Any]:
        tried.append(names)
        return found[min(len(tried), len(found)) - 1]

    monkeypatch.setattr(trial, "_run", run)
    return tried


def test_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = answers(monkeypatch, BUSY, DONE)
    assert trial.run(["sit"]).results["sit"] is None
    assert len(tried) == 2


def test_a_machine_that_is_at_its_limit_does_not_lack_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = answers(monkeypatch, BUSY)
    with pytest.raises(Unsupported, match=r"temporarily unavailable.*try again"):
        features.lacking(["sit"])
    assert len(tried) == trial.ATTEMPTS
    assert memory.recall() == set()
    answers(monkeypatch, DONE)
    assert features.lacking(["sit"]) == []


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["sh", "-c", "echo something is wrong >&2; kill -9 $$"], "something is wrong"),
        (["sh", "-c", "exit 7"], "status 7"),
        (["sleep", "60"], "nothing was heard"),
        (["/nowhere"], "No such file"),
    ],
)
def test_what_says_nothing_is_unfinished(
    monkeypatch: pytest.MonkeyPatch, command: list[str], reason: str
) -> None:
    run = subprocess.run
    monkeypatch.setattr(trial, "SECONDS", 0.5)
    monkeypatch.setattr(trial.subprocess, "run", lambda _words, **how: run(command, **how))
    assert reason in trial._run(["sit"])["unfinished"]


@pytest.mark.parametrize("processes", [1, 2])
def test_no_process_left(processes: int) -> None:
    if os.getuid() == 0:
        pytest.skip("the kernel gives root as many processes as it wants")
    limited = (
        "import os, resource, sys;"
        f"resource.setrlimit(resource.RLIMIT_NPROC, ({processes}, {processes}));"
        "os.execv(sys.executable, [sys.executable, '-S', '-P', *sys.argv[1:]])"
    )
    words = [sys.executable, "-c", limited, "-m", "ipv6lab.platform.trial", "sit"]
    environment = {**os.environ, "PYTHONPATH": str(trial.SOURCE)}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=True)
    assert json.loads(done.stdout)["unfinished"] == os.strerror(errno.EAGAIN)


def test_limits_pass_and_refusals_do_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(limits, "ALLOWED", tmp_path)
    full = OSError(errno.ENOSPC, "unshare: No space left on device")
    assert limits.is_passing(OSError(errno.EAGAIN, "fork"))
    assert limits.is_passing(TimeoutError("timed out"))
    assert limits.is_passing(full)
    for number in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOENT, errno.ENODEV):
        assert not limits.is_passing(OSError(number, "no"))
    assert not limits.is_passing(OSError("/etc/subuid gives user 7 no range of 65535 ids"))
    (tmp_path / "max_user_namespaces").write_text("0\n", "ascii")
    assert not limits.is_passing(full)
