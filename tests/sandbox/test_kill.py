"""Whatever is killed, whenever: nothing is left, the work is there, the next start works."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ipv6lab import sandbox
from ipv6lab.agent.journal import work
from ipv6lab.sandbox import kept_work
from tests.sandbox.support import agents, descendants, processes, run, start
from tests.sandbox.test_recording import commands, record
from tests.sandbox.test_seats import wait_gone

WORDS = [sys.executable, "-m", "ipv6lab"]


def ipv6lab(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*WORDS, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def keepers() -> dict[int, str]:
    """The processes of labs of this test's runtime directory, whoever their parent is by now."""
    found = {}
    for pid, command in descendants({0}).items():
        if "sandbox.keeper" in command:
            with contextlib.suppress(OSError):
                environment = Path(f"/proc/{pid}/environ").read_bytes()
                if f"XDG_RUNTIME_DIR={os.environ['XDG_RUNTIME_DIR']}".encode() in environment:
                    found[pid] = command
    return found | descendants(set(found))


@pytest.mark.parametrize("moment", [0.1, 0.25, 0.4, 0.6, 0.9])
def test_a_start_that_is_killed_leaves_all_or_nothing(moment: float) -> None:
    starting = ipv6lab("start", "L04", "--seat", "7")
    time.sleep(moment)  # the moment is what is tried: no event stands for it
    pids = keepers()
    starting.kill()
    starting.wait()
    if any("exercise" in lab for lab in sandbox.running()):
        with sandbox.join(7) as lab:
            assert run(lab, "pc1", "hostname").out == "pc1\n"
        sandbox.stop(7)
    else:
        wait_gone(pids | keepers())
    again = ipv6lab("start", "L04", "--seat", "7")
    assert again.wait() == 0
    assert [lab["seat"] for lab in sandbox.running()] == [7]
    sandbox.stop(7)


@pytest.mark.parametrize("victim", ["command line", "grader", "agent"])
def test_a_check_that_is_killed(victim: str) -> None:
    assert ipv6lab("start", "L04", "--seat", "7").wait() == 0
    pids = keepers()
    agent, *inits = agents(pids)
    checking = ipv6lab("check", "--seat", "7")
    deadline = time.monotonic() + 10
    while not (graders := [pid for pid in keepers() if pid not in pids and pid not in inits]):
        assert time.monotonic() < deadline
    if victim == "agent":
        os.kill(agent, signal.SIGKILL)
        wait_gone(keepers() | pids)
        assert checking.wait() != 0
    else:
        if victim == "grader":
            os.kill(graders[0], signal.SIGKILL)
            assert checking.wait() != 0
        else:
            checking.kill()
            checking.wait()
        wait_gone({pid: "grader" for pid in graders})
        with sandbox.join(7) as lab:
            assert run(lab, "pc1", "hostname").out == "pc1\n"
    assert ipv6lab("start", "L04", "--seat", "7", "--force").wait() == 0
    sandbox.stop(7)


def test_who_was_killed_is_said() -> None:
    assert ipv6lab("start", "L04", "--seat", "7").wait() == 0
    pids = keepers()
    _agent, *inits = agents(pids)
    checking = subprocess.Popen(
        [*WORDS, "check", "--seat", "7"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 10
    while not (graders := [pid for pid in keepers() if pid not in pids and pid not in inits]):
        assert time.monotonic() < deadline
    for pid in graders:  # the grader, or what it has begun so far
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _out, err = checking.communicate(timeout=30)
    assert checking.returncode == 4
    # The lab kernel may find no more than that the grader's memory is gone.
    assert re.search(r"The grader was ended from outside \(SIG(KILL|SEGV)\)", err), err
    waiting = subprocess.Popen(
        [*WORDS, "exec", "pc1", "--seat", "7", "--", "sh", "-c", "echo here; sleep 60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == "here\n"
    os.kill(inits[0], signal.SIGKILL)
    _out, err = waiting.communicate(timeout=30)
    assert "was ended from outside, and the lab with it" in err
    assert "defect" not in err
    wait_gone(pids)


def test_a_stop_that_is_killed() -> None:
    assert ipv6lab("start", "L04", "--seat", "7").wait() == 0
    pids = keepers()
    stopping = ipv6lab("stop", "--seat", "7")
    while len(keepers()) == len(pids) and stopping.poll() is None:
        pass
    stopping.kill()
    stopping.wait()
    wait_gone(pids)
    assert ipv6lab("start", "L04", "--seat", "7").wait() == 0
    sandbox.stop(7)


def test_recorded_work_survives_the_agent(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    before = processes()
    lab = start()
    lab.control("keep", info={}, journal=str(file))
    record(lab, "a", "touch", "/etc/one")
    pids = {pid: command for pid, command in processes().items() if pid not in before}
    agent = agents(pids)[0]
    os.kill(agent, signal.SIGKILL)
    wait_gone(pids)
    lab.close()
    assert commands(work(kept_work.read(file))) == ["touch /etc/one"]
