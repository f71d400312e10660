"""Where everything is plugged in, out of reach of whoever configures the nodes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

NETWORK = Path("/run/agent/network.json")
NAMESPACES = Path("/run/netns")
FABRIC = "fabric"


class Port(NamedTuple):
    """The fabric's end of a node's interface."""

    link: str
    node: str
    interface: str


@dataclass(frozen=True)
class Interface:
    """A node's interface, and the link that it is on."""

    name: str
    mac: str
    link: str


@dataclass
class Fabric:
    """The network as it was built (``network.json``) and where its namespaces are.

    `guests` are the ports of hosts that the grader has attached, by name.
    """

    network: Mapping[str, Any]
    namespaces: Path = NAMESPACES
    guests: dict[str, Port] = field(default_factory=dict)

    @classmethod
    def read(cls, network: Path = NETWORK, namespaces: Path = NAMESPACES) -> Fabric:
        return cls(json.loads(network.read_text(encoding="utf-8")), namespaces)

    def namespace(self, node: str) -> Path:
        """The network namespace of a node, or of the fabric itself."""
        return self.namespaces / node

    def kind(self, node: str) -> str:
        """host, router or switch."""
        return str(self.network["nodes"][node]["kind"])

    @property
    def nodes(self) -> list[str]:
        return list(self.network["nodes"])

    @property
    def trainee(self) -> list[str]:
        """The nodes that the trainee configures."""
        return list(self.network.get("trainee", ()))

    @property
    def links(self) -> list[str]:
        return list(self.network["links"])

    def interfaces(self, node: str) -> list[Interface]:
        found = self.network["nodes"][node]["interfaces"]
        return [Interface(name, one["mac"], one["link"]) for name, one in found.items()]

    def bridge(self, link: str) -> str | None:
        """The bridge of a link, None for a cable between two nodes."""
        bridge = self.network["links"][link]["bridge"]
        return None if bridge is None else str(bridge)

    def ports(self, link: str) -> dict[str, Port]:
        """The nodes' ports on a link by the name of the fabric's interface.

        A cable between two nodes has no interface in the fabric and so no ports here.
        """
        found = self.network["links"][link]["ports"]
        ports = {name: Port(link, node, own) for name, (node, own) in found.items()}
        ports.update({name: port for name, port in self.guests.items() if port.link == link})
        return ports

    def ends(self, link: str) -> list[Port]:
        """Who is on a link: node and interface, guests left out."""
        return [
            Port(link, node, one.name)
            for node in self.nodes
            for one in self.interfaces(node)
            if one.link == link
        ]

    def owner_of(self, mac: str) -> str | None:
        """The node whose interface was given this MAC address."""
        for node in self.nodes:
            if any(one.mac == mac for one in self.interfaces(node)):
                return node
        return None
