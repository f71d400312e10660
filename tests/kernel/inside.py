"""Runs a script as root of a sandbox, where nothing but the agent runs otherwise."""

from __future__ import annotations

import io
import os
import struct
import threading
import zipfile
from pathlib import Path

from ipv6lab.sandbox import engine
from ipv6lab.sandbox.choice import LAB
from ipv6lab.sandbox.launch import Launched, launch
from ipv6lab.words.errors import Unsupported
from tests.backends import no_lab, require_lab_kernel

RECIPE = Path(__file__).parents[2] / "kernel"
END = b"the end\n"

AGENT = """\
import os, signal, subprocess
def main():
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # or what is started here cannot be interrupted
    with open("/run/agent/script", "w") as file:
        file.write({script!r})
    # Programs with capabilities or set-user-id bits are in the other layer.
    os.environ["PATH"] += ":/lower/skeleton/usr/bin"
    subprocess.run(["sh", "/run/agent/script"], stdin=subprocess.DEVNULL, stdout=1, stderr=1)
    os.write(1, b"the end\\n")
    os.read(0, 1)
"""


def started(kernel: str, archive: bytes, nodes: int = 12) -> Launched:
    """A sandbox whose agent is in ``archive``."""
    if kernel == LAB:
        require_lab_kernel()
    try:
        launched = launch(f"test-{os.urandom(4).hex()}", kernel, nodes)
    except Unsupported as error:
        no_lab(error)

    def send() -> None:
        view = memoryview(struct.pack("!I", len(archive)) + archive)
        try:
            while view:
                view = view[os.write(launched.writer, view) :]
        except OSError:  # the test tells what the sandbox said
            pass

    threading.Thread(target=send, daemon=True).start()
    return launched


def output(
    kernel: str, script: str, nodes: int = 12, carried: dict[str, bytes] | None = None
) -> str:
    """What a shell script says that takes the agent's place.

    The files ``carried`` are in the engine's archive, ``/run/agent/engine.zip``.
    """
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(engine.archive()[4:])) as old,
        zipfile.ZipFile(buffer, "w") as new,
    ):
        for name in old.namelist():
            if not name.startswith("ipv6lab/agent/main.py"):
                new.writestr(name, old.read(name))
        new.writestr("ipv6lab/agent/main.py", AGENT.format(script=script))
        for name, content in (carried or {}).items():
            new.writestr(name, content)
    launched = started(kernel, buffer.getvalue(), nodes)
    said = b""
    try:
        while not said.endswith(END):
            more = os.read(launched.reader, 65536)
            if not more:
                raise AssertionError(f"{said.decode()}\n{launched.explain()}")
            said += more
    finally:
        launched.end()
        launched.log.unlink(missing_ok=True)
    return said.decode(errors="replace").removesuffix(END.decode())
