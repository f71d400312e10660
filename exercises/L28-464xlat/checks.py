"""Programs that know IPv4 alone, on a computer that has IPv6 alone: they are served, the LAN sees
no IPv4, and what serves them comes and goes with the network's translator."""

from ipv6lab.expect import clat, mostly, reach
from ipv6lab.expect.places import new_host
from ipv6lab.grading import must, must_not, still

LONG = 60
DAYS = 150  # two times a network that changes, and a host that follows
PC, LAN, SITE, ROUTER = "n6pc1", "pilot", "v4only", "gw"


def behind(lab):
    """The translator's prefix."""
    return lab.plan.nat64.prefix


@must("M1", weight=30, deadline=LONG)
def ipv4_programs_work(lab):
    """Programs of n6pc1 reach IPv4 addresses by ICMP, TCP and UDP, and the LAN carries IPv6."""
    clat.carries(lab, lab.node(PC), LAN, SITE, behind(lab))


@must("M2", weight=15, deadline=LONG, needs="M1", alone=True)
def large_packets_get_through(lab):
    """Large packets of IPv4 programs get through, also where a link of the Internet takes less."""
    clat.carries_all_sizes(lab, lab.node(PC), SITE, link="outside")


@must("M3", weight=20, deadline=LONG, needs="M1")
def an_address_of_its_own(lab):
    """What is translated has an IPv6 address of its own, which n6pc1 uses for nothing else."""
    clat.has_an_address_of_its_own(lab, lab.node(PC), LAN, SITE, behind(lab))


@must("M4", weight=20, deadline=DAYS, needs="M1", alone=True)
def another_prefix_is_followed(lab):
    """When the translator gets another prefix, n6pc1 goes on with that one."""
    clat.follows_the_prefix(lab, lab.node(PC), LAN, SITE, ROUTER)


@must("M5", weight=15, deadline=DAYS, needs="M1", ruins=True)
def it_works_after_a_reboot(lab):
    """After a reboot of n6pc1 its programs reach IPv4 addresses as before."""
    clat.comes_back(lab, lab.node(PC), LAN, SITE, behind(lab))


@must_not("N1", weight=20, deadline=DAYS, alone=True)
def nothing_without_a_translator(lab):
    """Where there is no translator, programs hear at once that there is no IPv4."""
    clat.rests_without_a_prefix(lab, lab.node(PC), LAN, SITE, ROUTER, by="M1")


@must_not("N2", weight=20, deadline=DAYS, alone=True)
def nothing_beside_native_ipv4(lab):
    """Where the network gives IPv4, n6pc1 takes that, and translates nothing."""
    clat.leaves_it_to_native_ipv4(lab, lab.node(PC), LAN, SITE, ROUTER, by="M1")


@must_not("N3", weight=20, deadline=LONG, alone=True)
def no_ipv4_on_the_lan(lab):
    """The LAN sees no IPv4 of n6pc1 and no ARP, but the messages of DHCPv4."""
    clat.sends_no_ipv4(lab, lab.node(PC), LAN, SITE, by="M1")


@still("S1", weight=15, deadline=LONG)
def ipv6_goes_straight(lab):
    """What has IPv6 is reached with n6pc1's own address, and reaches it, as before."""
    web, pc = lab.node("web-ext"), lab.node(PC)
    own = pc.built_address(lab.plan.pilot.prefix).address
    for node, far, to in ((pc, web, lab.plan["web-ext.address"]), (web, pc, own)):
        reach.reaches(lab, node, far, to)
        reach.carries_tcp_and_udp(node, far, to)
    with new_host(lab, LAN) as host:
        reach.reaches(lab, host, pc, own)


@still("S2", weight=15, deadline=LONG)
def advertisements_are_followed(lab):
    """n6pc1 still takes its router from gw's advertisements."""
    clat.learns_its_router(lab, lab.node(PC), LAN, ROUTER)


@still("S3", weight=10, deadline=LONG)
def the_neighbour_is_left_alone(lab):
    """n6pc2, which is in the same LAN, reaches IPv4 and IPv6 addresses as before."""
    mostly.gets_out(lab, lab.node("n6pc2"), SITE)
    reach.reaches(lab, lab.node("n6pc2"), lab.node("web-ext"), lab.plan["web-ext.address"])
