"""When a running lab is worth another check: something was done, or the network changed by itself.

Both are waited for, never asked for again and again: the journal tells what was done, the nodes'
kernels what happens without anybody (an address is no duplicate, a route is learnt or expires).
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from ipv6lab.words.errors import LabError

if TYPE_CHECKING:
    from ipv6lab.sandbox import Channel, Lab

AGAIN = 60.0  # seconds after which a lab is checked again whatever happens: daemons change unseen
AT_REST = 1.0  # seconds without a change: what happens together is checked together
RESTLESS = 5.0  # seconds after which a network that does not come to rest is checked nevertheless
PAUSE = 2.0  # seconds between two checks for the network's sake; longer each time, up to AGAIN


class Watching:
    """Looks out for what may change the verdict of a lab's checks, until `close`.

    ::

        with Watching(lab) as watching:
            while True:
                watching.begin()
                ...  # check
                watching.wait()
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._done = 0
        self._acted = False
        self._nodes: dict[str, Any] = {}  # the network as it was told last
        self._checked: dict[str, Any] = {}  # and as the last check found it
        self._changed = 0.0  # time.monotonic() of the last change
        self._pause = 0.0
        self._told = threading.Event()
        self._hears, self._bell = os.pipe()
        os.set_blocking(self._bell, False)
        self._network = lab.open("watch", neighbours=False)
        self._following = threading.Thread(target=self._follow, daemon=True)
        self._following.start()

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._network.cancel()
        self._following.join()
        os.close(self._hears)
        os.close(self._bell)

    def begin(self) -> None:
        """A check is about to begin: what changes from now on, it may have missed."""
        self._done = int(self._lab.request("changed", since=None)["done"])
        self._told.wait()
        self._checked = self._nodes

    def wait(self) -> None:
        """Wait until it is worth another check: something was done or changed, or Enter.

        What a check disturbs it restores, so that only a network that is another than before the
        check counts. One that changes all the time is checked more and more seldom.
        """
        self._acted = False
        channel = self._lab.open("changed", since=self._done)
        acting = threading.Thread(target=self._await_action, args=(channel,), daemon=True)
        acting.start()
        try:
            self._pause = self._wait()
        finally:
            channel.cancel()
            acting.join()

    def _wait(self) -> float:
        """Wait; returns the least pause before another check for the network's sake."""
        began = time.monotonic()
        last = began + AGAIN
        restless = None  # since when the network has been another
        # Where nobody can press Enter the input is closed or at its end.
        wanted: list[Any] = [self._hears, *([sys.stdin] if sys.stdin else [])]
        while True:
            now = time.monotonic()
            if self._acted or now >= last:
                return 0.0
            until = last
            if self._nodes == self._checked:
                restless = None
            else:
                restless = restless or now
                due = min(max(self._changed, began) + AT_REST, restless + RESTLESS)
                until = min(last, max(due, began + self._pause))
                if now >= until:
                    return min(AGAIN, max(PAUSE, 2 * self._pause))
            ready, _writable, _failed = select.select(wanted, [], [], until - now)
            if self._hears in ready:
                os.read(self._hears, 4096)
            if sys.stdin in ready:
                if sys.stdin.readline():
                    return 0.0
                wanted.remove(sys.stdin)

    def _await_action(self, channel: Channel) -> None:
        with contextlib.suppress(LabError):  # it was cancelled, or the lab has ended
            for _kind, _data in channel:
                pass
        self._acted = True
        self._ring()

    def _follow(self) -> None:
        with contextlib.suppress(LabError):  # it was cancelled, or the lab has ended
            for kind, data in self._network:
                if kind != "E":
                    continue
                kept = {name: self._nodes[name] for name in self._nodes.keys() - data["gone"]}
                self._nodes = kept | data["nodes"]
                self._changed = time.monotonic()
                self._told.set()
                self._ring()
        self._told.set()

    def _ring(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it rings already
            os.write(self._bell, b"!")
