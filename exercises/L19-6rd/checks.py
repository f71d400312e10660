"""6rd: first the arithmetic, then a customer's LAN that lives on it, then who gets where and how.

At the end what has to stay out: old 6to4, other people's addresses, packets that go round.
"""

import secrets
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from itertools import count, product

from ipv6lab.addresses.embedding import rapid_deployment, six_to_four
from ipv6lab.grading import (
    _,
    control,
    must,
    must_not,
    require,
    require_any,
    require_none,
    require_one,
    still,
)
from ipv6lab.probes.asks import mtu, tunnels

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
NEW = 0x8000  # host numbers in the upper half are nobody's
LINK_MTU, IPV4_HEADER = 1500, 20  # octets
SMALLEST_MTU = 1280  # octets, of IPv6 (RFC 8200 section 5)
ANYCAST = IPv4Address("192.88.99.1")  # of 6to4 relays, which are no more (RFC 7526)
SIX_TO_FOUR = IPv6Network("2002::/16")
# From where nobody is in the plan, in IPv6 and in IPv4 (RFC 5737).
ELSEWHERE, ELSEWHERE4 = IPv6Network("2a00::/12"), IPv4Network("198.51.100.0/24")
ECHO_REQUEST, TIME_EXCEEDED = 128, 3
HEARD = 12  # seconds: an advertisement, and duplicate address detection


@must("M1", weight=25)
def delegated_prefixes_are_calculated(lab):
    """The prefixes of the five sites are right, and so is the way back to an IPv4 address."""
    for question, (prefix, mask_length) in PROVIDERS.items():
        own = IPv4Address(lab.plan[f"draw.{question}"])
        right = rapid_deployment(IPv6Network(prefix), mask_length, own)
        answer = lab.answers.prefix(question)
        require(
            answer.prefixlen == right.prefixlen,
            _("The prefix in the answer to {question} has the wrong length.", question=question),
        )
        require(
            answer == right,
            _("The answer to {question} is not what 6rd delegates there.", question=question),
        )
    prefix, prefix4 = (IPv6Network(BACK[0]), IPv4Network(BACK[1]))
    address = lab.answers.any_address("back")
    require(
        address.version == 4
        and address in prefix4
        and IPv6Address(lab.plan["draw.back"])
        in rapid_deployment(prefix, prefix4.prefixlen, address),
        _("Packets for the address in {question} go to another IPv4 address.", question="back"),
    )


@must("M2", weight=15, deadline=HEARD)
def the_lan_is_numbered(lab):
    """Hosts on ce1's LAN build an address in a /64 of what 6rd delegates to ce1."""
    asked = lab.node("ce1-pc").solicit()
    heard = asked.advertisement()
    require(
        heard.sender == "ce1",
        _("Not ce1 advertises on ce1-lan, but {node}.", node=heard.sender),
    )
    told = heard.advertisement.prefixes
    delegated = IPv6Network(lab.plan["rapid.ce1"])
    prefix = require_one(
        told,
        lambda one: one.network.subnet_of(delegated),
        _(
            "What ce1 advertises on its LAN is not one prefix out of what 6rd delegates to it: "
            "{prefixes}.",
            prefixes=", ".join(str(one) for one in told) or "—",
        ),
    )
    asked.address(prefix.network)


@must("M3", weight=20, needs="M2")
def the_internet_is_reached_through_the_relay(lab):
    """ce1-pc and web-ext reach each other, in IPv4 between ce1 and rd-br."""
    pc, web = lab.node("ce1-pc"), lab.node("web-ext")
    there = crosses(lab, pc, web, lab.plan["web-ext.address"], ("ce1", "rd-br"))
    crosses(lab, web, pc, there.source, ("ce1", "rd-br"))


@must("M4", weight=15, needs="M2")
def customers_reach_each_other_directly(lab):
    """ce1-pc and ce2-pc reach each other, in IPv4 between ce1 and ce2 and not through rd-br."""
    pc, other = lab.node("ce1-pc"), lab.node("ce2-pc")
    there = crosses(lab, pc, other, lab.plan["rapid.ce2_host"], ("ce1", "ce2"))
    crosses(lab, other, pc, there.source, ("ce1", "ce2"))


