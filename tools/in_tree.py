#!/usr/bin/env python3
"""Run a command in a root tree of another Debian, as on a machine of its own.

    tools/in_tree.py [--user NAME] TREE LAYER COMMAND…

What it writes goes into LAYER, so the tree stays as it is; the network is this machine's; when the
command ends nothing of it runs on. For root. A tree is made by, for instance,

    mmdebstrap --variant=apt --include=ca-certificates,make,git trixie TREE
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from ipv6lab.linux import syscalls
from ipv6lab.linux.syscalls import MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_REC, mount

DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "net/tun")
OF_THIS_MACHINE = ("etc/resolv.conf", "etc/hosts")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
USERS_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"  # Debian's default


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--user", help="a user of the tree, by name")
    parser.add_argument("tree", type=Path)
    parser.add_argument("layer", type=Path)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWPID | syscalls.CLONE_NEWUTS)
    child = os.fork()
    if child == 0:
        _be_the_machine(options.tree.resolve(), options.layer.resolve(), options)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the command's to end by it
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) & 0xFF


def _be_the_machine(tree: Path, layer: Path, options: argparse.Namespace) -> NoReturn:
    """PID 1: the tree's root, a process that is the command, and the reaping of the rest."""
    syscalls.die_with_parent()
    socket.sethostname("tree")
    root = _mounted(tree, layer)
    for name in OF_THIS_MACHINE:
        (root / name).write_bytes(Path("/", name).read_bytes())
    # No package starts a service: there is no init, and the network is the machine's.
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", "ascii")
    policy.chmod(0o755)
    syscalls.change_root(str(root))
    child = os.fork()
    if child == 0:
        os.execvpe(*_command(options))
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _mounted(tree: Path, layer: Path) -> Path:
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    for name in ("upper", "work", "root"):
        (layer / name).mkdir(parents=True, exist_ok=True)
    root = layer / "root"
    layers = f"lowerdir={tree},upperdir={layer}/upper,workdir={layer}/work"
    mount("overlay", str(root), "overlay", 0, layers)
    safe = MS_NOSUID | MS_NODEV
    mount("proc", f"{root}/proc", "proc", safe | MS_NOEXEC)
    mount("sysfs", f"{root}/sys", "sysfs", safe | MS_NOEXEC)
    mount("tmpfs", f"{root}/run", "tmpfs", safe, "mode=755")
    mount("tmpfs", f"{root}/tmp", "tmpfs", safe, "mode=1777")
    dev = root / "dev"
    mount("tmpfs", str(dev), "tmpfs", MS_NOSUID, "mode=755")
    for name in ("net", "pts", "shm"):
        (dev / name).mkdir()
    os.umask(0)
    for name in DEVICES:
        if os.path.exists(f"/dev/{name}"):
            found = os.stat(f"/dev/{name}")
            os.mknod(dev / name, found.st_mode, found.st_rdev)
    os.umask(0o022)
    mount("devpts", f"{dev}/pts", "devpts", MS_NOSUID, "newinstance,ptmxmode=0666,mode=620,gid=5")
    mount("tmpfs", f"{dev}/shm", "tmpfs", safe, "mode=1777")
    (dev / "ptmx").symlink_to("pts/ptmx")
    (dev / "fd").symlink_to("/proc/self/fd")
    return root


def _command(options: argparse.Namespace) -> tuple[str, list[str], dict[str, str]]:
    import pwd

    environment = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb"}
    os.chdir("/")
    if options.user:
        found = pwd.getpwnam(options.user)
        os.initgroups(options.user, found.pw_gid)
        os.setgid(found.pw_gid)
        os.setuid(found.pw_uid)
        environment |= {"PATH": USERS_PATH, "HOME": found.pw_dir, "USER": options.user}
        os.chdir(found.pw_dir)
    return options.command[0], options.command, environment


if __name__ == "__main__":
    sys.exit(main())
