"""DNS messages on the wire (RFC 1035 section 4): questions, and the addresses in answers.

A decoder of its own, since it reads captures, which hold anything: names that point at themselves,
counts that promise too much. What does not fit decodes to None.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

A, CNAME, AAAA = 1, 5, 28
PORT = 53
_HEAD = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")
_MOST = 64  # jumps in one name, and records of one message, that anybody looks at


@dataclass(frozen=True)
class DnsMessage:
    """A question, or the answer to it.

    `answered` are the addresses of the answer, `code` its RCODE (0 no error, 3 no such name).
    `cut`: there was more than fits (TC), and the question is asked again by TCP.
    """

    number: int
    response: bool
    code: int
    cut: bool
    name: str
    kind: int
    addresses: tuple[IPv4Address | IPv6Address, ...] = ()


def decode(data: bytes) -> DnsMessage | None:
    """A DNS message with one question, None where it is none."""
    if len(data) < _HEAD.size:
        return None
    number, flags, questions, answers, _authority, _more = _HEAD.unpack_from(data)
    if questions != 1 or flags >> 11 & 15:
        return None
    found = _name(data, _HEAD.size)
    if found is None or found[1] + 4 > len(data):
        return None
    name, at = found
    (kind,) = struct.unpack_from("!H", data, at)
    addresses = _addresses(data, at + 4, min(answers, _MOST))
    return DnsMessage(
        number, bool(flags & 0x8000), flags & 15, bool(flags & 0x0200), name, kind, addresses
    )


def _addresses(data: bytes, at: int, count: int) -> tuple[IPv4Address | IPv6Address, ...]:
    """The A and AAAA records among so many, as far as they are there."""
    addresses: list[IPv4Address | IPv6Address] = []
    for _number in range(count):
        found = _name(data, at)
        if found is None or found[1] + _RECORD.size > len(data):
            break
        kind, _class, _ttl, size = _RECORD.unpack_from(data, found[1])
        at = found[1] + _RECORD.size + size
        value = data[at - size : at]
        if kind == A and len(value) == size == 4:
            addresses.append(IPv4Address(value))
        elif kind == AAAA and len(value) == size == 16:
            addresses.append(IPv6Address(value))
    return tuple(addresses)


def _name(data: bytes, at: int) -> tuple[str, int] | None:
    """The name that begins here, in small letters, and where what follows it begins."""
    labels: list[str] = []
    end = None
    for _jump in range(_MOST):
        if at >= len(data):
            return None
        size = data[at]
        if size >= 0xC0:
            if at + 2 > len(data):
                return None
            end = at + 2 if end is None else end
            at = (size & 0x3F) << 8 | data[at + 1]
        elif size >= 0x40 or at + 1 + size > len(data):
            return None
        elif size == 0:
            return ".".join(labels).lower() or ".", at + 1 if end is None else end
        else:
            label = data[at + 1 : at + 1 + size]
            labels.append("".join(chr(one) if 32 < one < 127 else f"\\{one:03}" for one in label))
            at += 1 + size
    return None
