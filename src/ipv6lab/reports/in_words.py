"""A network in words: the twin of its picture, for screen readers and terminals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ipv6lab.reports.say import Translate
from ipv6lab.reports.topology import Link, Node, Topology
from ipv6lab.words.message import Message, _

NODE_KINDS = {"host": _("host"), "router": _("router"), "switch": _("switch")}


def node_kind(node: Node) -> Message | str:
    return NODE_KINDS.get(node.kind) or node.kind


def lines(topology: Mapping[str, Any] | Topology, tr: Translate) -> list[str]:
    """Everything the picture shows, one thing a line."""
    network = topology if isinstance(topology, Topology) else Topology.from_json(topology)
    text = [tr(_("Nodes"))]
    for node in network.nodes.values():
        yours = f" ({tr(_('yours'))})" if node.trainee else ""
        text.append(f"  {node.name}: {tr(node_kind(node))}{yours}")
        for interface in node.interfaces:
            parts = [interface.name] if interface.name else []
            if interface.link:
                parts.append(tr(_("on link {link}", link=interface.link)))
            joined = " ".join(parts)
            addresses = ", ".join(interface.addresses)
            text.append(f"    {joined}: {addresses}" if addresses else f"    {joined}")
    text.append(tr(_("Links")))
    for link in network.links.values():
        prefixes = f" {', '.join(link.prefixes)}" if link.prefixes else ""
        text.append(f"  {link.name}{prefixes}: {_ends(link)}")
        if network.mixed:
            text.append(f"    {tr(families(link))}")
            text += [f"    {line}" for line in without(link, tr)]
    for tunnel in network.tunnels:
        ends = " – ".join(f"{node} ({interface})" for node, interface in tunnel.ends)
        text.append("  " + tr(_("Tunnel {ends}", ends=ends)))
    return text


def description(topology: Mapping[str, Any] | Topology, tr: Translate) -> str:
    """What the picture shows, in a few sentences."""
    network = topology if isinstance(topology, Topology) else Topology.from_json(topology)
    sentences = [
        tr(
            _(
                "A network of {nodes} nodes and {links} links.",
                nodes=len(network.nodes),
                links=len(network.links),
            )
        )
    ]
    for link in network.links.values():
        names = ", ".join(dict.fromkeys(end.node for end in link.ends))
        sentences.append(tr(_("Link {link} joins {nodes}.", link=link.name, nodes=names)))
        if network.mixed:
            sentences.append(f"{link.name}: {tr(families(link))}.")
    for tunnel in network.tunnels:
        first, second = (node for node, _interface in tunnel.ends)
        sentences.append(tr(_("A tunnel joins {first} and {second}.", first=first, second=second)))
    return " ".join(sentences)


def families(link: Link) -> Message:
    """Which versions of IP live on a link.

    >>> str(families(Link("lan")))
    'neither IPv4 nor IPv6'
    """
    if link.families == (6, 4):
        return _("IPv4 and IPv6")
    if link.families == (6,):
        return _("IPv6 only")
    return _("IPv4 only") if link.families else _("neither IPv4 nor IPv6")


def without(link: Link, tr: Translate) -> Iterator[str]:
    """Who on a link with both versions has one of them alone."""
    if len(link.families) < 2:
        return
    for version in link.families:
        names = ", ".join(link.without(version))
        if names:
            yield tr(_("without {family}: {nodes}", family=f"IPv{version}", nodes=names))


def _ends(link: Link) -> str:
    return ", ".join(f"{end.node} ({end.name})" if end.name else end.node for end in link.ends)
