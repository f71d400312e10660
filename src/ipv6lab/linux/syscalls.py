"""Thin wrappers: namespaces, mounts, process controls and capabilities (Linux, any CPU)."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import signal
import struct
from collections.abc import Iterable, Sequence

CLONE_NEWTIME = 0x00000080
CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_MOVE = 8192
MS_REC = 16384
MS_PRIVATE = 1 << 18
MS_SLAVE = 1 << 19
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_READ = 23
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

SECBIT_NO_SETUID_FIXUP = 1 << 2

# include/uapi/linux/capability.h, in its order: the number of a capability is its place here.
CAPABILITIES: Sequence[str] = [
    *("chown", "dac_override", "dac_read_search", "fowner", "fsetid"),
    *("kill", "setgid", "setuid", "setpcap", "linux_immutable"),
    *("net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock"),
    *("ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace"),
    *("sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource"),
    *("sys_time", "sys_tty_config", "mknod", "lease", "audit_write"),
    *("audit_control", "setfcap", "mac_override", "mac_admin", "syslog"),
    *("wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf"),
    *("checkpoint_restore",),
]

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_KEYCTL = {"x86_64": 250, "aarch64": 219}
_KEYCTL_JOIN_SESSION_KEYRING = 1
# The same on every architecture.
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_OPEN_TREE_CLONE, _OPEN_TREE_CLOEXEC = 1, os.O_CLOEXEC
_MOVE_MOUNT_F_EMPTY_PATH = 4
_AT_FDCWD, _AT_EMPTY_PATH = -100, 0x1000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_IDMAP = 0x1, 0x100000
_ADDR_NO_RANDOMIZE = 0x0040000
_CAPABILITY_VERSION_3 = 0x20080522

_CLONE_VM = 0x00000100
_HOLDER_STACK_SIZE = 16384
_HOLDER_STACK = ctypes.create_string_buffer(_HOLDER_STACK_SIZE)

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> int:
    result: int = getattr(_libc, name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def _text(value: str | None) -> bytes | None:
    return None if value is None else os.fsencode(value)


def unshare(flags: int) -> None:
    """Give this process namespaces of its own. Raises OSError."""
    _call("unshare", ctypes.c_int(flags))


def hold_namespaces(flags: int) -> int:
    """Start a process in new namespaces (CLONE_NEW...) that does nothing until it is killed.

    It shares this process' memory, so making it costs no copy of that. Returns its pid; the caller
    kills it and waits for it. Raises OSError.
    """
    # On a stack of its own it sleeps in pause(2) and never comes back into the interpreter.
    top = (ctypes.addressof(_HOLDER_STACK) + _HOLDER_STACK_SIZE) & ~15
    sleep = ctypes.cast(_libc.pause, ctypes.c_void_p)
    return _call(
        "clone",
        sleep,
        ctypes.c_void_p(top),
        ctypes.c_int(flags | _CLONE_VM | signal.SIGCHLD),
        None,
    )


def setns(fd: int, kind: int = 0) -> None:
    """Join the namespace that ``fd`` refers to. Raises OSError."""
    _call("setns", ctypes.c_int(fd), ctypes.c_int(kind))


def mount(
    source: str | None,
    target: str,
    kind: str | None = None,
    flags: int = 0,
    options: str | None = None,
) -> None:
    """mount(2). Raises OSError that names the target."""
    try:
        _call(
            "mount",
            _text(source),
            _text(target),
            _text(kind),
            ctypes.c_ulong(flags),
            _text(options),
        )
    except OSError as error:
        raise OSError(
            error.errno, f"mount {kind or source} on {target}: {error.strerror}"
        ) from None


def umount(target: str, flags: int = MNT_DETACH) -> None:
    """umount2(2). Raises OSError."""
    _call("umount2", _text(target), ctypes.c_int(flags))


def clone_mount(directory: str, user_namespace: int) -> int:
    """A read-only mount of ``directory`` in which files belong to the ids of a user namespace.

    An id of a file that the namespace maps is that id in there. It is mounted nowhere: the
    descriptor is for `place_mount`. Raises OSError, on old kernels too (mount_setattr(2)).
    """
    flags = _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC
    fd = _system_call(_OPEN_TREE, _AT_FDCWD, directory.encode(), flags)
    attributes = struct.pack("=QQQQ", _MOUNT_ATTR_IDMAP | _MOUNT_ATTR_RDONLY, 0, 0, user_namespace)
    try:
        _system_call(_MOUNT_SETATTR, fd, b"", _AT_EMPTY_PATH, attributes, len(attributes))
    except OSError:
        os.close(fd)
        raise
    return fd


def place_mount(fd: int, target: str) -> None:
    """Mount what `clone_mount` gave on a directory. Raises OSError."""
    flags = _MOVE_MOUNT_F_EMPTY_PATH
    _system_call(_MOVE_MOUNT, fd, b"", _AT_FDCWD, target.encode(), flags)


def join_new_keyring() -> None:
    """Have a session keyring of one's own, empty, instead of the caller's (keyrings(7)).

    A kernel without keys has nothing to be kept apart. Raises OSError.
    """
    try:
        _system_call(_KEYCTL[platform.machine()], _KEYCTL_JOIN_SESSION_KEYRING, None)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise


def _system_call(number: int, *arguments: int | bytes | None) -> int:
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return _call("syscall", ctypes.c_long(number), *words)


def change_root(directory: str) -> None:
    """Make ``directory`` (a mount point) the root of this mount namespace, the old root gone."""
    os.chdir(directory)
    _call("syscall", ctypes.c_long(_PIVOT_ROOT[platform.machine()]), b".", b".")
    umount(".")
    os.chdir("/")


def set_hostname(name: str) -> None:
    raw = name.encode()
    _call("sethostname", raw, ctypes.c_size_t(len(raw)))


def prctl(option: int, argument: int = 0, argument2: int = 0) -> int:
    return _call(
        "prctl",
        ctypes.c_int(option),
        ctypes.c_ulong(argument),
        ctypes.c_ulong(argument2),
        ctypes.c_ulong(0),
        ctypes.c_ulong(0),
    )


def fix_addresses() -> None:
    """No random addresses in what this process executes: personality(2). Raises OSError."""
    _call("personality", ctypes.c_ulong(_ADDR_NO_RANDOMIZE))


def unlock_memory() -> None:
    """Undo mlockall(2): get memory page by page again. Raises OSError."""
    _call("munlockall")


def die_with_parent(signal: int = 9) -> None:
    """Ask the kernel to kill this process when the thread that forked it ends."""
    prctl(PR_SET_PDEATHSIG, signal)


def bound_capabilities(keep: Iterable[str]) -> None:
    """Drop every capability but ``keep`` from the bounding set, and from what is held now.

    What is executed afterwards, also by root or through a set-user-id file, has no more.
    """
    kept = {CAPABILITIES.index(name) for name in keep}
    number = 0
    while True:
        try:
            prctl(PR_CAPBSET_READ, number)
        except OSError:  # EINVAL: this kernel knows no capability of that number
            break
        if number not in kept:
            prctl(PR_CAPBSET_DROP, number)
        number += 1
    _set_capabilities(sum(1 << number for number in kept))


def renounce_capabilities() -> None:
    """Hold no capability any more, and let nothing that is executed later gain one."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    with contextlib.suppress(OSError):  # EINVAL: a kernel without ambient capabilities
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    _set_capabilities(0)


def _set_capabilities(wanted: int) -> None:
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    low, high = wanted & 0xFFFFFFFF, wanted >> 32
    data = struct.pack("6I", low, low, 0, high, high, 0)
    _call("capset", header, data)
