"""What the agent needs to build the whole agency."""

from __future__ import annotations

from typing import Any

from ipv6lab.course import folders, topologies
from ipv6lab.course.content import Content
from ipv6lab.course.plan import addressing_plan

START = "agency-start"  # the configuration folder beside the topologies


def agency_request(content: Content, seat: int | None) -> dict[str, Any]:
    """The arguments of the agent's ``build`` for the whole network with its services running.

    There are no checks: it is for demonstrations. Raises LabError.
    """
    plan = addressing_plan(content, seat)
    topology = topologies.whole(content)
    nodes = [name for name in topology.nodes(sort=False) if not topology.isSwitch(name)]
    return {
        "topology": topologies.whole_request(content),
        "plan": plan,
        "start": folders.read(content.topologies / START, nodes, plan=plan).to_request(),
        "checks": {},
    }
