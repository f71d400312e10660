"""Octets of options that carry prefixes and times."""

from __future__ import annotations

import struct
from ipaddress import IPv6Network

PREF64, IPV6_ONLY_PREFERRED, DUID_EN = 38, 108, 2
_PREF64_LENGTHS = (96, 64, 56, 48, 40, 32)  # by prefix length code (RFC 8781 §4)


def pref64(prefix: IPv6Network, lifetime: int) -> bytes:
    """A router advertisement's PREF64 option (RFC 8781); `lifetime` in seconds, rounded up to 8."""
    if prefix.prefixlen not in _PREF64_LENGTHS:
        raise ValueError(f"PREF64 carries no prefix of length {prefix.prefixlen}")
    units = -(-lifetime // 8)
    if not 0 <= units < 1 << 13:
        raise ValueError(f"PREF64 carries no lifetime of {lifetime} s")
    code = _PREF64_LENGTHS.index(prefix.prefixlen)
    return struct.pack("!BBH", PREF64, 2, units << 3 | code) + prefix.network_address.packed[:12]


def ipv6_only_preferred(seconds: int) -> bytes:
    """DHCPv4's option 108 with its wait time (RFC 8925 §3.1)."""
    return struct.pack("!BBI", IPV6_ONLY_PREFERRED, 4, seconds)


def duid_en(enterprise: int, identifier: bytes) -> bytes:
    """A DUID assigned by a vendor (RFC 9915 §11.3)."""
    return struct.pack("!HI", DUID_EN, enterprise) + identifier
