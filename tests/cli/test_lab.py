"""A whole lab by the command line: started, entered, configured, graded, ended."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipv6lab.course import content
from tests.backends import require_image
from tests.cli.conftest import Cli, program

REFERENCE = content.find().solutions / "L04" / "reference"
CHECK_KEYS = {"id", "kind", "weight", "verdict", "blocked_by", "seconds", "message", "evidence"}
WORDS = [sys.executable, "-m", "ipv6lab"]


@pytest.fixture(autouse=True)
def _needs_an_image() -> None:
    require_image()


@pytest.fixture
def lab(run: Cli) -> Iterator[None]:
    started = run("start", "L04")
    assert started.status == 0, started
    yield
    assert run("stop").status == 0


def test_from_start_to_stop(run: Cli) -> None:
    started = run("start", "L04", "--seat", "9", "--json")
    assert started.status == 0, started
    assert json.loads(started.out)["seat"] == 9
    (status,) = json.loads(run("status", "--json").out)
    assert (status["seat"], status["exercise"], status["state"]) == (9, "L04", "running")
    assert "hq-core" in run("status").out
    assert run("complete", "--", "shell", "pc").out.split() == ["pc1", "pc2"]
    assert "M1" in run("complete", "--", "hint", "").out.split()
    again = run("start", "L04", "--seat", "9")
    assert again.is_refused()
    assert "already runs L04" in again.err
    assert "--force" in again.err
    assert run("start", "L04", "--seat", "9", "--force").status == 0
    # The seat is found by itself while it is the only one.
    assert "2001:db8:1009:110::" in run("task").out
    unseated = run("start", "L04")
    assert (unseated.status, unseated.out.partition(":")[0]) == (0, "L04 runs")
    several = run("reset")
    assert several.is_refused()
    assert "0, 9" in several.err
    assert json.loads(run("stop", "--all", "--json").out) == {"stopped": [0, 9]}
    assert run("status", "--json").out.strip() == "[]"


@pytest.mark.usefixtures("lab")
def test_exec() -> None:
    both = program("exec", "pc1", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (both.out, both.err, both.status) == ("out\n", "err\n", 7)
    assert program("exec", "hq-core", "hostname").out == "hq-core\n"
    assert program("exec", "pc1", "--", "cat", stdin="xin chào\n").out == "xin chào\n"
    assert program("exec", "pc1", "--", "nosuchprogram").status == 127
    assert program("exec", "pc1", "--", "sh", "-c", "kill -9 $$").status == 137
    assert program("shell", "pc2", stdin="hostname; exit 3\n").out == "pc2\n"
    unknown = program("exec", "hqcore", "--", "ls")
    assert unknown.is_refused()
    assert "did you mean hq-core?" in unknown.err


@pytest.mark.usefixtures("lab")
def test_exec_passes_every_byte() -> None:
    data = os.urandom(3_000_001)
    words = [*WORDS, "exec", "pc1", "--", "cat"]
    assert subprocess.run(words, input=data, capture_output=True, check=True).stdout == data


@pytest.mark.usefixtures("lab")
def test_exec_ends_when_nobody_reads() -> None:
    words = [*WORDS, "exec", "pc1", "--", "bash", "-c", "exec -a flood yes"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(4) == b"y\ny\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 141
    assert "flood" not in program("exec", "pc1", "--", "ps", "-A", "-o", "args").out


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_exec_forwards_signals(number: signal.Signals) -> None:
    script = "trap 'echo caught; exit 5' INT TERM; echo ready; while :; do sleep 0.05; done"
    words = [*WORDS, "exec", "pc1", "--", "bash", "-c", script]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.read() == "caught\n"
        assert process.wait(timeout=30) == 5


class Screen:
    """A terminal of its own, with ``ipv6lab shell`` in it."""

    def __init__(self, *arguments: str) -> None:
        self.left = b""  # what came after what was waited for
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [*WORDS, *arguments])

    def size(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def until(self, wanted: str) -> str:
        """What the terminal has shown up to this text, since it was last asked."""
        end, data, sought = time.monotonic() + 30, self.left, wanted.encode()
        while sought not in data:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            assert ready, f"{wanted!r} was not seen in {data!r}"
            data += os.read(self.fd, 65536)
        seen, _, self.left = data.partition(sought)
        return (seen + sought).decode(errors="replace")

    def wait(self) -> int:
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while select.select([self.fd], [], [], 30)[0] and os.read(self.fd, 65536):
                pass
        os.kill(self.pid, signal.SIGHUP)  # only where it has not ended by itself in time
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


@pytest.mark.usefixtures("lab")
def test_shell_is_a_terminal() -> None:
    screen = Screen("shell", "pc1")
    screen.size(30, 100)
    assert "exit" in screen.until("Ctrl-D")  # how to leave is said first
    screen.until("pc1")
    screen.type("echo Tiếng: được; stty size\n")
    screen.until("\rTiếng: được\r\n30 100\r\n")
    screen.size(41, 121)
    screen.type("while [ $(stty size | cut -d' ' -f1) != 41 ]; do sleep 0.05; done; stty size\n")
    screen.until("\r41 121\r\n")
    # Ctrl-C is for the program in front, so it has to be there already.
    screen.type("sh -c 'echo in fro''nt; exec sleep 1000'\n")
    screen.until("in front")
    screen.type("\x03")
    screen.until("^C")
    screen.type("exit 4\n")
    assert screen.wait() == 4


@pytest.mark.usefixtures("lab")
def test_a_submission_arrives_as_it_is_and_reset_takes_it_away(run: Cli, tmp_path: Path) -> None:
    literal = "{{7*7}} ${x} $(id) `id` {{ staff.prefix }}\n"
    answer = tmp_path / "bài làm"
    (answer / "pc1/etc").mkdir(parents=True)
    (answer / "pc1/etc/answer").write_text(literal)
    (answer / "pc1/commands.sh").write_text("yes\n")
    (answer / "pc2").mkdir()
    (answer / "pc2/commands.sh").write_text("echo broken; false\n")
    applied = run("apply", str(answer))
    assert applied.status == 0, applied
    assert "pc1: commands.sh printed without end and was cut." in applied.err
    assert "pc2: commands.sh ended with status 1." in applied.err
    assert "broken" in applied.err
    assert program("exec", "pc1", "--", "cat", "/etc/answer").out == literal
    assert run("reset").status == 0
    assert program("exec", "pc1", "--", "cat", "/etc/answer").status == 1


@pytest.mark.usefixtures("lab")
def test_bad_folders(run: Cli, tmp_path: Path) -> None:
    (tmp_path / "pc3").mkdir()
    (tmp_path / "pc3/commands.sh").write_text("true\n")
    unknown = run("apply", str(tmp_path))
    assert unknown.is_refused()
    assert "did you mean" in unknown.err
    shutil.move(tmp_path / "pc3", tmp_path / "app")
    not_yours = run("apply", str(tmp_path))
    assert not_yours.is_refused()
    assert "app is not yours" in not_yours.err
    shutil.rmtree(tmp_path / "app")
    (tmp_path / "pc1").mkdir()
    (tmp_path / "pc1/passwd").symlink_to("/etc/passwd")
    link = run("apply", str(tmp_path))
    assert link.is_refused()
    assert "symbolic link" in link.err


@pytest.mark.usefixtures("lab")
def test_check_and_hints(run: Cli) -> None:
    before = json.loads(run("check", "--json").out)
    assert (before["score"], before["verdict"], before["origin"]) == (0, "failed", "self-reported")
    for check in before["checks"]:
        assert set(check) >= CHECK_KEYS
    hint = json.loads(run("hint", "m1", "--json").out)
    assert (hint["check"], hint["number"], hint["of"]) == ("M1", 1, 3)
    second = run("hint", "M1")
    assert second.out.strip() != hint["text"]
    assert "2 of 3" in second.err
    assert run("apply", str(REFERENCE)).status == 0
    after = run("check")
    assert after.status == 0, after
    assert "Hints read: 2" in after.out
    free = json.loads(run("hint", "M1", "--json").out)
    assert (free["number"], free["cost"]) == (3, 0)
    unknown = run("hint", "M11")
    assert unknown.is_refused()
    assert "did you mean M1" in unknown.err
    spent = run("check", "--json")
    result = json.loads(spent.out)
    assert (spent.status, result["verdict"], result["hints"]) == (0, "passed", {"M1": 2})
    assert 0 < result["score"] < 100


def test_grade(run: Cli, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    (wrong / "pc9").mkdir(parents=True)
    missing = tmp_path / "missing"
    folders = [str(missing), str(REFERENCE), str(wrong)]
    done = run("grade", "L04", *folders, "--json", "--report", str(tmp_path / "report"))
    graded = json.loads(done.out)
    assert done.status == 2
    assert [one["folder"] for one in graded] == folders
    assert [one["verdict"] for one in graded] == ["refused", "passed", "refused"]
    assert [one["score"] for one in graded] == [0, 100, 0]
    assert str(missing) in graded[0]["message"]["values"].values()
    assert (tmp_path / "report/reference/report.html").is_file()
    assert json.loads((tmp_path / "report/reference/report.json").read_text())["score"] == 100
    alone = run("grade", "L04", str(missing))
    assert alone.status == 2
    assert "There is no folder" in alone.err


@pytest.mark.slow
def test_demo(run: Cli, tmp_path: Path) -> None:
    began = time.monotonic()
    done = run("demo", "--output", str(tmp_path / "out"))
    assert done.status == 0, done
    assert time.monotonic() - began < 30
    assert "From 0 to 100 points" in done.out
    for name, score in (("before", 0), ("after", 100)):
        report = json.loads((tmp_path / "out" / name / "report.json").read_text())
        assert report["score"] == score
        assert (tmp_path / "out" / name / "picture.svg").is_file()
