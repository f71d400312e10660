"""Where builders make their trees: programs have to run from there."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from ipv6lab.image import artifact
from ipv6lab.words.errors import LabError


@pytest.fixture
def noexec(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Places that are mounted noexec; the test adds them."""
    places: set[str] = set()
    monkeypatch.setattr(
        os,
        "statvfs",
        lambda path: SimpleNamespace(f_flag=os.ST_NOEXEC if str(path) in places else 0),
    )
    monkeypatch.delenv("TMPDIR", raising=False)
    return places


def test_the_first_place_from_which_programs_run_is_taken(noexec: set[str]) -> None:
    assert artifact.temporary_place() == Path("/var/tmp")
    noexec.add("/var/tmp")
    assert artifact.temporary_place() == Path("/tmp")


def test_where_there_is_none_every_place_is_named_and_what_to_set(
    noexec: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    noexec |= {"/var/tmp", "/tmp"}
    with pytest.raises(LabError, match=r"/var/tmp: mounted noexec, /tmp: .*with TMPDIR"):
        artifact.temporary_place()


def test_a_named_place_is_not_silently_exchanged(
    noexec: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert artifact.temporary_place() == tmp_path
    noexec.add(str(tmp_path))
    with pytest.raises(LabError, match="mounted noexec"):
        artifact.temporary_place()
