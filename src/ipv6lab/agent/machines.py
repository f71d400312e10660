"""Resetting and rebooting one node: its links stay, and so does every other node."""

from __future__ import annotations

import os
from typing import Any

from ipv6lab.agent import applying, pipes
from ipv6lab.agent.channel import Channel
from ipv6lab.agent.lab import Lab
from ipv6lab.nodes.handle import NodeHandle
from ipv6lab.words.errors import LabError

SECONDS = 5.0  # that services get to stop before a node is switched off


async def reset(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``reset`` with a ``node``: that one as it was at the start, its files too."""
    return await _recorded(lab, channel, "reset")


async def reboot(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``reboot``: switch ``node`` off and on. What is not in its files is gone.

    `sysctl.d` is read first. Then the interfaces come up as the start state configures them: its
    commands for this node are what the machine does by itself when it is switched on. What they set
    of the kernel stands for files that `sysctl.d` comes after, so it is read once more. Then what
    is enabled is started.
    """
    return await _recorded(lab, channel, "reboot")


async def _recorded(lab: Lab, channel: Channel, what: str) -> dict[str, Any]:
    node = lab.node(channel.request["node"])
    await lab.journal.look(node)
    answer = await do(lab, channel, what, node.space.name)
    lab.journal.add({"kind": what, "node": node.space.name})
    return answer


async def do(lab: Lab, channel: Channel, what: str, name: str) -> dict[str, Any]:
    """Reset or reboot a node, unrecorded. The answer is that of `apply`."""
    if lab.request is None:
        raise LabError("Nothing is built here.")
    await _switch_off(lab.node(name), SECONDS if what == "reboot" else 0)
    node = lab.renew(name, keep_files=what == "reboot")
    node.boots_later = what == "reboot"
    start = lab.request["start"]
    # Of its own: while this node comes up, another one may be switched off and on as well.
    folder = {
        "files": [one for one in start["files"] if one["node"] == name and what == "reset"],
        "commands": [one for one in start["commands"] if one["node"] == name],
    }
    if node.boots_later:
        await node.apply_settings()
    answer = await applying.start(lab, channel, folder)
    if node.boots_later:
        await node.boot()
    await node.forget_changes()  # what the node did by itself is no work of the trainee's
    return answer


async def _switch_off(node: NodeHandle, seconds: float) -> None:
    """End everything on a node, its services first; returns when no process is left."""
    if node.pid is None:
        return
    gone = os.pidfd_open(node.pid)
    try:
        await node.end(seconds)
        await pipes.readable(gone)
    finally:
        os.close(gone)
