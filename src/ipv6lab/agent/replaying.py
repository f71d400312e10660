"""Doing again what a journal tells, in its order, on the nodes of a fresh lab."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
from typing import Any

from ipv6lab.agent import machines, pipes
from ipv6lab.agent.channel import Channel
from ipv6lab.agent.journal import work
from ipv6lab.agent.lab import Lab
from ipv6lab.nodes.handle import Job, NodeHandle
from ipv6lab.words.errors import LabError

SECONDS = 30.0  # of a command: what takes longer is cut, as in a configuration folder
BYTES = 1024 * 1024
# Of all that is done again. Nobody waits longer for work that is to be marked, and who works for a
# day has waited for most of it: between two commands.
ALL_SECONDS = 300.0

# What waits for a person has none in the shell below: an editor's files are laid instead, a pager
# has read all, and who watches has seen it.
EDITORS = [
    "nano",
    "rnano",
    "pico",
    "vi",
    "vim",
    "vim.tiny",
    "view",
    "rvim",
    "vimdiff",
    "sudoedit",
    "visudo",
    "vipw",
    "vigr",
]
WATCHERS = ["top", "htop", "watch"]
PAGERS = ["less", "more", "most", "pager"]
EDITOR = re.compile(rf"\b(?:{'|'.join(map(re.escape, EDITORS))})\b")

WORDS = rf"""
export EDITOR=true VISUAL=true PAGER=cat SYSTEMD_PAGER=cat GIT_PAGER=cat MANPAGER=cat
for word in {" ".join(EDITORS + WATCHERS)}; do
    eval "$word() {{ :; }}"
done
for word in {" ".join(PAGERS)}; do
    eval "$word() {{ if (( \$# )); then command cat -- \"\${{@: -1}}\"; else command cat; fi; }}"
done
sudo() {{
    case $1 in
    {"|".join(EDITORS + WATCHERS + PAGERS)}) "$@" ;;
    *) command sudo "$@" ;;
    esac
}}
unset word
"""

# One shell for each of the trainee's, because what was typed may lean on its variables. Descriptor
# 3 brings commands, three fields each: how to run it, where, what; and takes their status. What is
# left running writes where somebody always reads: it would die of a pipe that ends with the shell.
LOOP = r"""
exec 60<&3 3<&-
while IFS= read -r -d '' how <&60 && IFS= read -r -d '' where <&60 && IFS= read -r -d '' what <&60
do
    cd "$where" 2>/dev/null
    case $how in
    left) eval "$what" </dev/null >/dev/null 2>&1 60<&- & status=0 ;;
    typed) IFS= read -r -d '' lines <&60; eval "$what" <<<"$lines" 60<&-; status=$? ;;
    *) eval "$what" </dev/null 60<&-; status=$? ;;
    esac
    printf '%s\0' $status >&60
done
"""


async def replay(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``replay``: ``entries`` of a journal, or where the request has none the input, whose lines
    are lists of some; with ``resume`` the recording goes on after them.

    The answer lists each command: ``seq``, ``node``, ``command``, ``status``, ``cut``.
    """
    resume = channel.request.get("resume")
    entries = channel.request.get("entries")
    if entries is None:
        entries = await _sent(channel)
    commands = await do_again(lab, channel, entries, None if resume else ALL_SECONDS)
    if resume:
        for node in lab.nodes.values():
            await node.forget_changes()
        lab.journal.restore(entries)
    return {"commands": commands}


async def _sent(channel: Channel) -> list[dict[str, Any]]:
    data = bytearray()
    while more := await channel.read():
        data += more
    return [entry for line in data.splitlines() for entry in json.loads(line)]


async def do_again(
    lab: Lab,
    channel: Channel,
    recorded: list[dict[str, Any]],
    within: float | None = None,
) -> list[dict[str, Any]]:
    """Do what was recorded, unrecorded; an event tells how far it is. How each command went.

    Commands that come later than ``within`` so many seconds are not done any more, but cut.
    """
    shells: dict[tuple[str, int], _Shell] = {}
    commands = []
    to_do = work(recorded)
    last_use = {_shell_of(entry): at for at, entry in enumerate(to_do) if "shell" in entry}
    loop = asyncio.get_running_loop()
    until = loop.time() + within if within else None
    try:
        for number, entry in enumerate(to_do):
            kind = entry["kind"]
            channel.event({"event": "again", "done": number, "of": len(to_do)})
            if until and loop.time() > until and kind in ("command", "reset", "reboot"):
                if kind == "command":
                    commands.append({**_told(entry), "status": None, "cut": "time"})
            elif kind == "files":
                await _lay(lab, entry)
            elif kind == "answers":
                lab.answer(entry["answers"])
            elif kind in ("reset", "reboot"):
                for key in [one for one in shells if one[0] == entry["node"]]:
                    await shells.pop(key).close()
                await machines.do(lab, channel, kind, entry["node"])
            elif kind == "command":
                key = _shell_of(entry)
                if key not in shells:
                    shells[key] = _Shell(lab.node(entry["node"]))
                if EDITOR.search(entry["command"]):
                    # An editor changed files for what follows it in the same line.
                    await _lay_next(lab, to_do, number)
                commands.append({**_told(entry), **await shells[key].run(entry)})
                if last_use[key] == number:
                    await shells.pop(key).close()
    finally:
        for shell in shells.values():
            await shell.close()
    return commands


