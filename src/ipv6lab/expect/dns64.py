"""A DNS server that gives names without AAAA one behind a translator's prefix, and no others.

What is right is not written here: it is what the servers that have the zones say (`truth`), and for
names with IPv4 addresses alone those addresses behind the prefix (RFC 6147, RFC 6052).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

from ipv6lab.addresses.embedding import IPV4ONLY, translated
from ipv6lab.expect import strangers
from ipv6lab.expect.conditions import _, control, require
from ipv6lab.expect.reach import eventually
from ipv6lab.probes import Failed, Lab
from ipv6lab.probes.asks import names
from ipv6lab.probes.hosts.forged import ask_as
from ipv6lab.probes.seen.vantage import Vantage

PREFIX_NAME = "ipv4only.arpa"  # RFC 7050 section 2
PATIENCE = 6  # seconds for an answer that has to come
SILENT = 1.0  # seconds after which nobody answers any more
UNICAST = IPv6Network("2000::/3")


class Server(NamedTuple):
    """A DNS server with DNS64: the node, its address for clients, the translator's prefix.

    `truth` is the node that has all zones itself, asked at `at` by the node `asker`.
    """

    node: str
    address: object
    prefix: object
    truth: str
    at: object
    asker: str


def unknown(name: str) -> str:
    """A name below another that nobody could know before."""
    return f"x{secrets.token_hex(6)}.{name}"


def synthesises(lab: Lab, server: Server, name: str, client: Vantage) -> IPv6Address:
    """A name with IPv4 addresses alone gets them behind the prefix, by UDP and TCP; one of them."""
    four = _true(lab, server, name, "A")
    prefix = IPv6Network(str(server.prefix))
    wanted = {translated(prefix, one) for one in four if isinstance(one, IPv4Address)}

    def told(tcp: bool) -> None:
        found = _asked(server, name, client, tcp=tcp)
        values = {"server": server.node, "name": name, "client": client}
        require(
            found.code == "NOERROR",
            _(
                "{server} is asked by {client} for AAAA of {name}, which has IPv4 addresses alone, "
                "and answers {code}.",
                code=found.code,
                **values,
            ),
        )
        told = set(_six(found))
        require(
            told,
            _(
                "{server} tells {client} of no IPv6 address of {name}, which has IPv4 addresses "
                "alone.",
                **values,
            ),
        )
        outside = [one for one in told if one not in prefix]
        require(
            not outside,
            _(
                "{server} tells {client} that {name} is at {address}, and that is not behind the "
                "translator's prefix.",
                address=next(iter(outside), None),
                **values,
            ),
        )
        require(
            told == wanted,
            _(
                "{server} tells {client} that {name} is at {address}: behind the prefix that is "
                "not an IPv4 address of it (RFC 6052).",
                address=next(iter(told - wanted), next(iter(told))),
                **values,
            ),
        )

    for tcp in (False, True):
        eventually(lab, lambda tcp=tcp: told(tcp))  # type: ignore[misc]
    return sorted(wanted)[0]


def leaves_alone(
    lab: Lab, server: Server, asked: Iterable[tuple[str, str]], client: Vantage
) -> None:
    """What is asked for (name and kind) is answered as by the server that has the zone."""
    for name, kind in asked:
        true = _records(_at_source(lab, server, name, kind), kind)

        def told(name: str = name, kind: str = kind, true: set[str] = true) -> None:
            reply = _asked(server, name, client, kind)
            found = _records(reply, kind)
            values = {"server": server.node, "name": name, "kind": kind}
            require(
                found >= true,
                _("{server} does not tell what {name} has ({kind}).", **values),
            )
            require(
                found <= true,
                _(
                    "{server} says of {name} ({kind}): {answer}. The server that has the name does "
                    "not say so.",
                    answer=next(iter(found - true), None),
                    **values,
                ),
            )

        eventually(lab, told)


def says_that_there_is_no(lab: Lab, server: Server, name: str, client: Vantage) -> None:
    """A name that does not exist still does not (RFC 6147 section 5.1.2)."""

    def told() -> None:
        reply = _asked(server, name, client)
        require(
            reply.code == "NXDOMAIN" and not reply.addresses(),
            _(
                "{server} is asked for {name}, which does not exist, and answers {code}.",
                server=server.node,
                name=name,
                code=reply.code,
            ),
        )

    eventually(lab, told)


def tells_the_prefix(lab: Lab, server: Server, client: Vantage) -> None:
    """A host finds out the translator's prefix by the name that is there for it (RFC 7050)."""
    prefix = IPv6Network(str(server.prefix))
    wanted = {translated(prefix, one) for one in IPV4ONLY}

    def told() -> None:
        found = set(_six(_asked(server, PREFIX_NAME, client)))
        require(
            found == wanted,
            _(
                "{server} answers for {name} so that a host does not find the translator's prefix.",
                server=server.node,
                name=PREFIX_NAME,
            ),
        )

    eventually(lab, told)


def names_addresses(
    lab: Lab, server: Server, addresses4: Iterable[object], client: Vantage
) -> None:
    """An address behind the prefix has the name of the IPv4 address in it (RFC 6147 5.3)."""
    for one in addresses4:
        four = ip_address(str(one))
        assert isinstance(four, IPv4Address)
        six = translated(IPv6Network(str(server.prefix)), four)
        true = _records(_at_source(lab, server, four.reverse_pointer, "PTR"), "PTR")

        def told(six: IPv6Address = six, true: set[str] = true) -> None:
            reply = _asked(server, six.reverse_pointer, client, "PTR")
            require(
                _records(reply, "PTR") == true,
                _(
                    "{server} does not tell the name of {address}, which is that of the IPv4 "
                    "address in it ({code}).",
                    server=server.node,
                    address=six,
                    code=reply.code,
                ),
            )

        eventually(lab, told)


