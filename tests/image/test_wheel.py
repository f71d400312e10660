"""What is released carries all that a checkout has: the wheel the course, the sdist the tests."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
CONTENT = ["exercises", "solutions", "topologies", "labs", "notebooks", "image", "kernel"]
NEEDED = ["setup.py", "setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "src"]
NEEDED += ["NOTICE.md", "LICENSES"]
LEFT_BEHIND = {".gitattributes"}  # of a repository, and of no use without one

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


def build(tmp_path: Path, what: str, home: str = "") -> Path:
    """An sdist, or the metadata of a wheel, of a copy of this checkout."""
    copy = tmp_path / "checkout"
    if not copy.exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=False
        )
        if listed.returncode:
            pytest.skip("needs a checkout with its repository")
        for name in filter(None, listed.stdout.split("\0")):
            if (CHECKOUT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, copy / name)
    out = tmp_path / f"{what}-{bool(home)}"
    out.mkdir()
    program = f"from setuptools import build_meta; print(build_meta.{what}({str(out)!r}))"
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "IPV6LAB_HOME": home}
    words = [sys.executable, "-c", program]
    subprocess.run(words, cwd=copy, env=environment, check=True, capture_output=True)
    [made] = [*out.glob("*.tar.gz"), *out.glob("*.dist-info")]
    return made


@pytest.mark.slow
def test_the_sdist_is_complete_and_passes_its_tests(tmp_path: Path) -> None:
    sdist = build(tmp_path, "build_sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    [tree] = (tmp_path / "unpacked").iterdir()
    wanted = files(tmp_path / "checkout", "") - LEFT_BEHIND
    there = files(tree, "")
    assert not {name for name in wanted if "egg-info" not in name} - there
    assert not {name for name in there if name.endswith((".pyc", ".whl"))}
    sample = ["tests/addresses", "tests/course/test_languages.py", "tests/image/test_packages.py"]
    sample += ["tests/image/test_recipe.py", "tests/test_directions.py"]
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *sample]
    environment = {**os.environ, "PYTHONPATH": str(tree / "src")}
    done = subprocess.run(
        words, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.slow
def test_a_package_index_can_show_it(tmp_path: Path) -> None:
    home = "https://code.example/ipv6lab"
    told = {
        where: (build(tmp_path, "prepare_metadata_for_build_wheel", where) / "METADATA").read_text()
        for where in ("", home)
    }
    links = re.compile(r"\]\(([^)]*)\)")
    assert not [link for link in links.findall(told[""]) if not link.startswith("https://")]
    assert "![" not in told[""]
    assert f"]({home}/raw/main/docs/picture.svg)" in told[home]
    assert all(link.startswith(("https://", "#")) for link in links.findall(told[home]))
    assert f"Project-URL: Source, {home}" in told[home]
    head = told[home].partition("\n\n")[0]
    assert "License-Expression: Apache-2.0 OR GPL-2.0-or-later" in head
    for name in ("LICENSE", "NOTICE.md", "LICENSES/GPL-2.0.txt", "LICENSES/Apache-2.0.txt"):
        assert f"License-File: {name}" in head
    assert "Author: The ipv6lab maintainers" in head
    for minor in range(11, 15):
        assert f"Classifier: Programming Language :: Python :: 3.{minor}" in head