@must("M5", weight=10, needs="M3", deadline=20)
def a_new_customer_needs_no_configuration(lab):
    """A customer that nobody has heard of is found by his IPv6 address alone."""
    with new_customer(lab) as (own, delegated):
        for name, end in (("ce1-pc", "ce1"), ("web-ext", "rd-br")):
            with tunnels.watch(lab, ACCESS) as transit:
                seen = lab.node(name).throw(delegated[0x19])
            require_any(
                transit.crossings(seen[0]) if seen else (),
                lambda one, end=end: one.packet.node == end and one.outer.destination == own,
                _(
                    "{node} does not send to {address} what is for a new customer with that "
                    "address.",
                    node=end,
                    address=own,
                ),
            )
        for end, target, goal in (
            ("rd-br", "web-ext", lab.plan["web-ext.address"]),
            ("ce1", "ce1-pc", pc_address(lab)),
        ):
            known = (lab.plan["access.ce24"], lab.plan["rapid.ce2_host"])
            offered = offer(lab, end, target, [(own, delegated[0x19])], known)
            require(
                offered.strangers or not offered.control,  # nobody at all: M3's affair, or M4's
                _(
                    "{node} does not take what a new customer, {address}, sends to {target}.",
                    node=end,
                    address=own,
                    target=goal,
                ),
            )


@must("M6", weight=15, needs="M3", deadline=20)
def nothing_but_the_ipv4_header_is_spent(lab):
    """Of 1500 octets only the 20 of the IPv4 header are lost, and hosts are told so."""
    web, other = lab.node("web-ext"), lab.node("ce2-pc")
    lan = IPv6Network((pc_address(lab), 64), strict=False)
    router = lab.node("ce1").link_locals("ce1-lan")[0]
    # A host that heeds no advertisement, so that it has to be told by those who know.
    with lab.link("ce1-lan").fresh_host(lan, router, "new-pc") as pc:
        carries_up_to(LINK_MTU - IPV4_HEADER, pc, web, lab.plan["web-ext.address"])
        carries_up_to(LINK_MTU - IPV4_HEADER, web, pc, pc.address)
        neighbour = lab.plan["rapid.ce2_host"]
        if mtu.send(pc, other, neighbour, SMALLEST_MTU).arrived:  # nothing at all: M4's affair
            carries_up_to(LINK_MTU - IPV4_HEADER, pc, other, neighbour)


@must_not("N1", weight=10)
def nothing_is_left_to_6to4(lab):
    """No 6to4: no address or route of 2002::/16, no way to its anycast relays."""
    for name in ("rd-br", "ce1", "ce1-pc"):
        node = lab.node(name)
        require_none(
            node.addresses(),
            lambda one, node=node: _(
                "{node} has {address}, an address of 6to4.", node=node, address=one.address
            ),
            lambda one: one.address == ANYCAST or one.address in SIX_TO_FOUR,
        )
        require_none(
            node.routes(6),
            lambda one, node=node: _(
                "{node} has a route of 6to4, to {prefix}.", node=node, prefix=one.destination
            ),
            is_of_6to4,
        )
    anywhere = six_to_four(IPv4Address(lab.plan["web-ext.address4"]))[1]
    with tunnels.watch(lab, ACCESS, "outside") as transit:
        seen = lab.node("ce1-pc").throw(anywhere)
    control(
        any(one.node == "ce1" and not one.sent for one in seen),
        by="M2",
        message=_("A packet from ce1-pc to a 6to4 address does not even get to ce1."),
    )
    customers = IPv4Network(lab.plan["rapid.prefix4"])
    require_none(
        transit.crossings(seen[0]),
        lambda one: _(
            "{node} wraps a packet for {address} and sends it to {destination}, as 6to4 did.",
            node=one.packet.node,
            address=anywhere,
            destination=one.outer.destination,
        ),
        lambda one: one.carriers and one.outer.destination not in customers,
    )


def is_of_6to4(route):
    """A route into 6to4's prefix, or to one of its relays."""
    return route.kind == "unicast" and (
        route.destination.subnet_of(SIX_TO_FOUR) or route.gateway == IPv6Address(int(ANYCAST))
    )


