"""Starts a lab kernel and carries the stream to it: the one process between owner and guest.

Run as a script with one argument, SPEC, with the stream on descriptors 0 and 1 and the log on 2.
``SPEC`` is JSON: ``kernel`` (the file), ``root`` and ``skeleton`` (disks with the two layers of
the image), ``first_id`` (root only: the outside id that it becomes, for the lab kernel never runs
as root), ``memory`` (MiB), ``cache`` (a directory of the user's for that, if no other will do),
``pinning`` (a file to lock while a CPU is chosen), ``groups`` (files
of control groups to be in) and ``processes`` (a limit).

The lab kernel is an ordinary process with an empty capability set. It ends with this process, and
this one with its parent; its memory is a file without a name.
"""

from __future__ import annotations

import contextlib

# Found by name when first used; by then this process may be another user, out of whose reach the
# user's Python is. So nothing here is imported late.
import encodings.ascii  # noqa: F401
import fcntl
import json
import os
import random
import resource
import select
import struct
import sys
from typing import Any, NoReturn

from ipv6lab.agent import guest
from ipv6lab.linux import guests, limits, tty_stream
from ipv6lab.linux import syscalls as sys_calls

NAME = "ipv6lab-kernel"  # argument 0 of every lab kernel
REFUSED = 3  # the exit status for "this machine refuses", as the other launcher's
BOOT_SECONDS = 120  # one is enough, on a machine that does nothing else
SECTOR = 512  # bytes, of which a disk has a whole number
SPARE = 200  # processes of the host beyond those that the guest may start

# What the guest's Python does first: the archive it reads from the third disk has all the rest.
# mlockall(MCL_FUTURE) until the agent runs: a page that is filled with all others of its mapping
# costs a tenth of one that is filled when it is touched, which is half of the time of imports.
BOOT = (
    "import ctypes,os,sys;"
    "libc=ctypes.CDLL(None);"
    "libc.mlockall(2);"
    "libc.mount(b'tmpfs',b'/run',b'tmpfs',0,None);"
    "os.mkdir('/run/agent');"
    "open('{archive}','wb').write(open('/dev/ubdc','rb').read());"
    "sys.path.insert(0,'{archive}');"
    "from ipv6lab.agent.guest import main;"
    "main({processes})"
)


def main() -> None:
    spec = json.loads(sys.argv[1])
    sys_calls.die_with_parent()
    if os.getppid() == 1:
        sys.exit("the keeper is gone")
    try:
        files = [os.open(spec[name], os.O_RDONLY) for name in ("kernel", "root", "skeleton")]
        _pin(spec["pinning"])
        limits.join_groups(spec["groups"])
        _give_up_privileges(spec["first_id"], spec["processes"])
        guests.require_tracing()
        directory = guests.memory_place(spec["memory"], spec.get("cache"))
        files.append(_engine())
        guest_input, to_guest = os.pipe()
        from_guest, guest_output = os.pipe()
    except OSError as error:
        print(f"refused: {error.strerror or error}", file=sys.stderr)
        sys.exit(REFUSED)
    child = os.fork()
    if child == 0:
        os.environ["TMPDIR"] = directory
        _become_kernel(spec, files, guest_input, guest_output)
    for fd in (*files, guest_input, guest_output):
        os.close(fd)
    # Once it speaks it has started what helps it.
    if select.select([from_guest], [], [], BOOT_SECONDS)[0]:
        tty_stream.host_end((from_guest, to_guest), (0, 1)).run(_helpers(child))
    else:
        print(f"the lab kernel did not start within {BOOT_SECONDS} s", file=sys.stderr)
    # Its whole group at once, whose leader it makes itself. One that it is just cloning would not
    # yet die with it, and once it had stopped to be traced it would stay for ever.
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(child, 9)
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _helpers(kernel: int) -> list[int]:
    """Descriptors that become readable when a process ends without which there is no lab.

    Those do a lab kernel's own work, and it waits for ever for one that is killed. Its other
    children are the guest's processes, which it traces; the first of these is PID 1.
    """
    found = []
    first = True
    with contextlib.suppress(OSError):
        with open(f"/proc/{kernel}/task/{kernel}/children", encoding="ascii") as file:
            children = [int(pid) for pid in file.read().split()]
        for pid in children:
            with contextlib.suppress(OSError):  # one that ended meanwhile
                descriptor = os.pidfd_open(pid)
                with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
                    helps = "TracerPid:\t0\n" in file.read()
                if helps or first:
                    found.append(descriptor)
                else:
                    os.close(descriptor)
                first = first and helps
    return found


