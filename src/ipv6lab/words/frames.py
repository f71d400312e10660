"""The frames on the stream between the two halves.

One byte stream each way carries many *channels*. A channel is opened by a request and closed
by its final answer::

    to the agent     R  request, JSON {"op": ...}      I  bytes in (empty: end of input)
                     W  window size, JSON              K  signal, JSON {"signal": n}
                     Q  cancel: the asker is gone      A  credit, 4 bytes
    from the agent   O  standard output                S  standard error
                     E  event, JSON                    X  final answer, JSON; closes the channel
                     A  credit, 4 bytes

A frame is ``!IcI`` (channel, type, length) and its payload. ``I``, ``O`` and ``S`` count against
a window of `WINDOW` bytes a channel and direction; whoever consumes them gives the bytes back
with ``A``, so that one flooding command neither fills memory nor holds up another one.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from ipv6lab.words.jsontext import as_json

HEADER = struct.Struct("!IcI")
WINDOW = 256 * 1024
CHUNK = 32 * 1024  # the largest data frame sent: a small frame behind it does not wait long
LIMIT = 64 * 1024 * 1024  # the largest frame accepted: an archive or a report, never a data frame


class FrameError(Exception):
    """What arrived is no frame: the other end is broken or is not ours."""


class Frame(NamedTuple):
    channel: int
    kind: str
    payload: bytes

    def data(self) -> dict[str, Any]:
        """The payload of a JSON frame. Raises FrameError when it is none."""
        try:
            value = json.loads(self.payload)
        except ValueError as error:
            raise FrameError(f"frame {self.kind!r} carries no JSON: {error}") from None
        if not isinstance(value, dict):
            raise FrameError(f"frame {self.kind!r} carries no JSON object")
        return value


def encode(channel: int, kind: str, payload: bytes = b"") -> bytes:
    return HEADER.pack(channel, kind.encode("ascii"), len(payload)) + payload


def encode_json(channel: int, kind: str, value: dict[str, Any]) -> bytes:
    return encode(channel, kind, as_json(value).encode())


def encode_credit(channel: int, count: int) -> bytes:
    return encode(channel, "A", struct.pack("!I", count))


def credit(frame: Frame) -> int:
    """The bytes that an ``A`` frame gives back."""
    if len(frame.payload) != 4:
        raise FrameError("a credit frame has 4 bytes")
    return int(struct.unpack("!I", frame.payload)[0])


class Decoder:
    """Cuts a byte stream into frames.

    >>> decoder = Decoder()
    >>> list(decoder.feed(encode(7, "O", b"hello")[:6]))
    []
    >>> list(decoder.feed(encode(7, "O", b"hello")[6:]))
    [Frame(channel=7, kind='O', payload=b'hello')]
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        buffer = self._buffer
        buffer += data
        while len(buffer) >= HEADER.size:
            channel, kind, length = HEADER.unpack_from(buffer)
            if length > LIMIT or not kind.isalpha():
                raise FrameError(f"no frame: type {kind!r}, length {length}")
            end = HEADER.size + length
            if len(buffer) < end:
                return
            payload = bytes(buffer[HEADER.size : end])
            del buffer[:end]
            yield Frame(channel, kind.decode("ascii"), payload)
