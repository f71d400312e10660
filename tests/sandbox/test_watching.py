"""Following a network while it changes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ipv6lab.sandbox import Lab
from ipv6lab.words.errors import LabError
from tests.sandbox.support import run

SECONDS = 60.0  # far more than anything takes; what hangs fails
State = dict[str, Any]


class Watched:
    """The state as the events tell it."""

    def __init__(self, lab: Lab) -> None:
        self.nodes: State = {}
        self.channel = lab.open("watch")
        self._events: queue.Queue[State] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for kind, data in self.channel:
                if kind == "E":
                    self._events.put(data)
        except LabError:
            pass  # it was cancelled, or the lab has ended

    def until(self, holds: Callable[[State], bool]) -> None:
        """Take events until the state is as it should be."""
        while not (self.nodes and holds(self.nodes)):
            event = self._events.get(timeout=SECONDS)
            for name in event["gone"]:
                del self.nodes[name]
            self.nodes |= event["nodes"]


@contextmanager
def watched(lab: Lab) -> Iterator[Watched]:
    found = Watched(lab)
    yield found
    found.channel.cancel()


def addresses(state: State, node: str) -> set[str]:
    interfaces = state[node]["interfaces"]
    if "eth0" not in interfaces:
        return set()
    return {one["address"] for one in interfaces["eth0"]["addresses"]}


def test_what_changes_is_told_at_once_and_only_that(lab: Lab) -> None:
    with watched(lab) as seen:
        seen.until(lambda state: set(state) == {"a", "b"})
        run(lab, "a", "ip", "address", "add", "2001:db8::1/64", "dev", "eth0")
        seen.until(lambda state: "2001:db8::1/64" in addresses(state, "a"))
        assert "2001:db8::1/64" not in addresses(seen.nodes, "b")
        run(lab, "a", "ip", "-6", "route", "add", "default", "via", "2001:db8::2")
        seen.until(
            lambda state: any(
                route["destination"] == "::/0" and route["hops"][0]["via"] == "2001:db8::2"
                for route in state["a"]["routes"]
            )
        )
        run(lab, "a", "ip", "link", "set", "eth0", "down")
        seen.until(lambda state: not state["a"]["interfaces"]["eth0"]["up"])


def test_a_duplicate_is_told(lab: Lab) -> None:
    run(lab, "a", *["ip", "address", "add", "2001:db8::1/64", "dev", "eth0", "nodad"])
    with watched(lab) as seen:
        run(lab, "b", "ip", "address", "add", "2001:db8::1/64", "dev", "eth0")
        seen.until(
            lambda state: any(
                one["address"] == "2001:db8::1/64" and "dadfailed" in one["flags"]
                for one in state["b"]["interfaces"]["eth0"]["addresses"]
            )
        )


def test_it_goes_on_through_reboots_and_resets(lab: Lab) -> None:
    with watched(lab) as seen:
        for act in ({"op": "reboot", "node": "a"}, {"op": "reset", "node": "a"}, {"op": "reset"}):
            run(lab, "a", "ip", "address", "add", "2001:db8::1/64", "dev", "eth0")
            seen.until(lambda state: "2001:db8::1/64" in addresses(state, "a"))
            lab.request(**act)
            seen.until(
                lambda state: (
                    bool(addresses(state, "a")) and "2001:db8::1/64" not in addresses(state, "a")
                )
            )
            assert set(seen.nodes) == {"a", "b"}


def test_a_watch_that_was_ended_holds_nothing(lab: Lab) -> None:
    """An open socket would keep a node's old network, and with it its end of a link."""
    with watched(lab) as seen:
        seen.until(lambda state: set(state) == {"a", "b"})
    lab.request("reset")
    assert run(lab, "b", "ip", "-brief", "link", "show", "eth0").status == 0
