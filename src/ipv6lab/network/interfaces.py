"""Interfaces and links with Mininet's methods, by netlink."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from typing import Any, Protocol

from mininet import link
from mininet.link import Intf, Link

from ipv6lab.network.construction import Construction, Port, Site
from ipv6lab.network.mininet_classes import on_netlink
from ipv6lab.network.netlink import (
    Address,
    Netlink,
    NetlinkError,
    Request,
    add_address,
    delete_address,
    delete_link,
    set_link,
)

Interface = IPv4Interface | IPv6Interface


class Holder(Protocol):
    """What an interface needs of the node that has it (`LabNode`)."""

    nameToIntf: dict[str, LabIntf]
    construction: Construction
    bridge: int | None

    @property
    def site(self) -> Site: ...

    @property
    def netlink(self) -> Netlink: ...

    def request(self, request: Request) -> None: ...

    def newPort(self) -> int: ...

    def delIntf(self, intf: LabIntf) -> None: ...


class LabIntf(Intf):  # type: ignore[misc]
    """An interface: Mininet's `Intf`, with any number of addresses of either family.

    `ip` and `prefixLen` are the address that was given last to this object, the IPv4 one if it has
    both: what Mininet programs expect. `addresses()` asks the kernel.
    """

    node: Holder
    name: str
    ip: str | None

    def __init__(
        self,
        name: str,
        node: Holder | None = None,
        port: int | None = None,
        link: Any = None,
        mac: str | None = None,
        attachment: Port | None = None,
        **params: Any,
    ) -> None:
        """`attachment` is the port in the making, None for an interface that is there already."""
        self.attachment = attachment
        self._given: list[Interface] = []
        super().__init__(name, node=node, port=port, link=link, mac=mac, **params)

    @property
    def index(self) -> int:
        """The interface's number in its namespace."""
        return self.attachment.index if self.attachment else self.node.netlink.link(self.name).index

    @property
    def _pending(self) -> bool:
        return self.attachment is not None and not self.attachment.made

    # Addresses

    def setIP(self, ipstr: str, prefixLen: int | None = None) -> str:
        """Give the interface this address instead of those of its family given before.

        `ipstr` is IPv4 or IPv6, with its prefix length or with `prefixLen`.
        """
        address = _parse(ipstr, prefixLen)
        for old in [one for one in self._given if one.version == address.version]:
            if old != address:
                self.delIP(str(old))
        return self.addIP(str(address))

    def addIP(self, ipstr: str, prefixLen: int | None = None) -> str:
        """Give the interface one more address."""
        address = _parse(ipstr, prefixLen)
        if address not in self._given:
            self._given.append(address)
        self._remember()
        self.node.request(add_address(self.index, address))
        return ""

    def delIP(self, ipstr: str, prefixLen: int | None = None) -> str:
        """Take an address away. Raises NetlinkError (EADDRNOTAVAIL) when it is not there."""
        address = _parse(ipstr, prefixLen)
        if address in self._given:
            self._given.remove(address)
        self._remember()
        self.node.request(delete_address(self.index, address))
        return ""

    def _remember(self) -> None:
        # The IPv4 address first; min() keeps the order of equals.
        chosen = min(self._given, key=lambda one: one.version, default=None)
        self.ip = str(chosen.ip) if chosen else None
        self.prefixLen = chosen.network.prefixlen if chosen else None

    def forget(self) -> None:
        """The interface is as it was made: without the addresses that were given."""
        self._given.clear()
        self._remember()

    def addresses(self, family: int | None = None) -> list[Address]:
        """What the kernel says now; `family` is 4 or 6."""
        return self.node.netlink.addresses(interface=self.name, family=family)

    def IP(self, family: int | None = None) -> str | None:
        """The address (of that family, 4 or 6, if given) that this object gave, without length."""
        if family is None:
            return self.ip
        return next((str(one.ip) for one in self._given if one.version == family), None)

    def updateIP(self) -> str | None:
        """Ask the kernel for the addresses: they may have been configured by a command."""
        # IPv6 link-local addresses name no node to others; Mininet's IP() never meant them.
        found = [one.with_prefix for one in self.addresses() if one.scope == "global"]
        self._given = found
        self._remember()
        return self.ip

    def setMAC(self, macstr: str) -> str:
        self.mac = macstr
        if self._pending and self.attachment:
            self.attachment.mac = macstr
        else:
            # A veth interface takes a new address while it is up, and keeps its IPv6 addresses.
            self.node.request(set_link(self.index, mac=macstr))
        return ""

    def updateMAC(self) -> str:
        self.mac = self.node.netlink.link(self.name).mac
        return self.mac

    def updateAddr(self) -> tuple[str | None, str]:
        return self.updateIP(), self.updateMAC()

    # State

    def ifconfig(self, *args: str) -> str:
        """`up` and `down` by netlink; anything else by the node's own ifconfig."""
        words = [str(arg) for arg in args]
        if words not in (["up"], ["down"]):
            return self.cmd("ifconfig", self.name, *words)  # type: ignore[no-any-return]
        up = words == ["up"]
        if self._pending and self.attachment:
            self.attachment.up = up
        else:
            self.node.request(set_link(self.index, up=up))
        return ""

    def isUp(self, setUp: bool = False) -> bool:
        if not setUp:
            return self.node.netlink.link(self.name).up
        if self.name != "lo":  # which is up from the first moment
            self.ifconfig("up")
        return True

    def rename(self, newname: str) -> str:
        """Rename the interface, as the kernel wants it: while it is down."""
        index = self.index
        self.node.nameToIntf[newname] = self.node.nameToIntf.pop(self.name)
        for request in (
            set_link(index, up=False),
            set_link(index, name=newname),
            set_link(index, up=True),
        ):
            self.node.request(request)
        self.name = newname
        return ""

    def delete(self) -> None:
        """Remove the interface, and with it the other end of its link."""
        with suppress(NetlinkError):  # unless the other end took it along
            self.node.request(delete_link(self.index))
        self.node.delIntf(self)
        self.link = None

    def status(self) -> str:
        names = [link.name for link in self.node.netlink.links()]
        return "OK" if self.name in names else "MISSING"


