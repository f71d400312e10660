"""What DHCPv6 servers tell and lease the hosts of a link (RFC 8415, RFC 3646), and who they are."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from ipaddress import IPv6Address, IPv6Network, summarize_address_range

from ipv6lab.expect.conditions import _, control, require
from ipv6lab.expect.domains import strange
from ipv6lab.probes import Failed, FreshHost, Lab
from ipv6lab.probes.acts.flap import flap
from ipv6lab.probes.hosts.dhcp6client import Client, Response
from ipv6lab.wire import dhcp6

# A host that is told to ask again sooner waits for this long all the same (RFC 8415 section 7.6).
LEAST_REFRESH = dhcp6.IRT_MINIMUM
# Seconds between the tries of a client that renews (REN_TIMEOUT, RFC 8415 section 7.6). Between T1
# and the end of the preferred lifetime there has to be time for two.
REN_TIMEOUT = 10
SLICES = 8  # of a pool, in each of which an address is wished for
# Of a server that grants no wishes so many clients are offered nearly as many addresses, unless it
# has only a few hundred: 40 draws from 4,096 nearly never fall on the same one four times.
DRAWS, MANY = 40, 36
# Seconds until a server that has just answered has answered once more, or will not.
SILENCE = 2
CLIENTS = 3  # of a server that might serve one alone
# Seconds until a client that was plugged in has heard its router (4.5) and its server (four
# messages with a delay of up to 1), and has checked the address for duplicates, on a busy machine.
LEASED = 11
# Seconds until one has heard its router, and then its server's settings, on a busy machine.
LEARNT = 9
# Seconds that a machine takes to be switched off and on, until its services are started, and that
# a server then tries to open its socket while the link-local address is checked for duplicates.
REBOOTED = 25


def tells_settings(
    lab: Lab, link: str, server: str, *, dns: object, search: str, least_refresh: int = 0
) -> None:
    """Whoever asks on the link for settings gets these, from `server` alone.

    Several clients ask, and every server has time to answer. `least_refresh`: seconds after which
    hosts may be told to ask again at the earliest.
    """
    for client_number in range(CLIENTS):
        with lab.link(link).dhcp6_client() as client:
            if client_number == 0:
                answers = client.everybody(dhcp6.INFORMATION_REQUEST)
            else:
                first = client.information_request()
                answers = [first] if first else []
        _only(lab, link, server, answers)
        for one in answers:
            _settings(one.message, dns, search)
            told = one.message.refresh_time
            require(
                told is None or told >= least_refresh,
                _(
                    "Hosts are told to ask again after {seconds} s; less than {least} s is not "
                    "allowed.",
                    seconds=told,
                    least=least_refresh,
                ),
            )


def tells_a_time_server(lab: Lab, link: str) -> None:
    """The server's answer names a time server."""
    with lab.link(link).dhcp6_client() as client:
        reply = client.information_request()
    require(
        reply and (reply.message.sntp_servers or reply.message.ntp_servers),
        _("The server's answer names no time server."),
    )


def leases_come_with(lab: Lab, link: str, server: str, *, dns: object, search: str) -> None:
    """A lease comes with exactly this DNS server, and with the search list."""
    with lab.link(link).dhcp6_client() as client:
        offers = _offers(lab, link, server, client)
        for one in [*offers, _take(client, offers[0])]:
            _settings(one.message, dns, search)


def _settings(told: dhcp6.Message, dns: object, search: str) -> None:
    require(told.dns_servers, _("The server's answer names no DNS server."))
    for one in told.dns_servers:
        require(
            str(one) == str(dns),
            _("The server names {server}, which is not the DNS server.", server=one),
        )
    require(told.search_list, _("The server's answer carries no search list."))
    require(
        search.casefold() in told.search_list,
        _(
            "The search list is {domains}, without the agency's domain.",
            domains=", ".join(told.search_list),
        ),
    )
    for name in strange(told.search_list, search):
        raise Failed(
            _(
                "The server also names {domain} as a search list: short names are then looked for "
                "outside the agency's domain.",
                domain=name,
            )
        )


def _only(lab: Lab, link: str, server: str, answers: list[Response]) -> None:
    """Somebody answers, and nobody but that server does."""
    if not answers:
        require(
            lab.node(server).listens(547),
            _(
                "Nobody answers on {link}, and no program on {server} listens on UDP port 547.",
                link=link,
                server=server,
            ),
        )
        raise Failed(
            _(
                "A DHCPv6 server listens on {server}, but nobody answers on {link}.",
                server=server,
                link=link,
            )
        )
    for one in answers:
        require(
            one.node == server,
            _(
                "Not {server} alone answers as a DHCPv6 server on {link}, but {node}.",
                server=server,
                link=link,
                node=one.node,
            ),
        )


