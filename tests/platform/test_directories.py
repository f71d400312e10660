"""Where things are kept."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ipv6lab.linux import syscalls
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from tests.isolation import run_isolated


def test_the_xdg_variables_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", "relative, so to be ignored")
    monkeypatch.setenv("HOME", str(tmp_path / "nhà của tôi"))
    assert directories.cache() == tmp_path / "c/ipv6lab"
    assert directories.work() == tmp_path / "nhà của tôi/.local/share/ipv6lab"


def test_runtime_is_closed_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    made = directories.runtime()
    assert made == tmp_path / "ipv6lab"
    assert made.stat().st_mode & 0o777 == 0o700
    made.chmod(0o755)
    assert directories.runtime().stat().st_mode & 0o777 == 0o700


def test_runtime_does_without_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert directories.runtime() == Path(f"/tmp/ipv6lab-{os.getuid()}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    assert directories.runtime() == Path(f"/tmp/ipv6lab-{os.getuid()}")


def test_a_link_in_its_place_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "ipv6lab").symlink_to("elsewhere")
    with pytest.raises(LabError, match="belongs to somebody else"):
        directories.runtime()


def test_a_place_without_room_is_named_with_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of a write names no file."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    full = tmp_path / "full"
    full.mkdir()

    def room() -> None:
        syscalls.mount("tmpfs", str(full), "tmpfs", options="size=16k,mode=700")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(full))
        file = directories.runtime() / "worked.json"
        with pytest.raises(OSError, match="No space left") as caught:
            file.write_bytes(bytes(32 * 1024))
        assert caught.value.filename is None
        told = directories.no_room(caught.value)
        assert str(told) == (
            f"{full}/ipv6lab cannot be written (No space left on device); make room there, or "
            "name another place with XDG_RUNTIME_DIR."
        )

    run_isolated(room)


def test_a_file_without_room_is_named_itself(tmp_path: Path) -> None:
    error = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "page.html"))
    assert str(directories.no_room(error)) == (
        f"{tmp_path}/page.html cannot be written (No space left on device); make room there, or "
        "name another place."
    )


def test_what_is_not_about_room_is_not_told_as_such() -> None:
    assert directories.no_room(OSError(errno.ENOENT, "No such file or directory")) is None
