"""What the kernel knows of a network namespace, as typed values.

Addresses are `ipaddress` objects, so that they compare by value; lifetimes are seconds, None means
for ever; names of states, scopes and protocols are those that iproute2 prints.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
)
from socket import AF_INET, AF_INET6

from ipv6lab.network.netlink import numbers as n
from ipv6lab.network.netlink.codec import CodecError, attributes, number, string

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network
TICKS = 100  # USER_HZ: the unit of a route's expiry on every architecture of ours

_LINK = struct.Struct("=BxHiII")  # family, ARPHRD type, index, flags, change mask
_ADDRESS = struct.Struct("=BBBBi")  # family, prefix length, flags, scope, index
_ROUTE = struct.Struct("=BBBBBBBBI")  # family, lengths, tos, table, protocol, scope, type, flags
_HOP = struct.Struct("=HBBi")  # length, flags, weight - 1, index
_NEIGHBOUR = struct.Struct("=BxxxiHBB")  # family, index, state, flags, type
_LIFETIMES = struct.Struct("=II")  # preferred, valid; seconds
_CACHE = struct.Struct("=IIi")  # of a route: references, last use, expiry
_PREFIX = struct.Struct("=BxxxiBBBx")  # family, index, option type, prefix length, flags
_OPTIONS = struct.Struct("=BxHiBBxxxxxx")  # family, length, index, ICMP type, ICMP code


@dataclass(frozen=True, slots=True)
class Link:
    """An interface. `master` and `peer` are indices or None; `mtu` is in bytes.

    `peer_namespace` is the kernel's id of the namespace that holds the peer, None if it is here.
    `tunnel` has the outer addresses of a tunnel, this end's and the other's; an end that is left
    open is the unspecified address.
    """

    index: int
    name: str
    mac: str
    mtu: int
    flags: int
    state: str
    kind: str
    master: int | None = None
    peer: int | None = None
    peer_namespace: int | None = None
    carrier: bool = False
    tunnel: tuple[IPAddress, IPAddress] | None = None

    @property
    def up(self) -> bool:
        """Whether it is switched on; see `carrier` for whether the other end is too."""
        return bool(self.flags & n.IFF_UP)

    @property
    def loopback(self) -> bool:
        return bool(self.flags & n.IFF_LOOPBACK)


@dataclass(frozen=True, slots=True)
class Address:
    """An address on an interface. Lifetimes in seconds from now, None for ever."""

    index: int
    interface: str
    address: IPAddress
    prefixlen: int
    scope: str
    flags: int
    protocol: str | None = None
    valid: int | None = None
    preferred: int | None = None

    @property
    def with_prefix(self) -> IPv4Interface | IPv6Interface:
        if isinstance(self.address, IPv6Address):
            return IPv6Interface((self.address, self.prefixlen))
        return IPv4Interface((self.address, self.prefixlen))

    @property
    def network(self) -> IPNetwork:
        """The prefix that the address lies in."""
        return self.with_prefix.network

    @property
    def tentative(self) -> bool:
        """Duplicate Address Detection has not passed (yet)."""
        return bool(self.flags & n.IFA_F_TENTATIVE)

    @property
    def optimistic(self) -> bool:
        return bool(self.flags & n.IFA_F_OPTIMISTIC)

    @property
    def dadfailed(self) -> bool:
        """Somebody else on the link has it."""
        return bool(self.flags & n.IFA_F_DADFAILED)

    @property
    def deprecated(self) -> bool:
        """Its preferred lifetime is over: not to be used for new connections.

        The kernel takes the flag away with each advertisement and sets it again a moment later;
        the lifetime is right at every moment.
        """
        return bool(self.flags & n.IFA_F_DEPRECATED) or self.preferred == 0

    @property
    def temporary(self) -> bool:
        """RFC 8981; never true of IPv4, where the same bit means secondary."""
        return self.address.version == 6 and bool(self.flags & n.IFA_F_TEMPORARY)

    @property
    def mngtmpaddr(self) -> bool:
        """A template for temporary addresses; the kernel sets it on what SLAAC built."""
        return bool(self.flags & n.IFA_F_MANAGETEMPADDR)

    @property
    def stable_privacy(self) -> bool:
        """Built by RFC 7217."""
        return bool(self.flags & n.IFA_F_STABLE_PRIVACY)

    @property
    def nodad(self) -> bool:
        return bool(self.flags & n.IFA_F_NODAD)

    @property
    def permanent(self) -> bool:
        """Without an end: configured, or link-local."""
        return bool(self.flags & n.IFA_F_PERMANENT)

    @property
    def usable(self) -> bool:
        """It may be used as a source address."""
        return not self.dadfailed and (not self.tentative or self.optimistic)


@dataclass(frozen=True, slots=True)
class NextHop:
    """Where a route goes: `gateway` is None for what is on the link."""

    gateway: IPAddress | None
    index: int | None
    interface: str | None
    weight: int = 1
    onlink: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A route. `metric` is the smaller the better; `expires` is in seconds, None for never.

    `preference` (low, medium, high: RFC 4191) exists for IPv6 alone. `mtu` is in bytes, None
    where the route sets none.
    """

    destination: IPNetwork
    kind: str
    protocol: str
    table: int
    scope: str
    metric: int
    hops: tuple[NextHop, ...]
    source: IPAddress | None = None
    preference: str | None = None
    expires: int | None = None
    mtu: int | None = None
    cloned: bool = False

    @property
    def gateway(self) -> IPAddress | None:
        """The gateway of the first (mostly the only) next hop."""
        return self.hops[0].gateway if self.hops else None

    @property
    def interface(self) -> str | None:
        return self.hops[0].interface if self.hops else None

    @property
    def index(self) -> int | None:
        return self.hops[0].index if self.hops else None

    @property
    def default(self) -> bool:
        return self.destination.prefixlen == 0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An entry of the neighbour cache. `mac` is None while it is not resolved."""

    index: int
    interface: str
    address: IPAddress
    mac: str | None
    state: str
    router: bool = False
    proxy: bool = False


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix information option that the kernel accepted. Lifetimes in seconds, None for ever."""

    index: int
    interface: str
    network: IPv6Network
    onlink: bool
    autonomous: bool
    valid: int | None
    preferred: int | None


