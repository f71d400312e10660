"""Names: who answers for a zone, whom, and with what; and the way there from the root.

Servers are nodes whose addresses the plan has (`ns1.address`, `ns1.address4`); clients are nodes
that have the family in which they ask, and from whose network new hosts ask as well.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from typing import TYPE_CHECKING, NamedTuple

from ipv6lab.expect import strangers
from ipv6lab.expect.conditions import _, control, require
from ipv6lab.expect.places import address_of, new_host
from ipv6lab.expect.strangers import someone_in
from ipv6lab.probes import Blocked, Capture, Failed, FreshHost, Packet
from ipv6lab.probes.acts.cut import cut_off
from ipv6lab.probes.asks import names
from ipv6lab.probes.hosts.beyond import Beyond
from ipv6lab.probes.hosts.forged import ask_as

if TYPE_CHECKING:
    from ipv6lab.probes import Lab, Node
    from ipv6lab.words.message import Message

Address = IPv4Address | IPv6Address
Records = Mapping[str, object]  # a name's one address, by the name
A_DAY = 86_400  # seconds; RFC 1912 section 2.2 has two to four weeks for the end of a copy

# A secondary is told of a change and asks for it in about a second; told once more after 15 where
# it was not there yet (RFC 1996 section 3.6).
TRANSFERRED = 20
STARTED = 8  # seconds in which a server that is about to start has started
AGAIN = 0.3  # seconds
REFUSED = "REFUSED"  # RFC 1035 section 4.1.1
SITE = 52  # bits of a location's prefix
DRAWN = 1  # stranger that asks over TCP, beside one from far away
PATIENCE = 6  # seconds for an answer that has to come, of a machine that has much else to do
MORE = 15  # the same for hosts whose packets the grader itself hands on
GLOBAL = {4: "11.0.0.0/8", 6: "2a00::/12"}  # where somebody lives whom no plan knows
UNICAST: dict[int, IPv4Network | IPv6Network] = {
    4: IPv4Network("0.0.0.0/1"),
    6: IPv6Network("2000::/3"),
}


class Asker(NamedTuple):
    """Whoever asks a server: the client, and in the plan the network that it is in."""

    client: str
    network: str


# That they hold what they should


def settled(lab: Lab, servers: Iterable[str], zones: Iterable[str], askers: Iterable[str]) -> None:
    """Give secondaries the time to fetch what the primary has (RFC 1996 section 3.6).

    `askers` are clients; each server is asked over whichever family it answers. The first of the
    `zones` has to be somewhere: a server may have just been started.
    """
    servers, askers = list(servers), list(askers)
    until, started = lab.record.until(TRANSFERRED), lab.record.until(STARTED)
    with lab.record.waiting(_("waiting for all name servers to hold the same zone")):
        for number, zone in enumerate(zones):
            while True:
                held = {_held(lab, one, zone, askers) for one in servers}
                if len(held) == 1 and (number or held != {None} or time.monotonic() > started):
                    break
                if time.monotonic() > until:
                    return
                time.sleep(AGAIN)  # a transfer between two nodes tells nobody else of its end


def _held(lab: Lab, server: str, zone: str, askers: list[str]) -> int | None:
    """The version of a zone that a server has, over whichever family it answers; None if none."""
    for client in askers:
        node = lab.node(client)
        for family in (6, 4):
            if any(_usable(one.address) for one in node.addresses(family=family)):
                try:
                    return serial(lab, server, zone, client, family)
                except Failed:
                    continue
    return None


def _usable(address: Address) -> bool:
    return not address.is_link_local and not address.is_loopback


def serial(lab: Lab, server: str, zone: str, client: str, family: int = 6) -> int | None:
    """The version of a zone that a server tells; None where it has none."""
    reply = names.query(lab.node(client), address_of(lab, server, family), zone, "SOA")
    found = [one for one in reply.records("SOA") if reply.authoritative]
    return int(found[0].serial) if found else None


def hold_the_same(
    lab: Lab,
    servers: Iterable[str],
    zone: str,
    *,
    client: str,
    asked: Mapping[str, str],
    missing: bool = False,
) -> None:
    """All servers hold one version of a zone, and answer the same for what is `asked` (name: kind).

    For a name both families' addresses are compared. With `missing`, none of them need have it.
    """
    servers = list(servers)
    versions = {one: serial(lab, one, zone, client) for one in servers}
    if missing and set(versions.values()) == {None}:
        return
    first, *others = servers
    for other in others:
        require(
            versions[first] is not None and versions[first] == versions[other],
            _(
                "{one} holds version {first} of {zone}, and {other} version {second}.",
                one=first,
                other=other,
                first="—" if versions[first] is None else versions[first],
                second="—" if versions[other] is None else versions[other],
                zone=zone,
            ),
        )
        for name, kind in asked.items():
            require(
                _data(lab, first, name, kind, client) == _data(lab, other, name, kind, client),
                _(
                    "{one} and {other} both hold version {serial} of {zone}, and differ in what "
                    "they say of {name}.",
                    one=first,
                    other=other,
                    serial=versions[first],
                    zone=zone,
                    name=name,
                ),
            )


def _data(lab: Lab, server: str, name: str, kind: str, client: str) -> list[str]:
    """What a server says of a name, in an order of its own; addresses of both families."""
    kinds = ("AAAA", "A") if kind in ("A", "AAAA") else (kind,)
    node, address = lab.node(client), address_of(lab, server)
    replies = {one: names.query(node, address, name, one) for one in kinds}
    return sorted(
        str(record).lower() for one, reply in replies.items() for record in reply.records(one)
    )


# That they answer


def answers(
    lab: Lab,
    server: str,
    records: Records,
    *,
    family: int = 6,
    asker: Asker,
    kind: str = "AAAA",
    aliases: Collection[str] = (),
    only: bool = False,
) -> None:
    """A server answers everybody over a family, by UDP and TCP, with authority, and does so itself.

    `records` are names with an address that each of them has to have (`only`: no other), of the
    `kind` A or AAAA. What is one of `aliases` may be an alias (CNAME). Everybody: the client, a
    new host beside it, and strangers anywhere in the world.
    """
    address, client = address_of(lab, server, family), lab.node(asker.client)
    for tcp in (False, True):
        for name, wanted in records.items():
            reply = names.query(client, address, name, kind, tcp=tcp, within=PATIENCE)
            _right(reply, server, name, family)
            owner = None if name in aliases else name
            found = [ip_address(one.address) for one in reply.records(kind, owner)]
            require(
                found,
                _(
                    "{server} has no {kind} record for {name}.",
                    server=server,
                    name=name,
                    kind=kind,
                ),
            )
            right = ip_address(str(wanted))
            wrong = [one for one in found if one != right]
            require(
                right in found and not (only and wrong),
                _(
                    "{server} gives {name} the address {address}, which is not that machine's.",
                    server=server,
                    name=name,
                    address=next(iter(wrong), None),
                ),
            )
    _answers_everybody(lab, server, dict(records), kind, family, asker)
    _answers_itself(lab, server, next(iter(records)), family, asker)


def _right(reply: names.Reply, server: str, name: str, family: int) -> None:
    """The answer comes from the machine that it should come from, and with authority."""
    require(
        reply.node == server,
        _(
            "{node} answers at {address}, which is the address of {server}.",
            node=reply.node or "?",
            address=reply.server,
            server=server,
        ),
    )
    require(
        reply.code == "NOERROR",
        _(
            "{server} is asked for {name} over IPv{family} and answers {code}.",
            server=server,
            name=name,
            family=family,
            code=reply.code,
        ),
    )
    require(
        reply.authoritative,
        _(
            "{server} answers for {name} without authority: AA is not set.",
            server=server,
            name=name,
        ),
    )


def _answers_everybody(
    lab: Lab, server: str, records: dict[str, object], kind: str, family: int, asker: Asker
) -> None:
    """New hosts and strangers are told what the client is told."""
    node, address = lab.node(server), address_of(lab, server, family)
    name = secrets.choice(list(records))
    wanted = ip_address(str(records[name]))

    def told(reply: names.Reply | None, who: object) -> None:
        require(
            reply is not None and wanted in reply.addresses(),
            _(
                "{server} tells {client} the address of {name}, but not somebody at {address}.",
                server=server,
                client=asker.client,
                name=name,
                address=who,
            ),
        )

    with _new_host(lab, asker, family) as host:
        for tcp in (False, True):
            try:
                reply = names.query(host, address, name, kind, tcp=tcp, within=MORE)
            except Failed:
                reply = None
            told(reply, host.address)
    link = node.interface().link
    near = [
        ip_interface(f"{one.address}/{one.prefixlen}").network
        for one in node.addresses(family=family)
    ]
    # Whoever is at an address that nobody may have is no visitor.
    everybody = [
        one.address
        for one in strangers.drawn(lab, near, family, 1)
        if one.address in UNICAST[family]
        and (one.kind == "global" or one.kind not in {**strangers.KINDS6, **strangers.KINDS4})
    ]
    asked = ask_as(everybody, node, link, address, name, kind, within=MORE)
    for source, reply in asked.items():
        told(reply, source)
    with Beyond(node, link, everybody[0], [address]) as stranger:
        try:
            reply = names.query(stranger, address, name, kind, tcp=True, within=MORE)
        except Failed:
            reply = None
        told(reply, stranger.address)


def _answers_itself(lab: Lab, server: str, name: str, family: int, asker: Asker) -> None:
    """A question that nobody has asked before goes to the server and no further."""
    nonce = f"x{secrets.token_hex(8)}"
    own = {one.address for one in lab.node(asker.client).addresses(family=family)}

    def handed_on(packet: Packet) -> bool:
        return (
            packet.sent
            and packet.node == server
            and nonce.encode() in packet.frame.lower()
            and packet.ip is not None
            and packet.ip.destination not in own
        )

    address = address_of(lab, server, family)
    with Capture(lab.fabric, (), handed_on) as capture:
        names.query(lab.node(asker.client), address, f"{nonce}.{name}", "TXT")
        passed = capture.read() or capture.packets
    if passed:
        assert passed[0].ip is not None
        lab.record.add("dns", server, _("Where {server} asks.", server=server), {}, passed)
        raise Failed(
            _(
                "{server} does not answer itself: it hands the questions on to {other}.",
                server=server,
                other=lab.whose(passed[0].ip.destination),
            )
        )


def mail_goes_to(
    lab: Lab, server: str, zone: str, exchanger: str, *, client: str, family: int = 6
) -> None:
    """A server names this one mail server of a zone (MX)."""
    reply = names.query(lab.node(client), address_of(lab, server, family), zone, "MX")
    require(
        [names.plain(one.exchange) for one in reply.records("MX")] == [names.plain(exchanger)],
        _("The domain's mail goes elsewhere than before."),
    )


def answers_without(
    lab: Lab, server: str, zone: str, *, without: Iterable[str], client: str, family: int = 6
) -> None:
    """A server answers while others are cut off from everybody. The check has to be `alone`."""
    with ExitStack() as cut:
        others = list(without)
        for other in others:
            cut.enter_context(cut_off(lab.node(other)))
        # What nobody has asked before stands in no cache.
        asked = (zone, f"x{secrets.token_hex(8)}.{zone}")
        try:
            replies = [
                names.query(lab.node(client), address_of(lab, server, family), one, "SOA")
                for one in asked
            ]
            answered = all(
                one.authoritative and one.code in ("NOERROR", "NXDOMAIN") for one in replies
            )
        except Failed:
            answered = False
    require(
        answered,
        _(
            "When {other} is cut off, {server} does not answer for {zone} any more.",
            other=", ".join(others),
            server=server,
            zone=zone,
        ),
    )


def answering(lab: Lab, server: str, zone: str, *, client: str, by: str) -> None:
    """Go on only if a server answers for a zone at all; else blocked by check `by`."""
    if _told(lab, server, zone, client, 6) is None:
        raise Blocked(
            by, _("{server} does not answer over IPv6, so this cannot be judged.", server=server)
        )


def _told(lab: Lab, server: str, zone: str, client: str, family: int) -> names.Reply | None:
    """The answer to a question with the wish for recursion; None if there is none."""
    node, address = lab.node(client), address_of(lab, server, family)
    until = time.monotonic() + PATIENCE
    while (left := until - time.monotonic()) > 0:
        # A server that is just starting refuses for longer than a question waits.
        with suppress(Failed):
            return names.query(node, address, zone, "SOA", recursion=True, within=left)
    return None


# The way from the root


def found_from_the_root(
    lab: Lab, name: str, address: object, *, client: str, root: object, kind: str = "AAAA"
) -> None:
    """A client finds a name's address from the root on, over the family of `root` alone."""
    walker = _walker(lab, client, root)
    found = [ip_address(one.address) for one in walker.resolve(name, kind).reply.records(kind)]
    require(
        ip_address(str(address)) in found,
        _(
            "From the root on, {name} has not the address of its machine ({kind}).",
            name=name,
            kind=kind,
        ),
    )


