"""Capture files as they are being written.

Classic pcap (https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

HEAD = 24
RECORD = 16
ETHERNET, RAW = 1, 101  # types of link
# The file's first four octets: byte order, and how many parts a second has.
_MAGICS = {
    bytes.fromhex("a1b2c3d4"): (">", 1_000_000),
    bytes.fromhex("d4c3b2a1"): ("<", 1_000_000),
    bytes.fromhex("a1b23c4d"): (">", 1_000_000_000),
    bytes.fromhex("4d3cb2a1"): ("<", 1_000_000_000),
}
_LONGEST = 1 << 20  # octets of a frame; more is no capture file


class Record(NamedTuple):
    """A captured frame: when (seconds since 1970), and its octets."""

    time: float
    octets: bytes


class Reader:
    """Cuts the bytes of a capture file into frames, however they arrive.

    `link` is the type of link, None before the head has arrived.
    """

    def __init__(self) -> None:
        self.link: int | None = None
        self._buffer = bytearray()
        self._record = struct.Struct("=IIII")
        self._parts = 1

    def feed(self, data: bytes) -> Iterator[Record]:
        """The frames that are complete now. Raises ValueError when this is no capture file."""
        buffer = self._buffer
        buffer += data
        if self.link is None and not self._begin():
            return
        at = 0
        try:
            while len(buffer) >= at + RECORD:
                seconds, parts, size, _whole = self._record.unpack_from(buffer, at)
                if size > _LONGEST:
                    raise ValueError(f"a frame of {size} octets")
                if len(buffer) < at + RECORD + size:
                    return
                octets = bytes(buffer[at + RECORD : at + RECORD + size])
                at += RECORD + size
                yield Record(seconds + parts / self._parts, octets)
        finally:
            del buffer[:at]

    def _begin(self) -> bool:
        if len(self._buffer) < HEAD:
            return False
        found = _MAGICS.get(bytes(self._buffer[:4]))
        if found is None:
            raise ValueError("no pcap file")
        order, self._parts = found
        self._record = struct.Struct(order + "IIII")
        (self.link,) = struct.unpack_from(order + "I", self._buffer, 20)
        del self._buffer[:HEAD]
        return True


def as_ethernet(octets: bytes, link: int | None) -> bytes:
    """A frame as Ethernet has it: what comes from a tunnel's end has no such header."""
    if link != RAW or not octets:
        return octets
    return bytes(12) + (b"\x86\xdd" if octets[0] >> 4 == 6 else b"\x08\x00") + octets
