"""Becomes a sandbox: the one process between the keeper and PID 1.

Run as a script with one argument, SPEC, with the stream on descriptors 0 and 1 and the
log on 2. ``SPEC`` is JSON: ``image`` (directory with the shared layer), ``skeleton`` (the archive
of everything else), ``first_id`` (root only: the outside id that becomes 0), ``scratch`` (null, or
a directory on disk for what nodes write), ``megabytes`` and ``processes`` (limits). With ``sweep``
(a directory) it only removes what such a sandbox left there: files of ids that are not the user's.

The namespaces are owned by a user namespace, so that the kernel itself removes every process,
mount and interface when PID 1 goes. PID 1 goes with this process, and this one with its parent.
"""

from __future__ import annotations

import contextlib

# Found by name when first used; by then the user's Python may be out of reach, because this
# process has become another user and has another root. So nothing here is imported late.
import encodings.ascii  # noqa: F401
import json
import os
import pwd
import resource
import shutil
import signal
import subprocess
import sys
import traceback
from typing import Any, NoReturn

from ipv6lab.linux import root
from ipv6lab.linux import syscalls as sys_calls
from ipv6lab.linux.syscalls import MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_REC, mount

IDS = 65536
# The kernel's words for "this machine refuses", told apart from a defect by the exit status.
REFUSED = 3

BOOT = """\
import os, struct, sys
def read(count):
    data = b""
    while len(data) < count:
        more = os.read(0, min(65536, count - len(data)))
        if not more:
            sys.exit(0)
        data += more
    return data
engine = "/run/agent/engine.zip"
with open(engine, "wb") as file:
    file.write(read(struct.unpack("!I", read(4))[0]))
sys.path.insert(0, engine)
from ipv6lab.agent.main import main
main()
"""


def environment() -> dict[str, str]:
    """With which a Python of the user's finds this engine, and nothing in the working directory."""
    source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return {"PYTHONPATH": source, "PYTHONSAFEPATH": "1"}


def main() -> None:
    spec = json.loads(sys.argv[1])
    os.umask(0o022)  # the user's own would shut the lab's daemons out of their files
    sys_calls.die_with_parent()
    if os.getppid() == 1:
        sys.exit("the keeper is gone")
    try:
        _become_sandbox(spec)
    except OSError as error:
        print(f"refused: {error}", file=sys.stderr)
        sys.exit(REFUSED)
    if "sweep" in spec:
        shutil.rmtree(spec["sweep"])
        return
    child = os.fork()
    if child == 0:
        _be_first_process(spec)
    os.close(0)
    os.close(1)
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _become_sandbox(spec: dict[str, Any]) -> None:
    first_id = spec.get("first_id")
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
        sys_calls.prctl(sys_calls.PR_SET_DUMPABLE, 1)
        sys_calls.die_with_parent()
    # Set before the user namespace is made, this binds the whole sandbox; set inside, each uid.
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    limit = spec["processes"] if hard == resource.RLIM_INFINITY else min(spec["processes"], hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
    sys_calls.unshare(
        sys_calls.CLONE_NEWUSER
        | sys_calls.CLONE_NEWNS
        | sys_calls.CLONE_NEWNET
        | sys_calls.CLONE_NEWUTS
        | sys_calls.CLONE_NEWIPC
        | sys_calls.CLONE_NEWPID
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
    sys_calls.die_with_parent()


def _offer_tun() -> None:
    """Root only: a TUN device that the sandbox's ids may open, whatever the machine's mode."""
    if not os.path.exists("/dev/net/tun"):
        return
    sys_calls.unshare(sys_calls.CLONE_NEWNS)
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    device = os.stat("/dev/net/tun").st_rdev
    mount("tmpfs", "/dev/net", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k")
    previous = os.umask(0)
    os.mknod("/dev/net/tun", 0o020666, device)
    os.umask(previous)


def _map_ids(target: int, first_id: int | None, ready: int, tell: int) -> NoReturn:
    """In a helper outside the new user namespace: write the id maps of ``target``."""
    sys_calls.die_with_parent()
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


def _be_first_process(spec: dict[str, Any]) -> NoReturn:
    """PID 1: build the agent's root and become the agent, run by the image's own Python."""
    try:
        sys_calls.die_with_parent()
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        root.build(spec["image"], spec["skeleton"], spec.get("scratch"), spec["megabytes"])
        with open("/run/agent/boot", "w", encoding="ascii") as file:
            file.write(BOOT)
        os.execve("/usr/bin/python3", ["python3", "-I", "-B", "/run/agent/boot"], root.ENVIRONMENT)
    except OSError as error:
        print(f"refused: {error}", file=sys.stderr, flush=True)
        os._exit(REFUSED)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


if __name__ == "__main__":
    main()
