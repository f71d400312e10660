"""Where nodes are in the addressing plan, and new hosts beside them."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

from ipv6lab.network.namespace import entered
from ipv6lab.probes import FreshHost, Lab
from ipv6lab.probes.seen.vantage import Vantage

Address = IPv4Address | IPv6Address

DISCARD = 9  # a port that nobody need listen on (RFC 863)


def address_of(lab: Lab, name: str, family: int = 6) -> Address:
    """The address of a machine in the plan. Raises KeyError when it has none of that family."""
    for field in ("address4",) if family == 4 else ("address", "static"):
        if f"{name}.{field}" in set(lab.plan):
            return ip_address(str(lab.plan[f"{name}.{field}"]))
    raise KeyError(f"the addressing plan has no IPv{family} address of {name}")


def new_host(
    lab: Lab, link: str, network: str | None = None, family: int = 6, name: str = "new-host"
) -> FreshHost:
    """A host that nobody had in mind, on a link whose network the plan calls `network`.

    A context manager (see `FreshHost`). `network` None: it is called as the link is.
    """
    plan, suffix = lab.plan, "4" if family == 4 else ""
    where = network or link
    return lab.link(link).fresh_host(
        plan[f"{where}.prefix{suffix}"], plan[f"{where}.router{suffix}"], name
    )


def source_to(node: Vantage, address: object) -> Address:
    """The address that a node's kernel puts into packets to another. Raises OSError."""
    to = ip_address(str(address))
    family = socket.AF_INET6 if to.version == 6 else socket.AF_INET
    with (
        entered(node.namespace),
        socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock,
    ):
        sock.connect((str(to), DISCARD))
        return ip_address(sock.getsockname()[0].partition("%")[0])
