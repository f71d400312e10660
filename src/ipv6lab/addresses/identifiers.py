"""Interface identifiers, the addresses made from them, and the groups made from addresses."""

from __future__ import annotations

import hashlib
import struct
from ipaddress import IPv6Address, IPv6Network

SOLICITED_NODE = IPv6Network("ff02::1:ff00:0/104")  # RFC 4291 §2.7.1


def octets(mac: str) -> bytes:
    """The six octets of a MAC address. Raises ValueError when `mac` is none."""
    found = bytes(int(part, 16) for part in mac.replace("-", ":").split(":"))
    if len(found) != 6:
        raise ValueError(f"{mac!r} is no MAC address")
    return found


def eui64(mac: str) -> bytes:
    """The interface identifier of a MAC address: FF-FE inside, one bit flipped (RFC 2464 §4)."""
    own = octets(mac)
    return bytes([own[0] ^ 0x02]) + own[1:3] + b"\xff\xfe" + own[3:]


def joined(prefix: IPv6Network, identifier: bytes) -> IPv6Address:
    """The address of an eight-octet identifier in a prefix of at most 64 bits."""
    if prefix.prefixlen > 64 or len(identifier) != 8:
        raise ValueError(f"{prefix} leaves no 64 bits for an identifier")
    return IPv6Address(prefix.network_address.packed[:8] + identifier)


def link_local(mac: str) -> IPv6Address:
    """The link-local address that an interface makes of its MAC address."""
    return joined(IPv6Network("fe80::/64"), eui64(mac))


def solicited_node(address: IPv6Address) -> IPv6Address:
    """The group that a neighbour with this address listens to (RFC 4291 §2.7.1)."""
    return SOLICITED_NODE[int(address) & 0xFFFFFF]


def multicast_mac(group: IPv6Address) -> str:
    """The Ethernet address that a group's packets go to (RFC 2464 §7)."""
    return ":".join(f"{octet:02x}" for octet in b"\x33\x33" + group.packed[12:])


def unicast_prefix_group(prefix: IPv6Network, scope: int, group: int) -> IPv6Address:
    """The multicast address with this group id that belongs to a unicast prefix (RFC 3306 §4)."""
    if prefix.prefixlen > 64:
        raise ValueError(f"{prefix} is longer than the 64 bits that RFC 3306 has room for")
    head = bytes([0xFF, 0x30 | scope, 0, prefix.prefixlen])
    return IPv6Address(head + prefix.network_address.packed[:8] + struct.pack("!I", group))


def linux_stable(
    secret: IPv6Address, prefix: IPv6Network, permanent_mac: str, dad_count: int = 0
) -> IPv6Address:
    """The address that Linux makes with ``addr_gen_mode`` 2 (RFC 7217; F() as in addrconf.c).

    `secret` is the value of ``stable_secret``; the permanent MAC of a veth is all zeros. The words
    of the digest stand in the address in the order of a little-endian host.
    """
    block = secret.packed + prefix.network_address.packed[:8]
    block += octets(permanent_mac).ljust(32, b"\0") + bytes([dad_count])
    words = _sha1_compression(block.ljust(64, b"\0"))
    return joined(prefix, struct.pack("<2I", *words[:2]))


def networkmanager_stable(
    prefix: IPv6Network,
    interface: str,
    network_id: str,
    dad_count: int,
    key: bytes,
    stable_type: int | None = None,
) -> IPv6Address:
    """The address that NetworkManager makes with ``ipv6.addr-gen-mode=stable-privacy``.

    `stable_type` is 1 where ``connection.stable-id`` gives the network id, None for its UUID.
    """
    digest = hashlib.sha256()
    if stable_type is not None:
        digest.update(bytes([stable_type]))
    digest.update(prefix.network_address.packed[:8])
    digest.update(interface.encode() + b"\0" + network_id.encode() + b"\0")
    digest.update(struct.pack("!II", dad_count, len(key)) + key)
    return joined(prefix, digest.digest()[:8])


def _sha1_compression(block: bytes) -> tuple[int, ...]:
    """SHA-1's function of one 64-octet block (FIPS 180-4 §6.1.2), without padding and length.

    `hashlib` always pads, and the kernel does not.
    """
    state = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)
    schedule = list(struct.unpack("!16I", block))
    for at in range(16, 80):
        mixed = schedule[at - 3] ^ schedule[at - 8] ^ schedule[at - 14] ^ schedule[at - 16]
        schedule.append(_rotated(mixed, 1))
    a, b, c, d, e = state
    for at, word in enumerate(schedule):
        if at < 20:
            mixed, constant = (b & c) | (~b & d), 0x5A827999
        elif at < 40:
            mixed, constant = b ^ c ^ d, 0x6ED9EBA1
        elif at < 60:
            mixed, constant = (b & c) | (b & d) | (c & d), 0x8F1BBCDC
        else:
            mixed, constant = b ^ c ^ d, 0xCA62C1D6
        first = (_rotated(a, 5) + mixed + e + constant + word) & 0xFFFFFFFF
        a, b, c, d, e = first, a, _rotated(b, 30), c, d
    return tuple((old + new) & 0xFFFFFFFF for old, new in zip(state, (a, b, c, d, e), strict=True))


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF
