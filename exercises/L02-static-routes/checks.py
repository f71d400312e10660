"""What static IPv6 needs from one LAN to another: addresses, forwarding, a way there and back."""

from contextlib import contextmanager

from ipv6lab.expect import lasting, loops, path, reach
from ipv6lab.expect.places import new_host
from ipv6lab.grading import must, must_not, still

HTTP = 80


@must("M1", weight=30, deadline=15)
def staff_and_application_reach_each_other(lab):
    """pc1 and the application reach each other over IPv6, whoever begins."""
    lab.settle()
    reach.both_ways(lab, "pc1", "app", translated=True)
    lasting.nothing_typed_expires(lab, "pc1", "r1", "r2", "app")


@must("M2", weight=5, needs="M1")
def two_routers_are_on_the_way(lab):
    """Packets pass exactly two routers, r1 and r2, in both directions."""
    pc1, app = lab.node("pc1"), lab.node("app")
    path.passes_routers(lab, pc1, app, lab.plan.app.address, 2, HTTP)
    path.passes_routers(lab, app, pc1, lab.plan.pc1.static, 2, HTTP)


@must("M3", weight=15, needs="M1")
def the_application_takes_connections(lab):
    """pc1 opens a connection to the application's TCP port 80."""
    lab.node("pc1").open_port(lab.node("app"), lab.plan.app.address, HTTP)


@must("M4", weight=15)
def neighbours_talk_directly(lab):
    """pc1 and the application reach every other host on their own link without a router."""
    with new_hosts(lab) as (one_of_staff, server):
        reach.has_address_on(lab, "pc1", "staff", lab.plan.pc1.static)
        reach.without_a_router(lab.node("pc1"), one_of_staff)
        reach.has_address_on(lab, "app", "srv", lab.plan.app.address)
        reach.without_a_router(lab.node("app"), server)


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
        reach.has_address_on(lab, name, link, address, prefix)


@must("M6", weight=20, deadline=15)
def every_host_of_both_lans_is_served(lab):
    """A host that is new on either LAN reaches the other LAN and is reached from there."""
    lab.settle()
    pc1, app = lab.node("pc1"), lab.node("app")
    with new_hosts(lab) as (one_of_staff, server):
        reach.reaches(lab, one_of_staff, app, lab.plan.app.address, translated=True)
        reach.reaches(lab, app, one_of_staff, one_of_staff.address, translated=True)
        reach.reaches(lab, server, pc1, lab.plan.pc1.static, translated=True)
        reach.reaches(lab, pc1, server, server.address, translated=True)


@must_not("N1", weight=10, needs="M6")
def no_packet_circles(lab):
    """A packet for a network that does not exist does not circle between the routers."""
    nowhere = loops.unused(lab, lab.plan.agency.prefix, count=8)
    with new_hosts(lab) as (one_of_staff, server):
        loops.nothing_circles(lab, [(one_of_staff, "r1"), (server, "r2")], nowhere, by="M6")


@must_not("N2", weight=10, deadline=20, needs="M1")
def nobody_translates_addresses(lab):
    """No addresses are translated: each end sees the other's own."""
    pc1, app = lab.node("pc1"), lab.node("app")
    with new_hosts(lab) as (one_of_staff, server):
        reach.nothing_is_translated(
            lab,
            [
                (pc1, app, lab.plan.app.address),
                (app, pc1, lab.plan.pc1.static),
                (one_of_staff, app, lab.plan.app.address),
                (server, pc1, lab.plan.pc1.static),
                (one_of_staff, server, server.address),
                (server, one_of_staff, one_of_staff.address),
            ],
            port=HTTP,
            by="M1",
        )


@still("S1", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before."""
    reach.both_ways(lab, "pc1", "app", family=4, ports={"app": (HTTP,)})


@contextmanager
def new_hosts(lab):
    """A host on staff and one among the servers, with addresses that nobody thinks of first."""
    with (
        new_host(lab, "staff") as one_of_staff,
        new_host(lab, "srv", "servers", name="new-server") as server,
    ):
        yield one_of_staff, server
