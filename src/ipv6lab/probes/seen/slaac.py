"""Stateless address autoconfiguration (RFC 4862): what hosts do with an advertised prefix, and
why they do nothing."""

from __future__ import annotations

from ipaddress import IPv6Network
from pathlib import Path
from typing import Any

from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Address, Route
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.nd import RouterAdvertisement
from ipv6lab.words.message import Message, _

SETTINGS = Path("/proc/sys/net/ipv6/conf")


def built(address: Address, prefix: IPv6Network) -> bool:
    """Whether this address may have been built from an advertisement of the prefix.

    By the kernel, or by a program that does SLAAC in user space: that an advertisement renews it
    is the proof. Temporary addresses (RFC 8981) are not meant.
    """
    return (
        address.address in prefix
        and address.prefixlen == prefix.prefixlen
        and not address.permanent
        and not address.temporary
    )


def by_hand(address: Address) -> bool:
    """Whether this address of global scope was certainly set by somebody: it has no end."""
    return address.scope == "global" and not address.temporary and address.permanent


def refusal(message: RouterAdvertisement, prefix: IPv6Network) -> Message | None:
    """Why a host builds no address in `prefix` from this advertisement (RFC 4862 section 5.5.3)."""
    router = str(message.source)
    if not message.prefixes:
        return _("The advertisement of {router} carries no prefix.", router=router)
    same = [
        one for one in message.prefixes if one.network.network_address == prefix.network_address
    ]
    if not same:
        return _(
            "The advertisement of {router} carries {others}, not the prefix of this link.",
            router=router,
            others=", ".join(str(one) for one in message.prefixes),
        )
    return same[0].refusal(router)


def deafness(node: Vantage, interface: str) -> Message | None:
    """Which setting of a node makes it ignore advertisements, None when none does."""
    read = {name: setting(node, interface, name) for name in _SETTINGS}
    values = {"node": node.name, "interface": interface}
    if read["disable_ipv6"] == "1":
        return _("IPv6 is switched off on {interface} of {node}.", **values)
    if read["accept_ra"] == "0":
        return _("{node} is set to ignore advertisements on {interface}.", **values)
    if read["forwarding"] == "1" and read["accept_ra"] == "1":
        return _(
            "{node} forwards packets like a router on {interface}, and so ignores advertisements.",
            **values,
        )
    if read["autoconf"] == "0" or read["accept_ra_pinfo"] == "0":
        return _("{node} is set to build no addresses on {interface}.", **values)
    return None


_SETTINGS = ("disable_ipv6", "accept_ra", "forwarding", "autoconf", "accept_ra_pinfo")


def setting(node: Vantage, interface: str, name: str) -> str | None:
    """A setting of the kernel's IPv6 (``net.ipv6.conf``) in a node, None if there is none."""
    with entered(node.namespace):
        try:
            return (SETTINGS / interface / name).read_text().strip()
        except OSError:
            return None


def facts(address: Address) -> dict[str, Any]:
    """An address as evidence."""
    return {
        "address": str(address.with_prefix),
        "interface": address.interface,
        "protocol": address.protocol,
        "valid": address.valid,
        "preferred": address.preferred,
        "flags": [
            name
            for name in ("tentative", "dadfailed", "deprecated", "temporary", "permanent")
            if getattr(address, name)
        ],
    }


def route_facts(route: Route) -> dict[str, Any]:
    """A route as evidence."""
    return {
        "destination": str(route.destination),
        "gateway": str(route.gateway) if route.gateway else None,
        "interface": route.interface,
        "protocol": route.protocol,
        "metric": route.metric,
        "expires": route.expires,
    }