def delegated_with_glue(lab: Lab, zone: str, *, client: str, root: object) -> None:
    """The parent says of each name server where it is, and it is there. So one alone will do."""
    walker, node = _walker(lab, client, root), lab.node(client)
    parent = walker.delegation(zone)
    for server in parent.servers:
        if not server.endswith(f".{zone}"):
            continue  # its addresses are for another zone to say
        glue = [one for one in parent.glue.get(server, ()) if one.version == walker.family]
        values = {"zone": zone, "server": server, "family": walker.family}
        require(
            glue,
            _(
                "The parent of {zone} gives no IPv{family} address (glue) for its name server "
                "{server}.",
                **values,
            ),
        )
        for address in glue:
            reply = names.query(node, address, zone, "SOA")
            require(
                reply.authoritative,
                _(
                    "The parent of {zone} says that {server} is at {address}; whoever answers "
                    "there is no name server of that zone.",
                    address=address,
                    **values,
                ),
            )
            known = names.query(node, address, server).records("AAAA", server)
            require(
                not known or address in [ip_address(one.address) for one in known],
                _(
                    "The parent of {zone} says that {server} is at {address}; the zone itself "
                    "says something else.",
                    address=address,
                    **values,
                ),
            )


def names_nobody_else(
    lab: Lab, *networks: object, client: str, root: object, each: int = 2
) -> None:
    """An address of these networks that nobody has, has no name that is somebody else's."""
    walker = _walker(lab, client, root)
    for network in networks:
        for _number in range(each):
            address = someone_in(network)
            for record in walker.resolve(address.reverse_pointer, "PTR").reply.records("PTR"):
                name = names.plain(record.target)
                back = walker.resolve(name).reply.records("AAAA")
                require(
                    address in [ip_address(one.address) for one in back],
                    _(
                        "{address}, which nobody has, has the name {name}, and that name does not "
                        "have this address.",
                        address=address,
                        name=name,
                    ),
                )


