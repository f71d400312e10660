"""One policy for both protocols. What may pass is not written here: it is what IPv4 lets pass."""

from contextlib import contextmanager

from ipv6lab.expect import parity, reach, shut
from ipv6lab.expect.parity import Side, tcp, udp
from ipv6lab.expect.places import address_of, new_host
from ipv6lab.grading import must, must_not, still

LONG = 180
HTTPS, SMTP, IKE, SYSLOG = tcp(443), tcp(25), udp(500), udp(514)
FLOOD = 200  # pings at once
BEFORE = [("cli4", one) for one in ("www", "mx", "nms", "pc1")] + [("www", "nms")]
OUTSIDE = {6: "cli6", 4: "cli4"}  # one has IPv6 only, the other IPv4 only


def same(lab, node, target, known=None):
    """Between two nodes that have both families."""
    four, six = (Side.of(lab, node, target, family) for family in (4, 6))
    parity.passes_the_same(four, six, known)


def same_from_outside(lab, target, known=None):
    four, six = (Side.of(lab, OUTSIDE[family], target, family) for family in (4, 6))
    parity.passes_the_same(four, six, known)


def strangers_are_kept_out(lab, six, known=None):
    """What passes from cli6 is all that passes from anywhere."""
    node, target, address = six
    shut.strangers_get_no_further(lab, node, target, address, known=known, opened="M5")


@contextmanager
def newcomers(lab, link, network=None):
    """Two new hosts on a link that nobody can have named, one with each protocol, by family."""
    with (
        new_host(lab, link, network, 6, name=f"new-{link}") as six,
        new_host(lab, link, network, 4, name=f"new-{link}4") as four,
    ):
        yield {6: six, 4: four}


def to(lab, name, new):
    """From a node to the newcomers, for IPv4 and for IPv6."""
    names = name if isinstance(name, dict) else {6: name, 4: name}
    return [Side(lab.node(names[one]), new[one], new[one].address) for one in (4, 6)]


def of(lab, new, names):
    """From the newcomers to a node."""
    return [
        Side(new[one], lab.node(names[one]), address_of(lab, names[one], one)) for one in (4, 6)
    ]


@must("M1", weight=20, deadline=LONG, alone=True)
def the_internet_and_the_dmz(lab):
    """From the Internet, IPv6 gets to www and mx exactly where IPv4 does."""
    for target, known in (("www", HTTPS), ("mx", SMTP)):
        same_from_outside(lab, target, known)
        strangers_are_kept_out(lab, Side.of(lab, OUTSIDE[6], target, 6), known)


@must("M2", weight=20, deadline=LONG, alone=True)
def the_internet_and_the_inside(lab):
    """From the Internet, IPv6 gets to the management VLAN and to staff exactly where IPv4 does."""
    same_from_outside(lab, "nms", IKE)
    for link, network in (("mgmt", "management"), ("staff", "staff")):
        with newcomers(lab, link, network) as new:
            parity.passes_the_same(*to(lab, OUTSIDE, new))
            strangers_are_kept_out(lab, to(lab, OUTSIDE, new)[1])


@must("M3", weight=15, deadline=LONG, alone=True)
def the_way_out(lab):
    """Into the Internet, staff, administrators and servers get by IPv6 exactly where by IPv4."""
    for link, network in (("staff", "staff"), ("mgmt", "management"), ("dmz", "dmz")):
        with newcomers(lab, link, network) as new:
            parity.passes_the_same(*of(lab, new, OUTSIDE), HTTPS)
    mx = [Side.of(lab, "mx", OUTSIDE[family], family) for family in (4, 6)]
    parity.passes_the_same(*mx, SMTP)
    reach.carries_tcp_and_udp(lab.node("pc1"), lab.node("cli6"), lab.plan.cli6.address)


@must("M4", weight=15, deadline=LONG, alone=True)
def between_the_zones(lab):
    """Between DMZ, staff and management VLAN, IPv6 gets exactly where IPv4 does."""
    same(lab, "pc1", "mx", SMTP)
    same(lab, "www", "nms", SYSLOG)
    with newcomers(lab, "staff") as new:
        parity.passes_the_same(*to(lab, "www", new))
    with newcomers(lab, "mgmt", "management") as new:
        parity.passes_the_same(*of(lab, new, {6: "www", 4: "www"}), HTTPS)


