"""Following a running lab: what its nodes are, from the agent's own events."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ipv6lab.sandbox import Channel, Lab
from ipv6lab.words.errors import LabError

Told = Callable[[dict[str, Any]], None]


class Watch:
    """Calls `changed` with the state of all nodes now and after every change, in a thread.

    The state of a node is what `ipv6lab.agent.watching` tells. `ended` is called when the lab has
    ended; after `stop` nothing is called any more.
    """

    def __init__(self, lab: Lab, changed: Told, ended: Callable[[], None]) -> None:
        self._changed, self._ended = changed, ended
        self._stopped = False
        self._channel: Channel = lab.open("watch")
        self._thread = threading.Thread(target=self._follow, name="ipv6lab watch", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return not self._stopped and self._thread.is_alive()

    def stop(self) -> None:
        self._stopped = True
        self._channel.cancel()

    def _follow(self) -> None:
        nodes: dict[str, Any] = {}
        try:
            for kind, data in self._channel:
                if kind != "E" or self._stopped:
                    continue
                for name in data["gone"]:
                    nodes.pop(name, None)
                nodes = nodes | data["nodes"]
                self._changed(nodes)
        except LabError:
            pass  # the lab has ended, or nobody wants to know any more
        if not self._stopped:
            self._stopped = True
            self._ended()