@must_not("N2", weight=15, needs="M3", deadline=20)
def the_relay_takes_nothing_from_others(lab):
    """rd-br lets a customer use no source address but his own."""
    ce2, inside = lab.plan["access.ce24"], lab.plan["rapid.ce2_host"]
    wrong = [(ce2, one) for one in (pc_address(lab), *strangers(lab))]
    offered = offer(lab, "rd-br", "web-ext", wrong, (ce2, inside))
    control(
        offered.control,
        by="M3",
        message=_("Not even what {node} may send gets through {end}.", node="ce2", end="rd-br"),
    )
    require_none(
        offered.strangers,
        lambda one: _(
            "What ce2 wraps comes out at rd-br also from {source}, which is not in its prefix.",
            source=one.inside[0],
        ),
    )


@must_not("N3", weight=10, needs=("M3", "M4"), deadline=20)
def the_customer_takes_nothing_from_others(lab):
    """ce1 takes customers' packets from themselves alone, and all others from rd-br alone."""
    ce2, relay = lab.plan["access.ce24"], lab.plan["access.rd-br4"]
    web, other = lab.plan["web-ext.address"], lab.plan["rapid.ce2_host"]
    third = lab.plan["rapid.rd-br_host"]
    # Another neighbour, and somebody outside the provider's network.
    nobody = IPv4Network(lab.plan["rapid.prefix4"])[NEW + secrets.randbelow(NEW - 1)]
    outsider = ELSEWHERE4[secrets.randbelow(ELSEWHERE4.num_addresses)]
    internet = (web, *strangers(lab))
    for name, wrong, right in (
        ("ce2", [(ce2, third), (nobody, other), (outsider, other)], (ce2, other)),
        ("rd-br", list(product((ce2, nobody, outsider), internet)), (relay, web)),
    ):
        offered = offer(lab, "ce1", "ce1-pc", wrong, right)
        control(
            offered.control,
            by="M4" if name == "ce2" else "M3",
            message=_("Not even what {node} may send gets through {end}.", node=name, end="ce1"),
        )
        require_none(
            offered.strangers,
            lambda one: _(
                "What {sender} wraps comes out at ce1 also from {source}, for which {sender} may "
                "not speak.",
                sender=lab.whose(one.source),
                source=one.inside[0],
            ),
        )


@must_not("N4", weight=10, needs="M3")
def no_packet_circles(lab):
    """A packet for a part of ce1's prefix that is on no LAN does not go round."""
    for name, first, nowhere in zip(
        ("web-ext", "ce1-pc"), ("rd-br", "ce1"), unused(lab), strict=True
    ):
        with tunnels.watch(lab, ACCESS) as transit:
            seen = lab.node(name).throw(nowhere)
        control(
            any(one.node == first and not one.sent for one in seen),
            by="M3",
            message=_(
                "A packet from {node} into ce1's prefix does not even get to {first}.",
                node=name,
                first=first,
            ),
        )
        crossings = transit.crossings(seen[0])
        asking = [one for one in crossings if one.inner.icmp_type == ECHO_REQUEST]
        expired = [one for one in seen if one.ip.icmp_type == TIME_EXCEEDED]
        require(
            len(asking) <= 1 and not expired,
            _(
                "A packet from {node} to an address of ce1's prefix that nobody has goes round "
                "until its hop limit is used up.",
                node=name,
            ),
        )


