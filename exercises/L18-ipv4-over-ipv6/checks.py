"""What it takes to carry IPv4, and then both protocols, across a network that has only IPv6.

First that it gets through, then what it is on the way and between whom, then how large it may be;
at the end who else is let in, and what should have stayed as it was.
"""

import secrets
from contextlib import ExitStack, contextmanager
from ipaddress import IPv6Network, ip_address

from ipv6lab.grading import _, control, must, must_not, require, require_none, still
from ipv6lab.probes.asks import mtu, tunnels

CORE = "ts-pe1--ts-pe2"
DEDICATED = {"hq-br": "ts-pe1--hq-br", "br-dn": "ts-pe2--br-dn"}  # the agency's links to it
ELSEWHERE = IPv6Network("2a00::/12")  # from where nobody is in the plan
LINK_MTU = 1500
IPV6_HEADER, GRE_HEADER = 40, 4  # octets: RFC 8200 section 3, RFC 2784 section 2.1


@must("M1", weight=20)
def the_old_application_is_reached(lab):
    """br-pc1 and the application reach each other over IPv4, whoever begins."""
    for node, target, address in staff_and_application(lab):
        node.ping(target, address)


@must("M2", weight=20, needs="M1", deadline=20)
def ipv4_crosses_in_ipv6(lab):
    """Between the two LANs all IPv4 crosses as IPv4 in IPv6, between hq-br and br-dn."""
    for node, target, address in staff_and_application(lab):
        crosses_in(lab, tunnels.IPV4_IN, node, target, address)
    with new_hosts(lab, 4, ("br-staff", "branch-staff"), ("srv", "servers")) as (pc, server):
        crosses_in(lab, tunnels.IPV4_IN, pc, server, server.address)


@must("M3", weight=15, needs="M2")
def nothing_but_the_outer_header_is_spent(lab):
    """Of 1500 octets only the 40 of the outer header are lost to IPv4, and hosts are told so."""
    for node, target, address in staff_and_application(lab):
        carries_up_to(LINK_MTU - IPV6_HEADER, node, target, address)
    for node, target, address in staff_and_application(lab):
        carries_what_may_be_cut(node, target, address)


@must("M4", weight=20)
def management_is_reached_over_both(lab):
    """nms and the branch's power supply reach each other over IPv4 and over IPv6."""
    for node, target, address in management(lab):
        node.ping(target, address)


@must("M5", weight=15, needs="M4", deadline=20)
def management_crosses_in_gre(lab):
    """Between the management LANs all of both crosses in GRE over IPv6, between hq-br and br-dn."""
    for node, target, address in management(lab):
        crosses_in(lab, tunnels.GRE, node, target, address)
    for family in (4, 6):
        lans = ("mgmt", "management"), ("br-mgmt", "branch-management")
        with new_hosts(lab, family, *lans) as (here, there):
            crosses_in(lab, tunnels.GRE, here, there, there.address)


@must("M6", weight=10, needs="M5")
def gre_costs_four_octets_more(lab):
    """GRE costs 4 octets more than that, for IPv4 and for IPv6, and hosts are told so."""
    for node, target, address in management(lab):
        carries_up_to(LINK_MTU - IPV6_HEADER - GRE_HEADER, node, target, address)
    for node, target, address in management(lab):
        if ip_address(address).version == 4:
            carries_what_may_be_cut(node, target, address)


@must_not("N1", weight=10, needs="M1")
def the_dedicated_network_stays_ipv6_only(lab):
    """There is no IPv4 on the links of the dedicated network."""
    with tunnels.watch(lab, CORE, *DEDICATED.values()) as transit:
        pings = [node.ping(*target) for node, *target in staff_and_application(lab)]
    crossings = [one for ping in pings for one in transit.crossings(ping.sent)]
    control(crossings, by="M1", message=_("What br-pc1 sends is not seen there at all."))
    require_none(
        crossings,
        lambda one: _(
            "{node} sends IPv4 packets onto {link}.", node=one.packet.node, link=one.packet.link
        ),
        lambda one: one.outer.version == 4,
    )
    for name, link in DEDICATED.items():
        node = lab.node(name)
        require_none(
            node.addresses(node.interface(link).name, family=4),
            lambda one, name=name, link=link: _(
                "{node} has the IPv4 address {address} on {link}.",
                node=name,
                address=one.with_prefix,
                link=link,
            ),
        )


@must_not("N2", weight=15, needs=("M2", "M5"), deadline=20)
def nobody_else_gets_in(lab):
    """Tunnelled packets from anybody but the other end are not let in."""
    ends = both_ends(lab)
    plan = lab.plan
    for end, other, neighbour, targets in (
        ("hq-br", "br-dn", "ts-pe1", (("app", "br-pc1", False), ("nms", "br-ups", True))),
        ("br-dn", "hq-br", "ts-pe2", (("br-pc1", "app", False), ("br-ups", "nms", True))),
    ):
        for target, sender, gre in targets:
            # Somebody in between, the other end's neighbour, who is there to be reached, anybody.
            far = DEDICATED[other]
            strangers = (
                plan[f"{CORE}.{neighbour}"],
                plan[f"{far}.{far.split('--')[0]}"],
                ip_address(own(lab, sender, 6)),
                ELSEWHERE[secrets.randbits(100)],
            )
            inside = (own(lab, sender, 4), own(lab, target, 4))
            insides = (inside, (own(lab, sender, 6), own(lab, target, 6)))
            offered = tunnels.offer(
                lab.node(neighbour),
                lab.node(target),
                [
                    tunnels.Wrapped(one, ends[end], pair, gre=gre)
                    for one in strangers
                    for pair in insides
                ],
                control=tunnels.Wrapped(ends[other], ends[end], inside, gre=gre),
            )
            control(
                offered.control,
                by="M6" if gre else "M3",
                message=_(
                    "Not even a plain packet from {other} gets through {node} to {target}.",
                    other=other,
                    node=end,
                    target=target,
                ),
            )
            require_none(
                offered.strangers,
                lambda one, end=end, target=target: _(
                    "{node} unpacks what a stranger, {address}, has wrapped, and hands it to "
                    "{target}.",
                    node=end,
                    address=one.source,
                    target=target,
                ),
            )


