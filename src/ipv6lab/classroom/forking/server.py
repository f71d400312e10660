"""The fork server of a class, root's: ``python -m ipv6lab.classroom.forking.server``.

It is told, as one JSON object in its input, ``socket`` (where it listens, in a directory that only
root can enter) ``slot`` (of the class's accounts) and ``class`` (the name of its control
groups). A request is

    {"seat": 7, "home": "/…", "name": "seat07", "argv": […], "env": {…}}

and becomes that seat's notebook server.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from ipv6lab.classroom import bounds
from ipv6lab.classroom.forking import becoming, nursery, warming
from ipv6lab.classroom.ground import Accounts
from ipv6lab.classroom.roster import LAST_SEAT
from ipv6lab.classroom.seat import serving
from ipv6lab.linux import syscalls

BACKLOG = 128


def main() -> None:
    told = json.load(sys.stdin)
    _no_input()
    becoming.name_it("ipv6lab-fork")
    gc.disable()
    os.chdir("/")
    for name in warming.warm():
        print("not there:", name, file=sys.stderr)
    nursery.freeze()
    bound, accounts = bounds.find(told["class"]), Accounts(int(told["slot"]))
    path = Path(told["socket"])
    path.unlink(missing_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    os.umask(0o077)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(new))
    listener.listen(BACKLOG)
    new.rename(path)  # who finds it may connect
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def run(connection: socket.socket) -> None:
        _server(connection, bound, accounts)

    nursery.serve(listener, lambda: listener.accept()[0], run)


def _no_input() -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


def _server(connection: socket.socket, bound: bounds.Bounds, accounts: Accounts) -> None:
    """In a copy: the notebook server of one seat."""
    becoming.only(connection.fileno())
    os.setsid()
    asked = nursery.request(connection)  # root still: read, drop; nothing else
    seat = int(asked["seat"])
    if not 0 < seat <= LAST_SEAT:
        raise PermissionError(f"{seat} is no seat")
    bound.admit(seat, os.getpid())
    becoming.drop_to(accounts.uid(seat))
    os.umask(0o077)
    # Before anything of the seat's is known or started: who will fork its kernels.
    own, helpers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        own.close()
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
        becoming.name_it("ipv6lab-kernels")
        del asked
        nursery.serve(helpers, lambda: _handed(helpers), _kernel)
        os._exit(0)
    helpers.close()
    becoming.begin(asked["env"], "ipv6lab-server", asked["home"])
    warming.without(warming.GRAMMAR)
    serving.prepare()
    sys.argv = ["jupyterhub-singleuser", *asked["argv"]]

    from ipv6lab.classroom.forking import provisioner

    provisioner.helper = own

    from jupyterhub.singleuser.extension import main as singleuser

    singleuser(argv=[*said_anew(asked["env"], asked["name"]), *asked["argv"]])


def said_anew(env: dict[str, str], name: str) -> list[str]:
    """What importing decided by root's environment, decided by the seat's."""
    settings = env.get("JUPYTERLAB_SETTINGS_DIR", "")
    workspaces = env.get("JUPYTERLAB_WORKSPACES_DIR", "")
    return [
        f"--LabApp.user_settings_dir={settings}",
        f"--LabApp.workspaces_dir={workspaces}",
        f"--Session.username={name}",
    ]


def _handed(control: socket.socket) -> socket.socket | None:
    """The next connection that the server hands over; None when it has ended."""
    _data, descriptors, _flags, _address = socket.recv_fds(control, 1, 1)
    return socket.socket(fileno=descriptors[0]) if descriptors else None


def _kernel(connection: socket.socket) -> None:
    """In a copy of the helper: one kernel."""
    becoming.only(connection.fileno())
    os.setsid()
    parent = os.getppid()
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    asked: dict[str, Any] = nursery.request(connection)
    environment = {**asked["env"], "JPY_PARENT_PID": str(parent)}
    becoming.begin(environment, "ipv6lab-kernel", asked["cwd"])
    sys.argv = ["kernel", *asked["argv"]]
    sys.path.insert(0, "")
    warming.without(warming.DEBUGGER)
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(
        argv=asked["argv"],
        extensions=["ipv6lab.notebook"],
        log_level=logging.ERROR,
        parent_handle=parent,  # read from the environment when it was imported
    )


if __name__ == "__main__":
    main()
