"""What a network for both kinds of hosts says, and to whom: those that can leave IPv4 do, and their
programs do not notice; those that cannot are served as ever."""

from ipv6lab.expect import advertisement, dns64, mostly, reach, translation
from ipv6lab.expect.advertisement import ANSWERED, SAID
from ipv6lab.expect.dns64 import Server
from ipv6lab.expect.places import new_host
from ipv6lab.grading import must, must_not, still

LONG = 60


def server(lab, link):
    plan = lab.plan
    return Server(
        "gw",
        plan[f"{link}.router"],
        plan.nat64.prefix,
        "web-ext",
        plan["web-ext.address"],
        "inet",
    )


@must("M1", weight=25, deadline=SAID)
def the_prefix_is_advertised(lab):
    """gw advertises the translator's prefix to the pilot LAN (PREF64), for long enough."""
    mostly.tells_the_prefix(lab, "pilot", "gw", lab.plan.nat64.prefix)


@must("M2", weight=25, deadline=LONG)
def who_can_leave_ipv4_is_told(lab):
    """Who asks for option 108 in the pilot LAN gets it: four octets, 300 s at least."""
    mostly.grants_to_who_asks(lab, "pilot", "gw")


@must("M3", weight=15, deadline=LONG, needs="M1")
def without_dns64(lab):
    """A host that asks no DNS server finds the translator by the advertisements, and is served."""
    prefix = mostly.advertised_prefix(lab, "pilot")
    with new_host(lab, "pilot") as host:
        translation.reaches(lab, host, lab.node("v4only"), lab.plan.v4only.address4, prefix)


@must("M4", weight=20, deadline=LONG, needs=("M1", "M2"), alone=True)
def n6pc1_leaves_ipv4(lab):
    """n6pc1 gives IPv4 up, sends none of it on the LAN, and its programs reach IPv4 addresses."""
    mostly.leaves_ipv4(lab, "n6pc1", "pilot", "v4only")


@must("M5", weight=15, deadline=LONG, needs=("M1", "M2"), alone=True)
def who_knows_ipv4_alone_is_served(lab):
    """The printer and other hosts that do not ask for option 108 have IPv4 as ever."""
    mostly.serves_others(lab, "pilot", "gw", "v4only")
    mostly.keeps_ipv4(lab, "printer", "pilot", "v4only")


@must_not("N1", weight=20, deadline=LONG)
def staff_keep_ipv4(lab):
    """In the staff LAN nobody is told to do without IPv4."""
    mostly.says_nothing_of_it_on(lab, "staff", router="gw", by="M2", on="pilot")


@still("S1", weight=10, deadline=LONG)
def names_are_as_before(lab):
    """The DNS server still makes addresses behind the prefix for names that have IPv4 alone."""
    for node, link in (("n6pc1", "pilot"), ("pc1", "staff")):
        dns64.synthesises(lab, server(lab, link), lab.plan.v4only.name, lab.node(node))


@still("S2", weight=15, deadline=LONG, alone=True)
def the_staff_lan_is_as_before(lab):
    """Staff computers have both protocols as before, and reach the Internet by both."""
    mostly.serves_others(lab, "staff", "gw", "v4only")
    mostly.gets_out(lab, lab.node("pc1"), "v4only")
    reach.reaches(lab, lab.node("pc1"), lab.node("web-ext"), lab.plan["web-ext.address"])


@still("S3", weight=15, deadline=2 * (SAID + ANSWERED))
def the_advertisements_are_as_before(lab):
    """gw still advertises prefix, itself and its DNS server to both LANs."""
    for link in ("pilot", "staff"):
        advertisement.says(
            lab,
            link,
            "gw",
            prefix=lab.plan[f"{link}.prefix"],
            dns=lab.plan[f"{link}.router"],
            no_dns_but=lab.plan[f"{link}.router"],
            managed=None,
            other=None,
        )
        advertisement.answers_a_new_host(lab, link, "gw")


@still("S4", weight=10, deadline=LONG)
def ipv6_goes_straight(lab):
    """What has IPv6 is reached as before, and nobody's address is changed."""
    web, to = lab.node("web-ext"), lab.plan["web-ext.address"]
    with new_host(lab, "pilot") as host:
        for node in (lab.node("n6pc1"), host):
            reach.reaches(lab, node, web, to)
            reach.carries_tcp_and_udp(node, web, to)
