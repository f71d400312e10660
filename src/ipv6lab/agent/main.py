"""The agent's loop: frames in, operations started, answers out."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from ipv6lab.agent import (
    applying,
    capturing,
    checking,
    commands,
    facts,
    forwarding,
    machines,
    network_programs,
    replaying,
    watching,
)
from ipv6lab.agent.channel import Channel, Stream
from ipv6lab.agent.lab import Lab, lay_engine_layer
from ipv6lab.linux import limits
from ipv6lab.network import description
from ipv6lab.nodes import init
from ipv6lab.nodes.handle import NodeHandle
from ipv6lab.words import frames
from ipv6lab.words.errors import LabError, NotJudged
from ipv6lab.words.portions import portions

LAST_WORDS = 0.5  # seconds in which they are heard or not
Operation = Callable[[Lab, Channel], Awaitable[dict[str, Any]]]


async def build(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``build``: the network, then the start state (a configuration folder) on it.

    ``after`` names the exercise whose solution is part of the start state; the journal tells it.
    """
    answer = await _build(lab, channel)
    assert lab.request is not None
    sealed = (lab.request.get("secret") or {}).get("sealed")
    await lab.journal.begin_anew(lab.nodes.values(), lab.request.get("after"), sealed)
    return answer


async def _build(lab: Lab, channel: Channel) -> dict[str, Any]:
    request = channel.request
    lab.build(request)
    answer = await applying.start(lab, channel, request["start"])
    if lab.net is not None:
        answer["without"] = sorted(lab.net.construction.without)
    # By their tickets whoever sits there learns of them now; nobody knew before.
    answer["faults"] = (request.get("secret") or {}).get("drawn")
    return answer


