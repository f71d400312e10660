"""A DHCPv4 client of the grader: what the servers of a link offer to a host of its own (RFC 2131).

::

    with Client(lab, "pilot") as client:
        offers = client.discover(wanted=(1, 3, 6, 108))
        lease = client.request(offers[0])

Each gives `Response`s with the node that sent them, as the fabric knows. Nothing is released: a
lease of a host that is gone runs out.
"""

from __future__ import annotations

import secrets
import struct
import time
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address

from ipv6lab.probes.hosts.fresh import FreshHost
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.kinds import headed
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Testbed
from ipv6lab.wire import dhcp4
from ipv6lab.wire.headers import ETH_P_IP, UDP, ethernet
from ipv6lab.words.message import _

AGAIN = 1.0  # seconds until the question is repeated
# Servers look whether somebody has the address that they offer (RFC 2131 section 3.1): dnsmasq
# takes 3 s for it where a ping is not answered.
WITHIN = 6.0
EVERYBODY = 1.0  # seconds that others have after the first
EVERYONE, NOBODY = IPv4Address("255.255.255.255"), IPv4Address("0.0.0.0")
WANTED = (dhcp4.SUBNET_MASK, dhcp4.ROUTER, dhcp4.DNS_SERVERS)


@dataclass(frozen=True)
class Response:
    """What a server answered, who sent it, and the packet that it came in."""

    message: dhcp4.Message
    node: str
    packet: Packet


class Client:
    """See the module. A context manager; `host` is its host on the link."""

    def __init__(self, lab: Testbed, link: str) -> None:
        self._lab, self._link = lab, link

    def __enter__(self) -> Client:
        self._capture = Capture(self._lab.fabric, [self._link], self._ours)
        self.host = FreshHost(self._lab, self._link, autoconfigure=False)
        return self

    def __exit__(self, *details: object) -> None:
        self.host.__exit__(*details)
        self._capture.close()

    def discover(self, wanted: Collection[int] = WANTED, within: float = WITHIN) -> list[Response]:
        """What each server offers that is heard: some time after the first, others may follow."""
        return self._exchange(dhcp4.asking(self._begin(), self.host.mac, wanted), wanted, within)

    def request(
        self, offer: Response, wanted: Collection[int] = WANTED, within: float = WITHIN
    ) -> Response | None:
        """The answer to the request for what was offered: ACK or NAK, None when there is none."""
        data = dhcp4.asking(self._begin(), self.host.mac, wanted, offer.message)
        return next(iter(self._exchange(data, wanted, within)), None)

    def _begin(self) -> int:
        self._transaction = secrets.randbits(32)
        return self._transaction

    def _exchange(self, data: bytes, wanted: Collection[int], within: float) -> list[Response]:
        record = self._lab.record
        frame = ethernet(self.host.mac, "ff:ff:ff:ff:ff:ff", ETH_P_IP, _datagram(data))
        until, found = record.until(within), list[Response]()
        with record.waiting(_("asking for IPv4 addresses on {link}", link=self._link)):
            while time.monotonic() < until:
                self.host.inject(frame)
                again = min(until, time.monotonic() + (EVERYBODY if found else AGAIN))
                while packet := self._capture.wait(again):
                    message = dhcp4.decode(packet.ip.payload[8:]) if packet.ip else None
                    if message is not None and all(
                        one.message.options.get(dhcp4.SERVER) != message.options.get(dhcp4.SERVER)
                        for one in found
                    ):
                        found.append(Response(message, packet.node, packet))
                        until = min(until, time.monotonic() + EVERYBODY)
        record.add(
            "dhcp4",
            self._link,
            _(
                "On {link}, {count} servers answer a host that asks for IPv4.",
                link=self._link,
                count=len(found),
            ),
            {
                "wanted": list(wanted),
                "answers": [
                    {"node": one.node, "address": one.message.address, "kind": one.message.kind}
                    for one in found
                ],
            },
            [one.packet for one in found],
        )
        return found

    def _ours(self, packet: Packet) -> bool:
        data = packet.ip
        if (
            not packet.sent
            or data is None
            or data.version != 4
            or data.protocol != UDP
            or data.ports != (dhcp4.SERVER_PORT, dhcp4.CLIENT_PORT)
        ):
            return False
        message = dhcp4.decode(data.payload[8:])
        return (
            message is not None
            and message.operation == 2
            and message.transaction == self._transaction
        )


def _datagram(data: bytes) -> bytes:
    """A broadcast from nobody; UDP without a checksum, as IPv4 allows (RFC 768)."""
    head = struct.pack("!HHHH", dhcp4.CLIENT_PORT, dhcp4.SERVER_PORT, 8 + len(data), 0)
    return headed(NOBODY, EVERYONE, UDP, head + data)
