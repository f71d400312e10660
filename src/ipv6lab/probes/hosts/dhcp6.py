"""As much of a DHCPv6 client as it takes to find out whether a server answers (RFC 8415)."""

from __future__ import annotations

import secrets
import select
import struct
import time
from dataclasses import dataclass
from ipaddress import IPv6Address

from ipv6lab.probes.hosts.fresh import FreshHost
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Testbed
from ipv6lab.wire.headers import UDP
from ipv6lab.words.message import _

SERVERS_AND_RELAYS = "ff02::1:2"
CLIENT, SERVER = 546, 547
SOLICIT, ADVERTISE, REPLY, INFORMATION_REQUEST = 1, 2, 7, 11
CLIENT_ID, IA_NA, OPTION_REQUEST, ELAPSED_TIME = 1, 3, 6, 8
DNS_SERVERS, DOMAIN_LIST = 23, 24
# The initial retransmission times SOL_TIMEOUT and INF_TIMEOUT are 1 s; with the randomisation of
# RFC 8415 section 15 the second try is out after 1.1 s. A server on the link answers at once.
RETRANSMIT = 1.0
WINDOW = 2.0


@dataclass(frozen=True)
class Answer:
    """What a server answered: message type (2 Advertise, 7 Reply), and from where."""

    kind: int
    server: IPv6Address
    node: str
    packet: Packet


@dataclass(frozen=True)
class Exchange:
    """`asked` are the client's messages as they were delivered to the nodes on the link."""

    asked: tuple[Packet, ...]
    answers: tuple[Answer, ...]

    @property
    def reached(self) -> set[str]:
        """The nodes at whose ports the client's messages were delivered."""
        return {packet.node for packet in self.asked}


def ask(lab: Testbed, link: str) -> Exchange:
    """Ask on a link for addresses (Solicit) and for other settings (Information-request).

    Listens for `WINDOW` seconds, whatever comes: a second server may be slower.
    """
    transactions = [secrets.randbits(24) for _each in range(2)]
    with (
        Capture(lab.fabric, [link], _is_dhcp6, filters.UDP6) as capture,
        FreshHost(lab, link, autoconfigure=False) as host,
    ):
        sock = host.udp(CLIENT)
        with (
            sock,
            lab.record.waiting(_("waiting whether a DHCPv6 server answers on {link}", link=link)),
        ):
            start = time.monotonic()
            until = start + WINDOW
            for attempt in range(2):
                elapsed = int((time.monotonic() - start) * 100)
                for message in _messages(host.mac, transactions, elapsed):
                    sock.sendto(message, (SERVERS_AND_RELAYS, SERVER, 0, host.index))
                again = until if attempt else start + RETRANSMIT
                while (left := again - time.monotonic()) > 0:
                    if select.select([sock], [], [], left)[0]:
                        sock.recv(65536)
        capture.read()
        asked = tuple(
            one
            for one in capture.packets
            if not one.sent and one.source_mac == host.mac and one.node != host.name
        )
        answers = tuple(
            answer for one in capture.packets if (answer := _answer(one, transactions)) is not None
        )
    return Exchange(asked, answers)


def _messages(mac: str, transactions: list[int], elapsed: int) -> list[bytes]:
    duid = struct.pack("!HH", 3, 1) + bytes.fromhex(mac.replace(":", ""))  # DUID-LL, Ethernet
    common = _option(CLIENT_ID, duid) + _option(ELAPSED_TIME, struct.pack("!H", elapsed))
    wanted = _option(OPTION_REQUEST, struct.pack("!HH", DNS_SERVERS, DOMAIN_LIST))
    address = _option(IA_NA, bytes.fromhex(mac.replace(":", ""))[2:] + bytes(8))
    return [
        struct.pack("!I", SOLICIT << 24 | transactions[0]) + common + wanted + address,
        struct.pack("!I", INFORMATION_REQUEST << 24 | transactions[1]) + common + wanted,
    ]


def _option(code: int, data: bytes) -> bytes:
    return struct.pack("!HH", code, len(data)) + data


def _is_dhcp6(packet: Packet) -> bool:
    data = packet.ip
    if data is None or data.version != 6 or data.protocol != UDP or data.ports is None:
        return False
    return bool({CLIENT, SERVER} & set(data.ports))


def _answer(packet: Packet, transactions: list[int]) -> Answer | None:
    """A server's answer to us, where its sender put it onto the link."""
    data = packet.ip
    if not packet.sent or data is None or len(data.payload) < 12:
        return None
    (head,) = struct.unpack_from("!I", data.payload, 8)
    if head >> 24 not in (ADVERTISE, REPLY) or head & 0xFFFFFF not in transactions:
        return None
    assert isinstance(data.source, IPv6Address)
    return Answer(head >> 24, data.source, packet.node, packet)
