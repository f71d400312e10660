"""What still needs IPv4, and why: read out of captured packets.

A use of IPv4 is a connection, or the first question of a datagram protocol or of ICMP, that got an
answer: natively, or behind a translator's prefix (NAT64), where the host has no IPv4 and the other
end has nothing else. Its name is what the host, or anybody before, asked the DNS for that address.
The cause is what the DNS and the packets say of the same name's IPv6. Multicast, broadcasts, and
what hosts say among themselves to have an address (ARP, DHCPv4) need no IPv4 of anybody else.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from ipv6lab.addresses.embedding import discovered, extracted
from ipv6lab.wire import dns_messages as dns
from ipv6lab.wire import nd
from ipv6lab.wire.headers import ICMP, ICMPV6, TCP, UDP, Datagram, datagram, link_layer

Address = IPv4Address | IPv6Address

WELL_KNOWN = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1
NATIVE, TRANSLATED = "native", "translated"
# Causes, in the order in which somebody can do something about them.
LITERAL, NO_AAAA, NOT_ASKED, DNS_SILENT = "literal", "no-aaaa", "not-asked", "dns-silent"
DEAD, REFUSED, EYEBALLS, NOT_TRIED, UNKNOWN = (
    "dead", "refused", "happy-eyeballs", "not-tried", "asked-before",
)  # fmt: skip
DNS_SERVER = "dns-server"
CAUSES = (
    NO_AAAA,
    LITERAL,
    DNS_SERVER,
    DEAD,
    REFUSED,
    DNS_SILENT,
    NOT_ASKED,
    EYEBALLS,
    NOT_TRIED,
    UNKNOWN,
)
PROGRAMS = {
    21: "FTP", 22: "SSH", 25: "SMTP", 53: "DNS", 80: "HTTP", 110: "POP3", 123: "NTP", 143: "IMAP",
    161: "SNMP", 389: "LDAP", 443: "HTTPS", 445: "SMB", 465: "SMTPS", 514: "syslog", 587: "SMTP",
    631: "IPP", 636: "LDAPS", 853: "DNS over TLS", 993: "IMAPS", 995: "POP3S", 1812: "RADIUS",
    3306: "MySQL", 3389: "RDP", 5060: "SIP", 5432: "PostgreSQL", 9100: "raw printing",
}  # fmt: skip
SYN, ACK, RST = 0x02, 0x10, 0x04
DHCP = {67, 68}
ETH_P_ARP = 0x0806
NOBODY, EVERYBODY = "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"
ECHO = {ICMP: (8, 0), ICMPV6: (128, 129)}
FIRST_HOPS = {32, 64, 128, 255}  # hop limits of packets that no router has passed on
TOGETHER = 0.25  # seconds between the tries of one connection (RFC 8305 section 8)
AGENT = re.compile(rb"\r\nuser-agent:[ \t]*([^\r\n]{1,80})", re.IGNORECASE)
HOST = re.compile(rb"\r\nhost:[ \t]*([a-z0-9.-]{1,253})(?::\d+)?\r\n", re.IGNORECASE)
MOST = 200_000  # flows that are looked at


@dataclass
class Flow:
    """What one end asked another for, from the first packet on."""

    host: str
    source: Address
    destination: Address
    protocol: int
    port: int
    began: float
    answered: float | None = None
    refused: bool = False
    carried: bool = False  # the side that asked has sent data
    agent: str = ""
    said: str = ""  # the name in what it sent, or an address where it names one

    @property
    def used(self) -> bool:
        """Whether it was more than a try that lost a race."""
        return self.carried if self.protocol == TCP else self.answered is not None


@dataclass
class Asked:
    """What a host knows of a name, as the DNS told it."""

    asked: list[tuple[float, int]] = field(default_factory=list)  # when, and which kind of record
    answered: set[int] = field(default_factory=set)
    addresses: set[IPv6Address] = field(default_factory=set)

    def last(self, moment: float) -> list[tuple[float, int]]:
        """The last question for A before a moment, and those for AAAA that belong to it.

        Each belongs to the question for A that is nearest in time: a program asks for both at once.
        """
        wanted = [time for time, kind in self.asked if kind == dns.A]
        before = [time for time in wanted if time <= moment]
        if not before:
            return self.asked
        own = before[-1]
        return [
            (time, kind)
            for time, kind in self.asked
            if min(wanted, key=lambda one, time=time: abs(one - time)) == own  # type: ignore[misc]
        ]


@dataclass(frozen=True)
class Use:
    """A host's use of IPv4: whom, by which program, how, and why; and how often."""

    host: str
    address: IPv4Address
    name: str  # empty where nobody asked for one
    program: str
    protocol: str
    port: int
    way: str
    cause: str
    milliseconds: int | None  # that an answer by IPv6 took, where one came
    count: int


