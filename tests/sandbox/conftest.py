from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipv6lab import sandbox
from ipv6lab.sandbox import Lab
from tests.sandbox.support import start, throwaway


@pytest.fixture(autouse=True)
def runtime(backend: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime directory of the test's own, with a path short enough for sockets."""
    directory = Path(tempfile.mkdtemp(prefix="v6-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(directory))
    yield directory
    for entry in sandbox.running():
        sandbox.stop(entry["seat"])
    shutil.rmtree(directory)


@pytest.fixture
def lab() -> Iterator[Lab]:
    with throwaway() as lab:
        yield lab


@pytest.fixture
def kept() -> Iterator[Lab]:
    """A lab on seat 5 that outlives its starter."""
    lab = start()
    lab.control("keep", info={"exercise": "TEST"})
    yield lab
    lab.close()
    sandbox.stop(5)
