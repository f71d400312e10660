"""How long the things that people wait for take on this machine: 'make bench'.

Every figure is taken through the command line or the public interface, on a network that is
built for it; nobody's running lab or recorded work is touched.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ipv6lab import sandbox
from ipv6lab.course import content, exercises

EXERCISE = "L04"
SEAT = 4000
IPV6LAB = str(Path(sys.executable).with_name("ipv6lab"))


def run(*arguments: str) -> float:
    """The seconds that one command takes. Its score does not matter, its working does."""
    began = time.monotonic()
    done = subprocess.run([IPV6LAB, *arguments], capture_output=True, text=True)
    seconds = time.monotonic() - began
    if done.returncode > 1:
        sys.exit(f"ipv6lab {' '.join(arguments)}: {done.stderr.strip()}")
    return seconds


def median(times: int, measured: Callable[[], float]) -> float:
    return statistics.median(measured() for _ in range(times))


def starts() -> tuple[float, float]:
    """From the command to the first command on a node; then one exec on an open connection."""
    seat = ["--seat", str(SEAT)]

    def start() -> float:
        seconds = run("start", EXERCISE, *seat) + run("exec", *seat, "pc1", "--", "true")
        run("stop", *seat)
        return seconds

    warm = median(3, start)
    run("start", EXERCISE, *seat)
    try:
        with sandbox.join(SEAT) as lab:

            def execute() -> float:
                began = time.monotonic()
                channel = lab.open(
                    "exec", node="pc1", argv=["/bin/true"], env={}, cwd=None, pty=None
                )
                channel.end_input()
                status = [data["status"] for kind, data in channel if kind == "X"]
                assert status == [0]
                return time.monotonic() - began

            return warm, median(50, execute)
    finally:
        run("stop", *seat)


def answers() -> tuple[float, list[str]]:
    """The exercise's protocol floor in seconds, and twenty of its answers, the reference first."""
    found = content.find()
    exercise = exercises.load(found, EXERCISE)
    solutions = found.solutions / EXERCISE
    folders = [solutions / "reference"]
    for kind in ("alternatives", "wrong"):
        folders += sorted(path for path in (solutions / kind).iterdir() if path.is_dir())
    return float(exercise.protocol_floor), [str(path) for path in folders[:20]]


def main() -> None:
    rows: list[tuple[str, float, float]] = []

    def measured(title: str, seconds: float, limit: float) -> None:
        rows.append((title, seconds, limit))
        mark = "ok" if seconds < limit else "SLOW"
        print(f"{title:<58} {seconds:8.3f} s  under {limit:6.3f} s  {mark}", flush=True)

    with tempfile.TemporaryDirectory() as work:
        os.environ["XDG_DATA_HOME"] = work
        measured("ipv6lab --version", median(5, lambda: run("--version")), 0.15)
        warm, execute = starts()
        measured(f"start {EXERCISE}, warm, to the first command on a node", warm, 1.5)
        measured("exec on an open connection, median of 50", execute, 0.02)
        floor, folders = answers()
        measured("grade the reference", run("grade", EXERCISE, folders[0]), floor + 1.5)
        many = run("grade", EXERCISE, *folders, "--jobs", "2")
        measured(f"grade {len(folders)} answers with --jobs 2", many, 60)
    print(json.dumps({title: round(seconds, 4) for title, seconds, _limit in rows}))


if __name__ == "__main__":
    main()
