"""What a packet says, by the fields that matter.

Names of messages are the protocols' own; what is said about them can be translated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ipv6lab.addresses.text import written
from ipv6lab.reports import ladder_openflow as openflow
from ipv6lab.reports.ladder_glance import IPV6, Glance, look
from ipv6lab.reports.ladder_names import UNSPECIFIED, is_group
from ipv6lab.reports.packet_info import dissect
from ipv6lab.wire import nd
from ipv6lab.words.message import Message, _

Detail = Message | str

# What a statement is about; pages and terminals colour it so, and nothing is told by colour alone.
NEIGHBOURS, ADDRESSES, NAMES, TRANSPORT, ERROR, ECHO, WEB, OTHER = (
    *("neighbours", "addresses", "names", "transport", "error", "echo", "web", "other"),
)
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
LONGEST = 160  # characters of what a packet may have us repeat
SERVICES = {22: "ssh", 25: "smtp", 53: "dns", 80: "http", 179: "bgp", 443: "https", 853: "dns/tls",
            6653: "openflow"}  # fmt: skip
_HTTP = re.compile(rb"(?:(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT) \S+ )?HTTP/\d[^\r\n]*")


class Says(NamedTuple):
    """A statement: what it is, what it says, what it is about."""

    title: str
    details: tuple[Detail, ...] = ()
    about: str = OTHER


def says(glance: Glance) -> Says:
    """What the innermost packet says; never raises."""
    try:
        said = _tcp(glance) if glance.protocol == "TCP" else _dissected(glance)
    except Exception:
        # Hostile octets reach every corner of a decoder.
        said = Says(glance.protocol, (_("cannot be read"),))
    return Says(_clean(said.title), said.details, said.about)


def _dissected(glance: Glance) -> Says:
    if glance.protocol == "fragment":
        return Says("Fragment", (_("{count} octets", count=len(glance.payload)),))
    if glance.packet is not None:
        message = nd.decode(glance.packet)
        if isinstance(message, nd.RouterAdvertisement):
            return _router_advertises(message)
    header = glance.last
    if header is None and glance.protocol != "ARP":
        return Says(glance.protocol, (_("{count} octets", count=len(glance.octets)),))
    kind = IPV6 if header and header.version == 6 else 0x0800 if header else 0x0806
    layers = list(_layers(dissect(bytes(12) + kind.to_bytes(2, "big") + glance.inner)))
    for index, layer in enumerate(layers):
        name = type(layer).__name__
        if name.startswith("DHCP6") and not name.startswith("DHCP6Opt"):
            return _dhcp6(layer, layers[index + 1 :])
        teller = _TELLERS.get(name)
        if teller is not None:
            return teller(layer, layers[index + 1 :], glance)
        if name.endswith("error") or name == "IPerror6":
            break
    if glance.ports:
        ports = f"{glance.ports[0]} → {glance.ports[1]}"
        return Says(glance.protocol, (ports, _("{count} octets", count=len(glance.payload))))
    return Says(glance.protocol, (_("{count} octets", count=len(glance.payload)),))


def _layers(packet: Any) -> Iterator[Any]:
    for _depth in range(64):
        if packet is None or type(packet).__name__ == "NoPayload":
            return
        yield packet
        packet = packet.payload


# -- Neighbour Discovery (RFC 4861), MLD (RFC 3810), ARP


def _solicits_routers(_layer: Any, _rest: list[Any], _glance: Glance) -> Says:
    return Says("Router Solicitation", (), NEIGHBOURS)


def _router_advertises(message: nd.RouterAdvertisement) -> Says:
    details: list[Detail] = [_("hosts discard it")] if message.flaws else []
    if message.lifetime:
        details.append(_("default router for {seconds} s", seconds=message.lifetime))
    else:
        details.append(_("no default router"))
    if message.preference in ("high", "low"):
        high = message.preference == "high"
        details.append(_("preference high") if high else _("preference low"))
    if message.managed:
        details.append(_("addresses by DHCPv6 (M)"))
    if message.other:
        details.append(_("more by DHCPv6 (O)"))
    for prefix in message.prefixes:
        flags = " ".join("L" * prefix.on_link + "A" * prefix.autonomous) or "–"
        details.append(_("prefix {prefix} ({flags})", prefix=str(prefix), flags=flags))
        if not prefix.valid or not prefix.preferred:
            details.append(_("no longer to be used"))
    for servers in message.dns_servers:
        details.append(_("DNS {servers}", servers=" ".join(map(written, servers.servers))))
    for listed in message.search_lists:
        details.append(_searched(listed.names))
    details += [_("route {prefix}", prefix=str(route)) for route in message.routes]
    if message.mtu is not None:
        details.append(f"MTU {message.mtu}")
    details += [f"PREF64 {written(one.network)}" for one in message.nat64_prefixes]
    return Says("Router Advertisement", tuple(details), NEIGHBOURS)


def _searched(names: Iterable[str]) -> Message:
    return _("search list {domains}", domains=_clean(" ".join(names)))


def _solicits_neighbour(layer: Any, _rest: list[Any], glance: Glance) -> Says:
    header = glance.last
    target = str(layer.tgt)
    if header and header.source in UNSPECIFIED:
        asked = _("does anybody have {address}? (DAD)", address=target)
    elif header and not is_group(header.destination):
        asked = _("is {address} still there?", address=target)
    else:
        asked = _("who has {address}?", address=target)
    return Says("Neighbor Solicitation", (asked,), NEIGHBOURS)


def _neighbour_advertises(layer: Any, rest: list[Any], _glance: Glance) -> Says:
    flags = " ".join(flag for flag in "RSO" if getattr(layer, flag))
    mac = next((str(r.lladdr) for r in rest if type(r).__name__ == "ICMPv6NDOptDstLLAddr"), None)
    told: Detail = str(layer.tgt)
    if mac:
        told = _("{address} is at {mac}", address=str(layer.tgt), mac=mac)
    details = (told, _("flags {flags}", flags=flags)) if flags else (told,)
    return Says("Neighbor Advertisement", details, NEIGHBOURS)


def _redirects(layer: Any, _rest: list[Any], _glance: Glance) -> Says:
    way = _("{address} is reached by {target}", address=str(layer.dst), target=str(layer.tgt))
    return Says("Redirect", (way,), NEIGHBOURS)


def _reports(layer: Any, _rest: list[Any], _glance: Glance) -> Says:
    joined: list[str] = []
    left: list[str] = []
    for record in layer.records or ():
        # Types 2 and 4 exclude no source, that is: all are wanted; 1 and 3 want none (RFC 3810).
        (joined if record.rtype in (2, 4) else left).append(str(record.dst))
    details: list[Detail] = []
    if joined:
        details.append(_("is in {groups}", groups=" ".join(joined[:4])))
    if left:
        details.append(_("leaves {groups}", groups=" ".join(left[:4])))
    return Says("MLDv2 Report", tuple(details), NEIGHBOURS)


def _listens(title: str) -> Callable[[Any, list[Any], Glance], Says]:
    return lambda layer, _rest, _glance: Says(title, (str(layer.mladdr),), NEIGHBOURS)


def _arp(layer: Any, _rest: list[Any], _glance: Glance) -> Says:
    if layer.op == 1:
        return Says("ARP Request", (_("who has {address}?", address=str(layer.pdst)),), NEIGHBOURS)
    told = _("{address} is at {mac}", address=str(layer.psrc), mac=str(layer.hwsrc))
    return Says("ARP Reply", (told,), NEIGHBOURS)


# -- ICMP


def _echo(title: str) -> Callable[[Any, list[Any], Glance], Says]:
    def tell(layer: Any, _rest: list[Any], glance: Glance) -> Says:
        octets = _("{count} octets", count=max(0, len(glance.payload) - 8))
        return Says(title, (f"id 0x{layer.id:04x}", f"seq {layer.seq}", octets), ECHO)

    return tell


_UNREACHABLE = {
    0: _("no route to the destination"),
    1: _("forbidden by a filter"),
    2: _("beyond the scope of the source address"),
    3: _("nobody has the address"),
    4: _("nobody listens on the port"),
    5: _("the source address is not allowed"),
    6: _("the route rejects it"),
}
_UNREACHABLE_4 = {
    0: _UNREACHABLE[0],
    1: _UNREACHABLE[3],
    3: _UNREACHABLE[4],
    9: _UNREACHABLE[1],
    10: _UNREACHABLE[1],
    13: _UNREACHABLE[1],
}


def _error6(title: str) -> Callable[[Any, list[Any], Glance], Says]:
    def tell(layer: Any, rest: list[Any], _glance: Glance) -> Says:
        details: list[Detail] = []
        if title == "Destination Unreachable" and layer.code in _UNREACHABLE:
            details.append(_UNREACHABLE[layer.code])
        if title == "Packet Too Big":
            details.append(f"MTU {layer.mtu}")
        return Says(title, (*details, *_about(rest)), ERROR)

    return tell


def _icmp(layer: Any, rest: list[Any], glance: Glance) -> Says:
    if layer.type in (0, 8):
        return _echo("Echo Reply" if layer.type == 0 else "Echo Request")(layer, rest, glance)
    details: list[Detail] = []
    title = {3: "Destination Unreachable", 5: "Redirect", 11: "Time Exceeded"}.get(
        layer.type, f"ICMP type {layer.type}"
    )
    if layer.type == 3 and layer.code == 4:
        title = "Fragmentation Needed"
        details.append(f"MTU {layer.nexthopmtu}")
    elif layer.type == 3 and layer.code in _UNREACHABLE_4:
        details.append(_UNREACHABLE_4[layer.code])
    return Says(title, (*details, *_about(rest)), ERROR)


def _about(rest: list[Any]) -> Iterator[Detail]:
    """Which packet an error is about."""
    for index, layer in enumerate(rest):
        if not (hasattr(layer, "hlim") or hasattr(layer, "ttl")):
            continue
        upper = next((r for r in rest[index + 1 :] if hasattr(r, "dport")), None)
        target = f"{layer.dst} {upper.dport}" if upper is not None else str(layer.dst)
        yield _("about {source} → {target}", source=str(layer.src), target=target)
        return


# -- DHCP, DNS


def _dhcp6(layer: Any, options: list[Any]) -> Says:
    name = type(layer).__name__.removeprefix("DHCP6_")
    title = {"InfoRequest": "Information-request", "RelayForward": "Relay-forward"}.get(name, name)
    title = {"RelayReply": "Relay-reply"}.get(title, title)
    details: list[Detail] = []
    if name.startswith("Relay"):
        details.append(_("for {address}", address=str(layer.peeraddr)))
        if str(layer.linkaddr) not in UNSPECIFIED:
            details.append(_("on the link of {address}", address=str(layer.linkaddr)))
        inner = next((o.message for o in options if hasattr(o, "message")), None)
        if inner is not None and type(inner).__name__.startswith("DHCP6"):
            within = list(_layers(inner))
            said = _dhcp6(within[0], within[1:])
            details += [_("holds {message}", message=said.title), *said.details]
        return Says(f"DHCPv6 {title}", tuple(details), ADDRESSES)
    for option in options:
        details += _dhcp6_option(option)
    return Says(f"DHCPv6 {title}", tuple(details), ADDRESSES)


def _dhcp6_option(option: Any) -> Iterator[Detail]:
    kind = type(option).__name__
    if kind in ("DHCP6OptIA_NA", "DHCP6OptIA_PD"):
        inside = list(option.fields.get("ianaopts") or option.fields.get("iapdopt") or ())
        if not inside:
            yield _("wants an address") if kind.endswith("NA") else _("wants a prefix")
        for inner in inside:
            yield from _dhcp6_option(inner)
    elif kind == "DHCP6OptIAAddress":
        yield _("address {address}", address=str(option.addr))
    elif kind == "DHCP6OptIAPrefix":
        yield _("prefix {prefix}", prefix=f"{option.prefix}/{option.plen}")
    elif kind == "DHCP6OptDNSServers":
        yield _("DNS {servers}", servers=" ".join(map(str, option.dnsservers)))
    elif kind == "DHCP6OptDNSDomains":
        yield _searched(_name(one).rstrip(".") for one in option.dnsdomains)
    elif kind in ("DHCP6OptSNTPServers", "DHCP6OptNTPServer"):
        servers = option.fields.get("sntpservers") or [
            value
            for each in option.fields.get("ntpserver") or ()
            for value in (each.fields.get(name) for name in ("addr", "fqdn"))
            if value
        ]
        yield _("time servers {servers}", servers=" ".join(_name(one) for one in servers))
    elif kind == "DHCP6OptStatusCode":
        yield str(option.get_field("statuscode").i2repr(option, option.statuscode))
    elif kind == "DHCP6OptRapidCommit":
        yield "Rapid Commit"


_DHCP = ("?", "Discover", "Offer", "Request", "Decline", "Ack", "Nak", "Release", "Inform")


def _dhcp4(layer: Any, rest: list[Any], _glance: Glance) -> Says:
    options: list[Any] = next((r.options for r in rest if type(r).__name__ == "DHCP"), [])
    told = {option[0]: option[1:] for option in options if isinstance(option, tuple)}
    number = int((told.get("message-type") or (0,))[0])
    details: list[Detail] = []
    address = str(layer.yiaddr)
    if address in UNSPECIFIED and "requested_addr" in told:
        address = str(told["requested_addr"][0])
    if address not in UNSPECIFIED:
        details.append(_("address {address}", address=address))
    if "router" in told:
        details.append(_("default router {address}", address=str(told["router"][0])))
    if "name_server" in told and number in (2, 5):
        details.append(_("DNS {servers}", servers=" ".join(map(str, told["name_server"]))))
    if "v6-only-preferred" in told or 108 in told:
        details.append("IPv6-only preferred")
    return Says(f"DHCP {_DHCP[number if number < len(_DHCP) else 0]}", tuple(details), ADDRESSES)


def _dns(layer: Any, _rest: list[Any], _glance: Glance) -> Says:
    question = next(iter(layer.qd or ()), None)
    asked = ""
    if question is not None:
        asked = f"{_repr(question, 'qtype')} {_name(question.qname)}"
    if not layer.qr:
        return Says("DNS Query", (asked,), NAMES)
    details: list[Detail] = [asked]
    if layer.rcode:
        code = _RCODES.get(layer.rcode, str(layer.rcode))
        return Says("DNS Response", (asked, code), ERROR)
    for record in list(layer.an or ())[:6]:
        data = getattr(record, "rdata", None)
        kind = _repr(record, "type")
        details.append(f"{kind} {_name(data)}" if data is not None else kind)
    if not layer.an:
        # A referral has name servers beside an empty answer; that there is nothing, an SOA says
        # (RFC 2308 section 2.2).
        servers = [_name(one.rdata) for one in layer.ns or () if one.type == _NS]
        if servers:
            details.append(_("ask {servers}", servers=", ".join(servers[:3])))
        else:
            details.append(_("there is no such record"))
    if layer.tc:
        details.append(_("cut off; ask by TCP"))
    return Says("DNS Response", tuple(details), NAMES)


_NS = 2  # RFC 1035 section 3.2.2
_RCODES = {1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


def _repr(record: Any, field: str) -> str:
    return str(record.get_field(field).i2repr(record, getattr(record, field)))


def _name(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if isinstance(value, list):
        value = " ".join(_name(part) for part in value)
    return _clean(str(value))


# -- TCP and what it carries


def _tcp(glance: Glance) -> Says:
    source, target = glance.ports or (0, 0)
    service = SERVICES.get(target)
    port = f"{target} ({service})" if service else str(target)
    flags = glance.flags
    if flags & RST:
        return Says("TCP RST", (_("refused or broken off"), f"{source} → {target}"), ERROR)
    if flags & SYN:
        if flags & ACK:
            return Says("TCP SYN, ACK", (_("port {port} accepts", port=source),), TRANSPORT)
        return Says("TCP SYN", (_("opens port {port}", port=port),), TRANSPORT)
    if glance.payload:
        return _carried(glance.payload, source, target)
    if flags & FIN:
        return Says("TCP FIN", (_("sends no more"), f"{source} → {target}"), TRANSPORT)
    return Says("TCP ACK", (f"{source} → {target}",), TRANSPORT)


def _carried(payload: bytes, source: int, target: int) -> Says:
    matched = _HTTP.match(payload[:2000])
    if matched:
        line = _clean(matched.group().decode("latin-1"))
        host = re.search(rb"\r\n[Hh]ost: *([^\r\n]{1,100})", payload[:4000])
        details: tuple[Detail, ...] = (_clean(host[1].decode("latin-1")),) if host else ()
        error = line.startswith("HTTP/") and line.split(" ")[1:2] > ["4"]
        return Says(line, details, ERROR if error else WEB)
    if payload[0] == 22 and payload[1:2] == b"\x03" and payload[5:6] in (b"\x01", b"\x02"):
        return Says("TLS Client Hello" if payload[5] == 1 else "TLS Server Hello", (), WEB)
    if 53 in (source, target) and len(payload) > 14:
        from scapy.layers.dns import DNS

        said = _dns(DNS(payload[2:]), [], Glance(b""))
        return Says(f"{said.title} (TCP)", said.details, said.about)
    if source in openflow.PORTS or target in openflow.PORTS:
        found = openflow.messages(payload)
        if found:
            return _openflow(found)
    return Says(TCP_DATA, (f"{source} → {target}",), TRANSPORT)


def _openflow(found: list[tuple[int, int, bytes]]) -> Says:
    """What a switch and its controller say to each other; several messages may come at once."""
    names = [openflow.name(version, kind) for version, kind, _octets in found]
    told: list[Detail] = []
    for name, message in zip(names, found, strict=True):
        details = openflow.details(*message, _in_short)
        if details and len(found) > 1:
            told.append(f"{name}:")
        told += details
    about = ERROR if any(kind == openflow.ERROR for _version, kind, _octets in found) else OTHER
    return Says("OpenFlow " + ", ".join(names), tuple(told), about)


def _in_short(frame: bytes) -> tuple[Detail, ...]:
    """What a frame is that a message carries."""
    if not frame:
        return ()
    said = says(look(frame))
    return (_("carries {message}", message=said.title), *said.details[:1])


TCP_DATA = "TCP data"


def _clean(text: str) -> str:
    """One line without control characters, no longer than `LONGEST`."""
    clean = "".join(char if char.isprintable() else "·" for char in text)
    return clean if len(clean) <= LONGEST else clean[:LONGEST] + "…"


_TELLERS: dict[str, Callable[[Any, list[Any], Glance], Says]] = {
    "ICMPv6ND_RS": _solicits_routers,
    "ICMPv6ND_NS": _solicits_neighbour,
    "ICMPv6ND_NA": _neighbour_advertises,
    "ICMPv6ND_Redirect": _redirects,
    "ICMPv6MLReport2": _reports,
    "ICMPv6MLReport": _listens("MLD Report"),
    "ICMPv6MLDone": _listens("MLD Done"),
    "ICMPv6MLQuery": _listens("MLD Query"),
    "ICMPv6MLQuery2": _listens("MLDv2 Query"),
    "ICMPv6EchoRequest": _echo("Echo Request"),
    "ICMPv6EchoReply": _echo("Echo Reply"),
    "ICMPv6DestUnreach": _error6("Destination Unreachable"),
    "ICMPv6PacketTooBig": _error6("Packet Too Big"),
    "ICMPv6TimeExceeded": _error6("Time Exceeded"),
    "ICMPv6ParamProblem": _error6("Parameter Problem"),
    "ICMP": _icmp,
    "ARP": _arp,
    "BOOTP": _dhcp4,
    "DNS": _dns,
}
