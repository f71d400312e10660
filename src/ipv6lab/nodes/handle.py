"""The agent's hold on one node: starts its init when something is first run, and runs it there."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ipv6lab.nodes import init, wire
from ipv6lab.nodes.overlay_root import LARGEST_DISK
from ipv6lab.nodes.space import Space
from ipv6lab.words.errors import LabError


@dataclass(eq=False)
class Job:
    """A program that runs on a node."""

    number: int
    started: asyncio.Future[int | None]  # the terminal's descriptor, if one was asked for
    exited: asyncio.Future[dict[str, Any]]  # {"exit": status, "error"?: text}


@dataclass(eq=False)
class NodeHandle:
    """One node, asked from the agent's event loop."""

    space: Space
    scratch: str  # the directory for what it writes, see `root.prepare`
    on_death: Callable[[NodeHandle], None]  # its init ended though nobody asked for it
    megabytes: int = LARGEST_DISK  # of files that it may write
    boots_later: bool = False  # its services wait until it is told to `boot`
    pid: int | None = None
    _link: socket.socket | None = None
    _jobs: dict[int, Job] = field(default_factory=dict)
    _last: int = 0
    _taken: int = 0  # the last portion of changes

    @property
    def running(self) -> bool:
        """Whether the node has an init, that is: has it run anything yet."""
        return self._link is not None

    def run(
        self,
        argv: Sequence[str],
        fds: Sequence[int] = (),
        env: dict[str, str] | None = None,
        cwd: str | None = None,
        terminal: dict[str, int] | None = None,
    ) -> Job:
        """Run a program on ``fds`` (0, 1, 2...).

        With ``terminal`` (``rows``, ``cols``) 0 to 2 are a new one, and ``fds`` follow from 3 on.
        """
        request = {"argv": list(argv), "env": env, "cwd": cwd, "terminal": terminal}
        return self._ask("exec", request, fds)

    def put(self, files: list[dict[str, Any]]) -> Job:
        """Write files, as `init.put_file` takes them."""
        return self._ask("put", {"files": files})

    async def changes(self) -> dict[str, Any]:
        """The next files that changed, see `changes.Changes.take`; told again until `take_up`.

        Raises LabError where the node cannot tell.
        """
        if self._link is None:
            return {"files": [], "portion": 0, "more": False}
        outcome = await self._ask("changes", {"taken": self._taken}).exited
        if "error" in outcome:
            raise LabError(
                "{node} cannot tell which of its files changed ({reason}), so nothing is done "
                "there: try again, or ipv6lab reset {node}.",
                node=self.space.name,
                reason=outcome["error"],
            )
        return outcome

    def take_up(self, portion: int) -> None:
        """These changes stand where nothing loses them."""
        self._taken = portion

    async def forget_changes(self) -> None:
        """What was written until now is nobody's work."""
        if self._link is not None:
            await self._ask("changes", {"taken": None}).exited

    def signal(self, job: Job, number: int) -> None:
        """Send a signal to everything in the job's process group."""
        if not job.exited.done():
            self._ask("signal", {"job": job.number, "signal": number})

    async def apply_settings(self) -> None:
        """Set what its files in sysctl.d say, before its interfaces are configured."""
        await self._ask("settings", {}).exited

    async def boot(self) -> None:
        """Start the services that are enabled, on a node that waits for this."""
        await self._ask("boot", {}).exited

    async def end(self, seconds: float = 0) -> None:
        """End everything on the node; with ``seconds``, services first and in order."""
        if self._link is not None and seconds:
            await self._ask("shutdown", {"seconds": seconds}).exited
        self._close()  # the init ends when nobody holds the other end of its link

    def _ask(self, do: str, request: dict[str, Any], fds: Sequence[int] = ()) -> Job:
        if self._link is None:
            self.pid, self._link = init.start(
                self.space, self.scratch, self.boots_later, self.megabytes
            )
            self._link.setblocking(False)
            asyncio.get_running_loop().add_reader(self._link.fileno(), self._read)
        self._last += 1
        loop = asyncio.get_running_loop()
        job = Job(self._last, loop.create_future(), loop.create_future())
        if do != "signal":
            self._jobs[self._last] = job
        wire.send(self._link, {"do": do, "id": self._last, **request}, fds)
        return job

    def _read(self) -> None:
        assert self._link is not None
        try:
            received = wire.receive(self._link)
        except BlockingIOError:
            return
        except ConnectionError:
            received = None
        if received is None:
            self._close()
            self.on_death(self)
            return
        message, fds = received
        job = self._jobs.get(message.get("id", 0))
        if job is None:
            for fd in fds:
                os.close(fd)
            return
        if "pid" in message and not job.started.done():
            job.started.set_result(fds[0] if fds else None)
        if "exit" in message:
            del self._jobs[job.number]
            if not job.started.done():
                job.started.set_result(None)
            job.exited.set_result(message)

    def _close(self) -> None:
        if self._link is None:
            return
        asyncio.get_running_loop().remove_reader(self._link.fileno())
        self._link.close()
        self._link = None
        self._taken = 0  # another init counts anew
        self.pid = None
        for job in self._jobs.values():
            for future in (job.started, job.exited):
                if not future.done():
                    future.cancel()
        self._jobs.clear()
