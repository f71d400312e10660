"""The journal: what a trainee did on the nodes, in one order over all nodes and terminals.

Entries are JSON values with a ``seq`` of their own::

    {"seq": 1, "kind": "files", "node": "hq-core", "files": [...]}
    {"seq": 2, "kind": "command", "node": "hq-core", "shell": 4, "cwd": "/root", "command": "..."}
    {"seq": 3, "kind": "mark", "name": "before OSPF"}
    {"seq": 4, "kind": "reset" | "reboot", "node": "pc1"}
    {"seq": 0, "kind": "catch-up", "after": "L08"}: begun from the solution of L08
    {"seq": 0, "kind": "bits", "sealed": "6f..."}: what is drawn in secret, for the class's key
    {"seq": 7, "kind": "answers", "answers": {"router-mac": "00:00:5e:00:53:01"}}
    {"seq": 8, "kind": "over"}: the time of an exam; nothing after it counts

To the file alone is told that what was recorded was undone but for its first entries,
``{"seq": 9, "kind": "undone", "to": 4}``, and between "resuming" and "resumed" what an earlier
recording has: each stands as a whole or not at all.

A command's end is told apart, ``{"seq": 5, "kind": "end", "of": 2, "status": 0}``, so that the
journal is true at every moment; so is what was typed into a program with a command line of its
own, or came by its input, ``{"seq": 6, "kind": "typed", "of": 2, "lines": "..."}``.

Files are what changed on the node since the entry before: under an editor, by a program. They are
taken before each command starts, so that a replay has them where the command found them.

Only the trainee's nodes are recorded: on others one may look around at most, and what their
programs write is nobody's work. That a node was reset or rebooted is told of any.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

from ipv6lab.nodes.handle import NodeHandle
from ipv6lab.words.errors import LabError

INTERRUPTED = 130  # a shell's status of what Ctrl-C ended
DONE = ("end", "answers", "reset", "reboot")  # after which the lab may be another


class Journal:
    """What happened since the start state, told to ``tell`` as it happens."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self.entries: list[dict[str, Any]] = []
        self._tell = tell
        self._shells = 0
        self._last = 0
        self._order = asyncio.Lock()
        self._nodes: frozenset[str] | None = None
        self._until: float | None = None  # epoch seconds
        self.done = 0  # `seq` of the last thing done: a command's end, an answer, a reboot, …
        self._more = asyncio.Event()

    def follow(self, nodes: Iterable[str] | None) -> None:
        """Record these nodes only; None: all of them."""
        self._nodes = None if nodes is None else frozenset(nodes)

    def end_at(self, until: float | None) -> None:
        """What is recorded after this moment (epoch seconds) stands behind an entry ``over``."""
        self._until = until

    def records(self, node: NodeHandle) -> bool:
        """Whether what is done on a node is recorded."""
        return self._nodes is None or node.space.name in self._nodes

    async def something_done(self, since: int) -> int:
        """Wait until more was done than up to `since`; the new `done`."""
        while self.done <= since:
            self._more.clear()
            await self._more.wait()
        return self.done

    def new_shell(self) -> int:
        """A number for a terminal, or for one command that was run without one."""
        self._shells += 1
        return self._shells

    async def begin_anew(
        self, nodes: Iterable[NodeHandle], after: str | None = None, sealed: str | None = None
    ) -> None:
        """The nodes are in their start state: nothing before it counts.

        ``after`` names the exercise whose solution is part of it; ``sealed`` is what it was drawn
        from.
        """
        for node in nodes:
            await node.forget_changes()
        self.add({"kind": "reset", "node": None})
        self.entries.clear()
        if after:
            self.add({"seq": 0, "kind": "catch-up", "after": after})
        if sealed:
            self.add({"seq": 0, "kind": "bits", "sealed": sealed})

    def add(self, entry: dict[str, Any]) -> int:
        if self._until is not None and time.time() > self._until:
            self._until = None
            self.add({"kind": "over"})
        self._last += 1
        numbered = {"seq": self._last, **entry}
        self._tell(numbered)  # first: what could not be told is not done either
        self.entries.append(numbered)
        if entry["kind"] in DONE:
            self.done = self._last
            self._more.set()
        return self._last

    async def look(self, node: NodeHandle) -> None:
        """Take up the files of a node that changed."""
        if self.records(node):
            async with self._order:
                await self._look(node)

    async def _look(self, node: NodeHandle) -> None:
        more = True
        while more:
            found = await node.changes()
            if found["files"]:
                self.add({"kind": "files", "node": node.space.name, "files": found["files"]})
            node.take_up(found["portion"])
            more = found["more"]

    async def begin(self, node: NodeHandle, shell: int, cwd: str, command: str) -> int:
        """A command is about to start; its entry stands when this returns."""
        await self.look(node)
        entry = {"node": node.space.name, "shell": shell, "cwd": cwd, "command": command}
        return self.add({"kind": "command", **entry})

    def end(self, command: int, status: int) -> None:
        self.add({"kind": "end", "of": command, "status": status})

    def before(self, name: str | None) -> list[dict[str, Any]]:
        """The entries before the last mark of that name, or before the last command (None).

        An answer to a question is a command too. Raises LabError when there is no such mark, or no
        command.
        """
        for place in range(len(self.entries) - 1, -1, -1):
            entry = self.entries[place]
            if name is None and entry["kind"] in ("command", "answers"):
                return self.entries[:place]
            if name is not None and entry["kind"] == "mark" and entry["name"] == name:
                return self.entries[: place + 1]
        if name is None:
            raise LabError("There is no command to undo.")
        marks = [str(entry["name"]) for entry in self.entries if entry["kind"] == "mark"]
        raise LabError(
            "There is no checkpoint {name}; there are {names}.",
            name=name,
            names=", ".join(dict.fromkeys(marks)) or "none",
        )

    def go_back(self, entries: list[dict[str, Any]]) -> None:
        """These, the first of all entries, have been done again, and nothing else."""
        self._last += 1
        last = max((entry["seq"] for entry in entries), default=0)
        self._tell({"seq": self._last, "kind": "undone", "to": last})
        del self.entries[len(entries) :]
        self._changed_as_a_whole()

    def restore(self, entries: list[dict[str, Any]]) -> None:
        """These, of an earlier recording, have been done again on the start state."""
        # The start state has told already of what it begins from.
        told = [entry for entry in entries if entry["kind"] not in ("catch-up", "bits")]
        self._tell({"seq": 0, "kind": "resuming"})
        for entry in told:
            self._tell(entry)
        self._tell({"seq": 0, "kind": "resumed"})
        self.entries += told
        # They keep their numbers, which what comes after them may not have.
        self._last = max([self._last, *(entry["seq"] for entry in entries)])
        self._changed_as_a_whole()

    def _changed_as_a_whole(self) -> None:
        self._last += 1
        self.done = self._last
        self._more.set()


def work(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a replay is to do: without interrupted commands, and those that still run marked.

    A command that was interrupted counts no more, whatever it began.
    """
    ends = {entry["of"]: entry["status"] for entry in entries if entry["kind"] == "end"}
    typed = {entry["of"]: entry["lines"] for entry in entries if entry["kind"] == "typed"}
    found = []
    for entry in entries:
        if entry["kind"] in ("end", "typed"):
            continue
        if entry["kind"] == "command":
            status = ends.get(entry["seq"])
            if status == INTERRUPTED:
                continue
            entry = {**entry, "running": status is None}
            if entry["seq"] in typed:
                entry["typed"] = typed[entry["seq"]]
        found.append(entry)
    return found
