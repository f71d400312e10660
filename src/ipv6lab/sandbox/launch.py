"""Starting the launcher, and saying why it did not come up."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ipv6lab import image
from ipv6lab.platform import places
from ipv6lab.sandbox import engine, launcher, ranges, scratch
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import _

PROCESSES = 2000  # of one sandbox: a fork bomb ends there
MEGABYTES = 512  # the most that the sandbox's own files may take in memory


@dataclass(eq=False)
class Launched:
    """A sandbox on its way: the stream's ends, and the process that dies with this one."""

    process: subprocess.Popen[bytes]
    reader: int
    writer: int
    log: Path
    id_lock: int | None
    scratch: Path | None

    def explain(self) -> LabError:
        """Why there is no agent. Waits for the launcher's end."""
        status = self.process.wait()
        try:
            told = self.log.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            told = ""
        if status == launcher.REFUSED:
            reason = told.rpartition("refused: ")[2].splitlines()[0] if told else "?"
            return Unsupported(
                _(
                    "This machine refuses a sandbox ({reason}); ipv6lab doctor says what mends it.",
                    reason=reason,
                )
            )
        return LabError(
            _(
                "The sandbox ended while it started; {log} says why: {last}",
                log=str(self.log),
                last=told.splitlines()[-1] if told else "",
            )
        )

    def end(self) -> None:
        """End the sandbox: the kernel removes all that was in it. Returns when it is gone."""
        self.process.kill()
        self.process.wait()
        for fd in (self.reader, self.writer):
            with contextlib.suppress(OSError):
                os.close(fd)
        if self.id_lock is not None:
            os.close(self.id_lock)
            self.id_lock = None
        if self.scratch is not None:
            scratch.remove(self.scratch)


def launch(name: str) -> Launched:
    """Start a sandbox; ``name`` names its log. Raises Unsupported when there is no image."""
    found = image.find()
    runtime = places.runtime()
    first_id, id_lock = None, None
    if os.getuid() == 0:
        first_id, id_lock = ranges.claim(runtime / "ids")
    on_disk = scratch.claim(first_id)
    log = runtime / f"{name}.log"
    spec = {
        "image": str(found.root),
        "skeleton": str(found.skeleton),
        "first_id": first_id,
        "scratch": str(on_disk) if on_disk else None,
        "megabytes": MEGABYTES,
        "processes": PROCESSES,
    }
    inside_input, writer = os.pipe()
    reader, inside_output = os.pipe()
    environment = {**os.environ, **launcher.environment()}
    with open(log, "wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-S", launcher.__file__, json.dumps(spec)],
            stdin=inside_input,
            stdout=inside_output,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )
    os.close(inside_input)
    os.close(inside_output)
    launched = Launched(process, reader, writer, log, id_lock, on_disk)
    data = memoryview(engine.archive())
    try:
        while data:
            data = data[os.write(writer, data) :]
    except BrokenPipeError:
        error = launched.explain()
        launched.end()
        raise error from None
    return launched