@dataclass
class Needs:
    """All that was found: `hosts` are those that were seen to ask anybody for anything."""

    frames: int = 0
    hosts: set[str] = field(default_factory=set)
    prefixes: list[IPv6Network] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    flows: int = 0  # connections and questions by either protocol
    tries: int = 0  # by IPv4, that nobody answered or that lost a race
    local: int = 0  # frames of multicast, broadcast, ARP, DHCPv4


class Reading:
    """Reads frames in the order of time; `done` judges.

    `names` has the names of nodes by address, where a lab is known. `prefixes` are translators'.
    """

    def __init__(
        self, names: dict[Address, str] | None = None, prefixes: Iterable[IPv6Network] = ()
    ) -> None:
        self._names = names or {}
        self._needs = Needs()
        self._prefixes = [WELL_KNOWN, *prefixes]
        self._flows: dict[tuple[object, ...], Flow] = {}
        self._dns: dict[tuple[str, str], Asked] = defaultdict(Asked)
        # Which names an address was an answer for, by host ("" is anybody): when, and which.
        self._called: dict[tuple[str, Address], list[tuple[float, str]]] = defaultdict(list)
        self._macs: dict[Address, str] = {}  # of hosts that are on the link itself
        self._passed: dict[Address, str] = {}  # who has passed an address's packets on

    def add(self, time: float, frame: bytes) -> None:
        """Take one Ethernet frame."""
        needs = self._needs
        needs.frames += 1
        link, data = link_layer(frame), datagram(frame)
        if data is None:
            needs.local += link is not None and link.kind == ETH_P_ARP
            return
        if (
            link is not None
            and data.hop_limit in FIRST_HOPS
            and link.source != NOBODY
            and not data.source.is_unspecified
        ):
            self._macs.setdefault(data.source, link.source)
        elif link is not None and link.source != NOBODY:
            self._passed.setdefault(data.source, link.source)
        if data.protocol == ICMPV6:
            self._router(frame)
        if data.destination.is_multicast or (link is not None and link.destination == EVERYBODY):
            needs.local += data.version == 4
            return
        if data.ports is not None and set(data.ports) <= DHCP:
            needs.local += 1
            return
        if data.offset == 0:
            self._flow(time, data)

    def _host(self, address: Address) -> str:
        """One word for a host: the card that its addresses share, or the address itself.

        464XLAT's address is one of a host that passes its packets on: in its network, by its card.
        """
        if address in self._macs:
            return self._macs[address]
        mac = self._passed.get(address)
        if mac and isinstance(address, IPv6Address):
            network = int(address) >> 64
            if any(
                mac == other and own.version == 6 and int(own) >> 64 == network
                for own, other in self._macs.items()
            ):
                return mac
        return str(address)

    def _label(self, host: str) -> str:
        """What a host is called: its node, or the first of its addresses, IPv4 first."""
        own = [one for one, mac in self._macs.items() if mac == host]
        for one in own:
            if one in self._names:
                return self._names[one]
        for address, name in self._names.items():
            if str(address) == host:
                return name
        usable = [one for one in own if not one.is_link_local]
        return str(min(usable, key=lambda one: one.version)) if usable else host

    def _router(self, frame: bytes) -> None:
        told = nd.decode(frame)
        if isinstance(told, nd.RouterAdvertisement):
            for one in told.nat64_prefixes:
                self._translator(one.network)

    def _translator(self, prefix: IPv6Network) -> None:
        if prefix not in self._prefixes:
            self._prefixes.append(prefix)

    # Flows

    def _flow(self, time: float, data: Datagram) -> None:
        ends = data.ports
        if data.protocol == TCP and ends is not None and len(data.payload) >= 14:
            self._tcp(time, data, ends)
        elif data.protocol == UDP and ends is not None:
            self._udp(time, data, ends)
        elif data.icmp_type in ECHO.get(data.protocol, ()):
            asks, _answers = ECHO[data.protocol]
            number = int.from_bytes(data.payload[4:6], "big")
            self._question(time, data, data.icmp_type == asks, (number, 0), 0)
        elif data.icmp_type in (3, 1) and data.protocol in (ICMP, ICMPV6):
            self._complaint(data)

    def _question(
        self, time: float, data: Datagram, asks: bool, ends: tuple[int, int], port: int
    ) -> Flow | None:
        """The flow that a datagram begins or goes on with, and None where it is no longer kept."""
        there = (data.protocol, data.source, data.destination, ends)
        back = (data.protocol, data.destination, data.source, ends)
        if not asks and (flow := self._flows.get(back)) is not None:
            flow.answered = time if flow.answered is None else flow.answered
            return flow
        if asks and there not in self._flows and len(self._flows) < MOST:
            self._flows[there] = Flow("", data.source, data.destination, data.protocol, port, time)
        return self._flows.get(there) if asks else None

    def _udp(self, time: float, data: Datagram, ends: tuple[int, int]) -> None:
        asked_back = (UDP, data.destination, data.source, (ends[1], ends[0]))
        asks = asked_back not in self._flows
        pair = ends if asks else (ends[1], ends[0])
        self._question(time, data, asks, pair, pair[1])
        if dns.PORT in ends:
            self._name(time, data, ends, data.payload[8:])

    def _tcp(self, time: float, data: Datagram, ends: tuple[int, int]) -> None:
        flags, size = data.payload[13], (data.payload[12] >> 4) * 4
        content = data.payload[size:] if size >= 20 else b""
        there = (TCP, data.source, data.destination, ends)
        back = (TCP, data.destination, data.source, (ends[1], ends[0]))
        if flags & SYN and not flags & ACK:
            if there not in self._flows and len(self._flows) < MOST:
                self._flows[there] = Flow("", data.source, data.destination, TCP, ends[1], time)
        elif (flow := self._flows.get(back)) is not None:
            if flags & RST and flow.answered is None:
                flow.refused = True
            elif flags & SYN and flow.answered is None:
                flow.answered = time
        elif (flow := self._flows.get(there)) is not None and content:
            if not flow.carried:
                flow.agent, flow.said = _says(content)
            flow.carried = flow.answered is not None
        if dns.PORT in ends and len(content) > 2:
            self._name(time, data, ends, content[2:])

    def _complaint(self, data: Datagram) -> None:
        """An ICMP message that a destination is not reached: of which flow."""
        inside = data.payload[8:]
        kind = b"\x86\xdd" if data.version == 6 else b"\x08\x00"
        packet = datagram(bytes(12) + kind + _padded(inside))
        if packet is None or packet.ports is None:
            return
        flow = self._flows.get((packet.protocol, packet.source, packet.destination, packet.ports))
        if flow is not None and flow.answered is None:
            flow.refused = True

    # Names

    def _name(self, time: float, data: Datagram, ends: tuple[int, int], content: bytes) -> None:
        message = dns.decode(content)
        if message is None or message.kind not in (dns.A, dns.AAAA):
            return
        if not message.response and ends[1] == dns.PORT:
            self._dns[self._host(data.source), message.name].asked.append((time, message.kind))
        elif message.response and ends[0] == dns.PORT:
            host = self._host(data.destination)
            known = self._dns[host, message.name]
            if not known.asked:  # the question came before the capture
                known.asked.append((time, message.kind))
            if message.cut or message.code not in (0, 3):
                return
            known.answered.add(message.kind)
            for address in message.addresses:
                if isinstance(address, IPv6Address):
                    if message.name == "ipv4only.arpa" and (prefix := discovered(address)):
                        self._translator(prefix)
                    known.addresses.add(address)
                for who in (host, ""):
                    self._called[who, address].append((time, message.name))

    # Judgement

    def done(self) -> Needs:
        """What was found in all that was taken."""
        needs = self._needs
        needs.prefixes = [one for one in self._prefixes if self._behind_any(one)]
        for flow in self._flows.values():
            flow.host = self._host(flow.source)
        flows = list(self._flows.values())
        needs.flows = len(flows)
        needs.hosts = {self._label(one.host) for one in flows}
        by_host: dict[str, list[Flow]] = defaultdict(list)
        for flow in flows:
            if flow.destination.version == 6:
                by_host[flow.host].append(flow)
        uses: Counter[Use] = Counter()
        for flow in flows:
            target = self._target(flow.destination)
            if target is None:
                continue
            if not flow.used:
                needs.tries += 1
                continue
            uses[self._use(flow, target, by_host[flow.host])] += 1
        needs.uses = sorted(
            (replace(one, count=count) for one, count in uses.items()),
            key=lambda one: (CAUSES.index(one.cause), one.host, one.name, int(one.address)),
        )
        return needs

    def _behind_any(self, prefix: IPv6Network) -> bool:
        return any(one.destination in prefix for one in self._flows.values())

    def _target(self, address: Address) -> IPv4Address | None:
        """The IPv4 address that is meant, None where it is IPv6 that is."""
        if isinstance(address, IPv4Address):
            return address
        for prefix in self._prefixes:
            if address in prefix:
                return extracted(prefix, address)
        return None

    def _use(self, flow: Flow, target: IPv4Address, others: list[Flow]) -> Use:
        way = NATIVE if flow.destination.version == 4 else TRANSLATED
        name = flow.said
        for host in (flow.host, ""):
            for address in (flow.destination, target):
                name = name or self._name_of(host, address, flow.began)
        cause, took = self._cause(flow, name, others)
        protocol = {TCP: "TCP", UDP: "UDP"}.get(flow.protocol, "ICMP")
        program = flow.agent or PROGRAMS.get(flow.port, "") or ("ping" if not flow.port else "")
        if _is_literal(name):
            name = ""
        label = self._label(flow.host)
        return Use(label, target, name, program, protocol, flow.port, way, cause, took, 0)

    def _name_of(self, host: str, address: Address, moment: float) -> str:
        """The name that was last answered with an address before a moment."""
        told = [name for time, name in self._called.get((host, address), ()) if time <= moment]
        return told[-1] if told else ""

    def _cause(self, flow: Flow, name: str, others: list[Flow]) -> tuple[str, int | None]:
        if not name or _is_literal(name):
            return (DNS_SERVER if flow.port == dns.PORT else LITERAL), None
        known = self._known(flow.host, name)
        if not known.asked:
            return UNKNOWN, None
        asked = known.last(flow.began)
        native = {one for one in known.addresses if self._target(one) is None}
        if not native:
            if all(kind != dns.AAAA for _time, kind in asked):
                return NOT_ASKED, None
            return (NO_AAAA if dns.AAAA in known.answered else DNS_SILENT), None
        if all(kind != dns.AAAA for _time, kind in asked):
            return NOT_ASKED, None
        tried = [
            one
            for one in others
            if one.destination in native
            and (one.protocol, one.port) == (flow.protocol, flow.port)
            and asked[0][0] <= one.began <= flow.began + TOGETHER
        ]
        if not tried:
            return NOT_TRIED, None
        came = [one for one in tried if one.answered is not None]
        if came:
            first = min((one.answered or 0) - one.began for one in came)
            return EYEBALLS, round(first * 1000)
        return (REFUSED if any(one.refused for one in tried) else DEAD), None

    def _known(self, host: str, name: str) -> Asked:
        """What the host knows of a name; what others heard where it asked nobody itself."""
        if (host, name) in self._dns:
            return self._dns[host, name]
        whole = Asked()
        for (_other, asked), known in self._dns.items():
            if asked == name:
                whole.asked += known.asked
                whole.answered |= known.answered
                whole.addresses |= known.addresses
        whole.asked.sort()
        return whole