async def describe(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``describe``: nodes, links, and which nodes have run something."""
    if lab.net is None:
        raise LabError("Nothing is built here.")
    return {
        "network": description.describe(lab.net),
        "running": [name for name, node in lab.nodes.items() if node.running],
        "kernel": os.uname().release,
    }


async def reset(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``reset``: as it was at the start; everything anew, or one ``node``."""
    if channel.request.get("node"):
        return await machines.reset(lab, channel)
    await _clear(lab, channel)
    return await build(lab, channel)


async def _clear(lab: Lab, channel: Channel) -> None:
    request = lab.request
    if request is None:
        raise LabError("Nothing is built here.")
    await lab.clear()
    channel.request = request


async def tell_work(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``journal``: what was done since the start state; of much, all but the last as events."""
    for node in lab.nodes.values():
        await lab.journal.look(node)
    *first, last = portions(lab.journal.entries)
    for entries in first:
        channel.event({"event": "entries", "entries": entries})
    return {"entries": last}


async def answer(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``answer``: give ``answers`` to the exercise's questions, none to ask for those given.

    The answer has all ``answers`` so far.
    """
    applying.give(lab, channel.request.get("answers") or {}, record=True)
    return {"answers": {name: given for name, given in lab.answers.items() if given}}


async def changed(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``changed``: wait until something was done after ``since``; with null answer at once.

    The answer's ``done`` is the next ``since``. Watching costs nothing while nothing is done.
    """
    since = channel.request.get("since")
    if since is None:
        return {"done": lab.journal.done}
    return {"done": await lab.journal.something_done(int(since))}


async def mark(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``mark``: give this moment a ``name`` to come back to."""
    for node in lab.nodes.values():
        await lab.journal.look(node)
    lab.journal.add({"kind": "mark", "name": channel.request["name"]})
    return {}


async def back(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``back``: as it was at the mark ``name``, or with null before the last command."""
    for node in lab.nodes.values():
        await lab.journal.look(node)
    entries = lab.journal.before(channel.request.get("name"))
    await _clear(lab, channel)
    await _build(lab, channel)
    commands = await replaying.do_again(lab, channel, entries)
    for node in lab.nodes.values():
        await node.forget_changes()
    # Only now, and in one line: until here all of the work stands as it was recorded.
    lab.journal.go_back(entries)
    return {"commands": commands}


# What is done to its end once it has begun, whoever goes away meanwhile: half of it is nothing that
# anybody asked for. While the whole lab is made anew, everything else waits.
WHOLE = ("reset", "reboot", "back")

OPERATIONS: dict[str, Operation] = {
    "build": build,
    "exec": commands.execute,
    "apply": applying.apply,
    "film": checking.film,
    "check": checking.check,
    "describe": describe,
    "reset": reset,
    "reboot": machines.reboot,
    "program": network_programs.run,
    "answer": answer,
    "journal": tell_work,
    "changed": changed,
    "mark": mark,
    "back": back,
    "replay": replaying.replay,
    "capture": capturing.capture,
    "addresses": capturing.addresses,
    "facts": facts.facts,
    "connect": forwarding.connect,
    "watch": watching.watch,
}


class Agent:
    """Reads frames from descriptor 0 and answers on descriptor 1 until the input ends."""

    def __init__(self) -> None:
        self._lab = Lab(self._tell_journal, self._node_died)
        self._decoder = frames.Decoder()
        self._channels: dict[int, tuple[Channel, asyncio.Task[None]]] = {}

    async def main(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, checking.reap)
        os.set_blocking(0, False)
        self._stream = Stream(1)
        lay_engine_layer()
        init.warm()
        # What is here now stays; a collector that looked at it in every node's init would give
        # each of them a copy of its own, 13 MB.
        gc.freeze()
        loop.add_reader(0, self._read)
        self._stream.send(frames.encode_json(0, "E", {"event": "ready", "pid": os.getpid()}))
        await asyncio.Event().wait()

    def _tell_journal(self, entry: dict[str, Any]) -> None:
        self._stream.send(frames.encode_json(0, "E", {"event": "journal", "entry": entry}))

    def _node_died(self, node: NodeHandle) -> None:
        """A node without its init is no node: the lab ends whole rather than go on broken."""
        name = node.space.name
        print(f"the init of node {name} ended", file=sys.stderr, flush=True)
        error = LabError(
            "The first process of {node} was ended from outside, and the lab with it: start it "
            "again.",
            node=name,
        )
        for channel, _task in self._channels.values():
            channel.finish({"error": error.to_json()})
        self._stream.finish(LAST_WORDS)
        os._exit(1)

    def _read(self) -> None:
        try:
            data = os.read(0, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            os._exit(0)  # whoever holds the lab is gone; the kernel removes all of it
        for frame in self._decoder.feed(data):
            self._take(frame)

    def _take(self, frame: frames.Frame) -> None:
        if frame.kind == "R":
            channel = Channel(frame.channel, frame.data(), self._stream)
            task = asyncio.get_running_loop().create_task(self._answer(channel))
            self._channels[frame.channel] = (channel, task)
            return
        entry = self._channels.get(frame.channel)
        if entry is None:  # what was still under way when the channel closed
            return
        channel, task = entry
        if frame.kind == "Q":
            if channel.request.get("op") not in WHOLE:
                task.cancel()
        else:
            channel.feed(frame)

    async def _answer(self, channel: Channel) -> None:
        try:
            name = channel.request.get("op", "")
            operation = OPERATIONS.get(name)
            if operation is None:
                raise LabError("The agent knows no operation {name}.", name=str(name))
            anew = name == "back" or (name == "reset" and not channel.request.get("node"))
            async with self._lab.turns.alone() if anew else self._lab.turns.beside():
                answer = await operation(self._lab, channel)
            channel.finish({"ok": True, **answer})
        except LabError as error:
            channel.finish({"error": error.to_json()})
        except asyncio.CancelledError:
            channel.finish({"error": LabError("The operation was cancelled.").to_json()})
        except Exception as error:
            channel.finish({"error": _at_its_limit(error, self._lab) or _defect(error)})
        finally:
            del self._channels[channel.number]


def _at_its_limit(error: Exception, lab: Lab) -> dict[str, Any] | None:
    """What is said where the lab or the machine has no process, no memory… left for this."""
    if not (isinstance(error, OSError) and limits.is_passing(error)):
        return None
    kind = LabError if lab.filming is None else NotJudged  # work is being graded here
    return kind(
        "This lab is at its limit ({reason}): end what fills it, with ipv6lab reboot NODE or "
        "ipv6lab reset, and try again.",
        reason=error.strerror or str(error),
    ).to_json()


def _defect(error: Exception) -> dict[str, Any]:
    traceback.print_exc()
    sys.stderr.flush()
    return {"defect": "".join(traceback.format_exception(error))}


def main() -> None:
    asyncio.run(Agent().main())
