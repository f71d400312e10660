"""A new host with an address and a default route of its own, which pings and is pinged like a node.

What holds for a whole network shows at a host that nobody had in mind when the routers were
configured: an interface identifier with its first bit set tells a /64 from anything longer.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from ipaddress import IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from ipv6lab.network.netlink import Netlink, add_address, add_route
from ipv6lab.probes.newhost import NewHost

if TYPE_CHECKING:
    from ipv6lab.probes.lab import Lab

FIRST_BIT = 1 << 63  # of an interface identifier


class Visitor(NewHost):
    """A host of the grader on a link, with a static address; a context manager.

    ::

        with lab.link("staff").visitor(lab.plan.staff.prefix, lab.plan.staff.router) as visitor:
            visitor.ping(lab.node("app"), lab.plan.app.address)
            lab.node("pc1").ping(visitor, visitor.address)

    `name` is what messages call it; `router` is where its default route leads. Its address is
    usable at once; its interface identifier is random but for the first bit, which is set.
    """

    autoconfigures = False

    def __init__(
        self,
        lab: Lab,
        link: str,
        prefix: object,
        router: object = None,
        name: str = "new-host",
    ) -> None:
        super().__init__(lab, link, name)
        self._network = IPv6Network(str(prefix))
        self._router = None if router is None else IPv6Address(str(router))
        self.address: IPv6Address = self._network[FIRST_BIT + secrets.randbelow(FIRST_BIT)]

    def _settle(self, _opened: ExitStack) -> None:
        address = f"{self.address}/{self._network.prefixlen}"
        requests = [add_address(self._guest.index, address, nodad=True)]
        if self._router is not None:
            requests.append(add_route("::/0", gateway=self._router))
        with Netlink(self._guest.namespace) as netlink:
            netlink.send(requests)
