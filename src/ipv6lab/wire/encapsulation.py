"""Packets in packets: what carries what, from the outside in.

Goes through protocols 4 and 41 (RFC 2003, RFC 2473, RFC 4213), GRE (RFC 2784, RFC 2890, RFC 7676)
and VXLAN at whatever port (RFC 7348).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ipv6lab.wire.headers import (
    ETH_P_IP,
    ETH_P_IPV6,
    UDP,
    Datagram,
    internet,
    link_layer,
)

IPV4_IN, IPV6_IN, GRE = 4, 41, 47  # protocol numbers
ETHERNET_IN = 0x6558  # transparent Ethernet bridging, in GRE
VXLAN_AT = 16  # octets of the UDP and VXLAN headers
VXLAN_VALID = 0x08  # the flag that says that there is a network identifier
DEPTH = 8  # headers in one packet; more is nonsense

# By the version of the carrier and what it says that it carries. 6rd and ISATAP are 6in4 as well.
_NAMES = {
    (4, IPV6_IN): "6in4",
    (6, IPV4_IN): "4in6",
    (4, IPV4_IN): "IPIP",
    (6, IPV6_IN): "6in6",
}


@dataclass(frozen=True, slots=True)
class Layer:
    """An IP packet in a frame.

    `octets` begin with its header. `macs` are source and destination of the Ethernet frame that
    directly carries it, None where no frame does. `tunnel` is what it carries the next layer in,
    empty for the innermost.
    """

    packet: Datagram
    octets: bytes
    macs: tuple[str, str] | None
    tunnel: str = ""


def unwrapped(frame: bytes) -> tuple[Layer, ...]:
    """The IP packets in a frame, each in the one before it; empty when there is none.

    Of a packet cut into pieces only the first piece shows what is in it.
    """
    found: list[Layer] = []
    ether, data = True, frame
    while len(found) < DEPTH:
        macs = None
        if ether:
            told = link_layer(data)
            if told is None or told.kind not in (ETH_P_IP, ETH_P_IPV6):
                break
            macs, data = (told.source, told.destination), told.payload
        packet = internet(data)
        if packet is None:
            break
        inside = None if packet.offset else _inside(packet)
        found.append(Layer(packet, data, macs, inside[0] if inside else ""))
        if inside is None:
            break
        _name, ether, data = inside
    if found and found[-1].tunnel:  # what it should carry is none
        found[-1] = Layer(found[-1].packet, found[-1].octets, found[-1].macs)
    return tuple(found)


def layers(frame: bytes) -> tuple[Datagram, ...]:
    """The same, the packets alone."""
    return tuple(one.packet for one in unwrapped(frame))


def carrier(outer: Datagram) -> str:
    """What a packet carries others in, by the field's name: 6in4, 4in6, IPIP, 6in6, GRE, UDP."""
    if outer.protocol in (GRE, UDP):
        return "GRE" if outer.protocol == GRE else "UDP"
    return _NAMES.get((outer.version, outer.protocol), f"protocol {outer.protocol}")


def _inside(outer: Datagram) -> tuple[str, bool, bytes] | None:
    """What a packet is a tunnel of, whether a frame is in it, and the octets in it."""
    if outer.protocol in (IPV4_IN, IPV6_IN):
        inner = internet(outer.payload)
        right = inner is not None and inner.version == (4 if outer.protocol == IPV4_IN else 6)
        return (carrier(outer), False, outer.payload) if right else None
    if outer.protocol == UDP:
        if len(outer.payload) <= VXLAN_AT or not outer.payload[8] & VXLAN_VALID:
            return None
        told = link_layer(outer.payload[VXLAN_AT:])
        if told is None or internet(told.payload) is None:
            return None
        number = int.from_bytes(outer.payload[12:15], "big")
        return f"VXLAN {number}", True, outer.payload[VXLAN_AT:]
    if outer.protocol != GRE or len(outer.payload) < 4:
        return None
    flags, kind = struct.unpack_from("!HH", outer.payload)
    # Checksum, key and sequence number are there if their bit is set, 4 octets each.
    start = 4 + 4 * sum(bool(flags & bit) for bit in (0x8000, 0x2000, 0x1000))
    if kind not in (ETHERNET_IN, ETH_P_IP, ETH_P_IPV6):
        return None
    return carrier(outer), kind == ETHERNET_IN, outer.payload[start:]
