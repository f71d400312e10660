"""Where things are kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ipv6lab.platform import places
from ipv6lab.words.errors import LabError


def test_the_xdg_variables_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", "relative, so to be ignored")
    monkeypatch.setenv("HOME", str(tmp_path / "nhà của tôi"))
    assert places.cache() == tmp_path / "c/ipv6lab"
    assert places.work() == tmp_path / "nhà của tôi/.local/share/ipv6lab"


def test_runtime_is_closed_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    made = places.runtime()
    assert made == tmp_path / "ipv6lab"
    assert made.stat().st_mode & 0o777 == 0o700
    made.chmod(0o755)
    assert places.runtime().stat().st_mode & 0o777 == 0o700


def test_runtime_does_without_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert places.runtime() == Path(f"/tmp/ipv6lab-{os.getuid()}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    assert places.runtime() == Path(f"/tmp/ipv6lab-{os.getuid()}")


def test_a_link_in_its_place_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "ipv6lab").symlink_to("elsewhere")
    with pytest.raises(LabError, match="belongs to somebody else"):
        places.runtime()
