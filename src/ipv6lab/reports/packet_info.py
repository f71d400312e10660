"""What a frame says in one line, in the manner of Wireshark's list.

Importing this costs nothing; the first call imports scapy (half a second).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ipv6lab.addresses.text import written
from ipv6lab.wire import nd
from ipv6lab.wire.encapsulation import unwrapped

if TYPE_CHECKING:
    from scapy.packet import Packet


def dissect(octets: bytes) -> Packet:
    """The frame taken apart by scapy, with the layers this project meets loaded."""
    _load_layers()
    from scapy.layers.l2 import Ether

    return Ether(octets)


@functools.cache
def _load_layers() -> None:
    from ipv6lab.reports import caches

    caches.load_scapy()
    import scapy.layers.dhcp
    import scapy.layers.dhcp6
    import scapy.layers.inet
    import scapy.layers.inet6  # noqa: F401  (each import teaches scapy its protocols)


def endpoints(packet: Packet) -> tuple[str, str]:
    """Source and destination: of the outermost Internet header, else of the frame."""
    for layer in _layers(packet):
        kind = type(layer).__name__
        if kind in ("IPv6", "IP"):
            return str(layer.src), str(layer.dst)
        if kind == "ARP":
            break
    return str(packet.src), str(packet.dst)


def protocol(packet: Packet) -> str:
    """The name of the innermost protocol that has one."""
    found = "Ethernet"
    for layer in _layers(packet):
        name = type(layer).__name__
        if name.endswith("error") or name == "IPerror6":
            break  # the packet that an ICMP error quotes
        if name in ("Raw", "Padding"):
            continue
        if name.startswith(("ICMPv6", "MIP6MH")):
            found = "ICMPv6"
        elif name.startswith("DHCP6"):
            return "DHCPv6"
        elif name in ("BOOTP", "DHCP"):
            return "DHCP"
        elif name in ("DNS", "ARP", "TCP", "UDP", "ICMP", "IPv6"):
            found = name
        elif name == "IP":
            found = "IPv4"
    return found


def info(packet: Packet, octets: bytes) -> str:
    """What the packet says, in one line; `octets` are its frame."""
    carried = unwrapped(octets)
    message = nd.decode(carried[-1].packet) if carried else None
    if isinstance(message, nd.RouterAdvertisement):
        return _advertisement(message)
    layers = list(_layers(packet))
    best = ""
    for index, layer in enumerate(layers):
        name = type(layer).__name__
        tell = _TELLERS.get(name)
        if tell is not None:
            best = tell(layer, layers[index + 1 :])
        elif name.startswith("DHCP6_"):
            best = _dhcp6(layer, layers[index + 1 :])
        else:
            continue  # an extension header, say: the message is behind it
        if best and name not in ("UDP", "IPv6", "IP"):
            return best
    return best or f"EtherType 0x{getattr(packet, 'type', 0):04x}, {len(packet)} octets"


def _layers(packet: Any) -> Any:
    for _depth in range(64):
        if packet is None or type(packet).__name__ == "NoPayload":
            return
        yield packet
        packet = packet.payload


def _advertisement(message: nd.RouterAdvertisement) -> str:
    parts = [f"Router Advertisement, lifetime {message.lifetime} s"]
    flags = [name for name, there in (("M", message.managed), ("O", message.other)) if there]
    if flags:
        parts.append(f"flags {' '.join(flags)}")
    if message.preference != "medium":
        parts.append(f"preference {message.preference}")
    for prefix in message.prefixes:
        letters = "L" * prefix.on_link + "A" * prefix.autonomous or "–"
        parts.append(f"prefix {prefix} ({letters})")
    parts += [f"route {route}" for route in message.routes]
    parts += [f"DNS {' '.join(map(written, one.servers))}" for one in message.dns_servers]
    parts += [f"search {' '.join(one.names)}" for one in message.search_lists]
    parts += [f"PREF64 {written(one.network)}" for one in message.nat64_prefixes]
    if message.mtu is not None:
        parts.append(f"MTU {message.mtu}")
    return ", ".join(parts)


def _link_layer(options: list[Any], kind: str) -> str:
    for option in options:
        if type(option).__name__ == kind:
            return str(option.lladdr)
    return ""


def _router_solicitation(_layer: Any, options: list[Any]) -> str:
    source = _link_layer(options, "ICMPv6NDOptSrcLLAddr")
    return f"Router Solicitation from {source}" if source else "Router Solicitation"


def _neighbour_solicitation(layer: Any, options: list[Any]) -> str:
    source = _link_layer(options, "ICMPv6NDOptSrcLLAddr")
    return f"Neighbor Solicitation for {layer.tgt}" + (f" from {source}" if source else "")


def _neighbour_advertisement(layer: Any, options: list[Any]) -> str:
    flags = " ".join(name for name in ("R", "S", "O") if getattr(layer, name))
    target = _link_layer(options, "ICMPv6NDOptDstLLAddr")
    text = f"Neighbor Advertisement {layer.tgt}" + (f" is at {target}" if target else "")
    return text + (f" ({flags})" if flags else "")


def _echo(word: str) -> Callable[[Any, list[Any]], str]:
    def tell(layer: Any, _rest: list[Any]) -> str:
        return f"Echo {word} id=0x{layer.id:04x}, seq={layer.seq}"

    return tell


def _error(word: str) -> Callable[[Any, list[Any]], str]:
    def tell(layer: Any, rest: list[Any]) -> str:
        code = f" ({layer.get_field('code').i2repr(layer, layer.code)})" if layer.code else ""
        mtu = f", MTU {layer.mtu}" if word == "Packet Too Big" else ""
        about = next((f", about {r.src} → {r.dst}" for r in rest if hasattr(r, "hlim")), "")
        return f"{word}{code}{mtu}{about}"

    return tell


def _redirect(layer: Any, _options: list[Any]) -> str:
    return f"Redirect, {layer.dst} is reached by {layer.tgt}"


def _named(word: str) -> Callable[[Any, list[Any]], str]:
    return lambda _layer, _rest: word


def _dhcp6(layer: Any, options: list[Any]) -> str:
    name = type(layer).__name__.removeprefix("DHCP6_").replace("InfoRequest", "Information-request")
    if name.startswith("Relay"):
        return f"{name} for {layer.peeraddr}"
    parts = [f"{name} XID 0x{layer.trid:06x}"]
    parts += [_dhcp6_address(option) for option in options]
    return ", ".join(part for part in parts if part)


def _dhcp6_address(option: Any) -> str:
    found = []
    # Of its own fields alone: an attribute that a layer lacks is looked for in those behind it.
    for inner in option.fields.get("ianaopts") or option.fields.get("iapdopt") or ():
        if hasattr(inner, "addr"):
            found.append(f"IAA {inner.addr}")
        elif hasattr(inner, "prefix"):
            found.append(f"IAP {inner.prefix}/{inner.plen}")
    return ", ".join(found)


def _tcp(layer: Any, rest: list[Any]) -> str:
    letters = {"S": "SYN", "A": "ACK", "F": "FIN", "R": "RST", "P": "PSH", "U": "URG"}
    flags = ", ".join(letters.get(flag, flag) for flag in str(layer.flags))
    octets = sum(len(r) for r in rest if type(r).__name__ == "Raw")
    return f"{layer.sport} → {layer.dport} [{flags}] Seq={layer.seq} Len={octets}"


def _udp(layer: Any, _rest: list[Any]) -> str:
    return f"{layer.sport} → {layer.dport} Len={max(0, (layer.len or 8) - 8)}"


def _arp(layer: Any, _rest: list[Any]) -> str:
    if layer.op == 1:
        return f"Who has {layer.pdst}? Tell {layer.psrc}"
    return f"{layer.psrc} is at {layer.hwsrc}"


def _icmp(layer: Any, _rest: list[Any]) -> str:
    kind = str(layer.get_field("type").i2repr(layer, layer.type)).replace("-", " ")
    if layer.type in (0, 8):
        return f"{kind.capitalize()} id=0x{layer.id:04x}, seq={layer.seq}"
    return kind.capitalize()


def _dhcp(layer: Any, _rest: list[Any]) -> str:
    kinds = ["?", "Discover", "Offer", "Request", "Decline", "ACK", "NAK", "Release", "Inform"]
    for option in layer.options:
        if isinstance(option, tuple) and option[0] == "message-type":
            value = option[1]
            return f"DHCP {kinds[value] if 0 < value < len(kinds) else value}"
    return "DHCP"


def _dns(layer: Any, _rest: list[Any]) -> str:
    def name(value: Any) -> str:
        return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)

    def kind(record: Any, field: str) -> str:
        return str(record.get_field(field).i2repr(record, getattr(record, field)))

    parts = ["Response" if layer.qr else "Query"]
    parts += [f"{kind(q, 'qtype')} {name(q.qname)}" for q in list(layer.qd or ())[:4]]
    answers = list(layer.an or ())[:8] if layer.qr else []
    parts += [f"{kind(a, 'type')} {name(getattr(a, 'rdata', ''))}" for a in answers]
    return " ".join(parts)


def _internet(layer: Any, _rest: list[Any]) -> str:
    field = "nh" if hasattr(layer, "nh") else "proto"
    return f"next header {layer.get_field(field).i2repr(layer, getattr(layer, field))}"


_TELLERS: dict[str, Callable[[Any, list[Any]], str]] = {
    "ICMPv6ND_RS": _router_solicitation,
    "ICMPv6ND_NS": _neighbour_solicitation,
    "ICMPv6ND_NA": _neighbour_advertisement,
    "ICMPv6ND_Redirect": _redirect,
    "ICMPv6EchoRequest": _echo("request"),
    "ICMPv6EchoReply": _echo("reply"),
    "ICMPv6DestUnreach": _error("Destination Unreachable"),
    "ICMPv6PacketTooBig": _error("Packet Too Big"),
    "ICMPv6TimeExceeded": _error("Time Exceeded"),
    "ICMPv6ParamProblem": _error("Parameter Problem"),
    "ICMPv6MLReport2": _named("Multicast Listener Report v2"),
    "ICMPv6MLReport": _named("Multicast Listener Report"),
    "ICMPv6MLDone": _named("Multicast Listener Done"),
    "ICMPv6MLQuery": _named("Multicast Listener Query"),
    "ICMPv6MLQuery2": _named("Multicast Listener Query v2"),
    "TCP": _tcp,
    "UDP": _udp,
    "ARP": _arp,
    "ICMP": _icmp,
    "DHCP": _dhcp,
    "DNS": _dns,
    "IPv6": _internet,
    "IP": _internet,
}
