"""Programs that make networks themselves, in a sandbox that is there for nothing else."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from ipv6lab.agent import commands
from ipv6lab.agent.channel import Channel
from ipv6lab.agent.lab import Lab
from ipv6lab.network.construction import SETTINGS_OF_BRIDGES, settle
from ipv6lab.network.netlink import Netlink, set_link
from ipv6lab.nodes import overlay_root
from ipv6lab.nodes.handle import NodeHandle
from ipv6lab.nodes.space import Workshop
from ipv6lab.words.errors import LabError

NAME = "mininet"
ENGINE = Path("/run/agent/engine.zip")
HOME = "/root"
# Python finds files that were sent beside the program, and what puts Mininet on LabNet. A node's
# shell is on a terminal, where ip and Python colour what they say, and programs read what it says.
ENVIRONMENT = {
    "PYTHONPATH": f"{HOME}:{ENGINE}",
    "PYTHONDONTWRITEBYTECODE": "1",
    "NO_COLOR": "1",
}


async def run(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``program``: `exec` as the sandbox's own root, in a root tree of the image of its own.

    ``argv``, ``env``, ``cwd`` and ``pty`` as for `exec`; ``files`` (``name``, ``content`` in
    base64) are written to its home directory first. Refused where a lab is built: this root is
    root of its nodes too.
    """
    if lab.net is not None or NAME in lab.nodes:
        raise LabError("A program that makes networks needs a sandbox of its own.")
    space = Workshop.create(NAME)
    with Netlink(space.net_fd) as netlink:
        netlink.send([set_link("lo", up=True)])
    settle(space.net_fd, SETTINGS_OF_BRIDGES)
    place = lab.nodes[NAME] = NodeHandle(space, f"{overlay_root.PLACES}/{NAME}", _ended)
    request = channel.request
    engine = {"path": str(ENGINE), "content": base64.b64encode(ENGINE.read_bytes()).decode()}
    files = [{**file, "path": f"{HOME}/{file['name']}"} for file in request["files"]]
    try:
        outcome = await place.put([engine, *files]).exited
        if outcome.get("error"):
            raise LabError("The program's files cannot be laid: {reason}.", reason=outcome["error"])
        request["node"] = NAME
        request["env"] = {**ENVIRONMENT, **(request.get("env") or {})}
        return await commands.execute(lab, channel)
    finally:
        await place.end()
        overlay_root.discard(place.scratch)
        del lab.nodes[NAME]
        space.close()


def _ended(_place: NodeHandle) -> None:
    """Its init is gone, and the program with it: whoever waits for that sees its job cancelled."""
