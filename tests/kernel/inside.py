"""Runs a script as root of a sandbox, where nothing but the agent runs otherwise."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path

from ipv6lab.sandbox import engine
from ipv6lab.sandbox.launch import launch

AGENT = """\
import os, subprocess
def main():
    with open("/run/agent/script", "w") as file:
        file.write({script!r})
    # Programs with capabilities or set-user-id bits are in the other layer.
    os.environ["PATH"] += ":/lower/skeleton/usr/bin"
    subprocess.run(["sh", "/run/agent/script"], stdin=subprocess.DEVNULL, stdout=1, stderr=1)
    os.write(1, b"the end\\n")
    os.read(0, 1)
"""


def output(kernel: str, script: str, memory: int = 512) -> str:
    """What a shell script says that takes the agent's place."""
    archive = engine.archive()[4:]
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            if name != "ipv6lab/agent/main.py":
                new.writestr(name, old.read(name))
        new.writestr("ipv6lab/agent/main.py", AGENT.format(script=script))
    data = buffer.getvalue()
    launched = launch(f"test-{os.urandom(4).hex()}", kernel, memory)
    said = b""
    try:
        stream = memoryview(struct.pack("!I", len(data)) + data)
        while stream:
            stream = stream[os.write(launched.writer, stream) :]
        while not said.endswith(b"the end\n"):
            more = os.read(launched.reader, 65536)
            if not more:
                raise AssertionError(f"{said.decode()}\n{launched.explain()}")
            said += more
    finally:
        launched.end()
        launched.log.unlink(missing_ok=True)
    return said.decode(errors="replace").removesuffix("the end\n")


def recipe_file(name: str) -> str:
    return Path(__file__).parents[2].joinpath("kernel", name).read_text("utf-8")
