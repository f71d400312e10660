"""A DHCPv6 client of the grader: whole exchanges with the servers of a link (RFC 8415).

::

    with lab.link("staff").dhcp6_client() as client:
        settings = client.information_request()
        offer = client.solicit()
        lease = client.request(offer)
        again = client.renew(lease)

Each gives a `Response`, or None when nobody answers in time. The client gives back what it was
leased when it leaves. `node` of a response is who sent it, as the fabric knows.
"""

from __future__ import annotations

import itertools
import secrets
import struct
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Self

from ipv6lab.probes.hosts.fresh import FreshHost, random_mac
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Testbed
from ipv6lab.wire import dhcp6
from ipv6lab.wire.headers import UDP
from ipv6lab.words.errors import NotJudged
from ipv6lab.words.message import _
from ipv6lab.words.waits import SOL_TIMEOUT, waits

SERVERS_AND_RELAYS = "ff02::1:2"
CLIENT_PORT, SERVER_PORT = 546, 547
# SOL_TIMEOUT, REQ_TIMEOUT and INF_TIMEOUT (RFC 8415 section 7.6), in seconds. Asked again as often
# as that: a server that has just been started is not to be missed.
AGAIN = 1.0
WITHIN = 5.0  # seconds in which a server on the link has answered
# Silence says something of a server only if it could answer for so long, asked twice.
FAIR = 2.0
# Seconds that others have after the first: the second try of a client is out after 1.1.
EVERYBODY = 2.0
WANTED = (dhcp6.DNS_SERVERS, dhcp6.DOMAIN_LIST, dhcp6.SNTP_SERVERS, dhcp6.NTP_SERVERS)
_NAMES = {
    dhcp6.SOLICIT: "Solicit",
    dhcp6.ADVERTISE: "Advertise",
    dhcp6.REQUEST: "Request",
    dhcp6.RENEW: "Renew",
    dhcp6.REBIND: "Rebind",
    dhcp6.REPLY: "Reply",
    dhcp6.INFORMATION_REQUEST: "Information-request",
}

Question = tuple[int, list[bytes]]  # the type of a message, and its options


@dataclass(frozen=True)
class Response:
    """What a server answered, who sent it, and the packet that it came in."""

    message: dhcp6.Message
    node: str
    packet: Packet


