"""What 6in4 across an IPv4-only network needs: two ends, routes, the right size, no strangers."""

from contextlib import contextmanager

from ipv6lab.expect import lasting, loops, path, reach, sizes, tunnels
from ipv6lab.expect.places import new_host
from ipv6lab.expect.strangers import someone_in
from ipv6lab.grading import must, must_not, still

TUNNEL = "tunnel-hq--tunnel-br"
# The dedicated network: what everything has to cross, and the links of its customers to it.
DEDICATED = ("ts-pe1--ts-pe2", "ts-pe1--hq-br", "ts-pe2--br-dn")
# RFC 4213 section 3.2.1: a tunnel with a fixed MTU has one between these.
SMALLEST, LARGEST = 1280, sizes.ETHERNET - 20
INTERNET = "2a00::/12"  # from where nobody is in the plan


def hq_end(lab):
    return lab.plan["ts-pe1--hq-br.hq-br4"]


def branch_end(lab):
    return lab.plan["ts-pe2--br-dn.br-dn4"]


def six_in_four(lab):
    return path.Tunnel.of(DEDICATED, path.IPV6_IN, hq_end(lab), branch_end(lab))


@contextmanager
def new_hosts(lab):
    """A PC in the branch and a server at head office that nobody had in mind."""
    with (
        new_host(lab, "br-staff", "branch-staff", name="new-pc") as pc,
        new_host(lab, "srv", "servers", name="new-server") as server,
    ):
        yield pc, server


@must("M1", weight=15)
def the_ends_of_the_tunnel_reach_each_other(lab):
    """The two ends of the tunnel reach each other at their addresses of the plan."""
    plan = lab.plan
    for node, target, address in (
        ("br-dn", "hq-br", plan[f"{TUNNEL}.tunnel-hq"]),
        ("hq-br", "br-dn", plan[f"{TUNNEL}.tunnel-br"]),
    ):
        reach.has_address(lab, target, address)
        reach.reaches(lab, lab.node(node), lab.node(target), address)


@must("M2", weight=20, deadline=90)
def the_branch_and_the_application_reach_each_other(lab):
    """br-pc1 and the application reach each other over IPv6, by every protocol and at any rate."""
    reach.both_ways(lab, "br-pc1", "app", across=TUNNEL)
    lasting.nothing_typed_expires(lab, "hq-br", "br-dn")


@must("M3", weight=25, needs="M2", deadline=90)
def everything_crosses_in_protocol_41(lab):
    """On the dedicated network, IPv6 travels in IPv4 protocol 41 between the two ends only."""
    pc, app = lab.node("br-pc1"), lab.node("app")
    path.crosses(lab, pc, app, lab.plan.app.address, six_in_four(lab))
    path.crosses(lab, app, pc, lab.plan["br-pc1.static"], six_in_four(lab))
    path.passes_routers(lab, pc, app, lab.plan.app.address, 2)
    path.passes_routers(lab, app, pc, lab.plan["br-pc1.static"], 2)
    with new_hosts(lab) as (new_pc, server):
        path.crosses(lab, new_pc, server, server.address, six_in_four(lab))


@must("M4", weight=20, needs="M2", deadline=90)
def packets_of_every_size_are_dealt_with(lab):
    """What the tunnel has room for gets through uncut; of what is larger, the sender is told."""
    with new_hosts(lab) as (pc, server):
        for host, other in ((pc, server), (server, pc)):
            sizes.takes_what_it_says(lab, host, other, other.address, SMALLEST, LARGEST)
    with new_hosts(lab) as (pc, server):  # who have been told nothing
        for host, other in ((pc, server), (server, pc)):
            sizes.exchanges_in_full(lab, host, other, other.address)
            sizes.carries_what_may_be_cut(lab, host, other, other.address)


@must("M5", weight=20, needs="M2", deadline=90)
def all_of_the_branch_is_behind_the_tunnel(lab):
    """All of the branch's /52 leads into the tunnel from head office, and from there all else."""
    plan = lab.plan
    branch = [plan["branch-guest.prefix"], *loops.unused(lab, plan["br-dn.prefix"])]
    elsewhere = [plan.staff.prefix, plan.outside.prefix, plan["br-hcm.prefix"], INTERNET]
    with new_hosts(lab) as (pc, server):
        path.leads_into(lab, server, "hq-br", branch, six_in_four(lab))
        path.leads_into(lab, pc, "br-dn", elsewhere, six_in_four(lab))
    reach.hears_from(lab, "app", "br-dn", map(someone_in, branch))


def into_hq(lab):
    return tunnels.End.of("hq-br", hq_end(lab), branch_end(lab), at="ts-pe1", target="app")


def into_the_branch(lab):
    return tunnels.End.of("br-dn", branch_end(lab), hq_end(lab), at="ts-pe2", target="br-pc1")


@must_not("N1", weight=15, needs="M3", deadline=90)
def the_tunnel_takes_nothing_from_strangers(lab):
    """Neither end of the tunnel takes a packet that is not from the other end."""
    pc, app = lab.plan["br-pc1.static"], lab.plan.app.address
    tunnels.closed_to_strangers(lab, into_hq(lab), [tunnels.Inside.of(pc, app)], by="M3")
    tunnels.closed_to_strangers(lab, into_the_branch(lab), [tunnels.Inside.of(app, pc)], by="M3")


@must_not("N2", weight=10, needs="M3", deadline=90)
def the_branch_speaks_for_itself_only(lab):
    """Head office takes no packet from the tunnel whose source is not in the branch."""
    plan = lab.plan
    allowed = [plan["br-dn.prefix"], plan[f"{TUNNEL}.prefix"]]
    inside = tunnels.Inside.of(plan["br-pc1.static"], plan.app.address)
    tunnels.speaks_only_for(lab, into_hq(lab), allowed, inside, by="M3")


@must_not("N3", weight=10, needs="M2", deadline=90)
def nothing_circles_in_the_tunnel(lab):
    """A packet for a place that does not exist does not circle in the tunnel."""
    plan = lab.plan
    nowhere = [*loops.unused(lab, plan["br-dn.prefix"]), plan["br-hcm.prefix"], plan.staff.prefix]
    with new_hosts(lab) as (pc, server):
        loops.nothing_circles(lab, [(server, "hq-br"), (pc, "br-dn")], nowhere, by="M5")


@still("S1", weight=10, deadline=90)
def ipv4_works_as_before(lab):
    """IPv4 works as before, between the sites and between their borders."""
    reach.both_ways(lab, "br-pc1", "app", family=4, across=DEDICATED[0])
    pc, app = lab.node("br-pc1"), lab.node("app")
    sizes.fits(lab, pc, app, lab.plan.app.address4, sizes.ETHERNET)
    sizes.fits(lab, app, pc, lab.plan["br-pc1.address4"], sizes.ETHERNET)
    hq, branch = lab.node("hq-br"), lab.node("br-dn")
    reach.reaches(lab, hq, branch, branch_end(lab))
    reach.reaches(lab, branch, hq, hq_end(lab))
