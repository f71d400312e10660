"""Run checks: together where they do not depend on each other, each in its own process."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipv6lab.grading import beginning, child
from ipv6lab.grading.declare import Check, load
from ipv6lab.grading.notes import notes
from ipv6lab.probes import Lab
from ipv6lab.words.message import Message, _

EXERCISE = Path("/run/agent/exercise")
# Seconds after its deadline in which a check must have ended. It keeps the deadline itself: this
# is for one that hangs, not for one that waits for its turn on a busy machine.
GRACE = 20.0
TOLD = 16 << 20  # octets that a check may tell
Emit = Callable[[dict[str, Any]], None]
NOT_HERE = _(
    "This shuts a node down, so it is not judged here but where your work is done again in a fresh "
    "lab: ipv6lab check --replay does so."
)


def grade(
    emit: Emit,
    folder: str | Path = EXERCISE,
    lab: Lab | None = None,
    replay: bool = False,
    film: int | None = None,
) -> dict[str, Any]:
    """Run the checks in a folder on a lab (None: on that of this sandbox).

    Gives ``checks``, see `run`, and ``notes``, messages of what else is worth saying.

    `film` is the tape on which the lab is filmed. It begins when the lab is at rest and has been
    looked at; see `beginning.look`. Raises LabError when the checks cannot be read.
    """
    checks = load(folder)
    lab = lab or Lab.read(film=film)
    beginning.look(lab)
    told = [note.to_json() for note in notes(lab)]  # before checks that reboot
    return {"checks": run(checks, lab, emit, replay=replay), "notes": told}


def run(
    checks: Sequence[Check],
    lab: Lab,
    emit: Emit,
    grace: float = GRACE,
    replay: bool = False,
) -> list[dict[str, Any]]:
    """The results of checks as JSON values, in the order of the checks.

    A check starts once what it needs has passed, and is blocked if that did not. One that broke
    off, hung, or failed while the machine lost packets is tried once more by itself, and then is
    not_judged: nothing is known of what it asks. `emit` is told
    what goes on: ``{"event": "check", "id", "kind", "weight", "title", "state", "doing",
    "seconds"}``, first of every check that it waits; and what a check asks of whoever holds the
    lab: ``{"event": "shutdown" or "reboot", "node"}`` and ``{"event": "unit", "node", "unit"}``. A
    check that ruins the lab is the last, and
    runs on a `replay` only. The process may have one thread only, for it forks.
    """
    running = _Run(checks, lab, emit, grace, replay)
    try:
        running.go()
    finally:
        running.stop()
    return [_result(check, running.verdicts[check.id]) for check in checks]


@dataclass
class _Process:
    check: Check
    pid: int
    descriptor: int
    started: float
    told: bytearray = field(default_factory=bytearray)
    verdict: dict[str, Any] | None = None
    killed: bool = False


class _Run:
    def __init__(
        self, checks: Sequence[Check], lab: Lab, emit: Emit, grace: float, replay: bool
    ) -> None:
        self._lab, self._emit, self._grace, self._replay = lab, emit, grace, replay
        self._waiting = list(checks)
        self._running: dict[int, _Process] = {}
        # Blocked by what has yet to end: whether they have failed depends on how that ends.
        self._held: list[tuple[Check, dict[str, Any]]] = []
        self._again: set[str] = set()  # checks that are tried once more
        self.verdicts: dict[str, dict[str, Any]] = {}

    def go(self) -> None:
        for check in self._waiting:
            needed = _("waiting for {checks}", checks=", ".join(check.needs))
            self._tell(check, "waiting", 0.0, needed if check.needs else None)
        while self._waiting or self._running or self._held:
            self._start_what_can()
            if self._running:
                self._listen()
            elif self._held:  # by a check that there is not, or by each other
                self._settle(*_failed_instead(self._held.pop(0)))

    def stop(self) -> None:
        """End what still runs; nothing does unless `go` was interrupted."""
        for process in self._running.values():
            os.kill(process.pid, signal.SIGKILL)
            os.waitpid(process.pid, 0)
            os.close(process.descriptor)
        self._running.clear()

    # What can start

    def _start_what_can(self) -> None:
        for check in list(self._waiting):
            if not all(needed in self.verdicts for needed in check.needs):
                continue
            blocker = self._blocker(check)
            if blocker is not None:
                self._waiting.remove(check)
                self._settle(check, _blocked(blocker))
            elif check.ruins and not self._replay:
                self._waiting.remove(check)
                self._settle(check, _verdict("blocked", None, 0.0, NOT_HERE))
            elif self._place(check):
                self._waiting.remove(check)
                self._start(check)

    def _blocker(self, check: Check) -> str | None:
        """The first that a check needs and that did not pass, or what blocked that."""
        for needed in check.needs:
            verdict = self.verdicts[needed]
            if verdict["verdict"] == "blocked":
                return str(verdict["blocked_by"] or needed)
            if verdict["verdict"] != "passed":
                return needed
        return None

    def _place(self, check: Check) -> bool:
        """A check that wants to be alone waits for the others, and they for it."""
        others = [process.check for process in self._running.values()]
        if check.ruins:
            return not others and all(one.ruins for one in self._waiting)
        return not others or not any(self._alone(one) for one in (check, *others))

    def _alone(self, check: Check) -> bool:
        return check.alone or check.id in self._again

    def _start(self, check: Check) -> None:
        pid, descriptor = child.start(check, self._lab)
        os.set_blocking(descriptor, False)
        self._running[descriptor] = _Process(check, pid, descriptor, time.monotonic())
        self._tell(check, "running", 0.0, None)

    # What they tell

    def _listen(self) -> None:
        now = time.monotonic()
        ends = [self._end(process) for process in self._running.values()]
        timeout = max(0.0, min(ends) - now)
        for descriptor in select.select(list(self._running), [], [], timeout)[0]:
            self._read(self._running[descriptor])
        now = time.monotonic()
        for process in self._running.values():
            if not process.killed and now >= self._end(process):
                process.killed = True
                os.kill(process.pid, signal.SIGKILL)

    def _end(self, process: _Process) -> float:
        if process.killed:  # its end of the pipe closes now
            return time.monotonic() + self._grace
        return process.started + process.check.deadline + self._grace

    def _read(self, process: _Process) -> None:
        try:
            data = os.read(process.descriptor, 1 << 16)
        except BlockingIOError:
            return
        if not data or len(process.told) + len(data) > TOLD:
            self._ended(process)
            return
        process.told += data
        while (end := process.told.find(b"\n")) >= 0:
            line = json.loads(process.told[:end])
            del process.told[: end + 1]
            if "verdict" in line:
                process.verdict = line
            elif "unit" in line:
                self._emit({"event": "unit", "node": line["node"], "unit": line["unit"]})
            elif wish := line.keys() & {"shutdown", "reboot"}:
                event = wish.pop()
                self._emit({"event": event, "node": line[event]})
            else:
                doing = Message.from_json(line["doing"])
                seconds = time.monotonic() - process.started
                self._tell(process.check, "running", seconds, doing)

    def _ended(self, process: _Process) -> None:
        os.kill(process.pid, signal.SIGKILL)  # it may have closed its end and gone on
        _pid, status = os.waitpid(process.pid, 0)
        os.close(process.descriptor)
        del self._running[process.descriptor]
        seconds = round(time.monotonic() - process.started, 3)
        verdict = process.verdict or _died(process, status, seconds)
        if verdict["verdict"] == "not_judged" and process.check.id not in self._again:
            self._again.add(process.check.id)
            self._waiting.append(process.check)
            self._tell(process.check, "waiting", 0.0, _("to be tried once more, by itself"))
        elif _hangs_on_another(process.check, verdict):
            self._held.append((process.check, verdict))
            self._release()
        else:
            self._settle(process.check, verdict)

    def _release(self) -> None:
        """Settle what was blocked by a check that has ended.

        A must not or still that a check blocks which passed has failed: somebody keeps the control
        of it from getting through, and nothing else.
        """
        # To settle one releases others in turn, so what is held is looked up anew each time.
        while held := next((one for one in self._held if self._blocker_of(one)), None):
            self._held.remove(held)
            passed = self._blocker_of(held) == "passed"
            self._settle(*(_failed_instead(held) if passed else held))

    def _blocker_of(self, held: tuple[Check, dict[str, Any]]) -> str | None:
        """How what blocks it has ended; None as long as it has not."""
        blocker = self.verdicts.get(held[1]["blocked_by"])
        return str(blocker["verdict"]) if blocker else None

    def _settle(self, check: Check, verdict: dict[str, Any]) -> None:
        self.verdicts[check.id] = verdict
        message = verdict["message"]
        told = Message.from_json(message) if message else None
        self._tell(check, verdict["verdict"], verdict["seconds"], told, verdict["blocked_by"])
        self._release()

    def _tell(
        self,
        check: Check,
        state: str,
        seconds: float,
        doing: Message | None,
        by: str | None = None,
    ) -> None:
        self._emit(
            {
                "event": "check",
                "id": check.id,
                "kind": check.kind,
                "weight": check.weight,
                "title": check.title,
                "state": state,
                "doing": doing.to_json() if doing else None,
                "seconds": round(seconds, 3),
                "blocked_by": by,
            }
        )


def _result(check: Check, verdict: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": check.id,
        "kind": check.kind,
        "weight": check.weight,
        "title": check.title,
        **verdict,
    }


def _hangs_on_another(check: Check, verdict: dict[str, Any]) -> bool:
    blocked = verdict["verdict"] == "blocked" and verdict["blocked_by"]
    return bool(blocked) and check.kind in ("must_not", "still")


def _failed_instead(held: tuple[Check, dict[str, Any]]) -> tuple[Check, dict[str, Any]]:
    check, verdict = held
    return check, {**verdict, "verdict": "failed", "blocked_by": None}


def _blocked(by: str) -> dict[str, Any]:
    return _verdict("blocked", by, 0.0, _("This cannot be judged before {check} passes.", check=by))


def _died(process: _Process, status: int, seconds: float) -> dict[str, Any]:
    """The verdict of a check whose process ended without one."""
    if process.killed:
        message = _(
            "This check itself is broken and says nothing about your work: it did not end within "
            "{seconds} s.",
            seconds=process.check.deadline,
        )
    else:
        code = os.waitstatus_to_exitcode(status)
        message = _(
            "This check itself is broken and says nothing about your work: its process ended "
            "with status {status}.",
            status=code,
        )
    return _verdict("not_judged", None, seconds, message)


def _verdict(verdict: str, by: str | None, seconds: float, message: Message) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "blocked_by": by,
        "seconds": seconds,
        "protocol_seconds": 0.0,
        "message": message.to_json(),
        "evidence": [],
    }
