"""Two routers on one link: what each of them says, what hosts make of it, and how one retires."""

from ipaddress import ip_address

from ipv6lab.grading import (
    _,
    control,
    must,
    must_not,
    require,
    require_any,
    require_none,
    require_one,
    still,
)

ROUTERS = ("r1", "r2")
GUESTS = ("gst1", "gst2")
MTU = 1400
# A router in this lab may advertise as seldom as every 10 s.
SELDOM = 10
HEARD = SELDOM + 2
SOON = 2  # seconds; a host acts at once on what it has heard
WITHDRAWN = 10  # seconds, by the task
STOPPING = 2  # seconds that services may take to stop, until which they advertise


@must("M1", weight=30, deadline=HEARD)
def each_router_says_what_it_is_good_for(lab):
    """r1 advertises itself with all that guests need, r2 only the way to the servers."""
    heard = lab.link("guest").advertisements()
    require_none(
        heard,
        lambda one: _(
            "{node} sends Router Advertisements on guest; it is no router.", node=one.sender
        ),
        lambda one: one.sender not in ROUTERS,
    )
    for router, is_right in (
        ("r1", the_way_out_is_right),
        ("r2", the_way_to_the_servers_is_right),
    ):
        said = [one.advertisement for one in heard if one.sender == router]
        require(
            said,
            _("No Router Advertisement of {router} is heard on guest.", router=router),
        )
        usable = [ra for ra in said if ra.valid]
        if not usable:
            require_none(said[-1].flaws, lambda flaw: flaw)
        for ra in usable:  # two programs on one router may disagree
            is_right(lab, ra)


def the_way_out_is_right(lab, ra):
    """r1 is the preferred default router, and tells the MTU and the DNS."""
    require(
        ra.lifetime > 0,
        _("r1 says that it is no default router: its Router Lifetime is 0."),
    )
    require(
        ra.preference == "high",
        _("Among default routers r1 asks for {preference} preference.", preference=ra.preference),
    )
    require(ra.mtu, _("r1 does not tell hosts the MTU of the link."))
    require(
        ra.mtu == MTU,
        _("r1 tells hosts an MTU of {mtu}, which is not that of the task.", mtu=ra.mtu),
    )
    server = require_any(
        ra.dns_servers,
        lambda option: ip_address(lab.plan.servers.dns) in option.servers,
        _("The advertisement of r1 does not carry the agency's DNS server."),
    )
    names = require_any(
        ra.search_lists,
        lambda option: lab.plan.agency.domain in map(str.casefold, option.names),
        _("The advertisement of r1 does not carry the agency's domain as a search list."),
    )
    for option in (server, names):
        require(
            option.lifetime > 0,
            _("r1 tells hosts to forget DNS server or search list: the lifetime is 0."),
        )
        require(
            option.lifetime >= min(SELDOM, ra.lifetime),
            _(
                "Hosts forget DNS server or search list {seconds} s after r1 has told them: "
                "the next advertisement may come later.",
                seconds=option.lifetime,
            ),
        )


def the_way_to_the_servers_is_right(lab, ra):
    """r2 is no default router, but tells the route to the servers."""
    require(
        ra.lifetime == 0,
        _(
            "r2 offers itself as a default router for {lifetime} s, and it has no way to the "
            "Internet.",
            lifetime=ra.lifetime,
        ),
    )
    others = ", ".join(str(one) for one in ra.routes) or "—"
    route = require_one(
        ra.routes,
        lab.plan.servers.prefix,
        _("r2 does not advertise a route to the servers, but: {others}.", others=others),
    )
    require(
        route.lifetime > 0,
        _("r2 takes the route to {prefix} back: its lifetime is 0.", prefix=route),
    )
    require_none(
        ra.routes,
        lambda other: _(
            "r2 also advertises a route to {prefix}, which is more than the servers.", prefix=other
        ),
        lambda other: other.lifetime > 0 and other.network != route.network,
    )


@must("M2", weight=15, deadline=HEARD)
def guests_know_both_ways(lab):
    """gst1 and gst2 send to the Internet by r1, and to the servers by r2."""
    routers = {
        name: [one.address for one in lab.node(name).addresses("guest", 6)] for name in ROUTERS
    }
    internet, servers = lab.plan["web-ext.address"], lab.plan.app.address
    asked = [lab.node(name).solicit(router=router) for name in GUESTS for router in ROUTERS]
    for one in asked:
        one.advertisement()
    for host in [lab.node(name) for name in GUESTS]:
        host.wait_route(
            lambda route: route.default and route.gateway in routers["r1"],
            _("{node} does not take r1 for a default router.", node=host),
            within=SOON,
        )
        require_none(
            preferred(host),
            lambda route, host=host: _(
                "For {node}, {router} is a default router as good as r1, or better.",
                node=host,
                router=lab.whose(route.gateway),
            ),
            lambda route: route.gateway not in routers["r1"],
        )
        host.wait_route(
            lambda route: covers(route, servers) and route.gateway in routers["r2"],
            _("{node} knows no route to the servers by r2.", node=host),
            within=SOON,
        )
        for address, router in ((internet, "r1"), (servers, "r2")):
            gateway = host.route_to(address).gateway
            require(
                gateway in routers[router],
                _(
                    "{node} sends to {address} by {other}, and not by {router}.",
                    node=host,
                    address=address,
                    other="—" if gateway is None else lab.whose(gateway),
                    router=router,
                ),
            )


def preferred(host):
    """The default routes among which a host may choose any (RFC 4191 section 3.2)."""
    rank = {"low": 0, "medium": 1, None: 1, "high": 2}
    routes = [one for one in host.routes(6) if one.default and one.kind == "unicast"]
    metric = min(one.metric for one in routes)
    routes = [one for one in routes if one.metric == metric]
    best = max(rank[one.preference] for one in routes)
    return [one for one in routes if rank[one.preference] == best]


