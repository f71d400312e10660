"""The audit as one archive, and the few lines of Python that run it on a node."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

PACKAGES = ("addresses", "audit", "words")

# The archive comes by the input; a file without a name is enough for zipimport.
BOOT = """\
import os, sys
fd = os.memfd_create("audit")
while piece := sys.stdin.buffer.read(65536):
    os.write(fd, piece)
sys.path.insert(0, f"/proc/self/fd/{fd}")
from ipv6lab.audit.onnode import main
main(sys.argv[1:])
"""


def archive() -> bytes:
    """A zip of what an audit needs beside Python and dnspython."""
    package = Path(__file__).parents[1]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("ipv6lab/__init__.py", "")
        for name in PACKAGES:
            for file in sorted((package / name).glob("*.py")):
                out.write(file, f"ipv6lab/{name}/{file.name}")
    return buffer.getvalue()


def command(names: list[str], servers: list[str]) -> list[str]:
    """What a node runs with `archive` as its input."""
    return ["/usr/bin/python3", "-I", "-c", BOOT, ",".join(servers), *names]
