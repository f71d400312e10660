"""What TCP and UDP carry between two nodes, where the grader itself is at both ends.

So a path that is open to everything is tried with a service that nobody runs yet, on a port that
nobody could know before; the grader listens there for the moment of the probe alone::

    flow = flows.tcp(lab.node("br-pc1"), lab.node("app"), lab.plan.app.address, octets=60_000)
    flow = flows.udp(lab.node("br-pc1"), lab.node("app"), lab.plan.app.address)

`marks` are the flow's nonce and the end that was asked, by which a capture elsewhere knows all of
its packets.
"""

from __future__ import annotations

import errno
import os
import secrets
import select
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

from ipv6lab.addresses.text import written
from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import TCP, UDP, Datagram
from ipv6lab.words.message import Message, _
from ipv6lab.words.waits import RETRANS_TIMER, waits

Address = IPv4Address | IPv6Address

AGAIN = 0.5  # seconds until what was refused, or got no answer, is tried again
PIECE = 1 << 16  # octets at a time
LOWEST_PORT = 1024
HEADERS = {4: 28, 6: 48}  # octets of IP and UDP
LARGE = 1280  # octets that every path of IPv6 takes (RFC 8200 section 5), and IPv4's here as well
SEGMENT = LARGE - 60  # octets of a TCP segment's data in a packet of that size
SMALL = 100  # octets of an IP packet with a nonce in it
# Options of IP and IPv6: whether packets may be cut, always not, and the size that the path takes.
MTU_DISCOVER = {4: (socket.IPPROTO_IP, 10), 6: (socket.IPPROTO_IPV6, 23)}
MTU = {4: (socket.IPPROTO_IP, 14), 6: (socket.IPPROTO_IPV6, 24)}
DO = 2
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing leaves nothing behind
# What a socket says when a router, or the other end, has complained; the next try may do better.
COMPLAINTS = (
    errno.ECONNREFUSED,
    errno.ECONNRESET,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.EACCES,
    errno.EPERM,
    errno.EMSGSIZE,
    errno.EPROTO,
    errno.ETIMEDOUT,
    errno.EAGAIN,
    errno.ENOPROTOOPT,
)


@dataclass
class Marks:
    """By what the packets of flows are known: nonces in them, and the ends that were asked.

    An end is an address with a port. A port alone may be one that somebody else asks from.
    """

    nonces: set[bytes] = field(default_factory=set)
    ends: set[tuple[Address, int]] = field(default_factory=set)

    def has(self, data: Datagram | None) -> bool:
        """Whether a packet comes from one of the ends, or goes to it."""
        if data is None or data.ports is None:
            return False
        source, destination = data.ports
        return not self.ends.isdisjoint({(data.source, source), (data.destination, destination)})


@dataclass(frozen=True)
class Flow:
    """An exchange that came about: `source` is the address that the asking node chose."""

    source: Address
    seconds: float


def tcp(
    node: Vantage,
    target: Vantage,
    address: object,
    octets: int = 0,
    within: float = 5,
    marks: Marks | None = None,
    full: bool = False,
    at: object = None,
    ports: Sequence[int] = (),
) -> Flow:
    """Connect from `node` to `target` and carry so many `octets` each way, besides a nonce.

    The port is one of `ports`, or any. Segments are small enough for every path of IPv6, or else
    `full`: as large as the two ends think that the way takes. Tries until it works or `within`
    seconds are over. Raises Failed when no connection comes about, when it does not carry all, or
    when its source was changed on the way. Behind a translator the target has another address,
    `at`, perhaps of the other family, and sees another source.
    """
    return _Flow(node, target, address, TCP, within, marks, full, at, ports).tcp(octets)


def udp(
    node: Vantage,
    target: Vantage,
    address: object,
    within: float = 5,
    marks: Marks | None = None,
    full: bool = False,
    at: object = None,
    ports: Sequence[int] = (),
) -> Flow:
    """Have a small datagram from `node` answered by `target`, and one of 1280 octets.

    `full`: instead of that one as large as the way takes. Each is sent again until it is answered,
    for `within` seconds. `at` and `ports` as for `tcp`. Raises Failed.
    """
    return _Flow(node, target, address, UDP, within, marks, full, at, ports).udp()


def answer(
    node: Vantage, target: Vantage, address: object, at: object, octets: int, within: float = 5
) -> int | None:
    """The size of the answer to a small datagram, that may have `octets`, or less where its sender
    hears so.

    The sender lets nobody cut it, and tries again with what it has heard, for `within` seconds;
    None when no answer gets back. Its size is that of the packet which `target` sent.
    """
    return _Flow(node, target, address, UDP, within, None, True, at).answer(octets)


