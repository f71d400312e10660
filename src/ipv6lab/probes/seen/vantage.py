"""Where a measurement starts: a vantage point, and the testbed that it is part of."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from contextlib import ExitStack
from ipaddress import IPv6Address
from pathlib import Path

from ipv6lab.addresses.text import written
from ipv6lab.network.netlink import Address, Neighbour, Netlink, NetlinkError, Route
from ipv6lab.network.netlink.numbers import RT_TABLE_MAIN
from ipv6lab.probes.seen.fabric import Fabric, Interface
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.record import Record
from ipv6lab.words.message import _
from ipv6lab.words.plan_attributes import Plan

# What a kernel says where it has no route, or one of type unreachable, prohibit or blackhole.
NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL)
MAC_LENGTH = len("00:00:5e:00:53:01")


class Testbed:
    """The network as it was built, and what a check keeps of it while it runs."""

    def __init__(
        self,
        fabric: Fabric,
        record: Record | None = None,
        plan: Mapping[str, str] | None = None,
    ) -> None:
        self.fabric = fabric
        self.plan = Plan(plan or {})
        self.record = record or Record()
        self.closing = ExitStack()  # what probes leave open until the check has ended

    def vantage(self, name: str) -> Vantage:
        """The node of that name, as a place to measure from."""
        return Vantage(self, name)

    def whose(self, address: object) -> str:
        """The name of the node that has an address now; the address itself where none has it.

        For messages: who reads one knows nodes by their names.
        """
        for name in self.fabric.nodes:
            try:
                held = self.vantage(name).addresses()
            except (OSError, NetlinkError):
                continue  # a node without a network namespace (a switch of the fabric)
            if any(str(one.address) == str(address) for one in held):
                return name
        return str(address)

    def owner_of(self, mac: str) -> Vantage | None:
        """The node one of whose interfaces has this MAC address now."""
        for name in self.fabric.nodes:
            node = self.vantage(name)
            try:
                if mac in node.macs():
                    return node
            except (OSError, NetlinkError):
                continue  # a node without a network namespace (a switch of the fabric)
        return None


class Vantage:
    """A node's network, out of reach of its files and programs: where a probe asks from.

    A fresh host of the grader is one as well.
    """

    def __init__(self, lab: Testbed, name: str) -> None:
        self.lab, self.name = lab, name

    def __repr__(self) -> str:
        return f"<node {self.name}>"

    def __str__(self) -> str:
        return self.name

    @property
    def namespace(self) -> Path | int:
        """The node's network namespace, for those who open sockets in it."""
        return self.lab.fabric.namespace(self.name)

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces that the topology gives it, with the links they are on."""
        return self.lab.fabric.interfaces(self.name)

    def interface(self, link: str | None = None) -> Interface:
        """The interface on a link; without `link` the only one, or the first."""
        for one in self.interfaces:
            if link in (None, one.link):
                return one
        raise KeyError(f"{self.name} has no interface on {link}")

    # What its kernel knows

    def addresses(self, interface: str | None = None, family: int | None = None) -> list[Address]:
        """Its addresses, of one interface or one family (4 or 6) if so asked."""
        with Netlink(self.namespace) as netlink:
            return netlink.addresses(interface, family)

    def routes(self, family: int | None = None, table: int | None = RT_TABLE_MAIN) -> list[Route]:
        """The routes of a table, by default the main one (None: of all tables)."""
        with Netlink(self.namespace) as netlink:
            return netlink.routes(family, table)

    def route_to(self, address: object) -> Route:
        """The route that it would take to an address. Raises Failed when there is none."""
        with Netlink(self.namespace) as netlink:
            try:
                return netlink.route_to(str(address))
            except NetlinkError as error:
                if error.errno not in NO_ROUTE:
                    raise
        raise Failed(
            _("{node} has no route to {address}.", node=self.name, address=written(address))
        )

    def neighbours(self, interface: str | None = None) -> list[Neighbour]:
        """Its neighbour cache."""
        with Netlink(self.namespace) as netlink:
            return netlink.neighbours(interface)

    def link_locals(self, link: str) -> list[IPv6Address]:
        """The link-local addresses of its interface on a link."""
        interface = self.interface(link).name
        return [
            one.address
            for one in self.addresses(interface, 6)
            if isinstance(one.address, IPv6Address) and one.address.is_link_local
        ]

    def macs(self) -> list[str]:
        """The MAC addresses that its interfaces have now."""
        with Netlink(self.namespace) as netlink:
            # A tunnel's own address, of IPv4 or IPv6, is told in the same place.
            return [one.mac for one in netlink.links() if one.mac and len(one.mac) == MAC_LENGTH]
