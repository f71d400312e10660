from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipv6lab.sandbox import Lab
from tests.capture.support import Started, start
from tests.sandbox.support import throwaway


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Directories of the test's own, with a path short enough for sockets; English."""
    directory = Path(tempfile.mkdtemp(prefix="v6-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(directory))
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(variable, "C.UTF-8")
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def lab() -> Iterator[Lab]:
    with throwaway() as lab:
        yield lab


@pytest.fixture
def kept(runtime: Path) -> Iterator[Lab]:
    """A lab that the command line finds."""
    yield from start()


@pytest.fixture
def started() -> Iterator[Started]:
    """Starts command lines, and ends those that a test leaves."""
    with Started() as started:
        yield started