class Client:
    """See the module. Made by `Link.dhcp6_client`; a context manager.

    `duid` None takes one of the client's own, of whatever kind, `iaid` None a random one: with
    those of another client it speaks in that one's name.
    """

    def __init__(
        self, lab: Testbed, link: str, duid: bytes | None = None, iaid: int | None = None
    ) -> None:
        self._lab, self._link, self._duid = lab, link, duid
        self._own = duid is None
        self.iaid = secrets.randbits(32) if iaid is None else iaid
        self._leases: list[Response] = []
        self._names: dict[int, bytes] = {}  # by transaction, where it speaks for many

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            # First the capture, so that it knows the host's frames from the first one on.
            self._capture = opened.enter_context(
                Capture(self._lab.fabric, [self._link], _is_dhcp6, filters.UDP6)
            )
            self._host = opened.enter_context(FreshHost(self._lab, self._link, autoconfigure=False))
            self._socket = opened.enter_context(self._host.udp(CLIENT_PORT))
            opened.callback(self._give_back)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_details: object) -> None:
        self._opened.close()

    @property
    def duid(self) -> bytes:
        self._duid = self._duid or dhcp6.any_duid(self._host.mac)
        return self._duid

    def information_request(self, within: float = WITHIN) -> Response | None:
        """Ask for settings alone; the Reply. Asked for are also times after which to ask again."""
        return self._ask(*self._settings(), within)

    def solicit(
        self, hint: object = None, within: float = WITHIN, usable: bool = True
    ) -> Response | None:
        """Ask for an address, for `hint` if the server likes; the first Advertise.

        While servers offer no address it asks on, unless `usable` is False: what they say counts.
        """
        asked = [] if hint is None else [IPv6Address(str(hint))]
        return self._ask(dhcp6.SOLICIT, [self._wanted(), self._ia(asked)], within, usable)

    @waits(SOL_TIMEOUT, SOL_TIMEOUT)
    def everybody(
        self, kind: int = dhcp6.SOLICIT, addresses: Iterable[IPv6Address] = ()
    ) -> list[Response]:
        """Ask as `solicit`, `information_request` or `rebind` do, and hear everybody.

        Each server's last answer, once every one had time for it (`EVERYBODY`): that one is the
        fastest is no reason to hear it alone.
        """
        if kind == dhcp6.INFORMATION_REQUEST:
            return self._hear_all([self._settings()])[0]
        return self._hear_all([(kind, [self._wanted(), self._ia(addresses)])])[0]

    @waits(SOL_TIMEOUT, SOL_TIMEOUT)
    def anybody(self) -> list[Response]:
        """What anybody answers who is asked for an address and for settings, if there is somebody.

        Heard for `EVERYBODY` seconds: silence is what is expected.
        """
        asked = [(dhcp6.SOLICIT, [self._wanted(), self._ia([])]), self._settings()]
        return [one for heard in self._hear_all(asked, EVERYBODY) for one in heard]

    @property
    def reached(self) -> set[str]:
        """The nodes at whose ports what the client sent was delivered."""
        return {
            one.node
            for one in self._capture.packets
            if not one.sent and one.source_mac == self._host.mac
        } - {self._host.name}

    @waits(SOL_TIMEOUT, SOL_TIMEOUT)
    def wishes(self, hints: Iterable[IPv6Address]) -> dict[IPv6Address, list[Response]]:
        """What everybody offers clients of which each wishes for one of these addresses.

        Each has a DUID of its own: a server may drop what a client asks while it answers the same.
        """
        wanted = list(hints)
        asked = [(dhcp6.SOLICIT, [self._wanted(), self._ia([one])]) for one in wanted]
        return dict(zip(wanted, self._hear_all(asked), strict=True))

    @waits(SOL_TIMEOUT, SOL_TIMEOUT)
    def crowd(self, clients: int) -> list[list[Response]]:
        """What everybody offers each of so many clients, which wish for nothing."""
        return self._hear_all([(dhcp6.SOLICIT, [self._wanted(), self._ia([])])] * clients)

    def _hear_all(self, questions: list[Question], within: float = WITHIN) -> list[list[Response]]:
        """All answers to each of the questions, which are asked at once."""
        record = self._lab.record
        first = secrets.randbits(23)
        asked = {first + at: question for at, question in enumerate(questions)}
        if len(asked) > 1:
            kinds = itertools.cycle(dhcp6.DUIDS)
            self._names = {each: dhcp6.any_duid(random_mac(), next(kinds)) for each in asked}
        heard: dict[int, dict[tuple[str, bytes | None], Response]] = {each: {} for each in asked}
        start = time.monotonic()
        until = record.until(within)
        late = until - start < FAIR
        with record.waiting(_("waiting for every DHCPv6 server on {link}", link=self._link)):
            while time.monotonic() < until:
                for transaction, (kind, options) in asked.items():
                    self._send(kind, transaction, options, start)
                again = min(until, time.monotonic() + AGAIN)
                answers = {each: _answered_by(kind) for each, (kind, _options) in asked.items()}
                while response := self._receive(answers, again):
                    if not any(heard.values()):
                        until = min(until, record.until(EVERYBODY))
                    message = response.message
                    heard[message.transaction][response.node, message.server_id] = response
        _judgeable(late and not any(heard.values()))
        for transaction, found in heard.items():
            self._keep(asked[transaction][0], transaction, found.values())
        return [list(found.values()) for found in heard.values()]

    def request(self, offer: Response, within: float = WITHIN) -> Response | None:
        """Take what a server offered; its Reply."""
        reply = self._take(dhcp6.REQUEST, offer, within)
        if reply is not None and reply.message.addresses and self._own:
            self._leases.append(reply)
        return reply

    def renew(self, lease: Response, within: float = WITHIN) -> Response | None:
        """Ask the server that gave a lease to extend it, as at T1; its Reply."""
        return self._take(dhcp6.RENEW, lease, within)

    def rebind(self, addresses: Iterable[IPv6Address], within: float = WITHIN) -> Response | None:
        """Ask any server to extend a lease on addresses, as at T2; the Reply."""
        return self._ask(dhcp6.REBIND, [self._wanted(), self._ia(addresses)], within)

    # What is sent, and what comes

    def _wanted(self) -> bytes:
        return dhcp6.option_request(*WANTED)

    def _settings(self) -> Question:
        return (
            dhcp6.INFORMATION_REQUEST,
            [dhcp6.option_request(*WANTED, dhcp6.REFRESH_TIME)],
        )

    def _ia(self, addresses: Iterable[IPv6Address]) -> bytes:
        return dhcp6.association(self.iaid, addresses)

    def _take(self, kind: int, given: Response, within: float) -> Response | None:
        server = dhcp6.option(dhcp6.SERVER_ID, given.message.server_id or b"")
        addresses = [one.address for one in given.message.addresses]
        options = [server, self._wanted(), self._ia(addresses)]
        return self._ask(kind, options, within)

    def _ask(
        self,
        kind: int,
        options: list[bytes],
        within: float,
        usable: bool = False,
    ) -> Response | None:
        record = self._lab.record
        transaction = secrets.randbits(24)
        start = time.monotonic()
        until = record.until(within)
        late = until - start < min(within, FAIR)
        response: Response | None = None
        doing = _("waiting for a DHCPv6 server on {link}", link=self._link)
        with record.waiting(doing):
            while time.monotonic() < until:
                self._send(kind, transaction, options, start)
                again = min(until, time.monotonic() + AGAIN)
                response = self._receive({transaction: _answered_by(kind)}, again) or response
                if response and (response.message.addresses or not usable):
                    break
        _judgeable(late and response is None)
        self._keep(kind, transaction, [response] if response else [])
        return response

    def _send(self, kind: int, transaction: int, options: list[bytes], start: float) -> None:
        elapsed = struct.pack("!H", min(0xFFFF, int((time.monotonic() - start) * 100)))
        common = [
            dhcp6.option(dhcp6.CLIENT_ID, self._names.get(transaction, self.duid)),
            dhcp6.option(dhcp6.ELAPSED_TIME, elapsed),
        ]
        data = dhcp6.write(kind, transaction, [*common, *options])
        self._socket.sendto(data, (SERVERS_AND_RELAYS, SERVER_PORT, 0, self._host.index))

    def _receive(self, answers: Mapping[int, int], until: float) -> Response | None:
        """The next answer that is delivered to us, of the kind each transaction has; or None."""

        def ours(packet: Packet) -> bool:
            message = decode(packet)
            return (
                not packet.sent
                and packet.node == self._host.name
                and message is not None
                and message.kind == answers.get(message.transaction)
                and message.client_id == self._names.get(message.transaction, self.duid)
                and message.server_id is not None
            )

        packet = self._capture.wait(until, ours)
        if packet is None:
            return None
        origin = next(
            (one for one in self._capture.packets if one.sent and one.frame == packet.frame),
            packet,
        )
        message = decode(packet)
        assert message is not None
        return Response(message, origin.node, origin)

    def _give_back(self) -> None:
        """Release what was leased; nobody waits for the Reply."""
        for lease in self._leases:
            addresses = [one.address for one in lease.message.addresses]
            server = dhcp6.option(dhcp6.SERVER_ID, lease.message.server_id or b"")
            self._send(
                dhcp6.RELEASE,
                secrets.randbits(24),
                [server, self._ia(addresses)],
                time.monotonic(),
            )

    def _keep(self, kind: int, transaction: int, responses: Iterable[Response]) -> None:
        packets = [
            one
            for one in self._capture.packets
            if one.sent and (message := decode(one)) and message.transaction == transaction
        ]
        values: dict[str, str | int | float] = {"link": self._link, "question": _NAMES[kind]}
        found = list(responses)
        if not found:
            text = _("Nobody answers a DHCPv6 {question} on {link}.", **values)
            self._lab.record.add("dhcp6", self._link, text, {}, packets)
        for one in found:
            text = _("{node} answers a DHCPv6 {question} on {link}.", node=one.node, **values)
            self._lab.record.add("dhcp6", self._link, text, _facts(one), packets)


