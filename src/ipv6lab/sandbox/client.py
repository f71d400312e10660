"""Talking to an agent: requests and channels over one stream."""

from __future__ import annotations

import itertools
import os
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ipv6lab.words import frames
from ipv6lab.words.errors import LabError
from ipv6lab.words.jsontext import as_json
from ipv6lab.words.message import _
from ipv6lab.words.portions import portions

Event = Callable[[dict[str, Any]], None]


class Defect(Exception):
    """The engine inside failed in a way that no user's mistake explains; carries its traceback."""


class Channel:
    """One interaction with the agent.

    Iterating gives ``("O", bytes)``, ``("S", bytes)``, ``("E", dict)`` and at last ``("X", dict)``.
    """

    def __init__(self, lab: Lab, number: int) -> None:
        self._lab = lab
        self._number = number
        self._arrived: queue.SimpleQueue[frames.Frame | None] = queue.SimpleQueue()
        self._credit = frames.WINDOW
        self._changed = threading.Condition()
        self.closed = False

    def send(self, data: bytes) -> None:
        """Bytes for the program's input; waits while it has not read what was sent before."""
        at = 0
        while at < len(data):
            with self._changed:
                self._changed.wait_for(lambda: self._credit > 0 or self.closed)
                if self.closed:
                    return
                part = data[at : at + min(frames.CHUNK, self._credit)]
                self._credit -= len(part)
            at += len(part)
            self._lab.write(frames.encode(self._number, "I", part))

    def end_input(self) -> None:
        self._lab.write(frames.encode(self._number, "I"))

    def resize(self, rows: int, cols: int) -> None:
        self._lab.write(frames.encode_json(self._number, "W", {"rows": rows, "cols": cols}))

    def signal(self, number: int) -> None:
        self._lab.write(frames.encode_json(self._number, "K", {"signal": number}))

    def cancel(self) -> None:
        """The answer is no longer wanted; what was started for it is ended."""
        if not self.closed:
            self._lab.write(frames.encode(self._number, "Q"))

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        while not self.closed:
            frame = self._arrived.get()
            if frame is None:
                raise LabError(_("The lab has ended."))
            if frame.kind in "OS":
                self._lab.write(frames.encode_credit(self._number, len(frame.payload)))
                yield frame.kind, frame.payload
                continue
            data = frame.data()
            if frame.kind == "X":
                self._close()
                if "error" in data:
                    raise _error(data["error"])
            yield frame.kind, data

    def _arrive(self, frame: frames.Frame | None) -> None:
        """Called by the stream's reader."""
        if self._number == 0 and frame is not None and b'"journal"' in frame.payload[:64]:
            return  # the keeper writes it down
        if frame is not None and frame.kind == "A":
            with self._changed:
                self._credit += frames.credit(frame)
                self._changed.notify_all()
            return
        self._arrived.put(frame)
        if frame is None:
            self._wake()

    def _close(self) -> None:
        self._lab.forget(self._number)
        self._wake()

    def _wake(self) -> None:
        with self._changed:
            self.closed = True
            self._changed.notify_all()


def _error(data: dict[str, Any]) -> Exception:
    if "defect" in data:
        return Defect(data["defect"])
    return LabError.from_json(data)


class Lab:
    """A sandbox that one talks to. Safe to use from several threads."""

    def __init__(self, reader: int, writer: int, close: Callable[[], None]) -> None:
        self._reader = reader
        self._writer = writer
        self._close = close
        self._numbers = itertools.count(1)
        self._channels: dict[int, Channel] = {}
        self._lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._ended = False
        self._control = self._channels[0] = Channel(self, 0)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether the stream has ended: the lab is gone, or this end was closed."""
        return self._ended

    def wait_ready(self) -> bool:
        """Wait for the agent; False when the stream ended first."""
        frame = self._control._arrived.get()
        if frame is not None and frame.kind == "X":
            raise _error(frame.data()["error"])
        return frame is not None

    def open(self, op: str, **arguments: Any) -> Channel:
        """Start an operation of the agent."""
        with self._lock:
            if self._ended:
                raise LabError(_("The lab has ended."))
            number = next(self._numbers)
            channel = self._channels[number] = Channel(self, number)
        self.write(frames.encode_json(number, "R", {"op": op, **arguments}))
        return channel

    def request(
        self,
        op: str,
        on_event: Event | None = None,
        send: Callable[[Channel], None] | None = None,
        **arguments: Any,
    ) -> dict[str, Any]:
        """Do an operation of the agent to its end; returns its answer, raises its error.

        ``send`` is called to send what the operation reads.
        """
        channel = self.open(op, **arguments)
        try:
            if send:
                send(channel)
            for kind, data in channel:
                if kind == "E" and on_event:
                    on_event(data)
                if kind == "X":
                    return dict(data)
        except BaseException:
            channel.cancel()
            raise
        raise LabError(_("The lab has ended."))

    def entries(self) -> list[dict[str, Any]]:
        """The work that is recorded since the start state."""
        found: list[dict[str, Any]] = []

        def take(event: dict[str, Any]) -> None:
            found.extend(event.get("entries", ()))

        last = self.request("journal", take)
        return found + list(last["entries"])

    def replay(
        self, entries: list[dict[str, Any]], resume: bool = False, on_event: Event | None = None
    ) -> dict[str, Any]:
        """Do recorded work again; with ``resume`` the recording goes on after it."""

        def send(channel: Channel) -> None:
            for some in portions(entries):
                channel.send(as_json(some).encode() + b"\n")
            channel.end_input()

        return self.request("replay", on_event, send, resume=resume)

    def control(self, op: str, **arguments: Any) -> dict[str, Any]:
        """Ask the keeper (not the agent): ``keep``, ``info`` or ``end``. Raises its error."""
        self.write(frames.encode_json(0, "R", {"op": op, **arguments}))
        frame = self._control._arrived.get()
        if frame is None:
            if op == "end":
                return {}
            raise LabError(_("The lab has ended."))
        data = frame.data()
        if "error" in data:
            raise _error(data["error"])
        return data

    def close(self) -> None:
        """Let go of the lab; one that is not kept ends."""
        self._close()

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def join_reader(self) -> None:
        """Wait until the end of the stream has been read."""
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        with self._write_lock:
            try:
                while view:
                    view = view[os.write(self._writer, view) :]
            except OSError:  # the reader notices the end, and tells every channel
                pass

    def forget(self, number: int) -> None:
        with self._lock:
            self._channels.pop(number, None)

    def _read(self) -> None:
        decoder = frames.Decoder()
        try:
            while data := os.read(self._reader, 65536):
                for frame in decoder.feed(data):
                    with self._lock:
                        channel = self._channels.get(frame.channel)
                    if channel is not None:
                        channel._arrive(frame)
        except (OSError, frames.FrameError):
            pass
        with self._lock:
            self._ended = True
            channels = list(self._channels.values())
        for channel in channels:
            channel._arrive(None)
