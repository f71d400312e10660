"""What routers tell the hosts of a link (RFC 4861, RFC 4862, RFC 4191, RFC 8106)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, IPv6Network
from itertools import pairwise
from weakref import WeakKeyDictionary

from ipv6lab.expect.conditions import _, control, require
from ipv6lab.expect.domains import strange
from ipv6lab.probes import Failed, Heard, Lab
from ipv6lab.wire.nd import (
    MAX_INITIAL_RTR_ADVERT_INTERVAL,
    PrefixInformation,
    RouterAdvertisement,
)

SELDOM = 10  # seconds: a router in a lab may advertise as seldom as that
HEARD = SELDOM + 2  # seconds until an advertisement has been heard, asked for or not
GRACE = 1.0  # seconds that a busy machine may add to a protocol's own
# Seconds in which a daemon that starts has spoken to all hosts unasked (RFC 4861 section 6.2.4).
SPOKEN = MAX_INITIAL_RTR_ADVERT_INTERVAL + GRACE
SAID = SPOKEN + 2 * SELDOM  # seconds until it is certain what a router says, and how often
# Seconds until it is certain whether a router answers: in its first ones it may put an answer off
# for 16 (RFC 4861 section 6.2.4), and answers to all nodes are 3.5 apart, of which 4 are no chance.
ANSWERED = 40
# Routers in a row that a packet may meet in the Internet; IANA's value for hosts is 64. Zero means
# that the router does not say (RFC 4861 section 4.2).
FAR = 32
# Milliseconds between two Neighbour Solicitations beyond which nobody would wait for a neighbour;
# the same time is waited for after each probe for duplicates.
SLOW = 10_000
# Seconds of the default lifetime of a router (3 times MaxRtrAdvInterval, RFC 4861 section 6.2.1).
USUAL = 1800

Outlasts = Callable[[int], bool]

# What was heard on a link counts for the whole of a check: who asks twice, hears twice.
_heard: WeakKeyDictionary[Lab, dict[str, list[Heard]]] = WeakKeyDictionary()


def says(
    lab: Lab,
    link: str,
    router: str,
    *,
    among: Iterable[str] = (),
    default_router: bool = True,
    preference: str | None = None,
    managed: bool | None = False,
    other: bool | None = False,
    prefix: object = None,
    deprecated: object = None,
    autonomous: bool = True,
    on_link: bool = True,
    delegated: bool = False,
    mtu: int | None = None,
    dns: object = None,
    search: str | None = None,
    routes: Iterable[object] | None = None,
    no_dns_but: object = None,
    no_search_but: object = None,
) -> None:
    """Each advertisement of `router` on the link says this, for long enough, and nobody else's.

    `among` names the other routers that may advertise there. `managed` and `other` None: either
    is right. `prefix` is the only one that may be advertised, and `routes` are the only ones;
    None leaves them alone. Beside it what is within `deprecated` may be advertised, preferred for
    0 s. One that is `delegated` may be promised for ever shorter, until that is renewed.
    `no_dns_but` is the one DNS server that may be told, `dns` the one that has to be; so for
    `no_search_but` and `search`, beside which domains within it may be.
    Lifetimes have to outlast the gap between two advertisements.
    """
    for one in heard_on(lab, link):
        require(
            one.sender in (router, *among),
            _(
                "{node} sends Router Advertisements on {link}; it is no router.",
                node=one.sender,
                link=link,
            ),
        )
    said = [one.advertisement for one in heard_on(lab, link) if one.sender == router]
    require(
        said,
        _("No Router Advertisement of {router} is heard on {link}.", router=router, link=link),
    )
    usable = [ra for ra in said if ra.valid]
    if not usable:
        raise Failed(said[-1].flaws[0])
    outlasts = Gap(lab, link, router).outlasted_by
    for ra in usable:  # two programs on one router may disagree
        _comes_from(lab, ra, router, link)
        _tells_the_way(ra, router, default_router, preference, outlasts)
        _tells_what_to_use(ra, router, mtu)
        _flags(ra, router, managed, other)
        if prefix is not None:
            old = None if deprecated is None else IPv6Network(str(deprecated))
            network = IPv6Network(str(prefix))
            _only_prefix(ra, link, network, autonomous, on_link, outlasts, old)
            if not delegated:
                _counts_down(lab, link, router, network)
        if deprecated is not None:
            _no_route_within(ra, router, IPv6Network(str(deprecated)))
        if routes is not None:
            _only_routes(ra, router, [IPv6Network(str(one)) for one in routes], outlasts)
        _no_other_dns(ra, router, dns or no_dns_but)
        _no_other_search(ra, router, search or no_search_but)
        if dns is not None:
            _dns(ra, router, IPv6Address(str(dns)), search, outlasts)
    _is_said_unasked(lab, link, router, usable, SELDOM if delegated else 0)


class Gap:
    """How long hosts wait for a router's next advertisement to all, as far as it was filmed.

    Lifetimes that a lab's router may have at its slowest need no look. For shorter ones two gaps
    have to be seen, and are waited for.
    """

    def __init__(self, lab: Lab, link: str, router: str) -> None:
        self._lab, self._link, self._router = lab, link, router

    def outlasted_by(self, lifetime: int) -> bool:
        """Whether hosts that are told this lifetime are told again before it is over."""
        if self._lab.tape is None:  # nobody filmed
            return lifetime >= SELDOM
        gaps = self._gaps()
        if lifetime < SELDOM:
            gaps = self._lab.film.wait(
                lambda: found if len(found := self._gaps()) >= 2 else [],
                2 * SELDOM,
                _("waiting for the advertisements of {router}", router=self._router),
            )
            return bool(gaps) and lifetime > max(gaps)
        return lifetime > max(gaps, default=0)

    def _gaps(self) -> list[float]:
        """Seconds between advertisements to all, since the work was done."""
        film = self._lab.film
        times = [
            one.time
            for one in film.advertisements(self._link, self._router, after=film.laid)
            if one.multicast and one.advertisement.valid
        ]
        return [later - earlier for earlier, later in pairwise(times)]


def _is_said_unasked(
    lab: Lab, link: str, router: str, usable: list[RouterAdvertisement], later: float = 0
) -> None:
    """What hosts that ask are told was also said to all, in the daemon's first seconds.

    It may have to wait until it knows what to say, so many seconds `later`. Only where its start
    was filmed. Hosts that are there ask no more: without it they lose their route when its
    lifetime is over (RFC 4861 section 6.2.4).
    """
    # On a lab that somebody works on nobody knows when the daemon began.
    if lab.tape is None or not lab.film.laid > lab.film.began:
        return
    film = lab.film
    wanted = {_content(ra) for ra in usable}

    def said() -> bool:
        heard = {
            _content(one.advertisement)
            for one in film.advertisements(link, router)
            if one.multicast and one.advertisement.valid
        }
        return wanted <= heard

    require(
        film.wait(
            said,
            film.laid + SPOKEN + later - film.now,
            _("waiting for an advertisement of {router} to all hosts", router=router),
        ),
        _(
            "{router} answers who asks, but does not say the same to all hosts unasked: they lose "
            "what it told them when its lifetime is over.",
            router=router,
        ),
    )


def _counts_down(lab: Lab, link: str, router: str, wanted: IPv6Network) -> None:
    """The prefix's lifetime does not run down from one advertisement to the next."""
    if lab.tape is None:
        return
    told: dict[IPv6Network, tuple[float, int]] = {}
    for one in lab.film.advertisements(link, router, after=lab.film.laid):
        for prefix in (each for each in one.advertisement.prefixes if each.network == wanted):
            began, first = told.setdefault(prefix.network, (one.time, prefix.valid))
            passed = one.time - began
            require(
                not 0 < prefix.valid < first or prefix.valid > first - passed / 2,
                _(
                    "The lifetime of {prefix} runs down from one advertisement of {router} to the "
                    "next: in the end hosts have nothing left.",
                    prefix=prefix,
                    router=router,
                ),
            )


