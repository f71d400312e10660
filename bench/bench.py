"""How long the things that people wait for take on this machine: 'make bench'.

Every figure is taken through the command line or the public interface, on a network that is
built for it; nobody's running lab or recorded work is touched. Where a figure is to be judged
beside something else (stock Mininet, a bare namespace, the protocol's own waiting), that baseline
is measured in the same run, and the ratio counts.
"""

from __future__ import annotations

import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cells
import labkernel
import pictures

from ipv6lab import kernel, sandbox
from ipv6lab.course import content, exercises, floors
from ipv6lab.course.building import agency_request
from ipv6lab.words.errors import Unsupported

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


def cell_echo() -> float:
    """What a notebook adds to a command on a node."""
    run("start", EXERCISE, "--seat", str(SEAT))
    try:
        cell, command = cells.echo(EXERCISE, SEAT)
    finally:
        run("stop", "--seat", str(SEAT))
    return cell - command


def notebook_pictures() -> tuple[float, float]:
    """The first picture of a network in a notebook, and a long ladder."""
    run("start", EXERCISE, "--seat", str(SEAT))
    try:
        return pictures.pictures(EXERCISE, SEAT)
    finally:
        run("stop", "--seat", str(SEAT))


def whole_agency() -> float:
    """From nothing to all nodes of the agency with their services running."""
    request = agency_request(content.find(), SEAT)
    began = time.monotonic()
    with sandbox.throwaway() as lab:
        answer = lab.request("build", **request)
        seconds = time.monotonic() - began
    assert not any(script["status"] for script in answer["commands"])
    return seconds


def answers() -> tuple[float, list[str]]:
    """The exercise's protocol floor in seconds, and twenty of its answers, the reference first."""
    found = content.find()
    exercise = exercises.load(found, EXERCISE)
    solutions = found.solutions / EXERCISE
    folders = [solutions / "reference"]
    for kind in ("alternatives", "wrong"):
        folders += sorted(path for path in (solutions / kind).iterdir() if path.is_dir())
    return floors.seconds(exercise), [str(path) for path in folders[:20]]


STAR = 100  # hosts
STAR_TOPOLOGY = f"""\
from mininet.topo import SingleSwitchTopo


class Star(SingleSwitchTopo):
    def build(self):
        super().build({STAR})
"""


def program(name: str, before: tuple[str, ...], *arguments: str) -> dict[str, float]:
    """The figures that a Mininet program of this folder prints, in a sandbox of its own."""
    content = base64.b64encode(Path(__file__).with_name(name).read_bytes()).decode("ascii")
    with sandbox.throwaway() as lab:
        argv = ["python3", *before, f"/root/{name}", *arguments]
        files = [{"name": name, "content": content}]
        status, told = finish(lab.open("program", argv=argv, files=files))
    if status:
        sys.exit(f"{name}: {told}")
    (line,) = (line for line in told.splitlines() if line.startswith(Path(name).stem + " "))
    return dict(json.loads(line.partition(" ")[2]))


def finish(channel: sandbox.Channel) -> tuple[int, str]:
    """The status of a program, and what it said."""
    channel.end_input()
    told = b""
    for kind, data in channel:
        if kind in "OS":
            told += data
        if kind == "X":
            return int(data["status"]), told.decode(errors="replace")
    raise AssertionError("a channel ends with an answer")


def star_lab() -> float:
    """A lab that is a star, from the order to build it to the end of its sandbox."""
    with sandbox.throwaway() as lab:
        began = time.monotonic()
        lab.request(
            "build",
            topology={"files": {"star": STAR_TOPOLOGY}, "module": "star", "name": "Star"},
            plan={},
            checks={},
            start={"files": [], "commands": []},
        )
        for number, node in enumerate(("h1", f"h{STAR}"), 1):
            words = f"ip address add 2001:db8::{number}/64 dev {node}-eth0 nodad"
            finish(lab.open("exec", node=node, argv=words.split()))
        words = "ping -c 1 -W 5 2001:db8::2"
        status, told = finish(lab.open("exec", node="h1", argv=words.split()))
        if status:
            sys.exit(f"the star's ping was not answered: {told}")
    return time.monotonic() - began


