"""Gradings of several folders, each in a process group of its own.

A folder comes from anybody. What it does to whoever reads it, it does to that process alone: the
memory and the time in which it has to be read are bounded, what it prints is thrown away, and its
result has at most so many octets. The others' results come as they are ready.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import selectors
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ipv6lab.course import results
from ipv6lab.course.place import Place
from ipv6lab.linux import syscalls
from ipv6lab.words.errors import LabError
from ipv6lab.words.jsontext import as_json
from ipv6lab.words.message import Message, _

READING = 4  # seconds of CPU in which a folder is read
READING_LONGEST = 30.0  # seconds, also where a disk or another program is waited for
READING_MEMORY = 1024 * 1024 * 1024  # octets beside what there is already
LONGEST = 1800.0  # seconds of a grading: its own limits are tighter, this is if they fail
MOST = 64 * 1024 * 1024  # octets of a result, with its evidence
ENDING = 0.7  # seconds in which a worker ends its lab; it ends with the worker anyway
_READ = b"\n"  # the first octet that a worker sends: the folder is read

Event = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Grading:
    """What one worker is to do: ``grade`` gives the result of a ``folder``, and tells an event once
    the folder is read."""

    place: Place
    folder: str
    grade: Callable[[Event], dict[str, Any]]


@dataclass
class _Worker:
    number: int
    grading: Grading
    pid: int
    reader: int
    until: float
    got: bytearray = field(default_factory=bytearray)
    read: bool = False
    late: bool = False


class Graders:
    """At most ``jobs`` workers at a time."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._workers: dict[int, _Worker] = {}
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Graders:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._selector.close()

    @property
    def count(self) -> int:
        """How many gradings are under way."""
        return len(self._workers)

    def results(self, gradings: Sequence[Grading]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each grading's place in the row and its result, in the order in which they end."""
        waiting = list(enumerate(gradings))[::-1]
        while waiting or self._workers:
            while waiting and len(self._workers) < self._jobs:
                self._begin(*waiting.pop())
            for worker in self._ended():
                yield worker.number, _result(worker, self._reap(worker))

    def end(self) -> None:
        """End all workers and their labs."""
        for worker in self._workers.values():
            _signal(worker, signal.SIGTERM)
        deadline = time.monotonic() + ENDING
        while self._workers and time.monotonic() < deadline:
            for worker in list(self._workers.values()):
                if os.waitpid(worker.pid, os.WNOHANG)[0]:
                    self._forget(worker)
            time.sleep(0.01)
        for worker in list(self._workers.values()):
            self._reap(worker)

    def _begin(self, number: int, grading: Grading) -> None:
        reader, writer = os.pipe()
        ours = os.getpid()
        pid = os.fork()
        if pid == 0:
            _work(grading, writer, ours)
        os.close(writer)
        with contextlib.suppress(OSError):  # it does so itself, and may have done so
            os.setpgid(pid, pid)
        until = time.monotonic() + READING_LONGEST
        worker = self._workers[pid] = _Worker(number, grading, pid, reader, until)
        self._selector.register(reader, selectors.EVENT_READ, worker)

    def _ended(self) -> Iterator[_Worker]:
        """Take up what workers say; those that say no more, or too much, or take too long."""
        nearest = min(worker.until for worker in self._workers.values())
        for key, _events in self._selector.select(max(0.0, nearest - time.monotonic())):
            worker: _Worker = key.data
            data = os.read(worker.reader, 1 << 20)
            worker.got += data
            if data and not worker.read:
                worker.read = True
                worker.until = time.monotonic() + LONGEST
            if not data or len(worker.got) > MOST:
                yield worker
        for worker in list(self._workers.values()):
            if time.monotonic() > worker.until:
                worker.late = True
                yield worker

    def _reap(self, worker: _Worker) -> int:
        """End what is left of a worker; how it ended."""
        _signal(worker, signal.SIGKILL)
        status = os.waitpid(worker.pid, 0)[1]
        self._forget(worker)
        return status

    def _forget(self, worker: _Worker) -> None:
        self._selector.unregister(worker.reader)
        os.close(worker.reader)
        del self._workers[worker.pid]


def _signal(worker: _Worker, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, number)


def _result(worker: _Worker, status: int) -> dict[str, Any]:
    """What a worker has found, or why it has found nothing."""
    place, folder = worker.grading.place, worker.grading.folder
    if len(worker.got) <= MOST:
        with contextlib.suppress(ValueError):
            return dict(json.loads(bytes(worker.got)))
    message: Message
    if not worker.read:
        message = _(
            "{folder} cannot be read within {seconds} s and {megabytes} MiB: hand in the folder "
            "that ipv6lab save wrote, or the files of the nodes alone.",
            folder=folder,
            seconds=READING,
            megabytes=READING_MEMORY // (1024 * 1024),
        )
        return results.refused(place, folder, message)
    if worker.late:
        message = _("Its grading did not end within {minutes} minutes.", minutes=int(LONGEST) // 60)
    elif len(worker.got) > MOST:
        message = _("Its result has more than {limit} MiB.", limit=MOST // (1024 * 1024))
    else:
        message = _(
            "The process that graded it was ended (signal {number}): by somebody, or because "
            "memory ran out.",
            number=os.WTERMSIG(status),
        )
    return results.not_judged(place, folder, LabError(message))


def _work(grading: Grading, writer: int, grading_process: int) -> NoReturn:
    """In the worker: grade, say the result, and end, whatever happens."""
    try:
        os.setpgid(0, 0)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this hears it, and ends this
        signal.signal(signal.SIGTERM, _end)
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGTERM)  # nobody takes its result then
        if os.getppid() != grading_process:
            os._exit(1)
        limits = resource.getrlimit(resource.RLIMIT_AS)
        _bound(limits)
        told = False

        def read(_event: dict[str, Any]) -> None:
            nonlocal told
            if not told:
                told = True
                _unbound(limits)
                os.write(writer, _READ)

        try:
            found = grading.grade(read)
        except MemoryError:
            _unbound(limits)
            if not told:
                os._exit(1)
            raise
        except BaseException as error:
            if not isinstance(error, Exception):
                raise
            found = results.not_judged(grading.place, grading.folder, error)
        _unbound(limits)
        data = memoryview(as_json(found, default=_plain).encode())
        while data:
            data = data[os.write(writer, data) :]
    finally:
        os._exit(0)


def _bound(limits: tuple[int, int]) -> None:
    """While the folder is read: its journal and files are all that can grow here."""
    signal.setitimer(signal.ITIMER_PROF, READING)  # its signal ends the process, also within C
    with open("/proc/self/statm", encoding="ascii") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    most = now + READING_MEMORY
    soft, hard = limits
    if soft == resource.RLIM_INFINITY or soft > most:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _unbound(limits: tuple[int, int]) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    resource.setrlimit(resource.RLIMIT_AS, limits)


def _end(_number: int, _frame: object) -> None:
    from ipv6lab import sandbox

    sandbox.end_throwaways()
    os._exit(1)


def _plain(value: Any) -> Any:
    return value.to_json() if isinstance(value, Message) else str(value)