def _content(ra: RouterAdvertisement) -> tuple[object, ...]:
    """What an advertisement says, but for how long."""
    prefixes = {(one.network, one.autonomous, one.on_link, bool(one.valid)) for one in ra.prefixes}
    routes = {(one.network, bool(one.lifetime)) for one in ra.routes}
    header = (ra.managed, ra.other, bool(ra.lifetime), ra.preference, ra.mtu)
    return (*header, frozenset(prefixes), frozenset(routes))


def heard_on(lab: Lab, link: str) -> list[Heard]:
    """All that is advertised on a link. Raises Failed when nothing is."""
    heard = _heard.setdefault(lab, {})
    if link not in heard:
        heard[link] = lab.link(link).advertisements(within=HEARD)
    require(heard[link], _("No Router Advertisement is heard on {link}.", link=link))
    return heard[link]


def _comes_from(lab: Lab, ra: RouterAdvertisement, router: str, link: str) -> None:
    require(
        ra.source in lab.node(router).link_locals(link),
        _(
            "{source} is no link-local address of {router} on {link}.",
            source=ra.source,
            router=router,
            link=link,
        ),
    )


def _tells_the_way(
    ra: RouterAdvertisement,
    router: str,
    default_router: bool,
    preference: str | None,
    outlasts: Outlasts,
) -> None:
    if not default_router:
        require(
            ra.lifetime == 0,
            _(
                "{router} offers itself as a default router for {lifetime} s, and it has no way "
                "to the Internet.",
                router=router,
                lifetime=ra.lifetime,
            ),
        )
        return
    require(
        ra.lifetime > 0,
        _("{router} says that it is no default router: its Router Lifetime is 0.", router=router),
    )
    require(
        outlasts(ra.lifetime),
        _(
            "Hosts drop {router} as a default router after {seconds} s, before it speaks again.",
            router=router,
            seconds=ra.lifetime,
        ),
    )
    if preference is not None:
        require(
            ra.preference == preference,
            _(
                "Among default routers {router} asks for {preference} preference.",
                router=router,
                preference=ra.preference,
            ),
        )


