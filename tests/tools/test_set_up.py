"""The environment outlives moves and copies of its checkout, and upgrades of the machine's Python.

With a checkout that has nothing to install: what would need a network fails at once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

SET_UP = Path(__file__).parents[2] / "tools" / "set-up"
PROGRAM = "bin/hello"

pytestmark = pytest.mark.skipif(not SET_UP.is_file(), reason="needs a checkout")


def set_up(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Run it where no package can be had from anywhere."""
    words = ["sh", "tools/set-up"]
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PYTHON": sys.executable}
    environment = {**os.environ, **nowhere}
    return subprocess.run(
        words, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )


def hello(checkout: Path) -> str:
    """What a program of the environment says: the path of its own Python."""
    done = subprocess.run([checkout / ".venv" / PROGRAM], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else done.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One that was set up."""
    made = tmp_path / "bản đầu"
    (made / "tools").mkdir(parents=True)
    shutil.copy(SET_UP, made / "tools/set-up")
    for name in ("constraints.txt", "setup.cfg", "setup.py", "pyproject.toml"):
        (made / name).write_text("")
    venv.create(made / ".venv", symlinks=True)
    program = made / ".venv" / PROGRAM
    # With spaces in the path pip writes such a head, as the kernel would cut the path there.
    program.write_text(
        f"#!/bin/sh\n'''exec' \"{made}/.venv/bin/python\" \"$0\" \"$@\"\n' '''\n"
        "import sys; print(sys.prefix)\n"
    )
    program.chmod(0o755)
    (made / ".venv/made-in").write_text(f"{made}\n")
    empty = "".join((made / name).read_text() for name in ("constraints.txt", "setup.cfg"))
    summed = subprocess.run(["cksum"], input=empty, capture_output=True, text=True, check=True)
    version = "{}.{}".format(*sys.version_info)
    (made / ".venv/installed-run").write_text(f"{summed.stdout.strip()} {version}\n")
    assert hello(made) == f"{made}/.venv"
    return made


def test_where_all_is_there_it_does_nothing(checkout: Path) -> None:
    before = {path: path.lstat().st_mtime_ns for path in checkout.rglob("*")}
    done = set_up(checkout)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path: path.lstat().st_mtime_ns for path in checkout.rglob("*")} == before


def test_a_copy_works_without_a_network(checkout: Path, tmp_path: Path) -> None:
    copy = tmp_path / "bản sao"
    shutil.copytree(checkout, copy, symlinks=True)
    done = set_up(copy)
    assert (done.returncode, done.stderr) == (0, "")
    assert hello(copy) == f"{copy}/.venv"
    assert hello(checkout) == f"{checkout}/.venv"
    assert (copy / ".venv/made-in").read_text() == f"{copy}\n"


def test_a_moved_one_works_without_a_network(checkout: Path, tmp_path: Path) -> None:
    moved = checkout.rename(tmp_path / "moved & more")
    done = set_up(moved)
    assert (done.returncode, done.stderr) == (0, "")
    assert hello(moved) == f"{moved}/.venv"


def test_another_python_renews_it_and_nothing_goes_before_its_replacement_stands(
    checkout: Path,
) -> None:
    library = next((checkout / ".venv/lib").glob("python3.*"))
    library.rename(library.with_name("python3.1"))
    for name in ("python", "python3"):
        (checkout / ".venv/bin" / name).unlink(missing_ok=True)
        (checkout / ".venv/bin" / name).symlink_to("/usr/bin/python3.1-that-is-gone")
    done = set_up(checkout)
    assert "the environment is renewed" in done.stderr
    assert done.returncode != 0  # there is nowhere to install from
    assert (checkout / ".venv" / PROGRAM).is_file()
    assert (checkout / ".venv/installed-run").is_file()


def test_it_is_installed_again_when_what_it_needs_has_changed(checkout: Path) -> None:
    (checkout / "constraints.txt").write_text("rich==13.0\n")
    done = set_up(checkout)
    assert "installing ipv6lab" in done.stderr
    assert done.returncode != 0
    assert hello(checkout) == f"{checkout}/.venv"


def test_what_is_missing_is_told_at_once(tmp_path: Path, checkout: Path) -> None:
    """On a machine with apt and nothing else, for a user who may not become root."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "cat", "cksum", "mkdir", "grep", "tr"):
        (programs / name).symlink_to(str(shutil.which(name)))
    for name, text in {"apt-get": "exit 1", "id": "echo 1000"}.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    shutil.rmtree(checkout / ".venv")
    script = checkout / "tools/set-up"
    text = script.read_text()
    text = text.replace("/usr/bin/python3", "/nowhere/python3").replace("/usr/share", "/nowhere")
    script.write_text(text.replace("/var/cache/ipv6lab", "/nowhere"))
    done = subprocess.run(
        ["sh", "tools/set-up"],
        cwd=checkout,
        env={"PATH": str(programs), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert (
        "run 'apt-get install python3 python3-venv mmdebstrap debian-archive-keyring uidmap' as "
        "root, then this command again." in done.stderr
    )
