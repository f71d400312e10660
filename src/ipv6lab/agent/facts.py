"""Telling all that the nodes' kernels know of addresses, routes and neighbours, once."""

from __future__ import annotations

from typing import Any

from ipv6lab.addresses.text import written
from ipv6lab.agent.channel import Channel
from ipv6lab.agent.lab import Lab
from ipv6lab.agent.watching import route_state, state
from ipv6lab.network.netlink import Address, Netlink, Route
from ipv6lab.words.errors import LabError


async def facts(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``facts``: ``nodes`` by name, each as `watching.state` tells it, with lifetimes.

    An address has ``valid`` and ``preferred`` (seconds from now, null for ever), ``stable`` (made
    by RFC 7217) and ``protocol`` (who made it, null where the kernel does not say); a route has
    ``expires``, ``preference`` and ``source``.
    """
    if lab.net is None:
        raise LabError("Nothing is built here.")
    found = {}
    for name, node in lab.nodes.items():
        with Netlink(node.space.net_fd) as netlink:
            found[name] = _known(netlink)
    return {"nodes": found}


def _known(netlink: Netlink) -> dict[str, Any]:
    told = state(netlink)
    addresses = {(one.interface, str(one.with_prefix)): one for one in netlink.addresses()}
    for name, interface in told["interfaces"].items():
        for address in interface["addresses"]:
            one = addresses.get((name, address["address"]))
            if one is not None:
                address.update(_more_of_address(one))
    told["routes"] = [{**route_state(one), **_more_of_route(one)} for one in netlink.routes()]
    return told


def _more_of_address(address: Address) -> dict[str, Any]:
    return {
        "valid": address.valid,
        "preferred": address.preferred,
        "stable": address.stable_privacy,
        "protocol": address.protocol,
    }


def _more_of_route(route: Route) -> dict[str, Any]:
    return {
        "expires": route.expires,
        "preference": route.preference,
        "source": written(route.source) if route.source else None,
    }
