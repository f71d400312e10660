"""A slow site: the cause is found and mended, and a program does not wait for the next one."""

from ipv6lab.expect import dualstack, icmp_errors, measuring, pages, races, reach, shut
from ipv6lab.expect.places import new_host
from ipv6lab.grading import must, must_not, still

LONG = 60  # seconds: names, some connections, and their middle, on a busy machine
HTTP, HTTPS = 80, 443
TO_THE_FIREWALL = 2  # hops from a PC
STAFF = ("pc1", "pc2")
FAULTS = ("dead-address", "no-upstream", "late-answer", "lost-errors", "dropped-requests")
HALL = races.Door("pc1", "www")


def names(lab):
    """How users call the site: by its whole name, and by the short one."""
    full = str(lab.plan.www.name)
    return full, full.partition(".")[0]


def connects(lab, host, address):
    """What www offers is there at once, and what it does not offer is refused soon."""
    races.connects_at_once(lab, host, lab.node("www"), address, HTTP)
    races.refused_soon(lab, host, "www", address, HTTPS)


def shows_its_page(lab, host):
    """www itself shows the page, and says from where it was asked."""
    pages.shows(lab, host, "www", lab.plan.www.name, "www greets", family=6)


def hears_of_errors(lab, host, address):
    """What is refused, or does not get there, is said, and not by TCP alone."""
    icmp_errors.hears_that_it_is_refused(lab, host, address)
    icmp_errors.hears_that_a_hop_limit_ended(lab, host, address, TO_THE_FIREWALL)


def opens_over_ipv6(lab, node):
    """A PC finds the name at once, tries IPv6 first, and is there."""
    host, address = lab.node(node), lab.plan.www.address
    races.names_come_at_once(lab, host, "dns-r", lab.plan.www.name)
    dualstack.reaches_by_name(lab, node, "www", names=names(lab), family=6, port=HTTP)
    dualstack.servers_agree(lab, node, {lab.plan.www.name: [address, lab.plan.www.address4]})
    connects(lab, host, address)
    shows_its_page(lab, host)
    hears_of_errors(lab, host, address)


@must("M1", weight=25, deadline=LONG)
def pc1_opens_the_site_at_once(lab):
    """pc1 opens the site over IPv6, at once, without falling back to IPv4."""
    opens_over_ipv6(lab, "pc1")


@must("M2", weight=15)
def the_cause_is_named(lab):
    """The cause has been named."""
    measuring.choice_is(lab, "cause", str(lab.plan["secret.fault"]), among=FAULTS)


@must("M3", weight=20, deadline=LONG, alone=True)
def the_screen_outruns_a_black_hole(lab):
    """The page is on the screen within 1 s even if nothing comes back over IPv6."""
    races.outruns_a_black_hole(lab, HALL)


@must("M4", weight=25, deadline=LONG)
def so_do_all_others(lab):
    """So do pc2, which nobody can configure, and a computer that is switched on tomorrow."""
    opens_over_ipv6(lab, "pc2")
    with lab.link("staff").fresh_host(name="new-pc") as host:
        races.has_a_way(lab, host, lab.plan.staff.prefix)
        races.names_come_at_once(lab, host, "dns-r", lab.plan.www.name, families=[6])
        connects(lab, host, lab.plan.www.address)
        shows_its_page(lab, host)
        hears_of_errors(lab, host, lab.plan.www.address)


@must("M5", weight=15, needs="M1", deadline=LONG)
def the_screen_uses_ipv6(lab):
    """While IPv6 works the page on the screen comes over IPv6, and IPv4 is not tried."""
    races.uses_ipv6(lab, HALL)


@must_not("N1", weight=15, deadline=LONG)
def ipv6_is_not_switched_off(lab):
    """IPv6 is not switched off: the PCs have it, and the name has its address of it."""
    races.still_published(lab, "dns-r", lab.plan.www.name, *STAFF, by="S1")
    races.keep_ipv6(lab, *STAFF)


@must_not("N2", weight=10, deadline=LONG)
def ipv4_is_not_preferred(lab):
    """Nothing on pc1 prefers IPv4 where both protocols would do."""
    own = [lab.plan.pc1.static, lab.plan.pc1.address4]
    dualstack.does_not_prefer_ipv4(lab, "pc1", "www", "dns-r", own=own, by="M1")


@must_not("N3", weight=15, deadline=LONG, alone=True)
def the_firewall_stays_shut(lab):
    """Nothing is open that was shut: of www the page, of the inside nothing."""
    for address, opened in ((lab.plan.www.address, "M1"), (lab.plan.www.address4, "S1")):
        shut.but_for(lab, "pc1", "www", address, tcp=[HTTP], opened=opened)
    with new_host(lab, "staff", name="new-pc") as host:
        shut.to_new_hosts(lab, lab.node("www"), [host], opened="M1")


@still("S1", weight=10, deadline=LONG)
def ipv4_works_as_before(lab):
    """IPv4 works as before: the site, what it refuses, names, and pings both ways."""
    address4, www = lab.plan.www.address4, lab.node("www")
    for name in STAFF:
        host = lab.node(name)
        races.names_come_at_once(lab, host, "dns-r", lab.plan.www.name, families=[4], kinds=["A"])
        connects(lab, host, address4)
        reach.reaches(lab, host, www, address4)
        reach.reaches(lab, www, host, lab.plan[f"{name}.address4"])
