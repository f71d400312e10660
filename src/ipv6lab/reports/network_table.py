"""A table for the terminal: one exercise's network, its nodes, links and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

from ipv6lab.reports.in_words import families, lines, node_kind, without
from ipv6lab.reports.say import Translate, say
from ipv6lab.reports.terminal_tables import Cell, Column, Grid, Terminal
from ipv6lab.reports.topology import Topology
from ipv6lab.words.message import _


def print_exercise(
    exercise: Mapping[str, Any],
    topology: Mapping[str, Any] | Topology,
    tr: Translate,
    file: TextIO | None = None,
) -> None:
    """Print one exercise (``id, title, level, minutes``) with its nodes, links and addresses."""
    network = topology if isinstance(topology, Topology) else Topology.from_json(topology)
    facts = Grid([Column(""), Column("", flexible=True)])
    for name, value in ((_("Level"), "level"), (_("Minutes"), "minutes")):
        if exercise.get(value):
            facts.add(Cell(tr(name), "dim"), say(exercise[value], tr))
    title = Cell(f"{exercise['id']}  {say(exercise.get('title'), tr)}", "bold")
    terminal = Terminal(file)
    parts: list[Grid | Cell | str] = [title, ""]
    if facts.rows:
        parts += [facts, ""]
    if terminal.narrow:
        terminal.show(*parts, "\n".join(lines(network, tr)))
    else:
        terminal.show(*parts, _nodes(network, tr), "", _links(network, tr))


def _nodes(network: Topology, tr: Translate) -> Grid:
    grid = Grid(
        [
            Column(tr(_("Node"))),
            Column(tr(_("Kind of node"))),
            Column(tr(_("Interface"))),
            Column(tr(_("Link"))),
            Column(tr(_("Addresses")), flexible=True),
        ]
    )
    for node in network.nodes.values():
        name = node.name + (f" ({tr(_('yours'))})" if node.trainee else "")
        head = [Cell(name, "bold"), Cell(tr(node_kind(node)))]
        if not node.interfaces:
            grid.add(*head, "", "", "")
        for interface in node.interfaces:
            addresses = "\n".join(interface.addresses)
            grid.add(*head, interface.name, interface.link or "", addresses)
            head = [Cell(""), Cell("")]
    return grid


def _links(network: Topology, tr: Translate) -> Grid:
    grid = Grid(
        [
            Column(tr(_("Link"))),
            Column(tr(_("Prefixes"))),
            Column(tr(_("Joins")), flexible=True),
            *([Column(tr(_("What lives there")), flexible=True)] if network.mixed else []),
        ]
    )
    for link in network.links.values():
        ends = ", ".join(f"{end.node} ({end.name})" if end.name else end.node for end in link.ends)
        lives = ["\n".join((tr(families(link)), *without(link, tr)))] if network.mixed else []
        grid.add(Cell(link.name, "bold"), "\n".join(link.prefixes), ends, *lives)
    return grid
