"""Whether a node looks for a duplicate before it takes an address."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network

from ipv6lab.network.netlink import (
    Address,
    Netlink,
    NetlinkError,
    add_address,
    delete_address,
    wait_until,
)
from ipv6lab.probes.asks.node import Node
from ipv6lab.probes.hosts.claimants import claimants
from ipv6lab.probes.hosts.fresh import FreshHost
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.vantage import Testbed
from ipv6lab.words.message import _
from ipv6lab.words.waits import RETRANS_TIMER, waits


@dataclass(frozen=True)
class Trial:
    """How a node took two new addresses: one that a fresh host has, and one that nobody has."""

    node: str
    refused_taken: bool
    took_free: bool


@waits(RETRANS_TIMER, RETRANS_TIMER)
def try_addresses(lab: Testbed, link: str, nodes: Iterable[Node], prefix: object) -> list[Trial]:
    """Give each node an address that is taken and one that is free, see what it does, and undo it.

    A node with Duplicate Address Detection takes the free one only. It disturbs what others see of
    these nodes, so the check has to be `alone`. Raises Failed when a node takes no address at all.
    """
    network = IPv6Network(str(prefix))
    record = lab.record
    tried = [(node, _random(network), _random(network)) for node in nodes]
    doing = _("waiting whether addresses that are taken are refused on {link}", link=link)
    with record.waiting(doing), ExitStack() as opened:
        host = opened.enter_context(FreshHost(lab, link, autoconfigure=False))
        with Netlink(host.namespace) as netlink:
            netlink.send(
                [add_address(host.index, f"{one}/128", nodad=True) for _n, one, _f in tried]
            )
        _until_heard(lab, link, host, [taken for _node, taken, _free in tried])
        for node, taken, free in tried:
            _give(node, link, (taken, free), opened)
        trials = [_outcome(node, taken, free) for node, taken, free in tried]
    for trial in trials:
        record.add(
            "duplicate",
            trial.node,
            _("{node} was given an address that is taken, and one that is free.", node=trial.node),
            {"refused_taken": trial.refused_taken, "took_free": trial.took_free},
        )
    return trials


def _until_heard(lab: Testbed, link: str, host: FreshHost, addresses: list[IPv6Address]) -> None:
    """Wait until the host answers for its addresses: a switch that snoops on MLD may not yet know
    that it has joined their groups."""
    while lab.record.left():
        found = claimants(lab, link, addresses)
        if all(host.name in found[one] for one in addresses):
            return


def _give(node: Node, link: str, addresses: tuple[IPv6Address, ...], opened: ExitStack) -> None:
    with Netlink(node.namespace) as netlink:
        index = netlink.link(node.interface(link).name).index
        for address in addresses:
            opened.callback(_take, node, index, address)
        try:
            # A /128 brings no route along.
            netlink.send([add_address(index, f"{address}/128") for address in addresses])
        except NetlinkError:
            raise Failed(
                _("{node} takes no IPv6 address on {link}.", node=node.name, link=link)
            ) from None


def _take(node: Node, index: int, address: IPv6Address) -> None:
    with suppress(NetlinkError), Netlink(node.namespace) as netlink:
        netlink.send([delete_address(index, f"{address}/128")])


def _outcome(node: Node, taken: IPv6Address, free: IPv6Address) -> Trial:
    def decided(netlink: Netlink) -> list[Address]:
        found = [one for one in netlink.addresses(family=6) if one.address in (taken, free)]
        return [] if any(one.tentative and not one.dadfailed for one in found) else found

    left = node.lab.record.left()
    found = {one.address: one for one in wait_until(decided, left, node.namespace, "address")}
    refused = taken not in found or found[taken].dadfailed
    return Trial(node.name, refused, free in found and found[free].usable)


def _random(network: IPv6Network) -> IPv6Address:
    """An address with an interface identifier that is not reserved (RFC 5453)."""
    return network[0x0200_0000_0000_0000 | secrets.randbits(56)]
