"""What building needs, and how it is asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ipv6lab.image import tools
from ipv6lab.words.errors import Unsupported


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing but apt-get, seen by an ordinary user; returns its PATH."""
    apt_get = tmp_path / "apt-get"
    apt_get.write_text("#!/bin/sh\nexit 1\n")
    apt_get.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(tools, "KEYRINGS", (tmp_path / "no-keyring.gpg",))
    return tmp_path


def test_everything_missing_is_named_in_one_command(bare: Path) -> None:
    with pytest.raises(Unsupported) as error:
        tools.require()
    assert (
        "run 'sudo apt-get install --yes --no-install-recommends "
        "mmdebstrap debian-archive-keyring uidmap'" in str(error.value)
    )


def test_root_needs_no_sudo_and_no_id_maps(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(Unsupported, match=r"run 'apt-get install .* debian-archive-keyring'"):
        tools.require()


def test_a_distribution_without_apt_is_told_so(bare: Path) -> None:
    (bare / "apt-get").unlink()
    with pytest.raises(Unsupported, match="build it on Debian or Ubuntu"):
        tools.require()


def test_a_user_without_subordinate_ids_is_told_how_to_get_them(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "missing", lambda: [])
    monkeypatch.setattr("getpass.getuser", lambda: "nobody-of-that-name")
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    with pytest.raises(Unsupported, match=r"usermod --add-subuids .* nobody-of-that-name"):
        tools.require()
