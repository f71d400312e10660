"""The lab that this sandbox holds: its nodes, its network, how it came to be."""

from __future__ import annotations

import json
import os
import sys
import types
from pathlib import Path
from typing import Any

from ipv6lab import services
from ipv6lab.network import LabNet, description
from ipv6lab.nodes.handle import NodeHandle
from ipv6lab.nodes.space import Space
from ipv6lab.words.errors import LabError

ENGINE_LAYER = Path("/lower/engine")
EXERCISE = Path("/run/agent/exercise")
PLAN = Path("/run/agent/plan.json")
NETWORKS = Path("/run/netns")


class Lab:
    """What was built, and how to build it again."""

    def __init__(self) -> None:
        self.request: dict[str, Any] | None = None
        self.scratch: str | None = None
        self._nodes: dict[str, NodeHandle] = {}
        self._created = 0

    @property
    def nodes(self) -> dict[str, NodeHandle]:
        return self._nodes

    def node(self, name: str) -> NodeHandle:
        """The node called ``name``. Raises LabError when there is none."""
        try:
            return self._nodes[name]
        except KeyError:
            raise LabError(
                "There is no node {name} here; the nodes are {nodes}.",
                name=name,
                nodes=", ".join(self._nodes) or "not built yet",
            ) from None

    def build(self, request: dict[str, Any]) -> None:
        """Build nodes and links: ``topology`` (``source``, ``class``), ``plan``, ``checks``."""
        self.request = request
        self._nodes = {}
        EXERCISE.mkdir(exist_ok=True)
        for name, source in request.get("checks", {}).items():
            (EXERCISE / name).write_text(source, encoding="utf-8")
        PLAN.write_text(json.dumps(request["plan"]), encoding="utf-8")
        topology = request["topology"]
        module = types.ModuleType("topology")
        code = compile(topology["source"], topology["file"], "exec")
        exec(code, module.__dict__)
        net = LabNet(topo=getattr(module, topology["class"])(), space=self._space)
        net.build()
        description.publish(net, NETWORKS)

    def _space(self, name: str) -> Space:
        self._created += 1
        space = Space.create(name, self._created)
        scratch = None
        if self.scratch:
            scratch = f"{self.scratch}/{self._created}"
            os.makedirs(scratch)
        self._nodes[name] = NodeHandle(space, scratch, _node_died)
        return space


def _node_died(node: NodeHandle) -> None:
    """A node without its init is no node: the lab ends whole rather than go on broken."""
    print(f"the init of node {node.space.name} ended", file=sys.stderr, flush=True)
    os._exit(1)


def lay_engine_layer() -> None:
    """Put what the engine brings into every node's root: ``systemctl`` and its kin."""
    for path, (mode, content) in services.client_files().items():
        target = ENGINE_LAYER / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(mode)