def copies_last(lab: Lab, servers: Iterable[str], zone: str, *, client: str) -> None:
    """Whoever holds a copy of the zone may go on with it for a day without the primary."""
    for server in servers:
        reply = names.query(lab.node(client), address_of(lab, server, 6), zone, "SOA")
        for record in reply.records("SOA"):
            require(
                int(record.expire) >= A_DAY,
                _(
                    "By the SOA record of {zone} a secondary gives its copy up {seconds} s after "
                    "the primary has gone.",
                    zone=zone,
                    seconds=int(record.expire),
                ),
            )


def leads_back(lab: Lab, machines: Iterable[str], *, client: str, root: object) -> None:
    """The addresses of machines have names (PTR), and these names have the addresses."""
    walker = _walker(lab, client, root)
    for machine in machines:
        address = address_of(lab, machine)
        found = walker.resolve(address.reverse_pointer, "PTR").reply.records("PTR")
        require(
            found,
            _("{address}, the address of {node}, has no name.", address=address, node=machine),
        )
        for record in found:
            name = names.plain(record.target)
            back = walker.resolve(name).reply.records("AAAA")
            require(
                address in [ip_address(one.address) for one in back],
                _(
                    "{address} has the name {name}, but that name does not have this address.",
                    address=address,
                    name=name,
                ),
            )


