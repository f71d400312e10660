"""Who calls `systemctl` or `journalctl -f`, and the way back.

An answer is a row of frames: a letter (``o`` standard output, ``e`` standard error, ``x`` exit
status, the last one), the length (4 bytes, big endian), the payload.
"""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass

FOLLOW_BUFFER = 1024 * 1024  # bytes that wait for a slow reader of the journal


@dataclass
class Client:
    """Who asks, and the way back."""

    uid: int
    colour: bool
    columns: int
    writer: asyncio.StreamWriter

    def begin(self) -> None:
        """Let it know that it is heard."""
        self._send(b"o", b"")

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
        if transport.get_write_buffer_size() < FOLLOW_BUFFER:
            self._send(b"o", line.encode("utf-8", "surrogateescape"))
