"""As much of a DHCP client for IPv4 as it takes to find out who offers an address (RFC 2131)."""

from __future__ import annotations

import secrets
import struct
import time
from ipaddress import IPv4Address

from ipv6lab.probes.hosts.fresh import FreshHost
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Testbed
from ipv6lab.wire.headers import ETH_P_IP, UDP, checksum, ethernet
from ipv6lab.words.message import _

CLIENT, SERVER = 68, 67
COOKIE = b"\x63\x82\x53\x63"
REQUEST, REPLY, BROADCAST_FLAG = 1, 2, 0x8000
MESSAGE_TYPE, PARAMETERS, END = 53, 55, 255
DISCOVER, OFFER = 1, 2
EVERYBODY = "ff:ff:ff:ff:ff:ff"
WITHIN, AGAIN = 6.0, 2.0  # seconds
_HEAD = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s")


def offered(lab: Testbed, link: str, within: float = WITHIN) -> IPv4Address | None:
    """The first address that a server offers a new host on the link; None when nobody does."""
    number = secrets.randbits(32)
    found: list[IPv4Address] = []

    def is_offer(packet: Packet) -> bool:
        ip = packet.ip
        if packet.sent or packet.node != host.name or ip is None or ip.protocol != UDP:
            return False
        address = _offer(ip.payload[8:], number) if ip.ports == (SERVER, CLIENT) else None
        if address is not None:
            found.append(address)
        return address is not None

    doing = _("waiting for a DHCP server on {link}", link=link)
    with (
        FreshHost(lab, link, autoconfigure=False) as host,
        Capture(lab.fabric, [link], is_offer) as capture,
        lab.record.waiting(doing),
    ):
        until = lab.record.until(within)
        while not found and time.monotonic() < until:
            host.inject(_discover(host.mac, number))
            capture.wait(min(until, time.monotonic() + AGAIN))
        packets = capture.packets
    lab.record.add(
        "dhcp4",
        link,
        _("A new host on {link} asked for an IPv4 address.", link=link),
        {"offered": [str(one) for one in found]},
        packets,
    )
    return found[0] if found else None


def _discover(mac: str, number: int) -> bytes:
    card = bytes.fromhex(mac.replace(":", ""))
    none = bytes(4)
    head = _HEAD.pack(
        REQUEST, 1, 6, 0, number, 0, BROADCAST_FLAG, none, none, none, none, card, b"", b""
    )
    options = bytes([MESSAGE_TYPE, 1, DISCOVER, PARAMETERS, 2, 1, 3, END])
    data = (head + COOKIE + options).ljust(300, b"\0")
    length = 8 + len(data)
    pseudo = none + b"\xff" * 4 + struct.pack("!xBH", UDP, length)
    body = struct.pack("!HHHH", CLIENT, SERVER, length, 0) + data
    total = checksum(pseudo + body) or 0xFFFF
    body = body[:6] + struct.pack("!H", total) + data
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, 0, 64, UDP, 0) + none + b"\xff" * 4
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return ethernet(mac, EVERYBODY, ETH_P_IP, header + body)


def _offer(data: bytes, number: int) -> IPv4Address | None:
    """The address in an offer that answers this question."""
    if len(data) < _HEAD.size + 4 or data[0] != REPLY or data[_HEAD.size :][:4] != COOKIE:
        return None
    if struct.unpack_from("!I", data, 4)[0] != number:
        return None
    options = data[_HEAD.size + 4 :]
    while len(options) > 2 and options[0] != END:
        if options[0] == MESSAGE_TYPE:
            return IPv4Address(data[16:20]) if options[2] == OFFER else None
        options = options[1:] if options[0] == 0 else options[2 + options[1] :]
    return None
