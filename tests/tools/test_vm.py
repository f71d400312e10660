"""The disk of the virtual machine: what its firmware reads, and the tree; both without a mount."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
PROGRAMS = ("mmdebstrap", "sfdisk", "mkfs.vfat", "mcopy", "mke2fs", "debugfs")
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
MEBIBYTE = 1 << 20


@pytest.mark.slow
@pytest.mark.skipif(not (TOOLS / "vm").is_file(), reason="needs a checkout")
@pytest.mark.skipif(
    not all(shutil.which(name, path=PATH) for name in PROGRAMS),
    reason="needs fdisk, dosfstools, mtools, e2fsprogs",
)
def test_the_disk_has_a_boot_loader_its_entry_the_newest_kernel_and_the_tree(
    tmp_path: Path,
) -> None:
    checkout, tree, out = tmp_path / "checkout", tmp_path / "tree", tmp_path / "out"
    (checkout / "tools").mkdir(parents=True)
    for name in ("vm", "vm.ovf"):
        shutil.copy(TOOLS / name, checkout / "tools" / name)
    for name, text in {
        "etc/ipv6lab-disk": "",
        "boot/vmlinuz-6.12.9-amd64": "old",
        "boot/vmlinuz-6.12.10-amd64": "new",
        "boot/initrd.img-6.12.10-amd64": "initial",
        "usr/lib/systemd/boot/efi/systemd-bootx64.efi": "loader",
    }.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    environment = {**os.environ, "PATH": PATH}

    def told(*words: str) -> str:
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    told("sh", str(checkout / "tools/vm"), str(out), str(tree))
    disk = out / "ipv6lab.raw"
    table = told("sfdisk", "--dump", str(disk))
    assert "label: gpt" in table
    assert "type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B" in table  # an EFI system partition
    firmware = f"{disk}@@{MEBIBYTE}"
    assert told("mtype", "-i", firmware, "::/vmlinuz") == "new"
    assert told("mtype", "-i", firmware, "::/EFI/BOOT/BOOTX64.EFI") == "loader"
    assert "root=LABEL=ipv6lab" in told("mtype", "-i", firmware, "::/loader/entries/ipv6lab.conf")
    root = tmp_path / "root"
    told("dd", f"if={disk}", f"of={root}", "bs=1M", "skip=257", "conv=sparse", "status=none")
    assert told("e2label", str(root)).strip() == "ipv6lab"
    assert told("debugfs", "-R", "cat /boot/vmlinuz-6.12.9-amd64", str(root)) == "old"
