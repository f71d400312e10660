"""The namespaces of a sandbox, owned by a user namespace with a full range of ids."""

from __future__ import annotations

import contextlib

# Found by name when first used; by then the user's Python may be out of reach, because this
# process has become another user and has another root. So nothing here is imported late, nor in
# what enters these namespaces.
import encodings.ascii  # noqa: F401
import os
import pwd
import resource
import subprocess
from typing import NoReturn

from ipv6lab.linux import syscalls
from ipv6lab.linux.syscalls import MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_REC, mount

IDS = 65536


def enter(first_id: int | None, processes: int) -> None:
    """Make namespaces of its own for this process and enter them, as root of all of them.

    As root ``first_id`` is the outside id that becomes 0; an ordinary user passes None and gets
    its subordinate ids. At most ``processes`` processes can be in there at a time. Its first child
    is PID 1. This process must have one thread, and does not come back. Raises OSError where the
    machine refuses.
    """
    if first_id is not None:
        _offer_tun()
    ready, tell_ready = os.pipe()
    mapped, tell_mapped = os.pipe()
    mapper = os.fork()
    if mapper == 0:
        os.close(tell_ready)
        os.close(mapped)
        _map_ids(os.getppid(), first_id, ready, tell_mapped)
    os.close(ready)
    os.close(tell_mapped)
    if first_id is not None:
        os.setgroups([])
        os.setresgid(first_id, first_id, first_id)
        os.setresuid(first_id, first_id, first_id)
        # A changed uid makes a process undumpable, and then it may not write its own /proc files.
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)
        syscalls.die_with_parent()
    # Set before the user namespace is made, this binds the whole sandbox; set inside, each uid.
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    limit = processes if hard == resource.RLIM_INFINITY else min(processes, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
    syscalls.unshare(
        syscalls.CLONE_NEWUSER
        | syscalls.CLONE_NEWNS
        | syscalls.CLONE_NEWNET
        | syscalls.CLONE_NEWUTS
        | syscalls.CLONE_NEWIPC
        | syscalls.CLONE_NEWPID
    )
    os.write(tell_ready, b"x")
    answer = os.read(mapped, 4096)
    os.close(tell_ready)
    os.close(mapped)
    os.waitpid(mapper, 0)
    if answer != b"mapped":
        raise OSError(answer.decode(errors="replace") or "the id map was not written")
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


def _map_ids(target: int, first_id: int | None, ready: int, tell: int) -> NoReturn:
    """In a helper outside the new user namespace: write the id maps of ``target``."""
    syscalls.die_with_parent()
    if os.read(ready, 1) != b"x":
        os._exit(0)
    try:
        if first_id is not None:
            for name in ("uid_map", "gid_map"):
                with open(f"/proc/{target}/{name}", "w", encoding="ascii") as file:
                    file.write(f"0 {first_id} {IDS}\n")
        else:
            own = {"newuidmap": os.getuid(), "newgidmap": os.getgid()}
            files = {"newuidmap": "/etc/subuid", "newgidmap": "/etc/subgid"}
            for command, mine in own.items():
                start = subordinate_range(files[command], os.getuid())
                words = [command, str(target), "0", str(mine), "1", "1", str(start), str(IDS - 1)]
                done = subprocess.run(words, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise OSError(f"{command}: {done.stderr.strip()}")
        os.write(tell, b"mapped")
    except OSError as error:
        os.write(tell, str(error).encode()[:4000])
    os._exit(0)


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
