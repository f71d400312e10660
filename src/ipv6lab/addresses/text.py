"""Addresses and prefixes as text."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network


def canonical(text: str) -> str:
    """The one text of an address (RFC 5952). Raises ValueError when `text` is none.

    >>> canonical("2001:DB8:0:0:1:0:0:1")
    '2001:db8::1:0:0:1'
    """
    return written(IPv6Address(text))


def written(address: IPv6Address) -> str:
    """An address as RFC 5952 writes it: with dots where IPv4 is known to be inside (§5)."""
    if address.ipv4_mapped is not None:
        return f"::ffff:{address.ipv4_mapped}"
    return str(IPv6Address(int(address)))


def stands_for(text: str, prefix: IPv6Network) -> bool:
    """Whether a text such as ``12AB:0:0:CD30::/60`` is a way to write this prefix (RFC 4291 §2.3).

    The trailing zeros of a group may not be left out, so ``12AB::CD3/60`` is another prefix.
    """
    address, separator, length = text.partition("/")
    if not separator or not length.isdecimal():
        return False
    try:
        return (IPv6Address(address), int(length)) == (prefix.network_address, prefix.prefixlen)
    except ValueError:
        return False