# Signatures


def lets_clients_validate(lab: Lab, server: Server, name: str, client: Vantage) -> None:
    """A client that checks signatures itself gets what was signed (RFC 6147 section 5.5, case 3).

    `name` is in a signed zone and has IPv4 addresses alone.
    """

    def told() -> None:
        values = {"server": server.node, "name": name}
        six = _asked(server, name, client, signed=True)
        require(
            not six.addresses(),
            _(
                "{server} gives a client that validates itself an AAAA record of {name}, which "
                "nobody has signed.",
                **values,
            ),
        )
        require(
            six.code == "NOERROR" and six.records("RRSIG", section="authority"),
            _(
                "{server} gives a client that validates itself no proof that {name} has no AAAA "
                "record ({code}).",
                code=six.code,
                **values,
            ),
        )
        four = _asked(server, name, client, "A", signed=True)
        require(
            four.records("A") and four.records("RRSIG"),
            _(
                "{server} gives a client that validates itself no signed A record of {name} "
                "({code}).",
                code=four.code,
                **values,
            ),
        )

    eventually(lab, told)


def refuses_false(
    lab: Lab, server: Server, false: str, true: str, client: Vantage, *, by: str
) -> None:
    """A name whose signature does not fit gets no address; the control is a true one beside it."""
    right = _asked(server, true, client, "A")
    control(
        right.records("A"),
        by=by,
        message=_("{server} does not answer for a name that is signed rightly either ({code}).",
                  server=server.node,
                  code=right.code),
    )  # fmt: skip
    for kind in ("A", "AAAA"):
        reply = _asked(server, false, client, kind)
        require(
            not reply.addresses() and (kind == "AAAA" or reply.code == "SERVFAIL"),
            _(
                "{server} gives the address of {name} ({kind}), whose signature does not fit: it "
                "does not validate.",
                server=server.node,
                name=false,
                kind=kind,
            ),
        )


# Who asks


def answers_nobody_else(
    lab: Lab,
    server: Server,
    name: str,
    *,
    user: Vantage,
    neighbour: str,
    link: str,
    stranger: str,
    own: Iterable[object],
    others: Iterable[object],
    by: str,
) -> None:
    """Whoever is in none of the networks `own` is told nothing, at whatever address he asks.

    Asked are the server's address for its clients and its `others`, over UDP from everywhere in the
    world, put on `link` where the router there would put it; and over TCP by a `stranger` and by a
    `neighbour` on that link. The control is a `user`.
    """
    try:
        right = _asked(server, unknown(name), user)
    except Failed:
        right = None
    control(
        right is not None and right.code == "NOERROR",
        by=by,
        message=_("{server} does not answer its own clients either.", server=server.node),
    )
    node = lab.node(server.node)
    own = list(own)
    for address in (server.address, *others):
        to = ip_address(str(address))
        everybody = [
            one.address
            for one in strangers.drawn(lab, own, to.version, 1)
            if _visitor(one.address) and one.kind != "mapped"
        ]
        told = ask_as(everybody, node, link, to, unknown(name), "AAAA", True, within=SILENT)
        for source, reply in told.items():
            _refused(server, source, reply)
    for asker in (stranger, neighbour):
        for tcp in (False, True):
            try:
                reply = names.query(
                    lab.node(asker),
                    server.address,
                    unknown(name),
                    tcp=tcp,
                    recursion=True,
                    within=SILENT,
                )
            except Failed:
                continue  # silence and hanging up are refusals as well
            _refused(server, asker, reply)


def _visitor(address: object) -> bool:
    one = ip_address(str(address))
    if isinstance(one, IPv4Address):
        return not (one.is_multicast or one.is_loopback or one.is_unspecified or one.is_reserved)
    return one in UNICAST


def _refused(server: Server, who: object, reply: names.Reply | None) -> None:
    require(
        reply is None or (not reply.message.answer and reply.code != "NOERROR"),
        _(
            "{server} looks up names for strangers, for instance for {address}.",
            server=server.node,
            address=who,
        ),
    )


# Questions


def _asked(
    server: Server,
    name: str,
    client: Vantage,
    kind: str = "AAAA",
    tcp: bool = False,
    signed: bool = False,
) -> names.Reply:
    """What the server answers. Raises Failed, also where somebody else answers in its place."""
    reply = names.query(
        client,
        server.address,
        name,
        kind,
        tcp=tcp,
        recursion=True,
        within=PATIENCE,
        signed=signed,
    )
    require(
        reply.node == server.node,
        _(
            "Not {server} answers a DNS question of {client}, but {node}.",
            server=server.node,
            client=client,
            node=reply.node or "?",
        ),
    )
    return reply


def _at_source(lab: Lab, server: Server, name: str, kind: str) -> names.Reply:
    return names.query(lab.node(server.asker), server.at, name, kind, within=PATIENCE)


def _true(lab: Lab, server: Server, name: str, kind: str) -> list[object]:
    """The addresses of a name as the server that has it says, aliases followed."""
    reply = _at_source(lab, server, name, kind)
    for alias in reply.records("CNAME"):
        if not reply.records(kind):
            reply = _at_source(lab, server, names.plain(alias.target), kind)
    return [ip_address(one.address) for one in reply.records(kind)]


def _six(reply: names.Reply) -> list[IPv6Address]:
    return [one for one in reply.addresses() if isinstance(one, IPv6Address)]


def _records(reply: names.Reply, kind: str) -> set[str]:
    return {str(one).lower() for one in reply.records(kind)}
