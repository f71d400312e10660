"""What goes through a channel arrives whole, in order and within bounds."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from ipv6lab.sandbox import Lab
from ipv6lab.words.errors import LabError
from tests.sandbox.support import run

MIB = 1024 * 1024


@pytest.mark.both_kernels
def test_exit_status_and_both_outputs(lab: Lab) -> None:
    ran = run(lab, "a", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (ran.status, ran.out, ran.err) == (7, "out\n", "err\n")


def test_a_signal_shows_as_128_and_its_number(lab: Lab) -> None:
    assert run(lab, "a", "sh", "-c", "kill -9 $$").status == 128 + signal.SIGKILL


def test_an_unknown_program_is_named(lab: Lab) -> None:
    ran = run(lab, "a", "nosuchprogram")
    assert ran.status == 127
    assert "nosuchprogram" in ran.err


def test_an_unknown_node_is_refused_with_the_names_there_are(lab: Lab) -> None:
    with pytest.raises(LabError, match="no node c here; the nodes are a, b"):
        run(lab, "c", "true")


def test_input_reaches_the_program_and_its_end_too(lab: Lab) -> None:
    text = "Tiếng Việt có dấu: ế ộ ữ\n"
    assert run(lab, "a", "cat", given=text.encode()).out == text


@pytest.mark.both_kernels
def test_twenty_mebibytes_each_way_while_another_command_runs(lab: Lab) -> None:
    sent = os.urandom(20 * MIB)
    channel = lab.open("exec", node="a", argv=["cat"])

    def feed() -> None:
        channel.send(sent)
        channel.end_input()

    feeding = threading.Thread(target=feed)
    feeding.start()
    beside = []
    got = []
    for kind, data in channel:
        if kind == "O":
            got.append(data)
            if len(beside) < 5:
                beside.append(run(lab, "b", "hostname").out)
    feeding.join()
    assert b"".join(got) == sent
    assert beside == ["b\n"] * 5


@pytest.mark.both_kernels
def test_a_flood_that_nobody_reads_does_not_hold_up_others(lab: Lab) -> None:
    flood = lab.open("exec", node="a", argv=["cat", "/dev/zero"])
    assert run(lab, "a", "echo", "still here").out == "still here\n"
    flood.cancel()


def test_a_cancelled_program_is_ended(lab: Lab) -> None:
    channel = lab.open("exec", node="a", argv=["sh", "-c", "echo $$; exec sleep 1000"])
    pid = next(data for kind, data in channel if kind == "O").decode().strip()
    channel.cancel()
    with pytest.raises(LabError, match="cancelled"):
        list(channel)
    gone = f"while kill -0 {pid} 2>/dev/null; do :; done; echo gone"
    assert run(lab, "a", "timeout", "5", "sh", "-c", gone).out == "gone\n"


def test_a_daemon_left_behind_does_not_hold_the_command(lab: Lab) -> None:
    assert run(lab, "a", "sh", "-c", "sleep 1000 & echo left").out == "left\n"


def test_a_signal_reaches_the_whole_process_group(lab: Lab) -> None:
    script = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.05; done"
    channel = lab.open("exec", node="a", argv=["bash", "-c", script])
    out = b""
    status = None
    for kind, data in channel:
        if kind == "O":
            out += data
            if out == b"ready\n":
                channel.signal(signal.SIGINT)
        if kind == "X":
            status = data["status"]
    assert (out, status) == (b"ready\ncaught\n", 9)


@pytest.mark.both_kernels
def test_a_terminal_has_a_size_that_can_change(lab: Lab) -> None:
    channel = lab.open(
        "exec",
        node="a",
        argv=["bash", "--norc"],
        env={"PS1": "$ "},
        pty={"rows": 30, "cols": 100},
    )
    channel.send(b"tty; stty size\n")
    out = b""
    resized = False
    for kind, data in channel:
        if kind == "O":
            out += data
            if b"30 100\r\n" in out and not resized:
                resized = True
                channel.resize(50, 132)
                channel.send("stty size; echo 'xin chào'; exit 3\n".encode())
        if kind == "X":
            assert data["status"] == 3
    assert b"/dev/pts/0" in out
    assert b"50 132\r\n" in out
    assert "\r\nxin chào\r\n".encode() in out
