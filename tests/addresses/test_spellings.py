"""Every spelling of an address means that address, and the canonical one comes first."""

from __future__ import annotations

import random
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from ipv6lab.addresses.spellings import any_spelling, spellings, with_port
from ipv6lab.addresses.text import written

DRAWN = random.Random(31)
ADDRESSES = [
    *(IPv6Address(DRAWN.getrandbits(128)) for _number in range(20)),
    *(IPv6Address(DRAWN.getrandbits(128) & 0xFFFF_0000_0000_FFFF << 48) for _number in range(20)),
    *map(IPv6Address, ("::", "::1", "1::", "2001:db8::7", "1:0:2:0:3:0:4:0")),
    *(IPv4Address(DRAWN.getrandbits(32)) for _number in range(20)),
]


@pytest.mark.parametrize("address", ADDRESSES, ids=str)
def test_all_mean_the_same(address: IPv4Address | IPv6Address) -> None:
    found = spellings(address)
    assert found[0] == written(address)
    assert len(found) == len(set(found)) >= 2
    for one in found:
        meant = ip_address(one)
        mapped = meant.ipv4_mapped if isinstance(meant, IPv6Address) else None
        assert (mapped or meant) == address


def test_a_port_stands_behind_brackets() -> None:
    assert with_port("192.0.2.7") == ["192.0.2.7:4711"]
    assert with_port("2001:db8::7") == ["[2001:db8::7]", "[2001:db8::7]:4711"]
    texts = {any_spelling(IPv4Address("192.0.2.7"), DRAWN) for _number in range(200)}
    assert {"192.0.2.7", "192.0.2.7:4711", "[::ffff:192.0.2.7]:4711"} < texts
