"""Ctrl-C while folders are graded: an answer within a second, whatever is under way."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.backends import require

WORDS = [sys.executable, "-m", "ipv6lab", "grade", "L04"]
FOLDER = str(Path(__file__).parents[2] / "solutions/L04/reference")
SECONDS = 2.0  # one is promised on a machine that does nothing else


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("after", [2.0, 4.0, 8.0])
def test_it_answers_at_once(after: float, times: int) -> None:
    require()
    words = [*WORDS, FOLDER, FOLDER]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as grading:
        time.sleep(after)  # building, laying the work, judging: wherever it is by then
        began = time.monotonic()
        for _ in range(times):
            grading.send_signal(signal.SIGINT)
            time.sleep(0.05)
        out, err = grading.communicate(timeout=30)
    assert time.monotonic() - began < SECONDS
    assert grading.returncode in (130, -signal.SIGINT)
    assert out == b""
    assert b"Traceback" not in err
    if grading.returncode == 130 and after >= 4:
        assert b"Interrupted: ending the labs of" in err or err == b"\n"