def nobody_serves(lab: Lab, link: str, *, reached: str, by: str) -> None:
    """Nobody on the link answers as a DHCPv6 server; the question is seen to reach a node."""
    with lab.link(link).dhcp6_client() as client:
        answers, asked = client.anybody(), client.reached
    for answer in answers:
        raise Failed(_("{node} answers as a DHCPv6 server on {link}.", node=answer.node, link=link))
    control(
        reached in asked,
        by=by,
        message=_(
            "The question for a DHCPv6 server did not get as far as {node}.",
            node=reached,
        ),
    )


def leases_no_address(lab: Lab, link: str, *nodes: str, prefix: object, by: str) -> None:
    """No server on the link gives an address, not to who wishes for one, and no node has one.

    The control: a server answers there who asks for settings.
    """
    wish = _network(prefix)[0x1000 + secrets.randbelow(0x1000)]
    with lab.link(link).dhcp6_client() as client:
        reply = client.information_request()
        # The server is up now, if there is one, so that its silence means something.
        offers = client.everybody()
        if wished := client.solicit(hint=wish, within=SILENCE, usable=False):
            offers.append(wished)
        for offer in offers:
            for one in offer.message.addresses:
                raise Failed(
                    _(
                        "{node} offers {address} to a host that asks it for an address.",
                        node=offer.node,
                        address=one.address,
                    )
                )
    for name in nodes:
        for address in lab.node(name).addresses(family=6):
            require(
                address.scope != "global" or address.prefixlen != 128,
                _("{node} has {address}, which no SLAAC built.", node=name, address=address),
            )
    control(
        reply,
        by=by,
        message=_("No DHCPv6 server answers at all, so that it offers no address proves nothing."),
    )


def leases_from_the_pool(
    lab: Lab, link: str, server: str, pool: tuple[IPv6Address, IPv6Address]
) -> None:
    """`server` alone leases addresses: from the whole pool, for long enough, what it offered.

    Several clients ask, some wish for an address. A server that does not grant wishes has to have
    enough for all.
    """
    with lab.link(link).dhcp6_client() as client:
        given = lease(lab, link, server, client)
    _from_pool(given, pool)
    _times(given)
    _covers(lab, link, pool)


def lease(lab: Lab, link: str, server: str, client: Client) -> Response:
    """The Reply that gives a client an address, by a whole exchange of four messages."""
    return _take(client, _offers(lab, link, server, client)[0])


def _take(client: Client, offer: Response) -> Response:
    reply = client.request(offer)
    require(reply, _("The server offers an address, but does not answer who takes it."))
    assert reply is not None
    require(
        reply.message.addresses,
        _(
            "The server does not give what it offered: {status}.",
            status=", ".join(
                dhcp6.STATUS_NAMES.get(one.status, str(one.status))
                for one in reply.message.associations
            ),
        ),
    )
    return reply


def _offers(lab: Lab, link: str, server: str, client: Client) -> list[Response]:
    """What all servers offer a client; Failed unless each is from `server`, with an address."""
    offers = client.everybody()
    _only(lab, link, server, offers)
    for one in offers:
        require(one.message.addresses, _("The server answers, but has no address to offer."))
    return offers


def _from_pool(given: Response, pool: tuple[IPv6Address, IPv6Address]) -> None:
    for one in given.message.addresses:
        require(
            pool[0] <= one.address <= pool[1],
            _("The leased address {address} is not in the pool.", address=one.address),
        )


def _times(given: Response) -> None:
    """The times grow, and leave a client time to renew (RFC 8415 sections 14.2 and 21.4)."""
    for association in given.message.associations:
        for one in association.addresses:
            # Zero leaves the times to the client, which takes 0.5 and 0.8 of the shortest.
            t1 = association.t1 or one.preferred // 2
            t2 = association.t2 or one.preferred * 4 // 5
            times = {"t1": t1, "t2": t2, "preferred": one.preferred, "valid": one.valid}
            require(
                one.preferred <= one.valid,
                _(
                    "The lease would be preferred for {preferred} s but valid for only {valid} s.",
                    **times,
                ),
            )
            require(
                t1 <= t2 <= one.preferred,
                _("The times do not grow: T1 {t1} s, T2 {t2} s, preferred {preferred} s.", **times),
            )
            require(
                one.preferred - t1 >= 2 * REN_TIMEOUT,
                _(
                    "The lease is preferred for {preferred} s and renewed after {t1} s: a client "
                    "whose question gets lost has no time to ask again.",
                    **times,
                ),
            )