def agreed_with_the_parent(
    lab: Lab, zone: str, servers: Iterable[str], *, client: str, root: object
) -> None:
    """The parent of a zone and each of its servers name the same name servers, and no aliases.

    A server that does not have the zone says nothing, which is for others to judge; so is a zone
    that nobody delegates to them.
    """
    walker, node = _walker(lab, client, root), lab.node(client)
    parent = set(walker.delegation(zone).servers)
    for server in servers:
        child = _children(lab, server, zone, client)
        require(
            child == parent,
            _(
                "{server} names {child} as the name servers of {zone}, the parent names {parent}.",
                server=server,
                child=", ".join(sorted(child)) or "—",
                zone=zone,
                parent=", ".join(sorted(parent)),
            ),
        )
        for name in child:
            reply = names.query(node, address_of(lab, server), name)
            require(
                not reply.records("CNAME", name),
                _("{name} is an alias (CNAME), and a name server may not be one.", name=name),
            )


def reverse_zones(
    lab: Lab, machines: Iterable[str], within: str, *, client: str, root: object
) -> set[str]:
    """The delegated zones in which the addresses of machines have their names, below `within`."""
    walker, found = _walker(lab, client, root), set()
    for machine in machines:
        pointer = address_of(lab, machine).reverse_pointer
        try:
            referrals = walker.resolve(pointer, "PTR").referrals
        except Failed:
            continue  # whether there is a name is for `leads_back` to tell
        if referrals and referrals[-1].zone.endswith(within):
            found.add(referrals[-1].zone)
    return found


