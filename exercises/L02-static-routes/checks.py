"""What static IPv6 needs from one LAN to another: addresses, forwarding, a way there and back."""

from contextlib import contextmanager, suppress
from ipaddress import ip_network

from ipv6lab.grading import Failed, _, control, must, must_not, require, require_none, still

HTTP = 80
TYPED = 5  # seconds after which an address that was typed may be used, on a busy machine as well
# The plan has no zone 9, so nobody has this /64 of the agency's, counted in steps of a /64.
NOWHERE = 0x999


@must("M1", weight=30, deadline=15)
def staff_and_application_reach_each_other(lab):
    """pc1 and the application reach each other over IPv6, whoever begins."""
    lab.settle()
    pc1, app = lab.node("pc1"), lab.node("app")
    pc1.ping(app, lab.plan.app.address, translated=True)
    app.ping(pc1, lab.plan.pc1.static, translated=True)


@must("M2", weight=5, needs="M1")
def two_routers_are_on_the_way(lab):
    """Packets pass exactly two routers, r1 and r2, in both directions."""
    pc1, app = lab.node("pc1"), lab.node("app")
    for node, target, address in (
        (pc1, app, lab.plan.app.address),
        (app, pc1, lab.plan.pc1.static),
    ):
        ping = node.ping(target, address, translated=True)
        require(
            ping.hops == 2,
            _(
                "The hop limit of a packet from {node} is {count} less when it reaches {target}: "
                "not two routers have forwarded it.",
                node=node,
                target=target,
                count=ping.hops,
            ),
        )


@must("M3", weight=15, needs="M1")
def the_application_takes_connections(lab):
    """pc1 opens a connection to the application's TCP port 80."""
    lab.node("pc1").open_port(lab.node("app"), lab.plan.app.address, HTTP)


@must("M4", weight=15)
def neighbours_talk_directly(lab):
    """pc1 and the application reach every other host on their own link without a router."""
    with a_new_host_on_each_lan(lab) as visitors:
        for name, link, address in (
            ("pc1", "staff", lab.plan.pc1.static),
            ("app", "srv", lab.plan.app.address),
        ):
            has_address(lab, name, link, address)
            reaches_directly(lab.node(name), visitors[link])


def reaches_directly(node, visitor):
    route = node.route_to(visitor.address)
    require(
        route.gateway is None,
        _(
            "{node} does not know that {address} is on its link {link}, and asks {router} to "
            "forward.",
            node=node,
            address=visitor.address,
            link=visitor.link,
            router=node.lab.whose(route.gateway),
        ),
    )
    ping = node.ping(visitor, visitor.address)
    require(
        ping.hops == 0 and ping.sent.destination_mac in visitor.macs(),
        _(
            "The packet from {node} to a host on {link} took the way through another node.",
            node=node,
            link=visitor.link,
        ),
    )


@must("M5", weight=15)
def every_address_is_in_its_place(lab):
    """Every address of the plan is on its interface and may be used."""
    plan = lab.plan
    for name, link, address, prefix in (
        ("pc1", "staff", plan.pc1.static, plan.staff.prefix),
        ("r1", "staff", plan.staff.router, plan.staff.prefix),
        ("r1", "r1--r2", plan["r1--r2.r1"], plan["r1--r2.prefix"]),
        ("r2", "r1--r2", plan["r1--r2.r2"], plan["r1--r2.prefix"]),
        ("r2", "srv", plan.servers.router, plan.servers.prefix),
        ("app", "srv", plan.app.address, plan.servers.prefix),
    ):
        found = has_address(lab, name, link, address)
        require(
            found.network == ip_network(prefix),
            _(
                "{address} on {node} stands for another network than {link} is in the plan: look "
                "at its prefix length.",
                address=found.with_prefix,
                node=name,
                link=link,
            ),
        )


def has_address(lab, name, link, address):
    """The address as the node's kernel has it, once Duplicate Address Detection has passed."""
    node = lab.node(name)
    interface = node.interface(link).name
    try:
        return node.wait_address(
            lambda one: str(one.address) == address and one.interface == interface,
            within=TYPED,
        )
    except Failed:
        mine = [one for one in node.addresses(family=6) if str(one.address) == address]
    for one in mine:
        require(
            one.interface == interface,
            _(
                "{address} of {node} is on its interface {other}, and that is not on {link}.",
                address=address,
                node=name,
                other=one.interface,
                link=link,
            ),
        )
        require(
            not one.dadfailed,
            _(
                "{node} may not use {address}: another node has it already.",
                node=name,
                address=address,
            ),
        )
    raise Failed(_("{node} does not have its address of the plan on {link}.", node=name, link=link))


