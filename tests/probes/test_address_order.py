"""The order of addresses, with the policy table that a gai.conf(5) makes."""

from ipaddress import ip_address

import pytest

from ipv6lab.addresses.selection import order_destinations, policy, source
from ipv6lab.probes.seen import address_order
from ipv6lab.probes.seen.address_order import parse
from tests.probes.stage import Stage, isolated

GLOBAL, LOCAL, OLD = "2001:db8:1::1", "fd11:1111:1111::1", "198.51.100.121"


def row(text, address):
    found = policy(ip_address(address), parse(text))
    return found.precedence, found.label


def first(text, destinations, sources):
    wanted = [ip_address(one) for one in destinations]
    return str(order_destinations(wanted, [source(one) for one in sources], parse(text))[0])


def test_without_a_file_the_library_has_its_own():
    assert row("", GLOBAL) == (40, 1)
    assert row("", OLD) == (10, 4)
    assert row("", LOCAL) == (40, 6)  # RFC 6724 has 3 and 13
    assert row("", "2002::1") == (30, 2)


@pytest.mark.parametrize(
    "text",
    [
        "#precedence ::ffff:0:0/96 100",
        "precedence ::ffff:0:0/96",
        "precedence nonsense 100",
        "scopev4 ::ffff:169.254.0.0/112 2\nreload yes",
    ],
)
def test_what_says_nothing_changes_nothing(text):
    assert set(parse(text)) == set(parse(""))


def test_one_line_replaces_all_of_its_kind():
    text = "precedence ::ffff:0:0/96 100  # IPv4 first"
    assert row(text, OLD) == (100, 4)
    assert row(text, "2002::1") == (40, 2)
    assert row("label 2001:db8::/32 9", GLOBAL) == (40, 9)
    assert row("label 2001:db8::/32 9", OLD) == (10, 1)


def test_ipv4_first():
    pair, own = (GLOBAL, OLD), ("2001:db8:1::2", "198.51.100.2")
    assert first("", pair, own) == GLOBAL
    assert first("precedence ::ffff:0:0/96 100", pair, own) == OLD
    assert first("precedence ::ffff:0:0/96 100", pair, own[:1]) == GLOBAL


@isolated
def test_what_a_node_cannot_reach_comes_last():
    stage = Stage()
    stage.settle()
    pc1, plan = stage.lab.node("pc1"), stage.plan
    pair = [plan["app.address4"], plan["app.address"]]
    stage.address("pc1", "eth0", f"{plan['staff.network']}11/64", nodad=True)
    assert [str(one) for one in address_order.order(pc1, pair)] == pair
    stage.route("pc1", "::/0", plan["staff.router"])
    assert [str(one) for one in address_order.order(pc1, pair)] == pair[::-1]
    facts = stage.lab.record.evidence[-1]["facts"]
    assert facts["sources"][plan["app.address"]] == f"{plan['staff.network']}11"
