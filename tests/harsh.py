"""Machines that allow little: a program is run as on one of them, and nothing else notices.

Each is made in a mount namespace of its own, by what a real one does: a filter on system calls, a
setting of a user namespace, mounts. For root, who becomes an ordinary user in it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ipv6lab.linux import seccomp, syscalls
from ipv6lab.linux.seccomp import Filter, Rule
from ipv6lab.linux.syscalls import MS_BIND, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_REC, mount

HOME = "/mnt"  # a tmpfs from which programs may be run
MAPPERS = ("/usr/bin/newuidmap", "/usr/bin/newgidmap")
# What Docker's default profile refuses to a process without capabilities, of what a lab's way may
# come across; and the capabilities that root has in such a container.
REFUSED = {
    **{"ptrace": 0, "mount": 165, "umount2": 166, "pivot_root": 155, "setns": 308},
    **{"swapon": 167, "reboot": 169, "sethostname": 170, "init_module": 175, "acct": 163},
    **{"quotactl": 179, "kcmp": 312, "finit_module": 313, "open_by_handle_at": 304},
    **{"open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432, "mount_setattr": 442},
    **{"settimeofday": 164, "clock_settime": 227, "kexec_load": 246, "mbind": 237},
}
NAMESPACE_FLAGS = 0x7E020000
PERSONALITIES = (0x0, 0x0008, 0x20000, 0x20008, 0xFFFFFFFF)
DOCKER_CAPABILITIES = 0x00000000A80425FB
MASKED = ("/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware")


def docker() -> None:
    """The default profile of Docker: seccomp, masked paths, few capabilities."""
    for path in MASKED:
        if os.path.isdir(path):
            mount("tmpfs", path, "tmpfs", syscalls.MS_RDONLY)
        elif os.path.exists(path):
            mount("/dev/null", path, None, MS_BIND)
    for number in range(64):
        if not DOCKER_CAPABILITIES >> number & 1:
            with contextlib.suppress(OSError):
                syscalls.prctl(syscalls.PR_CAPBSET_DROP, number)
    data = (ctypes.c_uint32 * 6)()
    low, high = DOCKER_CAPABILITIES & 0xFFFFFFFF, DOCKER_CAPABILITIES >> 32
    data[0], data[1], data[2] = low, low, low
    data[3], data[4], data[5] = high, high, high
    # Bound while it may be: what follows sets no_new_privs for nobody, as there.
    names = {name: number for name, number in REFUSED.items() if name != "ptrace"}
    kept = dict(seccomp.NUMBERS["x86_64"])
    seccomp.NUMBERS["x86_64"].update(names | {"personality": 135})  # type: ignore[attr-defined]
    rules = [Rule(name, errno.EPERM) for name in names]
    for name in ("keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd"):
        rules.append(Rule(name, errno.EPERM))
    rules += [
        Rule("io_uring_setup", errno.EPERM),
        Rule("unshare", errno.EPERM),
        Rule("clone", errno.EPERM, bits=NAMESPACE_FLAGS),
        Rule("clone3", errno.ENOSYS),
        Rule("personality", errno.EPERM, unless=PERSONALITIES),
    ]
    filter = Filter(rules)
    seccomp.NUMBERS["x86_64"].clear()  # type: ignore[attr-defined]
    seccomp.NUMBERS["x86_64"].update(kept)  # type: ignore[attr-defined]
    filter.install()
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    ctypes.CDLL(None).capset(header, data)


def no_newuidmap() -> None:
    """A machine without the package uidmap."""
    for path in MAPPERS:
        if os.path.exists(path):
            mount("/dev/null", path, None, MS_BIND)


def no_user_namespaces() -> None:
    """user.max_user_namespaces = 0, in a user namespace that has all ids."""
    _enter_namespace_of_all_ids()
    Path("/proc/sys/user/max_user_namespaces").write_text("0")


def two_user_namespaces() -> None:
    """And as many as one sandbox takes, without its nodes."""
    _enter_namespace_of_all_ids()
    Path("/proc/sys/user/max_user_namespaces").write_text("2")


def noexec() -> None:
    """Nothing that everybody may write to may be run from."""
    for path in ("/tmp", "/dev/shm", "/var/tmp"):
        mount("tmpfs", path, "tmpfs", MS_NOEXEC | MS_NOSUID, "mode=1777")


def no_privileges() -> None:
    """no_new_privs, and no capability that could be had."""
    for number in range(64):
        with contextlib.suppress(OSError):
            syscalls.prctl(syscalls.PR_CAPBSET_DROP, number)
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)


def nothing() -> None:
    """A machine as it is."""


def _enter_namespace_of_all_ids() -> None:
    ready, tell_ready = os.pipe()
    mapped, tell_mapped = os.pipe()
    parent = os.getpid()
    helper = os.fork()
    if helper == 0:
        os.read(ready, 1)
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{parent}/{name}").write_text("0 0 4294967295\n")
        os.write(tell_mapped, b"x")
        os._exit(0)
    syscalls.unshare(syscalls.CLONE_NEWUSER)
    os.write(tell_ready, b"x")
    os.read(mapped, 1)
    os.waitpid(helper, 0)
    for fd in (ready, tell_ready, mapped, tell_mapped):
        os.close(fd)


def _open_ways(*targets: str) -> None:
    """Let everybody pass to these directories, through those that are closed, in this namespace."""
    for target in targets:
        for parent in reversed(Path(target).parents):
            if not parent.stat().st_mode & 0o001:
                fd = os.open(target, os.O_PATH)
                mount("tmpfs", str(parent), "tmpfs", 0, "mode=755,size=1m")
                os.makedirs(target)
                mount(f"/proc/self/fd/{fd}", target, None, MS_BIND | MS_REC)
                os.close(fd)
                break


def run(
    words: list[str], constraint: Callable[[], None], known: bool = True, root: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a program on such a machine, as a ``known`` user, one without an entry, or root."""
    uid = 0 if root else 64123 if known else 54321

    def prepare() -> None:
        syscalls.unshare(syscalls.CLONE_NEWNS)
        mount(None, "/", None, MS_REC | MS_PRIVATE)
        _open_ways(sys.base_prefix, str(Path(__file__).parents[1]))
        mount("tmpfs", HOME, "tmpfs", 0, f"mode=700,uid={uid},gid={uid}")
        if known and not root:
            _know(uid)
        constraint()
        if not root:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        os.chdir(Path(__file__).parents[1])

    kept = {name: os.environ[name] for name in ("PATH",)}
    environment = {**kept, "HOME": HOME, "LANG": "C.UTF-8"}
    return subprocess.run(
        words,
        preexec_fn=prepare,
        env=environment,
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )


def _know(uid: int) -> None:
    """An entry in passwd(5), and a range of ids, on this machine only."""
    lines = {
        "/etc/passwd": f"harsh:x:{uid}:{uid}::{HOME}:/bin/sh\n",
        "/etc/group": f"harsh:x:{uid}:\n",
        "/etc/subuid": f"{uid}:1600000000:65536\n",
        "/etc/subgid": f"{uid}:1600000000:65536\n",
    }
    for path, line in lines.items():
        text = Path(path).read_text() if os.path.exists(path) else ""
        copy = f"{HOME}/{os.path.basename(path)}"
        Path(copy).write_text(text.rstrip("\n") + "\n" + line)
        if not os.path.exists(path):
            continue
        mount(copy, path, None, MS_BIND)
        os.unlink(copy)
