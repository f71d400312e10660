"""Neighbour Discovery messages, decoded by ourselves (RFC 4861 and what extends it).

`decode` gives one of `RouterSolicitation`, `RouterAdvertisement`, `NeighbourSolicitation`,
`NeighbourAdvertisement`, `Redirect`; its `flaws` say why a receiver must discard it (RFC 4861
sections 6.1, 7.1, 8.1 and RFC 6980): a message with flaws does nothing, but explains much.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from typing import Protocol, TypeVar

from ipv6lab.addresses.text import written
from ipv6lab.wire.headers import ICMPV6, Datagram, datagram, icmpv6
from ipv6lab.words import waits
from ipv6lab.words.message import Message, _

ROUTER_SOLICITATION = 133
ROUTER_ADVERTISEMENT = 134
NEIGHBOUR_SOLICITATION = 135
NEIGHBOUR_ADVERTISEMENT = 136
REDIRECT = 137

ALL_NODES = IPv6Address("ff02::1")
ALL_ROUTERS = IPv6Address("ff02::2")
UNSPECIFIED = IPv6Address("::")
IDENTIFIER_BITS = 64  # of an interface identifier on Ethernet (RFC 2464)
LEAST_MTU = 1280  # octets (RFC 8200 section 5)
INFINITY = 0xFFFFFFFF  # a lifetime of 32 bits that has no end

# RFC 4861 section 10, in seconds. A solicited advertisement is delayed by up to
# MAX_RA_DELAY_TIME; one to all nodes also waits until MIN_DELAY_BETWEEN_RAS after the last.
MAX_RA_DELAY_TIME = waits.MAX_RA_DELAY_TIME.seconds
MIN_DELAY_BETWEEN_RAS = waits.MIN_DELAY_BETWEEN_RAS.seconds
MAX_INITIAL_RTR_ADVERT_INTERVAL = 16.0
SOLICITED_WITHIN = MIN_DELAY_BETWEEN_RAS + MAX_RA_DELAY_TIME

_PREFERENCES = {0: "medium", 1: "high", 2: "reserved", 3: "low"}  # RFC 4191 section 2.1
_PREF64_LENGTHS = {0: 96, 1: 64, 2: 56, 3: 48, 4: 40, 5: 32}  # RFC 8781 section 4


@dataclass(frozen=True)
class Option:
    """An option as received: type and everything after its length octet.

    Also what an option becomes that we do not know, or whose length is not what it should be.
    """

    kind: int
    data: bytes


@dataclass(frozen=True)
class LinkAddress(Option):
    """Source (type 1) or target (type 2) link-layer address."""

    mac: str


@dataclass(frozen=True)
class PrefixInformation(Option):
    """RFC 4861 section 4.6.2; lifetimes in seconds, 0xffffffff without end.

    `address` is the prefix field as sent; `network` has what lies beyond the length cleared.
    `router_address` is the R flag (RFC 6275), `delegation_preferred` the P flag (RFC 9762).
    """

    address: IPv6Address
    length: int
    on_link: bool
    autonomous: bool
    router_address: bool
    delegation_preferred: bool
    valid: int
    preferred: int

    @property
    def network(self) -> IPv6Network:
        return IPv6Network((self.address, min(self.length, 128)), strict=False)

    @property
    def has_host_bits(self) -> bool:
        """Bits beyond the prefix length are set, which is only right with the R flag."""
        return self.network.network_address != self.address and not self.router_address

    @property
    def ignored(self) -> bool:
        """Whether hosts ignore all of it (RFC 4862 section 5.5.3, RFC 4861 section 6.3.4)."""
        local = self.network.is_link_local or self.network.is_multicast
        return local or self.length > 128 or self.preferred > self.valid

    def refusal(self, router: str) -> Message | None:
        """Why hosts build no address of it, or none to prefer (RFC 4862 section 5.5.3)."""
        values: dict[str, str | int | float] = {"prefix": str(self), "router": router}
        if self.network.is_link_local or self.network.is_multicast:
            return _("Hosts ignore {prefix}: it is no prefix that a router may announce.", **values)
        if self.length + IDENTIFIER_BITS != 128:
            return _(
                "Hosts build no address from {prefix}: an interface identifier has {bits} bits, "
                "which do not fill up a prefix of this length.",
                bits=IDENTIFIER_BITS,
                **values,
            )
        if not self.autonomous:
            return _(
                "Hosts may not build addresses from {prefix}: the flag for autonomous "
                "configuration is off.",
                **values,
            )
        if self.preferred > self.valid:
            return _(
                "Hosts ignore {prefix}: it would be preferred for {preferred} s but valid for only "
                "{valid} s.",
                preferred=self.preferred,
                valid=self.valid,
                **values,
            )
        if self.valid == 0:
            return _("Hosts ignore {prefix}: it is valid for 0 s.", **values)
        if self.preferred == 0:
            return _("Hosts may not prefer addresses from {prefix}: preferred for 0 s.", **values)
        return None

    def __str__(self) -> str:
        return f"{written(self.address)}/{self.length}"


@dataclass(frozen=True)
class RouteInformation(Option):
    """RFC 4191 section 2.3; lifetime in seconds."""

    network: IPv6Network
    preference: str
    lifetime: int

    def __str__(self) -> str:
        return written(self.network)


@dataclass(frozen=True)
class RecursiveServers(Option):
    """RDNSS, RFC 8106 section 5.1; lifetime in seconds."""

    lifetime: int
    servers: tuple[IPv6Address, ...]


@dataclass(frozen=True)
class SearchList(Option):
    """DNSSL, RFC 8106 section 5.2; names without the final dot, lifetime in seconds."""

    lifetime: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class LinkMtu(Option):
    """RFC 4861 section 4.6.4, in bytes."""

    mtu: int


@dataclass(frozen=True)
class Pref64(Option):
    """The NAT64 prefix, RFC 8781; lifetime in seconds."""

    network: IPv6Network
    lifetime: int


@dataclass(frozen=True)
class CaptivePortal(Option):
    """RFC 8910 section 2.2: where a host asks what it must do to be let out."""

    uri: str


@dataclass(frozen=True)
class AdvertisementInterval(Option):
    """RFC 6275 section 7.3: the longest time between unsolicited advertisements, in seconds."""

    seconds: float


@dataclass(frozen=True)
class Nonce(Option):
    """RFC 3971 section 5.3.2; Linux sends one in Duplicate Address Detection (RFC 7527)."""

    nonce: bytes


O = TypeVar("O", bound=Option)  # noqa: E741 - an option


@dataclass(frozen=True)
class NeighbourDiscovery:
    """What every message has: who sent it to whom, its options, why it must be discarded."""

    source: IPv6Address
    destination: IPv6Address
    hop_limit: int
    code: int
    options: tuple[Option, ...]
    flaws: tuple[Message, ...]

    @property
    def valid(self) -> bool:
        return not self.flaws

    @property
    def link_address(self) -> str | None:
        """The MAC address in the first link-layer address option."""
        return next((one.mac for one in self._all(LinkAddress)), None)

    @property
    def unknown(self) -> tuple[Option, ...]:
        """Options that were not understood, as received."""
        return tuple(one for one in self.options if type(one) is Option)

    def _all(self, kind: type[O]) -> tuple[O, ...]:
        return tuple(one for one in self.options if isinstance(one, kind))


@dataclass(frozen=True)
class RouterSolicitation(NeighbourDiscovery):
    """RFC 4861 section 4.1."""


@dataclass(frozen=True)
class RouterAdvertisement(NeighbourDiscovery):
    """RFC 4861 section 4.2.

    `lifetime` in seconds, `reachable` and `retransmit` in milliseconds, as on the wire;
    `current_hop_limit` is what hosts shall use, `hop_limit` that of the packet itself.
    """

    current_hop_limit: int
    managed: bool
    other: bool
    home_agent: bool
    preference: str
    proxy: bool
    lifetime: int
    reachable: int
    retransmit: int

    @property
    def prefixes(self) -> tuple[PrefixInformation, ...]:
        return self._all(PrefixInformation)

    @property
    def routes(self) -> tuple[RouteInformation, ...]:
        return self._all(RouteInformation)

    @property
    def dns_servers(self) -> tuple[RecursiveServers, ...]:
        return self._all(RecursiveServers)

    @property
    def search_lists(self) -> tuple[SearchList, ...]:
        return self._all(SearchList)

    @property
    def nat64_prefixes(self) -> tuple[Pref64, ...]:
        return self._all(Pref64)

    @property
    def mtu(self) -> int | None:
        return next((one.mtu for one in self._all(LinkMtu)), None)

    @property
    def interval(self) -> float | None:
        return next((one.seconds for one in self._all(AdvertisementInterval)), None)


@dataclass(frozen=True)
class NeighbourSolicitation(NeighbourDiscovery):
    """RFC 4861 section 4.3."""

    target: IPv6Address


@dataclass(frozen=True)
class NeighbourAdvertisement(NeighbourDiscovery):
    """RFC 4861 section 4.4."""

    target: IPv6Address
    router: bool
    solicited: bool
    override: bool


@dataclass(frozen=True)
class Redirect(NeighbourDiscovery):
    """RFC 4861 section 4.5: for `to`, `target` is a better first hop."""

    target: IPv6Address
    to: IPv6Address


class Captured(Protocol):
    """A frame that somebody has captured."""

    @property
    def ip(self) -> Datagram | None: ...


def decode(frame: bytes | Captured | Datagram) -> NeighbourDiscovery | None:
    """The Neighbour Discovery message of a frame, None when it is none.

    A fragment, and a message that is too short, is decoded as far as it goes and has a flaw.
    """
    if isinstance(frame, bytes):
        packet = datagram(frame)
    elif isinstance(frame, Datagram):
        packet = frame
    else:
        packet = frame.ip
    if packet is None or packet.version != 6 or packet.protocol != ICMPV6 or packet.offset:
        return None
    message = packet.payload
    reader = _READERS.get(message[0]) if message else None
    if reader is None:
        return None
    least, read = reader
    return read(_Common(packet, least))


def solicitation(source: IPv6Address, mac: str | None = None) -> bytes:
    """A Router Solicitation to all routers, as an IPv6 packet.

    `mac` adds the source link-layer address, which an unspecified source may not have.
    """
    message = struct.pack("!BBHI", ROUTER_SOLICITATION, 0, 0, 0)
    if mac is not None:
        message += bytes((1, 1)) + bytes.fromhex(mac.replace(":", ""))
    return icmpv6(source, ALL_ROUTERS, message)


class _Common:
    """Fields and rules that all messages share."""

    def __init__(self, packet: Datagram, least: int) -> None:
        assert isinstance(packet.source, IPv6Address)
        assert isinstance(packet.destination, IPv6Address)
        self.source, self.destination = packet.source, packet.destination
        self.hop_limit = packet.hop_limit
        self.message = packet.payload.ljust(least, b"\0")
        self.code = self.message[1]
        self.flaws: list[Message] = []
        if len(packet.payload) < least:
            self.flaw(_("Hosts discard what {source} sent: it is too short."))
        if packet.hop_limit != 255:
            self.flaw(
                _(
                    "Hosts discard what {source} sent: its hop limit is {hop_limit}, not 255, "
                    "so it may come from beyond the link.",
                    hop_limit=packet.hop_limit,
                )
            )
        if packet.fragment:
            self.flaw(_("Hosts discard what {source} sent: it is fragmented (RFC 6980)."))
        elif not packet.checksum_right:
            self.flaw(_("Hosts discard what {source} sent: its checksum is wrong."))
        if self.code:
            self.flaw(
                _(
                    "Hosts discard what {source} sent: its ICMP code is {code}, not 0.",
                    code=self.code,
                )
            )
        self.options = tuple(self._read_options(self.message[least:]))

    def flaw(self, message: Message) -> None:
        self.flaws.append(Message(message.text, {**message.values, "source": written(self.source)}))

    def address(self, at: int) -> IPv6Address:
        return IPv6Address(self.message[at : at + 16])

    def common(
        self,
    ) -> tuple[IPv6Address, IPv6Address, int, int, tuple[Option, ...], tuple[Message, ...]]:
        return (
            self.source,
            self.destination,
            self.hop_limit,
            self.code,
            self.options,
            tuple(self.flaws),
        )

    def _read_options(self, data: bytes) -> Iterator[Option]:
        while data:
            size = data[1] * 8 if len(data) > 1 else 0
            if size == 0:
                self.flaw(_("Hosts discard what {source} sent: an option in it has length 0."))
                return
            if size > len(data):
                self.flaw(
                    _("Hosts discard what {source} sent: an option is longer than the message.")
                )
                return
            yield _option(data[0], data[2:size])
            data = data[size:]

    def needs_link_local_source(self) -> None:
        if not self.source.is_link_local:
            self.flaw(_("Hosts discard what {source} sent: its source is not link-local."))

    def unspecified_without_link_address(self) -> None:
        has = any(type(one) is LinkAddress and one.kind == 1 for one in self.options)
        if self.source == UNSPECIFIED and has:
            self.flaw(
                _("Hosts discard what {source} sent: it gives a link-layer address for no source.")
            )

    def target_not_multicast(self) -> IPv6Address:
        target = self.address(8)
        if target.is_multicast:
            self.flaw(
                _(
                    "Hosts discard what {source} sent: its target {target} is multicast.",
                    target=written(target),
                )
            )
        return target


def _router_solicitation(common: _Common) -> RouterSolicitation:
    common.unspecified_without_link_address()
    return RouterSolicitation(*common.common())


def _router_advertisement(common: _Common) -> RouterAdvertisement:
    common.needs_link_local_source()
    hop_limit, flags, lifetime, reachable, retransmit = struct.unpack_from(
        "!BBHII", common.message, 4
    )
    return RouterAdvertisement(
        *common.common(),
        current_hop_limit=hop_limit,
        managed=bool(flags & 0x80),
        other=bool(flags & 0x40),
        home_agent=bool(flags & 0x20),
        preference=_PREFERENCES[flags >> 3 & 3],
        proxy=bool(flags & 0x04),
        lifetime=lifetime,
        reachable=reachable,
        retransmit=retransmit,
    )


def _neighbour_solicitation(common: _Common) -> NeighbourSolicitation:
    target = common.target_not_multicast()
    common.unspecified_without_link_address()
    if common.source == UNSPECIFIED and common.destination not in _SOLICITED_NODE:
        common.flaw(_("Hosts discard what {source} sent: not sent to a solicited-node address."))
    return NeighbourSolicitation(*common.common(), target=target)


def _neighbour_advertisement(common: _Common) -> NeighbourAdvertisement:
    target = common.target_not_multicast()
    flags = common.message[4]
    if flags & 0x40 and common.destination.is_multicast:
        common.flaw(
            _("Hosts discard what {source} sent: it answers one (S flag) but goes to many.")
        )
    return NeighbourAdvertisement(
        *common.common(),
        target=target,
        router=bool(flags & 0x80),
        solicited=bool(flags & 0x40),
        override=bool(flags & 0x20),
    )


def _redirect(common: _Common) -> Redirect:
    common.needs_link_local_source()
    target, to = common.address(8), common.address(24)
    if to.is_multicast:
        common.flaw(
            _(
                "Hosts discard what {source} sent: it redirects the multicast address {address}.",
                address=written(to),
            )
        )
    if not target.is_link_local and target != to:
        common.flaw(
            _(
                "Hosts discard what {source} sent: its target {target} is no router's address.",
                target=written(target),
            )
        )
    return Redirect(*common.common(), target=target, to=to)


_SOLICITED_NODE = IPv6Network("ff02::1:ff00:0/104")
# The fixed part of each message (RFC 4861 section 4), and its reader.
_READERS = {
    ROUTER_SOLICITATION: (8, _router_solicitation),
    ROUTER_ADVERTISEMENT: (16, _router_advertisement),
    NEIGHBOUR_SOLICITATION: (24, _neighbour_solicitation),
    NEIGHBOUR_ADVERTISEMENT: (24, _neighbour_advertisement),
    REDIRECT: (40, _redirect),
}


def _option(kind: int, data: bytes) -> Option:
    """An option from its type and what follows the length octet."""
    reader = _OPTIONS.get(kind)
    return (reader(kind, data) if reader else None) or Option(kind, data)


def _link_address(kind: int, data: bytes) -> Option | None:
    return LinkAddress(kind, data, data[:6].hex(":")) if len(data) == 6 else None


def _prefix_information(kind: int, data: bytes) -> Option | None:
    if len(data) != 30:
        return None
    length, flags, valid, preferred = struct.unpack_from("!BBII", data)
    return PrefixInformation(
        kind,
        data,
        address=IPv6Address(data[14:30]),
        length=length,
        on_link=bool(flags & 0x80),
        autonomous=bool(flags & 0x40),
        router_address=bool(flags & 0x20),
        delegation_preferred=bool(flags & 0x10),
        valid=valid,
        preferred=preferred,
    )


def _link_mtu(kind: int, data: bytes) -> Option | None:
    return LinkMtu(kind, data, struct.unpack_from("!I", data, 2)[0]) if len(data) == 6 else None


def _captive_portal(kind: int, data: bytes) -> Option | None:
    text = data.rstrip(b"\0").decode("ascii", "backslashreplace")
    return CaptivePortal(kind, data, text) if text else None


def _interval(kind: int, data: bytes) -> Option | None:
    if len(data) != 6:
        return None
    return AdvertisementInterval(kind, data, struct.unpack_from("!I", data, 2)[0] / 1000)


def _nonce(kind: int, data: bytes) -> Option | None:
    return Nonce(kind, data, data)


def _route_information(kind: int, data: bytes) -> Option | None:
    if len(data) not in (6, 14, 22):
        return None
    length, flags, lifetime = struct.unpack_from("!BBI", data)
    # The length octet must leave room for the prefix: RFC 4191 section 2.3.
    if length > 128 or length > (len(data) - 6) * 8:
        return None
    whole = data[6:].ljust(16, b"\0")
    network = IPv6Network((whole, length), strict=False)
    return RouteInformation(kind, data, network, _PREFERENCES[flags >> 3 & 3], lifetime)


def _recursive_servers(kind: int, data: bytes) -> Option | None:
    if len(data) < 22 or (len(data) - 6) % 16:
        return None
    (lifetime,) = struct.unpack_from("!I", data, 2)
    servers = tuple(IPv6Address(data[at : at + 16]) for at in range(6, len(data), 16))
    return RecursiveServers(kind, data, lifetime, servers)


def _search_list(kind: int, data: bytes) -> Option | None:
    if len(data) < 14:
        return None
    (lifetime,) = struct.unpack_from("!I", data, 2)
    names: list[str] = []
    labels: list[str] = []
    at = 6
    while at < len(data):
        size = data[at]
        if size > 63 or at + 1 + size > len(data):
            return None
        if size:
            labels.append(data[at + 1 : at + 1 + size].decode("ascii", "backslashreplace"))
        elif labels:
            names.append(".".join(labels))
            labels = []
        at += 1 + size
    return None if labels else SearchList(kind, data, lifetime, tuple(names))


def _pref64(kind: int, data: bytes) -> Option | None:
    if len(data) != 14:
        return None
    (scaled,) = struct.unpack_from("!H", data)
    length = _PREF64_LENGTHS.get(scaled & 7)
    if length is None:
        return None
    network = IPv6Network((data[2:].ljust(16, b"\0"), length), strict=False)
    return Pref64(kind, data, network, (scaled >> 3) * 8)


_OPTIONS = {
    1: _link_address,
    2: _link_address,
    3: _prefix_information,
    5: _link_mtu,
    7: _interval,
    14: _nonce,
    24: _route_information,
    25: _recursive_servers,
    31: _search_list,
    37: _captive_portal,
    38: _pref64,
}