def at_several_sites(lab: Lab, zone: str, *, server: str, client: str) -> None:
    """Over IPv6 the name servers that a zone names stand on several machines at several sites."""
    node, places = lab.node(client), {}
    for name in _children(lab, server, zone, client):
        for record in names.query(node, address_of(lab, server), name).records("AAAA"):
            answer = names.query(node, record.address, zone, "SOA")
            _right(answer, answer.node or "?", zone, 6)
            places[ip_network(f"{record.address}/{SITE}", strict=False)] = answer.node
    require(
        len(places) > 1, _("Over IPv6, all name servers of {zone} stand at one site.", zone=zone)
    )
    require(
        len(set(places.values())) > 1,
        _("Over IPv6, one machine answers for all name servers of {zone}.", zone=zone),
    )


def _children(lab: Lab, server: str, zone: str, client: str) -> set[str]:
    """The names of a zone's name servers, as one of them says."""
    reply = names.query(lab.node(client), address_of(lab, server), zone, "NS")
    return {names.plain(one.target) for one in reply.records("NS")}


def _walker(lab: Lab, client: str, root: object) -> names.Walker:
    return names.Walker(lab.node(client), [root], ip_address(str(root)).version)


# What may not be


def publishes_only(
    lab: Lab, servers: Iterable[str], services: Mapping[str, tuple[str, int, bool]], *, client: str,
    by: str,
) -> None:  # fmt: skip
    """No published IPv6 address leads to a service that does not answer there.

    `services` are names with the node and port behind each, and whether it has IPv6. Blocked by
    check `by` while nothing is published.
    """
    servers, answered = list(servers), False
    zone = min(services, key=len)
    # Of a name that nobody thought of, only a wildcard publishes an address.
    unknown = f"x{secrets.token_hex(4)}.{zone}"
    for name, (machine, port, has) in {**services, unknown: (*services[zone][:2], True)}.items():
        for address in published(lab, servers, name, client=client):
            require(
                has,
                _(
                    "{name} has the address {address}, but that service has no IPv6.",
                    name=name,
                    address=address,
                ),
            )
            if port == names.PORT:  # over TCP as well, but that is for others to tell
                _right(names.query(lab.node(client), address, zone, "SOA"), machine, zone, 6)
            else:
                lab.node(client).open_port(lab.node(machine), address, port, within=2)
            answered = True
    _something(answered, by)


