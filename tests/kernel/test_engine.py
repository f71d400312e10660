"""The engine's archive reaches the lab kernel as a disk, and a disk has whole sectors."""

from __future__ import annotations

import io
import os
import struct
import zipimport
from pathlib import Path

import pytest

from ipv6lab.sandbox import engine, labkernel


@pytest.mark.parametrize("more", [0, 1, 247, 511, 512])
def test_zeros_follow_the_archive_and_python_finds_its_modules(
    more: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A zip may begin with anything, so that its end can be put anywhere.
    archive = bytes(more) + engine.archive()[4:]
    given = io.BytesIO(struct.pack("!I", len(archive)) + archive)
    monkeypatch.setattr(labkernel, "_read", given.read)
    descriptor = labkernel._engine()
    try:
        disk = os.pread(descriptor, len(archive) + labkernel.SECTOR, 0)
    finally:
        os.close(descriptor)
    assert len(disk) % labkernel.SECTOR == 0
    assert disk[: len(archive)] == archive
    assert not any(disk[len(archive) :])
    (tmp_path / "engine.zip").write_bytes(disk)
    assert zipimport.zipimporter(str(tmp_path / "engine.zip")).find_spec("ipv6lab")
