"""The engine's archive with its modules compiled, by the Python that will run them.

Compiling takes a third of a sandbox's start, so it is done once for each version of the engine
and kept in the user's cache. The user's own Python may be of another version than the image's,
whose Python is therefore run from where the image lies; where that fails the sources do.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
from pathlib import Path

from ipv6lab import image
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError

KEPT = 4  # versions in the cache; an installed ipv6lab has one

COMPILER = """\
import importlib._bootstrap_external as bootstrap, io, sys, zipfile
given, result = io.BytesIO(sys.stdin.buffer.read()), io.BytesIO()
with zipfile.ZipFile(given) as old, zipfile.ZipFile(result, "w") as new:
    for entry in old.infolist():
        data = old.read(entry)
        new.writestr(entry, data)
        if entry.filename.endswith(".py"):
            code = compile(data, entry.filename, "exec", dont_inherit=True)
            compiled = zipfile.ZipInfo(entry.filename + "c")
            new.writestr(compiled, bootstrap._code_to_hash_pyc(code, bytes(8), False))
sys.stdout.buffer.write(result.getvalue())
"""


def added(archive: bytes) -> bytes:
    """``archive`` (a zip) with bytecode beside each module, or as it is where that fails."""
    directory = directories.cache() / "engine"
    # An image with another Python takes the sources: bytecode says which Python it is for.
    name = hashlib.sha256(COMPILER.encode() + archive).hexdigest()[:16]
    path = directory / f"{name}.zip"
    with contextlib.suppress(OSError):
        return path.read_bytes()
    try:
        # -B: as root it would write its own bytecode into the image.
        words = [*_python(), "-I", "-S", "-B", "-c", COMPILER]
        done = subprocess.run(words, input=archive, capture_output=True, check=True)
    except (OSError, LabError, subprocess.CalledProcessError):
        return archive
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time only
        directory.mkdir(parents=True, exist_ok=True)
        partial = directory / f".{name}-{os.urandom(4).hex()}"
        partial.write_bytes(done.stdout)
        partial.rename(path)
        for old in sorted(directory.glob("*.zip"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
            old.unlink()
    return done.stdout


def _python() -> list[str]:
    """How the image's Python is run outside of any sandbox, by its own loader and libraries."""
    usr = image.find().root / "usr"
    for loader in Path(usr / "lib").glob("*-linux-gnu/ld-linux-*.so.*"):
        return [str(loader), "--library-path", str(loader.parent), str(usr / "bin" / "python3")]
    raise OSError("the image has no loader")