@still("S1", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before: ce1, ce2 and web-ext reach each other."""
    ce1, ce2, web = (lab.node(name) for name in ("ce1", "ce2", "web-ext"))
    ce1.ping(web, lab.plan["web-ext.address4"])
    ce1.connect(web, lab.plan["web-ext.address4"])
    web.ping(ce1, lab.plan["access.ce14"])
    ce2.ping(ce1, lab.plan["access.ce14"])


# -- who is who


def pc_address(lab):
    """The address of ce1-pc, once it has one. Raises Failed."""
    delegated = IPv6Network(lab.plan["rapid.ce1"])
    return lab.node("ce1-pc").wait_address(lambda one: one.address in delegated).address


def strangers(lab):
    """Addresses outside the provider's prefix, near and far, as somebody who hides chooses them."""
    own = IPv6Network(lab.plan["rapid.prefix"])
    [beside] = own.supernet().address_exclude(own)
    agency = IPv6Network(lab.plan["agency.prefix"])
    return [network[secrets.randbits(64)] for network in (agency, beside, ELSEWHERE)]


def unused(lab):
    """An address of each half of ce1's prefix that is on no link of ce1."""
    taken = [one.network for one in lab.node("ce1").addresses(family=6)]
    for half in IPv6Network(lab.plan["rapid.ce1"]).subnets():
        lans = 1 << (64 - half.prefixlen)
        any_lan = (
            IPv6Network((half.network_address + (secrets.randbelow(lans) << 64), 64))
            for _number in count()
        )
        yield next(one for one in any_lan if one not in taken)[0xBAD]


@contextmanager
def new_customer(lab):
    """A customer of the provider that has just been switched on: his address, and his prefix."""
    prefix4 = IPv4Network(lab.plan["rapid.prefix4"])
    with lab.link(ACCESS).fresh_host(prefix4, name="new-customer") as customer:
        own = customer.address
        lab.node("ce2").ping(customer, own)  # it may take a second until its link is up
        yield own, rapid_deployment(IPv6Network(lab.plan["rapid.prefix"]), prefix4.prefixlen, own)


# -- how it gets there


def crosses(lab, node, target, address, ends):
    """A packet, and its answer, cross the access network in IPv4 between these two ends."""
    with tunnels.watch(lab, ACCESS) as transit:
        ping = node.ping(target, address)
    crossings = transit.crossings(ping.sent)
    wanted = {ip_address(lab.plan[f"{ACCESS}.{end}4"]) for end in ends}
    require(
        crossings,
        _(
            "What {node} and {target} say to each other does not cross {link}.",
            node=node,
            target=target,
            link=ACCESS,
        ),
    )
    for one in crossings:
        require(
            one.carriers == (tunnels.IPV6_IN,) and one.outer.version == 4,
            _(
                "What {node} and {target} say to each other crosses {link} in another way than "
                "directly in IPv4: {carrier}.",
                node=node,
                target=target,
                link=ACCESS,
                carrier=one.carrier,
            ),
        )
        require(
            {one.outer.source, one.outer.destination} == wanted,
            _(
                "What {node} and {target} say to each other crosses {link} from {source} to "
                "{destination}; that is not the way between {one} and {other}.",
                node=node,
                target=target,
                link=ACCESS,
                source=lab.whose(one.outer.source),
                destination=lab.whose(one.outer.destination),
                one=ends[0],
                other=ends[1],
            ),
        )
    return ping


def offer(lab, end, target, wrong, right):
    """What becomes of packets that ce2 offers to a tunnel's end: outer and inner source of each."""
    goal = lab.plan["web-ext.address"] if target == "web-ext" else pc_address(lab)
    *strangers, control = (
        tunnels.Wrapped(outer, lab.plan[f"{ACCESS}.{end}4"], inside=(inner, goal))
        for outer, inner in (*wrong, right)
    )
    return tunnels.offer(lab.node("ce2"), lab.node(target), strangers, control)


def carries_up_to(octets, node, target, address):
    """That size crosses whole; of the next the sender is told what the largest is."""
    values = {"node": node, "target": target}
    fits = mtu.send(node, target, address, octets)
    require(
        fits.arrived,
        _(
            "A packet of {octets} octets from {node} does not reach {target}, though there is room "
            "for it.",
            octets=octets,
            **values,
        ),
    )
    larger = mtu.send(node, target, address, octets + 1)
    for sized in (fits, larger):
        require(
            not sized.pieces,
            _(
                "A packet of {octets} octets from {node} to {target} is cut into pieces on the "
                "way.",
                octets=sized.octets,
                **values,
            ),
        )
    require(
        larger.complaint and larger.complaint.returned,
        _(
            "A packet of {octets} octets from {node} to {target} is too large, and {node} is not "
            "told.",
            octets=octets + 1,
            **values,
        ),
    )
    require(
        larger.complaint.mtu == octets,
        _(
            "{node} is told that packets to {target} may have {told} octets; that is not what the "
            "tunnel carries.",
            told=larger.complaint.mtu,
            **values,
        ),
    )
