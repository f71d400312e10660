"""A byte stream over a terminal that must never be full: both ends of it.

The lab kernel is spoken to through a serial line. The line's input stops for good once some
4,000 bytes wait unread in the guest, so this end never has more than `TO_GUEST` under way, and
the guest never more than `TO_HOST`: whoever has delivered bytes gives them back as credit.

On the wire are records: a 2-byte head, and data. With its highest bit set the head is a credit of
the other bits; else it is the number of data bytes that follow. Credit counts a record's head too.
"""

from __future__ import annotations

import os
import select
import struct
from collections.abc import Sequence

TO_GUEST = 3000
TO_HOST = 24_000  # below a pipe's 64 KiB, so that the guest's line never has to wait
_HEAD = struct.Struct("!H")
_CREDIT = 0x8000
_ATOMIC = 4096  # a pipe that select calls writable takes so much without blocking


class Relay:
    """Moves bytes between a pair of pipes and one end of the line, until one of them ends."""

    def __init__(
        self, line: tuple[int, int], pipes: tuple[int, int], window: int, credit: int
    ) -> None:
        """``line`` and ``pipes`` are descriptors to read and to write.

        ``window``: what the other end may send before it is given back; ``credit``: what this
        end may send before it has heard from the other.
        """
        self._line_in, self._line_out = line
        self._source, self._sink = pipes
        self._credit = credit
        self._threshold = window // 4
        self._owed = 0
        self._arrived = bytearray()  # of the line, not yet cut into records
        self._records: list[tuple[int, memoryview]] = []  # cost, what the sink has not taken

    def grant(self, count: int) -> None:
        """Allow the other end ``count`` bytes more."""
        self._put(_HEAD.pack(_CREDIT | count))

    def run(self, until: Sequence[int] = ()) -> None:
        """Returns when the line or the source has ended, or nobody reads the sink any more.

        And when one of the descriptors ``until`` becomes readable.
        """
        while True:
            reading = [self._line_in, *until]
            if self._credit > _HEAD.size:
                reading.append(self._source)
            writing = [self._sink] if self._records else []
            readable, writable, _ = select.select(reading, writing, [])
            if not set(readable).isdisjoint(until):
                return
            try:
                if writable:
                    self._deliver()
                if self._line_in in readable and not self._hear():
                    return
                if self._source in readable and not self._send():
                    return
            except OSError:
                return

    def _hear(self) -> bool:
        data = os.read(self._line_in, 65536)
        self._arrived += data
        at = 0
        while len(self._arrived) - at >= _HEAD.size:
            (head,) = _HEAD.unpack_from(self._arrived, at)
            if head & _CREDIT:
                self._credit += head & ~_CREDIT
                at += _HEAD.size
                continue
            end = at + _HEAD.size + head
            if len(self._arrived) < end:
                break
            payload = bytes(self._arrived[at + _HEAD.size : end])
            self._records.append((_HEAD.size + head, memoryview(payload)))
            at = end
        del self._arrived[:at]
        return bool(data)

    def _deliver(self) -> None:
        while self._records:
            cost, payload = self._records[0]
            written = os.write(self._sink, payload[:_ATOMIC])
            if written < len(payload):
                self._records[0] = (cost, payload[written:])
                break
            del self._records[0]
            self._owed += cost
            if not select.select([], [self._sink], [], 0)[1]:
                break
        if self._owed >= self._threshold:
            self.grant(self._owed)
            self._owed = 0

    def _send(self) -> bool:
        data = os.read(self._source, min(self._credit, TO_HOST) - _HEAD.size)
        self._credit -= _HEAD.size + len(data)
        if data:
            self._put(_HEAD.pack(len(data)) + data)
        return bool(data)

    def _put(self, data: bytes) -> None:
        """Never blocks for long: what is under way fits into the line."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._line_out, view) :]


def host_end(line: tuple[int, int], pipes: tuple[int, int]) -> Relay:
    """The end outside; silent until the guest has said that its line is raw."""
    return Relay(line, pipes, TO_HOST, 0)


def guest_end(line: tuple[int, int], pipes: tuple[int, int]) -> Relay:
    """The end inside the lab kernel, once its line is raw."""
    relay = Relay(line, pipes, TO_GUEST, TO_HOST)
    relay.grant(TO_GUEST)
    return relay
