"""Groups for a lab, in trees of plain files: what is written where, and when there is none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ipv6lab.platform import cgroups
from ipv6lab.platform.cgroups import Bounds

BOUNDS = Bounds(memory=1 << 30, processors=1.5, processes=2050)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory where hierarchies are; its `mounts` and `own` are what /proc says of them."""
    monkeypatch.setattr(cgroups, "HIERARCHIES", tmp_path / "mounts")
    monkeypatch.setattr(cgroups, "OWN", tmp_path / "own")
    monkeypatch.setattr(cgroups, "_systemd_answers", lambda: False)
    return tmp_path


def second(place: Path, own: str, given: str) -> Path:
    """Version 2, whose parent of one's own group gives these controllers."""
    (place / "mounts").write_text(f"cgroup2 {place}/unified cgroup2 rw 0 0\n")
    (place / "own").write_text(f"0::{own}\n")
    group = place / "unified" / own.lstrip("/")
    group.mkdir(parents=True)
    parent = group.parent
    (parent / "cgroup.procs").write_text("")
    (parent / "cgroup.subtree_control").write_text(given)
    return parent


def test_version_2(place: Path) -> None:
    parent = second(place, "/user.slice/app.slice/shell.scope", "cpu memory pids")
    group = cgroups.make("seat-1", BOUNDS)
    assert group is not None
    (made,) = parent.glob("ipv6lab-*")
    assert made.name == f"ipv6lab-{os.getpid()}-seat-1"
    assert group.entrances == [f"{made}/cgroup.procs"]
    assert (made / "memory.max").read_text() == str(1 << 30)
    assert (made / "cpu.max").read_text() == "150000 100000"
    assert (made / "pids.max").read_text() == "2050"


def test_version_2_without_memory(place: Path) -> None:
    parent = second(place, "/user.slice/shell.scope", "pids")
    os.chmod(parent / "cgroup.subtree_control", 0o444)
    control = parent / "cgroup.subtree_control"
    control.unlink()
    control.mkdir()  # as where nobody may write it, for root too
    assert cgroups.make("seat-1", BOUNDS) is None
    assert not cgroups.available()


def test_version_1(place: Path) -> None:
    (place / "mounts").write_text(
        f"cgroup {place}/cpu,acct cgroup rw,cpu,cpuacct 0 0\n"
        f"cgroup {place}/my\\040memory cgroup rw,memory 0 0\n"
    )
    (place / "own").write_text("4:memory:/work/here\n1:cpu,cpuacct:/\n")
    (place / "my memory/work/here").mkdir(parents=True)
    (place / "cpu,acct").mkdir()
    group = cgroups.make("seat-1", BOUNDS)
    assert group is not None
    assert len(group.entrances) == 2
    (memory,) = (place / "my memory/work/here").glob("ipv6lab-*")
    (cpu,) = (place / "cpu,acct").glob("ipv6lab-*")
    assert (memory / "memory.limit_in_bytes").read_text() == str(1 << 30)
    assert (cpu / "cpu.cfs_quota_us").read_text() == "150000"


def test_none_at_all(place: Path) -> None:
    (place / "mounts").write_text("tmpfs /run tmpfs rw 0 0\n")
    (place / "own").write_text("0::/\n")
    assert cgroups.make("seat-1", BOUNDS) is None
    assert cgroups.scope(BOUNDS) == []


def test_what_killed_labs_left_goes(place: Path) -> None:
    parent = second(place, "/a/b", "cpu memory pids")
    (parent / "ipv6lab-4194305-seat-1").mkdir()  # no process has such a number
    (parent / f"ipv6lab-{os.getpid()}-seat-9").mkdir()
    assert cgroups.make("seat-1", BOUNDS)
    assert len(list(parent.glob("ipv6lab-*"))) == 2


def test_systemd_is_asked_for_a_scope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "systemd-run"
    program.write_text(
        '#!/bin/sh\necho "$@" >> "$(dirname "$0")/asked"\n'
        'while [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n'
    )
    program.chmod(0o755)
    (tmp_path / "systemd").mkdir()
    (tmp_path / "systemd/private").write_text("")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    cgroups._systemd_answers.cache_clear()
    words = cgroups.scope(BOUNDS)
    cgroups._systemd_answers.cache_clear()
    assert f"--property=MemoryMax={1 << 30}" in words
    assert "--property=CPUQuota=150%" in words
    done = subprocess.run([*words, "echo", "bounded"], capture_output=True, text=True, check=True)
    assert done.stdout == "bounded\n"
    assert (tmp_path / "asked").read_text().count("--user --scope") == 2
