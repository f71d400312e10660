"""A link, as the grader sees it: from the fabric, and as a fresh host on it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from itertools import pairwise
from typing import NamedTuple

from ipv6lab.network.netlink import Netlink, wait_until
from ipv6lab.probes.acts import duplicates
from ipv6lab.probes.asks.node import Node
from ipv6lab.probes.hosts import claimants
from ipv6lab.probes.hosts.dhcp6client import Client
from ipv6lab.probes.hosts.fresh import FreshHost, opposite_mac, random_mac
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.heard import Heard
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Testbed
from ipv6lab.wire import nd
from ipv6lab.wire.nd import RouterAdvertisement
from ipv6lab.words.message import _
from ipv6lab.words.waits import (
    MAX_RA_DELAY_TIME,
    MIN_DELAY_BETWEEN_RAS,
    RETRANS_TIMER,
    waits,
)

GRACE = 0.3  # seconds that a busy machine may add to a protocol's own
NEWCOMERS = 2  # of which each is answered
ROUNDS = 3  # answers that may each follow the one before so soon by chance
SILENT = 12.0  # seconds after which one that has said nothing at all will not answer
ASK_EVERY = 1.0  # seconds


class Answer(NamedTuple):
    """An advertisement that answered a solicitation, and after how many seconds."""

    heard: Heard
    seconds: float


class Link:
    """A link of the topology, named after its switch.

    ::

        staff = lab.link("staff")
        staff.advertisements()
        with staff.attach() as host, staff.capture() as capture: ...
    """

    def __init__(self, lab: Testbed, name: str) -> None:
        self.lab, self.name = lab, name

    def __repr__(self) -> str:
        return f"<link {self.name}>"

    def __str__(self) -> str:
        return self.name

    @property
    def network(self) -> IPv6Network:
        """Its network by the plan. Raises KeyError where the plan gives it none."""
        found = self.lab.plan[f"{self.name}.prefix"]
        assert isinstance(found, IPv6Network)
        return found

    @property
    def network4(self) -> IPv4Network:
        """Its IPv4 network by the plan. Raises KeyError where the plan gives it none."""
        found = self.lab.plan[f"{self.name}.prefix4"]
        assert isinstance(found, IPv4Network)
        return found

    def capture(
        self,
        wanted: Callable[[Packet], bool] | None = None,
        kernel: filters.Filter | None = None,
    ) -> Capture:
        """The frames on this link from now on, at every port; a context manager."""
        return Capture(self.lab.fabric, [self.name], wanted, kernel)

    def fresh_host(
        self, prefix: object = None, router: object = None, name: str = "new-host"
    ) -> FreshHost:
        """A new host on this link; a context manager (see `FreshHost`).

        With an address in `prefix`, of either family, and a default route by `router`; without
        `prefix` it takes all it needs from advertisements. `name` is what messages call it.
        """
        return FreshHost(self.lab, self.name, name, prefix, router, autoconfigure=prefix is None)

    def attach(
        self, mac: str | None = None, autoconfigure: bool = True, hurry: bool = True
    ) -> FreshHost:
        """A fresh host that nobody needs a name for; a context manager (see `FreshHost`)."""
        return FreshHost(self.lab, self.name, mac=mac, autoconfigure=autoconfigure, hurry=hurry)

    @waits(MAX_RA_DELAY_TIME, MIN_DELAY_BETWEEN_RAS)
    def advertisements(self, within: float | None = None) -> list[Heard]:
        """The Router Advertisements on this link, after a fresh host has asked for one.

        Listens as long as a router may take to answer (3.5 s, RFC 4861 section 6.2.6), so that
        every router is heard; when none was, until the first one, for `within` seconds or until the
        check's deadline. What a
        router takes back (Router Lifetime 0) and then says anew counts only as it is said last.
        Also those that hosts must discard are there: look at their `flaws`.
        """
        record = self.lab.record
        until = record.deadline if within is None else record.until(within)
        doing = _("listening for Router Advertisements on {link}", link=self.name)
        with record.waiting(doing), self._listening() as capture, self.attach() as host:
            ask([(self, host)], capture)
            if not sent_advertisements(capture.packets):
                capture.wait(until, _is_sent_advertisement)
            heard = sent_advertisements(capture.packets)
        found = [one for at, one in enumerate(heard) if not _taken_back(one, heard[at + 1 :])]
        self.keep_advertisements(found)
        return found

    @waits(MAX_RA_DELAY_TIME)
    def advertisement(self) -> Heard:
        """The first valid Router Advertisement heard after a fresh host has asked for one.

        Raises Failed when there is none before the check's deadline.
        """
        record = self.lab.record
        doing = _("waiting for a Router Advertisement on {link}", link=self.name)
        with record.waiting(doing), self._listening() as capture, self.attach():
            capture.wait(record.deadline, lambda one: one.sent and bool(_valid(one)))
            heard = [
                one for one in sent_advertisements(capture.packets) if not one.advertisement.flaws
            ]
        if not heard:
            raise Failed(_("No Router Advertisement is heard on {link}.", link=self.name))
        self._keep(heard[0])
        return heard[0]

    @waits(MAX_RA_DELAY_TIME)
    def answer(self, router: Node | None = None) -> Answer | None:
        """How a router answers the solicitation of a new host; None when none does in time.

        What other routers than `router` say is no answer then. Of two hosts in a row each bit of
        the MAC address differs: who hears only some hosts is not taken for one who hears all.

        An advertisement sent to the new host alone is an answer, and the next one gets its own.
        One to all (RFC 4861 section 6.2.6) may be there by chance, unless it comes sooner than
        routers speak unasked: then more new hosts ask as soon as they have heard it, until
        advertisements that follow each other as soon as they may are no chance. In its first
        seconds a router may put an answer off for longer.
        """
        record = self.lab.record
        begun = time.monotonic()
        doing = _("waiting whether a new host on {link} is answered", link=self.name)
        with record.waiting(doing), self._listening() as capture:
            answered: list[Answer] = []
            mac = random_mac()
            while not _convincing(answered) and record.left() > nd.SOLICITED_WITHIN:
                mac = opposite_mac(mac)
                with self.attach(mac) as host:
                    answer = self._answer(capture, host, router)
                answered = [*answered, answer] if answer else []
                heard = sent_advertisements(capture.packets)
                patience = nd.MAX_INITIAL_RTR_ADVERT_INTERVAL if heard else SILENT
                if not answered and time.monotonic() - begun > patience:
                    break
        if not _convincing(answered):
            record.add(
                "solicitation",
                self.name,
                _("New hosts on {link} asked, and no router answered them all.", link=self.name),
                {"within": nd.SOLICITED_WITHIN},
                capture.packets,
            )
            return None
        self._keep(answered[-1].heard, answered_after=round(answered[-1].seconds, 3))
        return answered[-1]

    def settle(self, until: float) -> None:
        """Wait until Duplicate Address Detection is over at every node on the link.

        `until` is a moment (`time.monotonic`), after which it waits no longer. Before that a
        router may be unable to answer.
        """

        def settled(netlink: Netlink) -> bool:
            return not any(one.tentative and not one.dadfailed for one in netlink.addresses())

        doing = _("waiting until everybody on {link} has looked for duplicates", link=self.name)
        with self.lab.record.waiting(doing):
            for end in self.lab.fabric.ends(self.name):
                left = until - time.monotonic()
                wait_until(settled, left, self.lab.fabric.namespace(end.node), "address")

    @waits(RETRANS_TIMER)
    def claimants(self, addresses: Iterable[object]) -> dict[IPv6Address, list[str]]:
        """The nodes that answer for each address when a fresh host is about to take it."""
        return claimants.claimants(self.lab, self.name, addresses)

    @waits(RETRANS_TIMER, RETRANS_TIMER)
    def try_addresses(self, nodes: Iterable[Node], prefix: object) -> list[duplicates.Trial]:
        """Whether nodes refuse an address that is taken, and take one that is free.

        The check has to be `alone`.
        """
        return duplicates.try_addresses(self.lab, self.name, nodes, prefix)

    def keep_advertisements(self, heard: list[Heard]) -> None:
        """Keep all that was heard as one piece of evidence."""
        self.lab.record.add(
            "advertisements",
            self.name,
            _(
                "{count} Router Advertisements heard on {link}.",
                count=len(heard),
                link=self.name,
            ),
            {"advertisements": [_facts(one) for one in heard]},
            [one.packet for one in heard],
        )

    def dhcp6_client(self, duid: bytes | None = None, iaid: int | None = None) -> Client:
        """A DHCPv6 client of the grader on this link; a context manager (see `Client`)."""
        return Client(self.lab, self.name, duid, iaid)

    def _listening(self) -> Capture:
        return self.capture(_is_router_discovery, filters.NEIGHBOUR_DISCOVERY)

    def _answer(self, capture: Capture, host: FreshHost, router: Node | None) -> Answer | None:
        """The first valid advertisement (of the router) that gets to a host that has just come."""
        senders = router.macs() if router else None
        until = self.lab.record.until(nd.SOLICITED_WITHIN + GRACE)
        asked = capture.wait(until, lambda one: one.sent and one.node == host.name and _asks(one))
        if asked is None:
            return None
        until = self.lab.record.until(nd.SOLICITED_WITHIN + GRACE)
        arrived = capture.wait(
            until,
            lambda one: (
                not one.sent
                and one.node == host.name
                and (senders is None or one.source_mac in senders)
                and bool(_valid(one))
            ),
        )
        if arrived is None:
            return None
        sent = [
            one for one in sent_advertisements(capture.packets) if one.packet.frame == arrived.frame
        ]
        if not sent:
            return None
        return Answer(sent[-1], arrived.time - asked.time)

    def _keep(self, heard: Heard, **facts: object) -> None:
        self.lab.record.add(
            "advertisement",
            self.name,
            _("{node} advertises on {link}.", node=heard.sender, link=self.name),
            {**_facts(heard), **facts},
            [heard.packet],
        )


def ask(askers: list[tuple[Link, FreshHost]], capture: Capture) -> None:
    """Ask for routers on links, on behalf of a host on each, and listen as long as it may take.

    That is 0.5 s after the question, or 3.5 s after a router has sent an advertisement to all,
    which would have been heard if it came after we began to listen (RFC 4861 section 6.2.6). The
    guests ask every second, the last time when Duplicate Address Detection is over on the links,
    so that a router that has just been started is not missed.
    """
    record = askers[0][0].lab.record
    listened = record.until(nd.SOLICITED_WITHIN + GRACE)
    for link, _host in askers:
        link.settle(listened)
    end = max(listened, record.until(nd.MAX_RA_DELAY_TIME + GRACE))
    while True:
        for _link, host in askers:
            host.ask_for_routers()
        if end - time.monotonic() < ASK_EVERY + nd.MAX_RA_DELAY_TIME + GRACE:
            break
        capture.listen(time.monotonic() + ASK_EVERY)
    capture.listen(end)


def _to_all(answer: Answer) -> bool:
    return answer.heard.advertisement.destination.is_multicast


def _convincing(answered: list[Answer]) -> bool:
    """Whether these answers to hosts that asked one after the other are no chance."""
    gaps = [  # between two to all, since to one a router may send whenever it likes
        later.heard.time - earlier.heard.time
        if later.heard.sender == earlier.heard.sender and _to_all(earlier) and _to_all(later)
        else math.inf
        for earlier, later in pairwise(answered)
    ]
    sure = [
        not _to_all(one) or gap < nd.MIN_DELAY_BETWEEN_RAS - GRACE  # sooner than unasked
        for one, gap in zip(answered, [math.inf, *gaps], strict=False)
    ]
    soon = [gap <= nd.SOLICITED_WITHIN + GRACE for gap in gaps]
    return _end_well(sure, NEWCOMERS) or _end_well(soon, ROUNDS)


def _end_well(judged: list[bool], count: int) -> bool:
    """Whether there are so many, and so many of the last hold."""
    return len(judged) >= count and all(judged[-count:])


def _is_router_discovery(packet: Packet) -> bool:
    kinds = (nd.ROUTER_ADVERTISEMENT, nd.ROUTER_SOLICITATION)
    return packet.ip is not None and packet.ip.icmp_type in kinds


def _is_sent_advertisement(packet: Packet) -> bool:
    return packet.sent and isinstance(nd.decode(packet), RouterAdvertisement)


def _asks(packet: Packet) -> bool:
    return isinstance(nd.decode(packet), nd.RouterSolicitation)


def _valid(packet: Packet) -> RouterAdvertisement | None:
    message = nd.decode(packet)
    return message if isinstance(message, RouterAdvertisement) and message.valid else None


def sent_advertisements(packets: list[Packet]) -> list[Heard]:
    """Every advertisement once: where its sender put it onto the link."""
    found = []
    for packet in packets:
        message = nd.decode(packet)
        if packet.sent and isinstance(message, RouterAdvertisement):
            found.append(Heard(message, packet))
    return found


def delivered(packets: list[Packet], node: str) -> set[bytes]:
    """The frames of the valid advertisements that were delivered to a node (or a host's port)."""
    return {one.frame for one in packets if not one.sent and one.node == node and _valid(one)}


def _taken_back(heard: Heard, later: list[Heard]) -> bool:
    """A router that stops says so with lifetime 0; one that starts again then says the rest."""
    return heard.advertisement.lifetime == 0 and any(
        one.sender == heard.sender and one.advertisement.lifetime for one in later
    )


def _facts(heard: Heard) -> dict[str, object]:
    message = heard.advertisement
    return {
        "sender": heard.sender,
        "source": str(message.source),
        "lifetime": message.lifetime,
        "managed": message.managed,
        "other": message.other,
        "prefixes": [
            {
                "prefix": str(one),
                "on_link": one.on_link,
                "autonomous": one.autonomous,
                "valid": one.valid,
                "preferred": one.preferred,
            }
            for one in message.prefixes
        ],
        "flaws": [str(one) for one in message.flaws],
    }