def _answered_by(kind: int) -> int:
    return dhcp6.ADVERTISE if kind == dhcp6.SOLICIT else dhcp6.REPLY


def _judgeable(too_late: bool) -> None:
    """Raises NotJudged when the check's time was over before the server could answer."""
    if too_late:
        raise NotJudged("The check's time was over before a DHCPv6 server could answer.")


def decode(packet: Packet) -> dhcp6.Message | None:
    """The DHCPv6 message of a packet between a client and a server."""
    if not _is_dhcp6(packet):
        return None
    assert packet.ip is not None
    return dhcp6.read(packet.ip.payload[8:])


def _is_dhcp6(packet: Packet) -> bool:
    data = packet.ip
    if data is None or data.version != 6 or data.protocol != UDP or data.ports is None:
        return False
    return bool({CLIENT_PORT, SERVER_PORT} & set(data.ports))


def _facts(response: Response) -> dict[str, object]:
    message = response.message
    return {
        "node": response.node,
        "type": _NAMES.get(message.kind, message.kind),
        "status": dhcp6.STATUS_NAMES.get(message.status, message.status),
        "addresses": [
            {"address": str(one.address), "preferred": one.preferred, "valid": one.valid}
            for one in message.addresses
        ],
        "associations": [
            {
                "t1": one.t1,
                "t2": one.t2,
                "status": dhcp6.STATUS_NAMES.get(one.status, one.status),
            }
            for one in message.associations
        ],
        "dns_servers": [str(one) for one in message.dns_servers],
        "search_list": list(message.search_list),
        "refresh_time": message.refresh_time,
    }
