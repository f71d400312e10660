"""What SLAAC on the staff LAN needs, in the order in which a host comes to need it."""

from ipv6lab.grading import (
    _,
    control,
    must,
    must_not,
    note,
    require,
    require_none,
    require_one,
    still,
)

PCS = ("pc1", "pc2")
# A router in a lab may advertise as seldom as every 10 s.
SELDOM = 10
HEARD = SELDOM + 2


@must("M1", weight=25, deadline=HEARD)
def a_usable_advertisement_is_heard(lab):
    """hq-core advertises itself and the staff prefix, with the right flags and lifetimes."""
    advertised = lab.link("staff").advertisements()
    require(advertised, _("No Router Advertisement is heard on {link}.", link="staff"))
    usable = [heard for heard in advertised if heard.advertisement.valid]
    if not usable:
        require_none(advertised[0].advertisement.flaws, lambda flaw: flaw)
    for heard in usable:
        router_is_right(lab, heard)
        prefix_is_right(lab, heard.advertisement)


def router_is_right(lab, heard):
    """The advertisement comes from the router, and offers a default route."""
    ra = heard.advertisement
    require(
        heard.sender == "hq-core",
        _("{node} sends Router Advertisements on staff; it is no router.", node=heard.sender),
    )
    require(
        ra.source in lab.node("hq-core").link_locals("staff"),
        _("{source} is no link-local address of hq-core on staff.", source=ra.source),
    )
    require(
        ra.lifetime > 0,
        _("hq-core says that it is no default router: its Router Lifetime is 0."),
    )
    require(
        not ra.managed,
        _("hq-core tells hosts to ask DHCPv6 for addresses: the M flag is set."),
    )
    require(
        not ra.other,
        _("hq-core tells hosts to ask DHCPv6 for other settings: the O flag is set."),
    )