def covers(route, address):
    """Whether a route that is no default route leads to an address."""
    return not route.default and ip_address(address) in route.destination


@must("M3", weight=10, deadline=HEARD)
def guests_use_the_mtu(lab):
    """gst1 and gst2 use the MTU of the task for IPv6, whichever router spoke last."""
    for asked in [lab.node(name).solicit(router="r1") for name in GUESTS]:
        mtu = asked.mtu(MTU)
        require(
            mtu == MTU,
            _(
                "{node} uses an MTU of {mtu} on its link; a host ignores one below 1280 or beyond "
                "that of its interface.",
                node=asked.node,
                mtu=mtu,
            ),
        )
    require_none(
        lab.link("guest").advertisements(),
        lambda one: _(
            "Hosts forget the MTU of the task when they hear {node}, which tells them {mtu}.",
            node=one.sender,
            mtu=one.advertisement.mtu,
        ),
        lambda one: one.advertisement.mtu not in (None, MTU),
    )


@must("M4", weight=20, needs="M2")
def packets_take_the_right_router(lab):
    """Guests reach the Internet through r1 and the application through r2, each by one router."""
    for name in GUESTS:
        guest = lab.node(name)
        for target, address, router in (
            ("web-ext", lab.plan["web-ext.address"], "r1"),
            ("app", lab.plan.app.address, "r2"),
        ):
            ping = guest.ping(lab.node(target), address)
            require(
                ping.sent.destination_mac in lab.node(router).macs() and ping.hops == 1,
                _(
                    "A packet from {node} to {target} does not go by {router} alone.",
                    node=guest,
                    target=target,
                    router=router,
                ),
            )


@must("M5", weight=25, deadline=WITHDRAWN + STOPPING + 4, needs="M2", ruins=True)
def guests_drop_a_router_that_is_shut_down(lab):
    """Once r1 is shut down, gst1 and gst2 drop it within 10 s, and still reach the application."""
    gone = lab.node("r1").link_locals("guest")
    lab.shut_down(lab.node("r1"))
    for name in GUESTS:
        lab.node(name).wait_no_route(
            lambda route: route.default and route.gateway in gone,
            WITHDRAWN + STOPPING,
            _(
                "{node} still takes r1 for a default router {seconds} s after it was shut down.",
                node=name,
                seconds=WITHDRAWN,
            ),
        )
    for name in GUESTS:
        lab.node(name).ping(lab.node("app"), lab.plan.app.address)


@must_not("N1", weight=10, deadline=HEARD)
def r2_carries_no_internet_traffic(lab):
    """r2 gets no packet for the Internet, not even from a host that has lost r1."""
    r1, r2, internet = lab.node("r1"), lab.node("r2"), lab.plan["web-ext.address"]
    with lab.link("guest").fresh_host() as host:
        control(
            host.follows(r1) and host.hears(r2),
            by="M1",
            message=_("A new host on guest does not hear both routers."),
        )
        first = host.throw(internet)
        require(
            not arrives(first, "r2"),
            _("A new host sends its packets for the Internet to r2."),
        )
        control(
            arrives(first, "r1"),
            by="M1",
            message=_("A new host on guest does not get a packet to r1, as it should."),
        )
        host.lose(r1)
        require(
            not arrives(host.throw(internet), "r2"),
            _("A host that has lost r1 sends its packets for the Internet to r2."),
        )
    for name in GUESTS:
        require(
            not arrives(lab.node(name).throw(internet), "r2"),
            _("{node} sends packets for the Internet to r2.", node=name),
        )


def arrives(packets, router):
    return any(one.node == router and not one.sent for one in packets)


@must_not("N2", weight=10, deadline=HEARD, needs="M2")
def guests_have_no_routes_by_hand(lab):
    """No route and no address was set by hand on gst1 and gst2."""
    for asked in [lab.node(name).solicit(router="r1") for name in GUESTS]:
        host = asked.node
        control(
            asked.advertisement(),
            by="M1",
            message=_("{node} hears no advertisement to learn a route from.", node=host),
        )
        require_none(
            host.routes(6),
            lambda route, host=host: _(
                "The route to {prefix} via {router} on {node} was set by hand.",
                prefix=route.destination,
                router=lab.whose(route.gateway),
                node=host,
            ),
            lambda route: route.gateway is not None and not asked_for(route),
        )
        require_none(
            host.set_by_hand(),
            lambda address, host=host: _(
                "{address} on {node} was set by hand.", address=address.with_prefix, node=host
            ),
        )


def asked_for(route):
    """Whether an advertisement brought the route.

    Its next hop is whoever advertised, by the link-local address (RFC 4861 section 6.1.2), and a
    default route never stays for ever.
    """
    return (
        route.protocol == "ra"
        and route.gateway.is_link_local
        and not (route.default and route.expires is None)
    )


@still("S1", weight=10)
def a_new_host_builds_its_address(lab):
    """A host that is new on the guest link builds one address, in the guest prefix."""
    with lab.link("guest").fresh_host() as host:
        require(
            host.builds(lab.plan.guest.prefix),
            _("A new host on guest builds no address in the guest prefix."),
        )
        for router in ROUTERS:
            host.hears(lab.node(router))
        require(
            len(host.global_addresses()) == 1,
            _("A new host on guest builds more than one address."),
        )


@still("S2", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before."""
    for name in GUESTS:
        guest = lab.node(name)
        guest.ping(lab.node("web-ext"), lab.plan["web-ext.address4"])
        guest.ping(lab.node("app"), lab.plan.app.address4)
