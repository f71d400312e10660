"""Interface identifiers: what they tell, and which a kernel makes from its secret (RFC 7217)."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable
from ipaddress import IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from ipv6lab.probes.slaac import setting

if TYPE_CHECKING:
    from ipv6lab.probes.node import Node

IDENTIFIER = (1 << 64) - 1
ATTEMPTS = 4  # the first, and idgen_retries more after a duplicate address (RFC 7217 section 6)
ADDRESS_LENGTH = 32  # of a hardware address, as Linux pads it (MAX_ADDR_LEN)
UNIVERSAL = 0x02  # the bit that EUI-64 turns over (RFC 4291 appendix A)
_WORD = 0xFFFFFFFF
_START = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)


def identifier(address: object) -> int:
    """The interface identifier, the last 64 bits of an address."""
    return int(IPv6Address(str(address))) & IDENTIFIER


def shown_mac(address: object, macs: Iterable[str]) -> str | None:
    """Which of these MAC addresses can be read in an address, None when none can.

    As it stands in the EUI-64 form (RFC 4291 appendix A), with the universal bit turned over or
    not, or in six octets at the end.

    >>> shown_mac("2001:db8::200:5eff:fe00:5301", ["00:00:5e:00:53:01"])
    '00:00:5e:00:53:01'
    """
    octets = identifier(address).to_bytes(8, "big")
    for mac in macs:
        own = bytes.fromhex(mac.replace(":", ""))
        eui64 = own[:3] + b"\xff\xfe" + own[3:]
        turned = bytes([eui64[0] ^ UNIVERSAL]) + eui64[1:]
        if octets in (eui64, turned) or octets[2:] == own:
            return mac
    return None


def secret(node: Node, interface: str) -> IPv6Address | None:
    """The secret from which a node's kernel makes stable identifiers, None when it has none.

    Read from the kernel's settings in the node's network namespace (``stable_secret``); the kernel
    tells it whether somebody set it or it made one itself.
    """
    text = setting(node, interface, "stable_secret")
    return IPv6Address(text) if text else None


def stable_addresses(key: object, prefix: object, mac: str | None = None) -> list[IPv6Address]:
    """What Linux makes of a secret in a prefix, at the first attempt and after duplicates.

    That is the SHA-1 compression of one block: secret, prefix, permanent hardware address (all
    zeros for a virtual interface, unless `mac` is given), and the number of duplicates so far. The
    first two words of its result are the identifier, in the machine's own order of octets.

    >>> stable_addresses("2001:db8::1234:5678", "2001:db8:100:10::/64")[0]
    IPv6Address('2001:db8:100:10:e3d4:2aeb:9042:7b9b')
    """
    network = IPv6Network(str(prefix))
    hardware = bytes.fromhex((mac or "").replace(":", "")).ljust(ADDRESS_LENGTH, b"\0")
    head = IPv6Address(str(key)).packed + network.network_address.packed[:8] + hardware
    found = []
    for attempt in range(ATTEMPTS):
        words = _compressed((head + bytes([attempt])).ljust(64, b"\0"))
        order = "<" if sys.byteorder == "little" else ">"
        found.append(network[int.from_bytes(struct.pack(f"{order}2I", *words[:2]), "big")])
    return found


def _compressed(block: bytes) -> tuple[int, ...]:
    """SHA-1's compression of one block of 64 octets (FIPS 180-4 section 6.1.2), without padding.

    hashlib gives no more than whole digests, which pad.
    """
    words = list(struct.unpack(">16I", block))
    for at in range(16, 80):
        mixed = words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]
        words.append(_left(mixed, 1))
    a, b, c, d, e = _START
    for at, word in enumerate(words):
        if at < 20:
            mixed, constant = b & c | ~b & d, 0x5A827999
        elif at < 40:
            mixed, constant = b ^ c ^ d, 0x6ED9EBA1
        elif at < 60:
            mixed, constant = b & c | b & d | c & d, 0x8F1BBCDC
        else:
            mixed, constant = b ^ c ^ d, 0xCA62C1D6
        a, b, c, d, e = (
            (_left(a, 5) + (mixed & _WORD) + e + constant + word) & _WORD,
            a,
            _left(b, 30),
            c,
            d,
        )
    ends = (a, b, c, d, e)
    return tuple((start + end) & _WORD for start, end in zip(_START, ends, strict=True))


def _left(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & _WORD
