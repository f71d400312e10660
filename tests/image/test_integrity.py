"""Damage to an image is found: by shape at once, by content when asked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ipv6lab.image import integrity


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "gốc cây"
    (root / "usr/lib").mkdir(parents=True)
    (root / "usr/lib/libđ.so").write_bytes(b"12345")
    (root / "usr/lib/empty").touch()
    (root / "usr/link").symlink_to("lib")
    return root


def test_an_untouched_tree_keeps_its_shape(tree: Path) -> None:
    shape = integrity.shape(tree)
    assert (shape.entries, shape.size) == (5, 5)
    assert integrity.shape(tree) == shape


@pytest.mark.parametrize(
    "damage",
    [
        lambda root: (root / "usr/lib/empty").unlink(),
        lambda root: (root / "usr/lib/extra").touch(),
        lambda root: os.truncate(root / "usr/lib/libđ.so", 4),
        lambda root: (root / "usr/lib/libđ.so").rename(root / "usr/lib/libd.so"),
        lambda root: (root / "usr/new").mkdir(),
        lambda root: ((root / "usr/link").unlink(), (root / "usr/link").write_text("lib")),
    ],
    ids=["removed", "added", "truncated", "renamed", "directory added", "link became a file"],
)
def test_the_shape_shows(tree: Path, damage: Callable[[Path], object]) -> None:
    before = integrity.shape(tree)
    damage(tree)
    assert integrity.shape(tree) != before


def test_the_content_shows_what_the_shape_cannot(tree: Path) -> None:
    before, recorded = integrity.shape(tree), integrity.hash_list(tree)
    assert integrity.changed(tree, recorded) == []
    (tree / "usr/lib/libđ.so").write_bytes(b"54321")
    assert integrity.shape(tree) == before
    assert integrity.changed(tree, recorded) == ["usr/lib/libđ.so"]


def test_hashes_are_those_of_sha256sum(tree: Path) -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert f"{empty}  usr/lib/empty\n" in integrity.hash_list(tree)
