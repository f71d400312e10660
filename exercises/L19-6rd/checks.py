"""6rd: first the arithmetic, then a customer's LAN that lives on it, then who gets where and how.

At the end what has to stay out: old 6to4, other people's addresses, packets that go round.
"""

from ipaddress import IPv6Network

from ipv6lab.expect import (
    advertisement,
    hosts,
    lasting,
    loops,
    path,
    reach,
    sixrd,
    sizes,
    tunnels,
)
from ipv6lab.expect.places import new_host
from ipv6lab.expect.strangers import someone_in
from ipv6lab.grading import must, must_not, still

# The providers of the questions: 6rd prefix and IPv4MaskLen.
PROVIDERS = {
    "site-1": ("2001:db8::/32", 8),
    "site-2": ("3fff:20::/32", 16),
    "site-3": ("3fff:30::/32", 10),
    "site-4": ("3fff:40::/32", 0),
    "site-5": ("3fff:f50::/28", 12),
}
BACK = "3fff:20::/32", "100.66.0.0/16"

ACCESS = "access"
IPV4_HEADER = 20  # octets
ROOM = sizes.ETHERNET - IPV4_HEADER


@must("M1", weight=25)
def delegated_prefixes_are_calculated(lab):
    """The prefixes of the five sites are right, and so is the way back to an IPv4 address."""
    for question, (prefix, mask_length) in PROVIDERS.items():
        sixrd.answer_is_delegated(lab, question, prefix, mask_length)
    sixrd.answer_leads_back(lab, "back", *BACK)


@must("M2", weight=15, deadline=advertisement.SAID + advertisement.ANSWERED)
def the_lan_is_numbered(lab):
    """Hosts on ce1's LAN build an address in a /64 of what 6rd delegates to ce1."""
    lan = sixrd.lan_of(lab, "ce1-lan", "ce1", lab.plan["rapid.ce1"])
    advertisement.says(lab, "ce1-lan", "ce1", prefix=lan)
    advertisement.answers_a_new_host(lab, "ce1-lan", "ce1")
    hosts.build_one_address(lab, "ce1-pc", prefix=lan)
    lasting.nothing_typed_expires(lab, "rd-br", "ce1")


@must("M3", weight=20, needs="M2", deadline=90)
def the_internet_is_reached_through_the_relay(lab):
    """ce1-pc and web-ext reach each other, in IPv4 between ce1 and rd-br."""
    pc, web = lab.node("ce1-pc"), lab.node("web-ext")
    with new_host(lab, "outside", name="new-server") as server:
        for other, address in ((web, lab.plan["web-ext.address"]), (server, server.address)):
            path.crosses(lab, pc, other, address, between(lab, "ce1", "rd-br"))
            path.crosses(lab, other, pc, pc_address(lab), between(lab, "ce1", "rd-br"))
        reach.reaches(lab, pc, server, server.address, across=ACCESS)
        reach.reaches(lab, server, pc, pc_address(lab), across=ACCESS)


@must("M4", weight=15, needs="M2", deadline=90)
def customers_reach_each_other_directly(lab):
    """ce1-pc and ce2-pc reach each other, in IPv4 between ce1 and ce2 and not through rd-br."""
    pc, other = lab.node("ce1-pc"), lab.node("ce2-pc")
    path.crosses(lab, pc, other, lab.plan["rapid.ce2_host"], between(lab, "ce1", "ce2"))
    path.crosses(lab, other, pc, pc_address(lab), between(lab, "ce1", "ce2"))
    reach.reaches(lab, pc, other, lab.plan["rapid.ce2_host"], across=ACCESS)


@must("M5", weight=10, needs="M3", deadline=90)
def a_new_customer_needs_no_configuration(lab):
    """A customer that nobody has heard of is found by his IPv6 address alone."""
    plan = lab.plan
    with lab.link(ACCESS).fresh_host(plan["rapid.prefix4"], name="new-customer") as customer:
        lab.node("ce2").ping(customer, customer.address)  # it may take a second to be there
        length4 = int(plan["access.length4"])
        his = sixrd.delegated(plan["rapid.prefix"], length4, customer.address)
        for host, end, address in (
            ("ce1-pc", "ce1", pc_address(lab)),
            ("web-ext", "rd-br", plan["web-ext.address"]),
        ):
            way = path.Tunnel.of((ACCESS,), path.IPV6_IN, own4(lab, end), customer.address)
            path.leads_into(lab, lab.node(host), end, [his], way)
            tunnels.hears_all_of_them(
                lab,
                tunnels.End.of(end, own4(lab, end), customer.address, customer, host),
                [tunnels.Inside.of(someone_in(his), address)],
            )


