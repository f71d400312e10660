"""A cable pulled out and put back, at the fabric's end: nothing on the node is changed."""

from __future__ import annotations

from ipv6lab.network.netlink import Netlink, set_link, wait_until
from ipv6lab.probes.asks.node import Node
from ipv6lab.probes.seen.fabric import FABRIC
from ipv6lab.words.message import _

NOTICED = 2.0  # seconds in which a kernel sees its carrier come and go, however busy


def flap(node: Node, link: str) -> None:
    """Take the carrier of a node's interface on a link away, and give it back.

    Comes back when the node's kernel has noticed both. Addresses are then still being checked for
    duplicates (RFC 4862 section 5.4). Raises ValueError for a cable between two nodes, which has
    no end in the fabric, and TimeoutError.
    """
    fabric = node.lab.fabric
    ports = [name for name, port in fabric.ports(link).items() if port.node == node.name]
    if not ports:
        raise ValueError(f"{node.name} has no port in the fabric on {link}")
    interface = node.interface(link).name
    doing = _("pulling the cable of {node} on {link}", node=node.name, link=link)
    with (
        node.lab.record.waiting(doing),
        Netlink(fabric.namespace(FABRIC)) as netlink,
    ):
        try:
            netlink.send([set_link(port, up=False) for port in ports])
            _wait(node, interface, carrier=False)
        finally:
            netlink.send([set_link(port, up=True) for port in ports])
        _wait(node, interface, carrier=True)
    node.lab.record.add(
        "flap",
        node.name,
        _("The cable of {node} on {link} was pulled out and put back.", node=node.name, link=link),
    )


def _wait(node: Node, interface: str, carrier: bool) -> None:
    def seen(netlink: Netlink) -> bool:
        return netlink.link(interface).carrier is carrier

    if not wait_until(seen, NOTICED, node.namespace, "link"):
        raise TimeoutError(f"{node.name} did not notice its cable on {interface}")
