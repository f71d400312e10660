"""A host of the grader's own on a link that can be asked, pinged and reached like any node."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Self

from ipv6lab.probes.asks.node import Node
from ipv6lab.probes.hosts.guest import INTERFACE, Guest
from ipv6lab.probes.seen.fabric import Interface, Port
from ipv6lab.probes.seen.vantage import Testbed


class NewHost(Node):
    """A `Guest` with a name, for the time of a ``with``. What it lives on is its kind's to say."""

    autoconfigures = True  # asks for a router by itself as soon as it is there

    def __init__(self, lab: Testbed, link: str, name: str) -> None:
        super().__init__(lab, name)
        self.link = link

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self._guest = opened.enter_context(
                Guest(self.lab, self.link, autoconfigure=self.autoconfigures)
            )
            self.lab.fabric.guests[self._guest.port] = Port(self.link, self.name, INTERFACE)
            self._settle(opened)
            self._opened = opened.pop_all()
        return self

    def _settle(self, opened: ExitStack) -> None:
        """Make of a fresh guest what this kind of host is; what is opened ends with it."""

    def __exit__(self, *_details: object) -> None:
        self._opened.close()

    @property
    def namespace(self) -> int:
        return self._guest.namespace

    @property
    def interfaces(self) -> list[Interface]:
        return [Interface(INTERFACE, self._guest.mac, self.link)]