def prefix_is_right(lab, ra):
    """Exactly the staff prefix is advertised, and a host may use it in both ways."""
    others = ", ".join(str(one) for one in ra.prefixes) or "—"
    prefix = require_one(
        ra.prefixes,
        lab.plan.staff.prefix,
        _("Not the staff prefix is advertised on staff, but this: {others}.", others=others),
    )
    require(
        len(ra.prefixes) == 1,
        _("More than the staff prefix is advertised on staff: {others}.", others=others),
    )
    require(
        not prefix.has_host_bits,
        _("{prefix} has bits set beyond its prefix length.", prefix=prefix),
    )
    require(
        prefix.autonomous,
        _("Hosts may not build addresses from {prefix}: the A flag is not set.", prefix=prefix),
    )
    require(
        prefix.on_link,
        _(
            "Hosts are not told that {prefix} is on their link: the L flag is not set.",
            prefix=prefix,
        ),
    )
    require(
        prefix.preferred > 0,
        _("Addresses from {prefix} are deprecated at once: preferred for 0 s.", prefix=prefix),
    )
    require(
        prefix.preferred >= SELDOM,
        _(
            "Addresses from {prefix} are preferred for {seconds} s: hosts give them up before an "
            "advertisement renews them.",
            prefix=prefix,
            seconds=prefix.preferred,
        ),
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


@must("M2", weight=10, deadline=HEARD)
def a_new_host_is_answered(lab):
    """A host that is switched on now is answered when it asks for a router."""
    answer = lab.link("staff").answer()
    require(
        answer,
        _("A new host on staff asked for a router, and nobody answered within 3.5 s."),
    )
    require(
        answer.heard.sender == "hq-core",
        _("Not hq-core answers a new host on staff, but {node}.", node=answer.heard.sender),
    )


@must("M3", weight=25, deadline=HEARD)
def the_pcs_build_an_address(lab):
    """pc1 and pc2 each build one address in the staff prefix."""
    # Both ask first, then both are looked at: so they wait together.
    for asked in [lab.node(name).solicit() for name in PCS]:
        address = asked.address(lab.plan.staff.prefix)
        require_none(
            asked.other_addresses(address),
            lambda other, pc=asked.node: _(
                "{node} builds a second address, {address}.", node=pc, address=other.address
            ),
        )


@must("M4", weight=15, deadline=HEARD)
def the_pcs_learn_the_default_route(lab):
    """pc1 and pc2 learn their default route from hq-core."""
    routers = lab.node("hq-core").link_locals("staff")
    for asked in [lab.node(name).solicit() for name in PCS]:
        pc = asked.node
        routes = asked.default_routes()
        require(routes, _("{node} has no default route.", node=pc))
        for route in routes:
            require(
                asked.learnt(route),
                _(
                    "A default route of {node} was set by hand, via {router}.",
                    node=pc,
                    router=lab.whose(route.gateway),
                ),
            )
            require(
                route.gateway in routers,
                _(
                    "{node} takes {router} for its default router, which is not hq-core on staff.",
                    node=pc,
                    router=route.gateway,
                ),
            )


@must("M5", weight=15, needs=("M3", "M4"))
def staff_and_application_reach_each_other(lab):
    """The PCs and the application reach each other over IPv6."""
    app = lab.node("app")
    for pc in (lab.node(name) for name in PCS):
        there = pc.ping(app, lab.plan.app.address)
        app.ping(pc, there.source)


@must("M6", weight=10, needs="M3")
def neighbours_talk_directly(lab):
    """pc1 reaches pc2 on the staff LAN itself, not through the router."""
    pc1, pc2 = lab.node("pc1"), lab.node("pc2")
    target = pc2.built_address(lab.plan.staff.prefix).address
    route = pc1.route_to(target)
    require(
        route.gateway is None,
        _(
            "{node} does not know that {prefix} is on its link, and asks {router} to forward.",
            node=pc1,
            prefix=lab.plan.staff.prefix,
            router=route.gateway,
        ),
    )
    ping = pc1.ping(pc2, target)
    require(
        ping.hops == 0 and ping.sent.destination_mac in pc2.macs(),
        _("The packet from pc1 to pc2 took the way through another node."),
    )


@note("M7", deadline=HEARD)
def a_dns_server_is_advertised(lab):
    """The advertisement carries a DNS server, for long enough."""
    ra = lab.link("staff").advertisement().advertisement
    require(ra.dns_servers, _("The advertisement carries no DNS server."))
    # RFC 8106 section 5.1: at least 3 times the longest interval between advertisements. So long
    # is also the Router Lifetime, unless somebody sets it.
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


@must_not("N1", weight=10, deadline=HEARD)
def the_servers_are_not_advertised_to(lab):
    """No Router Advertisement is sent to the servers."""
    heard = lab.solicit("srv", control="staff")
    require_none(
        heard["srv"],
        lambda one: _("{node} sends Router Advertisements on srv.", node=one.sender),
    )
    control(
        heard["staff"],
        by="M2",
        message=_("The same question gets no answer on staff, so silence on srv proves nothing."),
    )


@must_not("N2", weight=10, deadline=HEARD)
def nobody_set_an_address_by_hand(lab):
    """No global address is set by hand on pc1 and pc2."""
    for name in PCS:
        require_none(
            lab.node(name).set_by_hand(),
            lambda address, pc=name: _(
                "{address} on {node} was set by hand.", address=address.with_prefix, node=pc
            ),
        )
    for asked in [lab.node(name).solicit() for name in PCS]:
        control(
            asked.has_built(lab.plan.staff.prefix),
            by="M3",
            message=_(
                "{node} has built no address yet, so there is none to tell from one set by hand.",
                node=asked.node,
            ),
        )
        require_none(
            asked.unrenewed(),
            lambda address, pc=asked.node: _(
                "{address} on {node} was not built from an advertisement.",
                address=address.with_prefix,
                node=pc,
            ),
        )


@must_not("N3", weight=5)
def no_dhcpv6_server_answers(lab):
    """No DHCPv6 server answers on the staff LAN."""
    asked = lab.link("staff").dhcp6()
    require_none(
        asked.answers,
        lambda answer: _("{node} answers as a DHCPv6 server on staff.", node=answer.node),
    )
    control(
        "hq-core" in asked.reached,
        by="M2",
        message=_("The question for a DHCPv6 server did not get as far as hq-core."),
    )


@still("S1", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before."""
    pc1, pc2, app = (lab.node(name) for name in ("pc1", "pc2", "app"))
    pc1.ping(app, lab.plan.app.address4)
    pc2.ping(app, lab.plan.app.address4)
    app.ping(pc1, lab.plan.pc1.address4)
    pc2.ping(pc1, lab.plan.pc1.address4)
