"""A translator of its own for tests (RFC 7915), written from the RFC and from nothing of ours.

It builds packets of octets, so that what is under test cannot agree with itself.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network

Ports = Callable[[int], int]  # what a stateful translator makes of the client's port


def summed(data: bytes) -> int:
    """The Internet checksum, added up 16 bits at a time."""
    data += b"\0" * (len(data) % 2)
    total = 0
    for at in range(0, len(data), 2):
        total += data[at] << 8 | data[at + 1]
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def behind(prefix: IPv6Network, address: IPv4Address) -> IPv6Address:
    """RFC 6052 section 2.2, octet by octet: the eighth stays 0."""
    octets = bytearray(prefix.network_address.packed)
    at = prefix.prefixlen // 8
    for one in address.packed:
        if at == 8:
            at += 1
        octets[at] = one
        at += 1
    return IPv6Address(bytes(octets))


def four(
    source: IPv4Address,
    destination: IPv4Address,
    protocol: int,
    payload: bytes,
    ttl: int = 64,
    tos: int = 0,
    number: int = 1,
    flags: int = 0x4000,
) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45, tos, 20 + len(payload), number, flags, ttl, protocol, 0)
    head += source.packed + destination.packed
    return head[:10] + struct.pack("!H", summed(head)) + head[12:] + payload


def six(
    source: IPv6Address,
    destination: IPv6Address,
    protocol: int,
    payload: bytes,
    hops: int = 64,
    traffic: int = 0,
    label: int = 0,
) -> bytes:
    first = 6 << 28 | traffic << 20 | label
    head = struct.pack("!IHBB", first, len(payload), protocol, hops)
    return head + source.packed + destination.packed + payload


def piece6(number: int, offset: int, more: bool, protocol: int, payload: bytes) -> bytes:
    """A Fragment header (RFC 8200 section 4.5) with what follows."""
    return struct.pack("!BBHI", protocol, 0, offset | more, number) + payload


def with_sum(version: int, source: bytes, destination: bytes, kind: int, payload: bytes) -> bytes:
    """The upper layer with its checksum; `kind` is the protocol in this version."""
    at = {6: 16, 17: 6, 1: 2, 58: 2}[kind]
    blank = payload[:at] + b"\0\0" + payload[at + 2 :]
    pseudo = b""
    if version == 6:
        pseudo = source + destination + struct.pack("!IxxxB", len(payload), kind)
    elif kind != 1:
        pseudo = source + destination + struct.pack("!xBH", kind, len(payload))
    value = summed(pseudo + blank)
    if kind == 17 and not value:
        value = 0xFFFF
    return blank[:at] + struct.pack("!H", value) + blank[at + 2 :]


def upper_to_four(payload: bytes, kind: int) -> tuple[int, bytes]:
    """Protocol and upper layer in IPv4, without its checksum; no errors."""
    if kind != 58:
        return kind, payload
    return 1, bytes([{128: 8, 129: 0}[payload[0]]]) + payload[1:]


def upper_to_six(payload: bytes, kind: int) -> tuple[int, bytes]:
    if kind != 1:
        return kind, payload
    return 58, bytes([{8: 128, 0: 129}[payload[0]]]) + payload[1:]


def ether(packet: bytes) -> bytes:
    return bytes(12) + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00") + packet
