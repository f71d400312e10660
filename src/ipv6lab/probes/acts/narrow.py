"""A link of a transit network that takes smaller packets for a while."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Netlink, set_link
from ipv6lab.probes.asks.node import Node
from ipv6lab.probes.seen.vantage import Testbed
from ipv6lab.words.message import _

FLUSH = Path("/proc/sys/net/ipv4/route/flush")
SMALLEST = 1280  # octets; below, an interface loses its IPv6 (RFC 8200 section 5)


@contextmanager
def narrowed(lab: Testbed, link: str, octets: int, forget: Iterable[Node] = ()) -> Iterator[None]:
    """Let the nodes on a link send packets of at most that many octets, meanwhile.

    They should be nodes that no trainee configures. Afterwards the nodes to `forget` lose what
    IPv4 path MTUs they have learnt, as a tunnel's ends do in this time; what others have learnt of
    hosts that are gone by then disturbs nobody. The check has to be `alone`. Raises ValueError for
    less than 1280 octets.
    """
    if octets < SMALLEST:
        raise ValueError(f"{octets} octets are too few for IPv6")
    ends = lab.fabric.ends(link)
    before = []
    for end in ends:
        with Netlink(lab.fabric.namespace(end.node)) as netlink:
            before.append(netlink.link(end.interface).mtu)
    lab.record.add(
        "narrowed",
        link,
        _("{link} took packets of at most {octets} octets.", link=link, octets=octets),
    )
    try:
        for end in ends:
            _set(lab, end.node, end.interface, octets)
        yield
    finally:
        for end, mtu in zip(ends, before, strict=True):
            _set(lab, end.node, end.interface, mtu)
        for node in forget:
            with entered(node.namespace):
                FLUSH.write_text("1")


def _set(lab: Testbed, node: str, interface: str, mtu: int) -> None:
    with Netlink(lab.fabric.namespace(node)) as netlink:
        netlink.send([set_link(interface, mtu=mtu)])
