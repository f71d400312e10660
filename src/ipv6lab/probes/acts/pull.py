"""A link that is pulled out at all its ends, at the fabric's side, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ipv6lab.network.netlink import Netlink, set_link, wait_until
from ipv6lab.probes.seen.fabric import FABRIC
from ipv6lab.probes.seen.vantage import Testbed
from ipv6lab.words.message import _

NOTICED = 2.0  # seconds in which a kernel sees its carrier come and go, however busy


@contextmanager
def pulled(lab: Testbed, link: str) -> Iterator[None]:
    """Take the carrier away from all nodes on a link, meanwhile.

    Begins and ends when their kernels have noticed. The check has to be `alone`. Raises ValueError
    for a cable between two nodes, which has no end in the fabric, and TimeoutError.
    """
    ports = [port for port in lab.fabric.ports(link) if port not in lab.fabric.guests]
    if lab.fabric.bridge(link) is None or not ports:
        raise ValueError(f"{link} has no port in the fabric")
    with Netlink(lab.fabric.namespace(FABRIC)) as netlink:
        try:
            netlink.send([set_link(port, up=False) for port in ports])
            _wait(lab, link, carrier=False)
            lab.record.say(_("{link} is pulled out", link=link))
            yield
        finally:
            netlink.send([set_link(port, up=True) for port in ports])
        _wait(lab, link, carrier=True)
    lab.record.add("pull", link, _("{link} was pulled out and put back.", link=link))


def _wait(lab: Testbed, link: str, carrier: bool) -> None:
    for end in lab.fabric.ends(link):
        interface = lab.vantage(end.node).interface(link).name

        def seen(netlink: Netlink, name: str = interface) -> bool:
            return netlink.link(name).carrier is carrier

        if not wait_until(seen, NOTICED, lab.fabric.namespace(end.node), "link"):
            raise TimeoutError(f"{end.node} did not notice {link}")
