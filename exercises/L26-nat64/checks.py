"""What NAT64 and DNS64 are for: hosts with IPv6 alone get to sites with IPv4 alone, and nobody else
gets anywhere by the same way. What names have is asked of the server that has the zones."""

from ipv6lab.expect import advertisement, dns64, reach, translation
from ipv6lab.expect.advertisement import ANSWERED, SAID
from ipv6lab.expect.dns64 import Server, unknown
from ipv6lab.expect.places import new_host
from ipv6lab.grading import must, must_not, still

LONG = 45
HOSTS = 60  # in the pilot LAN, as the task says
SIGNED = "signed.example"


def server(lab):
    """gw's DNS server, and web-ext, which has all zones of this Internet."""
    plan = lab.plan
    return Server(
        "gw", plan.pilot.router, plan.nat64.prefix, "web-ext", plan["web-ext.address"], "inet"
    )


def old(lab):
    """The name of the site that has IPv4 alone."""
    return lab.plan.v4only.name


def new(lab):
    """The name of the site that has both."""
    return lab.plan["web-ext.name"]


def to_v4only(lab):
    return {"address4": lab.plan.v4only.address4, "prefix": lab.plan.nat64.prefix}


@must("M1", weight=20, deadline=LONG)
def names_get_an_address(lab):
    """Names that have IPv4 addresses alone get an IPv6 address behind the translator's prefix."""
    names = [old(lab), unknown(old(lab)), unknown(f"alias.{lab.plan.outside.domain}")]
    with new_host(lab, "pilot") as host:
        for client in (lab.node("n6pc1"), lab.node("n6pc2"), host):
            for name in (*names, f"v4only.{SIGNED}"):
                dns64.synthesises(lab, server(lab), name, client)


@must("M2", weight=10, deadline=LONG, needs="M1")
def other_names_are_left_alone(lab):
    """Names that have an IPv6 address keep it, and everything else is told as it is."""
    signed = f"web-ext.{SIGNED}"
    asked = [(one, "AAAA") for one in (new(lab), unknown(new(lab)), unknown(signed))]
    asked += [(old(lab), "A"), (new(lab), "A"), (lab.plan.outside.domain, "MX")]
    asked += [(unknown(f"text.{lab.plan.outside.domain}"), kind) for kind in ("AAAA", "TXT")]
    for client in (lab.node("n6pc1"), lab.node("n6pc2")):
        dns64.leaves_alone(lab, server(lab), asked, client)
        dns64.says_that_there_is_no(lab, server(lab), unknown(lab.plan.outside.domain), client)


@must("M3", weight=25, deadline=LONG, alone=True)
def ipv4_is_reached(lab):
    """IPv6-only hosts reach IPv4-only ones behind the prefix, by any protocol and port."""
    v4only = lab.node("v4only")
    with new_host(lab, "pilot") as host, new_host(lab, "outside", family=4) as site:
        for node in (lab.node("n6pc1"), host):
            translation.reaches(lab, node, v4only, **to_v4only(lab))
        translation.reaches(lab, lab.node("n6pc2"), site, site.address, lab.plan.nat64.prefix)
    translation.has_room_for(
        lab, "n6pc1", "v4only", **to_v4only(lab), network=lab.plan.pilot.prefix, count=HOSTS
    )


@must("M4", weight=10, deadline=LONG, needs=("M1", "M3"))
def pages_by_name(lab):
    """IPv6-only hosts get the pages of an IPv4-only site by its name."""
    for node in ("n6pc1", "n6pc2"):
        client = lab.node(node)
        for name in (old(lab), f"v4only.{SIGNED}"):
            address = dns64.synthesises(lab, server(lab), name, client)
            translation.page_by_name(client, name, address)


@must("M5", weight=10, deadline=LONG)
def the_prefix_is_found(lab):
    """Hosts find the prefix by the name ipv4only.arpa, and addresses behind it have names."""
    for node in ("n6pc1", "n6pc2"):
        dns64.tells_the_prefix(lab, server(lab), lab.node(node))
        dns64.names_addresses(lab, server(lab), [lab.plan.v4only.address4], lab.node(node))