def _covers(lab: Lab, link: str, pool: tuple[IPv6Address, IPv6Address]) -> None:
    """The server leases from everywhere in the pool."""
    first, last = int(pool[0]), int(pool[1])
    size = last - first + 1
    slices = [(first + size * at // SLICES, size // SLICES) for at in range(SLICES)]
    # Two in each: one may be another's already.
    wishes = [
        [IPv6Address(low + secrets.randbelow(width)) for _each in range(2)] for low, width in slices
    ]
    with lab.link(link).dhcp6_client() as client:
        offers = client.wishes(one for two in wishes for one in two)
        missed = [two for two in wishes if not any(one in _given(offers[one]) for one in two)]
        if len(missed) == SLICES:
            drawn = {one for offer in client.crowd(DRAWS) for one in _given(offer)}
            if len(drawn) >= MANY:
                return  # it grants no wishes, as it may, and has enough for all
    for one, _other in missed:
        raise Failed(_("The server does not lease {address}, which is in the pool.", address=one))


def _given(responses: Iterable[Response]) -> set[IPv6Address]:
    return {one.address for response in responses for one in response.message.addresses}


def holds_a_lease(
    lab: Lab, node: str, link: str, server: str, pool: tuple[IPv6Address, IPv6Address]
) -> None:
    """The node has an address from the pool, and the server knows it as that node's."""
    pc = lab.node(node)

    def leased(address: object) -> bool:
        return isinstance(address, IPv6Address) and pool[0] <= address <= pool[1]

    if not any(leased(one.address) for one in pc.addresses(family=6)):
        flap(pc, link)
    address = pc.wait_address(
        lambda one: leased(one.address),
        _("{node} has no address from the pool.", node=node),
    ).address
    assert isinstance(address, IPv6Address)
    mac = pc.interface(link).mac
    iaid = int(mac.replace(":", "")[-8:], 16)  # as dhcpcd builds it
    with lab.link(link).dhcp6_client(dhcp6.link_layer_duid(mac), iaid) as client:
        replies = client.everybody(dhcp6.REBIND, [address])
    require(
        replies,
        _(
            "The server does not know {address} as a lease of {node}.",
            address=address,
            node=node,
        ),
    )
    _only(lab, link, server, replies)
    require(
        any(one.address == address for reply in replies for one in reply.message.addresses),
        _(
            "The server knows another address as the lease of {node}, not {address}.",
            address=address,
            node=node,
        ),
    )


def has_its_reserved_address(lab: Lab, node: str, link: str, address: object) -> None:
    """The node has the address that is reserved for it."""
    machine = lab.node(node)
    if str(address) not in {str(one.address) for one in machine.addresses(family=6)}:
        flap(machine, link)
    machine.wait_address(
        lambda one: str(one.address) == str(address),
        _("{node} does not get its address, {address}.", node=node, address=address),
    )


def renews(lab: Lab, link: str, server: str) -> None:
    """A host that renews its lease keeps its address, for as long as before."""
    with lab.link(link).dhcp6_client() as client:
        given = lease(lab, link, server, client)
        again = client.renew(given)
    require(again, _("Nobody answers a host that renews its lease."))
    assert again is not None
    address = given.message.addresses[0].address
    require(
        any(one.address == address for one in again.message.addresses),
        _("A host that renews its lease does not keep its address."),
    )
    _times(again)


def leases_nothing_outside(
    lab: Lab,
    link: str,
    pool: tuple[IPv6Address, IPv6Address],
    *,
    prefix: object,
    in_use: Iterable[object],
    by: str,
) -> None:
    """No address outside the pool is leased, not even to a host that wishes for it.

    Wished for are the pool's neighbours, what is `in_use`, and draws from all of the link's prefix:
    near its beginning one of each further pool that somebody may have thought of.
    """
    network = _network(prefix)
    used = [IPv6Address(str(one)) for one in in_use]
    near = [IPv6Address(int(pool[0]) - 1), IPv6Address(int(pool[1]) + 1)]
    drawn = [network[secrets.randbelow(1 << bits)] for bits in (8, 20, 32, 48, 64)]
    drawn += [network[(place << 12) + secrets.randbelow(1 << 12)] for place in range(16)]
    wishes = [*used, *near, *(one for one in drawn if not pool[0] <= one <= pool[1])]
    with lab.link(link).dhcp6_client() as client:
        offered = client.wishes(wishes)
    for wish in wishes:
        for address in sorted(_something(offered[wish], by)):
            require(
                pool[0] <= address <= pool[1],
                _("The server offers {address}, which is in use.", address=address)
                if address in used
                else _("The server offers {address}, which is not in the pool.", address=address),
            )


def anybody_of(
    lab: Lab, link: str, pool: tuple[IPv6Address, IPv6Address], *, router: str
) -> FreshHost:
    """A host with an address drawn from the upper half of the pool; a context manager."""
    [network, *_others] = summarize_address_range(*pool)
    way = next(iter(lab.node(router).link_locals(link)))
    return lab.link(link).fresh_host(network, way, "host-of-the-pool")


def keeps_for_its_owner(lab: Lab, link: str, address: object, *, by: str) -> None:
    """No other client gets the reserved address, however many wish for it."""
    reserved = IPv6Address(str(address))
    for _each in range(CLIENTS):
        with lab.link(link).dhcp6_client() as client:
            offers = client.wishes([reserved])[reserved]
        require(
            reserved not in _something(offers, by),
            _("The server offers the reserved address {address} to another.", address=reserved),
        )


def _something(offers: list[Response], by: str) -> set[IPv6Address]:
    """What is offered; something, at least, or what is withheld proves nothing."""
    offered = _given(offers)
    control(
        offered,
        by=by,
        message=_("The server offers no address at all, so what it withholds proves nothing."),
    )
    return offered


def remembers_its_leases(lab: Lab, link: str, server: str, *, relay: str | None = None) -> None:
    """After a reboot of the server it leases again, and still knows who has what.

    Where a relay stands between it and the link, that one is switched off and on as well.
    """
    machines = [lab.node(name) for name in (relay, server) if name]
    with lab.link(link).dhcp6_client() as client:
        leased = lease(lab, link, relay or server, client).message.addresses[0].address
        for machine in machines:
            lab.reboot(machine)
        with lab.link(link).dhcp6_client() as other:
            offer = other.solicit(hint=leased, within=REBOOTED)
    values = {"server": server, "link": link}
    if offer is None:
        for machine in machines:
            require(
                machine.listens(547),
                _(
                    "After a reboot of {server} nobody answers on {link}, and no program on "
                    "{server} listens on UDP port 547.",
                    server=machine,
                    link=link,
                ),
            )
    require(
        offer,
        _("After a reboot of {server} a server listens, but offers nothing on {link}.", **values),
    )
    assert offer is not None
    for one in offer.message.addresses:
        require(
            one.address != leased,
            _(
                "After a reboot the server knows nothing of its leases: it offers {address}, which "
                "a host has, to another.",
                address=one.address,
            ),
        )


def learn_settings(lab: Lab, *nodes: str, link: str, dns: object, search: str) -> None:
    """The nodes have learnt the DNS server and the search list.

    One that asked in vain asks again only after a long time, or when it is plugged in anew: that
    is done. The check has to be `alone`.
    """
    for name in nodes:
        if not _knows(lab, name, dns, search):
            flap(lab.node(name), link)
    for name in nodes:
        settings = lab.node(name).wait_resolver(
            lambda settings: (
                str(dns) in map(str, settings.servers) and search.casefold() in settings.search
            )
        )
        require(settings.servers, _("{node} knows no DNS server.", node=name))
        require(
            str(dns) in map(str, settings.servers),
            _(
                "{node} takes {servers} for its DNS servers.",
                node=name,
                servers=", ".join(map(str, settings.servers)),
            ),
        )
        require(
            search.casefold() in settings.search,
            _("{node} does not look for short names in the agency's domain.", node=name),
        )


def knows_settings(lab: Lab, *nodes: str, dns: object, search: str) -> None:
    """The nodes know the DNS server and the search list, and no other server, or soon do.

    Unlike `learn_settings` it unplugs nobody.
    """
    for name in nodes:
        settings = lab.node(name).wait_resolver(
            lambda settings: (
                [str(one) for one in settings.servers] == [str(dns)]
                and search.casefold() in settings.search
            )
        )
        require(
            [str(one) for one in settings.servers] == [str(dns)],
            _(
                "{node} takes {servers} for its DNS servers.",
                node=name,
                servers=", ".join(map(str, settings.servers)) or "—",
            ),
        )
        require(
            search.casefold() in settings.search,
            _("{node} does not look for short names in the agency's domain.", node=name),
        )


def _knows(lab: Lab, node: str, dns: object, search: str) -> bool:
    settings = lab.node(node).resolver()
    return str(dns) in map(str, settings.servers) and search.casefold() in settings.search


def _network(prefix: object) -> IPv6Network:
    return IPv6Network(str(prefix))
