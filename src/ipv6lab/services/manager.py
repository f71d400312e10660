"""The services of one node: loading them, jobs with their dependencies, events from the init."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterable

from ipv6lab.services import incoming, processes, spawn, sysvinit
from ipv6lab.services.appearing import Appearing
from ipv6lab.services.boot import appeared, boot_sysctl, boot_tmpfiles
from ipv6lab.services.catalog import Catalog
from ipv6lab.services.definition import define
from ipv6lab.services.journald import WARNING, Journal
from ipv6lab.services.load_error import LoadError
from ipv6lab.services.process import Process
from ipv6lab.services.service import Service
from ipv6lab.services.unit_names import full_name

_QUEUE = "/proc/sys/net/unix/max_dgram_qlen"
DEV_LOG = "/run/systemd/journal/dev-log"


class Manager:
    """Supervises the services of a node; lives in the node's init and its loop.

    `prepare(unit name)` is called in every child between fork and exec, as the last thing before
    it gives up root; `with_rights` calls with the rights of the node's own root what files of the
    node say in detail.
    """

    def __init__(
        self,
        prepare: Callable[[str], None] = lambda unit: None,
        catalog: Catalog | None = None,
        journal: Journal | None = None,
        with_rights: Callable[[Callable[[], list[str]]], list[str]] = lambda do: do(),
    ) -> None:
        self.prepare = prepare
        self._with_rights = with_rights
        self.catalog = catalog or Catalog()
        self.journal = journal or Journal()
        self._services: dict[str, Service] = {}
        self._watched: dict[int, tuple[Service, Process]] = {}
        self._sockets: list[incoming.DatagramSocket] = []
        self._complained: set[str] = set()
        self._appearing: Appearing | None = None
        self.booted_at = time.time()

    # -- the init's side ------------------------------------------------------------------------

    def set_up(self) -> None:
        """Make the run-time directories and listen for log messages and notifications."""
        time.tzset()
        os.makedirs("/run/systemd/system", exist_ok=True)  # what sd_booted(3) looks for
        self._with_rights(boot_tmpfiles)
        sysvinit.generate(self.catalog)
        with contextlib.suppress(OSError), open(_QUEUE, "w", encoding="ascii") as file:
            file.write("512")  # as systemd does: ten messages are no burst
        self._sockets = [
            incoming.DatagramSocket(spawn.NOTIFY_SOCKET, self._notified),
            incoming.DatagramSocket(DEV_LOG, self._logged),
        ]
        with contextlib.suppress(OSError):
            with contextlib.suppress(FileNotFoundError):
                os.unlink("/dev/log")
            os.symlink(DEV_LOG, "/dev/log")

    def child_exited(self, pid: int, status: int) -> None:
        """The init reaped a process that is none of its own; `status` is waitpid's."""
        for stream in self._sockets:
            stream.drain()  # its last words came before its end, and it is still known
        known = self._watched.pop(pid, None)
        if known is None:
            for service in list(self._services.values()):
                service.orphan_ended()
            return
        service, process = known
        process.record_end(status)
        service.process_ended(process)

    def apply_settings(self) -> None:
        """Do what sysctl.d says, as when a machine is switched on."""
        self._complain(self._with_rights(boot_sysctl))

    def _complain(self, complaints: Iterable[str]) -> None:
        for complaint in complaints:
            if complaint not in self._complained:
                self._complained.add(complaint)
                self.journal.note("systemd-sysctl.service", complaint, WARNING)

    async def boot(self) -> dict[str, str]:
        """Apply sysctl settings and start what was enabled on this node; job results by unit."""
        self.apply_settings()
        self._appearing = Appearing(
            lambda names: self._complain(self._with_rights(lambda: appeared(names)))
        )
        found: list[Service] = []
        for name in self.catalog.pulled_in_by_targets():
            try:
                found.append(self.find(name))
            except LoadError as error:
                self.journal.note(name, str(error), WARNING)
        return await self.start(found)

    async def stop_all(self, timeout: float) -> None:
        """Stop every service, in order; what is left after `timeout` seconds is killed."""
        up = [service for service in self._services.values() if not service.is_idle]
        jobs = asyncio.ensure_future(self.stop(up))
        await asyncio.wait({jobs}, timeout=timeout)
        for service in self._services.values():
            service.end_now()
        for stream in self._sockets:
            stream.close()
        if self._appearing is not None:
            self._appearing.close()
        self.journal.close()

    # -- events ---------------------------------------------------------------------------------

    def watch(self, service: Service, process: Process) -> None:
        self._watched[process.pid] = service, process
        if processes.parent(process.pid) == os.getpid():
            return
        # Somebody else's child: the init will not reap it, so its end is all there is to see.
        try:
            fd = os.pidfd_open(process.pid)
        except ProcessLookupError:
            self.child_exited(process.pid, 0)
            return
        loop = asyncio.get_running_loop()

        def ended() -> None:
            loop.remove_reader(fd)
            os.close(fd)
            ours = processes.parent(process.pid) == os.getpid()
            if self._watched.get(process.pid) == (service, process) and not ours:
                self.child_exited(process.pid, 0)

        loop.add_reader(fd, ended)

    def _owner(self, pid: int) -> Service | None:
        known = self._watched.get(pid)
        if known:
            return known[0]
        for service in self._services.values():
            if pid in service.members.group:
                return service
        return None

    def _notified(self, data: bytes, pid: int) -> None:
        service = self._owner(pid)
        if service:
            service.notified(pid, incoming.parse_notification(data))

    def _logged(self, data: bytes, pid: int) -> None:
        service = self._owner(pid)
        priority, tag, message = incoming.parse_syslog(data)
        self.journal.write(
            service.name if service else "",
            message,
            pid=pid,
            identifier=tag or processes.short_name(pid),
            priority=priority,
        )

    # -- units ----------------------------------------------------------------------------------

    def services(self) -> list[Service]:
        """The units in memory, by name."""
        return [self._services[name] for name in sorted(self._services)]

    def find(self, name: str) -> Service:
        """The service of this name, loaded. Raises LoadError.

        One that is up or failed keeps the definition it was started with until `reload_units`.
        """
        full = full_name(name)
        source = self.catalog.load(full)
        canonical = source.name.full
        known = self._services.get(canonical)
        if known and (not known.is_idle or known.active == "failed"):
            return known
        if source.masked:
            raise LoadError(f"Unit {full} is masked.")
        if source.path is None:
            raise LoadError(f"Unit {full} not found.", 5)
        if source.name.suffix != "service":
            raise LoadError(f"Unit {full} is no service; only services can be run here.")
        if source.name.is_template:
            raise LoadError(f"Unit name {full} is missing the instance name.")
        if known is None:
            known = self._services[canonical] = Service(self, define(source))
        elif known.definition.source.fingerprint != source.fingerprint:
            known.definition = define(source)
        if known.definition.refused:
            self.journal.note(canonical, known.definition.refused, WARNING)
            for problem in known.definition.problems:
                self.journal.note(canonical, problem, WARNING)
            raise LoadError(f"Unit {full} has a bad unit file setting.")
        return known

    def in_memory(self, name: str) -> Service | None:
        return self._services.get(self.catalog.canonical(name))

    def needs_reload(self, service: Service) -> bool:
        """Whether the unit's files changed since it was loaded."""
        source = service.definition.source
        return self.catalog.fingerprint(source) != source.fingerprint

    def reload_units(self) -> None:
        """`systemctl daemon-reload`: read all unit files again."""
        sysvinit.generate(self.catalog)
        for name, service in list(self._services.items()):
            source = self.catalog.load(name)
            if source.path is not None and not source.masked:
                service.definition = define(source)
            elif service.is_idle:
                del self._services[name]

    # -- jobs -----------------------------------------------------------------------------------

    async def start(self, wanted: Iterable[Service]) -> dict[str, str]:
        """Start services and what they pull in, in order. Job results by unit name."""
        plan = self._closure(wanted)
        for service in list(plan.values()):
            await self.stop(self._conflicting(service))
        order = self._in_order(plan)
        jobs: dict[str, asyncio.Task[str]] = {}
        for name in order:
            earlier = [jobs[other] for other in order[name]]
            needed = [other for other in order[name] if other in self._needs(plan[name])]
            jobs[name] = asyncio.get_running_loop().create_task(
                self._start_after(plan[name], earlier, {n: jobs[n] for n in needed})
            )
        if jobs:
            await asyncio.wait(jobs.values())
        return {name: job.result() for name, job in jobs.items()}

    async def _start_after(
        self,
        service: Service,
        earlier: list[asyncio.Task[str]],
        needed: dict[str, asyncio.Task[str]],
    ) -> str:
        if earlier:
            await asyncio.wait(earlier)
        for name, job in needed.items():
            if job.result() not in ("done", "skipped"):
                service.note(f"Dependency failed for {service.title}.", WARNING)
                self.journal.note(name, f"{service.name}: Job failed with result 'dependency'.")
                return "dependency"
        return await service.start()

    def _closure(self, wanted: Iterable[Service]) -> dict[str, Service]:
        plan: dict[str, Service] = {}
        pending = list(wanted)
        while pending:
            service = pending.pop(0)
            if service.name in plan:
                continue
            plan[service.name] = service
            for name in self._needs(service):
                pending.append(self.find(name))
            for name in self._wants(service):
                with contextlib.suppress(LoadError):
                    pending.append(self.find(name))
        return plan

    def _needs(self, service: Service) -> list[str]:
        """The services without which it does not start. Other kinds of units count as there."""
        names = service.definition.dependencies("Requires", "BindsTo", "Requisite")
        names += self.catalog.pulled_in(service.name, "requires")
        return [self.catalog.canonical(name) for name in names if name.endswith(".service")]

    def _wants(self, service: Service) -> list[str]:
        names = service.definition.dependencies("Wants")
        names += self.catalog.pulled_in(service.name, "wants")
        return [name for name in names if name.endswith(".service")]

    def _in_order(self, plan: dict[str, Service]) -> dict[str, list[str]]:
        """Unit names, earlier ones first, each with those it starts after (rings are cut)."""
        after: dict[str, set[str]] = {name: set() for name in plan}
        for name, service in plan.items():
            for other in service.definition.dependencies("After"):
                if (known := self.catalog.canonical(other)) in plan:
                    after[name].add(known)
            for other in service.definition.dependencies("Before"):
                if (known := self.catalog.canonical(other)) in plan:
                    after[known].add(name)
        order: dict[str, list[str]] = {}
        visiting: set[str] = set()

        def visit(name: str) -> None:
            if name in order or name in visiting:
                return
            visiting.add(name)
            for other in sorted(after[name]):
                visit(other)
            order[name] = [other for other in sorted(after[name]) if other in order]

        for name in plan:
            visit(name)
        return order

    def _conflicting(self, service: Service) -> list[Service]:
        own = set(service.definition.dependencies("Conflicts"))
        return [
            other
            for other in self._services.values()
            if other is not service
            and not other.is_idle
            and (other.name in own or service.name in other.definition.dependencies("Conflicts"))
        ]

    def dependents(self, service: Service) -> list[Service]:
        """The running services that go down with this one, those furthest away first."""
        found: list[Service] = []

        def visit(target: Service) -> None:
            for other in self._services.values():
                if other.is_idle or other in found or other is service:
                    continue
                names = other.definition.dependencies("Requires", "BindsTo", "PartOf", "Requisite")
                if target.name in map(self.catalog.canonical, names):
                    visit(other)
                    found.append(other)

        visit(service)
        return found

    async def stop(self, wanted: Iterable[Service]) -> dict[str, str]:
        """Stop services and what depends on them. Job results by unit name."""
        results: dict[str, str] = {}

        async def one(service: Service) -> None:
            for other in self.dependents(service):
                if other.name not in results:
                    results[other.name] = await other.stop()
            results[service.name] = await service.stop()

        await asyncio.gather(*(one(service) for service in wanted))
        return results

    async def restart(self, wanted: Iterable[Service]) -> dict[str, str]:
        """Stop and start services; what went down with them comes back too."""
        wanted = list(wanted)
        again = [other for service in wanted for other in self.dependents(service)]
        await self.stop(wanted)
        fresh = [self.find(service.name) for service in [*wanted, *again]]
        return await self.start(fresh)

    async def reload(self, wanted: Iterable[Service]) -> dict[str, str]:
        """Let services read their configuration again. Job results by unit name."""
        results: dict[str, str] = {}
        for service in wanted:
            results[service.name] = await service.reload()
            linked = set(service.definition.dependencies("PropagatesReloadTo"))
            for other in self.services():
                from_us = service.name in other.definition.dependencies("ReloadPropagatedFrom")
                if other.is_up and other is not service and (from_us or other.name in linked):
                    results[other.name] = await other.reload()
        return results