@must("M6", weight=15, deadline=LONG, needs="M3", alone=True)
def sizes_and_errors_cross(lab):
    """Large packets cross both ways, and who sent hears what the other side says of a packet."""
    with new_host(lab, "pilot") as host:
        translation.tells_sizes(lab, host, "v4only", **to_v4only(lab), link="outside")
        translation.answers_in_full(lab, host, "v4only", **to_v4only(lab))
    translation.errors_come_back(lab, lab.node("n6pc1"), "v4only", **to_v4only(lab), router="inet")


@must("M7", weight=10, deadline=LONG, needs="M1")
def clients_may_validate(lab):
    """A client that checks signatures itself gets what was signed, and nothing made up."""
    for node in ("n6pc1", "n6pc2"):
        dns64.lets_clients_validate(lab, server(lab), f"v4only.{SIGNED}", lab.node(node))


@must_not("N1", weight=20, deadline=LONG)
def strangers_are_not_translated(lab):
    """Nothing that comes from the Internet is translated, whoever it says that it is from."""
    for at in ("inet", "cli6"):
        translation.not_for_strangers(
            lab,
            at,
            "v4only",
            **to_v4only(lab),
            own=[lab.plan.pilot.prefix, lab.plan.management.prefix, lab.plan.agency.prefix],
            user="n6pc1",
            by="M3",
        )


@must_not("N2", weight=15, deadline=LONG)
def strangers_get_no_answers(lab):
    """The DNS server answers nobody outside the agency."""
    dns64.answers_nobody_else(
        lab,
        server(lab),
        new(lab),
        user=lab.node("n6pc1"),
        neighbour="inet",
        link="transit",
        stranger="cli6",
        own=[lab.plan.agency.prefix, lab.plan.agency.prefix4, lab.plan.hq.prefix4],
        others=[lab.plan.transit.gw, lab.plan.transit.gw4],
        by="M1",
    )


@must_not("N3", weight=15, deadline=LONG)
def the_inside_is_not_reached(lab):
    """Private addresses, the agency's internal ones among them, are not reached through it."""
    plan = lab.plan
    translation.not_to(
        lab,
        "n6pc1",
        "v4only",
        **to_v4only(lab),
        forbidden=[
            plan.nms.address4,
            plan.management.router4,
            plan.management.prefix4,
            plan.hq.prefix4,
            plan["br-dn.prefix4"],
        ],
        by="M3",
    )


@still("S1", weight=15, deadline=LONG)
def ipv6_goes_straight(lab):
    """What has IPv6 is reached as before, both ways, and nobody's address is changed."""
    web, pc, nms = (lab.node(name) for name in ("web-ext", "n6pc1", "nms"))
    to = lab.plan["web-ext.address"]
    for node in (pc, lab.node("n6pc2"), nms):
        reach.reaches(lab, node, web, to)
        reach.carries_tcp_and_udp(node, web, to)
    with new_host(lab, "pilot") as host:
        reach.reaches(lab, host, web, to)
        reach.reaches(lab, lab.node("cli6"), host, host.address)
        reach.carries_tcp_and_udp(lab.node("cli6"), host, host.address)


@still("S2", weight=10, deadline=LONG)
def signatures_are_checked(lab):
    """The DNS server still refuses a name whose signature does not fit."""
    for node in ("n6pc1", "n6pc2"):
        dns64.refuses_false(
            lab, server(lab), f"false.{SIGNED}", f"v4only.{SIGNED}", lab.node(node), by="M1"
        )


@still("S3", weight=5, deadline=SAID + ANSWERED)
def advertisements_are_as_before(lab):
    """gw still advertises its prefix and itself as DNS server to the pilot LAN."""
    advertisement.says(
        lab,
        "pilot",
        "gw",
        prefix=lab.plan.pilot.prefix,
        dns=lab.plan.pilot.router,
        no_dns_but=lab.plan.pilot.router,
        managed=None,
        other=None,
    )
    advertisement.answers_a_new_host(lab, "pilot", "gw")
