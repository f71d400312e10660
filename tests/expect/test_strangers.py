"""Strangers come from everywhere but from where one may come."""

from ipaddress import ip_address, ip_network

import pytest

from ipv6lab.course import content
from ipv6lab.course.plan import addressing_plan
from ipv6lab.expect import strangers
from ipv6lab.probes import Lab

LAB = Lab(None, addressing_plan(content.find()))
BRANCH = ip_network(LAB.plan["br-dn.prefix"])


@pytest.mark.parametrize("family", [6, 4])
def test_they_are_of_every_kind_and_never_allowed(family):
    allowed = [BRANCH, "198.19.0.0/16", "fd00::/8"]
    found = strangers.drawn(LAB, allowed, family)
    addresses = [one.address for one in found]
    assert len(set(addresses)) == len(addresses) > 60
    assert {one.version for one in addresses} == {family}
    assert not [one for one in addresses for net in allowed if one in ip_network(net)]
    kinds = strangers.KINDS6 if family == 6 else strangers.KINDS4
    assert {one.kind for one in found} >= set(kinds) - {"benchmarks"}


def test_the_agencys_other_sites_and_the_neighbours_of_what_is_allowed_are_among_them():
    found = strangers.drawn(LAB, [BRANCH])
    assert {"hq", "br-hcm", "staff", "partner2", "outside"} <= {one.kind for one in found}
    beside = [one.address for one in found if one.kind == "next to it"]
    assert any(one in BRANCH.supernet(1) for one in beside)


def test_no_two_draws_are_the_same():
    first, second = (strangers.drawn(LAB, [BRANCH]) for _draw in range(2))
    shared = {one.address for one in first} & {one.address for one in second}
    assert len(shared) < len(first) / 4  # those of links with two addresses


def test_someone_in_a_network_but_not_there():
    for _draw in range(50):
        assert strangers.someone_in("192.0.2.0/30", ["192.0.2.0/31", "192.0.2.2"]) == ip_address(
            "192.0.2.3"
        )
    with pytest.raises(ValueError, match="nobody is left"):
        strangers.someone_in("192.0.2.0/30", ["192.0.2.0/24"])