@dataclass(frozen=True, slots=True)
class Options:
    """Options of Neighbour Discovery that the kernel hands on to user space.

    RDNSS, DNSSL and those it does not know; newer kernels also hand on prefix information.
    `options` are the bytes as received, `source` is the sender.
    """

    index: int
    interface: str
    icmp_type: int
    options: bytes
    source: IPv6Address | None


class Names(dict[int, str]):
    """Interface names by index; an index that is not known stays readable."""

    def __missing__(self, index: int) -> str:
        return f"#{index}"


def link(body: bytes) -> Link:
    """The interface of an RTM_NEWLINK or RTM_DELLINK body."""
    _, _, index, flags, _ = _head(_LINK, body)
    found = attributes(body, _LINK.size)
    info = attributes(found.get(n.IFLA_LINKINFO, b""))
    return Link(
        index=index,
        name=string(found.get(n.IFLA_IFNAME, b"")),
        mac=found.get(n.IFLA_ADDRESS, b"").hex(":"),
        mtu=_number(found, n.IFLA_MTU) or 0,
        flags=flags,
        state=n.OPERATING_STATES.get(_number(found, n.IFLA_OPERSTATE) or 0, "UNKNOWN"),
        kind=string(info.get(n.IFLA_INFO_KIND, b"")),
        master=_number(found, n.IFLA_MASTER),
        peer=_number(found, n.IFLA_LINK),
        peer_namespace=_signed(found, n.IFLA_LINK_NETNSID),
        carrier=bool(_number(found, n.IFLA_CARRIER)),
        tunnel=_tunnel(found),
    )


