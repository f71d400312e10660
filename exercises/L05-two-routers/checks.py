"""Two routers on one link: what each of them says, what hosts make of it, and how one retires."""

from ipv6lab.expect import advertisement, hosts, reach
from ipv6lab.expect.advertisement import ANSWERED, HEARD, SAID
from ipv6lab.grading import _, must, must_not, require, still

ROUTERS = ("r1", "r2")
GUESTS = ("gst1", "gst2")
MTU = 1400
WITHDRAWN = 10  # seconds, by the task


@must("M1", weight=30, deadline=SAID + 2 * ANSWERED)
def each_router_says_what_it_is_good_for(lab):
    """r1 advertises itself with all that guests need, r2 only the way to the servers."""
    advertisement.says(
        lab,
        "guest",
        "r1",
        among=ROUTERS,
        managed=None,
        other=None,
        preference="high",
        mtu=MTU,
        dns=lab.plan.servers.dns,
        search=lab.plan.agency.domain,
    )
    advertisement.says(
        lab,
        "guest",
        "r2",
        among=ROUTERS,
        managed=None,
        other=None,
        default_router=False,
        routes=[lab.plan.servers.prefix],
        no_dns_but=lab.plan.servers.dns,
        no_search_but=lab.plan.agency.domain,
    )
    for router in ROUTERS:
        advertisement.answers_a_new_host(lab, "guest", router, among=ROUTERS)


@must("M2", weight=15, deadline=2 * HEARD)
def guests_know_both_ways(lab):
    """gst1 and gst2 send to the Internet by r1, and to the servers by r2."""
    hosts.prefer_default_router(lab, *GUESTS, router="r1", link="guest")
    hosts.send_to(lab, *GUESTS, address=lab.plan["web-ext.address"], router="r1", link="guest")
    hosts.send_to(lab, *GUESTS, address=lab.plan.app.address, router="r2", link="guest")


@must("M3", weight=10, deadline=2 * HEARD)
def guests_use_the_mtu(lab):
    """gst1 and gst2 use the MTU of the task for IPv6, whichever router spoke last."""
    hosts.use_mtu(lab, *GUESTS, mtu=MTU, router="r1", link="guest")
    advertisement.tells_no_other_mtu(lab, "guest", MTU)


@must("M4", weight=20, needs="M2")
def packets_take_the_right_router(lab):
    """Guests reach the Internet through r1 and the application through r2, each by one router."""
    for name in GUESTS:
        guest = lab.node(name)
        for target, address, router in (
            ("web-ext", lab.plan["web-ext.address"], "r1"),
            ("app", lab.plan.app.address, "r2"),
        ):
            ping = reach.uses(lab, guest, lab.node(target), address)
            require(
                ping.sent.destination_mac in lab.node(router).macs() and ping.hops == 1,
                _(
                    "A packet from {node} to {target} does not go by {router} alone.",
                    node=guest,
                    target=target,
                    router=router,
                ),
            )


@must("M5", weight=25, deadline=WITHDRAWN + hosts.STOPPING + 4, needs="M2", ruins=True)
def guests_drop_a_router_that_is_shut_down(lab):
    """Once r1 is shut down, gst1 and gst2 drop it within 10 s, and still reach the application."""
    lab.shut_down(lab.node("r1"))
    hosts.drop_router(lab, *GUESTS, router="r1", link="guest", within=WITHDRAWN)
    for name in GUESTS:
        lab.node(name).ping(lab.node("app"), lab.plan.app.address)


@must_not("N1", weight=10, deadline=2 * HEARD)
def r2_carries_no_internet_traffic(lab):
    """r2 gets no packet for the Internet, not even from a host that has lost r1."""
    internet = lab.plan["web-ext.address"]
    hosts.new_host_never_sends_to(lab, "guest", never="r2", address=internet, but_to="r1", by="M1")
    hosts.never_send_to(lab, *GUESTS, never="r2", address=internet)


@must_not("N2", weight=10, deadline=2 * HEARD, needs="M2")
def guests_have_no_routes_by_hand(lab):
    """No route and no address was set by hand on gst1 and gst2."""
    hosts.have_nothing_by_hand(lab, *GUESTS, routers=ROUTERS, link="guest", by="M1")


@still("S1", weight=10, deadline=HEARD + SAID)
def a_new_host_builds_its_address(lab):
    """A host that is new on the guest link builds one address, in the guest prefix."""
    hosts.new_host_builds_an_address(lab, "guest", lab.plan.guest.prefix)
    advertisement.offers_only(lab, "guest", lab.plan.guest.prefix)


@still("S2", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before."""
    for name in GUESTS:
        guest = lab.node(name)
        reach.uses(lab, guest, lab.node("web-ext"), lab.plan["web-ext.address4"])
        reach.uses(lab, guest, lab.node("app"), lab.plan.app.address4)
