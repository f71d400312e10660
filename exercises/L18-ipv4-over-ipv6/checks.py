"""What it takes to carry IPv4, and then both protocols, across a network that has only IPv6.

First that it gets through, then what it is on the way and between whom, then how large it may be;
at the end who else is let in, and what should have stayed as it was.
"""

from contextlib import contextmanager

from ipv6lab.expect import lasting, path, reach, sizes, tunnels
from ipv6lab.expect.places import address_of, new_host
from ipv6lab.grading import must, must_not, still

CORE = "ts-pe1--ts-pe2"
HQ, BRANCH = "ts-pe1--hq-br", "ts-pe2--br-dn"  # the agency's links to the dedicated network
DEDICATED = (CORE, HQ, BRANCH)
IPV6_HEADER, GRE_HEADER = 40, 4  # octets: RFC 8200 section 3, RFC 2784 section 2.1
BOTH = (4, 6)


def hq_end(lab):
    return lab.plan[f"{HQ}.hq-br"]


def branch_end(lab):
    return lab.plan[f"{BRANCH}.br-dn"]


def carried_in(lab, carrier):
    return path.Tunnel.of(DEDICATED, carrier, hq_end(lab), branch_end(lab))


def each_way(lab, one, other, family):
    """Both directions: node, target, and its address."""
    for node, target in ((one, other), (other, one)):
        yield lab.node(node), lab.node(target), address_of(lab, target, family)


@contextmanager
def new_hosts(lab, family, *places):
    """Hosts that nobody had in mind, on two LANs."""
    (link, network), (far, far_network) = places
    with (
        new_host(lab, link, network, family, name=f"new-host-{link}") as one,
        new_host(lab, far, far_network, family, name=f"new-host-{far}") as other,
    ):
        yield one, other


STAFF = ("br-staff", "branch-staff"), ("srv", "servers")
MANAGEMENT = ("mgmt", "management"), ("br-mgmt", "branch-management")


@must("M1", weight=20, deadline=90)
def the_old_application_is_reached(lab):
    """br-pc1 and the application reach each other over IPv4, whoever begins."""
    reach.both_ways(lab, "br-pc1", "app", family=4, across=CORE)
    lasting.nothing_typed_expires(lab, "hq-br", "br-dn")


@must("M2", weight=20, needs="M1", deadline=90)
def ipv4_crosses_in_ipv6(lab):
    """Between the two LANs all IPv4 crosses as IPv4 in IPv6, between hq-br and br-dn."""
    for node, target, address in each_way(lab, "br-pc1", "app", 4):
        path.crosses(lab, node, target, address, carried_in(lab, path.IPV4_IN))
    with new_hosts(lab, 4, *STAFF) as (pc, server):
        path.crosses(lab, pc, server, server.address, carried_in(lab, path.IPV4_IN))


@must("M3", weight=15, needs="M2", deadline=90)
def nothing_but_the_outer_header_is_spent(lab):
    """Of 1500 octets only the 40 of the outer header are lost to IPv4, and hosts are told so."""
    room = sizes.ETHERNET - IPV6_HEADER
    for node, target, address in each_way(lab, "br-pc1", "app", 4):
        sizes.carries_up_to(lab, node, target, address, room)
        sizes.carries_what_may_be_cut(lab, node, target, address)
    with new_hosts(lab, 4, *STAFF) as (pc, server):
        sizes.exchanges_in_full(lab, pc, server, server.address)


@must("M4", weight=20, deadline=90)
def management_is_reached_over_both(lab):
    """nms and the branch's power supply reach each other over IPv4 and over IPv6."""
    for family in BOTH:
        reach.both_ways(lab, "nms", "br-ups", family=family, across=CORE)


@must("M5", weight=15, needs="M4", deadline=90)
def management_crosses_in_gre(lab):
    """Between the management LANs all of both crosses in GRE over IPv6, between hq-br and br-dn."""
    for family in BOTH:
        for node, target, address in each_way(lab, "nms", "br-ups", family):
            path.crosses(lab, node, target, address, carried_in(lab, path.GRE))
        with new_hosts(lab, family, *MANAGEMENT) as (here, there):
            path.crosses(lab, here, there, there.address, carried_in(lab, path.GRE))


@must("M6", weight=10, needs="M5", deadline=90)
def gre_costs_four_octets_more(lab):
    """GRE costs 4 octets more than that, for IPv4 and for IPv6, and hosts are told so."""
    room = sizes.ETHERNET - IPV6_HEADER - GRE_HEADER
    for family in BOTH:
        for node, target, address in each_way(lab, "nms", "br-ups", family):
            sizes.carries_up_to(lab, node, target, address, room)
            sizes.carries_what_may_be_cut(lab, node, target, address)
        with new_hosts(lab, family, *MANAGEMENT) as (here, there):
            sizes.exchanges_in_full(lab, here, there, there.address)


@must_not("N1", weight=10, needs="M1", deadline=90)
def the_dedicated_network_stays_ipv6_only(lab):
    """There is no IPv4 on the links of the dedicated network."""
    for node, target, address in each_way(lab, "br-pc1", "app", 4):
        path.keeps_off(lab, node, target, address, DEDICATED, family=4, by="M1")
    for name, link in (("hq-br", HQ), ("br-dn", BRANCH)):
        path.has_no_address(lab, name, link, family=4)


@must_not("N2", weight=15, needs=("M2", "M5"), deadline=90)
def nobody_else_gets_in(lab):
    """Tunnelled packets from anybody but the other end are not let in."""
    hq, branch = hq_end(lab), branch_end(lab)
    for node, end, peer, at, target, sender, gre in (
        ("hq-br", hq, branch, "ts-pe1", "app", "br-pc1", False),
        ("hq-br", hq, branch, "ts-pe1", "nms", "br-ups", True),
        ("br-dn", branch, hq, "ts-pe2", "br-pc1", "app", False),
        ("br-dn", branch, hq, "ts-pe2", "br-ups", "nms", True),
    ):
        tunnels.closed_to_strangers(
            lab,
            tunnels.End.of(node, end, peer, at, target, gre),
            [
                tunnels.Inside(address_of(lab, sender, family), address_of(lab, target, family))
                for family in BOTH
            ],
            by="M6" if gre else "M3",
        )


@still("S1", weight=10, deadline=90)
def staff_still_use_native_ipv6(lab):
    """IPv6 between the branch's staff and the application goes natively, as before."""
    reach.both_ways(lab, "br-pc1", "app", across=CORE)
    for node, target, address in each_way(lab, "br-pc1", "app", 6):
        path.natively(lab, node, target, address, CORE)
