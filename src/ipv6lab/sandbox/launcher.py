"""Becomes a sandbox: the one process between the keeper and PID 1.

Run as a script with one argument, SPEC, with the stream on descriptors 0 and 1 and the
log on 2. ``SPEC`` is JSON: ``image`` (directory with the shared layer), ``skeleton`` (the archive
of everything else), ``first_id`` (root only: the outside id that becomes 0), ``scratch`` (null, or
a directory on disk for what nodes write), ``blocks`` (the ids for nodes, if not all),
``groups`` (files of control groups to be in), ``megabytes`` and ``processes`` (limits), ``held``
(the descriptor by which this process keeps the image as it is; nothing inside gets it). With
``sweep`` (a directory) it only removes what such a sandbox left there: files of ids that are not
the user's.

The namespaces are owned by a user namespace, so that the kernel itself removes every process,
mount and interface when PID 1 goes. PID 1 goes with this process, and this one with its parent.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from typing import Any, NoReturn

from ipv6lab.linux import limits, namespaces, root
from ipv6lab.linux import syscalls as sys_calls

# The kernel's words for "this machine refuses", told apart from a defect by the exit status.
REFUSED = 3
BUSY = 4  # and for "this machine has nothing left just now"

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
    if spec.get("held") is not None:
        os.set_inheritable(spec["held"], False)
    os.umask(0o022)  # the user's own would shut the lab's daemons out of their files
    sys_calls.die_with_parent()
    if os.getppid() == 1:
        sys.exit("the keeper is gone")
    limits.look_at_settings()
    try:
        limits.join_groups(spec.get("groups", ()))
        namespaces.enter(spec.get("first_id"), spec["processes"])
        child = None if "sweep" in spec else os.fork()
    except OSError as error:
        sys.exit(_refuse(error))
    if child is None:
        shutil.rmtree(spec["sweep"])
        return
    if child == 0:
        _be_first_process(spec)
    os.close(0)
    os.close(1)
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _be_first_process(spec: dict[str, Any]) -> NoReturn:
    """PID 1: build the agent's root and become the agent, run by the image's own Python."""
    try:
        sys_calls.die_with_parent()
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        root.build(spec["image"], spec["skeleton"], spec.get("scratch"), spec["megabytes"])
        with open("/run/agent/boot", "w", encoding="ascii") as file:
            file.write(BOOT)
        if spec.get("blocks") is not None:
            with open("/run/agent/ids.json", "w", encoding="ascii") as file:
                json.dump(spec["blocks"], file)
        os.execve("/usr/bin/python3", ["python3", "-I", "-B", "/run/agent/boot"], root.ENVIRONMENT)
    except OSError as error:
        os._exit(_refuse(error))
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _refuse(error: OSError) -> int:
    print(f"refused: {error.strerror or error}", file=sys.stderr, flush=True)
    return BUSY if limits.is_passing(error) else REFUSED


if __name__ == "__main__":
    main()
