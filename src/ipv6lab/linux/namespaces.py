"""The namespaces of a sandbox, owned by a user namespace with a full range of ids."""

from __future__ import annotations

import contextlib

# Found by name when first used; by then the user's Python may be out of reach, because this
# process has become another user and has another root. So nothing here is imported late, nor in
# what enters these namespaces.
import encodings.ascii  # noqa: F401
import errno
import os
import pwd
import resource
import subprocess
from collections.abc import Callable
from typing import NoReturn

from ipv6lab.linux import syscalls
from ipv6lab.linux.syscalls import MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_REC, mount

IDS = 65536
OWNED = (
    syscalls.CLONE_NEWNS
    | syscalls.CLONE_NEWNET
    | syscalls.CLONE_NEWUTS
    | syscalls.CLONE_NEWIPC
    | syscalls.CLONE_NEWPID
)


def enter(first_id: int | None, processes: int) -> None:
    """Make namespaces of its own for this process and enter them, as root of all of them.

    As root ``first_id`` is the outside id that becomes 0; an ordinary user passes None and gets
    its subordinate ids. At most ``processes`` processes can be in there at a time. Its first child
    is PID 1. This process must have one thread, and does not come back. Raises OSError where the
    machine refuses, or is at a limit (see `ipv6lab.linux.limits`).
    """
    if first_id is not None:
        _offer_tun()
        _unshare(syscalls.CLONE_NEWUSER | OWNED, _range_from(first_id), processes, first_id)
        return
    # What is in a user namespace counts as its owner's, together with all else of that owner. So
    # there is one within another: root of the outer one owns nothing but the inner one.
    _unshare(syscalls.CLONE_NEWUSER, _subordinate_ranges)
    _unshare(syscalls.CLONE_NEWUSER | OWNED, _the_same_ids, processes)


def _unshare(
    flags: int,
    write_maps: Callable[[int], None],
    processes: int | None = None,
    become: int | None = None,
) -> None:
    """Make a user namespace and what else ``flags`` say, and be root there.

    A helper that stays outside calls ``write_maps`` with this process' pid. Before, this becomes
    the user ``become``, if so asked. ``processes`` is the most there can be in there, any number
    without it.
    """
    ready, tell_ready = os.pipe()
    mapped, tell_mapped = os.pipe()
    mapper = os.fork()
    if mapper == 0:
        os.close(tell_ready)
        os.close(mapped)
        _map_ids(os.getppid(), write_maps, ready, tell_mapped)
    os.close(ready)
    os.close(tell_mapped)
    if become is not None:
        os.setgroups([])
        os.setresgid(become, become, become)
        os.setresuid(become, become, become)
        # A changed uid makes a process undumpable, and then it may not write its own /proc files.
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)
        syscalls.die_with_parent()
    if processes is not None:
        # Set before the user namespace is made, this binds all in it; set inside, each uid.
        _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
        limit = processes if hard == resource.RLIM_INFINITY else min(processes, hard)
        resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
    syscalls.unshare(flags)
    os.write(tell_ready, b"x")
    answer = os.read(mapped, 4096)
    os.close(tell_ready)
    os.close(mapped)
    os.waitpid(mapper, 0)
    if answer != b"mapped":
        number, _, reason = answer.decode(errors="replace").partition(" ")
        # A helper that said nothing was ended from outside.
        raise OSError(int(number or errno.EAGAIN), reason or "the id map was not written")
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    os.setgroups([])
    syscalls.die_with_parent()


def _offer_tun() -> None:
    """Root only: a TUN device that the sandbox's ids may open, whatever the machine's mode."""
    if not os.path.exists("/dev/net/tun"):
        return
    syscalls.unshare(syscalls.CLONE_NEWNS)
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    device = os.stat("/dev/net/tun").st_rdev
    mount("tmpfs", "/dev/net", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k")
    previous = os.umask(0)
    os.mknod("/dev/net/tun", 0o020666, device)
    os.umask(previous)


def _map_ids(target: int, write_maps: Callable[[int], None], ready: int, tell: int) -> NoReturn:
    """In a helper outside the new user namespace: write the id maps of ``target``."""
    syscalls.die_with_parent()
    if os.read(ready, 1) != b"x":
        os._exit(0)
    try:
        write_maps(target)
        os.write(tell, b"mapped")
    except OSError as error:
        os.write(tell, f"{error.errno or 0} {error.strerror or error}".encode()[:4000])
    os._exit(0)


def _range_from(first_id: int) -> Callable[[int], None]:
    return lambda target: _write_maps(target, f"0 {first_id} {IDS}\n")


def _the_same_ids(target: int) -> None:
    # One line may not span two of the outer namespace's.
    _write_maps(target, f"0 0 1\n1 1 {IDS - 1}\n")


def _write_maps(target: int, text: str) -> None:
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/{target}/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _subordinate_ranges(target: int) -> None:
    """The calling user's own id as 0, and the user's subordinate ids as the rest."""
    own = {"newuidmap": os.getuid(), "newgidmap": os.getgid()}
    files = {"newuidmap": "/etc/subuid", "newgidmap": "/etc/subgid"}
    for command, mine in own.items():
        start = subordinate_range(files[command], os.getuid())
        words = [command, str(target), "0", str(mine), "1", "1", str(start), str(IDS - 1)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode < 0:
            raise OSError(errno.EAGAIN, f"{command} was ended by signal {-done.returncode}")
        if done.returncode:
            raise OSError(errno.EPERM, f"{command}: {done.stderr.strip()}")


def subordinate_range(path: str, uid: int) -> int:
    """The first id of the user's own range of at least 65,535 ids in ``path`` (subuid(5)).

    Raises OSError that names the file when there is none.
    """
    names = {str(uid)}
    with contextlib.suppress(KeyError):
        names.add(pwd.getpwuid(uid).pw_name)
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        lines = []
    for line in lines:
        owner, _, rest = line.strip().partition(":")
        start, _, count = rest.partition(":")
        if owner in names and start.isdigit() and count.isdigit() and int(count) >= IDS - 1:
            return int(start)
    raise OSError(f"{path} gives user {uid} no range of {IDS - 1} ids")
