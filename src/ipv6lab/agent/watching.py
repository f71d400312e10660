"""Telling somebody at the other end of a channel what the network is, now and when it changes."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

from ipv6lab.addresses.text import written
from ipv6lab.agent.channel import Channel
from ipv6lab.agent.lab import Lab
from ipv6lab.network.netlink import Address, Events, EventsLost, Netlink, Route
from ipv6lab.nodes.space import Space

GROUPS = ("link", "address", "route")
PAUSE = 0.25  # seconds between two reports: what changes together is told together


async def watch(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``watch``: an event with all nodes, then one after each change, until it is cancelled.

    ``{"event": "network", "nodes": {node: {"interfaces": …, "routes": …, "neighbours": …}}}`` has
    the nodes that are new or different (see `state`), and ``gone`` the names of those that are no
    more. A node that was rebooted or reset is told anew. With ``neighbours`` false, neighbours
    are neither told nor waited for: they change whenever somebody speaks.
    """
    watched = _Watched(lab, bool(channel.request.get("neighbours", True)))
    try:
        while True:
            changed, gone = watched.look()
            if changed or gone:
                channel.event({"event": "network", "nodes": changed, "gone": gone})
            await watched.woken.wait()
            await asyncio.sleep(PAUSE)
    finally:
        watched.close()


@dataclass
class _Node:
    """A node as it was told last; `stirred` when something has happened since."""

    space: Space
    events: Events
    stirred: bool = True
    told: dict[str, Any] = field(default_factory=dict)


class _Watched:
    """The nodes whose changes are listened to."""

    def __init__(self, lab: Lab, neighbours: bool) -> None:
        self.woken = asyncio.Event()
        self._lab = lab
        self._neighbours = neighbours
        self._nodes: dict[str, _Node] = {}
        self._gone: list[str] = []
        lab.watchers.add(self.meet)
        self.meet()

    def close(self) -> None:
        self._lab.watchers.discard(self.meet)
        for name in list(self._nodes):
            self._forget(name)

    def meet(self) -> None:
        """Listen to the nodes that there are now; let go of those that there were.

        An open socket would keep the namespace of a node that is gone, so the lab calls this.
        """
        there = {name: handle.space for name, handle in self._lab.nodes.items()}
        for name, node in list(self._nodes.items()):
            if there.get(name) is not node.space:
                self._forget(name)
                if name not in there:
                    self._gone.append(name)
        for name, space in there.items():
            if name not in self._nodes:
                groups = (*GROUPS, "neighbour") if self._neighbours else GROUPS
                events = Events(space.net_fd, *groups)
                self._nodes[name] = _Node(space, events)
                asyncio.get_running_loop().add_reader(events.fileno(), self._stir, name)
        self.woken.set()

    def look(self) -> tuple[dict[str, Any], list[str]]:
        """The state of the nodes in which something is different from what was told last."""
        self.woken.clear()
        gone, self._gone = [name for name in self._gone if name not in self._nodes], []
        changed = {}
        for name, node in self._nodes.items():
            if not node.stirred:
                continue
            node.stirred = False
            with contextlib.suppress(EventsLost):  # looking again finds what was lost
                node.events.read()
            found = state(node.events.netlink, self._neighbours)
            if found != node.told:
                changed[name] = node.told = found
        return changed, gone

    def _stir(self, name: str) -> None:
        """Something is to be read; `look` reads it."""
        node = self._nodes[name]
        with contextlib.suppress(EventsLost):
            if not node.events.read():
                return
        node.stirred = True
        self.woken.set()

    def _forget(self, name: str) -> None:
        node = self._nodes.pop(name)
        asyncio.get_running_loop().remove_reader(node.events.fileno())
        node.events.close()


def state(netlink: Netlink, neighbours: bool = True) -> dict[str, Any]:
    """One node: its interfaces with addresses, its routes (of the main table), its neighbours.

    Without what changes by itself all the time, such as lifetimes; without `neighbours` there is
    an empty list of them.
    """
    interfaces: dict[str, Any] = {}
    for link in netlink.links():
        interfaces[link.name] = {
            "mac": link.mac,
            "up": link.up,
            "carrier": link.carrier,
            "mtu": link.mtu,
            "loopback": link.loopback,
            "addresses": [],
        }
        if link.tunnel is not None:
            interfaces[link.name]["tunnel"] = [written(one) for one in link.tunnel]
    for address in netlink.addresses():
        if address.interface in interfaces and not address.address.is_loopback:
            interfaces[address.interface]["addresses"].append(address_state(address))
    return {
        "interfaces": interfaces,
        "routes": [route_state(one) for one in netlink.routes()],
        "neighbours": [
            {
                "address": written(one.address),
                "interface": one.interface,
                "mac": one.mac,
                "state": one.state,
                "router": one.router,
            }
            for one in (netlink.neighbours() if neighbours else ())
        ],
    }


def address_state(address: Address) -> dict[str, Any]:
    flags = {
        "tentative": address.tentative and not address.dadfailed,
        "dadfailed": address.dadfailed,
        "deprecated": address.deprecated,
        "temporary": address.temporary,
        "dynamic": not address.permanent,
    }
    return {
        "address": written(address.with_prefix),
        "scope": address.scope,
        "flags": [name for name, holds in flags.items() if holds],
    }


def route_state(route: Route) -> dict[str, Any]:
    return {
        "destination": written(route.destination),
        "kind": route.kind,
        "protocol": route.protocol,
        "metric": route.metric,
        "hops": [
            {"via": written(hop.gateway) if hop.gateway else None, "interface": hop.interface}
            for hop in route.hops
        ],
    }
