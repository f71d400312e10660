"""Running a program on a node for somebody at the other end of a channel."""

from __future__ import annotations

import asyncio
import io
import os
import shlex
import signal
from typing import Any

from ipv6lab.agent import pipes
from ipv6lab.agent.channel import Channel
from ipv6lab.agent.journal import INTERRUPTED
from ipv6lab.agent.lab import Lab
from ipv6lab.agent.recording import ENVIRONMENT, Recorder
from ipv6lab.nodes.handle import Job, NodeHandle
from ipv6lab.nodes.init import set_window
from ipv6lab.words.errors import LabError

RECORDED_INPUT = 256 * 1024  # bytes; who sends more sends a file, and what it becomes is recorded
ENDING = {signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL}


async def execute(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``exec``: ``node``, ``argv``, ``env``, ``cwd``, ``pty`` (``{"rows", "cols"}`` or null).

    With ``record`` it goes into the journal, with the text that comes by its input, and so does
    what is typed into a shell on a terminal, if the node is one of those whose work is recorded.
    Where ``record`` is a text, that is what was typed: a shell's script, say, instead of the shell
    that runs it.
    The answer's ``status`` is the program's exit status, 128 + n after signal n; ``interrupted``
    says whether somebody told it to end, after which it counts no more, whatever it said.
    """
    request = channel.request
    node = lab.node(request["node"])
    record = bool(request.get("record")) and lab.journal.records(node)
    if request.get("pty"):
        recorder = Recorder(lab.journal, node) if record else None
        try:
            return await _on_terminal(node, channel, request, recorder)
        finally:
            if recorder:
                await recorder.close()
    if not record:
        return await _on_pipes(node, channel, request)
    typed = request["record"]
    words = typed if isinstance(typed, str) else shlex.join(request["argv"])
    shell = lab.journal.new_shell()
    command = await lab.journal.begin(node, shell, request.get("cwd") or "/root", words)
    sent = bytearray()
    try:
        answer = await _on_pipes(node, channel, request, sent)
    except BaseException:
        lab.journal.end(command, INTERRUPTED)
        raise
    if lines := _as_lines(sent):
        lab.journal.add({"kind": "typed", "of": command, "lines": lines})
    lab.journal.end(command, INTERRUPTED if answer["interrupted"] else answer["status"])
    return answer


def _as_lines(sent: bytearray) -> str:
    """What came by a program's input, as the journal tells it; empty where no line can be it."""
    if len(sent) > RECORDED_INPUT or b"\0" in sent:
        return ""
    return os.fsdecode(bytes(sent)).removesuffix("\n")  # a replay ends the last line itself


async def _on_pipes(
    node: NodeHandle, channel: Channel, request: dict[str, Any], sent: bytearray | None = None
) -> dict[str, Any]:
    """``sent`` takes what the program was sent, or more than `RECORDED_INPUT` bytes of it."""
    their_input, input_end = os.pipe()
    our_input = io.FileIO(input_end, "wb")
    our_output, their_output = os.pipe()
    our_errors, their_errors = os.pipe()
    theirs = (their_input, their_output, their_errors)
    try:
        try:
            job = node.run(request["argv"], theirs, request.get("env"), request.get("cwd"))
        finally:
            for fd in theirs:
                os.close(fd)
        told_to_end = False

        def pass_on(number: int) -> None:
            nonlocal told_to_end
            told_to_end |= number in ENDING
            node.signal(job, number)

        channel.on_signal = pass_on
        feeding = asyncio.ensure_future(_feed(channel, our_input, sent))
        try:
            await asyncio.gather(
                pipes.pump(our_output, lambda data: channel.write("O", data), job.exited),
                pipes.pump(our_errors, lambda data: channel.write("S", data), job.exited),
            )
            return {"status": await _status(node, job), "interrupted": told_to_end}
        except asyncio.CancelledError:
            node.signal(job, signal.SIGKILL)
            raise
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
    finally:
        our_input.close()
        os.close(our_output)
        os.close(our_errors)


async def _on_terminal(
    node: NodeHandle, channel: Channel, request: dict[str, Any], recorder: Recorder | None
) -> dict[str, Any]:
    environment = dict(request.get("env") or {})
    descriptors = []
    if recorder:
        environment |= ENVIRONMENT
        descriptors = [recorder.theirs.fileno()]
    job = node.run(
        request["argv"], descriptors, environment, request.get("cwd"), terminal=request["pty"]
    )
    terminal = await job.started
    if terminal is None:
        return {"status": await _status(node, job)}
    channel.on_window = lambda rows, cols: set_window(terminal, rows, cols)
    channel.on_signal = lambda number: node.signal(job, number)
    our_input = io.FileIO(terminal, "wb", closefd=False)
    feeding = asyncio.ensure_future(_feed(channel, our_input))
    try:
        await pipes.pump(terminal, lambda data: channel.write("O", data), job.exited)
        return {"status": await _status(node, job)}
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        channel.on_window = None
        os.close(terminal)  # hangs up on what still runs there


async def _status(node: NodeHandle, job: Job) -> int:
    """The exit status. Raises LabError where the program could not be started at all."""
    outcome = await job.exited
    if "error" in outcome:
        raise LabError(
            "{node} can start no program ({reason}): end what fills it, with ipv6lab reboot {node} "
            "or ipv6lab reset {node}, and try again.",
            node=node.space.name,
            reason=outcome["error"],
        )
    return int(outcome["exit"])


async def _feed(channel: Channel, to: io.FileIO, sent: bytearray | None = None) -> None:
    os.set_blocking(to.fileno(), False)
    try:
        while data := await channel.read():
            if sent is not None and len(sent) <= RECORDED_INPUT:
                sent += data
            await pipes.write_all(to.fileno(), data)
    except OSError:  # the program reads no more: what is sent to it is thrown away
        while await channel.read():
            pass
    to.close()
