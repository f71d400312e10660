"""The socket that `systemctl` and `journalctl -f` talk to.

A request is its length (4 bytes, big endian) and NUL-separated fields: what is asked for
(``systemctl`` or ``follow``), ``colour`` or nothing, the terminal's width, the arguments. What is
answered, `client` says. Everybody may ask; only root may change anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Callable

from ipv6lab.services import verbs
from ipv6lab.services.caller import Client
from ipv6lab.services.manager import Manager

SOCKET = "/run/systemd/private"
_REQUEST_LIMIT = 64 * 1024
_CREDENTIALS = struct.Struct("3i")


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
            return await verbs.run(self._manager, client, arguments)
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
            client.begin()  # from now on nothing is missed
            await reader.read(1)  # until the client goes
        finally:
            stop()