def _tunnel(found: Mapping[int, bytes]) -> tuple[IPAddress, IPAddress] | None:
    """What stands in place of link-layer addresses where packets are carried in packets."""
    ends = [found.get(number, b"") for number in (n.IFLA_ADDRESS, n.IFLA_BROADCAST)]
    if [len(one) for one in ends] not in ([4, 4], [16, 16]):
        return None
    return ip_address(ends[0]), ip_address(ends[1])


def address(body: bytes, names: Names) -> Address:
    """The address of an RTM_NEWADDR or RTM_DELADDR body."""
    family, prefixlen, flags, scope, index = _head(_ADDRESS, body)
    found = attributes(body, _ADDRESS.size)
    # IPv4 point-to-point: IFA_ADDRESS is the other side, IFA_LOCAL is ours. IPv6: the same.
    own = found.get(n.IFA_LOCAL) or found.get(n.IFA_ADDRESS)
    if own is None:
        raise CodecError("an address message without address")
    preferred: int | None = None
    valid: int | None = None
    if cache := found.get(n.IFA_CACHEINFO):
        preferred, valid = (_lifetime(value) for value in _head(_LIFETIMES, cache))
    return Address(
        index=index,
        interface=names[index],
        address=_ip(family, own),
        prefixlen=prefixlen,
        scope=n.SCOPES.get(scope, str(scope)),
        flags=_number(found, n.IFA_FLAGS) or flags,
        protocol=_name(n.ADDRESS_PROTOCOLS, _number(found, n.IFA_PROTO)),
        valid=valid,
        preferred=preferred,
    )


def route(body: bytes, names: Names) -> Route:
    """The route of an RTM_NEWROUTE or RTM_DELROUTE body."""
    family, length, _, _, table, protocol, scope, kind, flags = _head(_ROUTE, body)
    found = attributes(body, _ROUTE.size)
    width = 16 if family == AF_INET6 else 4
    network = IPv6Network if family == AF_INET6 else IPv4Network
    ticks = _expiry(found.get(n.RTA_CACHEINFO))
    preference = _number(found, n.RTA_PREF)
    return Route(
        destination=network((found.get(n.RTA_DST, bytes(width)), length)),
        kind=n.ROUTE_TYPES.get(kind, str(kind)),
        protocol=n.ROUTE_PROTOCOLS.get(protocol, str(protocol)),
        table=_number(found, n.RTA_TABLE) or table,
        scope=n.SCOPES.get(scope, str(scope)),
        metric=_number(found, n.RTA_PRIORITY) or 0,
        hops=_hops(family, flags, found, names),
        source=_ip(family, found[n.RTA_PREFSRC]) if n.RTA_PREFSRC in found else None,
        preference=_name(n.PREFERENCES, preference) if family == AF_INET6 else None,
        # Below zero: it has expired, and the kernel has yet to collect it.
        expires=max(0, ticks) // TICKS if ticks else None,
        mtu=_number(attributes(found.get(n.RTA_METRICS, b"")), n.RTAX_MTU),
        cloned=bool(flags & n.RTM_F_CLONED),
    )


def neighbour(body: bytes, names: Names) -> Neighbour | None:
    """The neighbour of an RTM_NEWNEIGH or RTM_DELNEIGH body; None for a bridge's table entry."""
    family, index, state, flags, _ = _head(_NEIGHBOUR, body)
    if family not in (AF_INET, AF_INET6):
        return None
    found = attributes(body, _NEIGHBOUR.size)
    if n.NDA_DST not in found:
        raise CodecError("a neighbour message without address")
    mac = found.get(n.NDA_LLADDR)
    return Neighbour(
        index=index,
        interface=names[index],
        address=_ip(family, found[n.NDA_DST]),
        mac=mac.hex(":") if mac else None,
        state=n.NEIGHBOUR_STATES.get(state, hex(state)),
        router=bool(flags & n.NTF_ROUTER),
        proxy=bool(flags & n.NTF_PROXY),
    )


