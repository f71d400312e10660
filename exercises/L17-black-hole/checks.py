"""Path MTU discovery needs one message to get back. What works when it does, whatever the path."""

from ipv6lab.expect import icmp_errors, loops, pages, reach, shut, sizes
from ipv6lab.expect.parity import tcp
from ipv6lab.expect.places import address_of, new_host
from ipv6lab.expect.strangers import someone_in
from ipv6lab.grading import must, must_not, still

TRANSIT = "ts-pe1--ts-pe2"
ROOM = sizes.ETHERNET - 20  # octets: what the outer header leaves (RFC 4213 section 3.2)
NARROW = 1320  # octets: leaves 1300 in the tunnel
ROWS = 3000  # of the report, some 100,000 octets
HTTP = 80
MANY = 60  # pings at once
TO_THE_BRANCH = 3  # hops from a server to the branch's router
SERVERS = ("www", "app")


def report_comes(lab, host, server, family=6):
    """The large page comes soon, is all there, and the server itself sends it."""
    rows = (f"{server}: row {number:06d} of the yearly report\n" for number in range(1, ROWS + 1))
    pages.comes_whole(lab, host, lab.node(server), "report.txt", "".join(rows), family)


def new_pc(lab):
    return new_host(lab, "br-staff", "branch-staff", name="new-pc")


@must("M1", weight=20, deadline=90)
def a_large_page_arrives(lab):
    """br-pc1 gets a page of 100 kB from www over IPv6, within 5 s."""
    report_comes(lab, lab.node("br-pc1"), "www")


@must("M2", weight=25, deadline=90)
def the_sender_is_told(lab):
    """A sender at head office hears that its packet is too big for the way to the branch."""
    with (
        new_pc(lab) as pc,
        new_host(lab, "dmz", name="new-www") as public,
        new_host(lab, "srv", "servers", name="new-server") as server,
    ):
        for sender in (lab.node("www"), public, server):
            sizes.carries_up_to(lab, sender, pc, pc.address, ROOM)
        for sender in (public, server):
            branch = lab.plan["branch-staff.prefix"]
            icmp_errors.hears_of_what_is_too_big(lab, sender, branch, sizes.ETHERNET)
        # Not only the border may have something to say: behind it the way may be narrower still.
        icmp_errors.hears_a_router_behind(lab, public, pc, ROOM - 80)


@must("M3", weight=20, needs="M1", deadline=90)
def other_servers_and_hosts_too(lab):
    """So does any other large page: from app, to br-pc1 and to a new host in the branch."""
    report_comes(lab, lab.node("br-pc1"), "app")
    with new_pc(lab) as pc:
        for server in SERVERS:
            report_comes(lab, pc, server)


@must("M4", weight=20, needs="M1", deadline=90, alone=True)
def a_narrower_way_is_found_out(lab):
    """When the dedicated network takes smaller packets tomorrow, large pages still arrive."""
    ends = lab.node("hq-br"), lab.node("br-dn")
    with new_pc(lab) as pc, sizes.narrowed(lab, TRANSIT, NARROW, forget=ends):
        for server in SERVERS:
            report_comes(lab, pc, server)


@must("M5", weight=15, deadline=90)
def other_errors_get_back(lab):
    """Head office also hears of addresses that nobody has, hop limits used up, packets unread."""
    nowhere = someone_in(loops.unused(lab, lab.plan["br-dn.prefix"])[0])
    with new_pc(lab) as pc:
        for server in SERVERS:
            host = lab.node(server)
            icmp_errors.hears_that_nobody_has(lab, host, nowhere)
            icmp_errors.hears_that_a_hop_limit_ended(lab, host, pc.address, TO_THE_BRANCH)
            icmp_errors.hears_that_a_packet_is_unread(lab, host, pc.address)


@must_not("N1", weight=10, deadline=90)
def no_host_makes_itself_small(lab):
    """No host sends smaller packets than its Ethernet takes, to its neighbours either."""
    for node, router, address in (
        ("br-pc1", "br-dn", lab.plan["br-pc1.static"]),
        ("www", "hq-fw", lab.plan.www.address),
    ):
        sizes.answers_in_full(lab, lab.node(node), lab.node(router), address, by="M1")


@must_not("N2", weight=15, deadline=90, alone=True)
def icmpv6_is_no_open_door(lab):
    """A few pings get through the firewall; a flood, and ICMPv6 that nobody needs, do not."""
    pc = lab.node("br-pc1")
    for server in SERVERS:
        shut.pings_are_limited(lab, pc, server, MANY)
    shut.as_before(
        lab, "br-pc1", *SERVERS, families=(6,), only=shut.MESSAGES, besides=shut.ERRORS, opened="M1"
    )


@must_not("N3", weight=15, deadline=90, alone=True)
def the_firewall_stays_shut(lab):
    """No port that was shut is open."""
    plan = lab.plan
    shut.as_before(lab, "br-pc1", *SERVERS, only=shut.ALL_BUT_MESSAGES, opened="M1")
    # The internal servers are for the branch alone.
    for family, branch in ((6, plan["br-dn.prefix"]), (4, plan["br-dn.prefix4"])):
        shut.to_strangers(lab, "hq-br", "app", HTTP, [branch], family=family, opened="M1")
    hq, www = lab.node("hq-br"), lab.node("www")
    for family in (6, 4):
        to = address_of(lab, "www", family)
        shut.strangers_get_no_further(lab, hq, www, to, known=tcp(HTTP), opened="M1")
    for address in (plan["hq-br--hq-fw.hq-fw"], plan["hq-br--hq-fw.hq-fw4"], plan.dmz.router):
        shut.itself(lab, "br-pc1", "hq-fw", address)


@still("S1", weight=10, deadline=90)
def ipv4_works_as_before(lab):
    """IPv4 works as before, with small and large pages, and for servers that call."""
    pc = lab.node("br-pc1")
    for server in SERVERS:
        pc.ping(lab.node(server), lab.plan[f"{server}.address4"])
        report_comes(lab, pc, server, family=4)
        reach.carries_tcp_and_udp(lab.node(server), pc, lab.plan["br-pc1.address4"])
