"""A lab kernel's memory follows the size of the network that it is to hold."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ipv6lab import sandbox
from ipv6lab.course.place import Place
from tests.backends import require_lab_kernel
from tests.sandbox.support import run

MOST = 90.0  # MiB that an idle lab of six nodes takes
BESIDE = 2.0  # MiB of its processes beside the memory that they share


@pytest.fixture
def place() -> Place:
    require_lab_kernel()
    return Place.of("L16", None)


def _guests_memory(owner: int) -> float:
    """MiB of the file that is the memory of the lab kernel below a process."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(folder.name)] = int(words[1])
    found: dict[int, float] = {}
    for pid in parents:
        above = pid
        while above not in (0, owner):
            above = parents.get(above, 0)
        if not above or not Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"ipv6lab-kernel"):
            continue
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            status = descriptor.stat()
            if "(deleted)" in os.readlink(descriptor) and status.st_size >= 64 << 20:
                found[status.st_ino] = status.st_blocks * 512 / (1 << 20)
    assert len(found) == 1
    return found.popitem()[1]


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason="only root may look at another id's descriptors")
def test_an_idle_tunnel_lab_is_small(place: Place) -> None:
    with sandbox.throwaway("lab", len(place.nodes)) as lab:
        place.build(lab)
        assert _guests_memory(os.getpid()) < MOST - BESIDE
        told = run(lab, place.exercise.nodes[0], "grep", "MemTotal", "/proc/meminfo").out
    memory = sandbox.memory_for(len(place.nodes))
    assert 0.9 * memory < int(told.split()[1]) / 1024 <= memory


def test_the_whole_agency_gets_more_than_one_desk() -> None:
    assert sandbox.memory_for(36) > 4 * sandbox.memory_for(1)
    assert sandbox.memory_for(1) >= 128