@still("S1", weight=10)
def staff_still_use_native_ipv6(lab):
    """IPv6 between the branch's staff and the application goes natively, as before."""
    pc, app = lab.node("br-pc1"), lab.node("app")
    for node, target, address in (
        (pc, app, lab.plan.app.address),
        (app, pc, lab.plan["br-pc1.static"]),
    ):
        with tunnels.watch(lab, CORE) as transit:
            ping = node.ping(target, address)
        require_none(
            transit.crossings(ping.sent),
            lambda one, node=node, target=target: _(
                "IPv6 from {node} to {target} crosses the dedicated network in a tunnel, "
                "{carrier}.",
                node=node,
                target=target,
                carrier=one.carrier,
            ),
            lambda one: one.carriers,
        )
    pc.connect(app, lab.plan.app.address)


# -- who talks to whom


def staff_and_application(lab):
    """The two ends of the old application, in both directions: node, target, its address."""
    pc, app = lab.node("br-pc1"), lab.node("app")
    return ((pc, app, lab.plan["app.address4"]), (app, pc, lab.plan["br-pc1.address4"]))


def management(lab):
    """The two ends of management, in both directions and protocols: node, target, its address."""
    nms, ups = lab.node("nms"), lab.node("br-ups")
    return tuple(
        (node, target, lab.plan[f"{target}.{field}"])
        for field in ("address4", "address")
        for node, target in ((nms, ups), (ups, nms))
    )


def own(lab, name, family):
    """The address that the plan gives a host."""
    field = "address4" if family == 4 else "static" if name == "br-pc1" else "address"
    return lab.plan[f"{name}.{field}"]


@contextmanager
def new_hosts(lab, family, *lans):
    """A host that nobody had in mind on each LAN, with addresses of one family."""
    suffix = "4" if family == 4 else ""
    with ExitStack() as opened:
        yield [
            opened.enter_context(
                lab.link(link).fresh_host(
                    lab.plan[f"{network}.prefix{suffix}"],
                    lab.plan[f"{network}.router{suffix}"],
                    f"new-host-{link}",
                )
            )
            for link, network in lans
        ]


def both_ends(lab):
    """The addresses that the tunnels lead between."""
    return {name: ip_address(lab.plan[f"{link}.{name}"]) for name, link in DEDICATED.items()}


# -- how it gets there


def crosses_in(lab, carrier, node, target, address):
    """A packet, and its answer, cross in nothing but this carrier, from one end to the other."""
    with tunnels.watch(lab, CORE) as transit:
        ping = node.ping(target, address)
    crossings = transit.crossings(ping.sent)
    family = ip_address(address).version
    require(
        crossings,
        _(
            "What {node} and {target} say to each other does not cross {link}.",
            node=node,
            target=target,
            link=CORE,
        ),
    )
    ends = both_ends(lab)
    for one in crossings:
        require(
            one.carriers == (carrier,),
            _(
                "IPv{family} between {node} and {target} crosses {link} in another way than asked "
                "for: {carrier}.",
                family=family,
                node=node,
                target=target,
                link=CORE,
                carrier=one.carrier,
            ),
        )
        require(
            {one.outer.source, one.outer.destination} == set(ends.values()),
            _(
                "On {link} the packets between {node} and {target} go from {source} to "
                "{destination}; these are not the two ends of the task.",
                link=CORE,
                node=node,
                target=target,
                source=one.outer.source,
                destination=one.outer.destination,
            ),
        )


def carries_up_to(octets, node, target, address):
    """That size crosses whole; of the next the sender is told what the largest is."""
    values = {"node": node, "target": target, "family": ip_address(address).version}
    fits = mtu.send(node, target, address, octets)
    require(
        fits.arrived,
        _(
            "An IPv{family} packet of {octets} octets from {node} does not reach {target}, though "
            "there is room for it: what is spent on tunnelling is more than needed.",
            octets=octets,
            **values,
        ),
    )
    require(
        not fits.pieces,
        _(
            "An IPv{family} packet of {octets} octets from {node} to {target} is cut into pieces "
            "on the way.",
            octets=octets,
            **values,
        ),
    )
    larger = mtu.send(node, target, address, octets + 1)
    require(
        not larger.arrived,
        _(
            "An IPv{family} packet of {octets} octets from {node} reaches {target}, which only "
            "works in pieces.",
            octets=octets + 1,
            **values,
        ),
    )
    require(
        larger.complaint and larger.complaint.returned,
        _(
            "An IPv{family} packet of {octets} octets from {node} to {target} is too large, and "
            "{node} is not told.",
            octets=octets + 1,
            **values,
        ),
    )
    require(
        larger.complaint.mtu == octets,
        _(
            "{node} is told that IPv{family} packets to {target} may have {told} octets; that is "
            "not what the tunnel carries.",
            told=larger.complaint.mtu,
            **values,
        ),
    )


def carries_what_may_be_cut(node, target, address):
    """An IPv4 packet of an Ethernet's size whose sender allows it to be cut arrives."""
    cut = mtu.send(node, target, address, LINK_MTU, may_be_cut=True)
    require(
        cut.arrived,
        _(
            "An IPv4 packet of {octets} octets that may be cut into pieces gets lost between "
            "{node} and {target}.",
            octets=LINK_MTU,
            node=node,
            target=target,
        ),
    )
