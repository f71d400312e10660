"""Echo requests with a nonce, and the proof of where they went (RFC 4443 section 4, RFC 792)."""

from __future__ import annotations

import errno
import os
import secrets
import select
import socket
import struct
import time
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from ipv6lab.addresses.text import written
from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import Datagram, checksum
from ipv6lab.words.message import Message, _

ECHO = struct.Struct("!BBHHH")
REQUEST = {4: 8, 6: 128}
REPLY = {4: 0, 6: 129}
# Errors that say why, by IP version, type and code (RFC 4443 section 3, RFC 792).
NO_ROUTE = _("The packet from {node} to {target} reaches {last} on {link}, which has no route.")
FILTERED = _("The packet from {node} to {target} reaches {last} on {link}, which forbids it.")
UNRESOLVED = _(
    "The packet from {node} to {target} reaches {last} on {link}, which asks who has the next "
    "address and gets no answer."
)
EXPIRED = _(
    "The packet from {node} to {target} reaches {last} on {link} with no hop left to go: its hop "
    "limit is used up."
)
ERRORS = {
    (6, 1, 0): NO_ROUTE,
    (6, 1, 1): FILTERED,
    (6, 1, 3): UNRESOLVED,
    (6, 1, 4): FILTERED,
    (6, 1, 5): FILTERED,
    (6, 1, 6): NO_ROUTE,
    (6, 3, 0): EXPIRED,
    (4, 3, 0): NO_ROUTE,
    (4, 3, 1): UNRESOLVED,
    (4, 3, 3): FILTERED,
    (4, 3, 10): FILTERED,
    (4, 3, 13): FILTERED,
    (4, 11, 0): EXPIRED,
}
INTERVAL = 1.0  # seconds between requests, as ping(8) has it
ICMP6_FILTER = 1


@dataclass(frozen=True)
class Ping:
    """An answered echo request: the four places where it was seen, and what it tells.

    `sent` and `arrived` are the request at the ports of its source and of its target, `answered`
    and `returned` the reply there. `source` is the address that the source node chose, `seen` the
    one that the target saw: they differ where somebody on the way translates addresses. `hops` is
    how many routers the request passed.
    """

    sent: Packet
    arrived: Packet
    answered: Packet
    returned: Packet
    source: IPv4Address | IPv6Address
    seen: IPv4Address | IPv6Address
    hops: int
    seconds: float


def ping(
    node: Vantage, target: Vantage, address: str, within: float, translated: bool = False
) -> Ping:
    """Ask from `node` until `target` answers at `address` or `within` seconds are over.

    Raises Failed with the place where the packet got lost, or where somebody else took it; also
    when its source address was changed on the way, unless it may be `translated`.
    """
    exchange = Exchange(node, target, address, translated)
    with exchange:
        return exchange.run(within)


