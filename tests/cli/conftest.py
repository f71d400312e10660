from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ipv6lab import cli


@dataclass(frozen=True)
class Done:
    """What a command line ended with."""

    status: int
    out: str
    err: str

    def is_refused(self, status: int = 2) -> bool:
        """One sentence on standard error, nothing else, and the status of a refusal."""
        lines = self.err.splitlines()
        return (
            self.status == status
            and not self.out
            and len(lines) == 1
            and lines[0].startswith("ipv6lab: ")
            and lines[0][-1] in ".…?"
            and "Traceback" not in self.err
        )


class Cli:
    """Runs command lines in this process."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *arguments: str) -> Done:
        self._capture.readouterr()
        status = cli.main(list(arguments))
        told = self._capture.readouterr()
        return Done(status, told.out, told.err)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Directories of the test's own, with a path short enough for sockets; English; a plain user's
    cache with spaces and Vietnamese letters in its name."""
    directory = Path(tempfile.mkdtemp(prefix="v6-"))
    runtime = directory / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("XDG_DATA_HOME", str(directory / "công việc"))
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(variable, "C.UTF-8")
    yield directory
    from ipv6lab import sandbox

    for lab in sandbox.running():
        sandbox.stop(lab["seat"] or None)
    shutil.rmtree(directory)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(capsys)


def program(*arguments: str, stdin: str | None = None, **settings: object) -> Done:
    """Run a command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "ipv6lab", *arguments],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ},
        check=False,
        errors="replace",
        **settings,  # type: ignore[call-overload]
    )
    return Done(done.returncode, done.stdout, done.stderr)
