"""Default address selection (RFC 6724): which source, and in which order destinations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

Address = IPv4Address | IPv6Address


class Policy(NamedTuple):
    """One row of the policy table (§2.1)."""

    prefix: IPv6Network
    precedence: int
    label: int


TABLE = tuple(
    Policy(IPv6Network(prefix), precedence, label)
    for prefix, precedence, label in (
        ("::1/128", 50, 0),
        ("::/0", 40, 1),
        ("::ffff:0:0/96", 35, 4),
        ("2002::/16", 30, 2),
        ("2001::/32", 5, 5),
        ("fc00::/7", 3, 13),
        ("::/96", 1, 3),
        ("fec0::/10", 1, 11),
        ("3ffe::/16", 1, 12),
    )
)

_LINK_LOCAL, _SITE_LOCAL, _GLOBAL = 0x2, 0x5, 0xE


@dataclass(frozen=True)
class Source:
    """An address of a node's own, and what it knows of it."""

    address: Address
    deprecated: bool = False
    temporary: bool = False
    home: bool = False
    care_of: bool = False


def mapped(address: Address) -> IPv6Address:
    """An IPv4 address as the rules see it (§3.2)."""
    if isinstance(address, IPv4Address):
        return IPv6Address(0xFFFF << 32 | int(address))
    return address


def policy(address: Address, table: Iterable[Policy] = TABLE) -> Policy:
    """The row that an address falls under: the one with the longest prefix."""
    matching = (row for row in table if mapped(address) in row.prefix)
    return max(matching, key=lambda row: row.prefix.prefixlen)


def scope(address: Address) -> int:
    """An address's scope, in the numbers of multicast scopes (§3.1, §3.2)."""
    if isinstance(address, IPv4Address):
        return _LINK_LOCAL if address.is_link_local or address.is_loopback else _GLOBAL
    if address.is_multicast:
        return address.packed[1] & 0xF
    if address.is_link_local or address.is_loopback:
        return _LINK_LOCAL
    return _SITE_LOCAL if address.is_site_local else _GLOBAL


def common_length(source: Address, destination: Address) -> int:
    """CommonPrefixLen: equal leading bits, of the first 64 at most (§2.2)."""
    different = (int(mapped(source)) ^ int(mapped(destination))) >> 64
    return 64 - different.bit_length()


def choose_source(
    destination: Address, candidates: Sequence[Source], table: Iterable[Policy] = TABLE
) -> Source | None:
    """The source address for a destination (§5), from addresses of one interface."""
    rows = tuple(table)
    wanted = [s for s in candidates if isinstance(s.address, type(destination))]
    best: Source | None = None
    for candidate in wanted:  # the first of equals
        if best is None or _compare(destination, candidate, best, rows)[0] > 0:
            best = candidate
    return best


def deciding_rule(
    destination: Address, one: Source, other: Source, table: Iterable[Policy] = TABLE
) -> int | None:
    """The rule of §5 that tells two source addresses apart; None when all hold both equal."""
    return _compare(destination, one, other, tuple(table))[1]


def _compare(
    destination: Address, one: Source, other: Source, rows: tuple[Policy, ...]
) -> tuple[int, int | None]:
    """Above 0 when the first is better, and by which rule."""
    rules: tuple[tuple[int, Callable[[Source], int]], ...] = (
        (1, lambda s: s.address == destination),
        (3, lambda s: not s.deprecated),
        (4, lambda s: s.home or not s.care_of),
        (6, lambda s: policy(s.address, rows).label == policy(destination, rows).label),
        (7, lambda s: s.temporary),
        (8, lambda s: common_length(s.address, destination)),
    )
    for number, rule in rules:
        found = int(rule(one)) - int(rule(other))
        if found:
            return found, number
        if number == 1:
            scopes = (scope(address) for address in (one.address, other.address, destination))
            found = _by_scope(*scopes)
            if found:
                return found, 2
    return 0, None


def _by_scope(one: int, other: int, destination: int) -> int:
    """Rule 2: the smaller scope, unless it is smaller than the destination's."""
    if one == other:
        return 0
    if one < other:
        return -1 if one < destination else 1
    return 1 if other < destination else -1


def order_destinations(
    destinations: Sequence[Address], candidates: Sequence[Source], table: Iterable[Policy] = TABLE
) -> list[Address]:
    """Destinations in the order in which they should be tried (§6)."""
    rows = tuple(table)
    sources = {one: choose_source(one, candidates, rows) for one in destinations}

    def rank(address: Address) -> tuple[int, ...]:
        source = sources[address]
        if source is None:  # rule 1
            return (0,)
        own = policy(address, rows)
        return (
            1,
            scope(address) == scope(source.address),  # 2
            not source.deprecated,  # 3
            source.home or not source.care_of,  # 4
            own.label == policy(source.address, rows).label,  # 5
            own.precedence,  # 6
            -scope(address),  # 8
        )

    def compare(one: Address, other: Address) -> int:
        if rank(one) != rank(other):
            return -1 if rank(one) > rank(other) else 1
        first, second = sources[one], sources[other]
        if first and second and isinstance(one, type(other)):  # 9
            lengths = [common_length(s.address, d) for s, d in ((first, one), (second, other))]
            return lengths[1] - lengths[0]
        return 0

    return sorted(destinations, key=cmp_to_key(compare))


def source(text: str) -> Source:
    """A source as tables write it: an address, then words such as ``deprecated temporary``.

    Raises ValueError for a word it does not know; ``public`` means not temporary.
    """
    address, *words = text.split()
    flags = {word.replace("-", "_"): True for word in words if word != "public"}
    if unknown := flags.keys() - {"deprecated", "temporary", "home", "care_of"}:
        raise ValueError(f"{text!r}: unknown {', '.join(sorted(unknown))}")
    return Source(ip_address(address), **flags)
