"""Prefix delegation (RFC 8415 section 6.3): who delegates what to whom, and what becomes of it.

What a router is delegated is read from the messages that it gets itself: its LANs have to follow
them (RFC 7084 section 4.3, RFC 9096), whatever is written in whose file.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from ipaddress import IPv6Network

from ipv6lab.expect.advertisement import SAID, SELDOM, SPOKEN
from ipv6lab.expect.conditions import _, control, each, fail, require
from ipv6lab.probes import Heard, Lab
from ipv6lab.probes.acts.cut import cut_off
from ipv6lab.probes.hosts.dhcp6client import SERVER_PORT, Response, decode
from ipv6lab.probes.hosts.office import Delegation, Office, Renumberer
from ipv6lab.wire import dhcp6, dhcp6pd
from ipv6lab.wire.dhcp6pd import DelegatedPrefix
from ipv6lab.wire.nd import PrefixInformation
from ipv6lab.words.waits import T1, waits

RENEWED = 2 * T1.seconds + 5  # seconds until a router has renewed, one message lost
REACTION = 5  # seconds that a router has to tell its LANs what it has learnt
GRACE = 2  # seconds beyond that: daemons count whole ones, and machines are busy
ROUNDED = 2  # seconds by which a lifetime may be off: whole ones are told, and some pass on the way
RETURNED = 30  # seconds until a router that was switched on has its prefix, on a busy machine


def delegates(
    lab: Lab, link: str, server: str, *, pool: object, length: int, at_most: int, besides: str
) -> None:
    """`server` alone delegates prefixes of that length to whoever asks on the link.

    Each is out of the pool, another one for each router, and never that of `besides`; all of the
    pool is there to be had. Routers are told to renew in `at_most` seconds.
    """
    whole = IPv6Network(str(pool))
    # The router itself goes first: it would not be delegated what others have been.
    leases = lab.film.wait(
        lambda: _leases(lab, link, besides, server),
        RETURNED / 2,
        _("waiting until {router} asks {server} for its prefix", router=besides, server=server),
    )
    own = [one.prefix.network for one in leases if one.prefix]
    with Office(lab, link) as office:
        offers = office.offers()
        _only(lab, link, server, offers)
        for offer in offers:
            _offered(offer, whole, length)
        given = office.take(offers[0])
    require(given, _("{server} offers a prefix, but does not answer who takes it.", server=server))
    assert given is not None
    _offered(given, whole, length)
    _times(given, at_most)
    wishes = [
        *whole.subnets(new_prefix=length),
        *(next(whole.subnets(new_prefix=other)) for other in (length - 4, length + 4, 64)),
        IPv6Network((int(whole.network_address) ^ 1 << 80, length)),
    ]
    with Office(lab, link) as office:
        heard = office.offers_for(wishes)
    for wish in wishes:
        for offer in heard[wish]:
            _offered(offer, whole, length)
            for one in dhcp6pd.prefixes(offer.message):
                require(
                    one.network not in own,
                    _(
                        "{server} offers {prefix} to another office, which {router} has.",
                        server=server,
                        prefix=one.network,
                        router=besides,
                    ),
                )
    found = {one.network for two in heard.values() for one in _of(two)}
    free = [one for one in whole.subnets(new_prefix=length) if one not in own]
    if any(one.network == wish for wish in free for one in _of(heard[wish])):
        for missing in (one for one in free if one not in found):
            fail(
                _(
                    "{server} does not delegate {prefix}, which is in the pool.",
                    server=server,
                    prefix=missing,
                )
            )
    require(
        len(found) > len(free) // 2,
        _("{server} has not enough prefixes for all offices.", server=server),
    )


def _of(responses: Iterable[Response]) -> list[dhcp6pd.DelegatedPrefix]:
    return [one for response in responses for one in dhcp6pd.prefixes(response.message)]


def _only(lab: Lab, link: str, server: str, offers: Sequence[Response]) -> None:
    values = {"server": server, "link": link}
    if not offers:
        require(
            lab.node(server).listens(SERVER_PORT),
            _(
                "Nobody answers an office's router on {link}, and no program on {server} listens "
                "on UDP port 547.",
                **values,
            ),
        )
        fail(_("{server} listens, but does not answer an office's router on {link}.", **values))
    for one in offers:
        require(
            one.node == server,
            _(
                "Not {server} alone answers who asks for a prefix on {link}, but {node}.",
                node=one.node,
                **values,
            ),
        )
        require(
            dhcp6pd.prefixes(one.message),
            _("{server} answers, but has no prefix to delegate on {link}.", **values),
        )


def _offered(offer: Response, pool: IPv6Network, length: int) -> None:
    for one in dhcp6pd.prefixes(offer.message):
        values = {"server": offer.node, "prefix": one.network}
        require(
            one.network.subnet_of(pool),
            _("{server} delegates {prefix}, which is not in the pool.", **values),
        )
        require(
            one.network.prefixlen == length,
            _(
                "{server} delegates {prefix}, which is not of the size that is wanted.",
                **values,
            ),
        )
        require(
            0 < one.preferred <= one.valid,
            _(
                "{server} delegates {prefix} to be preferred for {preferred} s and valid for "
                "{valid} s.",
                preferred=one.preferred,
                valid=one.valid,
                **values,
            ),
        )


def _times(given: Response, at_most: int) -> None:
    """Routers ask again so soon that the pool can be renumbered, and have time to ask twice."""
    for association in dhcp6pd.associations(given.message):
        for one in association.prefixes:
            t1 = association.t1 or one.preferred // 2
            t2 = association.t2 or one.preferred * 4 // 5
            require(
                t1 <= at_most,
                _(
                    "{server} tells routers to renew after {seconds} s: that is how long they do "
                    "not hear of a new pool.",
                    server=given.node,
                    seconds=t1,
                ),
            )
            require(
                t1 <= t2 <= one.preferred,
                _(
                    "The times do not grow: T1 {t1} s, T2 {t2} s, preferred {preferred} s.",
                    t1=t1,
                    t2=t2,
                    preferred=one.preferred,
                ),
            )


def holds(
    lab: Lab, link: str, router: str, server: str, *, pool: object, length: int
) -> IPv6Network:
    """The prefix out of the pool that `server` has delegated to the router; it goes on asking.

    Raises Failed where the router asks nobody, or is given nothing of that kind.
    """
    lease = _lease(lab, link, router, server)
    assert lease.prefix is not None
    network = lease.prefix.network
    require(
        network.subnet_of(IPv6Network(str(pool))) and network.prefixlen == length,
        _(
            "{router} is delegated {prefix}, which is no prefix of that size out of the pool.",
            router=router,
            prefix=network,
        ),
    )
    return network


def _lease(lab: Lab, link: str, router: str, server: str) -> Delegation:
    """What the router was delegated last; waits until it has renewed once."""
    found = lab.film.wait(
        lambda: _leases(lab, link, router, server),
        RENEWED,
        _("waiting until {router} asks {server} for its prefix", router=router, server=server),
    )
    if found:
        return found[-1]
    values = {"router": router, "server": server, "link": link}
    asked = [
        message
        for packet in lab.film.dhcp6(link)
        if packet.node == router and (message := decode(packet))
    ]
    require(asked, _("{router} asks nobody on {link} for a prefix.", **values))
    require(
        any(dhcp6pd.associations(one) for one in asked),
        _("{router} speaks DHCPv6 on {link}, but does not ask for a prefix.", **values),
    )
    fail(_("{router} asks for a prefix on {link}, and {server} delegates it none.", **values))


def _leases(lab: Lab, link: str, router: str, server: str, after: float = 0.0) -> list[Delegation]:
    """Each Reply of the server that delegates something and was delivered to the router."""
    packets = lab.film.packets(link, after)
    delivered = {one.frame for one in packets if not one.sent and one.node == router}
    found = []
    for packet in packets:
        message = decode(packet) if packet.sent and packet.node == server else None
        if message is None or message.kind != dhcp6.REPLY or packet.frame not in delivered:
            continue
        if message.client_id is None or message.server_id is None:
            continue
        for one in dhcp6pd.associations(message):
            lease = Delegation(message.client_id, message.server_id, one, packet.time)
            if lease.prefix is not None:
                found.append(lease)
    return found


# What the LANs are told


def numbers(
    lab: Lab, router: str, links: Iterable[str], whole: IPv6Network
) -> dict[str, IPv6Network]:
    """The router gives each LAN one /64 of what it was delegated, and no two the same; by link."""
    found: dict[str, IPv6Network] = {}
    for link in links:
        told = {one.network for _time, one in _told(lab, link, router) if one.preferred}
        values = {"router": router, "link": link, "whole": whole}
        require(told, _("{router} advertises no prefix on {link} that hosts may use.", **values))
        shown = ", ".join(sorted(str(one) for one in told))
        for one in sorted(told):
            require(
                one.subnet_of(whole) and one.prefixlen == 64,
                _(
                    "{router} advertises {prefix} on {link}: that is no /64 of what it was "
                    "delegated.",
                    prefix=one,
                    **values,
                ),
            )
        require(
            len(told) == 1,
            _(
                "{router} advertises more than one prefix on {link}: {shown}.",
                shown=shown,
                **values,
            ),
        )
        (found[link],) = told
    for link, network in found.items():
        for other, same in found.items():
            require(
                other == link or same != network,
                _(
                    "{router} advertises {prefix} on {link} and on {other}.",
                    router=router,
                    prefix=network,
                    link=link,
                    other=other,
                ),
            )
    return found


def shares_no_prefix(lab: Lab, router: str, links: Sequence[str], *, by: str) -> None:
    """No prefix, nor a part of one, is advertised on two of the links. The control is one on each.

    Looked at is all that anybody has advertised there since the work was done.
    """
    told: dict[str, list[tuple[float, PrefixInformation]]] = {}
    for link in links:
        told[link] = _told(lab, link)
        if not told[link]:
            break  # the control fails: to listen on the next link for as long would show no more
    for link in told:
        for other in links[links.index(link) + 1 : len(told)]:
            for _when, one in told[link]:
                for _then, same in told[other]:
                    require(
                        not one.network.overlaps(same.network),
                        _(
                            "{prefix} is advertised on {link}, and {same} on {other}: a host is "
                            "on one of them only.",
                            prefix=one.network,
                            same=same.network,
                            link=link,
                            other=other,
                        ),
                    )
    control(
        all(told.values()),
        by=by,
        message=_("{router} does not advertise a prefix on each of its LANs.", router=router),
    )


def promises_no_longer(lab: Lab, link: str, router: str, server: str, lans: Iterable[str]) -> None:
    """No LAN is promised its prefix for longer than the router has it itself (RFC 9096).

    What it was delegated before the film began nobody knows: on a lab that somebody works on only
    what is advertised after the first Reply counts, and no prefix that is given up already.
    """
    _lease(lab, link, router, server)
    leases = _leases(lab, link, router, server)
    known = lab.film.laid > lab.film.began
    for lan in lans:

        def promised(lan: str = lan) -> list[tuple[float, PrefixInformation]]:
            return [
                (when, one)
                for when, one in _told(lab, lan, router)
                if one.valid
                and (known or (when >= leases[0].time and (one.preferred or _had(one, leases))))
            ]

        lab.film.wait(
            promised, SELDOM + GRACE, _("waiting for an advertisement on {link}", link=lan)
        )
        told = each(
            promised(),
            _(
                "{router} advertises no prefix on {link} that hosts may use.",
                router=router,
                link=lan,
            ),
        )
        for when, one in told:
            given, passed = _own(one, when, leases)
            values = {"router": router, "prefix": one.network, "link": lan}
            require(
                one.preferred <= (left := given.preferred - passed) + ROUNDED,
                _(
                    "{router} advertises {prefix} on {link} to be preferred for {promised} s, and "
                    "has it itself for only {left} s more.",
                    promised=one.preferred,
                    left=int(left),
                    **values,
                ),
            )
            require(
                one.valid <= (left := given.valid - passed) + ROUNDED,
                _(
                    "{router} advertises {prefix} on {link} to be valid for {promised} s, and has "
                    "it itself for only {left} s more.",
                    promised=one.valid,
                    left=int(left),
                    **values,
                ),
            )


def _had(one: PrefixInformation, leases: Iterable[Delegation]) -> bool:
    """Whether it lies in what the router was delegated, ever."""
    return any(lease.prefix and one.network.subnet_of(lease.prefix.network) for lease in leases)


def _own(
    one: PrefixInformation, when: float, leases: Sequence[Delegation]
) -> tuple[DelegatedPrefix, float]:
    """What the router had been delegated then that a prefix lies in, and for how many seconds."""
    for lease in reversed(leases):
        given = lease.prefix
        if given and lease.time <= when and one.network.subnet_of(given.network):
            return given, when - lease.time
    return DelegatedPrefix(one.network, 0, 0), 0


def _told(lab: Lab, link: str, router: str | None = None) -> list[tuple[float, PrefixInformation]]:
    """What was advertised on a link for hosts to build from, and when, since the work was done.

    Where nothing has been, it is asked for.
    """
    since = lab.film.laid

    def heard() -> list[tuple[float, PrefixInformation]]:
        return [
            (one.time, prefix)
            for one in lab.film.advertisements(link, router, after=since)
            if one.advertisement.valid
            for prefix in one.advertisement.prefixes
        ]

    if not heard():
        lab.link(link).advertisements(SAID)
    return heard()


# What is not on any LAN


def wan_is_not_numbered_from(
    lab: Lab, link: str, router: str, whole: IPv6Network, *, by: str
) -> None:
    """The link to the provider is not numbered from what was delegated (RFC 8415 section 6.3).

    The control: its LANs are.
    """
    node = lab.node(router)
    wan = node.interface(link).name
    for one in node.addresses(wan, 6):
        require(
            one.address not in whole,
            _(
                "{router} has {address} on {link}: what was delegated is for its LANs.",
                router=router,
                address=one.address,
                link=link,
            ),
        )
    control(
        any(one.address in whole for one in node.addresses(family=6)),
        by=by,
        message=_("{router} has no address in what was delegated to it.", router=router),
    )


# What changes


@waits(T1, T1)
def renumbers(
    lab: Lab, link: str, router: str, server: str, *, hosts: dict[str, str], within: object
) -> None:
    """When the pool has another prefix for the router, its LANs have it soon, and give up the old.

    While `server` is cut off somebody answers in its place, and delegates something out of
    `within` instead. `hosts` are one for each LAN, by link. Only for a check that `ruins` the lab.
    """
    lease = _lease(lab, link, router, server)
    assert lease.prefix is not None
    old = lease.prefix.network
    before = numbers(lab, router, hosts, old)
    new = _drawn(IPv6Network(str(within)), old)
    with cut_off(lab.node(server)), Renumberer(lab, link, lease) as stand_in:
        moment = stand_in.renumber(new, RENEWED)
        require(
            moment is not None,
            _("{router} does not renew its prefix when T1 is over.", router=router),
        )
        assert moment is not None
        for lan, network in before.items():
            _is_told(lab, lan, router, network, new, moment)
        for lan, host in hosts.items():
            _has_changed(lab, host, before[lan], new)
    again = lab.film.now
    lab.film.wait(
        lambda: _leases(lab, link, router, server, again),
        RENEWED,
        _("waiting until {router} has its own prefix again", router=router),
    )


def _drawn(within: IPv6Network, old: IPv6Network) -> IPv6Network:
    """A prefix as long as the old one, and another."""
    bits = old.prefixlen - within.prefixlen
    while True:
        number = secrets.randbelow(1 << bits) << (128 - old.prefixlen)
        one = IPv6Network((int(within.network_address) | number, old.prefixlen))
        if not one.overlaps(old):
            return one


def _is_told(
    lab: Lab, lan: str, router: str, old: IPv6Network, new: IPv6Network, moment: float
) -> None:
    """A LAN hears of the new prefix, and that the old one is preferred no more."""
    film = lab.film

    def heard() -> list[Heard]:
        return [
            one
            for one in film.advertisements(lan, router, after=moment)
            if one.multicast and one.advertisement.valid
        ]

    def is_new() -> bool:
        return any(
            prefix.preferred and prefix.autonomous and prefix.network.subnet_of(new)
            for one in heard()
            for prefix in one.advertisement.prefixes
        )

    def last_of_the_old() -> list[int]:
        return [
            prefix.preferred
            for one in heard()
            for prefix in one.advertisement.prefixes
            if prefix.network == old
        ][-1:]

    doing = _("waiting until {link} is renumbered", link=lan)
    left = moment + REACTION + GRACE - film.now
    film.wait(lambda: is_new() and last_of_the_old() == [0], left, doing)
    values = {"router": router, "link": lan, "prefix": old, "seconds": REACTION}
    require(
        is_new(),
        _(
            "{seconds} s after it was delegated another prefix {router} has not told it to {link}.",
            **values,
        ),
    )
    for preferred in each(
        last_of_the_old(),
        _(
            "{router} says nothing more of {prefix} on {link}: hosts there go on using it until "
            "its lifetime is over.",
            **values,
        ),
    ):
        require(
            preferred == 0,
            _("{router} still tells {link} to prefer {prefix}, which it has lost.", **values),
        )


def _has_changed(lab: Lab, host: str, old: IPv6Network, new: IPv6Network) -> None:
    """A host has an address of the new prefix, and the old one is deprecated."""
    node = lab.node(host)
    node.wait_address(
        lambda one: one.address in new,
        _("{node} has no address in the new prefix.", node=host),
    )
    for one in node.addresses(family=6):
        require(
            one.address not in old or one.preferred == 0,
            _(
                "{node} still prefers {address}, out of the prefix that was lost.",
                node=host,
                address=one.address,
            ),
        )


def keeps_its_prefix(
    lab: Lab, link: str, router: str, server: str, lans: Iterable[str]
) -> IPv6Network:
    """What the router is delegated after both were switched off and on: that which it had.

    Its LANs hear of it again. Only for a check that `ruins` the lab.
    """
    before = _lease(lab, link, router, server).prefix
    assert before is not None
    for name in (server, router):
        lab.reboot(lab.node(name))
    began = lab.film.now
    lab.film.wait(
        lambda: _leases(lab, link, router, server, began),
        RETURNED,
        _("waiting until {router} has its prefix again", router=router),
    )
    found = _leases(lab, link, router, server, began)
    require(
        found,
        _(
            "After a reboot {router} is delegated nothing by {server}.",
            router=router,
            server=server,
        ),
    )
    after = found[-1].prefix
    assert after is not None
    require(
        after.network == before.network,
        _(
            "After a reboot {router} is delegated {prefix}, and had {before}.",
            router=router,
            prefix=after.network,
            before=before.network,
        ),
    )
    for lan in lans:
        _hears_again(lab, lan, router, after.network, began)
    return after.network


def _hears_again(lab: Lab, lan: str, router: str, own: IPv6Network, began: float) -> None:
    """A router that stops says that it is none any more: hosts wait until it speaks again."""

    def heard() -> bool:
        return any(
            one.advertisement.lifetime and prefix.preferred and prefix.network.subnet_of(own)
            for one in lab.film.advertisements(lan, router, after=began)
            if one.multicast
            for prefix in one.advertisement.prefixes
        )

    require(
        lab.film.wait(
            heard, SPOKEN + SELDOM, _("waiting for an advertisement on {link}", link=lan)
        ),
        _(
            "After a reboot {router} does not advertise its prefix on {link}.",
            router=router,
            link=lan,
        ),
    )
