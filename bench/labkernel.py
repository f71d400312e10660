"""What the lab kernel costs, beside a sandbox on the machine's own kernel."""

from __future__ import annotations

import json
import os
import select
import signal
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from ipv6lab import sandbox
from ipv6lab.course import topologies
from ipv6lab.course.folders import Configuration
from ipv6lab.course.place import Place

EXERCISE = "L16"
MIB = 1 << 20
OWNER = """\
import threading
from ipv6lab import sandbox
with sandbox.throwaway("{kernel}") as lab:
    print("ready", flush=True)
    threading.Event().wait()
"""


def boot(kernel: str, times: int = 7) -> float:
    """Median seconds from the order to the agent's first word."""
    seconds = []
    for _ in range(times):
        began = time.monotonic()
        with sandbox.throwaway(kernel):
            seconds.append(time.monotonic() - began)
    return statistics.median(seconds)


def network() -> float:
    """Seconds to build an exercise's nodes and links, with nothing configured on them."""
    place = Place.of(EXERCISE, None)
    request = {
        "topology": topologies.request(place.content, place.exercise),
        "plan": place.plan,
        "checks": {},
        "start": Configuration().to_request(),
    }
    with sandbox.throwaway(sandbox.LAB, len(place.nodes)) as lab:
        began = time.monotonic()
        lab.request("build", **request)
        return time.monotonic() - began


def seat() -> tuple[float, float, float]:
    """Of an exercise: seconds to its start state, seconds of a command, and MiB when it is idle."""
    place = Place.of(EXERCISE, None)
    with sandbox.throwaway(sandbox.LAB, len(place.nodes)) as lab:
        began = time.monotonic()
        place.build(lab)
        built = time.monotonic() - began
        memory = _memory()
        node = place.exercise.nodes[0]
        _command(lab, node)
        command = statistics.median(_command(lab, node) for _ in range(50))
    return built, command, memory


def _command(lab: sandbox.Lab, node: str) -> float:
    began = time.monotonic()
    channel = lab.open("exec", node=node, argv=["true"])
    channel.end_input()
    for _ in channel:
        pass
    return time.monotonic() - began


def _descendants(owner: int) -> dict[int, str]:
    """The processes that descend from ``owner``, by their numbers, and their command lines."""
    listing = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()]
    parents = {int(pid): int(parent) for pid, parent, _words in rows}

    def descends(pid: int) -> bool:
        while pid and pid != owner:
            pid = parents.get(pid, 0)
        return pid == owner

    found = {int(pid): words for pid, _parent, words in rows}
    return {pid: words for pid, words in found.items() if pid != owner and descends(pid)}


def _kernels(owner: int) -> list[int]:
    """The processes of lab kernels that descend from ``owner``."""
    return [pid for pid, words in _descendants(owner).items() if words.startswith("ipv6lab-kernel")]


def _memory() -> float:
    """MiB of the file without a name in which this process's lab kernel has its guest's memory."""
    kernel = Path(f"/proc/{_kernels(os.getpid())[0]}/fd")
    names = [entry for entry in kernel.iterdir() if os.readlink(entry).endswith("(deleted)")]
    return max(entry.stat().st_blocks for entry in names) * 512 / MIB


def killed(kernel: str) -> float:
    """Seconds from ``kill -9`` of a lab's owner until none of its processes is left."""
    command = [sys.executable, "-c", OWNER.format(kernel=kernel)]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"ready\n"
    waiting = [os.pidfd_open(pid) for pid in _descendants(owner.pid)]
    began = time.monotonic()
    owner.send_signal(signal.SIGKILL)
    for descriptor in waiting:
        _ended(descriptor)
    owner.wait()
    return time.monotonic() - began


def _ended(descriptor: int) -> None:
    select.select([descriptor], [], [])
    os.close(descriptor)


def stream() -> float:
    """MiB a second, each way at once, through one command while another one runs."""
    data = os.urandom(20 * MIB)
    place = Place.of(EXERCISE, None)
    with sandbox.throwaway(sandbox.LAB, len(place.nodes)) as lab:
        place.build(lab)
        node, other = sorted(place.nodes)[:2]
        channel = lab.open("exec", node=node, argv=["cat"])

        def feed() -> None:
            channel.send(data)
            channel.end_input()

        feeding = threading.Thread(target=feed)
        began = time.monotonic()
        feeding.start()
        got = bytearray()
        asked = False
        for kind, part in channel:
            if kind == "O":
                got += part
                if not asked:
                    asked = True
                    _command(lab, other)
        feeding.join()
        seconds = time.monotonic() - began
    assert bytes(got) == data
    return 20 / seconds


def cycles(times: int, jobs: int) -> float:
    """Seconds of so many boots, gradings and ends. All have to give all points."""
    reference = str(Path(__file__).parents[1] / "solutions" / "L04" / "reference")
    words = ["grade", "L04", *[reference] * times, "--kernel", "lab", "--jobs", str(jobs)]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "ipv6lab", *words, "--json"], capture_output=True, text=True
    )
    scores = [one["score"] for one in json.loads(done.stdout)]
    if scores != [100] * times:
        sys.exit(f"of {times} gradings on the lab kernel these gave: {scores}\n{done.stderr}")
    if _kernels(os.getpid()):
        sys.exit("something is left of lab kernels that have ended")
    return time.monotonic() - began
