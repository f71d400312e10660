"""Who claims an address, and whether a node looks before it takes one."""

import time
from ipaddress import IPv6Address

import pytest

from ipv6lab.probes import Failed, Record
from ipv6lab.probes.hosts.claimants import duplicate_question
from ipv6lab.wire import nd
from tests.probes.stage import ROUTER, Stage, isolated

SOMEONE = "2001:db8:100:110::77"


def ready():
    stage = Stage()
    stage.settle()
    stage.lab.record = Record(time.monotonic() + 20)
    return stage


def test_the_question_is_what_hosts_accept():
    message = nd.decode(duplicate_question("02:00:5e:00:53:01", IPv6Address(SOMEONE)))
    assert isinstance(message, nd.NeighbourSolicitation)
    assert not message.flaws
    assert (message.source, message.target) == (nd.UNSPECIFIED, IPv6Address(SOMEONE))
    assert message.destination == IPv6Address("ff02::1:ff00:77")


@isolated
def test_everybody_who_claims_an_address_is_named():
    stage = ready()
    for node in ("pc1", "pc2"):
        stage.address(node, "eth0", f"{SOMEONE}/64", nodad=True)
    router, nobody = stage.plan["staff.router"], stage.plan["staff.network"] + "9999"
    found = stage.lab.link("staff").claimants([SOMEONE, router, nobody])
    assert {str(address): sorted(nodes) for address, nodes in found.items()} == {
        SOMEONE: ["pc1", "pc2"],
        router: [ROUTER],
        nobody: [],
    }
    # Nobody lost an address by being asked.
    assert all(one.usable for node in ("pc1", "pc2") for one in stage.lab.node(node).addresses())


@isolated
def test_a_node_that_looks_for_duplicates_refuses_what_is_taken():
    stage = ready()
    stage.set("pc2", "net/ipv6/conf/eth0/dad_transmits", 0)
    nodes = [stage.lab.node(name) for name in ("pc1", "pc2")]
    before = [node.addresses() for node in nodes]
    trials = stage.lab.link("staff").try_addresses(nodes, stage.plan["staff.prefix"])
    assert [(one.node, one.refused_taken, one.took_free) for one in trials] == [
        ("pc1", True, True),
        ("pc2", False, True),
    ]
    assert [node.addresses() for node in nodes] == before


@isolated
def test_a_node_without_ipv6_takes_no_address():
    stage = ready()
    stage.set("pc1", "net/ipv6/conf/eth0/disable_ipv6", 1)
    with pytest.raises(Failed, match="takes no IPv6 address"):
        stage.lab.link("staff").try_addresses([stage.lab.node("pc1")], stage.plan["staff.prefix"])
