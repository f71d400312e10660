"""The Domain Name System as a client sees it: one question to one server, or the way from the root.

Questions leave from a node's own network namespace, over UDP or TCP and IPv6 or IPv4; no name
server of this machine, no hosts file and no cache has a part in it. Whoever sent the answer is
told by the fabric.
"""

from __future__ import annotations

import errno
import os
import secrets
import select
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from ipv6lab.addresses.text import written
from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import TCP, UDP
from ipv6lab.words.message import Message, _

with suppress(ImportError):  # outside of the lab image
    import dns.message  # noqa: F401 - before checks are forked, which then all have it

PORT = 53
UDP_PAYLOAD = 1232  # octets that need no fragment on any IPv6 path: 1280 - 40 - 8
WITHIN = 2.0  # seconds for one answer
AGAIN = 0.5  # seconds until a question is asked once more
REFUSED_FOR = 1.0  # seconds for which a refusal may mean a server that just starts
REFERRALS = 20  # on one way from the root
DEPTH = 4  # names of name servers that have to be looked up to look up a name

IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Reply:
    """A server's answer. `node` sent it, None when it never crossed the network.

    `message` is dnspython's; names are given without the last dot and in lower case.
    """

    server: IPAddress
    node: str | None
    tcp: bool
    message: Any

    @property
    def code(self) -> str:
        """The response code's name: NOERROR, NXDOMAIN, REFUSED …"""
        import dns.rcode

        return str(dns.rcode.to_text(self.message.rcode()))

    @property
    def authoritative(self) -> bool:
        """The AA flag."""
        return self._flag("AA")

    @property
    def recursion_available(self) -> bool:
        """The RA flag."""
        return self._flag("RA")

    @property
    def truncated(self) -> bool:
        """The TC flag: the rest is to be had over TCP."""
        return self._flag("TC")

    def _flag(self, name: str) -> bool:
        import dns.flags

        return bool(self.message.flags & dns.flags.Flag[name])

    def records(self, kind: str, name: str | None = None, section: str = "answer") -> list[Any]:
        """The records of a kind (and a name) in a section: answer, authority, additional.

        They are dnspython's, with `address`, `target`, `serial` … as attributes.
        """
        import dns.rdatatype

        wanted = dns.rdatatype.from_text(kind)
        return [
            record
            for rrset in getattr(self.message, section)
            if rrset.rdtype == wanted and (name is None or plain(rrset.name) == plain(name))
            for record in rrset
        ]

    def addresses(self, name: str | None = None, section: str = "answer") -> list[IPAddress]:
        """The addresses of both families in a section."""
        return [
            ip_address(record.address)
            for kind in ("AAAA", "A")
            for record in self.records(kind, name, section)
        ]


@dataclass(frozen=True)
class Referral:
    """What a parent says of a zone that it has delegated: the name servers, their addresses.

    `glue` has the addresses of both families that came with the names.
    """

    zone: str
    servers: tuple[str, ...]
    glue: dict[str, tuple[IPAddress, ...]]
    reply: Reply


@dataclass(frozen=True)
class Resolution:
    """An answer found from the root, and the referrals on the way."""

    reply: Reply
    referrals: tuple[Referral, ...]


def plain(name: object) -> str:
    """A domain name in lower case and without the last dot."""
    return str(name).rstrip(".").lower()


def query(
    node: Vantage,
    server: object,
    name: str,
    kind: str = "AAAA",
    tcp: bool = False,
    edns: int | None = UDP_PAYLOAD,
    recursion: bool = False,
    within: float = WITHIN,
    signed: bool = False,
) -> Reply:
    """Ask a server once a question (RFC 1035), from a node, until it answers.

    `edns` is the UDP payload size told to the server (RFC 6891), None to send none of it;
    `recursion` sets RD. `signed` asks as a client that validates itself: for signatures (DO), and
    for what they do not fit as well (CD, RFC 4035 section 3.2.2). Raises Failed, which names where
    the question or the answer got lost.
    """
    return _Question(node, server, name, kind, tcp, edns, recursion, signed).ask(within)


def transfer(node: Vantage, server: object, zone: str, within: float = WITHIN) -> Reply:
    """Ask a server for a whole zone (AXFR, RFC 5936), over TCP; the first message of the answer.

    A server that gives the zone answers with its SOA record first.
    """
    return _Question(node, server, zone, "AXFR", True, None, False).ask(within)


def any_port() -> int:
    """A port that a question may come from (RFC 5452 section 4.5)."""
    return 1024 + secrets.randbelow(0x10000 - 1024)


