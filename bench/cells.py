"""How long a cell on a node takes in a notebook's kernel, beyond the command that it runs."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_client.manager import KernelManager

from ipv6lab import sandbox
from ipv6lab.notebook import guesses, kernel, sources

TIMES = 50
COMMAND = "echo hello"


@contextmanager
def started(seat: int) -> Iterator[Callable[[str], float]]:
    """A notebook's kernel of its own: runs a cell, and tells how many seconds that took."""
    with tempfile.TemporaryDirectory() as directory:
        kernel.write_specification(Path(directory, "kernels"))
        os.environ |= {"JUPYTER_DATA_DIR": directory, "IPYTHONDIR": directory}
        os.environ[guesses.SEAT] = str(seat)
        manager = KernelManager(kernel_name=sources.KERNEL)
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)

            def run(cell: str) -> float:
                began = time.monotonic()
                reply = client.execute_interactive(cell, output_hook=lambda _message: None)
                assert reply["content"]["status"] == "ok", reply["content"]
                return time.monotonic() - began

            yield run
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def echo(exercise: str, seat: int) -> tuple[float, float]:
    """Medians: seconds of a ``%%host`` cell, and of its command on an open connection.

    The exercise runs on the seat already.
    """
    with started(seat) as run:
        run(f"%lab start {exercise}")
        with sandbox.join(seat) as lab:

            def command() -> float:
                began = time.monotonic()
                words = ["/bin/bash", "-c", COMMAND]
                channel = lab.open("exec", node="pc1", argv=words, record=True)
                channel.end_input()
                assert [data["status"] for kind, data in channel if kind == "X"] == [0]
                return time.monotonic() - began

            # In turns: what else the machine does is in both.
            turns = [(run(f"%%host pc1\n{COMMAND}"), command()) for _ in range(TIMES)]
    return tuple(statistics.median(each) for each in zip(*turns, strict=True))  # type: ignore[return-value]
