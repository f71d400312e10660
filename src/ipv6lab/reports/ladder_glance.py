"""A first look at a frame: its headers, tunnels and ports, without a dissector's cost."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from ipv6lab.addresses.text import written
from ipv6lab.wire.encapsulation import unwrapped
from ipv6lab.wire.headers import Datagram, link_layer

IPV6, ARP = 0x86DD, 0x0806
PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6", 50: "ESP", 89: "OSPF", 132: "SCTP"}


@dataclass(slots=True)
class Header:
    """An Internet header; `tunnel` is what it carries the next one in, if it does."""

    version: int
    source: str
    destination: str
    hop_limit: int
    tunnel: str = ""


@dataclass(slots=True)
class Glance:
    """What a first look finds. `headers` go from the outside in; `packet` is the innermost and
    `inner` are the octets from it on, `macs` the addresses of the frame that directly carries it,
    if any."""

    octets: bytes
    outer_macs: tuple[str, str] = ("", "")  # source, destination
    macs: tuple[str, str] | None = None
    headers: list[Header] = field(default_factory=list)
    packet: Datagram | None = None
    protocol: str = "Ethernet"
    ports: tuple[int, int] | None = None
    flags: int = 0  # of TCP
    sequence: int = 0
    payload: bytes = b""
    inner: bytes = b""

    @property
    def last(self) -> Header | None:
        return self.headers[-1] if self.headers else None


def look(octets: bytes) -> Glance:
    """Look at an Ethernet frame. What does not fit ends the look where it stands."""
    glance = Glance(octets)
    frame = link_layer(octets)
    if frame is None:
        return glance
    glance.outer_macs = glance.macs = (frame.source, frame.destination)
    glance.inner = frame.payload
    glance.protocol = "ARP" if frame.kind == ARP else f"0x{frame.kind:04x}"
    layers = unwrapped(octets)
    for layer in layers:
        packet = layer.packet
        header = Header(
            packet.version,
            written(packet.source),
            written(packet.destination),
            packet.hop_limit,
            layer.tunnel,
        )
        glance.headers.append(header)
    if layers:
        glance.packet, glance.inner, glance.macs = packet, layer.octets, layer.macs
        _upper(glance, packet)
    return glance


def _upper(glance: Glance, packet: Datagram) -> None:
    if packet.offset:
        glance.protocol = "fragment"
    else:
        glance.protocol = PROTOCOLS.get(packet.protocol, f"protocol {packet.protocol}")
    glance.payload, glance.ports = packet.payload, packet.ports
    if glance.protocol == "TCP" and len(packet.payload) >= 14:
        (glance.sequence,) = struct.unpack_from("!I", packet.payload, 4)
        glance.flags = packet.payload[13]
        glance.payload = packet.payload[(packet.payload[12] >> 4) * 4 :]
    elif glance.protocol == "UDP":
        glance.payload = packet.payload[8:]
