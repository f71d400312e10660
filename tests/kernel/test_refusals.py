"""Machines on which a lab kernel cannot start say why, and what helps."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ipv6lab.linux import guests


@pytest.mark.parametrize(("scope", "told"), [("2", "sysctl"), ("3", "restart the machine")])
def test_ptrace_for_administrators_only(tmp_path: Path, scope: str, told: str) -> None:
    (tmp_path / "scope").write_text(f"{scope}\n", "ascii")
    with pytest.raises(OSError, match=f"ptrace_scope is {scope}.*{told}"):
        guests.require_tracing(str(tmp_path / "scope"))


def test_ptrace_as_usual(tmp_path: Path) -> None:
    (tmp_path / "scope").write_text("1\n", "ascii")
    guests.require_tracing(str(tmp_path / "scope"))
    guests.require_tracing(str(tmp_path / "no such file"))


def room(small: dict[str, int]) -> Callable[[str], SimpleNamespace]:
    """A statvfs by which some places have so many MiB free, and all others plenty."""

    def statvfs(path: str) -> SimpleNamespace:
        return SimpleNamespace(f_bavail=small.get(path, 1 << 20), f_frsize=1 << 20)

    return statvfs


def test_a_small_shm_sends_the_memory_to_tmpdir(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(os, "statvfs", room({"/dev/shm": 64}))
    assert guests.memory_place(512) == str(tmp_path)


def test_a_noexec_shm_sends_the_memory_to_tmpdir(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refused:
        def __init__(self, *_: object) -> None:
            if not used:
                used.append(True)
                raise PermissionError(1, "Operation not permitted")

        def close(self) -> None:
            pass

    used: list[bool] = []
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(os, "statvfs", room({}))
    monkeypatch.setattr(guests.mmap, "mmap", Refused)
    assert guests.memory_place(512) == str(tmp_path)


def test_no_room_anywhere_names_every_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(os, "statvfs", room({"/dev/shm": 64, str(tmp_path): 7, "/var/tmp": 0}))
    with pytest.raises(OSError, match=r"/dev/shm has 64 MiB free, .* has 7 .*TMPDIR"):
        guests.memory_place(512)


def test_where_nothing_else_will_do_it_lies_in_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = dict.fromkeys(("/dev/shm", "/tmp", "/var/tmp"), 0)
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(os, "statvfs", room(full))
    assert guests.memory_place(512, str(tmp_path / "memory")) == str(tmp_path / "memory")
