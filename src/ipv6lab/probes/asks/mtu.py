"""Packets of an exact size: whether they get through, and who says how large they may be.

Path MTU discovery (RFC 8201, RFC 1191) as it works on the wire, whatever interfaces are set to::

    big = mtu.send(host, other, other.address, 1500)
    big.complaint.mtu           # what the Packet Too Big said that came back to host
    mtu.send(host, other, other.address, big.complaint.mtu).arrived
"""

from __future__ import annotations

import errno
import secrets
import socket
import struct
import time
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from ipv6lab.network.namespace import entered
from ipv6lab.probes.asks.ping import ECHO, INTERVAL, REPLY, REQUEST
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.filters import NO_TCP
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.encapsulation import layers
from ipv6lab.wire.headers import Datagram, checksum
from ipv6lab.words.message import _

HEADERS = {4: 28, 6: 48}  # octets of IP and ICMP header
TOO_BIG = {4: (3, 4), 6: (2, 0)}  # type and code
PROBE = 3  # of IP_MTU_DISCOVER, IPV6_MTU_DISCOVER: never cut, whatever path MTU is known
CUTS = 1  # of IPV6_MTU_DISCOVER: what is larger than the path MTU is cut by the sender
MAY_BE_CUT = 4  # of IP_MTU_DISCOVER: DF is not set, and no path MTU that is known counts
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, IPV6_DONTFRAG = 10, 23, 62


@dataclass(frozen=True)
class Complaint:
    """A Packet Too Big (RFC 4443 section 3.2), or IPv4's "fragmentation needed".

    `node` is the node that sent it, `reached` the last node that it was delivered to; `returned`
    tells whether that is the one that had sent the packet.
    """

    mtu: int
    source: IPv4Address | IPv6Address
    node: str
    reached: str
    returned: bool


@dataclass(frozen=True)
class Sized:
    """What became of an echo request of `octets`, IP header included.

    `sent` is the packet where it was put onto a link first (None when it never was); `arrived` is
    it at the target, whole; `answered` is the target's answer, as large, where it came back whole;
    `pieces` is a packet in which it travelled as one of several fragments; `complaint` is what was
    said of it, the one that got back before others; `furthest` is the node that got it last.
    """

    octets: int
    sent: Packet | None
    arrived: Packet | None
    answered: Packet | None
    pieces: Packet | None
    complaint: Complaint | None
    furthest: str | None = None


def send(
    node: Vantage,
    target: Vantage,
    address: object,
    octets: int,
    within: float = 3,
    may_be_cut: bool = False,
    round_trip: bool = False,
    at: object = None,
) -> Sized:
    """Send an echo request of exactly that many octets, never cut by the sender.

    `may_be_cut`: in IPv4 by routers on the way, for DF is not set; in IPv6 by the sender, who
    learns from complaints how small (RFC 8200 section 4.5). It then has arrived when the target
    answers, and `arrived` is that answer.

    Repeats it every second until it has arrived whole (and for a `round_trip` is answered), or,
    where it may not be cut, until somebody's complaint has come back, for `within` seconds. The
    sender pays no attention to the path MTU that it knows, and learns it from complaints as from
    any other: use a host of the grader (`Link.visitor`) where a node's memory of it would disturb.
    Behind a translator the target has another address, `at`, perhaps of the other family, and the
    packet another size there. Raises ValueError for a size that holds no nonce.
    """
    return _Request(node, target, str(address), octets, may_be_cut, round_trip, at).run(within)


