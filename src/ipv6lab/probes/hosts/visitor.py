"""A new host with an address and a default route of its own, which pings and is pinged like a node.

What holds for a whole network shows at a host that nobody had in mind when the routers were
configured: an interface identifier with its first bit set tells a /64 from anything longer.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from ipv6lab.network.netlink import Netlink, add_address, add_route
from ipv6lab.probes.hosts.newhost import NewHost
from ipv6lab.probes.seen.vantage import Testbed

FIRST_BIT = 1 << 63  # of an interface identifier


class Visitor(NewHost):
    """A host of the grader on a link, with a static address; a context manager.

    ::

        with lab.link("staff").visitor(lab.plan.staff.prefix, lab.plan.staff.router) as visitor:
            visitor.ping(lab.node("app"), lab.plan.app.address)
            lab.node("pc1").ping(visitor, visitor.address)

    `name` is what messages call it; `prefix` is of either family; `router` is where its default
    route leads, and may be a link-local address. Its address is usable at once; an interface
    identifier is random but for the first bit, which is set, an IPv4 address is one of the upper
    half of the prefix that no node on the link has.
    """

    autoconfigures = False

    def __init__(
        self,
        lab: Testbed,
        link: str,
        prefix: object,
        router: object = None,
        name: str = "new-host",
    ) -> None:
        super().__init__(lab, link, name)
        self._network = ip_network(str(prefix))
        self._router = None if router is None else ip_address(str(router))
        self.address: IPv4Address | IPv6Address = self._choose(self._network)

    def _choose(self, network: IPv4Network | IPv6Network) -> IPv4Address | IPv6Address:
        if isinstance(network, IPv6Network):
            return network[FIRST_BIT + secrets.randbelow(FIRST_BIT)]
        taken = {
            one.address
            for end in self.lab.fabric.ends(self.link)
            for one in self.lab.vantage(end.node).addresses(end.interface, 4)
        }
        upper = list(network)[network.num_addresses // 2 : -1]
        return secrets.choice([one for one in upper if one not in taken])

    def _settle(self, _opened: ExitStack) -> None:
        address = f"{self.address}/{self._network.prefixlen}"
        requests = [add_address(self._guest.index, address, nodad=True)]
        if self._router is not None:
            everything = "::/0" if self._router.version == 6 else "0.0.0.0/0"
            requests.append(add_route(everything, gateway=self._router, index=self._guest.index))
        with Netlink(self._guest.namespace) as netlink:
            netlink.send(requests)