@must("M6", weight=15, needs="M3", deadline=90)
def nothing_but_the_ipv4_header_is_spent(lab):
    """Of 1500 octets only the 20 of the IPv4 header are lost, and hosts are told so."""
    web, other = lab.node("web-ext"), lab.node("ce2-pc")
    router = lab.node("ce1").link_locals("ce1-lan")[0]
    lan = IPv6Network((pc_address(lab), 64), strict=False)
    # A host that heeds no advertisement, so that it has to be told by those who know.
    with lab.link("ce1-lan").fresh_host(lan, router, "new-pc") as pc:
        sizes.exchanges_in_full(lab, pc, web, lab.plan["web-ext.address"])
        sizes.carries_up_to(lab, pc, web, lab.plan["web-ext.address"], ROOM)
        sizes.carries_up_to(lab, web, pc, pc.address, ROOM)
        sizes.carries_what_may_be_cut(lab, pc, web, lab.plan["web-ext.address"])
        sizes.carries_what_may_be_cut(lab, web, pc, pc.address)
        neighbour = lab.plan["rapid.ce2_host"]
        if sizes.gets_through(pc, other, neighbour):  # nothing at all: M4's affair
            sizes.carries_up_to(lab, pc, other, neighbour, ROOM)


@must_not("N1", weight=10, deadline=90)
def nothing_is_left_to_6to4(lab):
    """No 6to4: no address or route of 2002::/16, no way to its anycast relays."""
    sixrd.nothing_of_six_to_four(lab, "rd-br", "ce1", "ce1-pc")
    customers = lab.plan["rapid.prefix4"]
    sixrd.wraps_nothing_for_six_to_four(lab, "ce1-pc", "ce1", ACCESS, customers, by="M2")


@must_not("N2", weight=15, needs="M3", deadline=90)
def the_relay_takes_nothing_from_others(lab):
    """rd-br lets a customer use no source address but his own."""
    customer, web = lab.plan["rapid.ce2_host"], lab.plan["web-ext.address"]
    end = tunnels.End.of("rd-br", own4(lab, "rd-br"), own4(lab, "ce2"), "ce2", "web-ext")
    inside = tunnels.Inside.of(customer, web)
    his = lab.plan["rapid.ce2"]
    tunnels.speaks_only_for(lab, end, [his], inside, by="M3", besides=[pc_address(lab)])


@must_not("N3", weight=10, needs=("M3", "M4"), deadline=90)
def the_customer_takes_nothing_from_others(lab):
    """ce1 takes customers' packets from themselves alone, and all others from rd-br alone."""
    plan = lab.plan
    pc, customer, web = pc_address(lab), plan["rapid.ce2_host"], plan["web-ext.address"]
    neighbour = tunnels.Inside.of(customer, pc)
    from_ce2 = tunnels.End.of("ce1", own4(lab, "ce1"), own4(lab, "ce2"), "ce2", "ce1-pc")
    from_relay = tunnels.End.of("ce1", own4(lab, "ce1"), own4(lab, "rd-br"), "ce2", "ce1-pc")
    tunnels.speaks_only_for(
        lab, from_ce2, [plan["rapid.ce2"]], neighbour, by="M4", besides=[plan["rapid.rd-br_host"]]
    )
    # Whether the relay may pass on what a customer says is left open: it looks at it itself.
    relay = [own4(lab, "rd-br")]
    tunnels.closed_to_strangers(lab, from_ce2, [neighbour], by="M4", trusted=relay)
    internet = [tunnels.Inside.of(one, pc) for one in (web, someone_in("2a00::/12"))]
    tunnels.closed_to_strangers(lab, from_relay, internet, by="M3", besides=[own4(lab, "ce2")])


@must_not("N4", weight=10, needs="M3", deadline=90)
def no_packet_circles(lab):
    """A packet for a part of ce1's prefix that is on no LAN does not go round."""
    taken = [one.network for one in lab.node("ce1").addresses(family=6)]
    nowhere = [
        one
        for half in IPv6Network(lab.plan["rapid.ce1"]).subnets()
        for one in loops.unused(lab, half, but=taken)
    ]
    senders = [(lab.node("web-ext"), "rd-br"), (lab.node("ce1-pc"), "ce1")]
    loops.nothing_circles(lab, senders, nowhere, by="M3")


@still("S1", weight=10, deadline=90)
def ipv4_works_as_before(lab):
    """IPv4 works as before: ce1, ce2 and web-ext reach each other."""
    ce1, ce2, web = (lab.node(name) for name in ("ce1", "ce2", "web-ext"))
    reach.reaches(lab, ce1, web, lab.plan["web-ext.address4"])
    reach.carries_tcp_and_udp(ce1, web, lab.plan["web-ext.address4"])
    reach.reaches(lab, web, ce1, own4(lab, "ce1"))
    reach.reaches(lab, ce2, ce1, own4(lab, "ce1"))
    reach.carries_tcp_and_udp(ce2, web, lab.plan["web-ext.address4"])


# -- who is who


def own4(lab, name):
    """The address of a router on the access network."""
    return lab.plan[f"{ACCESS}.{name}4"]


def between(lab, one, other):
    return path.Tunnel.of((ACCESS,), path.IPV6_IN, own4(lab, one), own4(lab, other))


def pc_address(lab):
    """The address of ce1-pc, once it has one. Raises Failed."""
    delegated = IPv6Network(lab.plan["rapid.ce1"])
    return lab.node("ce1-pc").wait_address(lambda one: one.address in delegated).address