class LabLink(Link):  # type: ignore[misc]
    """A veth pair whose ends are born in their namespaces.

    Options are those of Mininet's `Link`: port1, intfName1, addr1 (the MAC address), params1, and
    so on for 2; `mtu` in bytes in params1, params2 or for both. `delay` ("5ms") is what a packet
    takes in either direction of a link between two nodes, where the kernel has netem.
    """

    def __init__(
        self,
        node1: Holder,
        node2: Holder,
        port1: int | None = None,
        port2: int | None = None,
        intfName1: str | None = None,
        intfName2: str | None = None,
        addr1: str | None = None,
        addr2: str | None = None,
        intf: Any = LabIntf,
        cls1: Any = None,
        cls2: Any = None,
        params1: dict[str, Any] | None = None,
        params2: dict[str, Any] | None = None,
        fast: bool = True,
        delay: str | None = None,
        **params: Any,
    ) -> None:
        construction = node1.construction
        options1 = _options(params1, params, node1, port1)
        options2 = _options(params2, params, node2, port2)
        name1 = intfName1 or self.intfName(node1, options1["port"])
        name2 = intfName2 or self.intfName(node2, options2["port"])
        one = construction.port(node1.site, name1, addr1)
        other = construction.port(node2.site, name2, addr2, other=one.index)
        one.master, other.master = node1.bridge, node2.bridge
        one.mtu, other.mtu = options1.pop("mtu", None), options2.pop("mtu", None)
        if delay is not None:
            one.delay = other.delay = _seconds(delay)
        with construction.together():
            construction.pair(one, other)
            self.intf1 = on_netlink(cls1 or intf, LabIntf)(
                name=name1, node=node1, link=self, mac=one.mac, attachment=one, **options1
            )
            self.intf2 = on_netlink(cls2 or intf, LabIntf)(
                name=name2, node=node2, link=self, mac=other.mac, attachment=other, **options2
            )
        self.fast = fast

    def delete(self) -> None:
        """Remove the link: both of its ends."""
        self.intf1.delete()
        self.intf2.node.delIntf(self.intf2)


# Mininet's other link classes (`TCLink`, and what `--link tc,bw=10` makes of it) do not ask for
# their base class but call Link.__init__ by its name in that module.
link.Link = LabLink


def _options(
    own: dict[str, Any] | None, common: dict[str, Any], node: Holder, port: int | None
) -> dict[str, Any]:
    """The parameters of one end, in Mininet's order of precedence."""
    options = dict(own or {})
    if port is not None:
        options["port"] = port
    if "port" not in options:
        options["port"] = node.newPort()
    options.update(common)
    return options


def _seconds(text: str) -> float:
    """A time as tc(8) takes it.

    >>> _seconds("5ms")
    0.005
    """
    matched = re.fullmatch(r"([0-9.]+)(s|ms|us)", text)
    if matched is None:
        raise ValueError(f"a delay such as 5ms is meant, not {text!r}")
    return float(matched[1]) / {"s": 1, "ms": 1000, "us": 1_000_000}[matched[2]]


def _parse(ipstr: str, prefixLen: int | None) -> Interface:
    if "/" in ipstr:
        return ip_interface(ipstr)
    if prefixLen is None:
        raise ValueError(f"the address {ipstr} has no prefix length")
    return ip_interface(f"{ipstr}/{prefixLen}")
