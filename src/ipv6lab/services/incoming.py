"""Where services talk to the supervisor: their output, /dev/log and the notification socket."""

from __future__ import annotations

import array
import asyncio
import contextlib
import os
import re
import socket
import struct
from collections.abc import Callable

from ipv6lab.services import journald as journals
from ipv6lab.services.journald import Journal

_READ = 16 * 1024
_CREDENTIALS = struct.Struct("3i")
_ANCILLARY = socket.CMSG_SPACE(_CREDENTIALS.size)
# A service that floods is read at this pace and then waits in write(), so that it cannot take the
# node's init (and the machine) with it. What it says beyond the journal's rate is dropped anyway.
_PACE_BYTES = 256 * 1024
_PACE_SECONDS = 0.25
_DATAGRAMS = 64  # at once
_PRIORITY = re.compile(r"<(\d{1,3})>")
_DRAIN_LIMIT = 1024 * 1024


def _credentials(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, int]:
    """(pid, uid) of the sender, 0 when the kernel did not say. Closes descriptors sent along."""
    pid = uid = 0
    for level, kind, data in ancillary:
        if level != socket.SOL_SOCKET:
            continue
        if kind == socket.SCM_CREDENTIALS and len(data) >= _CREDENTIALS.size:
            pid, uid, _gid = _CREDENTIALS.unpack_from(data)
        elif kind == socket.SCM_RIGHTS:
            descriptors = array.array("i")
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
            for descriptor in descriptors:
                os.close(descriptor)
    return pid, uid


class Output:
    """Standard output and error of one started command, line by line into the journal.

    A socket pair, not a pipe: its credentials say which process wrote.
    """

    def __init__(self, journal: Journal, unit: str, identifier: str, prefix: bool) -> None:
        self._journal = journal
        self._unit = unit
        self._identifier = identifier
        self._prefix = prefix
        self._buffer = b""
        self._pid = 0
        self._taken = 0
        self._loop = asyncio.get_running_loop()
        self._socket, self.writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.shutdown(socket.SHUT_WR)
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._socket, self._readable)

    @property
    def closed(self) -> bool:
        return self._socket.fileno() < 0

    def _readable(self) -> None:
        got = self._read()
        self._taken += got
        if self._taken >= _PACE_BYTES and self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._timer = self._loop.call_later(_PACE_SECONDS, self._resume)

    def _resume(self) -> None:
        self._taken = 0
        self._timer = None
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._readable)

    def _read(self) -> int:
        try:
            data, ancillary, _flags, _address = self._socket.recvmsg(_READ, _ANCILLARY)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            data, ancillary = b"", []
        pid, _uid = _credentials(ancillary)
        if self._buffer and pid and self._pid and pid != self._pid:
            self._say(self._buffer)  # another process breaks in
            self._buffer = b""
        self._pid = pid or self._pid
        if not data:
            self.close()
            return 0
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._say(line)
        if len(self._buffer) > journals.LINE_LIMIT:
            self._say(self._buffer)
            self._buffer = b""
        return len(data)

    def _say(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r")
        if not text.strip():
            return
        priority = journals.INFO
        match = _PRIORITY.match(text) if self._prefix else None
        if match and int(match[1]) < 192:
            priority, text = int(match[1]) & 7, text[match.end() :]
        self._journal.write(
            self._unit, text, pid=self._pid, identifier=self._identifier, priority=priority
        )

    def drain(self) -> None:
        """Read what is there now: a process ended, and its last words should be in the journal."""
        taken = 0
        while self._socket.fileno() >= 0 and taken < _DRAIN_LIMIT:
            got = self._read()
            if not got:
                break
            taken += got
        if self._buffer:
            self._say(self._buffer)
            self._buffer = b""

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()
        if self._buffer:
            self._say(self._buffer)
            self._buffer = b""


class DatagramSocket:
    """A datagram socket in the file system; each datagram is handed on with its sender's pid."""

    def __init__(self, path: str, take: Callable[[bytes, int], None]) -> None:
        self._take = take
        self._path = path
        self._loop = asyncio.get_running_loop()
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _unlink(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind(path)
        os.chmod(path, 0o666)  # anybody may log; whose word counts is decided by the sender's pid
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._socket, self._readable)

    def _readable(self) -> None:
        if self.drain() >= _DATAGRAMS:
            self._loop.remove_reader(self._socket)  # a flood waits, the rest of the node does not
            self._timer = self._loop.call_later(_PACE_SECONDS / 10, self._resume)

    def _resume(self) -> None:
        self._timer = None
        self._loop.add_reader(self._socket, self._readable)

    def drain(self) -> int:
        """Take what has arrived; returns how many datagrams that were."""
        for count in range(_DATAGRAMS):
            try:
                data, ancillary, _flags, _address = self._socket.recvmsg(_READ, _ANCILLARY)
            except (BlockingIOError, InterruptedError):
                return count
            except OSError:
                return count
            pid, _uid = _credentials(ancillary)
            self._take(data, pid)
        return _DATAGRAMS

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()
        _unlink(self._path)


def _unlink(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


_SYSLOG = re.compile(
    rb"(?:<(?P<priority>\d{1,3})>)?"
    rb"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\dT\S+ )?"
    rb"(?:(?P<tag>[^\s:\[]{1,64})(?:\[(?P<pid>\d+)\])?: ?)?"
    rb"(?P<message>.*)",
    re.DOTALL,
)


def parse_syslog(data: bytes) -> tuple[int, str, str]:
    """(priority 0 to 7, identifier, message) of a datagram to /dev/log (RFC 3164, section 4.1).

    >>> parse_syslog(b"<27>Nov 23 10:48:30 radvd[12]: syntax error")
    (3, 'radvd', 'syntax error')
    """
    match = _SYSLOG.match(data.rstrip(b"\n\0"))
    if match is None:  # cannot be: every part may be missing
        return journals.INFO, "", data.decode("utf-8", "replace")
    priority = int(match["priority"] or journals.INFO) & 7
    tag = (match["tag"] or b"").decode("utf-8", "replace")
    return priority, tag, match["message"].decode("utf-8", "replace")


def parse_notification(data: bytes) -> dict[str, str]:
    """The assignments of an sd_notify(3) datagram.

    >>> parse_notification(b"READY=1\\nSTATUS=ok")
    {'READY': '1', 'STATUS': 'ok'}
    """
    pairs = (line.partition("=") for line in data.decode("utf-8", "replace").split("\n"))
    return {name: value for name, equals, value in pairs if equals}
