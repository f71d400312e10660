"""The ways in which one address is written (RFC 4291 section 2.2), of which RFC 5952 likes one."""

from __future__ import annotations

import random
from ipaddress import IPv4Address, IPv6Address

from ipv6lab.addresses.text import written

Address = IPv4Address | IPv6Address
PORT = 4711


def spellings(address: Address) -> list[str]:
    """Texts that mean an address, the canonical one first; of IPv4 the mapped ones as well."""
    if isinstance(address, IPv4Address):
        high, low = int(address) >> 16, int(address) & 0xFFFF
        return [
            str(address),
            f"::ffff:{address}",
            f"::FFFF:{high:x}:{low:x}",
            f"0:0:0:0:0:ffff:{high:04x}:{low:04x}",
        ]
    groups = [f"{int(address) >> shift & 0xFFFF:x}" for shift in range(112, -16, -16)]
    found = [
        written(address),
        address.exploded.upper(),
        ":".join(groups),
        address.exploded,
        _one_zero(groups),
        written(address).upper(),
    ]
    return list(dict.fromkeys(found))


def with_port(text: str) -> list[str]:
    """The same with what stands around it where a port may follow (RFC 3986 section 3.2.2)."""
    if ":" not in text:
        return [f"{text}:{PORT}"]
    return [f"[{text}]", f"[{text}]:{PORT}"]


def any_spelling(address: Address, draw: random.Random) -> str:
    """One of all these ways, by lot."""
    text = draw.choice(spellings(address))
    return draw.choice([text, *with_port(text)])


def _one_zero(groups: list[str]) -> str:
    """With the last zero group left out alone, which RFC 5952 section 4.2.2 forbids."""
    if "0" not in groups:
        return ":".join(groups)
    at = max(number for number, group in enumerate(groups) if group == "0")
    before, after = ":".join(groups[:at]), ":".join(groups[at + 1 :])
    return f"{before}::{after}"