def _shell_of(entry: dict[str, Any]) -> tuple[str, int]:
    return (entry["node"], entry["shell"])


def _told(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in ("seq", "node", "command")}


async def _lay(lab: Lab, entry: dict[str, Any]) -> None:
    outcome = await lab.node(entry["node"]).put(entry["files"]).exited
    if outcome.get("error"):
        raise LabError(
            "The recorded files of {node} cannot be laid there: {reason}.",
            node=entry["node"],
            reason=outcome["error"],
        )


async def _lay_next(lab: Lab, to_do: list[dict[str, Any]], command: int) -> None:
    """Lay the files that were taken up on the same node before anything else was done there."""
    for entry in to_do[command + 1 :]:
        if entry.get("node") == to_do[command]["node"]:
            if entry["kind"] != "files":
                return
            await _lay(lab, entry)


class _Shell:
    """A shell of the replay, as one of the trainee's was."""

    def __init__(self, node: NodeHandle) -> None:
        self._node = node
        self._job: Job | None = None

    def _start(self) -> None:
        self._ours, theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._output, writer = os.pipe()
        null = os.open("/dev/null", os.O_RDONLY)
        try:
            words = ["/bin/bash", "-c", WORDS + LOOP]
            self._job = self._node.run(words, (null, writer, writer, theirs.fileno()))
        finally:
            theirs.close()
            os.close(null)
            os.close(writer)
        self._seen = 0
        self._reading = asyncio.ensure_future(
            pipes.pump(self._output, self._count, self._job.exited)
        )

    async def _count(self, data: bytes) -> None:
        self._seen += len(data)

    async def run(self, entry: dict[str, Any]) -> dict[str, Any]:
        if self._job is None or self._job.exited.done():
            await self.close()
            self._start()
        how = "left" if entry.get("running") else "typed" if "typed" in entry else "waited for"
        fields = [how, entry["cwd"], entry["command"]]
        if how == "typed":
            fields.append(entry["typed"])
        self._seen = 0
        data = b"".join(os.fsencode(field) + b"\0" for field in fields)
        try:
            await pipes.write_all(self._ours.fileno(), data)
        except OSError:  # it has just ended, by what it did last
            await self.close()
            self._start()
            await pipes.write_all(self._ours.fileno(), data)
        answer: asyncio.Future[Any] = asyncio.ensure_future(self._answer())
        assert self._job is not None
        deadline = asyncio.get_running_loop().time() + SECONDS
        try:
            while not answer.done() and not self._job.exited.done():
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0 or self._seen > BYTES:
                    return {"status": None, "cut": "time" if left <= 0 else "output"}
                # Woken at least twice a second, to see a flood.
                waiting = {answer, self._job.exited}
                await asyncio.wait(
                    waiting, timeout=min(left, 0.5), return_when=asyncio.FIRST_COMPLETED
                )
            if answer.done() and (status := answer.result()) is not None:
                return {"status": status, "cut": None}
            # It ended, or what wrote there was the command, after which nothing it says counts.
            await asyncio.wait({self._job.exited}, timeout=0.5)
            if not self._job.exited.done():
                await self._end()
            return {"status": self._job.exited.result()["exit"], "cut": None}
        finally:
            if not answer.done() or answer.result() is None:
                await self._end()
            answer.cancel()
            await asyncio.gather(answer, return_exceptions=True)

    async def _answer(self) -> int | None:
        told = b""
        while not told.endswith(b"\0"):
            await pipes.readable(self._ours.fileno())
            try:
                data = self._ours.recv(64)
            except OSError:
                return None
            told += data
            # What else can write there is the command itself.
            if not data or not told.rstrip(b"\0").isdigit() or len(told) > 4:
                return None
        return int(told[:-1])

    async def _end(self) -> None:
        assert self._job is not None
        self._node.signal(self._job, signal.SIGKILL)
        await self._job.exited

    async def close(self) -> None:
        """Let the shell end; what it left running stays."""
        if self._job is None:
            return
        self._ours.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        os.close(self._output)
        self._job = None
