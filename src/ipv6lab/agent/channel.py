"""The agent's end of the stream: frames in and out, a window for each channel."""

from __future__ import annotations

import asyncio
import os
import select
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ipv6lab.words import frames


class Stream:
    """Writes frames to a descriptor without ever blocking the event loop."""

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._waiting: deque[bytes] = deque()

    def send(self, data: bytes) -> None:
        self._waiting.append(data)
        if len(self._waiting) == 1:
            self._flush()
            if self._waiting:
                asyncio.get_running_loop().add_writer(self._fd, self._flush)

    def finish(self, seconds: float) -> None:
        """Write what still waits, for so many seconds at most, before this process ends."""
        deadline = time.monotonic() + seconds
        while self._waiting and (left := deadline - time.monotonic()) > 0:
            if select.select([], [self._fd], [], left)[1]:
                self._flush()

    def _flush(self) -> None:
        while self._waiting:
            try:
                written = os.write(self._fd, self._waiting[0])
            except BlockingIOError:
                return
            except OSError:  # nobody listens any more: the end of input ends the agent
                self._waiting.clear()
                break
            if written < len(self._waiting[0]):
                self._waiting[0] = self._waiting[0][written:]
            else:
                self._waiting.popleft()
        asyncio.get_running_loop().remove_writer(self._fd)


class Channel:
    """One interaction: a request, data both ways within windows, one final answer."""

    def __init__(self, number: int, request: dict[str, Any], stream: Stream) -> None:
        self.number = number
        self.request = request
        self.on_window: Callable[[int, int], None] | None = None
        self.on_signal: Callable[[int], None] | None = None
        self._stream = stream
        self._input: deque[bytes] = deque()
        self._ended = False
        self._credit = frames.WINDOW
        self._changed = asyncio.Event()

    async def read(self) -> bytes:
        """The next bytes of input; empty at its end."""
        while not self._input:
            if self._ended:
                return b""
            self._changed.clear()
            await self._changed.wait()
        data = self._input.popleft()
        self._stream.send(frames.encode_credit(self.number, len(data)))
        return data

    async def write(self, kind: str, data: bytes) -> None:
        """Send output of kind ``O`` or ``S``; waits while the reader has not caught up."""
        at = 0
        while at < len(data):
            while self._credit <= 0:
                self._changed.clear()
                await self._changed.wait()
            part = data[at : at + min(frames.CHUNK, self._credit)]
            self._credit -= len(part)
            at += len(part)
            self._stream.send(frames.encode(self.number, kind, part))

    def event(self, value: dict[str, Any]) -> None:
        self._stream.send(frames.encode_json(self.number, "E", value))

    def finish(self, value: dict[str, Any]) -> None:
        self._stream.send(frames.encode_json(self.number, "X", value))

    def feed(self, frame: frames.Frame) -> None:
        """Take a frame that arrived for this channel."""
        if frame.kind == "I":
            if frame.payload:
                self._input.append(frame.payload)
            else:
                self._ended = True
        elif frame.kind == "A":
            self._credit += frames.credit(frame)
        elif frame.kind == "W" and self.on_window:
            size = frame.data()
            self.on_window(int(size["rows"]), int(size["cols"]))
        elif frame.kind == "K" and self.on_signal:
            self.on_signal(int(frame.data()["signal"]))
        self._changed.set()
