"""Uninstalling leaves nothing behind but the work, and says before what it removes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ipv6lab.cli import machine
from ipv6lab.course import hints
from ipv6lab.image import store
from ipv6lab.kernel import finished as kernels
from ipv6lab.kernel import tree
from ipv6lab.platform import directories
from tests.cli.conftest import Cli


@pytest.fixture
def cache(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, for root too, whose images are elsewhere otherwise."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "bộ nhớ đệm"))
    monkeypatch.setattr(store, "user_store", lambda: directories.cache() / "images")
    (directories.cache() / "images/x").mkdir(parents=True)
    hints.record("L04", None, "M1", 1)
    return directories.cache()


def test_nobody_to_ask(run: Cli, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    done = run("uninstall")
    assert done.status == 2
    assert "--yes" in done.err
    assert str(cache) in done.out
    assert cache.exists()


def test_all_but_the_work_goes(run: Cli, cache: Path) -> None:
    done = run("uninstall", "--yes")
    assert done.status == 0, done
    assert str(cache) in done.out
    assert not cache.exists()
    assert not (Path(os.environ["XDG_RUNTIME_DIR"]) / "ipv6lab").exists()
    assert hints.read("L04", None) == {"M1": 1}
    assert run("uninstall", "--yes", "--work").status == 0
    assert not directories.work().exists()


def test_kernels_and_half_built_trees_go_too(run: Cli, cache: Path, tmp_path: Path) -> None:
    assert kernels.user_store() == cache / "kernels"  # and not those of the machine
    kernels.make_store()
    (kernels.user_store() / "linux").touch()
    half_built = tmp_path / f"{tree.PREFIX}x"
    (half_built / "tree").mkdir(parents=True)
    (kernels.user_store() / tree.NOTE).write_text(f"{half_built}\nid\n", "utf-8")
    assert run("uninstall", "--yes").status == 0
    assert not half_built.exists()
    assert not cache.exists()


@pytest.mark.skipif(os.getuid() == 0, reason="root needs no user namespace to remove files")
def test_files_of_subordinate_ids_go_too(cache: Path) -> None:
    code = (
        "import os, sys; from ipv6lab.linux import namespaces\n"
        "namespaces.enter(None, 65536)\n"
        "os.makedirs(sys.argv[1] + '/sub/deep'); os.chown(sys.argv[1] + '/sub/deep', 5, 5)\n"
        "os.chown(sys.argv[1] + '/sub', 7, 7); os.chmod(sys.argv[1] + '/sub', 0o700)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(cache)], check=True)
    assert (cache / "sub").stat().st_uid != os.getuid()
    machine.remove(cache)
    assert not cache.exists()
