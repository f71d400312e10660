"""Netlink messages and attributes as bytes, and back.

The format is that of ``include/uapi/linux/netlink.h``, explained in the kernel's
``Documentation/userspace-api/netlink/intro.rst``: a message is a 16-byte header and a body; a body
is a fixed structure of its message type, then attributes (length, type, payload), each padded to
4 bytes; an attribute may nest others. Numbers are in the machine's own byte order.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

HEADER = struct.Struct("=IHHII")  # length with this header, type, flags, sequence, port id
ATTRIBUTE = struct.Struct("=HH")  # length with this header, type
NESTED = 0x8000
TYPE_MASK = 0x3FFF  # without the two top bits: nested, network byte order


class CodecError(ValueError):
    """These bytes are no netlink message or no attribute."""


class Message(NamedTuple):
    """A message as it was received: `body` is everything after the header."""

    kind: int
    flags: int
    sequence: int
    port: int
    body: bytes


def align(length: int) -> int:
    """The next multiple of 4."""
    return (length + 3) & ~3


def encode(kind: int, flags: int, sequence: int, body: bytes) -> bytes:
    """A message, padded so that another one can follow it."""
    length = HEADER.size + len(body)
    return HEADER.pack(length, kind, flags, sequence, 0) + body + bytes(align(length) - length)


def decode(data: bytes) -> Iterator[Message]:
    """Every message in what one receive call gave. Raises CodecError."""
    at = 0
    while at < len(data):
        if len(data) - at < HEADER.size:
            raise CodecError(f"{len(data) - at} bytes are left, too few for a message header")
        length, kind, flags, sequence, port = HEADER.unpack_from(data, at)
        if length < HEADER.size or at + length > len(data):
            raise CodecError(f"a message of {length} bytes where {len(data) - at} are left")
        yield Message(kind, flags, sequence, port, data[at + HEADER.size : at + length])
        at += align(length)


def attribute(kind: int, payload: bytes = b"") -> bytes:
    """One attribute, padded. Raises CodecError when the payload exceeds 65,531 bytes."""
    length = ATTRIBUTE.size + len(payload)
    if length > 0xFFFF:
        raise CodecError(f"an attribute holds 65531 bytes, not {len(payload)}")
    return ATTRIBUTE.pack(length, kind) + payload + bytes(align(length) - length)


def nest(kind: int, *attributes: bytes) -> bytes:
    """An attribute made of attributes."""
    return attribute(kind | NESTED, b"".join(attributes))


def u8(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack("=B", value))


def u32(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack("=I", value))


def text(kind: int, value: str) -> bytes:
    """A string attribute, ended by a zero byte as the kernel expects it."""
    return attribute(kind, value.encode() + b"\0")


def attributes(data: bytes, start: int = 0) -> dict[int, bytes]:
    """The attributes in `data` from `start` on, by type; of equal types the last one counts.

    Raises CodecError where lengths do not fit.
    """
    found: dict[int, bytes] = {}
    at = align(start)
    while at < len(data):
        if len(data) - at < ATTRIBUTE.size:
            raise CodecError(f"{len(data) - at} bytes are left, too few for an attribute header")
        length, kind = ATTRIBUTE.unpack_from(data, at)
        if length < ATTRIBUTE.size or at + length > len(data):
            raise CodecError(f"an attribute of {length} bytes where {len(data) - at} are left")
        found[kind & TYPE_MASK] = data[at + ATTRIBUTE.size : at + length]
        at += align(length)
    return found


def number(payload: bytes) -> int:
    """An unsigned number of 1, 2, 4 or 8 bytes in the machine's byte order."""
    formats = {1: "=B", 2: "=H", 4: "=I", 8: "=Q"}
    if len(payload) not in formats:
        raise CodecError(f"a number of {len(payload)} bytes")
    return int(struct.unpack(formats[len(payload)], payload)[0])


def string(payload: bytes) -> str:
    """A string, without the zero byte at its end."""
    return payload.rstrip(b"\0").decode(errors="replace")
