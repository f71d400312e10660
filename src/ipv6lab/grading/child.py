"""One check in a process of its own: what it does, crash or hang, is its own."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
import traceback
from typing import Any

from ipv6lab.expect import conditions
from ipv6lab.grading import trouble
from ipv6lab.grading.declare import Check
from ipv6lab.linux import syscalls
from ipv6lab.probes import Blocked, Failed, Lab, Record
from ipv6lab.words.message import Message, _

MEMORY = 1 << 30  # octets of address space: a check that wants more is a wrong check


def start(check: Check, lab: Lab) -> tuple[int, int]:
    """Fork, run the check there, and give its process id and the descriptor of what it tells.

    It tells JSON lines: ``{"doing": …}`` at any time, ``{"shutdown": NODE}``, ``{"reboot": NODE}``
    or ``{"unit": UNIT, "node": NODE}`` when it wants that, ``{"verdict": …, …}`` once, at the end.
    """
    reading, writing = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    status = 1
    try:
        os.close(reading)
        syscalls.die_with_parent()
        if os.getppid() == parent:
            _settle()
            tell(writing, _judge(check, lab, writing))
            status = 0
    finally:
        os._exit(status)


def tell(descriptor: int, line: dict[str, Any]) -> None:
    """Write one JSON line, however long."""
    data = json.dumps(line, ensure_ascii=False).encode() + b"\n"
    while data:
        data = data[os.write(descriptor, data) :]


def _settle() -> None:
    """A check ends when it is told to, whatever the process that forked it does with signals."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _judge(check: Check, lab: Lab, descriptor: int) -> dict[str, Any]:
    start = time.monotonic()
    record = Record(
        start + check.deadline,
        lambda doing: tell(descriptor, {"doing": doing.to_json()}),
        lambda wish: tell(descriptor, wish),
    )
    lab.record = record
    before = trouble.counters()
    verdict, by, message = _run(check, lab)
    if verdict == "failed" and (reason := trouble.since(before)):
        verdict, message = "not_judged", reason
    return {
        "verdict": verdict,
        "blocked_by": by,
        "seconds": round(time.monotonic() - start, 3),
        "protocol_seconds": round(record.protocol_seconds, 3),
        "message": message.to_json() if message else None,
        "evidence": record.evidence,
    }


def _run(check: Check, lab: Lab) -> tuple[str, str | None, Message | None]:
    """Verdict, what blocked it, and the message."""
    before = conditions.controls()  # a process that has judged already may have had this child
    try:
        try:
            check.function(lab)
        finally:
            lab.closing.close()
        if check.kind == "must_not" and conditions.controls() == before:
            raise AssertionError("a must_not without control proves nothing")
    except Failed as failure:
        return "failed", None, failure.message
    except Blocked as blocked:
        if check.kind in ("must_not", "still") and blocked.node in lab.fabric.trainee:
            # Whoever breaks what the question needs would never be asked.
            return "failed", None, blocked.message
        return "blocked", blocked.by, blocked.message
    except Exception as error:
        _keep_traceback(lab, error)
        if missing := trouble.missing_interface(lab):
            return "failed", None, missing
        reason = f"{type(error).__name__}: {error}"
        return (
            "not_judged",
            None,
            _(
                "This check itself is broken and says nothing about your work: {error}.",
                error=reason,
            ),
        )
    return "passed", None, None


def _keep_traceback(lab: Lab, error: Exception) -> None:
    lab.record.add(
        "grader",
        "check",
        _("Where the check broke off."),
        {"traceback": "".join(traceback.format_exception(error))},
    )
