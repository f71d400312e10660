"""The socket that `systemctl` and `journalctl -f` talk to.

A request is its length (4 bytes, big endian) and NUL-separated fields: what is asked for
(``systemctl`` or ``follow``), ``colour`` or nothing, the terminal's width, the arguments. The
answer is a row of frames: a letter (``o`` standard output, ``e`` standard error, ``x`` exit status,
the last one), the length, the payload. Everybody may ask; only root may change anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipv6lab.services import commands

if TYPE_CHECKING:
    from ipv6lab.services.manager import Manager

SOCKET = "/run/systemd/private"
_REQUEST_LIMIT = 64 * 1024
_FOLLOW_BUFFER = 1024 * 1024  # bytes that wait for a slow reader of the journal
_CREDENTIALS = struct.Struct("3i")


@dataclass
class Client:
    """Who asks, and the way back."""

    uid: int
    colour: bool
    columns: int
    writer: asyncio.StreamWriter

    def say(self, text: str) -> None:
        self._send(b"o", (text + "\n").encode("utf-8", "surrogateescape"))

    def complain(self, text: str) -> None:
        self._send(b"e", (text + "\n").encode("utf-8", "surrogateescape"))

    def finish(self, status: int) -> None:
        self._send(b"x", str(status).encode())

    def _send(self, kind: bytes, payload: bytes) -> None:
        if not self.writer.is_closing():
            self.writer.write(kind + struct.pack("!I", len(payload)) + payload)

    def offer(self, line: str) -> None:
        """Send a line of the journal, unless the reader is far behind."""
        transport = self.writer.transport
        if transport.get_write_buffer_size() < _FOLLOW_BUFFER:
            self._send(b"o", line.encode("utf-8", "surrogateescape"))


class Server:
    """Answers requests, any number at a time."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(SOCKET)
        os.makedirs(os.path.dirname(SOCKET), exist_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, SOCKET)
        os.chmod(SOCKET, 0o666)

    def close(self) -> None:
        if self._server:
            self._server.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(SOCKET)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went away
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!I", await reader.readexactly(4))
        if length > _REQUEST_LIMIT:
            return
        request = (await reader.readexactly(length)).decode("utf-8", "surrogateescape")
        fields = request.split("\0")
        kind, colour, columns = [*fields, "", ""][:3]
        arguments = fields[3:]
        peer: socket.socket = writer.get_extra_info("socket")
        raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        _pid, uid, _gid = _CREDENTIALS.unpack(raw)
        width = int(columns) if columns.isdigit() else 80
        client = Client(uid, colour == "colour", width, writer)
        if kind == "follow":
            await self._follow(client, reader)
            return
        status = await self._guarded(client, arguments)
        client.finish(status)
        await writer.drain()

    async def _guarded(self, client: Client, arguments: list[str]) -> int:
        try:
            return await commands.run(self._manager, client, arguments)
        except Exception as error:  # a defect of ours must not take the node's init down
            client.complain(f"systemctl: internal error: {error!r}")
            return 1

    async def _follow(self, client: Client, reader: asyncio.StreamReader) -> None:
        if client.uid:
            client.complain("Only root may follow the journal.")
            client.finish(1)
            return
        stop: Callable[[], None] = self._manager.journal.follow(client.offer)
        try:
            client._send(b"o", b"")  # from now on nothing is missed
            await reader.read(1)  # until the client goes
        finally:
            stop()
