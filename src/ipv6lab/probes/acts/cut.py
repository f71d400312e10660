"""A node that is there and that nobody can reach, for a while: its port is out of the switch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ipv6lab.network.netlink import Netlink, set_link
from ipv6lab.probes.seen.fabric import FABRIC
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.probes.asks.node import Node


@contextmanager
def cut_off(node: Node) -> Iterator[None]:
    """Let nothing through between a node and the others, at the fabric's end, meanwhile.

    The node keeps its carrier, and so its addresses, routes and sessions. Cables between two nodes
    stay as they are. The check has to be `alone`.
    """
    fabric, record = node.lab.fabric, node.lab.record
    links = {one.link: fabric.bridge(one.link) for one in node.interfaces}
    with Netlink(fabric.namespace(FABRIC)) as netlink:
        back = [
            (port, netlink.link(bridge).index)
            for link, bridge in links.items()
            if bridge is not None
            for port, end in fabric.ports(link).items()
            if end.node == node.name
        ]
        try:
            netlink.send([set_link(port, master=0) for port, _bridge in back])
            record.say(_("{node} is cut off", node=node.name))
            yield
        finally:
            netlink.send([set_link(port, master=bridge) for port, bridge in back])
    record.add("cut", node.name, _("{node} was cut off from the others.", node=node.name))
