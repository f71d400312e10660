"""A service and its jobs: what may be asked of it, what happens to it, and what comes of that."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from ipv6lab.services import execution, mainprocess, restarting, starting, stopping, unmet
from ipv6lab.services.definition import Condition, Definition
from ipv6lab.services.journald import ERROR, WARNING, Journal
from ipv6lab.services.process import Process
from ipv6lab.services.unit import JobFailed, Unit


class Supervisor(Protocol):
    """What a service needs of the manager it belongs to."""

    journal: Journal
    prepare: Callable[[str], None]

    def watch(self, service: Service, process: Process) -> None:
        """Tell the service when this process of its ends."""


class Service(Unit):
    """A supervised service. All methods run in the init's one loop."""

    def __init__(self, supervisor: Supervisor, definition: Definition) -> None:
        super().__init__(
            definition,
            supervisor.journal,
            supervisor.prepare,
            lambda process: supervisor.watch(self, process),
        )
        self.restarts = 0
        self._job: asyncio.Task[str] | None = None
        self._job_kind = ""
        self._restart_timer: asyncio.TimerHandle | None = None
        self._burst = restarting.Burst()

    @property
    def job(self) -> str:
        """The kind of the job that is under way, "" when there is none."""
        return self._job_kind if self._job else ""

    @property
    def is_idle(self) -> bool:
        """Down, and nothing is about to change that."""
        return self.active in ("inactive", "failed") and self._job is None

    # -- jobs -----------------------------------------------------------------------------------

    async def start(self) -> str:
        """Bring the service up. Returns the job's result: done, failed, canceled, skipped, assert.

        A start that is under way is waited for; one that comes while the service stops follows.
        """
        while self._job:
            if self._job_kind == "start":
                return await asyncio.shield(self._job)
            await asyncio.wait({self._job})
        if self.is_up:
            return "done"
        self._forget_restart()
        self._burst.forget()
        self.restarts = 0
        return await asyncio.shield(self._launch("start", self._start()))

    async def stop(self) -> str:
        """Bring it down, with every process it has; cuts a start short."""
        while self._job:
            if self._job_kind == "stop":
                return await asyncio.shield(self._job)
            self.is_cut_short = True
            self.events.poke()
            await asyncio.wait({self._job})
        had_timer = self._forget_restart()
        if self.active in ("inactive", "failed"):
            return "done"
        if had_timer:
            self.result = "success"
            self._settle_down()
            return "done"
        return await asyncio.shield(self._launch("stop", self._stop()))

    async def reload(self) -> str:
        """Run ExecReload=. Returns done, failed, or invalid when the service is not up."""
        while self._job:
            await asyncio.wait({self._job})
        if not self.is_up:
            return "invalid"
        return await asyncio.shield(self._launch("reload", self._reload()))

    def reset_failed(self) -> None:
        self._burst.forget()
        if self.active == "failed":
            self.result = "success"
            self.change("inactive", "dead")

    def end_now(self) -> None:
        """Kill everything without ceremony; the last thing at shutdown."""
        self._forget_restart()
        self.members.kill_all(signal.SIGKILL)

    def _launch(self, kind: str, work: Coroutine[Any, Any, str]) -> asyncio.Task[str]:
        """Begin a job. It goes on when who asked for it is gone."""
        self.is_cut_short = False
        self._job_kind = kind

        async def job() -> str:
            try:
                return await work
            except Exception as error:  # a defect of ours must not leave the unit busy for ever
                self.note(f"{self.name}: Internal error: {error!r}", ERROR)
                self.result = "resources"
                self.change("failed", "failed")
                return "failed"
            finally:
                self._job, self._job_kind = None, ""
                if self.is_up and not self.members.is_running():  # it died in the meantime
                    self._went_by_itself()

        self._job = asyncio.get_running_loop().create_task(job())
        return self._job

    # -- events ---------------------------------------------------------------------------------

    def process_ended(self, process: Process) -> None:
        """The manager saw one of our processes end; its status is set."""
        self.drain()
        if process.complaint:
            self.note(f"{self.name}: {process.complaint}", ERROR)
        if process is self.members.main:
            execution.note_end(self, "Main", process)
            if self._job_kind == "stop" and self.result == "success":
                self.result = execution.judge(self, process)
        if self._job:
            self.events.poke()
        elif process is self.members.main:
            self._went_by_itself()

    def orphan_ended(self) -> None:
        """Some process of this node ended that nobody knew: perhaps the last one of ours."""
        if self._job:
            self.events.poke()
        elif self.sub == "running" and not self.members.main and self.members.is_gone():
            self._went_by_itself()

    def notified(self, pid: int, fields: dict[str, str]) -> None:
        """A datagram of sd_notify(3) came from one of our processes."""
        access, members = self.definition.notify_access, self.members
        known = {members.main_pid} if access == "main" else {members.main_pid, members.control_pid}
        if access == "none" or (access != "all" and pid not in known):
            self.note_once(
                f"{self.name}: Got notification message from PID {pid}, "
                f"but reception only permitted for {access} processes"
            )
            return
        if "STATUS" in fields:
            self.status_text = fields["STATUS"][:1024]
        if fields.get("MAINPID", "").isdigit():
            mainprocess.adopt(self, int(fields["MAINPID"]))
        if fields.get("READY") == "1":
            self.is_ready = True
        self.events.poke()

    def _went_by_itself(self) -> None:
        """The main process ended (or the last of all) without having been asked to."""
        if not self.is_up or self.sub == "exited":
            return
        if mainprocess.load_pid_file(self):
            return  # a successor took over
        main = self.members.main
        result = execution.judge(self, main) if main else "success"
        if result == "success" and self.definition.remain_after_exit:
            self.change("active", "exited")
            return
        self.result = result
        self._launch("stop", self._follow_down())

    # -- what the jobs do -----------------------------------------------------------------------

    async def _start(self) -> str:
        definition = self.definition
        self.open_chapter()
        for problem in definition.problems:
            self.note(problem, WARNING)
        self.unmet = unmet.first_unmet(definition.conditions)
        if self.unmet:
            return self._skip(self.unmet)
        starting.begin_invocation(self)
        self.note(f"Starting {self.title}...")
        try:
            if not await starting.bring_up(self):
                await self._go_down(stop_commands=False)
                self.note(f"{self.title} was skipped because of an ExecCondition.")
                return "skipped"
        except JobFailed as failure:
            self.failed_with = failure.result
            self.result = failure.result
            await self._go_down(stop_commands=False)
            if failure.result == "canceled":
                self.note(f"Stopped {self.title}.")
                return "canceled"
            self.note(f"Failed to start {self.title}.", ERROR)
            return "failed"
        if definition.type == "oneshot" and not definition.remain_after_exit:
            await self._go_down(stop_commands=True)
            self.note(f"Finished {self.title}.")
            return "done"
        self.change("active", "running" if self.members.is_running() else "exited")
        verb = "Finished" if definition.type == "oneshot" else "Started"
        self.note(f"{verb} {self.title}.")
        return "done"

    def _skip(self, unmet: Condition) -> str:
        if unmet.is_assertion:
            self.note(f"Assertion failed for {self.title} ({unmet.text}).", ERROR)
            return "assert"
        self.note(
            f"{self.title} was skipped because of an unmet condition check ({unmet.text}).",
        )
        return "skipped"

    async def _reload(self) -> str:
        self.change("reloading", "reload")
        self.started_from = self.journal.sequence
        self.note(f"Reloading {self.title}...")
        answer = "done"
        try:
            await execution.run_all(self, "ExecReload", self.definition.start_timeout)
        except JobFailed as failure:
            self.failed_with = failure.result
            answer = "canceled" if failure.result == "canceled" else "failed"
            self.members.kill(signal.SIGKILL, "control")
        mainprocess.load_pid_file(self)
        running = self.members.is_running()
        if running or self.definition.remain_after_exit:
            self.change("active", "running" if running else "exited")
        else:
            self.active, self.sub = "active", "running"  # `_launch` sees that it is not
        if answer == "done":
            self.note(f"Reloaded {self.title}.")
        else:
            self.note(f"Reload failed for {self.title}.", ERROR)
        return answer

    async def _stop(self) -> str:
        self.result = "success"
        self.note(f"Stopping {self.title}...")
        await self._go_down(stop_commands=True, restart=False)
        self.note(f"Stopped {self.title}.")
        return "done"

    async def _follow_down(self) -> str:
        await self._go_down(stop_commands=True)
        return "done"

    async def _go_down(self, *, stop_commands: bool, restart: bool = True) -> None:
        """From any state to inactive or failed, and from there to a restart if one is wanted."""
        await stopping.take_down(self, stop_commands=stop_commands)
        status = self.members.main.status if self.members.main else None
        wanted = restarting.wanted(self.definition, self.result, status)
        again = restart and not self.is_cut_short and wanted
        self._settle_down()
        if again:
            self._schedule_restart()

    def _settle_down(self) -> None:
        ended_well = self.result in ("success", "canceled")
        if ended_well:
            self.result = "success"
            if self.active != "inactive":
                self.note(f"{self.name}: Deactivated successfully.")
        else:
            self.note(f"{self.name}: Failed with result '{self.result}'.", WARNING)
        self.change(*(("inactive", "dead") if ended_well else ("failed", "failed")))

    # -- coming back ----------------------------------------------------------------------------

    def _schedule_restart(self) -> None:
        """Start again after RestartSec=, if the limit on starts allows."""
        definition, loop = self.definition, asyncio.get_running_loop()
        if not self._burst.admits(definition, loop.time()):
            self.note(f"{self.name}: Start request repeated too quickly.", WARNING)
            if self.result == "success":
                self.result = "start-limit-hit"
            self.change("failed", "failed")
            return
        self.change("activating", "auto-restart")
        delay = definition.restart_delay
        if delay != float("inf"):
            self._restart_timer = loop.call_later(delay, self._restart_now)

    def _restart_now(self) -> None:
        self._restart_timer = None
        self.restarts += 1
        self.note(
            f"{self.name}: Scheduled restart job, restart counter is at {self.restarts}.",
        )
        self.active, self.sub = "inactive", "dead"
        self._launch("start", self._start())

    def _forget_restart(self) -> bool:
        """Drop a restart that waits; True if there was one."""
        if not self._restart_timer:
            return False
        self._restart_timer.cancel()
        self._restart_timer = None
        return True
