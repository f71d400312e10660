"""A lab with a web server, and command lines beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

from ipv6lab import sandbox
from ipv6lab.sandbox import Lab
from tests.sandbox.support import run
from tests.sandbox.support import start as start_lab


def start() -> Iterator[Lab]:
    lab = start_lab(5)
    lab.control("keep", info={"exercise": "TEST", "nodes": ["a", "b"]})
    yield lab
    lab.close()
    sandbox.stop(5)


def ping(lab: Lab, count: int = 1) -> None:
    """From `a` to whoever is on the link: `b` answers."""
    words = f"until ping -L -c {count} -i 0.1 -W 3 ff02::1%eth0 | grep 'bytes from'; do :; done"
    assert run(lab, "a", "timeout", "20", "sh", "-c", words).status == 0


class Program:
    """A command line that runs."""

    def __init__(self, words: tuple[str, ...], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ipv6lab", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )

    def line(self, error: bool = False) -> str:
        """The next line that it prints."""
        stream = self.process.stderr if error else self.process.stdout
        assert stream is not None
        return stream.readline().decode()

    def interrupt(self) -> tuple[int, bytes, str]:
        """Ctrl-C; its exit status and the rest of what it says."""
        self.process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> tuple[int, bytes, str]:
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err.decode()


class Started:
    """Command lines that end with a test."""

    def __init__(self) -> None:
        self._programs: list[Program] = []

    def __call__(self, *words: str, **environment: str) -> Program:
        program = Program(words, environment)
        self._programs.append(program)
        return program

    def __enter__(self) -> Started:
        return self

    def __exit__(self, *_details: object) -> None:
        for program in self._programs:
            program.process.kill()
            program.process.communicate()