def publishes_only_global(
    lab: Lab, servers: Iterable[str], services: Iterable[str], *, client: str, by: str
) -> None:
    """No IPv6 address is published that does not hold in the whole Internet."""
    servers, found = list(servers), False
    for name in services:
        for address in published(lab, servers, name, client=client):
            found = True
            require(
                not local(address),
                _(
                    "{name} has the address {address}, with which nobody outside can do anything.",
                    name=name,
                    address=address,
                ),
            )
    _something(found, by)


def _something(found: bool, by: str) -> None:
    control(found, by=by, message=_("No IPv6 address is published yet, so none can be tried."))


def published(lab: Lab, servers: Iterable[str], name: str, *, client: str) -> list[IPv6Address]:
    """The IPv6 addresses that any of the servers publishes for a name; none where it is silent."""
    found: dict[IPv6Address, str] = {}
    for server in servers:
        try:
            reply = names.query(lab.node(client), address_of(lab, server), name)
        except Failed:
            continue
        for record in reply.records("AAAA"):
            found[IPv6Address(record.address)] = server
    return list(found)


def local(address: Address) -> bool:
    """Unique local, link-local, IPv4-mapped, and what is no unicast address at all."""
    return (
        (address.version == 6 and address in IPv6Network("fc00::/7"))
        or address.is_link_local
        or getattr(address, "is_site_local", False)
        or getattr(address, "ipv4_mapped", None) is not None
        or address.is_loopback
        or address.is_multicast
        or address.is_unspecified
    )


def refuses_recursion(
    lab: Lab,
    server: str,
    zone: str,
    foreign: str,
    *,
    family: int = 6,
    asker: Asker,
    inside: Iterable[object] = (),
    by: str,
) -> None:
    """A server looks up other people's names for nobody outside of the agency, over a family.

    `inside` are networks of the agency's besides those that the plan gives to all of it. The
    control is that it answers the same client for its own `zone`; else blocked by check `by`.
    """
    own = _told(lab, server, zone, asker.client, family)
    control(
        own is not None and own.code in ("NOERROR", "NXDOMAIN"),
        by=by,
        message=_(
            "{server} does not answer over IPv{family} for its own zone either.",
            server=server,
            family=family,
        ),
    )
    node, address = lab.node(server), address_of(lab, server, family)
    link = node.interface().link
    agency = [ip_network(one) for one in (*_agency(lab, family), *map(str, inside))]
    everybody = [_someone(family)]
    everybody += strangers.around(one for one in agency if one.version == family)
    others = ask_as(everybody, node, link, address, zone, "SOA", recursion=True)
    offers = [one for one, reply in others.items() if reply and reply.recursion_available]
    if own is not None and own.recursion_available:
        offers += [one for one in _own(lab, asker.client, family) if not _in(one, agency)][:1]
    if not offers:
        return  # it never looks anything up
    for name, kind in ((f"x{secrets.token_hex(4)}.{foreign}", "A"), (foreign, "SOA")):
        tried = ask_as(offers, node, link, address, name, kind, True)
        if silent := [source for source, reply in tried.items() if reply is None]:
            # Silence is taken for looking it up, so it has to last.
            tried |= ask_as(silent, node, link, address, name, kind, True, within=PATIENCE)
        for source, reply in tried.items():
            _refused(server, source, reply)


def _refused(server: str, source: object, reply: names.Reply | None) -> None:
    """A stranger has been told no."""
    # One that would look it up and finds nobody is silent, or says SERVFAIL.
    require(
        reply is not None and not reply.message.answer and reply.code == "REFUSED",
        _(
            "{server} looks up other people's names for strangers, for instance for {address}.",
            server=server,
            address=source,
        ),
    )