class _Request:
    def __init__(
        self,
        node: Vantage,
        target: Vantage,
        address: str,
        octets: int,
        may_be_cut: bool,
        round_trip: bool,
        at: object = None,
    ) -> None:
        self.node, self.target, self.octets = node, target, octets
        self.may_be_cut, self.round_trip = may_be_cut, round_trip
        self.address = ip_address(address)
        self.own = self.address if at is None else ip_address(str(at))
        self.family = self.address.version
        self.nonce = b"ipv6lab " + secrets.token_hex(16).encode()
        room = octets - HEADERS[self.family]
        if room < len(self.nonce):
            raise ValueError(f"a packet of {octets} octets holds no nonce")
        # Every piece that it may be cut into shall hold the nonce.
        self.payload = (self.nonce * (room // len(self.nonce) + 1))[:room]

    def run(self, within: float) -> Sized:
        record = self.node.lab.record
        until = record.until(within)
        record.say(
            _(
                "sending a packet of {octets} octets from {node} to {target}",
                octets=self.octets,
                node=self.node.name,
                target=self.target.name,
            )
        )
        with (
            self._socket() as sock,
            Capture(self.node.lab.fabric, (), self._ours, NO_TCP) as capture,
        ):
            sequence = 0
            while True:
                sequence += 1
                self._send(sock, sequence)
                if capture.wait(min(until, time.monotonic() + INTERVAL), self._decides):
                    break
                if time.monotonic() >= until:
                    break
            packets = capture.packets
        fate = self._fate(packets)
        self._keep(fate, packets)
        return fate

    def _socket(self) -> socket.socket:
        with entered(self.node.namespace):
            if self.family == 6:
                kind, protocol = socket.AF_INET6, socket.IPPROTO_ICMPV6
            else:
                kind, protocol = socket.AF_INET, socket.IPPROTO_ICMP
            sock = socket.socket(kind, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        if self.family == 6:
            how = CUTS if self.may_be_cut else PROBE
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, how)
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_DONTFRAG, int(not self.may_be_cut))
        else:
            how = MAY_BE_CUT if self.may_be_cut else PROBE
            sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, how)
        return sock

    def _send(self, sock: socket.socket, sequence: int) -> None:
        head = ECHO.pack(REQUEST[self.family], 0, 0, secrets.randbelow(0x10000), sequence)
        if self.family == 4:  # in ICMPv6 the kernel fills the checksum in
            total = checksum(head + self.payload)
            head = head[:2] + struct.pack("!H", total) + head[4:]
        try:
            sock.sendto(head + self.payload, (str(self.address), 0))
        except OSError as error:
            # A complaint about the one before also comes as an error of the next call.
            if error.errno not in (
                errno.EMSGSIZE,
                errno.ENETUNREACH,
                errno.EHOSTUNREACH,
                errno.EACCES,
            ):
                raise

    # What the fabric saw

    def _ours(self, packet: Packet) -> bool:
        return self.nonce in packet.frame

    def _decides(self, packet: Packet) -> bool:
        done = self._answered if self.round_trip else self._arrived
        if self.may_be_cut and self.family == 6:  # the sender heeds complaints, and goes on
            return done(packet)
        return done(packet) or self._returned(packet)

    def _arrived(self, packet: Packet) -> bool:
        data = _inner(packet)
        if data is None or packet.node != self.target.name:
            return False
        if self.may_be_cut:  # the target answers once it has put all pieces together
            return packet.sent and data.icmp_type == REPLY[self.own.version]
        return (
            not packet.sent
            and data.icmp_type == REQUEST[self.own.version]
            and not _is_piece(packet)
            and data.destination == self.own
        )

    def _answered(self, packet: Packet) -> bool:
        data = _inner(packet)
        return (
            not packet.sent
            and packet.node == self.node.name
            and data is not None
            and data.icmp_type == REPLY[self.family]
            and not _is_piece(packet)
            and data.source == self.address
        )

    def _asks(self, packet: Packet) -> bool:
        """Whether it is the request, in a tunnel or not, where it was delivered."""
        inside = layers(packet.frame)
        there = (self.address, self.own)
        return not packet.sent and bool(inside) and inside[-1].destination in there

    def _complains(self, packet: Packet) -> bool:
        data = packet.ip
        return (
            data is not None
            and data.version == self.family
            and data.icmp_type is not None
            and len(data.payload) >= 8
            and (data.payload[0], data.payload[1]) == TOO_BIG[self.family]
        )

    def _returned(self, packet: Packet) -> bool:
        return not packet.sent and packet.node == self.node.name and self._complains(packet)

    def _fate(self, packets: list[Packet]) -> Sized:
        returned = next((one for one in packets if self._returned(one)), None)
        said = [one for one in packets if self._complains(one)]
        arrived = next((one for one in packets if self._arrived(one)), None)
        pieces = (
            one
            for one in packets
            # What comes after it has arrived is the answer, whose size is the target's affair.
            if one.sent and _is_piece(one) and (arrived is None or one.time <= arrived.time)
        )
        return Sized(
            self.octets,
            next((one for one in packets if one.sent and one.node == self.node.name), None),
            arrived,
            next((one for one in packets if self._answered(one)), None),
            next(pieces, None),
            self._complaint(said, returned),
            next((one.node for one in reversed(packets) if self._asks(one)), None),
        )

    def _complaint(self, said: list[Packet], returned: Packet | None) -> Complaint | None:
        sent = next((one for one in said if one.sent), None)
        if sent is None or sent.ip is None:
            return None
        data = sent.ip
        reached = [one.node for one in said if not one.sent]
        if returned is not None and returned.ip is not None:
            data, reached = returned.ip, [returned.node]
        size = struct.unpack_from("!I" if self.family == 6 else "!xxH", data.payload, 4)[0]
        last = reached[-1] if reached else sent.node
        return Complaint(size, data.source, sent.node, last, returned is not None)

    def _keep(self, fate: Sized, packets: list[Packet]) -> None:
        complaint = fate.complaint
        self.node.lab.record.add(
            "mtu",
            self.node.name,
            _(
                "{node} sent {target} a packet of {octets} octets.",
                node=self.node.name,
                target=self.target.name,
                octets=self.octets,
            ),
            {
                "arrived": fate.arrived is not None,
                "answered": fate.answered is not None,
                "in_pieces": fate.pieces is not None,
                "too_big": None
                if complaint is None
                else {
                    "mtu": complaint.mtu,
                    "from": complaint.node,
                    "reached": complaint.reached,
                    "returned": complaint.returned,
                },
            },
            [one for one in packets if one.sent],
        )


def _inner(packet: Packet) -> Datagram | None:
    """What was sent, out of the packets of tunnels that it may be in."""
    found = layers(packet.frame)
    return found[-1] if found else None


def _is_piece(packet: Packet) -> bool:
    return any(one.fragment for one in layers(packet.frame))
