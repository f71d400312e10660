"""Applying a configuration folder: files laid on the nodes, then what is typed there."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from ipv6lab.agent import pipes
from ipv6lab.agent.channel import Channel
from ipv6lab.agent.journal import INTERRUPTED
from ipv6lab.agent.lab import Lab
from ipv6lab.nodes.handle import NodeHandle
from ipv6lab.words.errors import LabError

# A commands.sh that never ends, or prints without end, is cut here; what follows is still done.
SECONDS = 30.0
BYTES = 1024 * 1024
TOLD = 4096  # of a script's output, its last bytes go into the report
# The course's own scripts end by themselves; however busy the machine is, they are not cut before.
START_SECONDS = 300.0


async def apply(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``apply``: ``files``, ``commands`` and ``answers`` of a configuration folder; with ``record``
    it goes into the journal as if it had been typed.

    The answer lists each script: ``node``, ``status``, ``cut`` (null, "time" or "output"), and
    the end of its ``output``.
    """
    folder = channel.request
    by_node = _by_node(folder)
    for name, (files, _scripts) in by_node.items():
        await _lay(lab, channel, name, files)
    done = []
    for script in folder["commands"]:
        node = lab.node(script["node"])
        channel.event({"event": "apply", "node": script["node"], "state": "commands"})
        if folder.get("record"):
            shell = lab.journal.new_shell()
            command = await lab.journal.begin(node, shell, "/root", script["script"])
        try:
            outcome = await run_script(node, script["script"])
        except BaseException:
            if folder.get("record"):
                lab.journal.end(command, INTERRUPTED)
            raise
        done.append(outcome)
        if folder.get("record"):
            lab.journal.end(command, outcome["status"])
    if folder.get("record"):
        for name, (files, _scripts) in by_node.items():
            if files:
                await lab.journal.look(lab.node(name))
    give(lab, folder.get("answers") or {}, bool(folder.get("record")))
    return {"commands": done}


def give(lab: Lab, answers: dict[str, Any], record: bool) -> None:
    """Answer questions, and write that down if it is to be recorded."""
    if answers:
        lab.answer(answers)
        if record:
            lab.journal.add({"kind": "answers", "answers": answers})


async def start(lab: Lab, channel: Channel, folder: dict[str, Any]) -> dict[str, Any]:
    """Bring up a start state: as `apply`, but all nodes at once, as machines are switched on.

    Raises LabError where a script had to be cut: nobody may be judged in half a start state.
    """

    async def one(name: str, files: list[dict[str, Any]], scripts: list[str]) -> list[Any]:
        await _lay(lab, channel, name, files)
        channel.event({"event": "apply", "node": name, "state": "commands"})
        outcomes = []
        for script in scripts:
            outcomes.append(await run_script(lab.node(name), script, START_SECONDS))
            if outcomes[-1]["cut"]:
                raise LabError(
                    "The start state of {node} is not complete after {seconds} s: let the machine "
                    "do less at once, and try again.",
                    node=name,
                    seconds=int(START_SECONDS),
                )
        return outcomes

    give(lab, folder.get("answers") or {}, record=False)
    by_node = _by_node(folder)
    done = await asyncio.gather(*(one(name, *parts) for name, parts in by_node.items()))
    return {"commands": [outcome for outcomes in done for outcome in outcomes]}


def _by_node(folder: dict[str, Any]) -> dict[str, tuple[list[dict[str, Any]], list[str]]]:
    """The files of each node, as it takes them, and its scripts."""
    found: dict[str, tuple[list[dict[str, Any]], list[str]]] = {}
    for file in folder["files"]:
        found.setdefault(file["node"], ([], []))[0].append(
            {
                "path": "/" + file["path"].lstrip("/"),
                "content": file["content"],
                "executable": bool(file["mode"] & 0o111),
            }
        )
    for script in folder["commands"]:
        found.setdefault(script["node"], ([], []))[1].append(script["script"])
    return found


async def _lay(lab: Lab, channel: Channel, name: str, files: list[dict[str, Any]]) -> None:
    if not files:
        return
    channel.event({"event": "apply", "node": name, "state": "files"})
    outcome = await lab.node(name).put(files).exited
    if outcome.get("error"):
        raise LabError(
            "The files for {node} cannot be laid there: {reason}.",
            node=name,
            reason=outcome["error"],
        )


async def run_script(node: NodeHandle, script: str, seconds: float = SECONDS) -> dict[str, Any]:
    """Type a script on a node, within the limits of this module or so many seconds."""
    text = os.memfd_create("commands.sh")
    os.write(text, script.encode())
    reader, writer = os.pipe()
    null = os.open("/dev/null", os.O_RDONLY)
    try:
        # bash opens the script anew through /dev/fd, so it reads from the start.
        job = node.run(["/bin/bash", "/dev/fd/3"], (null, writer, writer, text))
    finally:
        for fd in (text, writer, null):
            os.close(fd)
    output = bytearray()
    total = 0
    over = asyncio.get_running_loop().create_future()

    async def keep(data: bytes) -> None:
        nonlocal total
        total += len(data)
        output.extend(data)
        del output[:-TOLD]
        if total > BYTES and not over.done():
            over.set_result(None)

    reading = asyncio.ensure_future(pipes.pump(reader, keep, job.exited))
    cut = None
    try:
        await asyncio.wait({job.exited, over}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not job.exited.done():
            cut = "output" if over.done() else "time"
            node.signal(job, signal.SIGKILL)
        status = (await job.exited)["exit"]
        await reading
    finally:
        if not job.exited.done():
            node.signal(job, signal.SIGKILL)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        os.close(reader)
    told = output.decode(errors="replace")
    return {"node": node.space.name, "status": status, "cut": cut, "output": told}
