"""Who claims an address on a link."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from ipaddress import IPv6Address

from ipv6lab.addresses.identifiers import multicast_mac, solicited_node
from ipv6lab.probes.hosts.fresh import FreshHost
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Testbed
from ipv6lab.wire import nd
from ipv6lab.wire.headers import ETH_P_IPV6, ICMPV6, checksum, ethernet, ipv6, pseudo_header
from ipv6lab.words.message import _
from ipv6lab.words.waits import RETRANS_TIMER, waits


@waits(RETRANS_TIMER)
def claimants(lab: Testbed, link: str, addresses: Iterable[object]) -> dict[IPv6Address, list[str]]:
    """The nodes that answer for each address when a fresh host is about to take it.

    Asks as Duplicate Address Detection does, from the unspecified address, twice, and listens for
    as long as it does. That is no harm to whoever has the address; wait (`Link.settle`) until
    nobody is only about to have it.
    """
    record = lab.record
    asked = [IPv6Address(str(one)) for one in addresses]
    found: dict[IPv6Address, list[str]] = {address: [] for address in asked}
    kept: list[Packet] = []
    doing = _("asking on {link} who has which address", link=link)
    with (
        record.waiting(doing),
        Capture(lab.fabric, [link], _is_sent_advertisement, filters.NEIGHBOUR_DISCOVERY) as capture,
        FreshHost(lab, link, autoconfigure=False) as host,
    ):
        for _round in range(2):
            host.inject(*(duplicate_question(host.mac, address) for address in found))
            capture.listen(record.until(RETRANS_TIMER.seconds / 2))
        for packet in capture.packets:
            message = nd.decode(packet)
            assert isinstance(message, nd.NeighbourAdvertisement)
            if message.target in found and packet.node not in found[message.target]:
                found[message.target].append(packet.node)
                kept.append(packet)
    record.add(
        "claimants",
        link,
        _("{count} addresses were asked for on {link}.", count=len(found), link=link),
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


def _is_sent_advertisement(packet: Packet) -> bool:
    return packet.sent and isinstance(nd.decode(packet), nd.NeighbourAdvertisement)
