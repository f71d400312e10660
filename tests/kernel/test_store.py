"""A kernel that is found is whole, and one that is installed is the recorded one."""

from __future__ import annotations

import json
import platform
import shutil
from pathlib import Path

import pytest

from ipv6lab import image, kernel
from ipv6lab.kernel import finished, ingredients, rootfs
from ipv6lab.kernel.__main__ import main
from ipv6lab.words.errors import LabError, Unsupported
from tests.backends import require_image, require_lab_kernel


@pytest.fixture
def built() -> kernel.Kernel:
    require_lab_kernel()
    return kernel.find()


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of the test's own, and no other."""
    monkeypatch.setattr(finished, "user_store", lambda: tmp_path / "cache" / "kernels")
    monkeypatch.setattr(finished, "stores", lambda: [finished.user_store()])
    return tmp_path / "cache" / "kernels"


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_missing_kernel_is_told_with_both_ways_to_get_one(empty: Path) -> None:
    with pytest.raises(Unsupported, match=r"kernel build.*kernel install FILE"):
        kernel.find()


def test_another_machine_cannot_run_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    for attempt in (kernel.find, lambda: kernel.install(Path("linux"))):
        with pytest.raises(Unsupported, match="x86-64 machines only, and this one is aarch64"):
            attempt()


def test_an_installed_kernel_is_found(built: kernel.Kernel, empty: Path, tmp_path: Path) -> None:
    shutil.copytree(built.directory, tmp_path / "stick")
    (tmp_path / "stick" / "linux").chmod(0o600)  # as a stick without modes has it
    installed = kernel.install(tmp_path / "stick" / "linux")
    assert installed.sha256 == built.sha256
    assert kernel.find().release.endswith("-ipv6lab")
    assert main(["verify"]) == 0


@pytest.mark.slow
def test_installing_needs_no_program_of_the_machine(
    built: kernel.Kernel, empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_image()
    found = image.find()
    shutil.copy(built.file, tmp_path / "lab-kernel")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["install", str(tmp_path / "lab-kernel")]) == 0
    disks = rootfs.find(found)
    assert disks is not None
    assert disks.root.is_relative_to(empty)


def test_one_flipped_bit_in_the_file_is_refused(
    built: kernel.Kernel, empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for with_manifest in (False, True):
        folder = tmp_path / f"stick-{with_manifest}"
        folder.mkdir()
        shutil.copy(built.file, folder)
        if with_manifest:
            shutil.copy(built.directory / "manifest.json", folder)
        flip(folder / "linux")
        assert main(["install", str(folder / "linux")]) == 2
        told = capsys.readouterr().err
        assert "is damaged: its sha256 is" in told
        assert "copy it again" in told
    with pytest.raises(Unsupported):
        kernel.find()


def test_one_flipped_bit_in_the_store_is_noticed(built: kernel.Kernel, empty: Path) -> None:
    empty.mkdir(parents=True)
    shutil.copytree(built.directory, empty / built.id)
    flip(empty / built.id / "linux")
    with pytest.raises(Unsupported, match=r"is damaged: run 'ipv6lab kernel build'"):
        kernel.find()


def test_a_half_built_kernel_is_never_found(built: kernel.Kernel, empty: Path) -> None:
    partial = empty / built.id
    partial.mkdir(parents=True)
    shutil.copy(built.file, partial)
    with pytest.raises(Unsupported):
        kernel.find()


def test_a_kernel_of_another_recipe_is_refused(
    built: kernel.Kernel, empty: Path, tmp_path: Path
) -> None:
    shutil.copy(built.file, tmp_path)
    flip(tmp_path / "linux")
    manifest = {**built.manifest, "id": "0123456789abcdef"}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(LabError, match="another version of ipv6lab"):
        kernel.install(tmp_path / "linux")


def test_a_file_that_is_not_there_is_told(empty: Path, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="cannot be read: No such file"):
        kernel.install(tmp_path / "nothing")


def test_the_recipe_pins_source_and_compiler() -> None:
    read = ingredients.read()
    assert read.lock.packages["linux-source-6.12"].sha256
    assert read.lock.packages["gcc-14"].version
    assert len(read.recorded) == 64


def test_the_configuration_decides_the_identity(tmp_path: Path) -> None:
    folder = tmp_path / "kernel"
    shutil.copytree(ingredients.directory(), folder)
    before = ingredients.read(folder).id
    with (folder / "lab.config").open("a", encoding="utf-8") as file:
        file.write("CONFIG_BONDING=y\n")
    assert ingredients.read(folder).id != before
