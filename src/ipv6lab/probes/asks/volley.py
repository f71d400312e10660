"""Many packets of any kind from one node, and which of them get to another.

Each bears a tag of its own, by which it is known where it arrives, whatever protocol it is of::

    shots = [Shot(Kind(TCP, (22,)), pc, www), Shot(Kind(ICMPV6, (200, 0)), pc, www)]
    fired = volley.fire(lab.node("br-pc1"), lab.node("www"), shots, control)
    fired.through, fired.control

They go in batches that no queue on the way overflows, each ended by a packet that must arrive. So
silence means that somebody on the way has dropped a packet, and never that nobody listened.
"""

from __future__ import annotations

import errno
import secrets
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.words.message import _

BATCH = 500  # packets; the kernel's queue between two namespaces takes 1000
BEHIND = 0.3  # seconds by which a packet sent first may come in later than the one sent last
AGAIN = 0.5  # seconds until the control is sent once more
ROUNDS = 3  # of a batch in which the machine itself has dropped packets
RUN, NUMBER = 8, 4  # octets of a tag: whose packets, and which of them
TAG = RUN + NUMBER
DROPS = Path("/proc/net/softnet_stat")
# What a node's own kernel says of a packet that it will not send: there is no way, its filter
# forbids it, or nothing of the kind is sent from here.
UNSENT = (
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
    errno.ENETDOWN,
    errno.EACCES,
    errno.EPERM,
    errno.EINVAL,
    errno.EMSGSIZE,
    errno.EADDRNOTAVAIL,
)


class Taggable(Protocol):
    """Anything that makes whole IP packets, from a source, around a tag of `TAG` octets."""

    @property
    def source(self) -> IPv4Address | IPv6Address: ...

    def packets(self, tag: bytes) -> Sequence[bytes]: ...


S = TypeVar("S", bound=Taggable)


@dataclass(frozen=True)
class Fired(Generic[S]):
    """What got through to the target, in the order in which it was fired, and a packet of each.

    `control` tells whether every control did; if not, nothing is known of the others.
    """

    through: list[S]
    control: bool
    packets: tuple[Packet, ...] = ()


def fire(
    at: Vantage, target: Vantage, shots: Iterable[S], control: Taggable, within: float = 5
) -> Fired[S]:
    """Send all `shots` from `at` and see which of them are delivered to `target`.

    `control` is what is known to get through: it goes first, until it has arrived once, for
    `within` seconds, and again after each batch. Packets are sent as they are, with whatever
    source address they have.
    """
    return _Volley(at, target, list(shots), control, within).run()


class _Volley(Generic[S]):
    def __init__(
        self, at: Vantage, target: Vantage, shots: list[S], control: Taggable, within: float
    ) -> None:
        self.at, self.target, self.shots, self.control = at, target, shots, control
        self.record = at.lab.record
        self.within = within
        self.name = secrets.token_bytes(RUN)
        self.arrived: dict[int, Packet] = {}

    def run(self) -> Fired[S]:
        doing = _(
            "sending {count} packets of all kinds from {node} to {target}",
            count=len(self.shots),
            node=self.at.name,
            target=self.target.name,
        )
        links = {one.link for one in self.target.interfaces}
        with (
            self.record.waiting(doing),
            entered(self.at.namespace),
            Sender() as self.sender,
            Capture(self.at.lab.fabric, links, self._note) as self.capture,
        ):
            answered = self._controlled(self.within)
            for start in range(0, len(self.shots), BATCH):
                answered = answered and self._batch(start)
            end = self.record.until(BEHIND)
            while answered and len(self.arrived) <= len(self.shots):
                if self.capture.wait(end) is None:
                    break
            self.capture.read()
        hits = [number for number in sorted(self.arrived) if number < len(self.shots)]
        packets = tuple(self.arrived[number] for number in hits)
        through = [self.shots[number] for number in hits]
        self.record.add(
            "volley",
            self.at.name,
            _(
                "Of {sent} packets of all kinds from {node}, {arrived} reached {target}.",
                sent=len(self.shots),
                node=self.at.name,
                arrived=len(through),
                target=self.target.name,
            ),
            {"control": answered, "through": [str(one) for one in through[:100]]},
            packets,
        )
        return Fired(through, answered, packets)

    def _batch(self, start: int) -> bool:
        """One batch, and whether its control arrived."""
        numbers = range(start, min(start + BATCH, len(self.shots)))
        for _round in range(ROUNDS):
            before = dropped() + self.capture.lost
            for number in numbers:
                if number not in self.arrived:
                    self.sender.send(self.shots[number], self._tag(number))
            if not self._controlled(self.within):
                return False
            if dropped() + self.capture.lost == before:
                self.capture.lost = 0  # what was lost has been sent again
                break
        return True

    def _controlled(self, within: float) -> bool:
        """Send the control until it has arrived."""
        until = self.record.until(within)
        number = len(self.shots)
        self.arrived.pop(number, None)
        while True:
            self.sender.send(self.control, self._tag(number))
            again = min(until, time.monotonic() + AGAIN)
            while number not in self.arrived:
                if self.capture.wait(again) is None:
                    break
            if number in self.arrived:
                return True
            if time.monotonic() >= until:
                return False

    def _tag(self, number: int) -> bytes:
        return self.name + number.to_bytes(NUMBER, "big")

    def _note(self, packet: Packet) -> bool:
        """Note what was delivered to the target; `wait` ends with the control, and the last."""
        if packet.sent or packet.node != self.target.name:
            return False
        at = packet.frame.find(self.name)
        if at < 0:
            return False
        number = int.from_bytes(packet.frame[at + RUN : at + TAG], "big")
        shot = self.shots[number] if number < len(self.shots) else self.control
        if packet.ip is not None and packet.ip.destination == shot.source:
            return False  # an ICMP error about it; its source may be a network's broadcast address
        self.arrived.setdefault(number, packet)
        return number == len(self.shots) or len(self.arrived) > len(self.shots)


class Sender:
    """Raw sockets of both families in the namespace in which it is made."""

    def __enter__(self) -> Sender:
        self._sockets = {
            family: socket.socket(family, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_RAW)
            for family in (socket.AF_INET, socket.AF_INET6)
        }
        return self

    def __exit__(self, *_details: object) -> None:
        for sock in self._sockets.values():
            sock.close()

    def send(self, shot: Taggable, tag: bytes) -> None:
        for data in shot.packets(tag):
            old = data[0] >> 4 == 4
            packed = data[16:20] if old else data[24:40]
            family = socket.AF_INET if old else socket.AF_INET6
            where = (socket.inet_ntop(family, packed), 0)
            for _attempt in range(ROUNDS):
                try:
                    self._sockets[family].sendto(data, where)
                except OSError as error:
                    if error.errno in (errno.ENOBUFS, errno.EAGAIN):
                        time.sleep(0.001)  # its queue is full, and empties at once
                        continue
                    if error.errno not in UNSENT:
                        raise
                break


def dropped() -> int:
    """Packets that this machine has dropped so far because it was too busy (all processors)."""
    rows = DROPS.read_text(encoding="ascii").splitlines()
    return sum(int(row.split()[1], 16) for row in rows)
