"""The description of a network, as the pictures and tables read it.

The input is what the sandbox says it built (``network.json``), with a few things added that only
the outside knows::

    {"nodes": {name: {"kind": "host|router|switch", "trainee": true,
                      "interfaces": {ifname: {"link": name, "mac": …, "addresses": ["…/64"]}}}},
     "links": {name: {"bridge": …, "prefixes": ["…/64"], "cable": true,
                      "ports": {port: [node, ifname]}}},
     "positions": {node or link: [column, row]},
     "tunnels": [[[node, ifname], [node, ifname]], …]}

Everything but nodes, interfaces and their links may be missing: ports follow from the interfaces,
prefixes from the addresses, positions from `layout`. A cable is a port's own: what prefixes are
spoken there is said of the link that its switch carries it to.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ipv6lab.addresses.text import written


@dataclass(frozen=True)
class Interface:
    node: str
    name: str
    link: str | None
    mac: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    name: str
    kind: str  # host, router, switch
    interfaces: tuple[Interface, ...] = ()
    trainee: bool = False

    @property
    def attached(self) -> tuple[Interface, ...]:
        """The interfaces that lead somewhere."""
        return tuple(interface for interface in self.interfaces if interface.link)

    @property
    def loopbacks(self) -> tuple[Interface, ...]:
        """Interfaces that lead nowhere but carry addresses."""
        return tuple(i for i in self.interfaces if not i.link and i.addresses)


@dataclass(frozen=True)
class Link:
    name: str
    bus: bool = True  # a switch's, or between two interfaces alone
    prefixes: tuple[str, ...] = ()
    ends: tuple[Interface, ...] = ()

    @property
    def families(self) -> tuple[int, ...]:
        """The versions of IP in which interfaces here have addresses: 6, 4, both or none.

        Link-local addresses count for nothing: they come by themselves.
        """
        return tuple(version for version in (6, 4) if any(_has(end, version) for end in self.ends))

    def without(self, version: int) -> tuple[str, ...]:
        """The nodes that have addresses here, but none of this version."""
        here = [end for end in self.ends if any(_has(end, one) for one in (4, 6))]
        return tuple(dict.fromkeys(end.node for end in here if not _has(end, version)))


@dataclass(frozen=True)
class Tunnel:
    """Two interfaces of which each carries packets to the other's node, as if on one link."""

    ends: tuple[tuple[str, str], tuple[str, str]]  # node and interface


@dataclass(frozen=True)
class Topology:
    nodes: Mapping[str, Node]
    links: Mapping[str, Link]
    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    tunnels: tuple[Tunnel, ...] = ()

    @property
    def mixed(self) -> bool:
        """Whether both versions of IP live in this network, so that it matters which lives where"""
        return len({one for link in self.links.values() for one in link.families}) > 1

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Topology:
        described: Mapping[str, Any] = data.get("nodes") or {}
        links: Mapping[str, Any] = data.get("links") or {}
        nodes = {
            name: _node(name, node, links)
            for name, node in described.items()
            if not _is_only_a_bus(name, node, links)
        }
        nodes |= {trunk.name: trunk for trunk in _trunks(links)}
        ends: dict[str, list[Interface]] = {name: [] for name in links}
        for node in nodes.values():
            for interface in node.attached:
                ends.setdefault(str(interface.link), []).append(interface)
        return cls(
            nodes=nodes,
            links={
                name: _link(name, links.get(name) or {}, of_link) for name, of_link in ends.items()
            },
            positions={
                name: (float(at[0]), float(at[1]))
                for name, at in (data.get("positions") or {}).items()
            },
            tunnels=tuple(
                Tunnel((tuple(one), tuple(other))) for one, other in data.get("tunnels") or ()
            ),
        )


def _has(end: Interface, version: int) -> bool:
    """Whether an interface has an address of this version that it was given."""
    for text in end.addresses:
        try:
            address = ipaddress.ip_interface(text.partition(" ")[0])  # there may be a remark
        except ValueError:
            continue
        if address.version == version and not address.is_link_local:
            return True
    return False


def with_addresses(plan: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """A network's description with the addresses of now, as the agent tells them.

    ``{node: {interface: {"addresses": [address/length…]}}}``. What no interface of the plan has (a
    translator's, say) is shown in its node; link-local and loopback addresses are left out.
    """
    described = {**plan, "nodes": {name: dict(node) for name, node in plan["nodes"].items()}}
    for name, node in described["nodes"].items():
        planned = node.get("interfaces") or {}
        own = now.get(name) or {}
        interfaces = {one: {**told, "addresses": []} for one, told in planned.items()}
        for interface, told in own.items():
            shown = [str(one) for one in told["addresses"] if _is_shown(str(one))]
            if shown or interface in interfaces:
                interfaces.setdefault(interface, {"link": None})["addresses"] = shown
        node["interfaces"] = interfaces
    return described


def _is_shown(text: str) -> bool:
    address = ipaddress.ip_interface(text)
    return not address.is_link_local and not address.is_loopback


def _is_only_a_bus(name: str, node: Mapping[str, Any], links: Mapping[str, Any]) -> bool:
    """Whether a switch is drawn by its link alone: it joins nothing but the ports of that link."""
    if node.get("kind") != "switch" or name not in links:
        return False
    return all(i.get("link") in (None, name) for i in (node.get("interfaces") or {}).values())


def _node(name: str, node: Mapping[str, Any], links: Mapping[str, Any]) -> Node:
    interfaces = [
        Interface(
            name,
            ifname,
            interface.get("link"),
            interface.get("mac") or "",
            tuple(interface.get("addresses") or ()),
        )
        for ifname, interface in (node.get("interfaces") or {}).items()
    ]
    kind = node.get("kind") or "host"
    if kind == "switch" and name in links and all(i.link != name for i in interfaces):
        # A switch with a trunk is a box of its own; this joins the box to its bus.
        interfaces.append(Interface(name, "", name))
    return Node(name, kind, tuple(interfaces), bool(node.get("trainee")))


def _trunks(links: Mapping[str, Any]) -> Iterator[Node]:
    """What joins two switches of the fabric, as a box between their buses."""
    seen: set[frozenset[tuple[str, str]]] = set()
    named: set[str] = set()
    for name, link in links.items():
        for port, (other, other_port) in (link.get("ports") or {}).items():
            ends = ((name, port), (other, other_port))
            if other not in links or frozenset(ends) in seen:
                continue
            seen.add(frozenset(ends))
            trunk = f"{name} – {other}"
            if trunk in named:
                trunk += f" ({port})"
            named.add(trunk)
            yield Node(trunk, "switch", tuple(Interface(trunk, end, to) for to, end in ends))


def _link(name: str, link: Mapping[str, Any], ends: list[Interface]) -> Link:
    if link.get("cable"):
        return Link(name, False, (), tuple(ends))
    # Point-to-point links have no bridge, and are named after both their ends.
    bus = link["bridge"] is not None if "bridge" in link else "--" not in name
    return Link(name, bus, _prefixes(link, ends), tuple(ends))


def _prefixes(link: Mapping[str, Any], ends: list[Interface]) -> tuple[str, ...]:
    given = link.get("prefixes")
    if given is not None:
        return tuple(given)
    found: dict[str, None] = {}
    for interface in ends:
        for address in interface.addresses:
            try:
                network = ipaddress.ip_interface(address).network
            except ValueError:
                continue
            if not network.is_link_local and network.prefixlen < network.max_prefixlen:
                found[written(network)] = None
    # IPv6 first: it is what the lab is about.
    return tuple(sorted(found, key=lambda prefix: ":" not in prefix))
