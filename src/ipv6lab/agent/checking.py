"""Grading the lab: in a process of its own, forked from the agent, which tells its verdicts."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import sys
import traceback
from typing import Any

from ipv6lab.agent import applying, machines, pipes
from ipv6lab.agent.channel import Channel
from ipv6lab.agent.filming import Filming, fork
from ipv6lab.agent.lab import Lab
from ipv6lab.words.errors import LabError, NotJudged

_exits: dict[int, asyncio.Future[int]] = {}
_turn = asyncio.Lock()
SHUTDOWN = 10.0  # seconds in which a node's services have to stop
WISHES = ("shutdown", "reboot", "unit")  # what a check may want done to a node


async def film(lab: Lab, _channel: Channel) -> dict[str, Any]:
    """``film``: settle the lab, and record what happens on it from now on, for `check` to look at.

    Before work is laid on: so it meets the lab that the trainee met, and its start is filmed.
    """
    if lab.net is None:
        raise LabError("Nothing is built here.")
    # Read once here, where only a grading is held, it need not be read in each child.
    from ipv6lab import grading  # noqa: F401

    lab.begin_film()
    filming = lab.filming
    assert filming is not None
    tape = filming.tape
    child = fork(lambda: _settle(tape), {tape})
    exited = _exits[child] = asyncio.get_running_loop().create_future()
    try:
        await exited
    finally:
        if not exited.done():
            os.killpg(child, signal.SIGKILL)
    return {}


def _settle(tape: int) -> None:
    from ipv6lab.grading.beginning import settle
    from ipv6lab.probes import Lab as Probed

    settle(Probed.read(film=tape))


async def check(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``check``: run the exercise's checks; events tell how each goes.

    The answer has ``checks`` and ``notes``, messages of what else is worth saying.

    With ``replay`` nobody works on this lab: checks that shut a node down or reboot it run too.
    Checks on one lab take turns: two at a time would take each other's packets for the lab's.
    """
    if lab.net is None:
        raise LabError("Nothing is built here.")
    async with _turn:
        for node in lab.nodes.values():
            await lab.journal.look(node)
        answer = await _grade(lab, channel)
    verdicts = {
        check["id"]: check["verdict"]
        for check in answer["checks"]
        if check["verdict"] != "blocked" or check["blocked_by"]  # what ruins a lab is not judged
    }
    lab.journal.add({"kind": "verdict", "checks": verdicts})
    return answer


async def _grade(lab: Lab, channel: Channel) -> dict[str, Any]:
    replay = bool(channel.request.get("replay"))
    filming = lab.filming or Filming(lab.watchers)
    filming.laid()
    reader, writer = os.pipe()
    tape = filming.tape
    child = fork(lambda: _be_grader(writer, tape, replay), {writer, tape})
    os.close(writer)
    exited = _exits[child] = asyncio.get_running_loop().create_future()
    told = bytearray()
    answer: dict[str, Any] | None = None
    wishes: list[asyncio.Future[Any]] = []

    async def take(data: bytes) -> None:
        nonlocal answer
        told.extend(data)
        while (end := told.find(b"\n")) >= 0:
            line = json.loads(told[:end])
            del told[: end + 1]
            if line.get("event") in WISHES:
                if replay or line["event"] == "unit":
                    granted = _grant(lab, channel, line)
                    wishes.append(asyncio.ensure_future(granted))
            elif "event" in line:
                channel.event(line)
            else:
                answer = line

    try:
        await pipes.pump(reader, take, exited)
        await exited
    finally:
        if not exited.done():
            os.killpg(child, signal.SIGKILL)
        os.close(reader)
        if filming is not lab.filming:
            filming.close()
        await asyncio.gather(*wishes)
    if answer is None:
        status = exited.result()
        if os.WIFSIGNALED(status):
            how = signal.Signals(os.WTERMSIG(status)).name
            raise NotJudged("The grader was ended from outside ({how}): check again.", how=how)
        raise NotJudged("The grader ended without a verdict.")
    if "defect" in answer:
        sys.stderr.write(answer["defect"])
        raise NotJudged("The grader broke off: {error}.", error=answer["defect"].splitlines()[-1])
    if "error" in answer:
        raise LabError.from_json(answer["error"])
    return answer


async def _grant(lab: Lab, channel: Channel, line: dict[str, Any]) -> None:
    """Shut a node down, reboot it, or start a unit on one that is not a trainee's."""
    wish, node = line["event"], line["node"]
    if wish == "shutdown":
        await lab.node(node).end(SHUTDOWN)
    elif wish == "unit":
        started = f"systemctl start {shlex.quote(line['unit'])}"
        await applying.run_script(lab.node(node), started, applying.START_SECONDS)
        await lab.node(node).forget_changes()
    else:
        await machines.do(lab, channel, "reboot", node)


def _be_grader(writer: int, film: int, replay: bool) -> None:
    from ipv6lab import grading

    out = os.fdopen(writer, "w", encoding="utf-8")

    def tell(value: dict[str, Any]) -> None:
        out.write(json.dumps(value) + "\n")
        out.flush()

    try:
        tell(grading.grade(tell, replay=replay, film=film))
    except LabError as error:
        tell({"error": error.to_json()})
    except Exception:
        tell({"defect": traceback.format_exc()})


def reap() -> None:
    """Collect what ended: graders, and what is an orphan of this pid namespace."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        exited = _exits.pop(pid, None)
        if exited is not None and not exited.done():
            exited.set_result(status)
