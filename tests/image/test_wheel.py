"""The wheel carries everything that a checkout has: modules, what lies beside them, the course."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
CONTENT = ["exercises", "solutions", "topologies", "labs", "notebooks", "image", "kernel"]
NEEDED = ["setup.py", "setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "src"]

LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info")


def files(root: Path, prefix: str) -> set[str]:
    """The files below a folder, as they are named in the wheel."""
    return {prefix + str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.skipif(not (CHECKOUT / "setup.py").is_file(), reason="needs a checkout")
@pytest.mark.skipif(
    not importlib.util.find_spec("setuptools.command.bdist_wheel"),
    reason="needs setuptools 70.1 or later",
)
def test_the_wheel_is_complete(tmp_path: Path) -> None:
    # A copy: building writes into the tree, and the tree may belong to somebody else.
    copy = tmp_path / "bản sao"
    copy.mkdir()
    for name in NEEDED + CONTENT:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=LEFT_OUT)
        elif source.is_file():
            shutil.copy(source, copy / name)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
            *("--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path), str(copy)),
        ],
        check=True,
    )
    [wheel] = tmp_path.glob("ipv6lab-*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("ipv6lab/")}
    expected = files(copy / "src/ipv6lab", "ipv6lab/")
    for name in CONTENT:
        expected |= files(copy / name, f"ipv6lab/content/{name}/")
    assert packed == expected