def _tells_what_to_use(ra: RouterAdvertisement, router: str, mtu: int | None) -> None:
    """The values for the hosts' own stack: hop limit, timers, MTU."""
    require(
        ra.current_hop_limit == 0 or ra.current_hop_limit >= FAR,
        _(
            "{router} tells hosts to send with a hop limit of {hops}: packets end on their way.",
            router=router,
            hops=ra.current_hop_limit,
        ),
    )
    require(
        ra.retransmit <= SLOW,
        _(
            "{router} tells hosts to wait {seconds} s for each answer of a neighbour: they find "
            "nobody in time.",
            router=router,
            seconds=ra.retransmit // 1000,
        ),
    )
    if mtu is None:
        return
    require(ra.mtu, _("{router} does not tell hosts the MTU of the link.", router=router))
    require(
        ra.mtu == mtu,
        _(
            "{router} tells hosts an MTU of {mtu}, which is not that of the task.",
            router=router,
            mtu=ra.mtu,
        ),
    )


def _flags(ra: RouterAdvertisement, router: str, managed: bool | None, other: bool | None) -> None:
    if managed is not None and ra.managed != managed:
        raise Failed(
            _("{router} tells hosts to ask DHCPv6 for addresses: the M flag is set.", router=router)
            if ra.managed
            else _(
                "{router} does not tell hosts to ask DHCPv6 for addresses: the M flag is not set.",
                router=router,
            )
        )
    if other is not None and ra.other != other:
        raise Failed(
            _(
                "{router} tells hosts to ask DHCPv6 for other settings: the O flag is set.",
                router=router,
            )
            if ra.other
            else _(
                "{router} does not tell hosts to ask DHCPv6 for settings: the O flag is not set.",
                router=router,
            )
        )


def _only_prefix(
    ra: RouterAdvertisement,
    link: str,
    wanted: IPv6Network,
    autonomous: bool,
    on_link: bool,
    outlasts: Outlasts,
    old: IPv6Network | None = None,
) -> None:
    """Exactly that prefix is advertised; one that is taken back (valid for 0 s) is no other.

    Nor is one within `old` that is preferred for 0 s.
    """
    current = [
        one
        for one in ra.prefixes
        if one.network == wanted
        or (one.valid and (one.preferred or old is None or not one.network.subnet_of(old)))
    ]
    values = {"link": link, "others": ", ".join(map(str, current)) or "—"}
    found = [one for one in current if one.network == wanted]
    require(
        len(found) == 1,
        _("Not the prefix of {link} is advertised there, but this: {others}.", **values),
    )
    require(
        len(current) == 1,
        _("More than the prefix of {link} is advertised there: {others}.", **values),
    )
    _prefix(found[0], autonomous, on_link, outlasts)


