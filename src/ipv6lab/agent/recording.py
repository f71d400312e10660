"""Listening to a node's interactive shell, which tells what is typed into it.

The shell (``nodes/files/recorder.bash``) sends fields that end in a zero byte, four a message::

    c  pid  directory  command     about to run; it waits for a zero byte
    p  pid  status     (empty)     the prompt is back
    t  pid  lines      (empty)     what was typed into vtysh, which has just ended
"""

from __future__ import annotations

import asyncio
import os
import re
import socket

from ipv6lab.agent.journal import INTERRUPTED, Journal
from ipv6lab.agent.pipes import readable
from ipv6lab.nodes.handle import NodeHandle

DESCRIPTOR = 3  # at which the shell finds its end
ENVIRONMENT = {"LAB_RECORDER": str(DESCRIPTOR)}
_NUMBER = re.compile(r"^\s*\d+\*?\s+")  # of the history


class Recorder:
    """One terminal's listener."""

    def __init__(self, journal: Journal, node: NodeHandle) -> None:
        self._journal = journal
        self._node = node
        self._shell = journal.new_shell()
        self._ours, self.theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._open: dict[str, int] = {}  # the command that each shell, by its pid, is running
        self._fields: list[str] = []
        self._rest = b""
        self._task = asyncio.ensure_future(self._listen())

    async def close(self) -> None:
        """The terminal is gone, and what still ran in it was hung up on."""
        self.theirs.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._ours.close()
        for command in self._open.values():
            self._journal.end(command, INTERRUPTED)

    async def _listen(self) -> None:
        while True:
            await readable(self._ours.fileno())
            try:
                data = self._ours.recv(65536)
            except BlockingIOError:
                continue
            if not data:
                return
            *fields, self._rest = (self._rest + data).split(b"\0")
            self._fields += [os.fsdecode(field) for field in fields]
            while len(self._fields) >= 4:
                await self._take(*self._fields[:4])
                del self._fields[:4]

    async def _take(self, kind: str, pid: str, first: str, second: str) -> None:
        if kind == "c":
            command = _NUMBER.sub("", second, count=1)
            try:
                number = await self._journal.begin(self._node, self._shell, first, command)
                self._open[pid] = number
            finally:
                os.write(self._ours.fileno(), b"\0")
        elif kind == "p" and pid in self._open:
            status = int(first) if first.isdigit() else 1
            self._journal.end(self._open.pop(pid), status)
        elif kind == "t" and pid in self._open:
            self._journal.add({"kind": "typed", "of": self._open[pid], "lines": first})