def _is_literal(name: str) -> bool:
    return bool(re.fullmatch(r"[0-9.]+", name))


def _padded(inside: bytes) -> bytes:
    """The packet in a complaint, which is cut off: made as long as it says that it is."""
    if len(inside) < 20:
        return inside
    whole = (
        int.from_bytes(inside[4:6], "big") + 40
        if inside[0] >> 4 == 6
        else int.from_bytes(inside[2:4], "big")
    )
    return inside.ljust(min(whole, 1 << 16), b"\0")


def _says(content: bytes) -> tuple[str, str]:
    """(program, name) as the first octets of a connection tell them: HTTP, or TLS's SNI."""
    agent, host = AGENT.search(content), HOST.search(content)
    name = host[1].decode("ascii").lower() if host else _server_name(content)
    words = agent[1].decode("ascii", "replace") if agent else ""
    return "".join(one if one.isprintable() else "?" for one in words), name


def _server_name(content: bytes) -> str:
    """The name in a TLS ClientHello (RFC 6066 section 3), empty where there is none."""
    if len(content) < 44 or content[0] != 22 or content[5] != 1:
        return ""
    at = 43
    at += 1 + content[at]  # session
    if at + 2 > len(content):
        return ""
    at += 2 + int.from_bytes(content[at : at + 2], "big")  # ciphers
    if at >= len(content):
        return ""
    at += 1 + content[at] + 2  # compression, length of the extensions
    while at + 4 <= len(content):
        kind, size = (
            int.from_bytes(content[at : at + 2], "big"),
            int.from_bytes(content[at + 2 : at + 4], "big"),
        )
        if kind == 0:
            name = content[at + 9 : at + 4 + size]
            return name.decode("ascii", "replace").lower() if name.isascii() else ""
        at += 4 + size
    return ""
