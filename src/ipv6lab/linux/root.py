"""The agent's own root tree, the same on the machine's kernel and on the lab kernel."""

from __future__ import annotations

import os
import stat
import subprocess

from ipv6lab.linux import syscalls
from ipv6lab.linux.syscalls import (
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
    mount,
)

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
CPUINFO = "/run/agent/cpuinfo"  # what nodes see as /proc/cpuinfo, where that is not enough
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root"}


def build(image: str, skeleton: str, scratch: str | None, megabytes: int) -> None:
    """Make the root of this mount namespace: a tmpfs with the image's layers under ``/lower``.

    ``image`` is the directory of the shared layer, ``skeleton`` everything else (an archive, or a
    disk with a squashfs of it), ``scratch`` a directory on disk for what nodes write, or None;
    ``megabytes`` limits what the sandbox's own files may take. Needs /proc. Raises OSError.
    """
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    image_fd = os.open(image, os.O_PATH | os.O_DIRECTORY)
    is_disk = stat.S_ISBLK(os.stat(skeleton).st_mode)
    archive = None if is_disk else os.open(skeleton, os.O_RDONLY)
    scratch_fd = os.open(scratch, os.O_PATH | os.O_DIRECTORY) if scratch else None
    devices = {name: os.open(f"/dev/{name}", os.O_PATH) for name in DEVICES}
    if os.path.exists("/dev/net/tun"):
        devices["net/tun"] = os.open("/dev/net/tun", os.O_PATH)

    base = "/tmp"
    options = f"mode=755,size={megabytes}m,nr_inodes=200k"
    mount("tmpfs", base, "tmpfs", MS_NOSUID | MS_NODEV, options)
    for name in ("dev", "lower/image", "lower/skeleton", "lower/engine", "nodes", "proc", "run"):
        os.makedirs(f"{base}/{name}")
    for name in ("sys", "tmp", "usr", "var"):
        os.mkdir(f"{base}/{name}")
    for name in ("bin", "sbin", "lib", "lib64"):
        os.symlink(f"usr/{name}", f"{base}/{name}")
    os.symlink("lower/skeleton/etc", f"{base}/etc")
    if is_disk:
        mount(skeleton, f"{base}/lower/skeleton", "squashfs", MS_NODEV | MS_RDONLY)
    bind_read_only(f"/proc/self/fd/{image_fd}", f"{base}/lower/image")
    bind_read_only(f"/proc/self/fd/{image_fd}/usr", f"{base}/usr")
    if scratch_fd is not None:
        mount(f"/proc/self/fd/{scratch_fd}", f"{base}/nodes", None, MS_BIND)
    mount("proc", f"{base}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount_sysfs(f"{base}/sys")
    mount("tmpfs", f"{base}/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=1m,nr_inodes=1k")
    os.makedirs(f"{base}/dev/net")
    for name, fd in devices.items():
        with open(f"{base}/dev/{name}", "w", encoding="ascii"):
            pass
        mount(f"/proc/self/fd/{fd}", f"{base}/dev/{name}", None, MS_BIND)
        os.close(fd)
    mount("tmpfs", f"{base}/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=64m,nr_inodes=10k")
    os.makedirs(f"{base}/run/agent")
    os.makedirs(f"{base}/run/netns")
    os.close(image_fd)
    if scratch_fd is not None:
        os.close(scratch_fd)
    syscalls.change_root(base)
    if archive is not None:
        _unpack(archive)
    syscalls.set_hostname("lab")


def mount_sysfs(target: str) -> None:
    """Mount what sysfs shows of the caller's network namespace, read-only. Raises OSError.

    Where the kernel allows it only the mount is read-only and not the file system: beside one that
    is, it would grant no writable one, and Mininet's mnexec insists on that.
    """
    safe = MS_NOSUID | MS_NODEV | MS_NOEXEC
    try:
        mount("sysfs", target, "sysfs", safe)
    except PermissionError:
        mount("sysfs", target, "sysfs", safe | MS_RDONLY)
    else:
        mount(None, target, None, MS_REMOUNT | MS_BIND | MS_RDONLY | safe)


def _unpack(skeleton: int) -> None:
    """The files that have owners: unpacked in here, each sandbox its own."""
    words = "tar --extract --numeric-owner --same-owner --preserve-permissions"
    done = subprocess.run(
        [*words.split(), "--directory", "/lower/skeleton"],
        executable="/usr/bin/tar",
        stdin=skeleton,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(skeleton)
    if done.returncode:
        raise OSError(f"the image's skeleton cannot be unpacked: {done.stderr.decode()[:500]}")


def bind_read_only(source: str, target: str) -> None:
    mount(source, target, None, MS_BIND | MS_REC)
    # Flags that the outer mount has locked must be named again, or the kernel refuses.
    flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV
    outer = os.statvfs(target).f_flag
    for ours, theirs in ((MS_NOSUID, os.ST_NOSUID), (MS_NOEXEC, os.ST_NOEXEC)):
        if outer & theirs:
            flags |= ours
    flags |= outer & (os.ST_NOATIME | os.ST_NODIRATIME | os.ST_RELATIME)
    mount(None, target, None, flags)
