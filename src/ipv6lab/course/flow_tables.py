"""The flow tables of a node of a running lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipv6lab.reports.flow_table import SCRIPT, Bridge, read
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.sandbox import Lab


def ask(lab: Lab, node: str) -> list[Bridge]:
    """What Open vSwitch on a node has now. Raises LabError where it does not run."""
    network = lab.request("describe")["network"]
    if node not in network["nodes"]:
        raise LabError(
            _(
                "There is no node {name} here; the nodes are {nodes}.",
                name=node,
                nodes=", ".join(network["nodes"]),
            )
        )
    channel = lab.open("exec", node=node, argv=["sh", "-c", SCRIPT], env={}, cwd=None, pty=None)
    channel.end_input()
    told = {"O": bytearray(), "S": bytearray()}
    for kind, data in channel:
        if kind in told:
            told[kind].extend(data)
    said = told["O"].decode(errors="replace")
    if "database connection failed" in told["S"].decode(errors="replace"):
        raise LabError(_("Open vSwitch does not run on {node}.", node=node))
    return read(said, _macs(network))


def _macs(network: Mapping[str, Any]) -> dict[str, str]:
    """Nodes by the MAC addresses of their interfaces."""
    return {
        interface["mac"]: name
        for name, node in network["nodes"].items()
        for interface in node["interfaces"].values()
        if interface.get("mac")
    }
