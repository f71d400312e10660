"""Following a program on a node until it ends; interrupting the cell interrupts the program."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import NamedTuple

from ipv6lab.linux.signals import signals
from ipv6lab.sandbox import Channel
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

PATIENCE = 2.0  # seconds in which a program that was interrupted has to end
INTERRUPTED = 130  # a shell's status of what Ctrl-C ended

Take = Callable[[str, bytes], None]


class Ended(NamedTuple):
    """How a program ended; `status` is its exit status."""

    status: int
    interrupted: bool
    unrecorded: Message | None = None  # why it is not recorded as one's work, where it is not


def follow(channel: Channel, take: Take) -> Ended:
    """Give what a program says to `take`, as ``O`` or ``S`` and bytes, until it has ended.

    Raises LabError when there is no such program, or the lab ends.
    """
    ending = _Ending(channel)
    try:
        with signals((signal.SIGINT,), ending.insist):
            for kind, data in channel:
                if kind in "OS":
                    take(kind, data)
                elif kind == "X":
                    told = data.get("unrecorded")
                    unrecorded = Message.from_json(told) if told else None
                    return Ended(int(data["status"]), ending.begun, unrecorded)
    except LabError:
        if ending.begun:
            return Ended(INTERRUPTED, True)
        raise
    finally:
        ending.over()
    raise LabError(_("The lab has ended."))


class _Ending:
    """Ends a program by and by: asks it, tells it, does it."""

    def __init__(self, channel: Channel) -> None:
        self.begun = False
        self._means: list[Callable[[], None]] = [
            lambda: channel.signal(signal.SIGINT),
            lambda: channel.signal(signal.SIGTERM),
            channel.cancel,
        ]
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def insist(self, _number: int = 0) -> None:
        with self._lock:
            self.begun = True
            if not self._means:
                return
            self._means.pop(0)()
            self._stop()
            self._timer = threading.Timer(PATIENCE, self.insist)
            self._timer.daemon = True
            self._timer.start()

    def over(self) -> None:
        with self._lock:
            self._means.clear()
            self._stop()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