def refuses_transfer(
    lab: Lab,
    server: str,
    zones: Iterable[str],
    *,
    family: int = 6,
    asker: Asker,
    by: str,
) -> None:
    """A server gives nobody outside of the agency a whole zone, over a family.

    The control is that the same client gets single answers over TCP; else blocked by check `by`.
    """
    node, address = lab.node(server), address_of(lab, server, family)
    link, zones = node.interface().link, list(zones)
    try:
        own = names.query(
            lab.node(asker.client), address, zones[0], "SOA", tcp=True, within=PATIENCE
        )
    except Failed:
        own = None
    control(
        own is not None and own.authoritative,
        by=by,
        message=_(
            "{server} does not take single questions over TCP and IPv{family} either.",
            server=server,
            family=family,
        ),
    )
    outside = list(strangers.around(_agency(lab, family)))
    chosen = [_someone(family), *secrets.SystemRandom().sample(outside, DRAWN)]
    with ExitStack() as opened:
        hosts: list[Node] = [lab.node(asker.client)]
        hosts.append(opened.enter_context(_new_host(lab, asker, family)))
        for host in hosts:
            for zone in zones:
                _no_transfer(server, zone, host, address)
    for source in chosen:
        with Beyond(node, link, source, [address]) as stranger:
            for zone in zones:
                _no_transfer(server, zone, stranger, address)
    for zone in zones:
        # Over UDP the list is asked the same, and the answer says that there would be more.
        for source, reply in ask_as(outside, node, link, address, zone, "IXFR", within=1).items():
            require(
                reply is None or not reply.records("SOA"),
                _gives_all(server, zone, source),
            )


def _no_transfer(server: str, zone: str, host: Node, address: Address) -> None:
    try:
        given = names.transfer(host, address, zone, within=1).records("SOA")
    except Failed:
        given = []  # hanging up is a refusal, too
    require(not given, _gives_all(server, zone, getattr(host, "address", host.name)))


def _gives_all(server: str, zone: str, who: object) -> Message:
    return _(
        "{server} gives strangers the whole zone {zone}, for instance {address}.",
        server=server,
        zone=zone,
        address=who,
    )


# Who asks


def _new_host(lab: Lab, asker: Asker, family: int) -> FreshHost:
    """A host that nobody had in mind, where the client is."""
    client = lab.node(asker.client)
    network = ip_network(str(lab.plan[f"{asker.network}.prefix{'4' if family == 4 else ''}"]))
    there = [
        one.link
        for one in client.interfaces
        if any(each.address in network for each in client.addresses(one.name, family))
    ]
    link = there[0] if there else client.interface().link  # it may have lost its address
    return new_host(lab, link, asker.network, family)


def _someone(family: int) -> Address:
    network = ip_network(GLOBAL[family])
    return network[secrets.randbelow(network.num_addresses)]


def _in(address: Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address in one for one in networks if one.version == address.version)


def _agency(lab: Lab, family: int) -> list[str]:
    return [str(lab.plan["agency.prefix4" if family == 4 else "agency.prefix"])]


def _own(lab: Lab, client: str, family: int) -> Iterator[Address]:
    for one in lab.node(client).addresses(family=family):
        if _usable(one.address):
            yield one.address


