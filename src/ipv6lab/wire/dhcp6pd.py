"""Prefixes in DHCPv6 messages: what a router is delegated, and what it asks for (RFC 8415 §6.3).

Nothing here trusts a length: an option that does not fit is left out, as in `dhcp6`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Network

from ipv6lab.wire import dhcp6

IA_PD, IA_PREFIX = 25, 26
_IA = struct.Struct("!III")
_PREFIX = struct.Struct("!IIB16s")


@dataclass(frozen=True)
class DelegatedPrefix:
    """A prefix in an IA_PD (section 21.22); lifetimes in seconds, 0xffffffff without end."""

    network: IPv6Network
    preferred: int
    valid: int


@dataclass(frozen=True)
class PrefixAssociation:
    """An IA_PD option (section 21.21); T1 and T2 in seconds, 0: as the router likes."""

    iaid: int
    t1: int
    t2: int
    prefixes: tuple[DelegatedPrefix, ...]
    status: int


def associations(message: dhcp6.Message) -> tuple[PrefixAssociation, ...]:
    """The IA_PD options of a message."""
    found = []
    for data in message.options.get(IA_PD, ()):
        if len(data) >= _IA.size:
            iaid, t1, t2 = _IA.unpack_from(data)
            inner = dhcp6.read_options(data[_IA.size :])
            found.append(PrefixAssociation(iaid, t1, t2, _prefixes(inner), _status(inner)))
    return tuple(found)


def prefixes(message: dhcp6.Message) -> tuple[DelegatedPrefix, ...]:
    """All prefixes of all IA_PD options that are delegated (valid for more than 0 s)."""
    return tuple(one for each in associations(message) for one in each.prefixes if one.valid > 0)


def association(
    iaid: int, given: Iterable[DelegatedPrefix] = (), t1: int = 0, t2: int = 0
) -> bytes:
    """An IA_PD with these prefixes: wished for, or delegated."""
    inner = b"".join(
        dhcp6.option(
            IA_PREFIX,
            _PREFIX.pack(
                one.preferred, one.valid, one.network.prefixlen, one.network.network_address.packed
            ),
        )
        for one in given
    )
    return dhcp6.option(IA_PD, _IA.pack(iaid, t1, t2) + inner)


def _prefixes(options: dhcp6.Options) -> tuple[DelegatedPrefix, ...]:
    found = []
    for data in options.get(IA_PREFIX, ()):
        if len(data) >= _PREFIX.size:
            preferred, valid, length, packed = _PREFIX.unpack_from(data)
            if length <= 128:
                network = IPv6Network((packed, length), strict=False)
                found.append(DelegatedPrefix(network, preferred, valid))
    return tuple(found)


def _status(options: dhcp6.Options) -> int:
    data = next(iter(options.get(dhcp6.STATUS_CODE, ())), b"")
    return struct.unpack_from("!H", data)[0] if len(data) >= 2 else dhcp6.SUCCESS
