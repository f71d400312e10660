"""What SLAAC on the staff LAN needs, in the order in which a host comes to need it."""

from ipv6lab.expect import advertisement, dhcp, hosts, reach
from ipv6lab.expect.advertisement import ANSWERED, HEARD, SAID
from ipv6lab.expect.places import new_host
from ipv6lab.grading import must, must_not, note, still

PCS = ("pc1", "pc2")


@must("M1", weight=25, deadline=SAID)
def a_usable_advertisement_is_heard(lab):
    """hq-core advertises itself and the staff prefix, with the right flags and lifetimes."""
    advertisement.says(
        lab, "staff", "hq-core", managed=False, other=False, prefix=lab.plan.staff.prefix
    )


@must("M2", weight=10, deadline=ANSWERED)
def a_new_host_is_answered(lab):
    """A host that is switched on now is answered when it asks for a router."""
    advertisement.answers_a_new_host(lab, "staff", "hq-core")


@must("M3", weight=25, deadline=HEARD)
def the_pcs_build_an_address(lab):
    """pc1 and pc2 each build one address in the staff prefix."""
    hosts.build_one_address(lab, *PCS, prefix=lab.plan.staff.prefix)


@must("M4", weight=15, deadline=2 * HEARD)
def the_pcs_learn_the_default_route(lab):
    """pc1 and pc2 learn their default route from hq-core."""
    hosts.learn_default_route(lab, *PCS, router="hq-core", link="staff")


@must("M5", weight=15, needs=("M3", "M4"))
def staff_and_application_reach_each_other(lab):
    """The PCs and the application reach each other over IPv6."""
    app = lab.node("app")
    for pc in map(lab.node, PCS):
        there = reach.uses(lab, pc, app, lab.plan.app.address)
        reach.reaches(lab, app, pc, there.source)
    with new_host(lab, "staff") as pc:
        reach.uses(lab, pc, app, lab.plan.app.address)
        reach.reaches(lab, app, pc, pc.address)


@must("M6", weight=10, needs="M3")
def neighbours_talk_directly(lab):
    """pc1 reaches pc2 on the staff LAN itself, not through the router."""
    hosts.talk_directly(lab, "pc1", "pc2", lab.plan.staff.prefix)


@note("M7", deadline=HEARD)
def a_dns_server_is_advertised(lab):
    """The advertisement carries a DNS server, for long enough."""
    advertisement.keeps_the_dns_server_as_long_as_the_router(lab, "staff")


@must_not("N1", weight=10, deadline=HEARD)
def the_servers_are_not_advertised_to(lab):
    """No Router Advertisement is sent to the servers."""
    advertisement.nobody_on(lab, "srv", control_on="staff", by="M2")


@must_not("N2", weight=10, deadline=2 * HEARD)
def nobody_set_an_address_by_hand(lab):
    """No global address is set by hand on pc1 and pc2."""
    hosts.have_no_addresses_by_hand(lab, *PCS, prefix=lab.plan.staff.prefix, link="staff", by="M3")


@must_not("N3", weight=5)
def no_dhcpv6_server_answers(lab):
    """No DHCPv6 server answers on the staff LAN."""
    dhcp.nobody_serves(lab, "staff", reached="hq-core", by="M2")


@still("S1", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before."""
    pc1, pc2, app = (lab.node(name) for name in ("pc1", "pc2", "app"))
    reach.uses(lab, pc1, app, lab.plan.app.address4)
    reach.uses(lab, pc2, app, lab.plan.app.address4)
    reach.reaches(lab, app, pc1, lab.plan.pc1.address4)
    pc2.ping(pc1, lab.plan.pc1.address4)