@must("M5", weight=20, deadline=LONG, alone=True)
def icmpv6_that_passes(lab):
    """Errors get back to who sent, pings pass, and no other ICMPv6 does (RFC 4890 section 4.3)."""
    for node in ("www", "mx", "pc1"):
        parity.errors_come_back(lab, lab.node(node), lab.node("cli6"))
    with new_host(lab, "staff") as new:
        parity.errors_come_back(lab, new, lab.node("cli6"))
    for node, target in (("cli6", "www"), ("cli6", "pc1"), ("pc1", "cli6"), ("www", "pc1")):
        parity.messages_pass(lab, node, target)


@must("M6", weight=10, deadline=LONG)
def the_firewall_itself(lab):
    """The firewall is as shut as over IPv4, and hears its neighbours (RFC 4890 section 4.4)."""
    ends = {6: "", 4: "4"}
    for node, field in (
        (OUTSIDE, "outside.router"),
        ("www", "dmz.router"),
        ("pc1", "hq-fw--hq-core.hq-fw"),
        ("nms", "hq-fw--hq-core.hq-fw"),
    ):
        names = node if isinstance(node, dict) else {6: node, 4: node}
        four, six = (
            Side(lab.node(names[one]), lab.node("hq-fw"), lab.plan[field + ends[one]])
            for one in (4, 6)
        )
        parity.the_same_at_itself(lab, "hq-fw", four, six)
    for link, network in (("mgmt", "management"), ("staff", "staff")):
        with newcomers(lab, link, network) as new:
            sides = (
                Side(new[one], lab.node("hq-fw"), lab.plan["hq-fw--hq-core.hq-fw" + ends[one]])
                for one in (4, 6)
            )
            parity.the_same_at_itself(lab, "hq-fw", *sides)
    for link, network in (("dmz", "dmz"), ("outside", "outside")):
        with new_host(lab, link, network) as host:
            reach.reaches(lab, host, lab.node("hq-fw"), lab.plan[f"{network}.router"])


@must_not("N1", weight=15, deadline=LONG, alone=True)
def nothing_gets_in_disguised(lab):
    """What is shut does not get in behind extension headers either (RFC 7045, RFC 8200)."""
    four, six = (Side.of(lab, OUTSIDE[family], "www", family) for family in (4, 6))
    parity.nothing_hides(lab, four, six, by="M5")
    with newcomers(lab, "staff") as new:
        parity.nothing_hides(lab, *to(lab, OUTSIDE, new), by="M5")


@must_not("N2", weight=15, deadline=LONG, alone=True)
def nobody_borrows_an_address(lab):
    """Nothing comes from outside in the agency's name, and nothing leaves in another's."""
    plan = lab.plan
    cli6, www, pc1 = (lab.node(name) for name in ("cli6", "www", "pc1"))
    ours = [plan.agency.prefix, plan.dmz.prefix, plan.staff.prefix, plan.management.prefix]
    others = ["2000::/4", "fd00::/8", plan["partner2.prefix"]]
    parity.not_in_others_names(cli6, www, plan.www.address, ours, HTTPS, by="M1")
    parity.not_in_others_names(www, cli6, plan.cli6.address, others, HTTPS, by="M3")
    parity.not_in_others_names(pc1, cli6, plan.cli6.address, others, HTTPS, by="M3")


@must_not("N3", weight=5, deadline=LONG, alone=True)
def source_routes_end_here(lab):
    """A packet with a routing header of type 0 does not pass (RFC 5095)."""
    for target, known, via in (("www", HTTPS, "mx"), ("mx", SMTP, "www")):
        six = Side.of(lab, "cli6", target, 6)
        parity.not_by_source_routes(lab, six, known, address_of(lab, via), by="M1")


@must_not("N4", weight=5, deadline=LONG, alone=True)
def pings_are_no_flood(lab):
    """Of a flood of pings from outside, not all get in."""
    parity.floods_do_not_pass(Side.of(lab, "cli6", "www", 6), FLOOD, by="M5")
    with new_host(lab, "staff") as new:
        six = Side(lab.node("cli6"), new, new.address)
        parity.floods_do_not_pass(six, FLOOD, by="M5")


@still("S1", weight=20, deadline=LONG, alone=True)
def ipv4_is_as_before(lab):
    """Over IPv4 passes what passed before, and nothing else."""
    for node, target in BEFORE:
        parity.passes_as_before(lab, node, target)
        shut.as_before(lab, node, target, families=(4,), opened="S1")
    reach.carries_tcp_and_udp(lab.node("pc1"), lab.node("cli4"), lab.plan.cli4.address4)
