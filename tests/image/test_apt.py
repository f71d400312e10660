"""The private apt: its configuration, its sources, its reading of an index, its downloads."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ipv6lab.image import mirror
from ipv6lab.image.apt import Apt, Offer, read_index
from ipv6lab.image.mirror import Mirror
from ipv6lab.image.packages import Lock, Package
from ipv6lab.words.errors import LabError, Unsupported

needs_apt = pytest.mark.skipif(not shutil.which("apt-get"), reason="needs apt-get")


class Archive:
    """A small package archive on disk, which apt reads without a network."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.stanzas: list[str] = []
        (directory / "Packages").touch()

    def add(self, name: str, version: str, **fields: str) -> Package:
        """Offer a package; what is in its .deb does not matter to who only fetches it."""
        content = f"{name} {version}".encode()
        file = f"{name}_{version.replace(':', '')}_amd64.deb"
        (self.directory / file).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        more = "".join(f"{key}: {value}\n" for key, value in fields.items())
        self.stanzas.append(
            f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n{more}"
            f"Filename: ./{file}\nSize: {len(content)}\nSHA256: {digest}\n"
        )
        (self.directory / "Packages").write_text("\n".join(self.stanzas))
        return Package(name, version, "amd64", digest)


class LocalMirror(Mirror):
    """The archive on disk in place of Debian's."""

    def sources(self) -> str:
        return f"Types: deb\nURIs: copy:{self.debian}\nSuites: ./\nTrusted: yes\n"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    directory = tmp_path / "archive"
    directory.mkdir()
    return Archive(directory)


def make_apt(archive: Archive, where: Path, lock: Lock) -> Apt:
    """A private apt on the archive, in a directory with a space and Vietnamese letters."""
    held = os.open(where / "lock", os.O_CREAT | os.O_RDWR)
    apt = Apt(where / "bộ nhớ đệm", LocalMirror(str(archive.directory), ""), "amd64", held)
    apt.prepare(lock)
    assert apt.update(), apt.complaint
    return apt


@needs_apt
def test_dependencies_come_along_in_the_locked_version(archive: Archive, tmp_path: Path) -> None:
    archive.add("router", "2", Depends="library")
    locked = archive.add("library", "1:1.0")
    archive.add("library", "1:1.1")
    apt = make_apt(archive, tmp_path, Lock([locked]))
    assert sorted(apt.choose(["router"])) == [("library", "1:1.0"), ("router", "2")]
    apt.prepare(Lock([]))
    assert sorted(apt.choose(["router"])) == [("library", "1:1.1"), ("router", "2")]


@needs_apt
def test_a_locked_version_that_is_gone_gives_way(archive: Archive, tmp_path: Path) -> None:
    archive.add("router", "3")
    apt = make_apt(archive, tmp_path, Lock([Package("router", "2", "amd64", 64 * "0")]))
    assert apt.choose(["router"]) == [("router", "3")]


@needs_apt
def test_what_cannot_be_installed_is_told(archive: Archive, tmp_path: Path) -> None:
    archive.add("router", "2", Depends="nothing-of-that-name")
    apt = make_apt(archive, tmp_path, Lock([]))
    with pytest.raises(LabError, match="cannot be installed together"):
        apt.choose(["router"])


@needs_apt
def test_downloads_are_verified_kept_and_pruned(archive: Archive, tmp_path: Path) -> None:
    archive.add("router", "1:2")
    archive.add("bird", "1")
    apt = make_apt(archive, tmp_path, Lock([]))
    offers = [apt.offers()[key] for key in (("router", "1:2"), ("bird", "1"))]
    apt.download(offers, lambda done, total: None)
    assert [apt.path(offer).read_text() for offer in offers] == ["router 1:2", "bird 1"]
    # A damaged file of the right size, which apt itself would take.
    apt.path(offers[1]).write_text("bard 1")
    apt.download(offers, lambda done, total: None)
    assert apt.path(offers[1]).read_text() == "bird 1"
    apt.prune(offers[:1])
    assert [apt.path(offer).is_file() for offer in offers] == [True, False]


@needs_apt
def test_a_mirror_that_offers_nothing_is_told(archive: Archive, tmp_path: Path) -> None:
    apt = make_apt(archive, tmp_path, Lock([]))
    with pytest.raises(Unsupported, match=r"cannot be reached .* IPV6LAB_MIRROR"):
        apt.offers()


@needs_apt
def test_nothing_of_the_machines_configuration_counts_but_its_proxy(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = tmp_path / "machine.conf"
    machine.write_text(
        'Acquire::http::Proxy "http://proxy.example:3128";\nDPkg::Post-Invoke { "touch /x"; };\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(machine))
    apt = make_apt(archive, tmp_path, Lock([]))
    monkeypatch.setenv("APT_CONFIG", str(apt.directory / "apt.conf"))
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    assert 'Acquire::http::Proxy "http://proxy.example:3128";' in dump
    assert "touch /x" not in dump
    assert f'Dir::State::lists "{apt.directory}/lists";' in dump


def test_an_index_is_read_with_its_folded_fields() -> None:
    offers = list(
        read_index(
            "Package: a\nVersion: 1\nArchitecture: all\nDescription: first\n second: line\n"
            f"Size: 7\nSHA256: {64 * 'a'}\n\n"
            f"Package: b\nEssential: yes\nVersion: 2\nArchitecture: amd64\nSize: 8\n"
            f"SHA256: {64 * 'b'}\n\n"
        )
    )
    assert [offer.package for offer in offers] == [
        Package("a", "1", "all", 64 * "a"),
        Package("b", "2", "amd64", 64 * "b"),
    ]
    assert [(offer.size, offer.essential) for offer in offers] == [(7, False), (8, True)]
    assert isinstance(offers[0], Offer)


def test_a_named_mirror_implies_its_security_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPV6LAB_MIRROR", "http://mirror.example/debian/")
    assert mirror.choose() == Mirror(
        "http://mirror.example/debian", "http://mirror.example/debian-security"
    )


def test_a_mirror_on_disk_is_copied_from() -> None:
    # apt leaves what it finds under file: where it is, outside of the cache.
    assert "URIs: copy:/srv/mirror\n" in Mirror("file:/srv/mirror").sources()


def test_a_debian_machine_uses_its_own_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apt_get = tmp_path / "apt-get"
    apt_get.write_text(
        "#!/bin/sh\n"
        "echo 'Debian bookworm main http://near.example/debian/'\n"
        "echo 'Debian bookworm-updates main http://near.example/debian/'\n"
        "echo 'Debian bookworm main cdrom:[Debian]/'\n"
        "echo 'Debian Backports bookworm-backports main http://other.example/debian/'\n"
    )
    apt_get.chmod(0o755)
    monkeypatch.delenv("IPV6LAB_MIRROR", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    # Whichever of its releases it is: a mirror carries all of them.
    release = {"ID": "debian", "VERSION_CODENAME": "bookworm"}
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: release)
    assert mirror.choose() == Mirror(debian="http://near.example/debian")
    release["ID"] = "ubuntu"
    assert mirror.choose() == Mirror()