def resolves(
    lab: Lab,
    server: str,
    records: Mapping[str, Collection[object]],
    *,
    asker: Asker,
    families: Iterable[int] = (6, 4),
    kinds: Iterable[str] = ("AAAA", "A"),
    also: Iterable[object] = (),
) -> None:
    """A DNS server tells whoever is in a network all the addresses of names, and no others.

    `records` are addresses of either family by name. Asked are those of the `kinds`, over the
    `families`, by the client over UDP and TCP, a new host beside it, and others in its network;
    and as from the addresses `also`, wherever these are.
    """
    elsewhere = [ip_address(str(one)) for one in also]
    wanted = {
        (name, kind): {
            one
            for one in (ip_address(str(each)) for each in addresses)
            if one.version == (6 if kind == "AAAA" else 4)
        }
        for name, addresses in records.items()
        for kind in kinds
    }
    for family in families:
        address = address_of(lab, server, family)
        with _new_host(lab, asker, family) as host:
            for who in (lab.node(asker.client), host):
                if who is not host and not any(_own(lab, who.name, family)):
                    continue
                for (name, kind), right in wanted.items():
                    # An answer too long for a datagram is fetched over TCP (RFC 7766 section 5).
                    for tcp in (False,) if who is host else (False, True):
                        reply = names.query(
                            who, address, name, kind, tcp, recursion=True, within=PATIENCE
                        )
                        _resolved(server, reply, name, kind, right, who.name)
        suffix = "4" if family == 4 else ""
        others = [
            strangers.someone_in(
                lab.plan[f"{asker.network}.prefix{suffix}"],
                [lab.plan[f"{asker.network}.router{suffix}"]],
            ),
            *(one for one in elsewhere if one.version == family),
        ]
        link = lab.node(server).interface().link
        for (name, kind), right in wanted.items():
            told = ask_as(
                others, lab.node(server), link, address, name, kind, True, within=PATIENCE
            )
            for source, one in told.items():
                _resolved(server, one, name, kind, right, str(source))


def serves_networks(
    lab: Lab, server: str, name: str, networks: Iterable[object], *, within: object = None
) -> None:
    """A DNS server looks up names for whoever is in these networks, and says so.

    Whoever is not `within` that network (drawn out of all other addresses) it refuses. What it
    finds is for others to judge. The questions are put on the server's own link.
    """
    own = [ip_network(str(one)) for one in networks]
    family = own[0].version
    address, node = address_of(lab, server, family), lab.node(server)
    link = node.interface().link

    def told(sources: Collection[Address]) -> dict[Address, names.Reply | None]:
        return ask_as(sources, node, link, address, name, "AAAA", True, within=PATIENCE)

    for source, reply in told(
        [strangers.someone_in(one) for one in own for _n in range(2)]
    ).items():
        require(
            reply is not None and reply.code != REFUSED,
            _("{server} refuses questions from {address}.", server=server, address=source),
        )
    if within is None:
        return
    for source, reply in told(
        [one.address for one in strangers.drawn(lab, [within, address], family, 1)]
    ).items():
        require(
            reply is None or reply.code == REFUSED,
            _(
                "{server} looks up names for {address}, which is not in the agency.",
                server=server,
                address=source,
            ),
        )


def _resolved(
    server: str, reply: names.Reply | None, name: str, kind: str, right: set[Address], who: str
) -> None:
    values = {"server": server, "name": name, "kind": kind, "client": who}
    if reply is None:
        raise Failed(_("{server} does not answer {client} about {name}.", **values))
    require(
        reply.node == server,
        _("Not {server} answers a DNS question of {client}, but {node}.",
          node=reply.node or "?", **values),
    )  # fmt: skip
    found = {ip_address(one.address) for one in reply.records(kind)}
    require(
        found or not right,
        _("{server} tells {client} of no {kind} record of {name}.", **values),
    )
    require(
        found >= right,
        _("{server} no longer tells {client} all addresses of {name} ({kind}).", **values),
    )
    require(
        found <= right,
        _(
            "{server} tells {client} that {name} is at {address}, which that machine has not got.",
            address=next(iter(found - right), None),
            **values,
        ),
    )


def knows(lab: Lab, server: str, name: str, *, client: str, kind: str = "AAAA") -> bool:
    """Whether a server tells a client any address of a name, over whichever family it answers."""
    for family in (6, 4):
        try:
            address = address_of(lab, server, family)
            reply = names.query(
                lab.node(client), address, name, kind, recursion=True, within=PATIENCE
            )
        except Failed:
            continue
        if reply.records(kind):
            return True
    return False
