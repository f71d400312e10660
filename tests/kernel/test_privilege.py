"""A lab on the lab kernel needs nothing of the machine: no namespaces, capabilities, new rights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipv6lab import sandbox
from ipv6lab.course import content
from tests.backends import require_lab_kernel

pytestmark = pytest.mark.slow

NOBODY = 65534
STRIPPED = """\
import os, sys
from ipv6lab.linux import syscalls
uid, gid = os.getuid(), os.getgid()
syscalls.unshare(syscalls.CLONE_NEWUSER)
for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"),
                   ("gid_map", f"{gid} {gid} 1"), ("sys/user/max_user_namespaces", "0")):
    path = f"/proc/{name}" if name.startswith("sys/") else f"/proc/self/{name}"
    with open(path, "w") as file:
        file.write(line)
syscalls.renounce_capabilities()
try:
    syscalls.unshare(syscalls.CLONE_NEWUSER)
except OSError:
    os.execv(sys.executable, [sys.executable, "-m", "ipv6lab", *sys.argv[1:]])
sys.exit("user namespaces can still be made")
"""


@pytest.fixture
def place() -> Iterator[dict[str, str]]:
    """The environment for a user who has nothing."""
    require_lab_kernel()
    with tempfile.TemporaryDirectory(prefix="v6-") as directory:
        if os.getuid() == 0:
            os.chown(directory, NOBODY, NOBODY)
        source = str(Path(sandbox.__file__).parents[2])
        names = ("XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME")
        yield {
            **os.environ,
            **dict.fromkeys(names, directory),
            "XDG_CACHE_HOME": f"{directory}/cache"
            if os.getuid() == 0
            else os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"),
            "PYTHONPATH": source,
            "LC_ALL": "C.UTF-8",
        }


def stripped(place: dict[str, str], *words: str) -> Any:
    """What a command prints as JSON for a user without any privilege; root becomes nobody."""
    done = subprocess.run(
        [sys.executable, "-c", STRIPPED, *words, "--json"],
        env=place,
        capture_output=True,
        text=True,
        check=False,
        user=NOBODY if os.getuid() == 0 else None,
        group=NOBODY if os.getuid() == 0 else None,
        extra_groups=[] if os.getuid() == 0 else None,
    )
    if "Operation not permitted" in done.stderr and "unshare" in done.stderr:
        pytest.skip(f"this machine refuses user namespaces already: {done.stderr.strip()}")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("exercise", ["L04", "L16"])
@pytest.mark.parametrize("kernel", ["lab", "auto"])
def test_the_reference_gets_all_points(place: dict[str, str], exercise: str, kernel: str) -> None:
    reference = content.find().solutions / exercise / "reference"
    (result,) = stripped(place, "grade", exercise, str(reference), "--kernel", kernel)
    assert result["score"] == 100, [
        check for check in result["checks"] if check["verdict"] != "passed"
    ]
