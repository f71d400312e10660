from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipv6lab import sandbox
from ipv6lab.notebook import guesses, kernel
from tests.backends import require_image
from tests.notebook.kernels import Kernel


def _home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Directories of the test's own, with a path short enough for sockets; English."""
    directory = Path(tempfile.mkdtemp(prefix="v6-"))
    runtime = directory / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("XDG_DATA_HOME", str(directory / "work"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(directory / "jupyter"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(directory / "jupyter" / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(directory / "ipython"))
    monkeypatch.delenv(guesses.SEAT, raising=False)
    monkeypatch.setenv(guesses.LANGUAGE, "en")
    kernel.write_specification(directory / "jupyter" / "kernels")
    yield directory
    for lab in sandbox.running():
        sandbox.stop(lab["seat"] or None)
    shutil.rmtree(directory)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    yield from _home(monkeypatch)


@pytest.fixture
def labs(home: Path) -> Path:
    """A home where labs can be built."""
    require_image()
    return home


@pytest.fixture
def notebook(labs: Path) -> Iterator[Kernel]:
    """A kernel as a notebook has it."""
    with Kernel() as started:
        yield started


@pytest.fixture(scope="module")
def shared() -> Iterator[Kernel]:
    """A kernel on a running L04 for all tests of a module that leave it as it is."""
    require_image()
    with pytest.MonkeyPatch.context() as patch:
        homes = _home(patch)
        next(homes)
        with Kernel() as started:
            assert started("%lab start L04").error is None
            yield started
        for _rest in homes:
            pass
