"""An image in one file: what comes out is what went in, and nothing else is taken."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ipv6lab.image import integrity, mending, parcel, recipe, store
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import Message
from tests.image.test_store import WANTED, make_image, stores  # noqa: F401 - a fixture


class Quiet:
    def phase(self, message: Message) -> None: ...
    def advance(self, done: int, total: int) -> None: ...
    def note(self, message: Message) -> None: ...


@pytest.fixture
def packed(stores: tuple[Path, Path], tmp_path: Path) -> Path:  # noqa: F811
    """The system's image in a file; the user has none."""
    directory = make_image(stores[1] / WANTED, WANTED)
    (directory / "root/usr/stray.pyc").touch()
    file = tmp_path / "ảnh.tar.gz"
    parcel.pack(store.open_image(directory), file, Quiet())
    return file


def test_what_is_packed_is_what_is_installed(packed: Path, stores: tuple[Path, Path]) -> None:  # noqa: F811
    image = parcel.install(packed, Quiet())
    assert image.directory == stores[0] / WANTED
    assert store.verify(image) == ([], [])
    assert (image.root / "usr/file").read_text() == "data"
    assert not (image.root / "usr/stray.pyc").exists()
    assert parcel.install(packed, Quiet()).directory == image.directory  # again, in its place
    assert [path.name for path in stores[0].iterdir() if path.is_dir()] == [WANTED]


def test_a_damaged_image_is_not_packed(stores: tuple[Path, Path], tmp_path: Path) -> None:  # noqa: F811
    image = store.open_image(make_image(stores[0] / WANTED, WANTED))
    (image.root / "usr/file").write_text("atad")
    with pytest.raises(Unsupported, match="root/usr/file"):
        parcel.pack(image, tmp_path / "file", Quiet())
    assert not (tmp_path / "file").exists()


def archive(file: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    with tarfile.open(file, "w:gz") as out:
        for member, data in members:
            member.size = len(data)
            out.addfile(member, io.BytesIO(data))


def member(name: str, type: bytes = tarfile.REGTYPE, to: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = type, to
    return info


MANIFEST = {"id": WANTED, "architecture": recipe.architecture(), "shared": {"bytes": 1}}
RECORD = (member("./manifest.json"), json.dumps(MANIFEST).encode())
ROOT = (member("./root", tarfile.DIRTYPE), b"")
USR = (member("./root/usr", tarfile.DIRTYPE), b"")
HOSTILE = {
    "a path out of it": [RECORD, (member("./root/../../out"), b"x")],
    "an absolute path": [RECORD, (member("/tmp/out"), b"x")],
    "a file behind a link": [
        RECORD, ROOT, (member("./root/usr", tarfile.SYMTYPE, "/tmp"), b""),
        (member("./root/usr/out"), b"x"),
    ],
    "a hard link out of it": [
        RECORD, ROOT, USR, (member("./root/usr/x", tarfile.LNKTYPE, "../../manifest"), b""),
    ],
    "a device": [RECORD, ROOT, USR, (member("./root/usr/x", tarfile.CHRTYPE), b"")],
    "a file of another name": [RECORD, (member("./other"), b"x")],
    "no record first": [ROOT, RECORD],
    "a record that is none": [(member("./manifest.json"), b"[]")],
    "a record of another version": [
        (member("./manifest.json"), json.dumps(MANIFEST | {"id": "0" * 16}).encode())
    ],
    "another architecture": [
        (member("./manifest.json"), json.dumps(MANIFEST | {"architecture": "s390x"}).encode())
    ],
    "nothing": [],
    "half of it": [RECORD, ROOT, USR],
}  # fmt: skip


@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE)
def test_nothing_but_an_image_is_taken(
    members: list[tuple[tarfile.TarInfo, bytes]],
    stores: tuple[Path, Path],  # noqa: F811
    tmp_path: Path,
) -> None:
    file = tmp_path / "file.tar.gz"
    archive(file, members)
    with pytest.raises(LabError) as refused:
        parcel.install(file, Quiet())
    assert str(file) in str(refused.value) or "damaged" in str(refused.value)
    assert not [path for path in stores[0].iterdir() if path.is_dir()]
    assert not (tmp_path / "out").exists()
    assert not Path("/tmp/out").exists()


CUTS: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[:-40],
    "a bit turned": lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:],
    "no archive": lambda data: b"something else",
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_damaged_file_is_refused(
    cut: Callable[[bytes], bytes],
    packed: Path,
    stores: tuple[Path, Path],  # noqa: F811
) -> None:
    packed.write_bytes(cut(packed.read_bytes()))
    with pytest.raises(LabError, match="cannot be taken as a lab image"):
        parcel.install(packed, Quiet())
    assert not [path for path in stores[0].iterdir() if path.is_dir()]


def test_a_missing_file_is_told(stores: tuple[Path, Path], tmp_path: Path) -> None:  # noqa: F811
    with pytest.raises(LabError, match="No such file"):
        parcel.install(tmp_path / "none", Quiet())


def test_mending_takes_away_what_is_stray_and_names_it(stores: tuple[Path, Path]) -> None:  # noqa: F811
    directory = make_image(stores[0] / WANTED, WANTED)
    (directory / "root/usr/__pycache__").mkdir()
    (directory / "root/usr/__pycache__/file.pyc").touch()
    said: list[str] = []
    mended = mending.mend(Quiet(), lambda message: said.append(str(message)))
    assert mended.strays == ()
    assert store.verify(mended) == ([], [])
    assert any(f"{directory}/root/usr/__pycache__/file.pyc does not belong" in one for one in said)


def test_mending_makes_anew_what_has_changed(
    stores: tuple[Path, Path],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory = make_image(stores[0] / WANTED, WANTED)
    (directory / "root/usr/file").write_text("atad")
    asked: list[bool] = []

    def build(progress: object, anew: bool = False) -> store.Image:
        asked.append(anew)
        return store.open_image(directory)

    monkeypatch.setattr(mending.builder, "build", build)
    said: list[str] = []
    mending.mend(Quiet(), lambda message: said.append(str(message)))
    assert asked == [True]
    assert said == [f"{directory}/root/usr/file is not as it was built."]


def test_somebody_elses_damage_is_told_and_left(stores: tuple[Path, Path]) -> None:  # noqa: F811
    directory = make_image(stores[1] / WANTED, WANTED)
    (directory / "root/usr/file").write_text("atad")
    with pytest.raises(Unsupported, match=r"is damaged \(root/usr/file\)"):
        mending.mend(Quiet(), lambda message: None)
    assert os.listdir(stores[1]) == [WANTED]
    assert integrity.file_sha256(directory / "root/usr/file")
