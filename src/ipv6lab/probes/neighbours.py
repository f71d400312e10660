"""Who claims an address on a link, and whether a node looks before it takes one."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from ipv6lab.addresses.identifiers import multicast_mac, solicited_node
from ipv6lab.network.netlink import (
    Address,
    Netlink,
    NetlinkError,
    add_address,
    delete_address,
    wait_until,
)
from ipv6lab.probes import filters, nd
from ipv6lab.probes.outcome import Failed
from ipv6lab.probes.packet import (
    ETH_P_IPV6,
    ICMPV6,
    Packet,
    checksum,
    ethernet,
    ipv6,
    pseudo_header,
)
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.probes.link import Link
    from ipv6lab.probes.node import Node

RETRANS_TIMER = 1.0  # seconds until Duplicate Address Detection has heard enough: RFC 4862


def claimants(link: Link, addresses: Iterable[object]) -> dict[IPv6Address, list[str]]:
    """The nodes that answer for each address when a fresh host is about to take it.

    Asks as Duplicate Address Detection does, from the unspecified address, twice, and listens for
    as long as it does. That is no harm to whoever has the address; wait (`Link.settle`) until
    nobody is only about to have it.
    """
    record = link.lab.record
    asked = [IPv6Address(str(one)) for one in addresses]
    found: dict[IPv6Address, list[str]] = {address: [] for address in asked}
    kept: list[Packet] = []
    doing = _("asking on {link} who has which address", link=link.name)
    with (
        record.waiting(doing),
        link.capture(_is_sent_advertisement, filters.NEIGHBOUR_DISCOVERY) as capture,
        link.attach(autoconfigure=False) as guest,
    ):
        for _round in range(2):
            guest.inject(*(duplicate_question(guest.mac, address) for address in found))
            capture.listen(record.until(RETRANS_TIMER / 2))
        for packet in capture.packets:
            message = nd.decode(packet)
            assert isinstance(message, nd.NeighbourAdvertisement)
            if message.target in found and packet.node not in found[message.target]:
                found[message.target].append(packet.node)
                kept.append(packet)
    record.add(
        "claimants",
        link.name,
        _("{count} addresses were asked for on {link}.", count=len(found), link=link.name),
        {str(address): nodes for address, nodes in found.items()},
        kept,
    )
    return found


def duplicate_question(mac: str, address: IPv6Address) -> bytes:
    """The frame with which Duplicate Address Detection asks (RFC 4862 section 5.4.2)."""
    group = solicited_node(address)
    message = struct.pack("!BBHI", nd.NEIGHBOUR_SOLICITATION, 0, 0, 0) + address.packed
    total = checksum(pseudo_header(nd.UNSPECIFIED, group, len(message), ICMPV6) + message)
    message = message[:2] + struct.pack("!H", total) + message[4:]
    packet = ipv6(nd.UNSPECIFIED, group, ICMPV6, message, hop_limit=255)
    return ethernet(mac, multicast_mac(group), ETH_P_IPV6, packet)


@dataclass(frozen=True)
class Trial:
    """How a node took two new addresses: one that a fresh host has, and one that nobody has."""

    node: str
    refused_taken: bool
    took_free: bool


def try_addresses(link: Link, nodes: Iterable[Node], prefix: object) -> list[Trial]:
    """Give each node an address that is taken and one that is free, see what it does, and undo it.

    A node with Duplicate Address Detection takes the free one only. It disturbs what others see of
    these nodes, so the check has to be `alone`. Raises Failed when a node takes no address at all.
    """
    network = IPv6Network(str(prefix))
    record = link.lab.record
    tried = [(node, _random(network), _random(network)) for node in nodes]
    doing = _("waiting whether addresses that are taken are refused on {link}", link=link.name)
    with record.waiting(doing), ExitStack() as opened:
        guest = opened.enter_context(link.attach(autoconfigure=False))
        with Netlink(guest.namespace) as netlink:
            netlink.send(
                [add_address(guest.index, f"{one}/128", nodad=True) for _n, one, _f in tried]
            )
        for node, taken, free in tried:
            _give(node, link.name, (taken, free), opened)
        trials = [_outcome(node, taken, free) for node, taken, free in tried]
    for trial in trials:
        record.add(
            "duplicate",
            trial.node,
            _("{node} was given an address that is taken, and one that is free.", node=trial.node),
            {"refused_taken": trial.refused_taken, "took_free": trial.took_free},
        )
    return trials


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


def _is_sent_advertisement(packet: Packet) -> bool:
    return packet.sent and isinstance(nd.decode(packet), nd.NeighbourAdvertisement)
