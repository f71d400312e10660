"""In a server that is a copy: its helper forks the kernels. Elsewhere they start as ever."""

from __future__ import annotations

import os
import socket
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from ipv6lab.classroom.forking.copies import Copy

KERNEL = ["-m", "ipv6lab.notebook.kernel"]
NAME = "ipv6lab-fork"
helper: socket.socket | None = None  # to who forks this server's kernels


class ForkProvisioner(LocalProvisioner):
    """Asks the helper for a kernel of ours; any other is a process of its own."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        if helper is None or cmd[1:3] != KERNEL:
            return await super().launch_kernel(cmd, **kwargs)
        own, its = socket.socketpair()
        folder = str(kwargs.get("cwd") or os.getcwd())
        environment = dict(kwargs.get("env") or os.environ)
        try:
            socket.send_fds(helper, [b"k"], [its.fileno()])
            its.close()
            copy: Any = Copy(own, {"argv": cmd[3:], "env": environment, "cwd": folder})
        except OSError:  # the helper is gone
            its.close()
            own.close()
            return await super().launch_kernel(cmd, **kwargs)
        self.cwd, self.process = folder, copy
        self.pid = self.pgid = copy.pid
        return self.connection_info
