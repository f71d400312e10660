"""Programs for Mininet, run by the command as a user runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.backends import no_lab

UNSUPPORTED = 3


def ipv6lab(*words: object, typed: str = "", **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run a command line to its end; what it said, both streams in one."""
    done = subprocess.run(
        [sys.executable, "-m", "ipv6lab", *map(str, words)],
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        errors="replace",
        **settings,
    )
    if done.returncode == UNSUPPORTED:
        no_lab(done.stdout)
    return done


def made(folder: Path, name: str, *lines: str) -> Path:
    """A program of these lines."""
    program = folder / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text("\n".join(lines) + "\n")
    return program