@must("M6", weight=20, deadline=15)
def every_host_of_both_lans_is_served(lab):
    """A host that is new on either LAN reaches the other LAN and is reached from there."""
    lab.settle()
    pc1, app = lab.node("pc1"), lab.node("app")
    with a_new_host_on_each_lan(lab) as visitors:
        one_of_staff, server = visitors["staff"], visitors["srv"]
        one_of_staff.ping(app, lab.plan.app.address, translated=True)
        app.ping(one_of_staff, one_of_staff.address, translated=True)
        server.ping(pc1, lab.plan.pc1.static, translated=True)
        pc1.ping(server, server.address, translated=True)


@must_not("N1", weight=10, needs="M6")
def no_packet_circles(lab):
    """A packet for a network that does not exist does not circle between the routers."""
    agency = ip_network(lab.plan.agency.prefix)
    nowhere = agency.network_address + (NOWHERE << 64) + 1
    with a_new_host_on_each_lan(lab) as visitors:
        for visitor, router in ((visitors["staff"], "r1"), (visitors["srv"], "r2")):
            seen = visitor.throw(nowhere)
            control(
                any(one.node == router and not one.sent for one in seen),
                by="M6",
                message=_(
                    "The packet from a new host did not get as far as {router}.", router=router
                ),
            )
            passed = [one for one in seen if one.link == "r1--r2" and one.sent and asks(one)]
            require(
                len(passed) <= 1,
                _(
                    "A packet from {link} to a network that does not exist passed between r1 and "
                    "r2 {count} times, until its hop limit was used up.",
                    link=visitor.link,
                    count=len(passed),
                ),
            )


def asks(packet):
    """Whether this is the packet itself, not a router's complaint about it."""
    return packet.ip.icmp_type == 128


@must_not("N2", weight=10, deadline=20, needs="M1")
def nobody_translates_addresses(lab):
    """No addresses are translated: each end sees the other's own."""
    pc1, app = lab.node("pc1"), lab.node("app")
    arrived = [
        pc1.ping(app, lab.plan.app.address, translated=True),
        app.ping(pc1, lab.plan.pc1.static, translated=True),
    ]
    control(arrived, by="M1", message=_("pc1 and app do not reach each other."))
    # A rule may translate for some hosts only, or connections only. Who is not served at all is
    # other checks' matter.
    with a_new_host_on_each_lan(lab) as visitors:
        one_of_staff, server = visitors["staff"], visitors["srv"]
        for exchange in (
            lambda: pc1.open_port(app, lab.plan.app.address, HTTP, within=2),
            lambda: one_of_staff.ping(app, lab.plan.app.address, within=2, translated=True),
            lambda: server.ping(pc1, lab.plan.pc1.static, within=2, translated=True),
            lambda: one_of_staff.open_port(app, lab.plan.app.address, HTTP, within=2),
        ):
            with suppress(Failed):
                arrived.append(exchange())
    require_none(
        arrived,
        lambda one: _(
            "A packet that {source} sent arrived as one of {seen}: somebody on the way translates "
            "addresses.",
            source=one.source,
            seen=one.seen,
        ),
        lambda one: one.source != one.seen,
    )


@still("S1", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before."""
    pc1, app = lab.node("pc1"), lab.node("app")
    pc1.ping(app, lab.plan.app.address4)
    app.ping(pc1, lab.plan.pc1.address4)
    pc1.open_port(app, lab.plan.app.address4, HTTP)


@contextmanager
def a_new_host_on_each_lan(lab):
    """A host on staff and one among the servers, with the addresses that nobody thinks of first."""
    with (
        lab.link("staff").fresh_host(lab.plan.staff.prefix, lab.plan.staff.router) as one,
        lab.link("srv").fresh_host(
            lab.plan.servers.prefix, lab.plan.servers.router, "new-server"
        ) as other,
    ):
        yield {"staff": one, "srv": other}
