"""In which order a node tries the addresses of a name: what its getaddrinfo(3) would answer.

The rules are those of RFC 6724. The C library has a policy table of its own and takes another from
``/etc/gai.conf``, which is read as data; the sources are those that the node's kernel has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from ipaddress import IPv6Network, ip_address

from ipv6lab.addresses.selection import (
    Address,
    Policy,
    Source,
    choose_source,
    order_destinations,
)
from ipv6lab.probes.seen import nodefiles
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.words.message import _

FILE = "/etc/gai.conf"
Rows = dict[IPv6Network, int]


def _rows(values: dict[str, int]) -> Rows:
    return {IPv6Network(prefix): value for prefix, value in values.items()}


# glibc 2.36, sysdeps/posix/getaddrinfo.c: it follows RFC 3484, which the rules for IPv4 outlived.
LABELS = _rows(
    {
        "::1/128": 0,
        "::/0": 1,
        "2002::/16": 2,
        "::/96": 3,
        "::ffff:0:0/96": 4,
        "fec0::/10": 5,
        "fc00::/7": 6,
        "2001::/32": 7,
    }
)
PRECEDENCES = _rows({"::1/128": 50, "::/0": 40, "2002::/16": 30, "::/96": 20, "::ffff:0:0/96": 10})
# What a table of the file's own gives an address that none of its rows covers.
ELSE_LABEL, ELSE_PRECEDENCE = 1, 40


def parse(text: str) -> tuple[Policy, ...]:
    """The policy table that the C library makes of the text of a ``gai.conf``.

    Lines of one kind (``label``, ``precedence``) replace all rows of that kind; what cannot be
    read does not count.

    >>> [row.precedence for row in parse("precedence ::ffff:0:0/96 100") if row.precedence > 40]
    [100]
    """
    found: dict[str, Rows] = {"label": {}, "precedence": {}}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if len(words) == 3 and words[0] in found:
            with suppress(ValueError):
                found[words[0]][IPv6Network(words[1], strict=False)] = int(words[2])
    labels = found["label"] or LABELS
    precedences = found["precedence"] or PRECEDENCES
    prefixes = {*labels, *precedences, IPv6Network("::/0")}
    return tuple(
        Policy(
            prefix,
            _longest(precedences, prefix, ELSE_PRECEDENCE),
            _longest(labels, prefix, ELSE_LABEL),
        )
        for prefix in prefixes
    )


def _longest(rows: Rows, prefix: IPv6Network, otherwise: int) -> int:
    """The value of the longest row that covers a prefix."""
    covering = [row for row in rows if prefix.subnet_of(row)]
    return rows[max(covering, key=lambda row: row.prefixlen)] if covering else otherwise


def table(node: Vantage) -> tuple[Policy, ...]:
    """The policy table of a node."""
    data = nodefiles.read(node.lab.fabric.namespace(node.name), FILE) or b""
    return parse(data.decode("utf-8", "replace"))


def sources(node: Vantage) -> list[Source]:
    """The addresses that a node's connections may come from."""
    return [
        Source(one.address, one.deprecated, one.temporary)
        for one in node.addresses()
        if one.usable and not one.address.is_loopback
    ]


def order(node: Vantage, destinations: Iterable[object]) -> list[Address]:
    """Addresses in the order in which programs on the node try them.

    What the node has no route or no source for comes last (RFC 6724 section 6, rule 1).
    """
    found: Sequence[Address] = [ip_address(str(one)) for one in destinations]
    rows, own = table(node), sources(node)
    reached = [one for one in found if _has_route(node, one)]
    ordered = order_destinations(reached, own, rows)
    ordered += [one for one in found if one not in reached]
    node.lab.record.add(
        "selection",
        node.name,
        _("{node} tries these addresses in this order.", node=node.name),
        {
            "order": [str(one) for one in ordered],
            "sources": {
                str(one): str(chosen.address)
                for one in reached
                if (chosen := choose_source(one, own, rows))
            },
            "table": [f"{prefix} {precedence} {label}" for prefix, precedence, label in rows],
        },
    )
    return ordered


def _has_route(node: Vantage, address: Address) -> bool:
    try:
        node.route_to(address)
    except Failed:
        return False
    return True
