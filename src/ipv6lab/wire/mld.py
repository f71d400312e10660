"""What a host says of the groups that it listens to: MLD (RFC 2710, RFC 3810), as it is sent."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address

from ipv6lab.wire import rogue
from ipv6lab.wire.headers import ICMPV6, ipv6

VERSION_1, VERSION_2 = 131, 143  # types of ICMPv6
MODE_IS_EXCLUDE, CHANGE_TO_EXCLUDE_MODE = 2, 4  # RFC 3810 section 5.2.12
ROUTERS = IPv6Address("ff02::16")  # all MLDv2-capable routers
# A hop-by-hop header with the router alert option for MLD (RFC 2711), filled up by PadN.
_ALERT = bytes([ICMPV6, 0, 5, 2, 0, 0, 1, 0])
HOP_BY_HOP = 0


def report(source: IPv6Address, group: IPv6Address, kind: int = CHANGE_TO_EXCLUDE_MODE) -> bytes:
    """An MLDv2 report that one listens to a group, whoever sends there (RFC 3810 section 5.2)."""
    record = struct.pack("!BBH16s", kind, 0, 0, group.packed)
    return _packet(source, ROUTERS, struct.pack("!BBHHH", VERSION_2, 0, 0, 0, 1) + record)


def report_of_version_1(source: IPv6Address, group: IPv6Address) -> bytes:
    """An MLDv1 report, which goes to the group itself (RFC 2710 section 3)."""
    return _packet(source, group, struct.pack("!BBHHH16s", VERSION_1, 0, 0, 0, 0, group.packed))


def _packet(source: IPv6Address, destination: IPv6Address, message: bytes) -> bytes:
    data = rogue.icmpv6(source, destination, message).data
    return ipv6(source, destination, HOP_BY_HOP, _ALERT + data, hop_limit=1)
