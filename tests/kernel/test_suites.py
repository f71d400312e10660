"""The tests of the network, the probes and the grading, run inside the lab kernel.

They make namespaces of their own and so need no agent: pytest and they themselves are carried
into the lab kernel, and run as its root.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

from tests.backends import require_lab_kernel
from tests.kernel.inside import output

TREE = Path(__file__).parents[2]
FOLDERS = ("src", "topologies", "exercises", "tests/network", "tests/probes", "tests/grading")
PACKAGES = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")

SUITES = [
    *("network/test_dumps", "network/test_events", "network/test_labnet"),
    *("network/test_wishes", "network/test_topologies", "grading/test_l04", "grading/test_run"),
    *("probes/test_interface_ids", "probes/test_names", "probes/test_neighbours"),
    *("probes/test_newcomer", "probes/test_openports", "probes/test_probes"),
    *("probes/test_resolver", "probes/test_address_order", "probes/test_crossings"),
    *("probes/test_fresh_host", "probes/test_browsing"),
]
SHORT = ("network/test_events",)  # is run by `make test` too

SCRIPT = """\
python3 -I -m zipfile -e /run/agent/engine.zip /run/agent
cd /run/agent/tree
# As on the machine's kernel: terminals, and new namespaces without tunnels of every kind in them.
python3 -I -c "
import ctypes, os
os.mkdir('/dev/pts')
ctypes.CDLL(None).mount(b'devpts', b'/dev/pts', b'devpts', 0, b'ptmxmode=0666')
os.symlink('pts/ptmx', '/dev/ptmx')
"
echo 1 > /proc/sys/net/core/fb_tunnels_only_for_init_net
PYTHONPATH=src:site:. PYTHONDONTWRITEBYTECODE=1 python3 -m pytest tests/{suite}.py \\
    --rootdir . -c pytest.ini --import-mode=importlib -q -rs -p no:cacheprovider --tb=short
"""
CONFIGURATION = """\
[pytest]
markers =
    slow: takes long
    isolated: in namespaces of its own
"""


def carried() -> dict[str, bytes]:
    """The tests, what they test, and pytest, by the names they have inside."""
    found = {"pytest.ini": CONFIGURATION.encode(), "tests/__init__.py": b""}
    found["tests/isolation.py"] = (TREE / "tests/isolation.py").read_bytes()
    for folder in FOLDERS:
        for path in (TREE / folder).rglob("*"):
            if path.is_file() and path.suffix in (".py", ".toml", ".md", ".sh", ".txt", ".lock"):
                found[str(path.relative_to(TREE))] = path.read_bytes()
    for name in PACKAGES:
        for file in metadata.files(name) or []:
            path = Path(str(file.locate()))
            if ".." not in file.parts and path.suffix != ".pyc" and path.is_file():
                found[f"site/{file}"] = path.read_bytes()
    return {f"tree/{name}": content for name, content in found.items()}


def test_the_suites_are_there() -> None:
    assert [suite for suite in SUITES if not (TREE / f"tests/{suite}.py").is_file()] == []


@pytest.mark.parametrize(
    "suite",
    [pytest.param(name, marks=() if name in SHORT else pytest.mark.slow) for name in SUITES],
)
def test_it_passes_in_the_lab_kernel(suite: str) -> None:
    require_lab_kernel()
    said = output("lab", SCRIPT.format(suite=suite), carried=carried())
    assert re.search(r"^\d+ passed(?!.*(failed|error))", said, re.MULTILINE), said