def offers_only(lab: Lab, link: str, prefix: object) -> None:
    """Whoever offers hosts a prefix offers this one, to build lasting addresses from."""
    network = IPv6Network(str(prefix))
    for one in heard_on(lab, link):
        ra = one.advertisement
        if ra.valid and any(each.valid for each in ra.prefixes):
            outlasts = Gap(lab, link, one.sender).outlasted_by
            _only_prefix(ra, link, network, autonomous=True, on_link=True, outlasts=outlasts)


def _prefix(prefix: PrefixInformation, autonomous: bool, on_link: bool, outlasts: Outlasts) -> None:
    """What hosts may do with the prefix, and for how long (RFC 4861 section 4.6.2)."""
    require(
        not prefix.has_host_bits,
        _("{prefix} has bits set beyond its prefix length.", prefix=prefix),
    )
    if prefix.autonomous != autonomous:
        raise Failed(
            _("Hosts may build addresses from {prefix}: the A flag is set.", prefix=prefix)
            if prefix.autonomous
            else _(
                "Hosts may not build addresses from {prefix}: the A flag is not set.",
                prefix=prefix,
            )
        )
    if prefix.on_link != on_link:
        raise Failed(
            _("Hosts are told that {prefix} is on their link: the L flag is set.", prefix=prefix)
            if prefix.on_link
            else _(
                "Hosts are not told that {prefix} is on their link: the L flag is not set.",
                prefix=prefix,
            )
        )
    require(
        prefix.valid >= prefix.preferred,
        _(
            "{prefix} would be preferred for {preferred} s but valid for only {valid} s.",
            prefix=prefix,
            preferred=prefix.preferred,
            valid=prefix.valid,
        ),
    )
    if autonomous:
        require(
            prefix.preferred > 0,
            _("Addresses from {prefix} are deprecated at once: preferred for 0 s.", prefix=prefix),
        )
        require(
            outlasts(prefix.preferred),
            _(
                "Addresses from {prefix} are preferred for {seconds} s: hosts give them up before "
                "an advertisement renews them.",
                prefix=prefix,
                seconds=prefix.preferred,
            ),
        )
    require(
        outlasts(prefix.valid),
        _(
            "Hosts forget {prefix} after {seconds} s, before an advertisement tells them again.",
            prefix=prefix,
            seconds=prefix.valid,
        ),
    )


def _only_routes(
    ra: RouterAdvertisement, router: str, wanted: list[IPv6Network], outlasts: Outlasts
) -> None:
    """These routes are advertised, for long enough, and no others (RFC 4191 section 2.3)."""
    others = ", ".join(map(str, ra.routes)) or "—"
    for network in wanted:
        found = [one for one in ra.routes if one.network == network]
        require(
            len(found) == 1,
            _(
                "{router} does not advertise a route to {prefix}, but: {others}.",
                router=router,
                prefix=network,
                others=others,
            ),
        )
        route = found[0]
        require(
            route.lifetime > 0,
            _(
                "{router} takes the route to {prefix} back: its lifetime is 0.",
                router=router,
                prefix=route,
            ),
        )
        require(
            route.preference != "reserved",
            _("Hosts ignore the route to {prefix}: its preference is reserved.", prefix=route),
        )
        require(
            outlasts(route.lifetime),
            _(
                "Hosts forget the route to {prefix} after {seconds} s, before {router} tells them "
                "again.",
                router=router,
                prefix=route,
                seconds=route.lifetime,
            ),
        )
    for one in ra.routes:
        require(
            one.lifetime == 0 or one.network in wanted,
            _(
                "{router} also advertises a route to {prefix}, which it should not.",
                router=router,
                prefix=one,
            ),
        )


def _no_route_within(ra: RouterAdvertisement, router: str, old: IPv6Network) -> None:
    """Hosts are led to nobody by addresses that are given up."""
    for one in ra.routes:
        require(
            one.lifetime == 0 or not one.network.subnet_of(old),
            _(
                "{router} also advertises a route to {prefix}, which it should not.",
                router=router,
                prefix=one,
            ),
        )


