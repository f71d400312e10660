"""Routers that ask for a prefix, and who delegates them one: either side by the grader.

::

    with Office(lab, "offices") as office:
        offers = office.offers()
        given = office.take(offers[0])
    with cut_off(hq), Renumberer(lab, "offices", lease) as server:
        moment = server.renumber(new, within=12)

A `Renumberer` stands in for a server that cannot be reached meanwhile. It answers one client under
that server's identifier: what was delegated is valid no more, and something else is.
"""

from __future__ import annotations

import secrets
import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Network

from ipv6lab.network.namespace import entered
from ipv6lab.probes.hosts.dhcp6client import (
    SERVER_PORT,
    SERVERS_AND_RELAYS,
    WITHIN,
    Client,
    Response,
)
from ipv6lab.probes.hosts.fresh import FreshHost
from ipv6lab.probes.seen.vantage import Testbed
from ipv6lab.wire import dhcp6, dhcp6pd
from ipv6lab.wire.dhcp6pd import DelegatedPrefix
from ipv6lab.words.message import _
from ipv6lab.words.waits import SOL_TIMEOUT, waits

ANSWERED = {  # what a server says to what a client asks (RFC 8415 section 18.3)
    dhcp6.SOLICIT: dhcp6.ADVERTISE,
    dhcp6.REQUEST: dhcp6.REPLY,
    dhcp6.RENEW: dhcp6.REPLY,
    dhcp6.REBIND: dhcp6.REPLY,
}


@dataclass(frozen=True)
class Delegation:
    """What a server has delegated to a client, and when; see `dhcp6pd`."""

    client: bytes
    server: bytes
    association: dhcp6pd.PrefixAssociation
    time: float

    @property
    def prefix(self) -> DelegatedPrefix | None:
        """The first prefix that is delegated."""
        return next((one for one in self.association.prefixes if one.valid > 0), None)


class Office(Client):
    """A router of the grader that asks the servers of a link for prefixes; a context manager."""

    def __init__(self, lab: Testbed, link: str) -> None:
        super().__init__(lab, link)
        self._taken: list[tuple[bytes, list[DelegatedPrefix]]] = []

    @waits(SOL_TIMEOUT, SOL_TIMEOUT)
    def offers(self, wishes: Iterable[IPv6Network] = ()) -> list[Response]:
        """What every server offers a router that wishes for these prefixes, or for any."""
        return self._hear_all([(dhcp6.SOLICIT, [self._asked(wishes)])])[0]

    @waits(SOL_TIMEOUT, SOL_TIMEOUT)
    def offers_for(self, wishes: Iterable[IPv6Network]) -> dict[IPv6Network, list[Response]]:
        """What is offered to routers of which each wishes for one of these prefixes."""
        wanted = list(wishes)
        answers = self._hear_all([(dhcp6.SOLICIT, [self._asked([one])]) for one in wanted])
        return dict(zip(wanted, answers, strict=True))

    def take(self, offer: Response) -> Response | None:
        """Take what a server offered; its Reply."""
        server = offer.message.server_id or b""
        found = list(dhcp6pd.prefixes(offer.message))
        options = [dhcp6.option(dhcp6.SERVER_ID, server), dhcp6pd.association(self.iaid, found)]
        reply = self._ask(dhcp6.REQUEST, options, WITHIN)
        if reply is not None and dhcp6pd.prefixes(reply.message):
            self._taken.append((server, list(dhcp6pd.prefixes(reply.message))))
        return reply

    def _asked(self, wishes: Iterable[IPv6Network]) -> bytes:
        return dhcp6pd.association(self.iaid, [DelegatedPrefix(one, 0, 0) for one in wishes])

    def _give_back(self) -> None:
        for server, found in self._taken:
            self._send(
                dhcp6.RELEASE,
                secrets.randbits(24),
                [dhcp6.option(dhcp6.SERVER_ID, server), dhcp6pd.association(self.iaid, found)],
                time.monotonic(),
            )


class Renumberer:
    """See the module. A context manager; the server itself has to be out of reach."""

    def __init__(self, lab: Testbed, link: str, lease: Delegation) -> None:
        self._lab, self._link, self._lease = lab, link, lease

    def __enter__(self) -> Renumberer:
        self._host = FreshHost(self._lab, self._link, autoconfigure=False)
        try:
            self._host.wait_link_local()
            with entered(self._host.namespace):
                self._socket = socket.socket(
                    socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
                )
            self._socket.bind(("::", SERVER_PORT))
            group = socket.inet_pton(socket.AF_INET6, SERVERS_AND_RELAYS)
            self._socket.setsockopt(
                socket.IPPROTO_IPV6,
                socket.IPV6_JOIN_GROUP,
                group + struct.pack("@I", self._host.index),
            )
        except BaseException:
            self._host.detach()
            raise
        return self

    def __exit__(self, *_details: object) -> None:
        self._socket.close()
        self._host.detach()

    def renumber(self, new: IPv6Network, within: float) -> float | None:
        """Answer the client's next questions so; when it was given `new`, in seconds of the epoch.

        None when it asks for nothing in time.
        """
        record = self._lab.record
        until = record.until(within)
        with record.waiting(_("waiting for a router on {link} to renew", link=self._link)):
            while (left := until - time.monotonic()) > 0:
                self._socket.settimeout(left)
                try:
                    data, sender = self._socket.recvfrom(4096)
                except TimeoutError:
                    break
                asked = dhcp6.read(data)
                if asked is None or asked.client_id != self._lease.client:
                    continue
                moment = time.time()
                if self._answer(asked, new, sender):
                    return moment
        return None

    def _answer(self, asked: dhcp6.Message, new: IPv6Network, sender: tuple[object, ...]) -> bool:
        """Whether that gave the client the new prefix."""
        kind = ANSWERED.get(asked.kind)
        wanted = dhcp6pd.associations(asked)
        if kind is None or not wanted:
            return False
        old = self._lease.prefix
        assert old is not None
        given = [
            DelegatedPrefix(new, old.preferred, old.valid),
            *(
                DelegatedPrefix(one.network, 0, 0)
                for one in wanted[0].prefixes
                if one.network != new and one.network.prefixlen
            ),
        ]
        if asked.kind == dhcp6.SOLICIT:
            given = given[:1]
        times = self._lease.association
        options = [
            dhcp6.option(dhcp6.CLIENT_ID, self._lease.client),
            dhcp6.option(dhcp6.SERVER_ID, self._lease.server),
            dhcp6pd.association(wanted[0].iaid, given, times.t1, times.t2),
        ]
        self._socket.sendto(dhcp6.write(kind, asked.transaction, options), sender)
        return kind == dhcp6.REPLY
