"""A node's root tree: the image's layers under an overlay of its own, nothing of the machine."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import subprocess
from collections.abc import Sequence

from ipv6lab.linux import syscalls
from ipv6lab.linux.ids import Block
from ipv6lab.linux.root import CPUINFO, bind_read_only, mount_sysfs
from ipv6lab.linux.syscalls import (
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    MS_REMOUNT,
    change_root,
    mount,
    umount,
)

OWNED = ("/lower/engine", "/lower/skeleton")  # layers whose files have owners
IMAGE = "/lower/image"
DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "net/tun")
# MiB of files that all nodes of a lab may write together, and the least and the most of one.
ALL_DISKS, SMALLEST_DISK, LARGEST_DISK = 512, 32, 128
INODES = "20k"
PLACES = "/nodes"  # in the agent's tree; a mount where it is on disk and not in memory


def disk_of(nodes: int) -> int:
    """The MiB of files that one of so many nodes may have, in /tmp and /run too.

    >>> disk_of(2), disk_of(9), disk_of(40)
    (128, 56, 32)
    """
    return max(SMALLEST_DISK, min(LARGEST_DISK, ALL_DISKS // max(1, nodes)))


def prepare(scratch: str, ids: Block | None, megabytes: int) -> None:
    """Make ``scratch``, a directory in `PLACES` for what a node writes, unless it is there.

    ``ids`` are the node's, None where they are the sandbox's; ``megabytes`` is all there is. It is
    the agent's and not the node's, so that it outlives the node's init: a node that is rebooted
    finds its files. On disk where tmpfs carries no user extended attributes (Linux before 6.6).
    Raises OSError.
    """
    if os.path.isdir(scratch):
        return
    os.makedirs(scratch)
    if not os.path.ismount(PLACES):
        options = f"mode=755,size={megabytes}m,nr_inodes={INODES}"
        mount("tmpfs", scratch, "tmpfs", MS_NOSUID | MS_NODEV, options)
    if ids is not None:
        os.chown(scratch, ids.root, ids.root)


def layers(scratch: str, user_fd: int, ids: Block | None) -> list[tuple[int, str]]:
    """The layers whose files have owners, as the node's own: mounts for `build` to place.

    Where the kernel cannot show files with other owners (Linux before 6.3), a copy of each, in
    ``scratch``. Raises OSError.
    """
    if ids is None:
        return []
    found: list[tuple[int, str]] = []
    try:
        for layer in OWNED:
            found.append((syscalls.clone_mount(layer, user_fd), layer))
    except OSError as error:
        for fd, _layer in found:
            os.close(fd)
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.EPERM):
            raise
        for layer in OWNED:
            _copy(layer, f"{scratch}{layer}", ids)
        return []
    return found


def _copy(layer: str, to: str, ids: Block) -> None:
    """Copy a layer for a node, with its ids."""
    if os.path.isdir(to):
        return
    os.makedirs(os.path.dirname(to), exist_ok=True)
    subprocess.run(["/usr/bin/cp", "-a", layer, to], check=True)
    for directory, folders, files, fd in os.fwalk(to):
        for name in (".", *folders, *files):
            found = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if name in folders and not stat.S_ISLNK(found.st_mode):
                continue  # its turn comes
            uid, gid = ids(found.st_uid), ids(found.st_gid)
            if uid is None or gid is None:
                raise OSError(errno.EOVERFLOW, f"the owner of {directory}/{name} is no node's")
            os.chown(name, uid, gid, dir_fd=fd, follow_symlinks=False)
            if not stat.S_ISLNK(found.st_mode):  # chown takes the set-user-id bit away
                os.chmod(name, stat.S_IMODE(found.st_mode), dir_fd=fd)


def discard(scratch: str) -> None:
    """Remove what a node has written, once its init has ended."""
    if os.path.ismount(scratch):
        umount(scratch)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(scratch)


def build(name: str, scratch: str, layers: Sequence[tuple[int, str]] = ()) -> int:
    """Give the calling process (in new mount and pid namespaces) the root tree of node ``name``.

    ``scratch`` is the directory for what the node writes; see `prepare` and `layers`. Returns a
    descriptor of the directory that holds what the node has written, and nothing of the image.
    Raises OSError.
    """
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    base = "/tmp"
    in_memory = os.path.ismount(scratch)
    mount(scratch, base, None, MS_BIND)
    root = f"{base}/root"
    new = not os.path.exists(f"{base}/upper")
    for part in ("upper", "work", "root"):
        os.makedirs(f"{base}/{part}", exist_ok=True)
    for fd, layer in layers:
        syscalls.place_mount(fd, layer)
        os.close(fd)
    copied = [f"{base}{layer}" for layer in OWNED]
    lower = copied if os.path.isdir(copied[-1]) else OWNED
    options = f"lowerdir={':'.join((*lower, IMAGE))},upperdir={base}/upper,workdir={base}/work"
    mount("overlay", root, "overlay", MS_NODEV, f"{options},userxattr")
    # While the old proc is in place: the kernel grants a new view only beside a whole one.
    mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    if os.path.exists(CPUINFO):
        bind_read_only(CPUINFO, f"{root}/proc/cpuinfo")
    mount_sysfs(f"{root}/sys")
    _devices(f"{root}/dev")
    _volatile(root, f"{base}/volatile" if in_memory else None)
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


def _volatile(root: str, of_the_node: str | None) -> None:
    """What does not survive a reboot on any machine.

    In memory it is a part of what the node may write, in the directory ``of_the_node``; else it is
    in memory of its own.
    """
    if of_the_node is not None:
        shutil.rmtree(of_the_node, ignore_errors=True)
    for path, mode, size in (
        ("run", 0o755, "size=16m,nr_inodes=4k"),
        ("tmp", 0o1777, "size=32m,nr_inodes=4k"),
        ("dev/shm", 0o1777, "size=8m,nr_inodes=1k"),
    ):
        target, flags = f"{root}/{path}", MS_NOSUID | MS_NODEV
        if of_the_node is None:
            mount("tmpfs", target, "tmpfs", flags, f"mode={mode:o},{size}")
            continue
        source = f"{of_the_node}/{path}"
        os.makedirs(source)
        os.chmod(source, mode)
        mount(source, target, None, MS_BIND)
        mount(None, target, None, MS_BIND | MS_REMOUNT | flags)
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