def _dns(
    ra: RouterAdvertisement,
    router: str,
    server: IPv6Address,
    search: str | None,
    outlasts: Outlasts,
) -> None:
    """This DNS server is told and no other, with the search list, for long enough (RFC 8106)."""
    require(
        any(server in one.servers for one in ra.dns_servers),
        _("The advertisement of {router} does not carry the agency's DNS server.", router=router),
    )
    names = [
        one
        for one in ra.search_lists
        if search is None or search.casefold() in map(str.casefold, one.names)
    ]
    require(
        search is None or names,
        _(
            "The advertisement of {router} does not carry the agency's domain as a search list.",
            router=router,
        ),
    )
    told = [one.lifetime for one in ra.dns_servers if server in one.servers]
    for lifetime in [*told, *(one.lifetime for one in names)]:
        require(
            lifetime > 0,
            _(
                "{router} tells hosts to forget DNS server or search list: the lifetime is 0.",
                router=router,
            ),
        )
        require(
            outlasts(lifetime),
            _(
                "Hosts forget DNS server or search list {seconds} s after {router} has told them: "
                "the next advertisement may come later.",
                router=router,
                seconds=lifetime,
            ),
        )


def _no_other_dns(ra: RouterAdvertisement, router: str, server: object) -> None:
    """Whoever takes DNS servers from the advertisement is told none but this one."""
    told = [each for one in ra.dns_servers if one.lifetime for each in one.servers]
    for one in told if server is not None else ():
        require(
            str(one) == str(server),
            _(
                "{router} also names {server} as a DNS server, which it is not.",
                router=router,
                server=one,
            ),
        )


def _no_other_search(ra: RouterAdvertisement, router: str, domain: object) -> None:
    """No short name is looked for in a domain of somebody else."""
    told = [each for one in ra.search_lists if one.lifetime for each in one.names]
    for name in strange(told, domain) if domain is not None else ():
        raise Failed(
            _(
                "{router} also names {domain} as a search list: short names are then looked for "
                "outside the agency's domain.",
                router=router,
                domain=name,
            )
        )


def tells_no_other_mtu(lab: Lab, link: str, mtu: int) -> None:
    """No advertisement on the link tells hosts an MTU other than this."""
    for one in heard_on(lab, link):
        require(
            one.advertisement.mtu in (None, mtu),
            _(
                "Hosts forget the MTU of the task when they hear {node}, which tells them {mtu}.",
                node=one.sender,
                mtu=one.advertisement.mtu,
            ),
        )


def answers_a_new_host(lab: Lab, link: str, router: str, *, among: Iterable[str] = ()) -> None:
    """A host that is switched on now is answered when it asks for a router, to all or to it.

    `among` names the other routers that may answer as well.
    """
    answer = lab.link(link).answer(lab.node(router) if list(among) else None)
    require(
        answer,
        _("A new host on {link} asked for a router, and nobody answered in time.", link=link),
    )
    assert answer is not None
    require(
        answer.heard.sender == router,
        _(
            "Not {router} answers a new host on {link}, but {node}.",
            router=router,
            link=link,
            node=answer.heard.sender,
        ),
    )


def nobody_on(lab: Lab, *links: str, control_on: str, by: str) -> None:
    """Nobody advertises on these links, where the same question is answered on another."""
    heard = lab.solicit(*links, control=control_on)
    for link in links:
        for one in heard[link]:
            raise Failed(
                _("{node} sends Router Advertisements on {link}.", node=one.sender, link=link)
            )
    control(
        heard[control_on],
        by=by,
        message=_(
            "The same question gets no answer on {control}, so silence on {link} proves nothing.",
            control=control_on,
            link=", ".join(links),
        ),
    )


def keeps_the_dns_server_as_long_as_the_router(lab: Lab, link: str) -> None:
    """Where a DNS server is advertised, hosts keep it until they are told again.

    RFC 8106 section 5.1: at least 3 times the longest interval between advertisements. So long is
    also the Router Lifetime, unless somebody sets it.
    """
    ra = lab.link(link).advertisement().advertisement
    require(ra.dns_servers, _("The advertisement carries no DNS server."))
    enough = min(3 * ra.interval, ra.lifetime) if ra.interval else ra.lifetime
    for option in ra.dns_servers:
        require(
            option.lifetime >= enough,
            _(
                "Hosts forget the DNS server after {dns} s, but keep the router for {router} s.",
                dns=option.lifetime,
                router=ra.lifetime,
            ),
        )
