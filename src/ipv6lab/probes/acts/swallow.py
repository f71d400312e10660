"""A node that takes packets and never answers them over IPv6, for a while: a black hole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ipv6lab.network.netlink import Netlink, add_route, delete_route
from ipv6lab.probes.asks.node import Node
from ipv6lab.words.message import _

LOOPBACK = "lo"
EVERYBODY = ("::/1", "8000::/1")  # before any default route
BEST = 1  # metric: before the kernel's own routes to its links


@contextmanager
def swallowing(node: Node) -> Iterator[None]:
    """Let what comes over IPv6 get to a node, and nothing back, not even an error.

    It should be a node that no trainee configures: what it sends stays in its own loopback. IPv4
    goes on as before, and so does what it says to its neighbours. The check has to be `alone`.
    """
    record = node.lab.record
    own = {str(one.network) for one in node.addresses(family=6) if one.scope == "global"}
    with Netlink(node.namespace) as netlink:
        index = netlink.link(LOOPBACK).index
        wanted = [*EVERYBODY, *sorted(own)]
        try:
            netlink.send([add_route(one, index=index, metric=BEST, replace=True) for one in wanted])
            record.say(_("{node} answers nobody for a while", node=node.name))
            yield
        finally:
            netlink.send([delete_route(one, index=index, metric=BEST) for one in wanted])
    record.add(
        "swallowing",
        node.name,
        _("{node} answered nothing over IPv6 for a while.", node=node.name),
        {"networks": wanted},
    )
