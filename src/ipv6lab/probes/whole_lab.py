"""The lab, as checks see it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from ipv6lab.probes.asks.node import Node
from ipv6lab.probes.film import Film
from ipv6lab.probes.given import Answers
from ipv6lab.probes.link import Link, ask, delivered, sent_advertisements
from ipv6lab.probes.seen import nodefiles
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.fabric import NAMESPACES, NETWORK, Fabric
from ipv6lab.probes.seen.filters import NEIGHBOUR_DISCOVERY
from ipv6lab.probes.seen.heard import Heard
from ipv6lab.probes.seen.record import Record
from ipv6lab.probes.seen.vantage import Testbed
from ipv6lab.wire.nd import SOLICITED_WITHIN
from ipv6lab.words import lots
from ipv6lab.words.message import _
from ipv6lab.words.waits import MAX_RA_DELAY_TIME, MIN_DELAY_BETWEEN_RAS, RETRANS_TIMER, waits

PLAN = Path("/run/agent/plan.json")
ANSWERS = Path("/run/agent/answers.json")
ORDERED = "/run/ordered"  # the last unit that was started on a node by `Lab.order`
LOOK = 0.1  # seconds between two looks at a mount point, whose changes nobody is told of


class Lab(Testbed):
    """Nodes, links and the addressing plan of the lab that runs.

    ::

        lab = Lab.read()
        lab.node("pc1").addresses()
        lab.link("staff").advertisement()
        lab.plan.staff.prefix
        lab.answers.address("dns-server")
    """

    def __init__(
        self,
        fabric: Fabric,
        plan: Mapping[str, str],
        record: Record | None = None,
        answers: Mapping[str, str | list[str]] | None = None,
        tape: int | None = None,
    ) -> None:
        super().__init__(fabric, record, plan)
        self.answers = Answers(answers or {})
        self.tape = tape

    @classmethod
    def read(
        cls,
        network: Path = NETWORK,
        plan: Path = PLAN,
        namespaces: Path = NAMESPACES,
        answers: Path = ANSWERS,
        film: int | None = None,
    ) -> Lab:
        """The lab of this sandbox, from what the agent wrote down when it built it."""
        values = json.loads(plan.read_text(encoding="utf-8"))
        given = json.loads(answers.read_text(encoding="utf-8")) if answers.exists() else {}
        return cls(Fabric.read(network, namespaces), values, answers=given, tape=film)

    def lots(self, name: str) -> Iterator[int]:
        """Numbers of 32 bits without end, drawn for a name from the bits that the agent keeps.

        Raises RuntimeError in an exercise that draws nothing in secret.
        """
        try:
            bits = lots.KEPT.read_text(encoding="ascii")
        except FileNotFoundError:
            raise RuntimeError("this exercise draws nothing in secret") from None
        return lots.lots(f"{bits}/{name}")

    @cached_property
    def film(self) -> Film:
        """What happened since before anybody asked. Raises RuntimeError where nobody filmed."""
        if self.tape is None:
            raise RuntimeError("this lab is not filmed")
        return Film(self.tape, lambda: self.record)

    def node(self, name: str) -> Node:
        """The node of that name. Raises KeyError when the topology has none."""
        if name not in self.fabric.nodes:
            raise KeyError(f"there is no node {name}: {', '.join(self.fabric.nodes)}")
        return Node(self, name)

    def link(self, name: str) -> Link:
        """The link of that name. Raises KeyError when the topology has none."""
        if name not in self.fabric.links:
            raise KeyError(f"there is no link {name}: {', '.join(self.fabric.links)}")
        return Link(self, name)

    @waits(MAX_RA_DELAY_TIME, MIN_DELAY_BETWEEN_RAS)
    def solicit(self, *links: str, control: str) -> dict[str, list[Heard]]:
        """The Router Advertisements on several links after fresh hosts have asked on all of them.

        So silence on one is comparable with an answer on another, the `control`; of that only
        those are given that got to the host which asked. While it is silent there too, asks again
        until the check's deadline.

        Listens as long as a router may take to answer, 3.5 s (RFC 4861 section 6.2.6).
        """
        doing = _("listening for Router Advertisements on {link}", link=", ".join(links))
        heard: dict[str, list[Heard]] = {link: [] for link in (*links, control)}
        with (
            self.record.waiting(doing),
            ExitStack() as opened,
            Capture(self.fabric, heard, kernel=NEIGHBOUR_DISCOVERY) as capture,
        ):
            hosts = {link: opened.enter_context(self.link(link).attach()) for link in heard}
            while not heard[control] and self.record.left() > SOLICITED_WITHIN:
                ask([(self.link(link), host) for link, host in hosts.items()], capture)
                answers = delivered(capture.packets, hosts[control].name)
                # Of what one does not answer, something may still come by itself meanwhile.
                heard = {link: [] for link in heard}
                for one in sent_advertisements(capture.packets):
                    link = one.packet.link
                    if link != control or one.packet.frame in answers:
                        heard[link].append(one)
        for link, found in heard.items():
            self.link(link).keep_advertisements(found)
        return heard

    def settle(self, within: float = 5) -> None:
        """Wait until Duplicate Address Detection is over at every node, for `within` seconds.

        Before that a node answers nobody who looks for its new address.
        """
        until = self.record.until(within)
        with self.record.waiting(_("waiting for Duplicate Address Detection")):
            for link in self.fabric.links:
                self.link(link).settle(until)

    def shut_down(self, node: Node) -> None:
        """Have the services of a node stopped, in order, as before it is switched off.

        Its network stays as it is: interfaces, addresses and routes. Only a check that `ruins` the
        lab may do so. It does not wait: look for what has to follow.
        """
        self.record.say(_("{node} is shut down", node=node.name))
        self.record.ask({"shutdown": node.name})

    def order(self, node: Node, unit: str) -> None:
        """Have a unit of the course's own started on a node that is none of a trainee's.

        So an administrator changes what hosts find there. Comes back when the unit has written its
        name into ``/run/ordered`` of the node, which it has to do last. The check has to be
        `alone`, and to order back what was. Raises ValueError for a trainee's node, TimeoutError.
        """
        if node.name in self.fabric.trainee:
            raise ValueError(f"{node.name} is a trainee's")
        with self.record.waiting(_("something is changed on {node}", node=node.name)):
            self.record.ask({"unit": unit, "node": node.name})
            place = self.fabric.namespace(node.name)
            while (nodefiles.read(place, ORDERED) or b"").strip() != unit.encode():
                if not self.record.left():
                    raise TimeoutError(f"{unit} did not end on {node.name}")
                time.sleep(min(LOOK, self.record.left()))

    @waits(RETRANS_TIMER)
    def reboot(self, node: Node) -> None:
        """Have a node switched off and on: what was not in its files is gone.

        Its services answer once Duplicate Address Detection is over.

        Comes back when the node has a network again, in which nothing of the old one is left. What
        starts by itself is about to: wait for what has to follow. Only a check that `ruins` the lab
        may do so. Raises TimeoutError.
        """
        self.record.say(_("{node} is switched off and on", node=node.name))
        old = os.stat(node.namespace)
        self.record.ask({"reboot": node.name})
        while True:
            new = os.stat(node.namespace)
            if new.st_dev == old.st_dev and new.st_ino != old.st_ino:
                return
            if not self.record.left():
                raise TimeoutError(f"{node.name} did not come up again")
            time.sleep(min(LOOK, self.record.left()))
