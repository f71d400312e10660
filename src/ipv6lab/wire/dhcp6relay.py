"""Messages between DHCPv6 relay agents and servers, decoded by ourselves (RFC 8415 section 9)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address

from ipv6lab.wire import dhcp6

RELAY_FORW, RELAY_REPL = 12, 13
RELAY_MESSAGE, INTERFACE_ID = 9, 18
HOP_COUNT_LIMIT = 8  # relays that may pass on what another one relayed (RFC 8415 section 7.6)
_HEADER = 34


@dataclass(frozen=True)
class RelayMessage:
    """A Relay-forward or Relay-reply message; `inner` is what it carries, None if nothing."""

    kind: int
    hop_count: int
    link_address: IPv6Address
    peer_address: IPv6Address
    options: dhcp6.Options

    @property
    def inner(self) -> bytes | None:
        """The relayed message as it was received: one of a client, a server or another relay."""
        return next(iter(self.options.get(RELAY_MESSAGE, ())), None)

    @property
    def message(self) -> dhcp6.Message | None:
        """The message of client or server that it carries, through as many relays as may be.

        None where more relays have passed it on than may (RFC 8415 section 19.1.2).
        """
        relayed: RelayMessage | None = self
        inner = None
        for _relay in range(HOP_COUNT_LIMIT + 1):
            if relayed is None or (inner := relayed.inner) is None:
                break
            relayed = read(inner)
        return None if inner is None or relayed is not None else dhcp6.read(inner)


def read(data: bytes) -> RelayMessage | None:
    """The relay message in a UDP payload; None when it is none, or too short to be one."""
    if len(data) < _HEADER or data[0] not in (RELAY_FORW, RELAY_REPL):
        return None
    link, peer = IPv6Address(data[2:18]), IPv6Address(data[18:34])
    return RelayMessage(data[0], data[1], link, peer, dhcp6.read_options(data[_HEADER:]))
