"""A sandbox on the lab kernel: quick, without privilege, gone with its owner."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipv6lab import kernel, sandbox
from ipv6lab.sandbox import Lab
from tests.backends import require_lab_kernel
from tests.kernel.inside import output
from tests.sandbox.support import build_request, run

pytestmark = pytest.mark.slow

OWNER = """\
import sys, threading
from ipv6lab import sandbox
with sandbox.throwaway("lab") as lab:
    print("ready", flush=True)
    threading.Event().wait()
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    require_lab_kernel()
    with sandbox.throwaway("lab") as lab:
        lab.request("build", **build_request())
        yield lab


def kernels_below(owner: int) -> list[int]:
    """The processes of lab kernels that descend from ``owner``."""
    listing = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    parents, names = {}, {}
    for line in listing.splitlines():
        pid, parent, words = line.split(None, 2)
        parents[int(pid)], names[int(pid)] = int(parent), words

    def descends(pid: int) -> bool:
        while pid and pid != owner:
            pid = parents.get(pid, 0)
        return pid == owner

    return [pid for pid in parents if names[pid].startswith("ipv6lab-kernel") and descends(pid)]


def test_it_is_our_kernel_and_debians_programs(lab: Lab) -> None:
    ran = run(lab, "a", "sh", "-c", "uname -r; ip -V; readlink -f /usr/bin/ip")
    release, version, path = ran.out.splitlines()
    assert release == kernel.find().release
    assert "iproute2" in version
    assert path.startswith("/usr")


def test_a_node_tunnels(lab: Lab) -> None:
    script = "ip tunnel add he6 mode sit remote 192.0.2.2 local 192.0.2.1 ttl 255 && ip -d link"
    assert "sit" in run(lab, "a", "sh", "-c", script).out


def test_it_holds_no_privilege(lab: Lab) -> None:
    found = kernels_below(os.getpid())
    assert found
    for pid in found:
        status = dict(
            line.split(":\t", 1)
            for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
            if ":\t" in line
        )
        assert "0" not in status["Uid"].split()
        assert {int(status[f"Cap{name}"], 16) for name in ("Inh", "Prm", "Eff", "Amb")} == {0}
        assert status["NoNewPrivs"] == "1"
        assert status["Cpus_allowed_list"].isdigit()


def test_its_memory_has_no_name(lab: Lab) -> None:
    for pid in kernels_below(os.getpid()):
        try:
            files = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        except PermissionError:
            pytest.skip("only root may look at the descriptors of another id")
        assert any(name.endswith(" (deleted)") for name in files)
        assert not any(Path(name).is_file() and "/dev/shm" in name for name in files)


def test_a_command_is_quick(lab: Lab) -> None:
    run(lab, "a", "true")
    seconds = []
    for _ in range(50):
        began = time.monotonic()
        assert run(lab, "a", "true").status == 0
        seconds.append(time.monotonic() - began)
    # 9 ms on a machine that does nothing else; the bound allows for one that does.
    assert statistics.median(seconds) < 0.1


def test_a_flooding_terminal_holds_nobody_up(lab: Lab) -> None:
    flood = lab.open("exec", node="a", argv=["yes"], pty={"rows": 24, "cols": 80})
    kind, _ = next(iter(flood))
    assert kind == "O"
    assert run(lab, "b", "echo", "still here").out == "still here\n"
    flood.cancel()


def test_a_guest_out_of_memory_loses_the_greedy_command_alone() -> None:
    script = (
        "python3 -c 'x = bytearray(400 << 20)'; echo status $?\n"
        "for i in 1 2 3; do echo alive; done\n"
    )
    said = output("lab", script, nodes=1)
    assert "status 0" not in said
    assert said.count("alive") == 3


@pytest.mark.parametrize("whole_group", [False, True])
def test_it_is_gone_when_its_owner_is_killed(whole_group: bool, lab: Lab) -> None:
    words = [sys.executable, "-c", OWNER]
    source = Path(sandbox.__file__).parents[2]
    owner = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(source)},
        start_new_session=True,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"ready\n"
    found = kernels_below(owner.pid)
    assert found
    if whole_group:
        os.killpg(owner.pid, signal.SIGKILL)
    else:
        owner.kill()
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + 2
    while any(_lives(pid) for pid in found):
        assert time.monotonic() < deadline, "something is left after two seconds"
        os.sched_yield()


def _lives(pid: int) -> bool:
    """A process that has ended, and only waits to be counted, does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"
