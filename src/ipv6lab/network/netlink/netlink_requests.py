"""Requests to the kernel, as values that can be collected and sent in one batch.

Interfaces are named by their index where the kernel wants one, and by name where it takes either.
A namespace is an open descriptor of it; the interfaces of a request are looked up in the namespace
in which the `Netlink` that sends it was opened.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface, ip_network
from socket import AF_INET, AF_INET6, AF_UNSPEC
from zlib import crc32

from ipv6lab.network.netlink import numbers as n
from ipv6lab.network.netlink.codec import attribute, nest, text, u8, u32
from ipv6lab.network.netlink.objects import IPAddress, IPNetwork

NAME_BYTES = 15  # IFNAMSIZ without the zero byte at the end
FAR = 1 << 30  # half of the interface numbers
DELAYED = 10_000  # packets on their way: 10 Gbit/s of large ones for 12 ms
CREATE = n.NLM_F_CREATE | n.NLM_F_EXCL


@dataclass(frozen=True, slots=True)
class Request:
    """A message without its sequence number, and in words what it asks for."""

    kind: int
    flags: int
    body: bytes
    words: str


@dataclass(frozen=True, slots=True)
class End:
    """One end of a veth pair.

    `namespace` is a descriptor, None for that of the `Netlink` that sends the request; `mtu` in
    bytes; `master` is the index of a bridge. `index` picks the interface's number, so that later
    requests of the same batch can refer to it.
    """

    name: str
    namespace: int | None = None
    mac: str | None = None
    mtu: int | None = None
    master: int | None = None
    index: int = 0


def veth(first: End, peer: End) -> Request:
    """Make a pair of interfaces, each directly in its namespace; `first` is switched on.

    The kernel can neither switch the peer on while it makes the pair nor give it a master: send a
    `set_link` to the peer's namespace for that.
    """
    if peer.master is not None:
        raise ValueError("the kernel ignores the master of a veth pair's second end")
    if not first.index:
        # The kernel tells IPv6 at once that a link works if the numbers of its ends differ, and up
        # to a second later if they are equal, even in two namespaces (linkwatch_urgent_event in
        # net/core/link_watch.c). It would number both from 2 on: take a number far from that.
        first = replace(first, index=FAR + crc32(first.name.encode()) % FAR)
    data = nest(n.IFLA_INFO_DATA, attribute(n.VETH_INFO_PEER, _end(peer, up=False)))
    info = nest(n.IFLA_LINKINFO, text(n.IFLA_INFO_KIND, "veth"), data)
    return Request(
        n.RTM_NEWLINK,
        CREATE,
        _end(first, up=True) + info,
        f"making the link {first.name}--{peer.name}",
    )


def bridge(name: str, mac: str | None = None, index: int = 0, hub: bool = False) -> Request:
    """Make a bridge that is on, forwards from the first moment and filters nothing.

    No spanning tree and no forward delay; no multicast snooping, which without a querier filters
    Neighbour Discovery; no netfilter hooks of its own. A `hub` learns nothing: what comes in goes
    out by all other ports.
    """
    data = nest(
        n.IFLA_INFO_DATA,
        u32(n.IFLA_BR_AGEING_TIME, 0) if hub else b"",
        u32(n.IFLA_BR_STP_STATE, 0),
        u32(n.IFLA_BR_FORWARD_DELAY, 0),
        u8(n.IFLA_BR_MCAST_SNOOPING, 0),
        u8(n.IFLA_BR_NF_CALL_IPTABLES, 0),
        u8(n.IFLA_BR_NF_CALL_IP6TABLES, 0),
        u8(n.IFLA_BR_NF_CALL_ARPTABLES, 0),
    )
    body = _end(End(name, mac=mac, index=index), up=True)
    info = nest(n.IFLA_LINKINFO, text(n.IFLA_INFO_KIND, "bridge"), data)
    return Request(n.RTM_NEWLINK, CREATE, body + info, f"making the bridge {name}")


def separate_vlan(bridge: int, vlan: int) -> Request:
    """Make a bridge that knows VLANs (IEEE 802.1Q) of one: its ports are access ports of `vlan`.

    What a port hears untagged belongs to `vlan`, and leaves the others untagged; frames of any
    other VLAN are dropped.
    """
    data = nest(
        n.IFLA_INFO_DATA,
        attribute(n.IFLA_BR_VLAN_DEFAULT_PVID, struct.pack("=H", vlan)),
        u8(n.IFLA_BR_VLAN_FILTERING, 1),
    )
    body = struct.pack("=BxHiII", AF_UNSPEC, 0, bridge, 0, 0)
    body += nest(n.IFLA_LINKINFO, text(n.IFLA_INFO_KIND, "bridge"), data)
    return Request(n.RTM_NEWLINK, 0, body, f"giving bridge {bridge} the VLAN {vlan}")


def set_link(
    interface: int | str,
    *,
    up: bool | None = None,
    mac: str | None = None,
    mtu: int | None = None,
    master: int | None = None,
    name: str | None = None,
    namespace: int | None = None,
    group: int | None = None,
) -> Request:
    """Change an interface; what is None stays. `master` 0 takes it out of its bridge.

    `group` is a number for `delete_group`. `namespace` is a descriptor of the one it is moved to,
    where it arrives switched off and without addresses; the other end of its link keeps what it
    has.
    """
    flags, change = (n.IFF_UP if up else 0), (0 if up is None else n.IFF_UP)
    index = interface if isinstance(interface, int) else 0
    body = struct.pack("=BxHiII", AF_UNSPEC, 0, index, flags, change)
    if isinstance(interface, str):
        body += _name(interface)
    if name is not None:
        if isinstance(interface, str):
            raise ValueError("an interface is renamed by its index")
        body += _name(name)
    if mac is not None:
        body += attribute(n.IFLA_ADDRESS, _mac(mac))
    if mtu is not None:
        body += u32(n.IFLA_MTU, mtu)
    if master is not None:
        body += u32(n.IFLA_MASTER, master)
    if namespace is not None:
        body += u32(n.IFLA_NET_NS_FD, namespace)
    if group is not None:
        body += u32(n.IFLA_GROUP, group)
    return Request(n.RTM_NEWLINK, 0, body, f"changing the interface {interface}")


def delete_group(group: int) -> Request:
    """Remove all interfaces of a group at once, in the time that one takes."""
    body = struct.pack("=BxHiII", AF_UNSPEC, 0, 0, 0, 0) + u32(n.IFLA_GROUP, group)
    return Request(n.RTM_DELLINK, 0, body, f"removing the interfaces of group {group}")


def delete_link(interface: int | str) -> Request:
    """Remove an interface (of a veth pair: both ends)."""
    index = interface if isinstance(interface, int) else 0
    body = struct.pack("=BxHiII", AF_UNSPEC, 0, index, 0, 0)
    if isinstance(interface, str):
        body += _name(interface)
    return Request(n.RTM_DELLINK, 0, body, f"removing the interface {interface}")


def add_address(
    index: int,
    address: str | IPv4Interface | IPv6Interface,
    *,
    nodad: bool = False,
    noprefixroute: bool = False,
    valid: int | None = None,
    preferred: int | None = None,
) -> Request:
    """Give an interface an address, with its prefix length.

    Lifetimes in seconds, None for ever. `nodad` skips Duplicate Address Detection: the address is
    usable at once. An address that is there already gets the new lifetimes.
    """
    own = ip_interface(address)
    flags = (n.IFA_F_NODAD if nodad else 0) | (n.IFA_F_NOPREFIXROUTE if noprefixroute else 0)
    body = _address(index, own) + u32(n.IFA_FLAGS, flags)
    if isinstance(own, IPv4Interface) and own.network.prefixlen < 31:
        body += attribute(n.IFA_BROADCAST, own.network.broadcast_address.packed)
    if valid is not None or preferred is not None:
        ends = [n.INFINITY if value is None else value for value in (preferred, valid)]
        body += attribute(n.IFA_CACHEINFO, struct.pack("=IIII", *ends, 0, 0))
    flags = n.NLM_F_CREATE | n.NLM_F_REPLACE
    return Request(n.RTM_NEWADDR, flags, body, f"adding the address {own}")


def delete_address(index: int, address: str | IPv4Interface | IPv6Interface) -> Request:
    own = ip_interface(address)
    return Request(n.RTM_DELADDR, 0, _address(index, own), f"removing the address {own}")


def add_route(
    destination: str | IPNetwork,
    *,
    gateway: str | IPAddress | None = None,
    index: int | None = None,
    metric: int | None = None,
    source: str | IPAddress | None = None,
    mtu: int | None = None,
    table: int = n.RT_TABLE_MAIN,
    protocol: int = n.RTPROT_STATIC,
    replace: bool = False,
) -> Request:
    """Add a route; ``"::/0"`` or ``"0.0.0.0/0"`` is the default route.

    A link-local `gateway` needs the `index` of its interface. `mtu` in bytes. An equal route that
    is there already is an error (EEXIST) unless `replace`.
    """
    network = ip_network(destination)
    body = _route(network, gateway, index, metric, table, protocol)
    if source is not None:
        body += attribute(n.RTA_PREFSRC, ip_address(source).packed)
    if mtu is not None:
        body += nest(n.RTA_METRICS, u32(n.RTAX_MTU, mtu))
    flags = n.NLM_F_CREATE | (n.NLM_F_REPLACE if replace else n.NLM_F_EXCL)
    return Request(n.RTM_NEWROUTE, flags, body, f"adding the route to {network}")


def delete_route(
    destination: str | IPNetwork,
    *,
    gateway: str | IPAddress | None = None,
    index: int | None = None,
    metric: int | None = None,
    table: int = n.RT_TABLE_MAIN,
) -> Request:
    """Remove the first route that is like this; what is None may be anything."""
    network = ip_network(destination)
    body = _route(network, gateway, index, metric, table, protocol=0)
    return Request(n.RTM_DELROUTE, 0, body, f"removing the route to {network}")


def add_neighbour(index: int, address: str | IPAddress, mac: str) -> Request:
    """Add a permanent entry to the neighbour cache, or replace the one that is there."""
    where = ip_address(address)
    family = AF_INET6 if where.version == 6 else AF_INET
    body = struct.pack("=BxxxiHBB", family, index, 0x80, 0, 0)
    body += attribute(n.NDA_DST, where.packed) + attribute(n.NDA_LLADDR, _mac(mac))
    flags = n.NLM_F_CREATE | n.NLM_F_REPLACE
    return Request(n.RTM_NEWNEIGH, flags, body, f"adding the neighbour {where}")


def delete_neighbour(index: int, address: str | IPAddress) -> Request:
    where = ip_address(address)
    family = AF_INET6 if where.version == 6 else AF_INET
    body = struct.pack("=BxxxiHBB", family, index, 0, 0, 0) + attribute(n.NDA_DST, where.packed)
    return Request(n.RTM_DELNEIGH, 0, body, f"removing the neighbour {where}")


def limit_rate(index: int, *, rate: int, burst: int, queue: int, smallest: int = 0) -> Request:
    """Limit what an interface sends (a token bucket filter, tc-tbf(8)), instead of what limits now.

    `rate` in bytes per second, `burst` and `queue` in bytes. A packet below `smallest` bytes
    counts as that many, so that the rate also bounds packets per second.
    """
    spec = struct.pack(
        "=BBHhHI", 0, n.TC_LINKLAYER_ETHERNET, 0, -1, smallest, min(rate, 0xFFFFFFFF)
    )
    parameters = spec + bytes(12) + struct.pack("=III", queue, 0, 0)
    options = attribute(n.TCA_TBF_PARMS, parameters) + u32(n.TCA_TBF_BURST, burst)
    if rate > 0xFFFFFFFF:
        options += attribute(n.TCA_TBF_RATE64, struct.pack("=Q", rate))
    body = struct.pack("=BxxxiIII", AF_UNSPEC, index, 0x10000, n.TC_H_ROOT, 0)
    body += text(n.TCA_KIND, "tbf") + attribute(n.TCA_OPTIONS, options)
    flags = n.NLM_F_CREATE | n.NLM_F_REPLACE
    return Request(n.RTM_NEWQDISC, flags, body, f"limiting the rate of interface {index}")


def delay(index: int, *, seconds: float) -> Request:
    """Let what an interface sends arrive later (tc-netem(8)), instead of what queues it now."""
    # struct tc_netem_qopt: the time in ticks of 64 ns, and how many packets may be on their way.
    options = struct.pack("=6I", round(seconds * 1e9) >> 6, DELAYED, 0, 0, 0, 0)
    body = struct.pack("=BxxxiIII", AF_UNSPEC, index, 0x10000, n.TC_H_ROOT, 0)
    body += text(n.TCA_KIND, "netem") + attribute(n.TCA_OPTIONS, options)
    flags = n.NLM_F_CREATE | n.NLM_F_REPLACE
    return Request(n.RTM_NEWQDISC, flags, body, f"delaying what interface {index} sends")


def _end(end: End, up: bool) -> bytes:
    flags = n.IFF_UP if up else 0
    body = struct.pack("=BxHiII", AF_UNSPEC, 0, end.index, flags, flags) + _name(end.name)
    if end.namespace is not None:
        body += u32(n.IFLA_NET_NS_FD, end.namespace)
    if end.mac is not None:
        body += attribute(n.IFLA_ADDRESS, _mac(end.mac))
    if end.mtu is not None:
        body += u32(n.IFLA_MTU, end.mtu)
    if end.master is not None:
        body += u32(n.IFLA_MASTER, end.master)
    return body


def _name(name: str) -> bytes:
    if not 0 < len(name.encode()) <= NAME_BYTES:
        raise ValueError(f"the interface name {name!r} does not have 1 to {NAME_BYTES} bytes")
    return text(n.IFLA_IFNAME, name)


def _mac(mac: str) -> bytes:
    data = bytes.fromhex(mac.replace(":", ""))
    if len(data) != 6:
        raise ValueError(f"{mac!r} is no MAC address")
    return data


def _address(index: int, own: IPv4Interface | IPv6Interface) -> bytes:
    family = AF_INET6 if own.version == 6 else AF_INET
    body = struct.pack("=BBBBi", family, own.network.prefixlen, 0, 0, index)
    return body + attribute(n.IFA_LOCAL, own.packed) + attribute(n.IFA_ADDRESS, own.packed)


def _route(
    network: IPNetwork,
    gateway: str | IPAddress | None,
    index: int | None,
    metric: int | None,
    table: int,
    protocol: int,
) -> bytes:
    family = AF_INET6 if network.version == 6 else AF_INET
    # The kernel wants an IPv4 route without gateway to say that it is for the link alone.
    near = network.version == 4 and gateway is None
    scope = n.RT_SCOPE_LINK if near else n.RT_SCOPE_UNIVERSE
    byte = table if table < 256 else n.RT_TABLE_UNSPEC
    kind = n.RTN_UNICAST if protocol else 0
    body = struct.pack(
        "=BBBBBBBBI", family, network.prefixlen, 0, 0, byte, protocol, scope, kind, 0
    )
    body += u32(n.RTA_TABLE, table)
    if network.prefixlen:
        body += attribute(n.RTA_DST, network.network_address.packed)
    if gateway is not None:
        via = ip_address(gateway)
        if via.version == network.version:
            body += attribute(n.RTA_GATEWAY, via.packed)
        else:  # RFC 5549: an IPv4 route through an IPv6 gateway
            family = AF_INET6 if via.version == 6 else AF_INET
            body += attribute(n.RTA_VIA, struct.pack("=H", family) + via.packed)
    if index is not None:
        body += u32(n.RTA_OIF, index)
    if metric is not None:
        body += u32(n.RTA_PRIORITY, metric)
    return body
