"""What is this address, prefix, route or neighbour? In sentences, with a lab or without one.

`Explainer.explain` takes what somebody typed:

===================== =====================================================================
``2001:db8::1``       kind, scope, identifier; whose it is by the plan; who has it, how it
                      came about and for how long; who knows it as a neighbour
``2001:db8::/48``     kind and size; which network of the plan; who has a route to it
``pc1``, ``pc1:eth0`` all addresses of a node or interface
``pc1 2001:db8::1``   the way from a node: its route, next hop and source address, and by
                      which rule each was chosen
===================== =====================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv6Interface, IPv6Network, ip_address, ip_interface, ip_network
from typing import Any

from ipv6lab.addresses.identifiers import eui64
from ipv6lab.addresses.selection import Source, choose_source, deciding_rule
from ipv6lab.addresses.text import written
from ipv6lab.reports import explain_ra
from ipv6lab.reports.explain_kinds import Address, Network, inside, kind, tell
from ipv6lab.reports.say import Translate
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

MOST_PARTS = 6  # of a prefix that holds special ones
ADVERTISEMENT = "ra"  # before a link: what routers advertise there
DRAWN = "draw."  # names of the plan that are questions or their answers
ORIGINS = {
    "kernel": _("the kernel made it for an address of the machine's own"),
    "ra": _("learnt from a router advertisement"),
    "redirect": _("learnt from a redirect"),
    "boot": _("typed by an administrator"),
    "static": _("configured by an administrator"),
    "dhcp": _("from DHCP"),
    "zebra": _("from FRR"),
    "bird": _("from BIRD"),
    "ospf": _("from OSPF"),
    "bgp": _("from BGP"),
}
STATES = {
    "REACHABLE": _("confirmed a moment ago"),
    "STALE": _("known, and asked for again when it is used (RFC 4861 §7.3.2)"),
    "DELAY": _("used without a confirmation; asked for in a moment"),
    "PROBE": _("being asked whether it is still there"),
    "INCOMPLETE": _("asked for, no answer yet"),
    "FAILED": _("asked for, and nobody answered"),
    "PERMANENT": _("entered by an administrator"),
    "NOARP": _("needs no MAC address"),
}
FLAGS = {
    "tentative": _("tentative: duplicate address detection is under way"),
    "dadfailed": _("a duplicate: somebody else on the link has it, it is not used"),
    "deprecated": _("deprecated: not for new connections"),
}
RULES = {
    1: _("rule 1: it is the destination itself"),
    2: _("rule 2: its scope fits"),
    3: _("rule 3: it is not deprecated"),
    4: _("rule 4: it is a home address"),
    6: _("rule 6: its label is the destination's"),
    7: _("rule 7: temporary addresses are preferred"),
    8: _("rule 8: it has the longest prefix in common with the destination"),
}


class Explainer:
    """Explains with what is known: the seat's plan, and what the nodes' kernels told (`facts`)."""

    def __init__(
        self,
        tr: Translate,
        plan: Mapping[str, str] | None = None,
        nodes: Mapping[str, Any] | None = None,
    ) -> None:
        self._tr = tr
        self._plan = {
            name: value for name, value in (plan or {}).items() if not name.startswith(DRAWN)
        }
        self._nodes = nodes or {}

    def explain(self, words: Sequence[str]) -> list[str]:
        """Lines of text. Raises LabError for what is none of these."""
        first, *rest = words
        node, _colon, interface = first.partition(":")
        if node in self._nodes and not rest:
            return list(self._node(node, interface or None))
        if first in self._nodes and len(rest) == 1:
            return list(self._way(first, _address(rest[0])))
        if rest:
            raise LabError(
                _(
                    "{what} is not to be explained; an address, a prefix, a node, or a node and "
                    "an address are.",
                    what=" ".join(words),
                )
            )
        if "/" in first:
            return list(self._prefix(first))
        return list(self._one(_address(first)))

    def advertised(self, heard: Mapping[str, bytes]) -> list[str]:
        """What routers advertise: their frames by MAC address."""
        lines = []
        for mac, frame in heard.items():
            names = [
                node
                for node, told in self._nodes.items()
                if any(own["mac"] == mac for own in told["interfaces"].values())
            ]
            told = list(explain_ra.tell(frame, names[0] if names else mac, self._tr))
            lines += [*told[:1], *(f"  {line}" for line in told[1:])]
        return lines or [self._tr(_("No Router Advertisement is heard."))]

    # -- addresses and prefixes

    def _one(self, address: Address) -> Iterator[str]:
        yield from tell(address, self._tr)
        yield from self._by_plan(address)
        for node, name, interface, own in self._having(address):
            yield self._tr(_("{node} has it on {interface}.", node=node, interface=name))
            yield from (f"  {line}" for line in self._held(interface, own))
        for node, entry in self._knowing(address):
            yield self._neighbour(node, entry)

    def _by_plan(self, address: Address) -> Iterator[str]:
        for name, value in self._plan.items():
            if _same(value, address):
                yield self._tr(_("The plan calls it {name}.", name=name))
        networks = [
            (network, name)
            for name, value in self._plan.items()
            if (network := _network(value)) is not None and address in network
        ]
        if networks:
            network, name = max(networks, key=lambda one: one[0].prefixlen)
            yield self._tr(
                _("By the plan it lies in {network}, {name}.", network=str(network), name=name)
            )

    def _prefix(self, text: str) -> Iterator[str]:
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            raise _no_address(text) from None
        yield self._tr(
            _("{prefix} is {kind}.", prefix=written(network), kind=self._tr(kind(network)))
        )
        if written(network) != text.lower():
            yield self._tr(_("It is written {prefix}.", prefix=written(network)))
        if network.prefixlen:  # everything holds all there is
            for part, said in inside(network)[:MOST_PARTS]:
                yield self._tr(
                    _(
                        "In it lies {prefix}, {kind}.",
                        prefix=written(part),
                        kind=self._tr(said),
                    )
                )
        if isinstance(network, IPv6Network):
            yield self._tr(_size(network))
        for name, value in self._plan.items():
            known = _network(value)
            if known == network:
                yield self._tr(_("The plan calls it {name}.", name=name))
        for node, told in self._nodes.items():
            for route in told["routes"]:
                if route["destination"] == str(network):
                    yield self._route(node, route)

    def _node(self, node: str, interface: str | None) -> Iterator[str]:
        interfaces = self._nodes[node]["interfaces"]
        if interface is not None and interface not in interfaces:
            raise LabError(
                _(
                    "{node} has no interface {name}; it has {interfaces}.",
                    node=node,
                    name=interface,
                    interfaces=", ".join(interfaces),
                )
            )
        for name, told in interfaces.items():
            if interface not in (None, name) or (interface is None and told["loopback"]):
                continue
            yield f"{node}:{name} ({told['mac']})"
            for own in told["addresses"]:
                yield f"  {own['address']}"
                yield from (f"    {line}" for line in self._held(told, own))

    # -- what a node has

    def _held(self, interface: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[str]:
        """How an address came about, and for how long it is there."""
        yield self._tr(_origin(interface, own))
        for name, said in FLAGS.items():
            if name in own["flags"]:
                yield self._tr(said)
        if own.get("valid") is not None:
            yield self._tr(
                _(
                    "preferred for {preferred} s more, valid for {valid} s more",
                    preferred=int(own["preferred"] or 0),
                    valid=int(own["valid"]),
                )
            )

    def _having(self, address: Address) -> Iterator[tuple[str, str, Any, Any]]:
        for node, told in self._nodes.items():
            for name, interface in told["interfaces"].items():
                for own in interface["addresses"]:
                    if _same(own["address"], address):
                        yield node, name, interface, own

    def _knowing(self, address: Address) -> Iterator[tuple[str, Any]]:
        for node, told in self._nodes.items():
            for entry in told["neighbours"]:
                if _same(entry["address"], address):
                    yield node, entry

    def _neighbour(self, node: str, entry: Mapping[str, Any]) -> str:
        state = str(entry["state"])
        said = self._tr(STATES[state]) if state in STATES else ""
        values = {
            "node": node,
            "interface": str(entry["interface"]),
            "state": state,
            "meaning": said,
        }
        if entry["mac"] is None:
            return self._tr(
                _("In the neighbour cache of {node} on {interface}: {state}, {meaning}.", **values)
            )
        values["mac"] = str(entry["mac"])
        text = self._tr(
            _(
                "In the neighbour cache of {node} on {interface}: {mac}, {state}, {meaning}.",
                **values,
            )
        )
        return text + (" " + self._tr(_("It is a router.")) if entry["router"] else "")

    def _route(self, node: str, route: Mapping[str, Any]) -> str:
        hops = ", ".join(_hop(hop) for hop in route["hops"]) or str(route["kind"])
        origin = ORIGINS.get(str(route["protocol"]))
        text = self._tr(
            _(
                "Route of {node} to {destination}: {hops}, metric {metric}, {origin}.",
                node=node,
                destination=str(route["destination"]),
                hops=hops,
                metric=int(route["metric"]),
                origin=self._tr(origin) if origin else str(route["protocol"]),
            )
        )
        if route.get("expires") is not None:
            text += " " + self._tr(
                _("It ends in {seconds} s if nobody renews it.", seconds=int(route["expires"]))
            )
        return text

    # -- the way from a node

    def _way(self, node: str, destination: Address) -> Iterator[str]:
        told = self._nodes[node]
        for name, interface in told["interfaces"].items():
            if any(_same(own["address"], destination) for own in interface["addresses"]):
                yield self._tr(
                    _(
                        "{node} has {address} itself, on {interface}.",
                        node=node,
                        address=written(destination),
                        interface=name,
                    )
                )
                return
        if destination.is_multicast:
            said = _(
                "{group} is a group: the sender says which interface.", group=written(destination)
            )
            yield self._tr(said)
            return
        fitting = [
            (ip_network(route["destination"]), route)
            for route in told["routes"]
            if destination in ip_network(route["destination"])
        ]
        if not fitting:
            yield self._tr(
                _("{node} has no route to {address}.", node=node, address=written(destination))
            )
            return
        longest = max(network.prefixlen for network, _route in fitting)
        best = [route for network, route in fitting if network.prefixlen == longest]
        route = min(best, key=lambda one: one["metric"])
        yield self._route(node, route)
        if len(fitting) > 1:
            reason = _("Of several routes the one with the longest prefix counts: /{n}.", n=longest)
            if len(best) > 1:
                reason = _("Of routes with equally long prefixes the least metric counts.")
            yield self._tr(reason)
        for hop in route["hops"]:
            yield from self._next(node, destination, hop)

    def _next(self, node: str, destination: Address, hop: Mapping[str, Any]) -> Iterator[str]:
        told = self._nodes[node]
        via = ip_address(hop["via"]) if hop["via"] else destination
        if hop["via"] is None:
            yield self._tr(_("It is on the link: no router is asked."))
        for other, name, _interface, _own in self._having(via):
            yield self._tr(
                _(
                    "{address} is {node}, on its interface {interface}.",
                    address=written(via),
                    node=other,
                    interface=name,
                )
            )
        for entry in told["neighbours"]:
            if _same(entry["address"], via) and entry["interface"] == hop["interface"]:
                yield self._neighbour(node, entry)
        yield from self._source(told, destination, str(hop["interface"]))

    def _source(
        self, told: Mapping[str, Any], destination: Address, interface: str
    ) -> Iterator[str]:
        there = told["interfaces"].get(interface)
        if there is None:
            return
        candidates = [
            Source(
                ip_interface(own["address"]).ip,
                deprecated="deprecated" in own["flags"],
                temporary="temporary" in own["flags"],
            )
            for own in there["addresses"]
            if not {"tentative", "dadfailed"} & set(own["flags"])
        ]
        same = [one for one in candidates if one.address.version == destination.version]
        chosen = choose_source(destination, same)
        if chosen is None:
            yield self._tr(_("{interface} has no source address for it.", interface=interface))
            return
        yield self._tr(_("The source address is {address}.", address=written(chosen.address)))
        for other in same:
            if other is not chosen:
                rule = deciding_rule(destination, chosen, other)
                yield "  " + self._tr(
                    _(
                        "before {address} by RFC 6724 §5, {rule}",
                        address=written(other.address),
                        rule=self._tr(RULES[rule]) if rule else self._tr(_("which is as good")),
                    )
                )


def _origin(interface: Mapping[str, Any], own: Mapping[str, Any]) -> Message:
    address = ip_interface(own["address"])
    if not isinstance(address, IPv6Interface):
        return _("typed, or configured")
    identifier = address.ip.packed[8:]
    of_mac = identifier == eui64(str(interface["mac"]))
    if "temporary" in own["flags"]:
        return _("temporary (RFC 8981), out of an advertised prefix; another one follows it")
    if address.ip.is_link_local:
        if own.get("stable"):
            return _("made by the machine itself, stable and opaque (RFC 7217)")
        if of_mac:
            return _("made by the machine itself, of its MAC address (EUI-64)")
    if own.get("protocol") == "kernel_ra" or (
        "dynamic" in own["flags"] and address.network.prefixlen == 64
    ):
        if own.get("stable"):
            return _("by SLAAC, stable and opaque (RFC 7217)")
        if of_mac:
            return _("by SLAAC, of its MAC address (EUI-64)")
        return _("by SLAAC")
    if "dynamic" in own["flags"]:
        return _("with an end: from DHCPv6, or another program")
    return _("typed, or configured")


def _size(network: IPv6Network) -> Message:
    if network.prefixlen < 64:
        return _(
            "It holds {count} networks of /64.",
            count=f"2^{64 - network.prefixlen}"
            if network.prefixlen < 44
            else 2 ** (64 - network.prefixlen),
        )
    if network.prefixlen == 64:
        return _("It is one network: 64 bits are left for interface identifiers, as SLAAC needs.")
    if network.prefixlen == 127:
        return _("It is for a link between two routers (RFC 6164).")
    if network.prefixlen == 128:
        return _("It is one address.")
    return _("It leaves fewer than 64 bits for interface identifiers: SLAAC does not work in it.")


def _hop(hop: Mapping[str, Any]) -> str:
    interface = f"dev {hop['interface']}"
    return f"via {hop['via']} {interface}" if hop["via"] else interface


def _address(text: str) -> Address:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        raise _no_address(text) from None


def _no_address(text: str) -> LabError:
    return LabError(_("{text} is no address, prefix or node.", text=text))


def _same(text: str, address: Address) -> bool:
    """Whether an address, or an interface's address with its length, is this one; no prefix is."""
    try:
        known = ip_interface(text)
    except ValueError:
        return False
    network = known.network
    is_prefix = network.prefixlen < network.max_prefixlen - 1 and known.ip == network[0]
    return known.ip == address and not is_prefix


def _network(text: str) -> Network | None:
    """A value of the plan as a network; None where it is none."""
    if "/" not in text:
        return None
    try:
        return ip_network(text)
    except ValueError:
        return None
