"""The film, as a check sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeVar

from ipv6lab.linux import tape
from ipv6lab.network.netlink import Address, Event, Neighbour, Route
from ipv6lab.probes.film.history import History, Reel
from ipv6lab.probes.seen.heard import Heard
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.record import Record
from ipv6lab.wire import nd
from ipv6lab.wire.headers import UDP
from ipv6lab.words.message import Message

if TYPE_CHECKING:
    from ipv6lab.network.netlink.objects import IPAddress

T = TypeVar("T")
MAIN = 254  # the routing table
LOOK = 0.05  # seconds between two looks at a film that goes on
GRACE = 0.3  # seconds that a busy machine may add to a protocol's own


@dataclass(frozen=True)
class Filmed(Heard):
    """An advertisement as its sender put it onto a link (`sender`, `link`, `time`).

    `solicited`: it may have answered a question: it went to one host alone, or somebody on the
    link had asked within the time in which routers answer (3.5 s, RFC 4861 section 6.2.6).
    """

    solicited: bool

    @property
    def link(self) -> str:
        return self.packet.link

    @property
    def multicast(self) -> bool:
        """Whether it went to all hosts."""
        return self.advertisement.destination.is_multicast


class Film:
    """What was on the links and in the nodes' kernels from the first moment on, and still goes on.

    It begins before anybody asks anything; on a replay before the work is laid on, so that each
    daemon's start is in it. Moments are seconds since the epoch, as in `Packet.time`. Each question
    reads on to what has been filmed by now.

    ::

        film = lab.film
        film.advertisements("staff")                       # all, [Filmed]
        film.advertisements("staff", until=film.asked)     # before the grader's own questions
        film.addresses("pc1", at=film.asked)               # [Address] with lifetimes of then
        film.address("pc1", "2001:db8::1").expired         # when it ran out: [moments]
        film.route_histories("pc1", 6)
        film.wait(lambda: film.advertisements("staff", after=film.laid), within=16, doing=_(…))
    """

    def __init__(self, descriptor: int, record: Callable[[], Record]) -> None:
        self._tape, self._at = descriptor, 0
        self._record = record
        self._marks: dict[str, float] = {}
        self._packets: list[Packet] = []
        self._unread: dict[str, list[tape.Piece]] = {}
        self._reels: dict[str, Reel] = {}
        self._lost = False
        self.began = 0.0
        self._read()

    # Moments

    @property
    def now(self) -> float:
        return time.time()

    @property
    def rolling(self) -> bool:
        """Whether everything is recorded by now."""
        return self._mark(tape.ROLLING) is not None

    @property
    def laid(self) -> float:
        """When all work had been laid on; on a lab that somebody works on, when filming began."""
        return self._mark(tape.LAID) or self.began

    @property
    def asked(self) -> float:
        """When the grader began to ask. Before it nobody did but the nodes themselves."""
        return self._mark(tape.ASKED) or self.now

    # Links

    def advertisements(
        self,
        link: str | None = None,
        sender: str | None = None,
        after: float = 0.0,
        until: float | None = None,
    ) -> list[Filmed]:
        """Every Router Advertisement, of one link or sender or span of time if so asked.

        In order of time. Also those that hosts must discard are there: look at `valid`, `flaws`.
        """
        found = []
        asked: dict[str, list[float]] = {}
        for packet in self.packets(until=until):
            if not packet.sent:
                continue
            message = nd.decode(packet)
            if isinstance(message, nd.RouterSolicitation):
                asked.setdefault(packet.link, []).append(packet.time)
            elif isinstance(message, nd.RouterAdvertisement):
                if link not in (None, packet.link) or sender not in (None, packet.node):
                    continue
                if packet.time < after:
                    continue
                since = packet.time - nd.SOLICITED_WITHIN - GRACE
                solicited = not message.destination.is_multicast or any(
                    since <= each for each in asked.get(packet.link, ())
                )
                found.append(Filmed(message, packet, solicited))
        return found

    def solicitations(
        self, link: str | None = None, after: float = 0.0, until: float | None = None
    ) -> list[Packet]:
        """Every Router Solicitation where its sender put it onto a link."""
        return [
            one
            for one in self.packets(link, after, until)
            if one.sent and one.ip and one.ip.icmp_type == nd.ROUTER_SOLICITATION
        ]

    def dhcp6(
        self, link: str | None = None, after: float = 0.0, until: float | None = None
    ) -> list[Packet]:
        """Every DHCPv6 message where its sender put it onto a link."""
        return [
            one
            for one in self.packets(link, after, until)
            if one.sent and one.ip and one.ip.protocol == UDP
        ]

    def packets(
        self, link: str | None = None, after: float = 0.0, until: float | None = None
    ) -> list[Packet]:
        """All that was filmed on links: where a node sent it, and at each where it was delivered.

        Router Discovery, Redirects, DHCPv6.
        """
        self._read()
        return [
            one
            for one in self._packets
            if link in (None, one.link)
            and one.time >= after
            and (until is None or one.time <= until)
        ]

    # Nodes

    def addresses(
        self, node: str, family: int | None = None, at: float | None = None
    ) -> list[Address]:
        """A node's addresses at a moment (now), their lifetimes counted from then."""
        moment = self.now if at is None else at
        found = [one.at(moment) for one in self.address_histories(node, family)]
        return [one for one in found if one is not None]

    def routes(
        self,
        node: str,
        family: int | None = None,
        at: float | None = None,
        table: int | None = MAIN,
    ) -> list[Route]:
        """A node's routes at a moment (now), of a table (None: of all)."""
        moment = self.now if at is None else at
        found = [one.at(moment) for one in self.route_histories(node, family, table)]
        return [one for one in found if one is not None]

    def neighbours(self, node: str, at: float | None = None) -> list[Neighbour]:
        """A node's neighbour cache at a moment (now)."""
        moment = self.now if at is None else at
        found = [one.at(moment) for one in self._reel(node).neighbours.values()]
        return [one for one in found if one is not None and one.state != "NOARP"]

    def address_histories(self, node: str, family: int | None = None) -> list[History[Address]]:
        """What became of each address that a node has or had."""
        found = self._reel(node).addresses.values()
        return [one for one in found if family in (None, one.item.address.version)]

    def route_histories(
        self, node: str, family: int | None = None, table: int | None = MAIN
    ) -> list[History[Route]]:
        """What became of each route that a node has or had. One of another gateway is another."""
        return [
            one
            for one in self._reel(node).routes.values()
            if family in (None, one.item.destination.version) and table in (None, one.item.table)
        ]

    def address(self, node: str, address: object) -> History[Address] | None:
        """What became of one address of a node; None where it never had it."""
        wanted = _ip(address)
        found = [one for one in self.address_histories(node) if one.item.address == wanted]
        return found[-1] if found else None

    def events(self, node: str, after: float = 0.0, until: float | None = None) -> list[Event]:
        """What the node's kernel told, one by one: links, addresses, routes, neighbours, prefixes,
        and options of Neighbour Discovery."""
        return [
            one
            for one in self._reel(node).events
            if one.time >= after and (until is None or one.time <= until)
        ]

    def complete(self, nodes: Iterable[str] = ()) -> bool:
        """Whether nothing was lost of what links and these nodes told."""
        self._read()
        return not self._lost and not any(self._reel(node).lost for node in nodes)

    # Going on

    def wait(self, look: Callable[[], T], within: float, doing: Message) -> T:
        """Ask `look` again and again while the film goes on, until it gives something true.

        `within` in seconds from now, at most the check's deadline; gives the last result.
        """
        record = self._record()
        until = record.until(within)
        with record.waiting(doing):
            while True:
                found = look()
                left = until - time.monotonic()
                if found or left <= 0:
                    return found
                time.sleep(min(LOOK, left))

    # The tape

    def _mark(self, name: str) -> float | None:
        self._read()
        return self._marks.get(name)

    def _reel(self, node: str) -> Reel:
        self._read()
        reel = self._reels.setdefault(node, Reel())
        for piece in self._unread.pop(node, ()):
            reel.take(piece)
        reel.pass_by(self.now)
        return reel

    def _read(self) -> None:
        for end, piece in tape.read(self._tape, self._at):
            self._at = end
            self.began = self.began or piece.time
            if piece.kind == tape.PACKET:
                link, node, way = piece.name
                self._packets.append(Packet(piece.time, link, node, way == "sent", piece.data))
            elif piece.kind == tape.MARK:
                self._marks[piece.name[0]] = piece.time
            elif piece.kind == tape.LOST and not piece.name[0]:
                self._lost = True
            else:
                self._unread.setdefault(piece.name[0], []).append(piece)


def _ip(address: object) -> IPAddress:
    return ip_address(str(address))
