"""Python's packages: locked by hash, fetched and none of their code run, one layer."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipv6lab.image import recipe
from ipv6lab.image.distributions import Distribution, format_lock, parse_lock, same, wanted_names
from ipv6lab.image.layer import write_layer
from ipv6lab.image.pip import Pip
from ipv6lab.openflow import alias
from ipv6lab.words.errors import LabError

# No compiled code, so any of the machines that images are made for takes it.
WHEEL = "toy_module-1.2-py3-none-any.whl"
SOURCE = "toy-source-3.4.tar.gz"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip sees of the index: a wheel, and a source distribution."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr("toy_module/__init__.py", "answer = 42\n")
        wheel.writestr("toy_module/tests/test_toy.py", "")
        wheel.writestr("toy_module-1.2.data/scripts/toy", "#!python\n")
        wheel.writestr("toy_module-1.2.data/purelib/beside.py", "")
        wheel.writestr(
            "toy_module-1.2.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: toy-module\nVersion: 1.2\n",
        )
        wheel.writestr(
            "toy_module-1.2.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("toy_module-1.2.dist-info/RECORD", "")
    texts = {
        "PKG-INFO": "Metadata-Version: 1.1\nName: toy-source\nVersion: 3.4\n",
        "setup.py": f"open({str(tmp_path / 'was-run')!r}, 'w')\nraise SystemExit('too old')\n",
        "toy/app.py": "",
    }
    with tarfile.open(folder / SOURCE, "w:gz") as archive:
        for name, text in texts.items():
            member = tarfile.TarInfo(f"toy-source-3.4/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def pip(tmp_path: Path) -> Iterator[Pip]:
    held = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    yield Pip(tmp_path / "kept", "amd64", held)
    os.close(held)


def locked(index: Path) -> list[Distribution]:
    return [
        Distribution(name, version, hashlib.sha256((index / file).read_bytes()).hexdigest(), file)
        for name, version, file in (("toy-module", "1.2", WHEEL), ("toy-source", "3.4", SOURCE))
    ]


def test_what_is_locked_is_fetched_and_a_source_runs_nothing(
    index: Path, pip: Pip, tmp_path: Path
) -> None:
    wanted = locked(index)
    pip.fetch(wanted)
    assert all(pip.is_at_hand(one) for one in wanted)
    assert not (tmp_path / "was-run").exists()


def test_what_is_at_hand_needs_no_index(
    index: Path, pip: Pip, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = locked(index)
    pip.fetch(wanted)
    monkeypatch.setenv("PIP_FIND_LINKS", "/nowhere")
    pip.fetch(wanted)
    pip.prune(wanted[:1])
    assert [pip.is_at_hand(one) for one in wanted] == [True, False]
    with pytest.raises(LabError, match="toy-source could not be fetched by pip"):
        pip.fetch(wanted)


def test_another_file_of_the_same_name_is_refused(index: Path, pip: Pip) -> None:
    wanted = locked(index)
    with zipfile.ZipFile(index / WHEEL, "a") as wheel:
        wheel.writestr("toy_module/more.py", "")
    with pytest.raises(LabError, match="toy-module could not be fetched by pip"):
        pip.fetch(wanted)
    assert not pip.is_at_hand(wanted[0])


def test_a_damaged_file_is_fetched_again(index: Path, pip: Pip) -> None:
    wanted = locked(index)
    pip.fetch(wanted)
    pip.path(wanted[0]).write_bytes(b"half")
    pip.fetch(wanted)
    assert pip.is_at_hand(wanted[0])


def test_the_layer_is_the_same_every_time_and_holds_what_is_not_trimmed(
    index: Path, tmp_path: Path
) -> None:
    trim = recipe.trim_options(
        "- /usr/lib/ipv6lab/python/*/tests/*\n"
        "- /usr/lib/ipv6lab/toy-source/*\n+ /usr/lib/ipv6lab/toy-source/toy/*\n"
    )
    contents = []
    for attempt in ("one", "two"):
        file = tmp_path / attempt
        write_layer(locked(index), lambda one: index / one.file, trim, file)
        contents.append(file.read_bytes())
        for path in index.iterdir():
            os.utime(path, (1, 1))
    assert contents[0] == contents[1]
    with tarfile.open(tmp_path / "one") as layer:
        files = {member.name for member in layer if member.isreg()}
        assert {(member.uid, member.gid) for member in layer} == {(0, 0)}
        assert {member.mode for member in layer if member.isdir()} == {0o755}
    own = {name for name in files if "dist-info" not in name}
    assert own == {
        "usr/lib/ipv6lab/python/toy_module/__init__.py",
        "usr/lib/ipv6lab/python/beside.py",
        "usr/lib/ipv6lab/toy-source/toy/app.py",
    }


def test_a_member_that_leaves_its_place_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / WHEEL, "w") as wheel:
        wheel.writestr("toy/../../../etc/passwd", "")
    one = Distribution("toy", "1", 64 * "0", WHEEL)
    with pytest.raises(LabError, match="outside of itself"):
        write_layer([one], lambda one: tmp_path / one.file, (), tmp_path / "layer")


def test_the_lock_of_the_course_has_what_the_recipe_names() -> None:
    names = wanted_names((recipe.directory() / "python.txt").read_text("utf-8"))
    for architecture in recipe.ARCHITECTURES.values():
        file = recipe.python_lock_file(recipe.directory(), architecture)
        found = {one.name: one for one in parse_lock(file.read_text("utf-8"), str(file))}
        assert {same(name.partition("==")[0]) for name in names} == set(found)
        for name in names:
            bare, _, version = name.partition("==")
            assert not version or found[same(bare)].version == version
        assert found["ryu"].version == alias.VERSION
        assert format_lock(found.values()) == file.read_text("utf-8")


def test_ryu_is_laid_where_the_manager_looks_for_it() -> None:
    from ipv6lab.image.layer import PLACE

    assert f"/{PLACE}/ryu" == alias.TREE


@pytest.mark.parametrize("line", ["os-ken>=4", "a b", "-r file", "ryu==", "git+https://host/x"])
def test_a_line_that_names_no_python_package_is_refused(line: str) -> None:
    with pytest.raises(LabError, match=r"python\.txt, line 2: expected"):
        wanted_names(f"# head\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "ryu 4.34 0 ryu-4.34.tar.gz",
        f"ryu 4.34 {64 * '0'}",
        f"ryu 4.34 {64 * '0'} ../ryu-4.34.tar.gz",
        f"ryu 4.34 {64 * '0'} ryu-4.34.exe",
    ],
)
def test_a_lock_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(LabError, match=r"here, line 1: .*make image-lock"):
        parse_lock(line, "here")
