"""The inside half of the engine as one archive: what the sandbox runs comes from here, over the
stream, so nothing of the user's file system has to be visible inside."""

from __future__ import annotations

import functools
import io
import struct
import zipfile
from pathlib import Path

from ipv6lab.sandbox import bytecode

PACKAGES = (
    "addresses",
    "agent",
    "expect",
    "grading",
    "linux",
    "network",
    "nodes",
    "openflow",
    "probes",
    "services",
    "tools",
    "wire",
    "words",
)


@functools.cache
def archive() -> bytes:
    """The archive with its length before it, as the boot code reads it."""
    package = Path(__file__).parents[1]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as out:
        # Without times: the same engine makes the same archive.
        out.writestr(zipfile.ZipInfo("ipv6lab/__init__.py"), "")
        for name in PACKAGES:
            for file in sorted((package / name).rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    entry = zipfile.ZipInfo(f"ipv6lab/{file.relative_to(package)}")
                    out.writestr(entry, file.read_bytes())
    data = bytecode.added(buffer.getvalue())
    return struct.pack("!I", len(data)) + data
