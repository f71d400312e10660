"""Addresses and prefixes as text."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Interface, IPv6Network

MAPPED = IPv6Network("::ffff:0:0/96")  # IPv4 as an IPv6 socket sees it (RFC 4291 section 2.5.5.2)


def canonical(text: str) -> str:
    """The one text of an address (RFC 5952). Raises ValueError when `text` is none.

    >>> canonical("2001:DB8:0:0:1:0:0:1")
    '2001:db8::1:0:0:1'
    """
    return written(IPv6Address(text))


def written(address: object) -> str:
    """An address or prefix as RFC 5952 writes it, on every Python alike: with dots where it is
    known that IPv4 is inside (section 5).

    >>> written(IPv6Address("::ffff:c000:201")), written(IPv6Network("::ffff:0:0/96"))
    ('::ffff:192.0.2.1', '::ffff:0:0/96')
    """
    if isinstance(address, IPv6Network):
        first, length = address.network_address, address.prefixlen
        # Of IPv4 in a shorter prefix nothing is known.
        return f"{written(first) if length > MAPPED.prefixlen else _hex(first)}/{length}"
    if isinstance(address, IPv6Interface):
        return f"{written(address.ip)}/{address.network.prefixlen}"
    if not isinstance(address, IPv6Address):
        return str(address)
    zone = f"%{address.scope_id}" if address.scope_id else ""
    if address in MAPPED:
        return f"::ffff:{IPv4Address(int(address) & 0xFFFFFFFF)}{zone}"
    return _hex(address) + zone


def _hex(address: IPv6Address) -> str:
    """Eight groups, the first of the longest runs of zeros left out (RFC 5952 section 4)."""
    groups = [f"{int.from_bytes(address.packed[at : at + 2], 'big'):x}" for at in range(0, 16, 2)]
    runs = [
        (length, -start)
        for start in range(8)
        for length in range(2, 9 - start)
        if groups[start : start + length] == ["0"] * length
    ]
    if not runs:
        return ":".join(groups)
    length, start = max(runs)
    return ":".join(groups[:-start]) + "::" + ":".join(groups[length - start :])


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
