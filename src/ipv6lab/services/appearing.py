"""Interfaces that come into being on a running node, of which sysctl.d may say something."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from ipv6lab.services import boot

RTMGRP_LINK = 1  # linux/rtnetlink.h
SIZE = 1 << 16


class Appearing:
    """Calls `tell` with the names of new interfaces of the caller's network namespace.

    As udev(7) does, for which systemd-sysctl(8) sets what belongs to each.
    """

    def __init__(self, tell: Callable[[set[str]], None]) -> None:
        self._tell = tell
        self._known = boot.interfaces()
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE
        )
        self._socket.setblocking(False)
        self._socket.bind((0, RTMGRP_LINK))
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._look)

    def _look(self) -> None:
        try:
            while self._socket.recv(SIZE):
                pass
        except OSError:  # none is left, or some were lost; either way all is looked at
            pass
        there = boot.interfaces()
        new, self._known = there - self._known, there
        if new:
            self._tell(new)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