class Exchange:
    """Requests from one node to another; `read` says which of a packet's headers are looked at."""

    kernel: filters.Filter | None = filters.PING

    @staticmethod
    def read(packet: Packet) -> Datagram | None:
        return packet.ip

    def __init__(self, node: Vantage, target: Vantage, address: str, translated: bool) -> None:
        self.node, self.target, self.translated = node, target, translated
        self.address = ip_address(address)
        self.family = self.address.version
        self.lab = node.lab
        self.nonce = b"ipv6lab " + secrets.token_hex(16).encode()
        self.identifier = secrets.randbelow(0x10000)
        self.refusal: OSError | None = None

    def __enter__(self) -> Exchange:
        self.capture = Capture(self.lab.fabric, (), self._ours, self.kernel)
        with entered(self.node.namespace):
            if self.family == 6:
                kind, protocol = socket.AF_INET6, socket.IPPROTO_ICMPV6
            else:
                kind, protocol = socket.AF_INET, socket.IPPROTO_ICMP
            self.socket = socket.socket(
                kind, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, protocol
            )
        if self.family == 6:
            block = bytearray(b"\xff" * 32)  # a set bit keeps a type out (RFC 3542)
            block[REPLY[6] // 32 * 4 : REPLY[6] // 32 * 4 + 4] = struct.pack(
                "=I", 0xFFFFFFFF & ~(1 << REPLY[6] % 32)
            )
            self.socket.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, bytes(block))
        return self

    def __exit__(self, *_details: object) -> None:
        self.capture.close()
        self.socket.close()

    def run(self, within: float) -> Ping:
        until = self.lab.record.until(within)
        doing = _(
            "waiting for an answer from {target} to {node}",
            target=self.target.name,
            node=self.node.name,
        )
        self.lab.record.say(doing)
        start = time.monotonic()
        for sequence in range(1, 0x10000):
            self._send(sequence)
            if self._answered(min(until, time.monotonic() + INTERVAL)):
                return self._judge(time.monotonic() - start)
            if time.monotonic() >= until:
                break
        raise Failed(self._loss())

    def _send(self, sequence: int) -> None:
        head = ECHO.pack(REQUEST[self.family], 0, 0, self.identifier, sequence)
        if self.family == 4:  # in ICMPv6 the kernel fills the checksum in
            total = checksum(head + self.nonce)
            head = ECHO.pack(REQUEST[4], 0, total, self.identifier, sequence)
        self.refusal = None
        try:
            self.socket.sendto(head + self.nonce, (str(self.address), 0))
        except OSError as error:
            self.refusal = error

    def _answered(self, until: float) -> bool:
        """Whether the node itself got the answer to this very request."""
        while True:
            left = max(0.0, until - time.monotonic())
            if not select.select([self.socket], [], [], left)[0]:
                return False
            try:
                data, origin = self.socket.recvfrom(4096)
            except OSError:
                continue
            if self.family == 4:
                data = data[(data[0] & 0xF) * 4 :]
            if (
                data[ECHO.size :] == self.nonce
                and data[0] == REPLY[self.family]
                and ip_address(origin[0].partition("%")[0]) == self.address
            ):
                return True
            if time.monotonic() >= until:  # whatever else keeps coming in
                return False

    # What the fabric saw

    def _ours(self, packet: Packet) -> bool:
        return self.nonce in packet.frame

    def _seen(
        self, kind: int, node: Vantage | None = None, sent: bool | None = None
    ) -> list[Packet]:
        return [
            one
            for one in self.capture.packets
            if (data := self.read(one)) is not None
            and data.icmp_type == kind
            and (node is None or one.node == node.name)
            and sent in (None, one.sent)
        ]

    def _judge(self, seconds: float) -> Ping:
        """The proof that it was the target that answered. Raises Failed when it was not."""
        self.capture.read()
        request, reply = REQUEST[self.family], REPLY[self.family]
        sent = self._seen(request, self.node, sent=True)
        arrived = self._to(self._seen(request, self.target, sent=False), self.address)
        answered = self._seen(reply, self.target, sent=True)
        returned = self._seen(reply, self.node, sent=False)
        if not (sent and arrived and answered and returned):
            self._keep(_("An answer came, but not from {target}.", target=self.target.name))
            raise Failed(self._impostor())
        asked, heard = self.read(sent[-1]), self.read(arrived[-1])
        assert asked is not None
        assert heard is not None
        source, seen = asked.source, heard.source
        if source != seen and not self.translated:
            self._keep(_("The source address was changed on the way."))
            raise Failed(
                _(
                    "{node} sent from {source}, but {target} saw the packet come from {seen}: "
                    "somebody on the way translates addresses.",
                    node=self.node.name,
                    source=written(source),
                    target=self.target.name,
                    seen=written(seen),
                )
            )
        self._keep(
            _(
                "{node} asked {address} and {target} answered.",
                node=self.node.name,
                address=written(self.address),
                target=self.target.name,
            ),
            [sent[-1], arrived[-1], answered[-1], returned[-1]],
            source=source,
            seconds=round(seconds, 4),
        )
        hops = asked.hop_limit - heard.hop_limit
        return Ping(sent[-1], arrived[-1], answered[-1], returned[-1], source, seen, hops, seconds)

    def _to(self, packets: list[Packet], address: IPv4Address | IPv6Address) -> list[Packet]:
        return [
            one
            for one in packets
            if (data := self.read(one)) is not None and data.destination == address
        ]

    def _impostor(self) -> Message:
        """Who answered in the target's place."""
        answers = self._seen(REPLY[self.family], sent=True)
        by = answers[0].node if answers else self.node.name
        return _(
            "{other} answers for {address}, which is the address of {target}.",
            other=by,
            address=written(self.address),
            target=self.target.name,
        )

    def _loss(self) -> Message:
        """Why no answer came: the last place where request or answer was seen."""
        self.capture.read()
        self._keep(_("No answer from {target}.", target=self.target.name))
        values: dict[str, str | int | float] = {
            "node": self.node.name,
            "target": self.target.name,
            "address": str(self.address),
        }
        request, reply = REQUEST[self.family], REPLY[self.family]
        replies, requests = self._seen(reply), self._seen(request)
        error = self._error()
        if replies:
            values |= self._last(replies)
            if values["last"] == self.node.name:
                return _("The answer of {target} comes back to {node}, which drops it.", **values)
            return _(
                "{target} answers {node}, but the answer goes no further than {last} on {link}.",
                **values,
            )
        if self._seen(request, self.target, sent=False):
            return _("The packet of {node} reaches {target}, which does not answer.", **values)
        if requests:
            values |= self._last(requests)
            if values["last"] == self.node.name:
                return _(
                    "{node} sends the packet to {address} on {link}, where nobody takes it.",
                    **values,
                )
            if error:
                return Message(error.text, values)
            return _(
                "The packet from {node} to {target} reaches {last} on {link} and goes no further.",
                **values,
            )
        if self.refusal and self.refusal.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
            return _("{node} has no route to {address}.", **values)
        if self.refusal:
            values["reason"] = os.strerror(self.refusal.errno or 0)
            return _("{node} cannot send to {address}: {reason}.", **values)
        return _(
            "{node} sends nothing to {address}: on the link nobody answers for the next hop.",
            **values,
        )

    def _last(self, packets: list[Packet]) -> dict[str, str | int | float]:
        """The node that had the packet last, and the link on which it got it, or else sent it.

        To whom a switch floods a frame that is for nobody on the link has not got the packet.
        """
        for packet in reversed(packets):
            if packet.sent:
                continue
            owner = self.lab.owner_of(packet.destination_mac)
            guest = packet.node in self.lab.fabric.guests
            if owner is None if guest else owner is not None and owner.name == packet.node:
                return {"last": packet.node, "link": packet.link}
        last = next((one for one in reversed(packets) if one.sent), packets[-1])
        return {"last": last.node, "link": last.link}

    def _error(self) -> Message | None:
        """What a router (or the target's own filter) says about the lost packet."""
        for packet in self.capture.packets:
            data = self.read(packet)
            if data is None or not packet.sent or data.icmp_type is None or len(data.payload) < 2:
                continue
            found = ERRORS.get((data.version, data.payload[0], data.payload[1]))
            if found is not None:
                return found
        return None

    def _keep(self, text: Message, packets: list[Packet] | None = None, **facts: object) -> None:
        self.lab.record.add(
            "ping",
            self.node.name,
            text,
            {"address": self.address, "target": self.target.name, **facts},
            self.capture.packets if packets is None else packets,
        )
