"""Which addresses are asked for: a sweep looks at every bit, and a trick is never on the list."""

from __future__ import annotations

import random
from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest

from ipv6lab.expect import application

ALLOWED = [
    ip_network(one)
    for one in (
        "2001:db8:100:110::/64",
        "198.18.10.0/24",
        "2001:db8:100:660::/64",
        "3fff:e:4a80::/41",
        "203.0.113.192/27",
    )
]


@pytest.mark.parametrize("network", ALLOWED, ids=str)
def test_a_sweep_has_both_sides_of_every_bit(network: IPv4Network | IPv6Network) -> None:
    found = set(application._sweep(network, random.Random(1)))
    assert {network[0], network[-1], network[0] - 1, network[-1] + 1} <= found
    first = int(network[0])
    for bit in range(network.max_prefixlen):
        assert type(network[0])(first ^ 1 << bit) in found
    if network.version == 4:
        assert set(network) <= found


@pytest.mark.parametrize("network", ALLOWED, ids=str)
def test_no_trick_means_an_address_of_the_list(network: IPv4Network | IPv6Network) -> None:
    draw = random.Random(2)
    for _number in range(50):
        tricks = application._tricks(application._draw(network, draw), draw, ALLOWED)
        assert len(tricks) > 20
        for one in tricks:
            text = one.split(",")[-1].strip()
            if text.startswith("["):
                text = text[1:].partition("]")[0]
            elif text.count(":") == 1:
                text = text.partition(":")[0]
            meant = application._means(text.partition("%")[0])
            assert meant is None or not any(meant in other for other in ALLOWED), one


def test_addresses_that_are_drawn_have_short_texts_and_are_nobody_s() -> None:
    draw = random.Random(3)
    drawn = [application._with_zeros(draw) for _number in range(200)]
    assert sum("::" in str(one) for one in drawn) > 100
    for family in (4, 6):
        one = application._nobody(draw, ALLOWED, family)
        assert one.version == family
        assert not any(one in network for network in ALLOWED)