class _Question:
    def __init__(
        self,
        node: Vantage,
        server: object,
        name: str,
        kind: str,
        tcp: bool,
        edns: int | None,
        recursion: bool,
        signed: bool = False,
    ) -> None:
        import dns.flags
        import dns.message

        self.node, self.tcp, self.kind = node, tcp, kind
        self.server = ip_address(str(server))
        self.query = dns.message.make_query(
            name, kind, use_edns=None if edns is None else 0, payload=edns, want_dnssec=signed
        )
        if signed:
            self.query.flags |= dns.flags.CD
        if not recursion:
            self.query.flags &= ~dns.flags.RD
        self.values: dict[str, str | int | float] = {
            "node": node.name,
            "server": str(self.server),
            "name": plain(name) or ".",
            "kind": kind,
            "transport": "TCP" if tcp else "UDP",
        }
        self.port: int | None = None  # ours, of the last attempt

    def ask(self, within: float) -> Reply:
        record = self.node.lab.record
        with Capture(self.node.lab.fabric, (), self._ours) as capture:
            # From here on: a busy machine takes its time to begin a capture.
            start = time.monotonic()
            until = record.until(within)
            record.say(_("asking {server} for {name}", **self.values))
            reply, failure = None, 0
            while reply is None:
                try:
                    reply = self._attempt(until)
                    failure = 0
                except OSError as error:
                    failure = error.errno or 0
                    # Who resets a connection that it has taken is there, and may be starting.
                    refused = failure != errno.ECONNRESET
                    if refused and time.monotonic() - start > REFUSED_FOR:
                        break
                    capture.listen(min(until, time.monotonic() + AGAIN / 2))
                if time.monotonic() >= until:
                    break
            capture.read()
            packets = capture.packets
        record.add(
            "dns",
            self.node.name,
            _("{node} asks {server} over {transport} for {kind} of {name}.", **self.values),
            {**self.values, "answer": None if reply is None else str(reply)},
            packets,
        )
        if reply is None:
            raise Failed(self._lost(packets, failure))
        sender = next((one.node for one in packets if one.sent and not self._asks(one)), None)
        return Reply(self.server, sender, self.tcp, reply)

    def _attempt(self, until: float) -> Any:
        """One attempt of a few tenths of a second (UDP) or until the end (TCP); None if silent."""
        family = socket.AF_INET6 if self.server.version == 6 else socket.AF_INET
        kind = socket.SOCK_STREAM if self.tcp else socket.SOCK_DGRAM
        with entered(self.node.namespace):
            sock = socket.socket(family, kind | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        with sock:
            with suppress(OSError):  # somebody has that one
                sock.bind(("", any_port()))
            with suppress(BlockingIOError):
                sock.connect((str(self.server), PORT))
            self.port = sock.getsockname()[1]
            if self.tcp:
                return self._over_tcp(sock, until)
            sock.send(self.query.to_wire())
            return self._over_udp(sock, min(until, time.monotonic() + AGAIN))

    def _over_udp(self, sock: socket.socket, until: float) -> Any:
        while _readable(sock, until):
            answer = self._answer(sock.recv(65535))
            if answer is not None:
                return answer
        return None

    def _over_tcp(self, sock: socket.socket, until: float) -> Any:
        if not select.select([], [sock], [], max(0.0, until - time.monotonic()))[1]:
            return None
        failure = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failure:
            raise OSError(failure, os.strerror(failure))
        wire = self.query.to_wire()
        sock.send(struct.pack("!H", len(wire)) + wire)
        got = b""
        while _readable(sock, until):
            piece = sock.recv(65535)
            got += piece
            if len(got) >= 2 and len(got) - 2 >= struct.unpack_from("!H", got)[0]:
                return self._answer(got[2 : 2 + struct.unpack_from("!H", got)[0]])
            if not piece:
                break
        return None

    def _answer(self, wire: bytes) -> Any:
        import dns.exception
        import dns.message

        with suppress(dns.exception.DNSException):
            answer = dns.message.from_wire(wire, one_rr_per_rrset=False, xfr=self.kind == "AXFR")
            # A refusal may leave the question out (RFC 1035 section 4.1.1).
            if answer.id == self.query.id and (not answer.question or self._same(answer)):
                return answer
        return None

    def _same(self, answer: Any) -> bool:
        return bool(answer.question[0].name == self.query.question[0].name)

    # What the fabric saw

    def _ours(self, packet: Packet) -> bool:
        data = packet.ip
        if data is None or data.protocol != (TCP if self.tcp else UDP) or data.ports is None:
            return False
        if data.destination == self.server:
            return data.ports == (self.port, PORT)
        return data.source == self.server and data.ports == (PORT, self.port)

    @staticmethod
    def _asks(packet: Packet) -> bool:
        return packet.ip is not None and packet.ip.ports is not None and packet.ip.ports[1] == PORT

    def _lost(self, packets: list[Packet], failure: int) -> Message:
        asked = [one for one in packets if self._asks(one) and not one.sent]
        answered = [one for one in packets if not self._asks(one) and not one.sent]
        if failure and asked:
            return _(
                "{last} refuses a question to {server} over {transport}: nobody listens there.",
                last=asked[-1].node,
                **self.values,
            )
        if failure:
            return _(
                "{node} cannot ask {server}: {reason}.",
                reason=os.strerror(failure),
                **self.values,
            )
        if any(one.node == self.node.name for one in answered):
            return _(
                "{server} lets {node} ask over {transport}, and does not answer for {name}.",
                **self.values,
            )
        if asked:
            return _(
                "The question of {node} to {server} over {transport} gets as far as {last}, and no "
                "answer comes back.",
                last=asked[-1].node,
                **self.values,
            )
        return _("The question of {node} to {server} reaches nobody.", **self.values)


def _readable(sock: socket.socket, until: float) -> bool:
    return bool(select.select([sock], [], [], max(0.0, until - time.monotonic()))[0])


# From the root


class Walker:
    """Resolves from the root as a caching server does that has nothing in its cache.

    `root` are the addresses of the root's servers. Only addresses of one `family` are asked.

    ::

        Walker(lab.node("cli6"), [lab.plan.vnnic.loopback]).resolve("www.example.net", "AAAA")
    """

    def __init__(self, node: Vantage, root: Iterable[object], family: int = 6) -> None:
        self.node, self.family = node, family
        self.root = [ip_address(str(one)) for one in root]

    def resolve(self, name: str, kind: str = "AAAA") -> Resolution:
        """The authoritative answer for a name. Raises Failed, which says where the way ends."""
        return self._resolve(plain(name), kind, 0)

    def delegation(self, zone: str) -> Referral:
        """What the parent of a zone says of it. Raises Failed when it does not delegate it."""
        zone = plain(zone)
        for referral, _reply in self._walk(zone, "NS", 0):
            if referral is not None and referral.zone == zone:
                return referral
        raise Failed(_("{zone} is not delegated to anybody.", zone=zone))

    def _resolve(self, name: str, kind: str, depth: int) -> Resolution:
        referrals: list[Referral] = []
        for referral, reply in self._walk(name, kind, depth):
            if referral is not None:
                referrals.append(referral)
                continue
            aliases = reply.records("CNAME", name)
            if aliases and not reply.records(kind):
                if depth >= DEPTH:
                    break
                return self._resolve(plain(aliases[0].target), kind, depth + 1)
            return Resolution(reply, tuple(referrals))
        raise Failed(_("{name} cannot be resolved: one name leads to the next.", name=name))

    def _walk(self, name: str, kind: str, depth: int) -> Iterator[tuple[Referral | None, Reply]]:
        """Each referral on the way with the reply that gave it, then the answer with None."""
        servers, zone = self.root, ""
        for _number in range(REFERRALS):
            reply = self._ask(servers, zone, name, kind)
            referral = _referral(reply, zone, name)
            if reply.authoritative and (reply.message.answer or referral is None):
                yield None, reply
                return
            if referral is None:
                raise Failed(
                    _(
                        "{server} is asked for {name}, knows no answer, and nobody who does "
                        "({code}).",
                        server=written(reply.server),
                        name=name,
                        code=reply.code,
                    )
                )
            yield referral, reply
            zone = referral.zone
            servers = self._addresses(referral, depth)

    def _ask(self, servers: list[IPAddress], zone: str, name: str, kind: str) -> Reply:
        """The first usable answer of several servers of a zone."""
        failure: Failed | None = None
        for server in servers:
            try:
                reply = query(self.node, server, name, kind)
                if reply.truncated:
                    reply = query(self.node, server, name, kind, tcp=True)
            except Failed as failed:
                failure = failed
                continue
            if reply.code in ("NOERROR", "NXDOMAIN"):
                return reply
            failure = Failed(
                _(
                    "{server} was asked for {name}, as a name server of {zone}, and answers "
                    "{code}.",
                    server=written(server),
                    name=name,
                    zone=zone or ".",
                    code=reply.code,
                )
            )
        assert failure is not None
        raise failure

    def _addresses(self, referral: Referral, depth: int) -> list[IPAddress]:
        found = [
            address
            for server in referral.servers
            for address in referral.glue.get(server, ())
            if address.version == self.family
        ]
        if not found and depth < DEPTH:
            kind = "AAAA" if self.family == 6 else "A"
            for server in referral.servers:
                if not _below(server, referral.zone):  # else the parent would have to say it
                    with suppress(Failed):
                        reply = self._resolve(server, kind, depth + 1).reply
                        found += [ip_address(one.address) for one in reply.records(kind)]
        if not found:
            raise Failed(
                _(
                    "The parent of {zone} names {servers} as its name servers, and nowhere on the "
                    "way from the root is an IPv{family} address of them.",
                    zone=referral.zone,
                    servers=", ".join(referral.servers),
                    family=self.family,
                )
            )
        return found


def _referral(reply: Reply, zone: str, name: str) -> Referral | None:
    """The referral in a reply, if it leads further down towards the name."""
    import dns.rdatatype

    if reply.code != "NOERROR" or (reply.authoritative and reply.message.answer):
        return None
    for rrset in reply.message.authority:
        below = plain(rrset.name)
        deeper = _below(below, zone) and below != plain(zone)
        if rrset.rdtype == dns.rdatatype.NS and deeper and _below(name, below):
            servers = tuple(sorted(plain(one.target) for one in rrset))
            # What stands beside the answer counts only for names that the server may speak of.
            glue = {
                server: tuple(reply.addresses(server, "additional"))
                for server in servers
                if _below(server, zone)
            }
            return Referral(below, servers, glue, reply)
    return None


def _below(name: str, zone: str) -> bool:
    """Whether a name is in a zone or is its top."""
    return not zone or name == zone or name.endswith(f".{zone}")
