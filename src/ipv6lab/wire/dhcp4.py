"""DHCPv4 messages (RFC 2131), with the option by which a host says that it can do without IPv4.

Nothing here trusts a length: a message that is none decodes to None.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

DISCOVER, OFFER, REQUEST, ACK, NAK = 1, 2, 3, 5, 6
SUBNET_MASK, ROUTER, DNS_SERVERS, WISH, LEASE_TIME, KIND, SERVER, REQUEST_LIST = (
    1, 3, 6, 50, 51, 53, 54, 55,
)  # fmt: skip
IPV6_ONLY_PREFERRED = 108  # RFC 8925
MIN_V6ONLY_WAIT = 300  # seconds (RFC 8925 section 3.4)
CLIENT_PORT, SERVER_PORT = 68, 67
COOKIE = b"\x63\x82\x53\x63"
_HEAD = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s4s")
_LEAST = 300  # octets that old relays expect (RFC 1542 section 2.1)


@dataclass(frozen=True)
class Message:
    """A message; `operation` 1 asks and 2 answers, `address` is the one that is leased."""

    operation: int
    transaction: int
    mac: str
    address: IPv4Address
    options: Mapping[int, bytes]

    @property
    def kind(self) -> int:
        """DISCOVER, OFFER …; 0 for BOOTP."""
        value = self.options.get(KIND, b"")
        return value[0] if len(value) == 1 else 0

    def addresses(self, option: int) -> list[IPv4Address]:
        """The addresses in an option that holds nothing else."""
        value = self.options.get(option, b"")
        return [IPv4Address(value[at : at + 4]) for at in range(0, len(value) - 3, 4)]

    def seconds(self, option: int) -> int | None:
        """The time in an option of four octets; None where it is not there or is no such time."""
        value = self.options.get(option, b"")
        return int.from_bytes(value, "big") if len(value) == 4 else None


def decode(data: bytes) -> Message | None:
    """The message in a UDP payload."""
    if len(data) < _HEAD.size:
        return None
    fields = _HEAD.unpack_from(data)
    if fields[14] != COOKIE or fields[2] != 6:
        return None
    options: dict[int, bytes] = {}
    at = _HEAD.size
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        if at + 1 >= len(data) or at + 2 + data[at + 1] > len(data):
            return None
        value = data[at + 2 : at + 2 + data[at + 1]]
        options[data[at]] = options.get(data[at], b"") + value  # RFC 3396
        at += 2 + len(value)
    return Message(fields[0], fields[4], fields[11][:6].hex(":"), IPv4Address(fields[8]), options)


def asking(
    transaction: int, mac: str, wanted: Collection[int], offer: Message | None = None
) -> bytes:
    """A DHCPDISCOVER with a parameter request list, or the DHCPREQUEST for an `offer`."""
    nowhere = b"\0" * 4
    hardware = bytes.fromhex(mac.replace(":", ""))
    head = _HEAD.pack(
        1, 1, 6, 0, transaction, 0, 0, *[nowhere] * 4, hardware, b"", b"", COOKIE
    )  # fmt: skip
    options = bytes([KIND, 1, DISCOVER if offer is None else REQUEST])
    if offer is not None:
        options += bytes([WISH, 4]) + offer.address.packed
        options += bytes([SERVER, 4]) + offer.options.get(SERVER, nowhere)
    options += bytes([REQUEST_LIST, len(wanted), *wanted]) + b"\xff"
    return (head + options).ljust(_LEAST, b"\0")
