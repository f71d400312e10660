"""The picture of a network with what only a live one has: nodes to choose, links that are down."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import NamedTuple

from ipv6lab.reports import svg
from ipv6lab.reports.layout import layout
from ipv6lab.reports.picture import measure
from ipv6lab.reports.say import Translate
from ipv6lab.reports.shapes import Layout
from ipv6lab.reports.topology import Topology
from ipv6lab.words.message import _

SIGN = 6.0  # radius of the sign on a link that is down, in points


class Cut(NamedTuple):
    """A node's interface whose link is down."""

    node: str
    interface: str


def drawn(
    network: Topology,
    tr: Translate,
    identity: str,
    verdicts: Mapping[str, str],
    cuts: Sequence[Cut],
    chosen: Collection[str],
) -> str:
    """An ``<svg>`` element in which each of the nodes `chosen` leads to ``<identity>-<node>``."""
    picture = svg.inline(network, tr, verdicts)
    # Several pictures stand in one notebook.
    for part in ("title", "desc"):
        picture = picture.replace(f"network-{part}", f"{identity}-{part}")
    # An image has nothing to choose in it; a group has.
    picture = picture.replace('role="img"', 'role="group"', 1)
    found = layout(network, measure)
    over = "".join(_cut(found, cut, tr) for cut in cuts)
    over += "".join(_choice(found, name, identity, tr) for name in chosen)
    end = picture.rindex("</svg>")
    return picture[:end] + over + picture[end:]


def _choice(found: Layout, name: str, identity: str, tr: Translate) -> str:
    box = found.boxes[name]
    goal = escape(f"{identity}-{name}")
    label = escape(tr(_("{node}: what it has", node=name)))
    return (
        f'<a href="#{goal}" data-opens="{goal}" data-key="choose-{escape(name)}" '
        f'aria-label="{label}"><rect class="hit" x="{box.x:.1f}" y="{box.y:.1f}" '
        f'width="{box.width:.1f}" height="{box.height:.1f}" rx="5"><title>{label}</title>'
        "</rect></a>"
    )


def _cut(found: Layout, cut: Cut, tr: Translate) -> str:
    ports = [(box, port) for box in found.boxes.values() for port in box.ports]
    for (box, port), wire in zip(ports, found.wires, strict=True):
        if (box.node.name, port.interface.name) != cut:
            continue
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in wire)
        (x, edge), (_x, other) = wire[0], wire[1]
        y = edge + (SIGN + 3) * (1 if other > edge else -1)  # beside its bar, clear of the texts
        told = tr(
            _("{node}: the link at {interface} is down", node=cut.node, interface=cut.interface)
        )
        return (
            f"<g><title>{escape(told)}</title>"
            f'<path class="cut" d="{path}"/>'
            f'<circle class="cutground" cx="{x:.1f}" cy="{y:.1f}" r="{SIGN}"/>'
            f'<text class="cutsign" x="{x:.1f}" y="{y:.1f}" text-anchor="middle" '
            f'dominant-baseline="central">✘</text></g>'
        )
    return ""
