"""What a film is kept on: records in a file of memory, written by one process and read by many.

A record is a kind, a moment (seconds since the epoch), a name, and octets as they came: nothing is
decoded before somebody asks for it.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Iterator
from typing import NamedTuple

HEAD = struct.Struct("=cdHI")  # kind, moment, lengths of name and data
READ = 1 << 20  # octets at a time
# Octets of a whole film. Whoever fills it makes noise on purpose, and finds it ended there.
FULL = 64 << 20

PACKET = b"P"  # name: link, node, "sent" or "got"; data: the frame
EVENTS = b"E"  # name: node; data: netlink messages
DUMP = b"D"  # name: node and group; data: the netlink messages that tell all of it
MARK = b"M"  # name: of the moment
ANEW = b"N"  # name: a node that has another network namespace from now on
LOST = b"L"  # name: node, some of whose events the kernel had to drop, or a link
# Marks: everything is recorded from now on; all work has been laid on; the grader begins to ask.
ROLLING, LAID, ASKED = "rolling", "laid", "asked"
SEPARATOR = "\n"  # of names


class Piece(NamedTuple):
    """One record."""

    kind: bytes
    time: float
    name: tuple[str, ...]
    data: bytes


def create() -> int:
    """The descriptor of an empty tape. Whoever shares it may write; each record is one write."""
    tape = os.memfd_create("film")
    fcntl.fcntl(tape, fcntl.F_SETFL, os.O_APPEND)
    return tape


def write(
    tape: int, kind: bytes, *name: str, data: bytes = b"", moment: float | None = None
) -> bool:
    """Append a record; False where the tape is full."""
    if os.fstat(tape).st_size + len(data) > FULL:
        return False
    text = SEPARATOR.join(name).encode()
    head = HEAD.pack(kind, time.time() if moment is None else moment, len(text), len(data))
    os.write(tape, head + text + data)
    return True


def read(tape: int, at: int) -> Iterator[tuple[int, Piece]]:
    """The whole records from an offset on, each with the offset behind it."""
    data = bytearray()
    while more := os.pread(tape, READ, at + len(data)):
        data += more
    start = 0
    while start + HEAD.size <= len(data):
        kind, moment, name_length, length = HEAD.unpack_from(data, start)
        name_at = start + HEAD.size
        end = name_at + name_length + length
        if end > len(data):
            return  # still being written
        name = bytes(data[name_at : name_at + name_length]).decode().split(SEPARATOR)
        content = bytes(data[name_at + name_length : end])
        yield at + end, Piece(kind, moment, tuple(name), content)
        start = end
