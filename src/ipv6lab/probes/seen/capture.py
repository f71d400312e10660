"""Frames on links, seen from the fabric's side."""

from __future__ import annotations

import errno
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator

from ipv6lab.linux import packets as frames
from ipv6lab.linux.packets import ETH_P_ALL, PACKET_LOOPBACK, PACKET_OUTGOING
from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.fabric import FABRIC, Fabric, Port
from ipv6lab.probes.seen.packet import Packet

KEPT = 4_000  # packets of one capture; a probe that needs more is a wrong probe
ROUNDS = 25  # of so many frames that are looked through at once: a storm shall not go on for ever

Wanted = Callable[[Packet], bool]

_lost = 0  # of all captures of this process, once they are closed


def lost() -> int:
    """How many packets the captures of this process have lost so far, for all that is known of it.

    A probe that has asked again for what its capture lost sets the capture's `lost` to 0.
    """
    return _lost


class Capture:
    """The frames on some links (all if none is named) from the moment this object exists.

    Every frame is seen at the ports that it passes: once where a node sent it, and once at each
    port where it was delivered (see `Packet`). `wanted` says which to keep, `kernel` is a coarser
    filter for the kernel (`ipv6lab.probes.seen.filters`). Use it as a context manager.

    `packets` are those kept so far; `lost` says how many the kernel dropped because they came
    faster than they were read.
    """

    def __init__(
        self,
        fabric: Fabric,
        links: Iterable[str] = (),
        wanted: Wanted | None = None,
        kernel: filters.Filter | None = None,
    ) -> None:
        self._fabric = fabric
        self._links = list(links) or fabric.links
        self._wanted = wanted
        self.packets: list[Packet] = []
        self.lost = 0
        self._looked = 0
        self._taps: list[_Tap] = []
        bridged = [link for link in self._links if fabric.bridge(link) is not None]
        try:
            if bridged:
                self._taps.append(_Tap(fabric, FABRIC, bridged, kernel))
            for link in self._links:
                if link not in bridged:
                    # A cable has no port in the fabric: one of its two ends sees all of it.
                    near, far = fabric.ends(link)[:2]
                    self._taps.append(_Tap(fabric, near.node, [link], kernel, (near, far)))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        global _lost
        for tap in self._taps:
            self.lost += tap.take_lost()
            tap.close()
        self._taps = []
        _lost += self.lost
        self.lost = 0

    def __enter__(self) -> Capture:
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()

    def filenos(self) -> list[int]:
        """For select: one of them is readable when there is something to `read`."""
        return [tap.fileno() for tap in self._taps]

    def read(self) -> list[Packet]:
        """The wanted packets that came since the last call, in the order of time; no waiting."""
        fresh = [
            packet
            for tap in self._taps
            for packet in tap.read_all()
            if self._wanted is None or self._wanted(packet)
        ]
        self.lost += sum(tap.take_lost() for tap in self._taps)
        if len(self._taps) > 1:
            fresh.sort(key=lambda packet: packet.time)
        self.packets += fresh[: max(0, KEPT - len(self.packets))]
        return fresh

    def wait(self, until: float, wanted: Wanted | None = None) -> Packet | None:
        """The next packet (that is `wanted`) before a moment (`time.monotonic`), or None.

        Each packet is looked at once: the next `wait` goes on behind the one that this one gives.
        """
        while True:
            self.read()
            while self._looked < len(self.packets):
                packet = self.packets[self._looked]
                self._looked += 1
                if wanted is None or wanted(packet):
                    return packet
            left = until - time.monotonic()
            if left <= 0 or not select.select(self.filenos(), [], [], left)[0]:
                return None

    def listen(self, until: float) -> list[Packet]:
        """Everything kept, once that moment (`time.monotonic`) has come."""
        self.wait(until, lambda packet: False)
        return self.packets


class _Tap:
    """A packet socket in one network namespace, and what its interfaces mean."""

    def __init__(
        self,
        fabric: Fabric,
        namespace: str,
        links: list[str],
        kernel: filters.Filter | None,
        cable: tuple[Port, Port] | None = None,
    ) -> None:
        self._fabric, self._links, self._cable = fabric, links, cable
        with entered(fabric.namespace(namespace)):
            self._socket = socket.socket(
                socket.AF_PACKET,
                socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK,
                0 if cable else socket.htons(ETH_P_ALL),
            )
        if kernel is not None:
            filters.attach(self._socket, kernel)
        frames.make_ready(self._socket)
        if cable is not None:
            self._socket.bind((cable[0].interface, ETH_P_ALL))
        self._ports: dict[str, Port | None] = {}

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def take_lost(self) -> int:
        """How many packets the kernel dropped since this was last asked."""
        return frames.take_lost(self._socket)

    def read_all(self) -> Iterator[Packet]:
        """What waits, however much of it is nothing to do with whoever captures."""
        for _round in range(ROUNDS):
            found = self.read()
            yield from found
            if len(found) < KEPT:
                break

    def read(self) -> list[Packet]:
        packets: list[Packet] = []
        while len(packets) < KEPT:
            try:
                when, frame, origin = frames.receive(self._socket)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno in (errno.ENETDOWN, errno.ENXIO):
                    continue  # an interface went down; the socket goes on with the others
                raise
            interface, _protocol, kind = origin[0], origin[1], origin[2]
            if kind == PACKET_LOOPBACK:
                continue
            for port, sent in self._sightings(interface, kind == PACKET_OUTGOING):
                packets.append(Packet(when / 1e9, port.link, port.node, sent, frame))
        return packets

    def _sightings(self, interface: str, outgoing: bool) -> list[tuple[Port, bool]]:
        """At which ports the frame was seen, and whether the node there sent it."""
        if self._cable is not None:
            near, far = self._cable
            if interface != near.interface:
                return []
            return [(near, outgoing), (far, not outgoing)]
        if interface not in self._ports:
            self._ports[interface] = self._find(interface)
        port = self._ports[interface]
        # What leaves the fabric's end of a port is delivered to the node behind it.
        return [] if port is None else [(port, not outgoing)]

    def _find(self, interface: str) -> Port | None:
        for link in self._links:
            port = self._fabric.ports(link).get(interface)
            if port is not None:
                return port
        return None
