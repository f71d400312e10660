"""One lab a seat, for several callers, ending whole."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ipv6lab import sandbox
from ipv6lab.sandbox import Lab
from ipv6lab.words.errors import LabError
from tests.sandbox.support import processes, run, start

SECONDS = 2.0  # within which the kernel has removed everything


def mine(before: dict[int, str]) -> dict[int, str]:
    return {pid: command for pid, command in processes().items() if pid not in before}


def lives(pid: int) -> bool:
    """Whether a process is there, and not only its exit status, for the machine's init to read."""
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_gone(pids: dict[int, str], seconds: float = SECONDS) -> None:
    """Wait until none of these processes is left. Raises AssertionError after some seconds."""
    deadline = time.monotonic() + seconds
    while left := [pid for pid in pids if lives(pid)]:
        assert time.monotonic() < deadline, {pid: pids[pid] for pid in left}
        time.sleep(0.01)


def test_two_callers_share_a_lab(kept: Lab) -> None:
    with sandbox.join(5) as one, sandbox.join(5) as other:
        run(one, "a", "sh", "-c", "echo shared > /etc/x")
        assert run(other, "a", "cat", "/etc/x").out == "shared\n"


def test_a_lab_outlives_who_started_it(kept: Lab) -> None:
    kept.close()
    with sandbox.join(5) as lab:
        assert run(lab, "b", "hostname").out == "b\n"


@pytest.mark.both_kernels
def test_a_lab_that_is_not_kept_ends_with_its_starter() -> None:
    before = processes()
    lab = start()
    pids = mine(before)
    assert len(pids) >= 3
    lab.close()
    wait_gone(pids)


def test_a_taken_seat_is_refused_and_says_what_runs(kept: Lab) -> None:
    with pytest.raises(LabError, match=r"Seat 5 already runs TEST; .* --force"):
        sandbox.start(5)
    run(kept, "a", "touch", "/etc/old")
    forced = start(5, force=True)
    assert run(forced, "a", "cat", "/etc/old").status != 0
    forced.close()


def test_seats_run_side_by_side_and_see_nothing_of_each_other(kept: Lab) -> None:
    other = start(6)
    other.control("keep", info={"exercise": "OTHER"})
    run(kept, "a", "sh", "-c", "ip address add 2001:db8::1/64 dev eth0 nodad; touch /etc/mine")
    assert run(other, "a", "cat", "/etc/mine").status != 0
    assert "2001:db8::1" not in run(other, "a", "ip", "-6", "address").out
    assert run(other, "b", "ping", "-c1", "-W1", "2001:db8::1").status != 0
    assert [(x["seat"], x["exercise"]) for x in sandbox.running()] == [(5, "TEST"), (6, "OTHER")]
    other.close()


def test_stop_leaves_nothing(kept: Lab, runtime: Path) -> None:
    assert sandbox.stop(5)
    assert sandbox.running() == []
    assert not sandbox.stop(5)
    assert not list((runtime / "ipv6lab").glob("*.sock"))
    with pytest.raises(LabError, match="No lab runs on seat 5"):
        sandbox.join(5)


@pytest.mark.both_kernels
@pytest.mark.parametrize("moment", ["idle", "during a command"])
def test_whichever_process_is_killed_the_lab_ends_whole(moment: str) -> None:
    victims = range(6)
    for victim in victims:
        before = processes()
        lab = start()
        lab.control("keep", info={})
        run(lab, "a", "true")
        pids = mine(before)
        if moment == "during a command":
            lab.open("exec", node="a", argv=["cat", "/dev/zero"])
        if victim >= len(pids):
            assert victim > 3
            lab.close()
            sandbox.stop(5)
            break
        os.kill(sorted(pids)[victim], signal.SIGKILL)
        wait_gone(pids)
        lab.close()


KILLED_STARTER = """
import os, sys
sys.path[:0] = {path!r}
from tests.sandbox.support import build_request
from ipv6lab import sandbox
lab = sandbox.start(5)
print("started", flush=True)
lab.request("build", **build_request(a="sleep 60"))
"""


def test_a_starter_that_is_killed_takes_its_lab_along() -> None:
    before = processes()
    program = KILLED_STARTER.format(path=[str(Path(__file__).parents[2]), *sys.path])
    starter = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    assert starter.stdout.readline() == "started\n"
    pids = mine(before)
    starter.kill()
    starter.wait()
    starter.stdout.close()
    wait_gone(pids)
    start().close()


def test_a_caller_that_leaves_takes_only_its_commands_along(kept: Lab) -> None:
    with sandbox.join(5) as caller:
        channel = caller.open("exec", node="a", argv=["sh", "-c", "echo $$; exec sleep 999"])
        pid = next(data for kind, data in channel if kind == "O").decode().strip()
    gone = f"while kill -0 {pid} 2>/dev/null; do :; done; echo gone"
    assert run(kept, "a", "timeout", "5", "sh", "-c", gone).out == "gone\n"


def test_a_lost_runtime_directory_ends_the_lab_and_does_not_keep_the_next_start(
    runtime: Path,
) -> None:
    before = processes()
    lost = start()
    lost.control("keep", info={})
    lost.close()
    pids = mine(before)
    shutil.rmtree(runtime / "ipv6lab")
    lab = start()
    assert run(lab, "a", "hostname").out == "a\n"
    lab.close()
    wait_gone(pids, 10)


@pytest.mark.both_kernels
def test_reset_begins_anew(lab: Lab) -> None:
    run(lab, "a", "sh", "-c", "touch /etc/x; ip address add 2001:db8::1/64 dev eth0; sleep 99 &")
    lab.request("reset")
    assert run(lab, "a", "cat", "/etc/x").status != 0
    assert "2001:db8::1" not in run(lab, "a", "ip", "-6", "address").out
    assert "sleep" not in run(lab, "a", "ps", "-e").out


@pytest.mark.parametrize(
    ("script", "cut"),
    [("sleep 1000", "time"), ("exec cat /dev/zero", "output"), ("yes", "output")],
)
def test_a_script_without_end_is_cut_and_the_rest_is_done(
    lab: Lab, script: str, cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = [{"node": "a", "script": script}, {"node": "b", "script": "echo done > /etc/done"}]
    answer = lab.request("apply", files=[], commands=commands)
    assert [item["cut"] for item in answer["commands"]] == [cut, None]
    assert len(answer["commands"][0]["output"]) <= 4096
    assert run(lab, "b", "cat", "/etc/done").out == "done\n"
    assert "yes" not in run(lab, "a", "ps", "-eo", "comm=").out


def test_files_are_laid_byte_by_byte(lab: Lab) -> None:
    import base64

    content = b"{{7*7}} ${x} $(id) \x00\xff\r\n"
    file = {"path": "etc/new/file", "node": "a", "mode": 0o644}
    script = {"path": "/usr/local/bin/tool", "node": "a", "mode": 0o755}
    files = [
        {**file, "content": base64.b64encode(content).decode()},
        {**script, "content": base64.b64encode(b"#!/bin/sh\necho ran\n").decode()},
    ]
    lab.request("apply", files=files, commands=[])
    assert run(lab, "a", "base64", "-w0", "/etc/new/file").out == base64.b64encode(content).decode()
    assert run(lab, "a", "tool").out == "ran\n"
    assert run(lab, "b", "ls", "/etc/new").status != 0