def _engine() -> int:
    """The engine's archive, which begins the stream, as a disk in memory.

    Zeros fill its last sector. What the guest reads beyond the end of a file is left over from
    other sectors, and if that holds the mark of a zip's end, Python finds no module in it.
    """
    archive = os.memfd_create("engine", 0)
    (left,) = struct.unpack("!I", _read(4))
    os.ftruncate(archive, -(-left // SECTOR) * SECTOR)
    while left:
        data = _read(min(left, 65536))
        left -= len(data)
        os.write(archive, data)
    return archive


def _read(count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = os.read(0, count - len(data))
        if not more:
            sys.exit("the owner is gone")
        data += more
    return data


def _pin(lock: str) -> None:
    """Stay on one CPU, the one with the fewest lab kernels.

    A User-Mode Linux has one CPU, and hands it to and fro between its processes: spread over the
    machine's it is several times slower.
    """
    with open(lock, "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        pinned = [0] * (max(os.sched_getaffinity(0)) + 1)
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/cmdline", "rb") as words:
                    ours = os.fsencode(__file__) in words.read().split(b"\0")[:4]
                cpus = os.sched_getaffinity(int(pid)) if ours else set()
                if len(cpus) == 1 and max(cpus) < len(pinned):
                    pinned[max(cpus)] += 1
        cpu = min(os.sched_getaffinity(0), key=lambda cpu: (pinned[cpu], random.random()))
        os.sched_setaffinity(0, {cpu})


def _give_up_privileges(first_id: int | None, processes: int) -> None:
    if first_id is not None:
        os.setgroups([])
        os.setresgid(first_id, first_id, first_id)
        os.setresuid(first_id, first_id, first_id)
        sys_calls.die_with_parent()  # forgotten when the ids changed
        # Nobody else has this id. An ordinary user's limit counts all that he runs, other
        # sandboxes too; there the guest's own limit has to do.
        _lower(resource.RLIMIT_NPROC, processes + SPARE)
    sys_calls.renounce_capabilities()
    _lower(resource.RLIMIT_CORE, 0)
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


def _lower(limit: int, value: int) -> None:
    _, hard = resource.getrlimit(limit)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


def _become_kernel(spec: dict[str, Any], files: list[int], line_in: int, line_out: int) -> NoReturn:
    try:
        sys_calls.die_with_parent()
        for fd in (*files, line_in, line_out):
            os.set_inheritable(fd, True)
        kernel, *disks = files
        words = [NAME, f"mem={spec['memory']}M"]
        # Opened anew through /proc, whose paths need no way through anybody's private directory.
        for letter, fd in zip("abc", disks, strict=True):
            words.append(f"ubd{letter}rc=/proc/self/fd/{fd}")
        words += ["root=/dev/ubda", "rootfstype=squashfs", "ro"]
        words += ["con=null", "con0=null,fd:2", "ssl=null", f"ssl0=fd:{line_in},fd:{line_out}"]
        # It would make a directory there; nothing of a lab is to be left anywhere.
        words += ["uml_dir=/dev/null/", "panic=-1", "noreboot", "loglevel=4"]
        # Loops for each tick, only used to wait for hardware: measuring them takes 0.3 s.
        words.append("lpj=10000000")
        boot = BOOT.format(archive=guest.ARCHIVE, processes=spec["processes"])
        words += ["init=/usr/bin/python3", "--", "-I", "-B", "-c", f'"{boot}"']
        null = os.open("/dev/null", os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(2, 1)
        # A static User-Mode Linux faults on the restartable sequences that glibc registers.
        os.environ["GLIBC_TUNABLES"] = "glibc.pthread.rseq=0"
        # Or a random gap behind its data is added to the guest's memory, some 400 MiB of it.
        with contextlib.suppress(OSError):
            sys_calls.fix_addresses()
        os.execve(kernel, words, os.environ)
    except BaseException as error:
        print(f"refused: {error}", file=sys.stderr, flush=True)
    os._exit(REFUSED)


if __name__ == "__main__":
    main()