def any_port() -> int:
    """A port that nobody can know before."""
    return LOWEST_PORT + secrets.randbelow(0x10000 - LOWEST_PORT)


HEARD = 1.2  # seconds: what is asked first may need the neighbour to be found, and is asked again


@waits(RETRANS_TIMER)
def heard(
    node: Vantage, target: Vantage, address: object, ports: Iterable[int]
) -> list[tuple[str, int]]:
    """The ports of the target's own at which `node` is heard, each with its protocol.

    The grader listens there meanwhile, by TCP and UDP; ports that are taken are left out.
    """
    to = ip_address(str(address))
    record = target.lab.record
    found: list[tuple[str, int]] = []
    values: dict[str, str | int | float] = {"node": node.name, "target": target.name}
    with ExitStack() as opened, record.waiting(_("trying ports of {target}", **values)):
        listeners: dict[int, tuple[socket.socket, str, int]] = {}
        clients: list[tuple[socket.socket, str, int]] = []
        for port in sorted(set(ports)):
            for name, kind in (("TCP", socket.SOCK_STREAM), ("UDP", socket.SOCK_DGRAM)):
                sock = opened.enter_context(_open(target, kind, to.version))
                try:
                    sock.bind((str(to), port))
                except OSError:
                    continue
                if name == "TCP":
                    sock.listen()
                listeners[sock.fileno()] = (sock, name, port)
                clients.append((opened.enter_context(_open(node, kind, to.version)), name, port))
        until = record.until(HEARD)
        again = time.monotonic()
        poll = select.poll()
        for descriptor in listeners:
            poll.register(descriptor, select.POLLIN)
        while (now := time.monotonic()) < until:
            if now >= again:
                again = now + AGAIN
                for sock, name, port in clients:
                    with suppress(OSError):
                        if name == "TCP":
                            sock.connect_ex((str(to), port))
                        else:
                            sock.sendto(b"ipv6lab", (str(to), port))
            for descriptor, _event in poll.poll(max(0.0, min(again, until) - now) * 1000):
                poll.unregister(descriptor)
                _sock, name, port = listeners[descriptor]
                found.append((name, port))
    record.add(
        "ports",
        node.name,
        _("{node} was heard at {count} ports of {target}.", count=len(found), **values),
        {"heard": [f"{name} {port}" for name, port in found]},
    )
    return found


