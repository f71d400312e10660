"""One service and its life: starting, running, reloading, stopping, failing, coming back.

States and results have systemd's names, so that `systemctl show` and its readers agree.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from ipv6lab.services import conditions, journal, privileges, processes, restarting, spawn
from ipv6lab.services.definition import Command, Condition, Definition
from ipv6lab.services.listening import Output
from ipv6lab.services.process import Process, ending
from ipv6lab.services.processes import ProcessGroup
from ipv6lab.services.waiting import Events


class Supervisor(Protocol):
    """What a service needs of the manager it belongs to."""

    journal: journal.Journal
    prepare: Callable[[str], None]

    def watch(self, process: Process) -> None:
        """Tell the process's service when it ends."""


class JobFailed(Exception):
    """A step of a job did not come to its end; `result` says why in systemd's word."""

    def __init__(self, result: str) -> None:
        super().__init__(result)
        self.result = result


class Service:
    """A supervised service. All methods run in the init's one loop."""

    def __init__(self, supervisor: Supervisor, definition: Definition) -> None:
        self.definition = definition
        self._supervisor = supervisor
        self.active, self.sub = "inactive", "dead"
        self.result = "success"
        self.main: Process | None = None
        self.control: Process | None = None
        self.runs: list[Process] = []  # of the last start, for `status`
        self.status_text = ""
        self.invocation = ""
        self.failed_with = ""  # the result of the last job that failed, kept over a restart
        self.restarts = 0
        self.unmet: Condition | None = None
        self.changed_at = 0.0
        self.active_at = 0.0
        self.started_from = 0  # journal mark: what came after it belongs to the last start
        self._group = ProcessGroup()
        self._outputs: list[Output] = []
        self._job: asyncio.Task[str] | None = None
        self._job_kind = ""
        self._abort = False
        self._ready = False
        self._noted: set[str] = set()
        self._events = Events()
        self._restart_timer: asyncio.TimerHandle | None = None
        self._burst = restarting.Burst()
        self._end_waiters: list[tuple[Process, asyncio.Future[None]]] = []

    # -- what others may ask --------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def title(self) -> str:
        return f"{self.name} - {self.definition.description}"

    @property
    def main_pid(self) -> int:
        return self.main.pid if self.main and self.main.status is None else 0

    @property
    def is_up(self) -> bool:
        return self.active in ("active", "reloading")

    @property
    def is_idle(self) -> bool:
        """Down, and nothing is about to change that."""
        return self.active in ("inactive", "failed") and self._job is None

    @property
    def job(self) -> str:
        return self._job_kind if self._job else ""

    def pids(self) -> list[int]:
        """Its processes; also one that has only been forked, whose /proc nobody may look into."""
        known = {pid for pid in (self.main_pid, self._control_pid) if pid}
        return sorted(known.union(self._group.pids()))

    def owns(self, pid: int) -> bool:
        return pid in self._group

    def note(self, message: str, priority: int = journal.INFO) -> None:
        self._supervisor.journal.note(self.name, message, priority)

    def _note_once(self, message: str) -> None:
        """Warn of what may come again and again, once in a start."""
        if message not in self._noted:
            self._noted.add(message)
            self.note(message, journal.WARNING)

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
        return await self._run("start", self._start())

    async def stop(self) -> str:
        """Bring it down, with every process it has; cuts a start short."""
        while self._job:
            if self._job_kind == "stop":
                return await asyncio.shield(self._job)
            self._abort = True
            self._events.poke()
            await asyncio.wait({self._job})
        had_timer = self._forget_restart()
        if self.active in ("inactive", "failed"):
            return "done"
        if had_timer:
            self.result = "success"
            self._settle_down()
            return "done"
        return await self._run("stop", self._stop())

    async def reload(self) -> str:
        """Run ExecReload=. Returns done, failed, or invalid when the service is not up."""
        while self._job:
            await asyncio.wait({self._job})
        if not self.is_up:
            return "invalid"
        return await self._run("reload", self._reload())

    def reset_failed(self) -> None:
        self._burst.forget()
        if self.active == "failed":
            self.result = "success"
            self._change("inactive", "dead")

    def kill(self, number: int, whom: str) -> bool:
        """Send a signal to ``main``, ``control`` or ``all`` processes; False if there is none."""
        if whom == "all":
            return any([processes.send(pid, number) for pid in self.pids()])
        process = self.main if whom == "main" else self.control
        return bool(process and process.status is None and processes.send(process.pid, number))

    def end_now(self) -> None:
        """Kill everything without ceremony; the last thing at shutdown."""
        self._forget_restart()
        self._kill_all(signal.SIGKILL)

    async def main_end(self, timeout: float) -> None:
        """Wait until the present main process ends, at most `timeout` seconds."""
        process = self.main
        if process is None or process.status is not None:
            return
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._end_waiters.append((process, ended))
        await asyncio.wait({ended}, timeout=timeout)
        self._end_waiters.remove((process, ended))

    async def _run(self, kind: str, work: Coroutine[Any, Any, str]) -> str:
        return await asyncio.shield(self._launch(kind, work))

    def _launch(self, kind: str, work: Coroutine[Any, Any, str]) -> asyncio.Task[str]:
        """Begin a job. It goes on when who asked for it is gone."""
        self._abort = False
        self._job_kind = kind

        async def job() -> str:
            try:
                return await work
            except Exception as error:  # a defect of ours must not leave the unit busy for ever
                self.note(f"{self.name}: Internal error: {error!r}", journal.ERROR)
                self.result = "resources"
                self._change("failed", "failed")
                return "failed"
            finally:
                self._job, self._job_kind = None, ""
                self._after_job()

        self._job = asyncio.get_running_loop().create_task(job())
        return self._job

    def _after_job(self) -> None:
        if self.is_up and not self._is_alive():  # it died while a job was under way
            self._went_by_itself()

    # -- events ---------------------------------------------------------------------------------

    def process_ended(self, process: Process) -> None:
        """The manager saw one of our processes end; its status is set."""
        for awaited, ended in self._end_waiters:
            if awaited is process and not ended.done():
                ended.set_result(None)
        for output in self._outputs:
            output.drain()
        self._outputs = [output for output in self._outputs if not output.closed]
        if process.complaint:
            self.note(f"{self.name}: {process.complaint}", journal.ERROR)
        if process is self.main:
            self._note_end("Main", process)
            if self._job_kind == "stop" and self.result == "success":
                self.result = self._classify(process)
        if self._job:
            self._events.poke()
        elif process is self.main:
            self._went_by_itself()

    def orphan_ended(self) -> None:
        """Some process of this node ended that nobody knew: perhaps the last one of ours."""
        if self._job:
            self._events.poke()
        elif self.is_up and self.sub == "running" and not self.main and not self.pids():
            self._went_by_itself()

    def notified(self, pid: int, fields: dict[str, str]) -> None:
        """A datagram of sd_notify(3) came from one of our processes."""
        access = self.definition.notify_access
        known = {self.main_pid} if access == "main" else {self.main_pid, self._control_pid}
        if access == "none" or (access != "all" and pid not in known):
            self._note_once(
                f"{self.name}: Got notification message from PID {pid}, "
                f"but reception only permitted for {access} processes"
            )
            return
        if "STATUS" in fields:
            self.status_text = fields["STATUS"][:1024]
        if fields.get("MAINPID", "").isdigit():
            self._adopt(int(fields["MAINPID"]))
        if fields.get("READY") == "1":
            self._ready = True
        self._events.poke()

    @property
    def _control_pid(self) -> int:
        return self.control.pid if self.control and self.control.status is None else 0

    async def _until(
        self, condition: Callable[[], bool], timeout: float, *, abortable: bool = False
    ) -> bool:
        """Wait for events until `condition` holds; False when `timeout` seconds pass first."""

        def reached() -> bool:
            if abortable and self._abort:
                raise JobFailed("canceled")
            return condition()

        return await self._events.until(reached, timeout)

    # -- starting -------------------------------------------------------------------------------

    async def _start(self) -> str:
        definition = self.definition
        self._supervisor.journal.forgive(self.name)
        self._noted.clear()
        self.started_from = self._supervisor.journal.sequence
        for problem in definition.problems:
            self.note(problem, journal.WARNING)
        self.unmet = conditions.first_unmet(definition.conditions)
        if self.unmet:
            return self._skip(self.unmet)
        self.result, self.status_text, self._ready = "success", "", False
        self.main = self.control = None
        self.runs = []
        self.invocation = os.urandom(16).hex()
        leftovers = self.pids()
        for pid in leftovers:
            self.note(
                f"{self.name}: Found left-over process {pid} ({processes.short_name(pid)}) "
                "while starting unit. Ignoring.",
                journal.WARNING,
            )
        self.note(f"Starting {self.title}...")
        try:
            self._change("activating", "start-pre")
            if not await self._fit_to_start():
                return "skipped"
            await self._all("ExecStartPre", definition.start_timeout)
            self._change("activating", "start")
            await self._start_main()
            self._change("activating", "start-post")
            await self._all("ExecStartPost", definition.start_timeout)
        except JobFailed as failure:
            self.failed_with = failure.result
            self.result = failure.result
            await self._go_down(stop_commands=False)
            if failure.result == "canceled":
                self.note(f"Stopped {self.title}.")
                return "canceled"
            self.note(f"Failed to start {self.title}.", journal.ERROR)
            return "failed"
        if definition.type == "oneshot" and not definition.remain_after_exit:
            await self._go_down(stop_commands=True)
            self.note(f"Finished {self.title}.")
            return "done"
        running = self._is_running()
        self._change("active", "running" if running else "exited")
        verb = "Finished" if definition.type == "oneshot" else "Started"
        self.note(f"{verb} {self.title}.")
        return "done"

    def _skip(self, unmet: Condition) -> str:
        if unmet.is_assertion:
            self.note(f"Assertion failed for {self.title} ({unmet.text}).", journal.ERROR)
            return "assert"
        self.note(
            f"{self.title} was skipped because of an unmet condition check ({unmet.text}).",
        )
        return "skipped"

    async def _fit_to_start(self) -> bool:
        """ExecCondition=: 0 goes on, 1 to 254 skips the unit, anything else fails."""
        for command in self.definition.commands["ExecCondition"]:
            process = await self._control("ExecCondition", command, self.definition.start_timeout)
            status = process.status or 0
            if os.WIFEXITED(status) and 1 <= os.WEXITSTATUS(status) <= 254:
                await self._go_down(stop_commands=False)
                self.note(f"{self.title} was skipped because of an ExecCondition.")
                return False
            self._require_clean(process)
        return True

    async def _start_main(self) -> None:
        definition = self.definition
        starts = definition.commands["ExecStart"]
        if definition.type == "oneshot":
            for command in starts:
                self.main = process = self._spawn("ExecStart", command)
                await self._ended(process, definition.start_timeout)
                self._require_clean(process)
            return
        if definition.type == "forking":
            await self._start_forking(starts[0])
            return
        self.main = process = self._spawn("ExecStart", starts[0])
        if definition.type == "exec":
            await self._wait_start(lambda: process.executed or process.status is not None)
            if process.status is not None and process.complaint:
                self._require_clean(process)
        elif definition.type == "notify":
            await self._wait_start(lambda: self._ready or self._main_status is not None)
            if not self._ready and self.main:
                self._require_clean(self.main)
                raise JobFailed("protocol")

    @property
    def _main_status(self) -> int | None:
        return self.main.status if self.main else 0

    async def _wait_start(self, condition: Callable[[], bool]) -> None:
        if not await self._until(condition, self.definition.start_timeout, abortable=True):
            self.note(f"{self.name}: {self.sub} operation timed out. Terminating.", journal.WARNING)
            raise JobFailed("timeout")

    async def _start_forking(self, command: Command) -> None:
        definition = self.definition
        process = await self._control("ExecStart", command, definition.start_timeout)
        self._require_clean(process)
        if not definition.pid_file:
            self._guess_main()
            return
        if self._load_pid_file():
            return
        # The parent left before its child wrote the file.
        directory = os.path.dirname(os.path.realpath(definition.pid_file))
        try:
            watch = privileges.watch_directory(directory)
        except OSError:
            raise JobFailed("protocol") from None
        loop = asyncio.get_running_loop()

        def stirred() -> None:
            with contextlib.suppress(BlockingIOError):
                os.read(watch, 64 * 1024)
            self._events.poke()

        loop.add_reader(watch, stirred)
        try:
            await self._wait_start(lambda: self._load_pid_file() or not self.pids())
        finally:
            loop.remove_reader(watch)
            os.close(watch)
        if not self.main:
            self.note(f"{self.name}: Daemon never wrote its PID file. Failing.", journal.WARNING)
            raise JobFailed("protocol")

    def _load_pid_file(self) -> bool:
        """Make the process named in PIDFile= the main one, if it is ours and alive."""
        path = self.definition.pid_file
        if not path:
            return False
        try:
            with open(path, encoding="ascii", errors="replace") as file:
                pid = int(file.read(64).strip())
        except (OSError, ValueError):
            return False
        if pid == self.main_pid:
            return True
        if not processes.is_alive(pid):
            return False
        if not self.owns(pid):
            self._note_once(
                f"{self.name}: New main PID {pid} does not belong to service, refusing."
            )
            return False
        self._adopt(pid)
        return True

    def _guess_main(self) -> None:
        """Without a PID file: the one process that was left behind, if it is one."""
        if not self.definition.guess_main_pid:
            return
        init = os.getpid()
        candidates = [pid for pid in self.pids() if processes.parent(pid) == init]
        if len(candidates) == 1:
            self._adopt(candidates[0])

    def _adopt(self, pid: int) -> None:
        """Take a process that was not started by us directly as the main one."""
        if pid == self.main_pid or not self.owns(pid):
            return
        starts = self.definition.commands["ExecStart"]
        self.main = Process(pid, "ExecStart", starts[0] if starts else None, self)
        self._supervisor.watch(self.main)

    # -- running --------------------------------------------------------------------------------

    def _is_running(self) -> bool:
        if self.main:
            return self.main.status is None
        return bool(self.pids())

    def _is_alive(self) -> bool:
        """Whether an active service still has a reason to be so."""
        return self.sub == "exited" or self._is_running()

    def _went_by_itself(self) -> None:
        """The main process ended (or the last of all) without having been asked to."""
        if not self.is_up or self.sub == "exited":
            return
        if self._load_pid_file():
            return  # a successor took over
        result = self._classify(self.main) if self.main else "success"
        if result == "success" and self.definition.remain_after_exit:
            self._change("active", "exited")
            return
        self.result = result
        self._launch("stop", self._down())

    async def _down(self) -> str:
        await self._go_down(stop_commands=True)
        return "done"

    def _classify(self, process: Process) -> str:
        status = process.status or 0
        if process.command and process.command.may_fail:
            return "success"
        if self.definition.is_clean(status):
            return "success"
        if os.WIFEXITED(status):
            return "exit-code"
        return "core-dump" if os.WCOREDUMP(status) else "signal"

    async def _reload(self) -> str:
        self._change("reloading", "reload")
        self.started_from = self._supervisor.journal.sequence
        self.note(f"Reloading {self.title}...")
        answer = "done"
        try:
            await self._all("ExecReload", self.definition.start_timeout)
        except JobFailed as failure:
            self.failed_with = failure.result
            answer = "canceled" if failure.result == "canceled" else "failed"
            self._end_control()
        self._load_pid_file()
        running = self._is_running()
        if running or self.definition.remain_after_exit:
            self._change("active", "running" if running else "exited")
        else:
            self.active, self.sub = "active", "running"  # `_after_job` sees that it is not
        if answer == "done":
            self.note(f"Reloaded {self.title}.")
        else:
            self.note(f"Reload failed for {self.title}.", journal.ERROR)
        return answer

    def _end_control(self) -> None:
        if self._control_pid:
            processes.send(self._control_pid, signal.SIGKILL)

    # -- stopping -------------------------------------------------------------------------------

    async def _stop(self) -> str:
        self.result = "success"
        self.note(f"Stopping {self.title}...")
        await self._go_down(stop_commands=True, restart=False)
        self.note(f"Stopped {self.title}.")
        return "done"

    async def _go_down(self, *, stop_commands: bool, restart: bool = True) -> None:
        """From any state to inactive or failed, leaving no process behind (KillMode permitting)."""
        definition = self.definition
        if stop_commands:
            self._change("deactivating", "stop")
            await self._all_anyway("ExecStop")
        self._change("deactivating", "stop-sigterm")
        await self._end_processes(definition.kill_mode)
        self._change("deactivating", "stop-post")
        await self._all_anyway("ExecStopPost")
        if definition.kill_mode != "none" and definition.kill_mode != "process":
            self._change("deactivating", "final-sigterm")
            await self._end_processes(definition.kill_mode)
        self._clean_up()
        status = self.main.status if self.main else None
        again = restart and not self._abort and restarting.wanted(definition, self.result, status)
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
            self.note(f"{self.name}: Failed with result '{self.result}'.", journal.WARNING)
        self._change(*(("inactive", "dead") if ended_well else ("failed", "failed")))

    async def _end_processes(self, mode: str) -> None:
        """KillSignal=, patience, then SIGKILL."""
        definition = self.definition
        if mode == "none" or not self.pids():
            return
        everybody = mode == "control-group"
        self._signal(definition.kill_signal, everybody)
        if definition.send_sighup:
            self._signal(signal.SIGHUP, everybody)
        gone = self._main_gone if mode in ("process", "mixed") else self._all_gone
        if not await self._until(gone, definition.stop_timeout):
            self.note(f"{self.name}: State '{self.sub}' timed out. Killing.", journal.WARNING)
            if self.result == "success":
                self.result = "timeout"
        if mode == "process":
            if not gone() and definition.send_sigkill:
                self._signal(definition.final_kill_signal, False)
                await self._until(gone, definition.stop_timeout)
            return
        if definition.send_sigkill and self.pids():
            self._change("deactivating", "stop-sigkill")
            self._kill_all(definition.final_kill_signal)
            if not await self._until(self._all_gone, definition.stop_timeout):
                self.note(
                    f"{self.name}: Processes still around after SIGKILL. Ignoring.",
                    journal.WARNING,
                )

    def _signal(self, number: int, everybody: bool) -> None:
        chosen = [pid for pid in (self.main_pid, self._control_pid) if pid]
        for pid in self.pids() if everybody or not chosen else chosen:
            processes.send(pid, number)

    def _kill_all(self, number: int) -> None:
        self._signal(number, True)
        self._group.kill(number)

    def _main_gone(self) -> bool:
        return not self.main_pid and not self._control_pid

    def _all_gone(self) -> bool:
        return not self.pids()

    def _clean_up(self) -> None:
        definition = self.definition
        if not self.pids():
            self._group.close()
        if definition.pid_file:
            with contextlib.suppress(OSError):
                os.unlink(definition.pid_file)
        if definition.preserve_runtime == "no":
            for directory in definition.directories:
                if directory.kind == "RuntimeDirectory":
                    shutil.rmtree(directory.path, ignore_errors=True)

    # -- coming back ----------------------------------------------------------------------------

    def _schedule_restart(self) -> None:
        """Start again after RestartSec=, if the limit on starts allows."""
        definition, loop = self.definition, asyncio.get_running_loop()
        if not self._burst.admits(definition, loop.time()):
            self.note(f"{self.name}: Start request repeated too quickly.", journal.WARNING)
            if self.result == "success":
                self.result = "start-limit-hit"
            self._change("failed", "failed")
            return
        self._change("activating", "auto-restart")
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

    # -- commands -------------------------------------------------------------------------------

    async def _all(self, role: str, timeout: float) -> None:
        for command in self.definition.commands[role]:
            self._require_clean(await self._control(role, command, timeout))

    async def _all_anyway(self, role: str) -> None:
        """Run the commands of a stop: one that fails fails the service and skips the others."""
        for command in self.definition.commands[role]:
            try:
                process = self._spawn(role, command)
                self.control = process
                await self._ended(process, self.definition.stop_timeout, abortable=False)
                self._require_clean(process)
            except JobFailed as failure:
                if self.result == "success":
                    self.result = failure.result
                return

    async def _control(self, role: str, command: Command, timeout: float) -> Process:
        self.control = process = self._spawn(role, command)
        await self._ended(process, timeout)
        return process

    async def _ended(self, process: Process, timeout: float, *, abortable: bool = True) -> None:
        done = await self._until(lambda: process.status is not None, timeout, abortable=abortable)
        if not done:
            self.note(f"{self.name}: {self.sub} operation timed out. Terminating.", journal.WARNING)
            raise JobFailed("timeout")

    def _require_clean(self, process: Process) -> None:
        result = self._classify(process)
        if result != "success":
            if process is not self.main:
                self._note_end("Control", process)
            raise JobFailed(result)

    def _note_end(self, which: str, process: Process) -> None:
        clean = self._classify(process) == "success"
        if not clean or process.status:
            level = journal.INFO if clean else journal.NOTICE
            self.note(f"{self.name}: {which} process exited, {process.outcome}", level)

    def _spawn(self, role: str, command: Command) -> Process:
        definition = self.definition
        try:
            who = spawn.identity(definition)
            environment = spawn.base_environment(definition, who)
        except spawn.SpawnError as error:
            self.note(f"{self.name}: {error}", journal.WARNING)
            raise JobFailed("resources") from None
        environment["INVOCATION_ID"] = self.invocation
        if self.main_pid:
            environment["MAINPID"] = str(self.main_pid)
        if role in ("ExecStop", "ExecStopPost"):
            environment |= ending(self.result, self.main)
        identifier = definition.identifier or os.path.basename(command.path)
        output = Output(self._supervisor.journal, self.name, identifier, definition.log_prefix)
        try:
            child = spawn.spawn(
                definition, command, environment, who, self._group, output.writer.fileno(),
                self._supervisor.prepare,
            )  # fmt: skip
        except OSError as error:
            output.close()
            self.note(f"{self.name}: Failed to fork: {error.strerror}", journal.ERROR)
            raise JobFailed("resources") from None
        finally:
            output.writer.close()
        self._outputs.append(output)
        process = Process(child.pid, role, command, self, child.report)
        process.watch_report(self._events.poke)
        self.runs.append(process)
        self._supervisor.watch(process)
        return process

    def _change(self, active: str, sub: str) -> None:
        if active != self.active:
            self.changed_at = time.time()
            if active == "active" and self.active != "reloading":
                self.active_at = self.changed_at
        self.active, self.sub = active, sub
