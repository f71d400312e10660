"""What one line of a log, one counter or one flow says of the traffic, and who was at its ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from ipv6lab.addresses.text import MAPPED
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NATIVE, TUNNEL, IPV4, NAT64, OTHER = "ipv6", "tunnel", "ipv4", "nat64", "excluded"
KINDS = (NATIVE, TUNNEL, IPV4, NAT64, OTHER)

# 6to4 (RFC 3056) and Teredo (RFC 4380): IPv6 that was carried in IPv4.
SIX_TO_FOUR = IPv6Network("2002::/16")
TUNNELS = (SIX_TO_FOUR, IPv6Network("2001::/32"))
# RFC 6052 section 2.1 and RFC 8215: behind these is IPv4.
TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
IPV6_IN_IPV4 = 41  # protocol number of 6in4, 6to4 and 6rd
CONTROL = frozenset({1, 2, 58, 89, 103, 112})  # ICMP, IGMP, ICMPv6, OSPF, PIM, VRRP: nobody's use

# Texts that are kept with what they mean: in logs the same clients and days come again and again.
KEPT = 1 << 16
LARGEST = 10**18  # octets in one line; more is a mistake or malice


class Bad(Exception):
    """A line says nothing that can be counted; the message says why, never what stood there."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class Record(NamedTuple):
    """One line. `ends` are its addresses, the client first; `size` is in octets.

    `month` is ``2026-11``, empty where the line has no time. A counter has no ends: it tells its
    `kind` and its `place` by its name, and its `requests` are unknown (0).
    """

    ends: tuple[Address, ...]
    size: int
    month: str = ""
    requests: int = 1
    protocol: int | None = None
    kind: str = ""
    place: str = ""


@dataclass(frozen=True)
class Rules:
    """How addresses are told apart, beyond what is well known."""

    sixrd: tuple[IPv6Network, ...] = ()
    nat64: tuple[IPv6Network, ...] = ()
    exclude: tuple[Network, ...] = ()
    offices: tuple[tuple[str, tuple[Network, ...]], ...] = ()

    def kind(self, record: Record) -> str:
        """To which of `KINDS` a record belongs: each to one, so that nothing counts twice."""
        if record.kind:
            return record.kind
        if any(_apart(end) or _within(end, self.exclude) for end in record.ends):
            return OTHER
        if record.protocol in CONTROL:
            return OTHER
        if any(_within(end, TRANSLATED + self.nat64) for end in record.ends):
            return NAT64
        if record.protocol == IPV6_IN_IPV4:
            return TUNNEL
        if any(_within(end, TUNNELS + self.sixrd) for end in record.ends):
            return TUNNEL
        return IPV4 if record.ends[0].version == 4 else NATIVE

    def office(self, record: Record) -> tuple[str, Address | None]:
        """The office of a record, and which of its ends is there; else its place and client."""
        for end in record.ends:
            for name, networks in self.offices:
                if _within(end, networks):
                    return name, end
        return record.place, record.ends[0] if record.ends else None


@lru_cache(KEPT)
def address(text: str) -> Address:
    """An address of a log: IPv4-mapped ones are IPv4, a zone is left out. Raises Bad."""
    text = text.strip().removeprefix("[").removesuffix("]").partition("%")[0]
    try:
        found = ip_address(text)
    except ValueError:
        raise Bad(_("no address where the client's should be")) from None
    if isinstance(found, IPv6Address) and found in MAPPED:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return found


def number(text: object) -> int:
    """A count of octets or packets; ``-`` is none. Raises Bad."""
    if isinstance(text, int) and not isinstance(text, bool):
        found = text
    elif isinstance(text, str) and text.strip() in ("-", ""):
        return 0
    elif isinstance(text, str) and text.strip().isascii() and text.strip().isdigit():
        found = int(text) if len(text) < 32 else LARGEST + 1
    else:
        raise Bad(_("no number where the octets should be"))
    if not 0 <= found <= LARGEST:
        raise Bad(_("an impossible number of octets"))
    return found


def truncated(found: Address) -> Network:
    """What may be published of a client's address: its /48, or its /24."""
    if found.version == 4:
        return ip_network((found, 24), strict=False)
    # The /48 of 6to4 is a whole IPv4 address; of that no more than its /24 is told either.
    return ip_network((found, 40 if found in SIX_TO_FOUR else 48), strict=False)


def network(text: str) -> Network:
    """A prefix as an option gives it. Raises LabError."""
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        raise LabError(
            _("{prefix} is no prefix; write one such as 2001:db8::/32.", prefix=text)
        ) from None


def network6(text: str) -> IPv6Network:
    """An IPv6 prefix as an option gives it. Raises LabError."""
    found = network(text)
    if not isinstance(found, IPv6Network):
        raise LabError(
            _("{prefix} is no IPv6 prefix; write one such as 2001:db8::/32.", prefix=text)
        )
    return found


def _within(one: Address, networks: tuple[Network, ...]) -> bool:
    return any(one.version == each.version and one in each for each in networks)


def _apart(one: Address) -> bool:
    """Neighbour discovery, multicast and a machine's talk with itself: no use of a network."""
    return one.is_multicast or one.is_link_local or one.is_loopback or one.is_unspecified