def _open(node: Vantage, kind: int, version: int) -> socket.socket:
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    with entered(node.namespace):
        sock = socket.socket(family, kind | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    if kind == socket.SOCK_STREAM:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    return sock


class _Flow:
    def __init__(
        self,
        node: Vantage,
        target: Vantage,
        address: object,
        protocol: int,
        within: float,
        marks: Marks | None,
        full: bool,
        at: object = None,
        ports: Sequence[int] = (),
    ) -> None:
        self.ports = ports
        self.node, self.target, self.protocol, self.full = node, target, protocol, full
        self.address = ip_address(str(address))
        self.translated = at is not None
        self.own = ip_address(str(at)) if self.translated else self.address
        self.record = node.lab.record
        self.until = self.record.until(within)
        self.nonce = b"ipv6lab " + secrets.token_hex(16).encode()
        self.marks = marks or Marks()
        self.marks.nonces.add(self.nonce)
        self.name = "TCP" if protocol == TCP else "UDP"
        self.begun = time.monotonic()
        self.values: dict[str, str | int | float] = {
            "node": node.name,
            "target": target.name,
            "address": str(self.address),
            "protocol": self.name,
        }

    # TCP

    def tcp(self, octets: int) -> Flow:
        with (
            self._listener() as listener,
            Capture(self.node.lab.fabric, (), self._opens, filters.TCP_OPENING) as self.capture,
        ):
            client, server = self._connected(listener)
            with client, server:
                seen = ip_address(server.getpeername()[0])
                source = ip_address(client.getsockname()[0])
                self._carry(client, server, self.nonce, 0)
                for one, other in ((client, server), (server, client)):
                    self._carry(one, other, self._filled(octets), octets)
        return self._judge(source, seen)

    def _connected(self, listener: socket.socket) -> tuple[socket.socket, socket.socket]:
        """Both ends of a connection. Raises Failed."""
        self.record.say(_("waiting for a connection from {node} to {target}", **self.values))
        while True:
            client = _open(self.node, socket.SOCK_STREAM, self.address.version)
            if not self.full:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
            failure = client.connect_ex((str(self.address), self.port))
            if failure in (0, errno.EINPROGRESS):
                _ready(self.until, write=client)
                failure = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not failure and _ready(min(self.until, _soon()), read=listener):
                    server, _origin = listener.accept()
                    server.setblocking(False)
                    return client, server
            client.close()
            if time.monotonic() + AGAIN >= self.until:
                raise Failed(self._loss(failure))
            self.capture.listen(_soon())

    def _carry(self, one: socket.socket, other: socket.socket, data: bytes, octets: int) -> None:
        """Send data from one end to the other. Raises Failed when not all of it arrives."""
        sent, got = 0, b""
        while len(got) < len(data):
            wants = [one] if sent < len(data) else []
            left = max(0.0, self.until - time.monotonic())
            readable, writable, _bad = select.select([other], wants, [], left)
            if not readable and not writable:
                break
            if writable:
                try:
                    sent += one.send(data[sent : sent + PIECE])
                except BlockingIOError:
                    pass  # there was room, and is none any more
                except OSError:
                    sent = len(data)  # its end is gone; what it has sent may still arrive
            if readable:
                try:
                    piece = other.recv(PIECE)
                except BlockingIOError:
                    continue
                except OSError:
                    break
                if not piece:
                    break
                got += piece
        if got != data:
            self._keep(_("A TCP connection carried {count} octets.", count=len(got)))
            if not octets:
                raise Failed(
                    _("What {node} sends to {target} does not arrive there.", **self.values)
                )
            raise Failed(
                _(
                    "{node} has a TCP connection to {target}, but of {octets} octets that it "
                    "should carry {count} arrive within {seconds} s.",
                    octets=octets,
                    count=len(got),
                    seconds=round(time.monotonic() - self.begun, 1),
                    **self.values,
                )
            )

    # UDP

    def udp(self) -> Flow:
        with (
            self._listener() as server,
            _open(self.node, socket.SOCK_DGRAM, self.address.version) as client,
            Capture(self.node.lab.fabric, (), self._ours, filters.NO_TCP) as self.capture,
        ):
            level, option = MTU_DISCOVER[self.address.version]
            client.setsockopt(level, option, DO)
            self.record.say(_("waiting for an answer from {target} to {node}", **self.values))
            seen = self._asked(client, server, SMALL)
            self._asked(client, server, None if self.full else LARGE)
            source = ip_address(client.getsockname()[0])
        return self._judge(source, seen)

    def answer(self, octets: int) -> int | None:
        with (
            self._listener() as server,
            _open(self.node, socket.SOCK_DGRAM, self.address.version) as client,
            Capture(self.node.lab.fabric, (), self._ours, filters.NO_TCP) as self.capture,
            self.record.waiting(_("waiting for an answer from {target} to {node}", **self.values)),
        ):
            level, option = MTU_DISCOVER[self.own.version]
            server.setsockopt(level, option, DO)
            with suppress(OSError):
                client.connect((str(self.address), self.port))
            found = None
            while found is None and time.monotonic() < self.until:
                with _complaining():
                    client.send(self.nonce)
                if _ready(min(self.until, _soon()), read=server):
                    with _complaining():
                        _got, origin = server.recvfrom(PIECE)
                        server.connect(origin)  # so that its kernel says what the way takes
                        size = min(octets, self._room(server))
                        server.send(self._filled(size - HEADERS[self.own.version]))
                    if _ready(min(self.until, _soon()), read=client):
                        with _complaining():
                            length = len(client.recv(PIECE))
                            found = length + HEADERS[self.own.version]
        self._keep(
            _("{target} answered {node} with {octets} octets.", octets=found or 0, **self.values)
        )
        return found

    def _asked(self, client: socket.socket, server: socket.socket, size: int | None) -> Address:
        """The source that the target saw of a datagram whose answer came back. Raises Failed.

        `size` is the packet's, None for as much as the way takes.
        """
        while True:
            with suppress(OSError):
                client.connect((str(self.address), self.port))
            octets = size or self._room(client)
            data = self._filled(octets - HEADERS[self.address.version])
            with _complaining():
                client.send(data)
            again = min(self.until, _soon())
            seen = None
            while time.monotonic() < again:
                readable = select.select(
                    [client, server], [], [], max(0.0, again - time.monotonic())
                )[0]
                with _complaining():
                    if server in readable:
                        got, origin = server.recvfrom(PIECE)
                        if got == data:
                            seen = ip_address(origin[0].partition("%")[0])
                            server.sendto(data, origin)
                    if client in readable and client.recv(PIECE) == data and seen is not None:
                        return seen
            if time.monotonic() >= self.until:
                raise Failed(self._unanswered(octets))

    def _room(self, client: socket.socket) -> int:
        """The largest packet that the sender's kernel thinks that the way takes, so far."""
        level, option = MTU[6 if client.family == socket.AF_INET6 else 4]
        try:
            return client.getsockopt(level, option)
        except OSError:  # not connected, since there is no route
            return SMALL

    # Sockets

    @contextmanager
    def _listener(self) -> Iterator[socket.socket]:
        """A socket at a port of the target that nobody has, drawn at random. Raises Failed.

        Where few will do, another check may have them for a moment.
        """
        kind = socket.SOCK_STREAM if self.protocol == TCP else socket.SOCK_DGRAM
        while True:
            sock = _open(self.target, kind, self.own.version)
            self.port = secrets.choice(self.ports) if self.ports else any_port()
            try:
                sock.bind((str(self.own), self.port))
                break
            except OSError as error:
                sock.close()
                if error.errno == errno.EADDRINUSE and not self.ports:
                    continue
                if time.monotonic() + AGAIN < self.until:
                    time.sleep(AGAIN)  # its address may still be on its way
                    continue
                raise Failed(
                    _(
                        "{target} cannot listen on {address}: {reason}.",
                        reason=os.strerror(error.errno or 0),
                        **self.values,
                    )
                ) from None
        self.marks.ends |= {(self.address, self.port), (self.own, self.port)}
        with sock:
            if self.protocol == TCP:
                sock.listen()
            yield sock

    def _filled(self, octets: int) -> bytes:
        """That many octets, the nonce all over them, so that every packet has it whole."""
        return (self.nonce * (octets // len(self.nonce) + 1))[:octets]

    # What the fabric saw

    def _opens(self, packet: Packet) -> bool:
        data = packet.ip
        return data is not None and data.ports is not None and self.port in data.ports

    def _ours(self, packet: Packet) -> bool:
        return self.nonce in packet.frame

    def _judge(self, source: Address, seen: Address) -> Flow:
        if source != seen and not self.translated:
            raise Failed(
                _(
                    "{node} sent from {source}, but {target} saw the packet come from {seen}: "
                    "somebody on the way translates addresses.",
                    source=written(source),
                    seen=written(seen),
                    **self.values,
                )
            )
        seconds = time.monotonic() - self.begun
        self._keep(_("{node} reached {target} at {address} by {protocol}.", **self.values))
        return Flow(source, seconds)

    def _loss(self, failure: int) -> Message:
        """How far a connection got that did not come about."""
        self._keep(_("No connection to {target}.", **self.values))
        asked = [one for one in self.capture.packets if self._to_target(one)]
        return self._lost(asked, failure)

    def _unanswered(self, octets: int) -> Message:
        self._keep(_("No answer from {target}.", **self.values))
        asked = [one for one in self.capture.packets if self._to_target(one)]
        if octets > SMALL:
            self.values["octets"] = octets
            return _(
                "{target} answers small datagrams of {node}, and none of {octets} octets.",
                **self.values,
            )
        return self._lost(asked, errno.ETIMEDOUT)

    def _to_target(self, packet: Packet) -> bool:
        data = packet.ip
        return (
            data is not None
            and data.protocol == self.protocol
            and data.destination in (self.address, self.own)
        )

    def _lost(self, asked: list[Packet], failure: int) -> Message:
        delivered = [one for one in asked if not one.sent]
        if any(one.node == self.target.name for one in delivered):
            return _(
                "What {node} asks {target} by {protocol} gets there, and no answer comes back.",
                **self.values,
            )
        if delivered:
            last = delivered[-1]
            return _(
                "What {node} asks {target} by {protocol} gets as far as {last} on {link} and no "
                "further.",
                last=last.node,
                link=last.link,
                **self.values,
            )
        return _(
            "{node} cannot ask {target} by {protocol} at {address}: {reason}.",
            reason=os.strerror(failure or errno.ETIMEDOUT),
            **self.values,
        )

    def _keep(self, text: Message) -> None:
        self.record.add("flow", self.node.name, text, self.values, self.capture.packets)


@contextmanager
def _complaining() -> Iterator[None]:
    """Pass over what a socket says of the packets before."""
    try:
        yield
    except OSError as error:
        if error.errno not in COMPLAINTS:
            raise


def _soon() -> float:
    return time.monotonic() + AGAIN


def _ready(
    until: float, read: socket.socket | None = None, write: socket.socket | None = None
) -> bool:
    left = max(0.0, until - time.monotonic())
    readable, writable, _failed = select.select(
        [read] if read else [], [write] if write else [], [], left
    )
    return bool(readable or writable)