def stars() -> tuple[float, float, float]:
    """The seconds of stock Mininet, of LabNet, and of a lab.

    In turns, and the best of each: what else the machine does meanwhile only adds.
    """
    on_labnet = ("-m", "ipv6lab.network.unmodified")
    turns = [
        (
            program("star.py", (), str(STAR))["all"],
            program("star.py", on_labnet, str(STAR))["all"],
            star_lab(),
        )
        for _ in range(3)
    ]
    stock, ours, as_lab = (min(each) for each in zip(*turns, strict=True))
    return stock, ours, as_lab


@dataclass(frozen=True)
class Row:
    """One line of the table. Without a baseline the figure itself is held against the limit."""

    title: str
    figure: float
    limit: float
    baseline: float | None = None
    unit: str = "s"

    @property
    def kept(self) -> bool:
        against = self.figure if self.baseline is None else self.figure / self.baseline
        return against <= self.limit

    def __str__(self) -> str:
        if self.baseline is None:
            beside = f"{'':>10} {'':>7} {self.limit:>7.3f} {self.unit}"
        else:
            ratio = self.figure / self.baseline
            beside = f"{self.baseline:>10.3f} {ratio:>7.3f} {self.limit:>7.3f} ×"
        mark = "ok" if self.kept else "MISSED"
        return f"{self.title:<58} {self.figure:>8.3f} {self.unit:<2} {beside:<28} {mark}"


def lab_kernel(measured: Callable[..., None]) -> None:
    """The same on the lab kernel, where there is one."""
    title = "gone after kill -9 of its owner"
    measured(f"{title}, on the machine's own kernel", labkernel.killed("host"), 2.0)
    try:
        kernel.find()
    except Unsupported as error:
        print(f"not measured on the lab kernel: {error}")
        return
    boot, host = labkernel.boot("lab"), labkernel.boot("host")
    measured("boot of the lab kernel to the agent, median of 7", boot, 1.0)
    measured("the same; a sandbox on the machine's own kernel", boot, 4.0, host)
    built, command, memory = labkernel.seat()
    measured(f"build the network of {labkernel.EXERCISE} on it", labkernel.network(), 0.5)
    measured(f"build {labkernel.EXERCISE} with its start state on it", built, 3.0)
    measured("exec on it, median of 50", command, 0.025)
    measured(f"memory of it with an idle {labkernel.EXERCISE}", memory, 90.0, None, "MiB")
    measured(title, labkernel.killed("lab"), 2.0)
    measured("20 MiB each way beside another command", 20 / labkernel.stream(), 60.0)
    measured("100 boot-grade-stop cycles on it, 8 at a time", labkernel.cycles(100, 8), 1800.0)


def main() -> int:
    rows: list[Row] = []

    def measured(*facts: Any) -> None:
        rows.append(Row(*facts))
        print(rows[-1], flush=True)

    print(f"{'':<58} {'figure':>8}    {'baseline':>10} {'ratio':>7} {'limit':>7}")
    with tempfile.TemporaryDirectory() as work:
        os.environ["XDG_DATA_HOME"] = work
        stock, ours, as_lab = stars()
        title = f"star of {STAR} hosts: build, IPv6 ping, stop; stock Mininet"
        measured(title, ours, 0.1, stock)
        measured("the same as a lab, each host a node; stock Mininet", as_lab, 0.1, stock)
        memory = program("memory.py", ())
        node, bare = memory["node"] / 1024, memory["bare"] / 1024
        measured("memory of an idle node; a bare namespace with a veth", node, 1.5, bare, "kB")
        measured("ipv6lab --version", median(5, lambda: run("--version")), 0.15)
        warm, execute = starts()
        measured(f"start {EXERCISE}, warm, to the first command on a node", warm, 1.5)
        measured("exec on an open connection, median of 50", execute, 0.02)
        measured("a cell's echo on a node, beyond the command itself", cell_echo(), 0.06)
        first, ladder = notebook_pictures()
        measured("the first picture after %lab start", first, 2.0)
        measured(f"the ladder of {pictures.PACKETS} packets", ladder, 3.0)
        agency = median(3, whole_agency)
        measured("the whole agency with its services, warm", agency, 3.0)
        lab_kernel(measured)
        floor, folders = answers()
        title = f"grade the reference; its protocol floor is {floor:g} s"
        measured(title, run("grade", EXERCISE, folders[0]), floor + 1.5)
        many = run("grade", EXERCISE, *folders, "--jobs", "4")
        measured(f"grade {len(folders)} answers with --jobs 4", many, 60.0)
    return int(not all(row.kept for row in rows))


if __name__ == "__main__":
    sys.exit(main())
