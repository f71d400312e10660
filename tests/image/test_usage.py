"""Images go when nobody uses them, and never under a lab that runs on them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ipv6lab.image import artifact, recipe, usage

OTHER, OURS = "0123456789abcdef", "fedcba9876543210"


def make(directory: Path, format: int = recipe.BUILDER_FORMAT) -> Path:
    (directory / "root/usr").mkdir(parents=True)
    (directory / "root/usr/file").write_text("data")
    (directory / "skeleton.tar").write_bytes(b"tar")
    (directory / "manifest.json").write_text(json.dumps({"format": format}))
    return directory


def test_an_image_is_kept_for_each_version_that_wants_it(tmp_path: Path) -> None:
    store, first, second = tmp_path / "store", tmp_path / "một", tmp_path / "hai"
    for folder in (store, first, second):
        folder.mkdir()
    old, new = make(store / OTHER), make(store / OURS)
    usage.note(store, first, OTHER)
    usage.note(store, second, OTHER)
    assert usage.sweep(store) == [new]
    usage.note(store, first, OURS)
    new = make(store / OURS)
    assert usage.sweep(store) == []  # the second still wants the old one
    usage.note(store, second, OURS)
    assert usage.sweep(store) == [old]
    assert [path.name for path in store.iterdir() if path.is_dir()] == [OURS]


def test_a_version_that_is_gone_wants_nothing(tmp_path: Path) -> None:
    store, checkout = tmp_path / "store", tmp_path / "checkout"
    store.mkdir()
    checkout.mkdir()
    image = make(store / OTHER)
    usage.note(store, checkout, OTHER)
    assert usage.sweep(store) == []
    checkout.rmdir()
    assert usage.sweep(store) == [image]


def test_an_image_of_before_the_notes_goes_after_a_week_without_use(tmp_path: Path) -> None:
    image = make(tmp_path / OTHER, format=1)
    assert usage.sweep(tmp_path) == []
    later = time.time() + 8 * 86400
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: later)
        assert usage.sweep(tmp_path) == [image]


def test_what_a_lab_runs_on_stays_until_it_ends(tmp_path: Path) -> None:
    image = make(tmp_path / OTHER)
    # As a lab does: the lock is its launcher's, and goes with that however it ends.
    held = usage.hold(image)
    words = [sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"]
    lab = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[held])
    os.close(held)
    assert lab.stdout is not None
    assert lab.stdout.readline() == b"up\n"
    assert usage.in_use(image)
    assert usage.sweep(tmp_path) == []
    assert not usage.remove(image)
    assert (image / "root/usr/file").read_text() == "data"
    lab.kill()
    lab.communicate()
    assert not usage.in_use(image)
    assert usage.sweep(tmp_path) == [image]
    assert list(tmp_path.iterdir()) == []


def test_a_replaced_image_stays_with_its_labs_under_another_name(tmp_path: Path) -> None:
    image, partial = make(tmp_path / OTHER), make(tmp_path / ".partial")
    (partial / "root/usr/file").write_text("new")
    inside = os.open(image / "root/usr", os.O_PATH)  # as a mount has it
    held = usage.hold(image)
    old = artifact.put_in_place(partial, image)
    assert old == partial
    aside = usage.set_aside(old, OTHER)
    usage.note(tmp_path, tmp_path, OTHER)
    assert usage.sweep(tmp_path) == []
    assert (image / "root/usr/file").read_text() == "new"
    assert Path(f"/proc/self/fd/{inside}/file").read_text() == "data"
    os.close(inside)
    os.close(held)
    assert usage.sweep(tmp_path) == [aside]
    assert (image / "root/usr/file").read_text() == "new"


def test_nothing_starts_on_an_image_that_has_just_gone(tmp_path: Path) -> None:
    image = make(tmp_path / OTHER)
    usage.set_aside(image, OTHER)
    with pytest.raises(FileNotFoundError):
        usage.hold(image)


class _NoExchange:
    def renameat2(self, *_words: object) -> int:
        return -1


@pytest.mark.parametrize("how", ["exchange", "two renames"])
def test_a_new_one_takes_the_name_and_gives_the_old_one_back(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "two renames":
        monkeypatch.setattr(artifact.ctypes, "CDLL", lambda *_words, **_more: _NoExchange())
    target, partial = tmp_path / "target", tmp_path / "partial"
    partial.mkdir()
    (partial / "one").touch()
    assert artifact.put_in_place(partial, target) is None
    assert os.listdir(target) == ["one"]
    partial.mkdir()
    (partial / "two").touch()
    assert artifact.put_in_place(partial, target) == partial
    assert os.listdir(target) == ["two"]
    assert os.listdir(partial) == ["one"]
