"""A node's root tree: the image's layers under an overlay of its own, nothing of the machine."""

from __future__ import annotations

import contextlib
import os
import shutil

from ipv6lab.linux.root import CPUINFO, bind_read_only, mount_sysfs
from ipv6lab.linux.syscalls import (
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    change_root,
    mount,
    umount,
)

LAYERS = "/lower/engine:/lower/skeleton:/lower/image"
DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "net/tun")
DISK = "128m"  # what a node may write, in files of its own
INODES = "20k"
PLACES = "/nodes"  # in the agent's tree; a mount where it is on disk and not in memory


def prepare(scratch: str) -> None:
    """Make ``scratch``, a directory in `PLACES` for what a node writes, unless it is there.

    It is the agent's and not the node's, so that it outlives the node's init: a node that is
    rebooted finds its files. On disk where tmpfs carries no user extended attributes (Linux before
    6.6). Raises OSError.
    """
    if os.path.isdir(scratch):
        return
    os.makedirs(scratch)
    if not os.path.ismount(PLACES):
        options = f"mode=755,size={DISK},nr_inodes={INODES}"
        mount("tmpfs", scratch, "tmpfs", MS_NOSUID | MS_NODEV, options)


def discard(scratch: str) -> None:
    """Remove what a node has written, once its init has ended."""
    if os.path.ismount(scratch):
        umount(scratch)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(scratch)


def build(name: str, scratch: str) -> int:
    """Give the calling process (in new mount and pid namespaces) the root tree of node ``name``.

    ``scratch`` is the directory for what the node writes; see `prepare`. Returns a descriptor of
    the directory that holds what the node has written, and nothing of the image. Raises OSError.
    """
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    base = "/tmp"
    mount(scratch, base, None, MS_BIND)
    root = f"{base}/root"
    new = not os.path.exists(f"{base}/upper")
    for part in ("upper", "work", "root"):
        os.makedirs(f"{base}/{part}", exist_ok=True)
    layers = f"lowerdir={LAYERS},upperdir={base}/upper,workdir={base}/work,userxattr"
    mount("overlay", root, "overlay", MS_NODEV, layers)
    # While the old proc is in place: the kernel grants a new view only beside a whole one.
    mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    if os.path.exists(CPUINFO):
        bind_read_only(CPUINFO, f"{root}/proc/cpuinfo")
    mount_sysfs(f"{root}/sys")
    _devices(f"{root}/dev")
    _volatile(root)
    if new:
        _name(root, name)
    written = os.open(f"{base}/upper", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    change_root(root)
    return written


def _devices(directory: str) -> None:
    mount("tmpfs", directory, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=1m,nr_inodes=1k")
    for name in ("pts", "net", "shm"):
        os.mkdir(f"{directory}/{name}")
    for name in DEVICES:
        if os.path.exists(f"/dev/{name}"):
            with open(f"{directory}/{name}", "w", encoding="ascii"):
                pass
            mount(f"/dev/{name}", f"{directory}/{name}", None, MS_BIND)
    options = "newinstance,ptmxmode=0666,mode=0620,gid=5"
    mount("devpts", f"{directory}/pts", "devpts", MS_NOSUID | MS_NOEXEC, options)
    os.symlink("pts/ptmx", f"{directory}/ptmx")
    os.symlink("/proc/self/fd", f"{directory}/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{directory}/{name}")


def _volatile(root: str) -> None:
    """What does not survive a reboot on any machine."""
    for path, options in (
        ("run", "mode=755,size=16m,nr_inodes=4k"),
        ("tmp", "mode=1777,size=32m,nr_inodes=4k"),
        ("dev/shm", "mode=1777,size=8m,nr_inodes=1k"),
    ):
        mount("tmpfs", f"{root}/{path}", "tmpfs", MS_NOSUID | MS_NODEV, options)
    os.mkdir(f"{root}/run/lock", 0o1777)
    os.chmod(f"{root}/run/lock", 0o1777)


def _name(root: str, name: str) -> None:
    """A machine knows its own name without asking anybody."""
    with open(f"{root}/etc/hostname", "w", encoding="ascii") as file:
        file.write(f"{name}\n")
    with open(f"{root}/etc/hosts", "w", encoding="ascii") as file:
        file.write(
            f"127.0.0.1 localhost\n127.0.1.1 {name}\n"
            "::1 localhost ip6-localhost ip6-loopback\n"
            "ff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n"
        )