def prefix(body: bytes, names: Names) -> Prefix:
    """The prefix of an RTM_NEWPREFIX body."""
    _, index, _, length, flags = _head(_PREFIX, body)
    found = attributes(body, _PREFIX.size)
    preferred: int | None = None
    valid: int | None = None
    if cache := found.get(n.PREFIX_CACHEINFO):
        preferred, valid = (_lifetime(value) for value in _head(_LIFETIMES, cache))
    whole = found.get(n.PREFIX_ADDRESS, bytes(16))
    return Prefix(
        index=index,
        interface=names[index],
        network=IPv6Network((whole, length), strict=False),
        onlink=bool(flags & n.PREFIX_ONLINK),
        autonomous=bool(flags & n.PREFIX_AUTONOMOUS),
        valid=valid,
        preferred=preferred,
    )


def options(body: bytes, names: Names) -> Options:
    """The options of an RTM_NEWNDUSEROPT body."""
    _, length, index, icmp_type, _ = _head(_OPTIONS, body)
    end = _OPTIONS.size + length
    if end > len(body):
        raise CodecError(f"{length} bytes of options where {len(body) - _OPTIONS.size} are left")
    source = attributes(body, end).get(n.NDUSEROPT_SRCADDR)
    return Options(
        index=index,
        interface=names[index],
        icmp_type=icmp_type,
        options=body[_OPTIONS.size : end],
        source=IPv6Address(source) if source and len(source) == 16 else None,
    )


def _head(layout: struct.Struct, body: bytes) -> tuple[int, ...]:
    if len(body) < layout.size:
        raise CodecError(f"{len(body)} bytes, too few for a structure of {layout.size}")
    return layout.unpack_from(body)


def _number(found: dict[int, bytes], kind: int) -> int | None:
    return number(found[kind]) if kind in found else None


def _signed(found: dict[int, bytes], kind: int) -> int | None:
    value = _number(found, kind)
    return None if value is None or value >= 1 << 31 else value


def _name(names: dict[int, str], value: int | None) -> str | None:
    return None if not value and 0 not in names else names.get(value or 0, str(value))


def _lifetime(value: int) -> int | None:
    return None if value == n.INFINITY else value


def _ip(family: int, data: bytes) -> IPAddress:
    if family == AF_INET6 and len(data) == 16:
        return IPv6Address(data)
    if family == AF_INET and len(data) == 4:
        return IPv4Address(data)
    raise CodecError(f"an address of family {family} with {len(data)} bytes")


def _expiry(cache: bytes | None) -> int:
    """Ticks until a route goes."""
    return 0 if cache is None else _head(_CACHE, cache)[2]


def _hops(family: int, flags: int, found: dict[int, bytes], names: Names) -> tuple[NextHop, ...]:
    """The next hops: one from the route's own attributes, or those of RTA_MULTIPATH."""
    several = found.get(n.RTA_MULTIPATH)
    if several is None:
        if n.RTA_OIF not in found and n.RTA_GATEWAY not in found and n.RTA_VIA not in found:
            return ()
        return (_hop(family, flags & 0xFF, _number(found, n.RTA_OIF), 1, found, names),)
    hops = []
    at = 0
    while at < len(several):
        if len(several) - at < _HOP.size:
            raise CodecError("a next hop that is cut off")
        length, hop_flags, weight, index = _HOP.unpack_from(several, at)
        if length < _HOP.size or at + length > len(several):
            raise CodecError(f"a next hop of {length} bytes where {len(several) - at} are left")
        inner = attributes(several[at : at + length], _HOP.size)
        hops.append(_hop(family, hop_flags, index, weight + 1, inner, names))
        at += (length + 3) & ~3
    return tuple(hops)


def _hop(
    family: int,
    flags: int,
    index: int | None,
    weight: int,
    found: dict[int, bytes],
    names: Names,
) -> NextHop:
    gateway = None
    if n.RTA_GATEWAY in found:
        gateway = _ip(family, found[n.RTA_GATEWAY])
    elif via := found.get(n.RTA_VIA):  # RFC 5549: an IPv4 route through an IPv6 gateway
        gateway = _ip(number(via[:2]), via[2:])
    return NextHop(
        gateway=gateway,
        index=index,
        interface=None if index is None else names[index],
        weight=weight,
        onlink=bool(flags & n.RTNH_F_ONLINK),
    )
