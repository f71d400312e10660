"""Finding an image: whose store, which recipe, and what is said when there is none."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ipv6lab.image import integrity, recipe, store
from ipv6lab.image.packages import Drift
from ipv6lab.words.errors import Unsupported


def make_image(directory: Path, name: str) -> Path:
    """A small sound image, recorded as the builder records one."""
    (directory / "root/usr").mkdir(parents=True)
    (directory / "root/usr/file").write_text("data")
    (directory / "skeleton.tar").write_bytes(b"tar")
    hashes = integrity.hash_list(directory / "root")
    (directory / "shared.sha256").write_text(hashes)
    (directory / "shared.entries").write_bytes(integrity.entries(directory / "root")[0])
    manifest = {
        "format": recipe.BUILDER_FORMAT,
        "id": name,
        "architecture": recipe.architecture(),
        "drift": [{"name": "bird2", "locked": "1", "built": "2"}],
        "skeleton": {
            "bytes": 3,
            "sha256": integrity.file_sha256(directory / "skeleton.tar"),
        },
        "shared": integrity.shape(directory / "root").to_json(),
        "shared_sha256": integrity.file_sha256(directory / "shared.sha256"),
    }
    (directory / "manifest.json").write_text(json.dumps(manifest))
    return directory


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The user's and the system's store, both empty."""
    own, system = tmp_path / "bộ nhớ đệm/ipv6lab/images", tmp_path / "var"
    monkeypatch.delenv("IPV6LAB_IMAGE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "bộ nhớ đệm"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(store, "SYSTEM_STORE", system)
    return own, system


WANTED = recipe.read().id


def test_nothing_built_names_the_command_that_builds(stores: tuple[Path, Path]) -> None:
    with pytest.raises(Unsupported, match="not built yet: run 'ipv6lab image build'"):
        store.find()


def test_the_own_image_comes_before_the_systems(stores: tuple[Path, Path]) -> None:
    own, system = stores
    make_image(system / WANTED, WANTED)
    assert store.find().directory == system / WANTED
    make_image(own / WANTED, WANTED)
    image = store.find()
    assert image.directory == own / WANTED
    assert image.root == own / WANTED / "root"
    assert image.id == WANTED
    assert image.drift == [Drift("bird2", "1", "2")]


def test_another_recipes_image_is_not_taken(stores: tuple[Path, Path]) -> None:
    make_image(stores[0] / "0123456789abcdef", "0123456789abcdef")
    make_image(stores[0] / f".partial-{WANTED}", WANTED)
    with pytest.raises(Unsupported, match="not built yet"):
        store.find()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no manifest": lambda image: (image / "manifest.json").unlink(),
    "a broken manifest": lambda image: (image / "manifest.json").write_text('{"format": '),
    "a list for a manifest": lambda image: (image / "manifest.json").write_text("[]"),
    "no skeleton": lambda image: (image / "skeleton.tar").unlink(),
    "half a skeleton": lambda image: (image / "skeleton.tar").write_bytes(b"t"),
    "a lost file": lambda image: (image / "root/usr/file").unlink(),
    "half a file": lambda image: (image / "root/usr/file").write_text("da"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_image_is_told(
    stores: tuple[Path, Path], damage: Callable[[Path], object]
) -> None:
    damage(make_image(stores[0] / WANTED, WANTED))
    with pytest.raises(Unsupported, match=r"is damaged \(.*\): run 'ipv6lab image build'"):
        store.find()


STRAYS: dict[str, Callable[[Path], object]] = {
    "bytecode": lambda root: (root / "usr/file.cpython-313.pyc").write_bytes(b"root's"),
    "a folder with a file": lambda root: (
        (root / "usr/__pycache__").mkdir(),
        (root / "usr/__pycache__/file.pyc").touch(),
    ),
    "a link": lambda root: (root / "usr/link").symlink_to("/etc"),
}


@pytest.mark.parametrize("stray", STRAYS.values(), ids=STRAYS)
def test_what_no_node_asks_for_keeps_no_lab_from_starting(
    stores: tuple[Path, Path], stray: Callable[[Path], object]
) -> None:
    directory = make_image(stores[0] / WANTED, WANTED)
    stray(directory / "root")
    image = store.find()
    assert image.directory == directory
    assert image.strays
    wrong, strays = store.verify(image)
    assert (wrong, tuple(strays)) == ([], image.strays)
    store.remove_strays(image, strays)
    assert store.find().strays == ()
    assert (directory / "root/usr/file").read_text() == "data"


def test_a_stray_file_hides_no_damage(stores: tuple[Path, Path]) -> None:
    directory = make_image(stores[0] / WANTED, WANTED)
    (directory / "root/usr/stray").touch()
    (directory / "root/usr/file").unlink()
    with pytest.raises(Unsupported, match=r"is damaged \(root/usr/file\)"):
        store.find()


def test_a_sound_image_of_the_system_helps_over_a_damaged_one(stores: tuple[Path, Path]) -> None:
    (make_image(stores[0] / WANTED, WANTED) / "skeleton.tar").unlink()
    make_image(stores[1] / WANTED, WANTED)
    assert store.find().directory == stores[1] / WANTED


def test_a_named_image_is_used_whatever_its_recipe(
    stores: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPV6LAB_IMAGE", str(make_image(tmp_path / "named", "feed")))
    assert store.find().id == "feed"
    monkeypatch.setenv("IPV6LAB_IMAGE", str(tmp_path))
    with pytest.raises(Unsupported, match=r"IPV6LAB_IMAGE names .* no lab image"):
        store.find()


def test_verifying_finds_changed_content_of_the_same_size(stores: tuple[Path, Path]) -> None:
    image = store.open_image(make_image(stores[0] / WANTED, WANTED))
    assert store.verify(image) == ([], [])
    (image.root / "usr/file").write_text("atad")
    image.skeleton.write_bytes(b"rat")
    assert store.find() == image
    assert store.verify(image) == (["skeleton.tar", "root/usr/file"], [])


def test_removing_leaves_the_systems_images(stores: tuple[Path, Path]) -> None:
    own, system = stores
    make_image(own / WANTED, WANTED)
    make_image(system / WANTED, WANTED)
    assert store.remove() == [own]
    assert store.find().directory == system / WANTED
