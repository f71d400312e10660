"""What is shared, what every sandbox gets for itself, what goes; on a small tree of its own."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from ipv6lab.image.split import split
from ipv6lab.words.errors import LabError

CAPABILITY = "SCHILY.xattr.security.capability"


class Tree:
    """Writes the tar stream of a root tree, as mmdebstrap does."""

    def __init__(self) -> None:
        self.buffer = io.BytesIO()
        self.tar = tarfile.TarFile(fileobj=self.buffer, mode="w", format=tarfile.PAX_FORMAT)
        self.directory("")

    def directory(self, name: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> None:
        self._add(name, tarfile.DIRTYPE, mode, uid=uid, gid=gid)

    def file(
        self,
        name: str,
        content: str = "x",
        mode: int = 0o644,
        uid: int = 0,
        gid: int = 0,
        capability: str = "",
    ) -> None:
        pax = {CAPABILITY: capability} if capability else {}
        self._add(name, tarfile.REGTYPE, mode, content, uid=uid, gid=gid, pax_headers=pax)

    def link(self, name: str, target: str) -> None:
        self._add(name, tarfile.SYMTYPE, 0o777, linkname=target)

    def hard_link(self, name: str, target: str, mode: int = 0o644) -> None:
        self._add(name, tarfile.LNKTYPE, mode, linkname=f"./{target}")

    def device(self, name: str) -> None:
        self._add(name, tarfile.CHRTYPE, 0o666)

    def _add(self, name: str, kind: bytes, mode: int, content: str = "", **more: object) -> None:
        member = tarfile.TarInfo(f"./{name}")
        member.type, member.mode, member.mtime = kind, mode, 1_600_000_000
        member.uname = member.gname = "builder"
        data = content.encode() if kind == tarfile.REGTYPE else b""
        member.size = len(data)
        for field, value in more.items():
            setattr(member, field, value)
        self.tar.addfile(member, io.BytesIO(data))


class Parts:
    """A split tree: its shared layer on disk, its skeleton by name."""

    def __init__(self, tree: Tree, where: Path) -> None:
        tree.tar.close()
        tree.buffer.seek(0)
        self.root = where / "root"
        self.archive = where / "skeleton.tar"
        split(tree.buffer, self.root, self.archive)
        with tarfile.open(self.archive) as tar:
            self.order = tar.getnames()
            self.skeleton = {member.name: member for member in tar}
            self.content = {
                member.name: file.read().decode()
                for member in tar
                if not member.issym() and (file := tar.extractfile(member))
            }

    @property
    def shared(self) -> set[str]:
        return {
            str(path.relative_to(self.root)) for path in self.root.rglob("*") if not path.is_dir()
        }


@pytest.fixture
def tree() -> Tree:
    tree = Tree()
    for name in ("dev", "etc", "usr", "usr/bin", "usr/lib", "var", "var/lib"):
        tree.directory(name)
    return tree


def test_what_anybody_may_read_is_shared_and_readable_under_any_umask(
    tree: Tree, tmp_path: Path
) -> None:
    tree.file("usr/bin/ls", mode=0o755)
    tree.file("usr/lib/module.py")
    tree.link("usr/lib/alias.py", "module.py")
    old = os.umask(0o077)
    try:
        parts = Parts(tree, tmp_path)
    finally:
        os.umask(old)
    assert parts.shared == {"usr/bin/ls", "usr/lib/module.py", "usr/lib/alias.py"}
    modes = {name: (parts.root / name).stat().st_mode & 0o7777 for name in ("", *parts.shared)}
    assert modes == {
        "": 0o755,
        "usr/bin/ls": 0o555,
        "usr/lib/module.py": 0o444,
        "usr/lib/alias.py": 0o444,
    }
    assert (parts.root / "usr/lib").stat().st_mode & 0o7777 == 0o755
    # Compiled Python modules are valid only with their source's time.
    assert (parts.root / "usr/lib/module.py").stat().st_mtime == 1_600_000_000


def test_what_needs_its_owner_or_mode_goes_to_the_skeleton(tree: Tree, tmp_path: Path) -> None:
    tree.file("usr/bin/su", mode=0o4755)
    tree.file("usr/bin/chage", mode=0o2755, gid=42)
    tree.file("usr/lib/secret", mode=0o640, gid=5)
    tree.file("usr/lib/private", mode=0o700)
    tree.file("usr/lib/half-open", mode=0o754)
    tree.directory("usr/lib/daemon", mode=0o700, uid=109)
    tree.file("usr/bin/ping", mode=0o755, capability="\x01\0\0\x02\0\x20")
    tree.directory("usr/libexec")
    tree.directory("usr/libexec/sudo")
    tree.file("usr/libexec/sudo/sudoers.so")
    tree.directory("usr/local")
    tree.file("etc/shadow", mode=0o640, gid=42)
    tree.link("bin", "usr/bin")
    parts = Parts(tree, tmp_path)
    assert parts.shared == set()
    kept = parts.skeleton
    assert (kept["usr/bin/su"].mode, kept["usr/bin/su"].uname) == (0o4755, "")
    assert (kept["usr/bin/chage"].mode, kept["usr/bin/chage"].gid) == (0o2755, 42)
    assert kept["usr/bin/ping"].pax_headers[CAPABILITY] == "\x01\0\0\x02\0\x20"
    assert (kept["usr/lib/daemon"].uid, kept["usr/lib/daemon"].mode) == (109, 0o700)
    assert kept["bin"].linkname == "usr/bin"
    assert {
        "usr/lib/secret",
        "usr/lib/private",
        "usr/lib/half-open",
        "usr/libexec/sudo/sudoers.so",
        "usr/local",
        "etc/shadow",
        "dev",
    } <= set(kept)


def test_directories_come_before_what_is_in_them(tree: Tree, tmp_path: Path) -> None:
    tree.file("usr/bin/su", mode=0o4755)
    tree.file("etc/passwd")
    order = Parts(tree, tmp_path).order
    for name in order:
        parent = os.path.dirname(name)
        assert not parent or order.index(parent) < order.index(name)
    assert len(set(order)) == len(order)


def test_what_belongs_to_the_building_machine_goes(tree: Tree, tmp_path: Path) -> None:
    tree.device("dev/null")
    tree.file("etc/resolv.conf", "nameserver 192.0.2.1\n")
    tree.file("etc/hostname", "builder\n")
    tree.file("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
    tree.file("etc/passwd-")
    tree.directory("etc/systemd")
    tree.directory("etc/systemd/system")
    tree.directory("etc/systemd/system/multi-user.target.wants")
    tree.link("etc/systemd/system/multi-user.target.wants/radvd.service", "/lib/radvd.service")
    tree.link("etc/systemd/system/bind9.service", "/lib/systemd/system/named.service")
    tree.directory("etc/rc2.d")
    tree.link("etc/rc2.d/S01radvd", "../init.d/radvd")
    parts = Parts(tree, tmp_path)
    assert parts.content["etc/resolv.conf"] == ""
    assert parts.content["etc/machine-id"] == ""
    assert parts.content["etc/hostname"] == "localhost\n"
    assert "::1\tlocalhost" in parts.content["etc/hosts"]
    assert "etc/systemd/system/bind9.service" in parts.skeleton
    assert not [name for name in parts.order if "wants" in name or "radvd" in name]
    assert not {"dev/null", "etc/passwd-"} & set(parts.skeleton)


def test_hard_links_within_and_across_the_parts(tree: Tree, tmp_path: Path) -> None:
    tree.file("usr/bin/perl", "perl", mode=0o755)
    tree.hard_link("usr/bin/perl5.36", "usr/bin/perl", mode=0o755)
    tree.hard_link("etc/perl", "usr/bin/perl", mode=0o755)
    tree.file("usr/bin/sudo", "sudo", mode=0o4755)
    tree.hard_link("usr/bin/sudoedit", "usr/bin/sudo", mode=0o4755)
    tree.file("usr/bin/ping", "ping", mode=0o755, capability="\x01")
    tree.hard_link("usr/bin/ping6", "usr/bin/ping", mode=0o755)
    parts = Parts(tree, tmp_path)
    assert parts.shared == {"usr/bin/perl", "usr/bin/perl5.36"}
    assert (parts.root / "usr/bin/perl").stat().st_nlink == 2
    assert parts.content["etc/perl"] == "perl"
    assert parts.skeleton["usr/bin/sudoedit"].linkname == "usr/bin/sudo"
    assert parts.content["usr/bin/ping6"] == "ping"


def test_the_package_database_moves_to_the_shared_layer(tree: Tree, tmp_path: Path) -> None:
    tree.directory("var/lib/dpkg")
    tree.file("var/lib/dpkg/status", "Package: radvd\n")
    tree.file("var/lib/dpkg/lock", mode=0o640)
    parts = Parts(tree, tmp_path)
    assert parts.shared == {"usr/lib/sysimage/dpkg/status"}
    link = parts.skeleton["var/lib/dpkg"]
    assert link.issym()
    assert os.path.normpath(f"var/lib/{link.linkname}") == "usr/lib/sysimage/dpkg"


@pytest.mark.parametrize("name", ["../etc/passwd", "usr/../../etc/passwd"])
def test_a_name_that_leaves_the_tree_is_refused(tree: Tree, tmp_path: Path, name: str) -> None:
    tree.file(name)
    with pytest.raises(LabError, match="outside of itself"):
        Parts(tree, tmp_path)


def test_a_hard_link_to_nothing_is_refused(tree: Tree, tmp_path: Path) -> None:
    tree.hard_link("usr/bin/perl5.36", "usr/bin/perl")
    with pytest.raises(LabError, match=r"links usr/bin/perl5\.36 to usr/bin/perl"):
        Parts(tree, tmp_path)
