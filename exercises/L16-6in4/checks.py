"""What 6in4 across an IPv4-only network needs: two ends, routes, the right size, no strangers."""

import secrets
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Network, IPv6Network, ip_network

from ipv6lab.grading import _, control, must, must_not, require, require_none, still
from ipv6lab.probes.asks import mtu, tunnels
from ipv6lab.probes.asks.burst import burst

# The dedicated network, from one border to the other.
TRANSIT = ("ts-pe1--hq-br", "ts-pe1--ts-pe2", "ts-pe2--br-dn")
MIDDLE = "ts-pe1--ts-pe2"
STARTED = 3  # seconds in which what was just started or typed is there
ETHERNET = 1500  # octets
# RFC 4213 section 3.2.1: a tunnel with a fixed MTU has one between these.
SMALLEST, LARGEST = 1280, ETHERNET - 20
MANY = 60  # pings at once: fewer than one page with pictures takes packets
INTERNET = IPv6Network("2a00::/12")  # from where nobody is in the plan
ELSEWHERE = IPv4Network("198.51.100.0/24")  # the same in IPv4 (RFC 5737)
ECHO_REQUEST = 128


def ends(lab):
    """The addresses between which the tunnel lies, by node."""
    plan = lab.plan
    return {"hq-br": plan["ts-pe1--hq-br.hq-br4"], "br-dn": plan["ts-pe2--br-dn.br-dn4"]}


@must("M1", weight=15)
def the_ends_of_the_tunnel_reach_each_other(lab):
    """The two ends of the tunnel reach each other at their addresses of the plan."""
    link = "tunnel-hq--tunnel-br"
    hq, branch = lab.node("hq-br"), lab.node("br-dn")
    addresses = {hq: lab.plan[f"{link}.tunnel-hq"], branch: lab.plan[f"{link}.tunnel-br"]}
    for node, address in addresses.items():
        node.wait_address(
            lambda one, wanted=address: str(one.address) == wanted,
            _("{node} does not have its address of the tunnel.", node=node),
            within=STARTED,
        )
    tunnels.ping(branch, hq, addresses[hq])
    tunnels.ping(hq, branch, addresses[branch])


@must("M2", weight=20, deadline=20)
def the_branch_and_the_application_reach_each_other(lab):
    """br-pc1 and the application reach each other over IPv6."""
    pc, app = lab.node("br-pc1"), lab.node("app")
    tunnels.ping(pc, app, lab.plan.app.address)
    tunnels.ping(app, pc, lab.plan["br-pc1.static"])
    pc.connect(app, lab.plan.app.address)
    many = burst(pc, app, lab.plan.app.address, MANY)
    if many.arrived < many.sent:  # a machine that is too busy is so once, a limit always
        many = burst(pc, app, lab.plan.app.address, MANY)
    require(
        many.arrived == many.sent,
        _(
            "Of {sent} packets that {node} sends at once, {arrived} get to {target}.",
            sent=many.sent,
            node=pc,
            arrived=many.arrived,
            target=app,
        ),
    )


@must("M3", weight=25, needs="M2")
def everything_crosses_in_protocol_41(lab):
    """On the dedicated network, IPv6 travels in IPv4 protocol 41 between the two ends only."""
    pc, app = lab.node("br-pc1"), lab.node("app")
    with tunnels.watch(lab, *TRANSIT) as transit:
        pings = [
            pc.ping(app, lab.plan.app.address),
            app.ping(pc, lab.plan["br-pc1.static"]),
        ]
    for ping in pings:
        for one in transit.crossings(ping.sent):
            is_in_the_tunnel(lab, one)
        require(
            ping.hops == len(ends(lab)),
            _(
                "A packet from {source} passes {count} IPv6 routers, and the dedicated network has "
                "none.",
                source=ping.source,
                count=ping.hops,
            ),
        )


def is_in_the_tunnel(lab, one):
    """A packet on the dedicated network is one of 6in4, from one end to the other."""
    where = {"node": one.packet.node, "link": one.packet.link}
    require(
        one.carriers,
        _("{node} sends IPv6 onto {link} as it is, not in a tunnel.", **where),
    )
    require(
        one.carriers == (tunnels.IPV6_IN,),
        _("On {link}, IPv6 travels in {carrier}, which is not 6in4.", carrier=one.carrier, **where),
    )
    require(
        {str(one.outer.source), str(one.outer.destination)} == set(ends(lab).values()),
        _(
            "On {link}, a tunnel goes from {source} to {destination}: those are not its two ends.",
            source=one.outer.source,
            destination=one.outer.destination,
            **where,
        ),
    )


@contextmanager
def a_new_host_at_each_site(lab):
    """Hosts that nobody had in mind, and that have no memory of how large a packet may be."""
    plan = lab.plan
    with ExitStack() as opened:
        yield [
            opened.enter_context(lab.link(link).fresh_host(prefix, router, name))
            for link, prefix, router, name in (
                ("br-staff", plan["branch-staff.prefix"], plan["branch-staff.router"], "new-pc"),
                ("srv", plan.servers.prefix, plan.servers.router, "new-server"),
            )
        ]


@must("M4", weight=20, needs="M2", deadline=20)
def packets_of_every_size_are_dealt_with(lab):
    """What the tunnel has room for gets through uncut; of what is larger, the sender is told."""
    with a_new_host_at_each_site(lab) as (pc, server):
        for host, other, router in ((pc, server, "br-dn"), (server, pc, "hq-br")):
            told = is_told(host, other, router)
            largest_fits(host, other, told)


def is_told(host, other, router):
    """Of a packet as large as an Ethernet takes, the sender hears how large it may be."""
    big = mtu.send(host, other, other.address, ETHERNET)
    values = {"octets": big.octets, "node": host, "target": other, "router": router}
    in_one_piece(big, values)
    require(
        big.arrived is None,
        _(
            "A packet of {octets} octets from {node} gets through to {target} as it is, and no "
            "tunnel over Ethernet has room for it.",
            **values,
        ),
    )
    require(
        big.complaint,
        _("A packet of {octets} octets from {node} vanishes, and nobody says why.", **values),
    )
    require(
        big.complaint.returned,
        _(
            "{from_node} says that a packet of {octets} octets is too big, but {node}, which sent "
            "it, does not hear of it.",
            from_node=big.complaint.node,
            **values,
        ),
    )
    told = big.complaint.mtu
    require(
        SMALLEST <= told <= LARGEST,
        _(
            "{from_node} tells {node} that packets may have {told} octets; a tunnel over Ethernet "
            "takes between {smallest} and {largest}.",
            from_node=big.complaint.node,
            told=told,
            smallest=SMALLEST,
            largest=LARGEST,
            **values,
        ),
    )
    return told


def largest_fits(host, other, told):
    """A packet of the very size that the sender was told gets through, and no larger one."""
    fits = mtu.send(host, other, other.address, told)
    values = {"octets": fits.octets, "node": host, "target": other}
    in_one_piece(fits, values)
    require(
        fits.arrived,
        _(
            "{node} was told that packets may have {octets} octets, and such a packet does not get "
            "to {target}.",
            **values,
        ),
    )
    more = mtu.send(host, other, other.address, told + 1)
    require(
        more.arrived is None and more.complaint and more.complaint.mtu == told,
        _("{node} was told that packets may have {octets} octets, and larger ones pass.", **values),
    )


def in_one_piece(sent, values):
    """Nobody cuts a packet up on its way."""
    if sent.pieces is not None:
        require(
            False,
            _(
                "{cutter} cuts a packet of {octets} octets from {node} into pieces on {link}.",
                cutter=sent.pieces.node,
                link=sent.pieces.link,
                **values,
            ),
        )


@must("M5", weight=20, needs="M2", deadline=20)
def all_of_the_branch_is_behind_the_tunnel(lab):
    """All of the branch's /52 leads into the tunnel from head office, and from there all else."""
    of_the_branch = (lab.plan["branch-guest.prefix"], anywhere_in_the_branch(lab))
    with a_new_host_at_each_site(lab) as (pc, server):
        for host, router, places in (
            (server, "hq-br", of_the_branch),
            (pc, "br-dn", (lab.plan.staff.prefix, lab.plan.outside.prefix, INTERNET)),
        ):
            for place in places:
                values = {"router": router, "prefix": place}
                crossed = crossings(lab, host, someone_in(place), MIDDLE)
                require(
                    crossed,
                    _(
                        "{router} does not send what is for {prefix} across the dedicated network.",
                        **values,
                    ),
                )
                require_none(
                    crossed,
                    lambda _one, values=values: _(
                        "{router} sends what is for {prefix} across the dedicated network in no "
                        "tunnel.",
                        **values,
                    ),
                    lambda one: not one.carriers,
                )
    for place in of_the_branch:
        is_let_in(lab, place)


def is_let_in(lab, place):
    """Head office takes from the tunnel what speaks for that part of the branch."""
    app = lab.node("app")
    seen = lab.node("br-dn").throw(lab.plan.app.address, source=someone_in(place))
    require(
        any(one.node == app.name and not one.sent for one in seen),
        _(
            "A packet from {prefix}, which is in the branch, does not get to {target}.",
            prefix=place,
            target=app,
        ),
    )


def anywhere_in_the_branch(lab):
    """A /64 of the branch that nobody uses."""
    site = ip_network(lab.plan["br-dn.prefix"])
    # The last of its zones is nobody's in the plan.
    group = 0xE00 | secrets.randbelow(0x100)
    return ip_network((int(site.network_address) | group << 64, 64))


def someone_in(prefix):
    """An address that nobody has."""
    network = ip_network(prefix)
    return network.network_address + secrets.randbits(126 - network.prefixlen) + 1


def crossings(lab, host, address, *links):
    """Every time that a packet from a host to an address crosses these links."""
    with tunnels.watch(lab, *links) as transit:
        seen = host.throw(address)
    asked = [
        one
        for one in seen
        if one.sent and one.node == host.name and one.ip.icmp_type == ECHO_REQUEST
    ]
    if not asked:
        return []
    first = asked[-1]
    return [
        one
        for one in transit.crossings(first)
        if one.inner.icmp_type == ECHO_REQUEST and one.inner.payload == first.ip.payload
    ]


@must_not("N1", weight=15, needs="M3", deadline=20)
def the_tunnel_takes_nothing_from_strangers(lab):
    """Neither end of the tunnel takes a packet that is not from the other end."""
    plan, end = lab.plan, ends(lab)
    pc, app = plan["br-pc1.static"], plan.app.address
    for at, name, peer, near, target, inside in (
        ("ts-pe1", "hq-br", "br-dn", ("ts-pe2", "br-pc1"), "app", (pc, app)),
        ("ts-pe2", "br-dn", "hq-br", ("ts-pe1", "app"), "br-pc1", (app, pc)),
    ):
        # The other end's neighbours, who have much of its address in common, and anybody.
        operator, host = near
        strangers = (
            plan[f"{MIDDLE}.{operator}4"],
            plan[f"{operator}--{peer}.{operator}4"],
            plan[f"{host}.address4"],
            ELSEWHERE[secrets.randbelow(ELSEWHERE.num_addresses)],
        )
        offered = tunnels.offer(
            lab.node(at),
            lab.node(target),
            [tunnels.Wrapped(one, end[name], inside) for one in strangers],
            control=tunnels.Wrapped(end[peer], end[name], inside),
        )
        control(
            offered.control,
            by="M3",
            message=_("Nor does {node} take a packet from the other end.", node=name),
        )
        require_none(
            offered.strangers,
            lambda one, name=name, target=target: _(
                "{node} takes a packet of protocol 41 from {address}, which is not the other end, "
                "and delivers it to {target}.",
                node=name,
                address=one.source,
                target=target,
            ),
        )


@must_not("N2", weight=10, needs="M3")
def the_branch_speaks_for_itself_only(lab):
    """Head office takes no packet from the tunnel whose source is not in the branch."""
    plan, end = lab.plan, ends(lab)
    app = plan.app.address
    places = (plan.outside.prefix, INTERNET, plan.staff.prefix, plan["br-hcm.prefix"])
    sources = [someone_in(place) for place in places]
    offered = tunnels.offer(
        lab.node("ts-pe1"),
        lab.node("app"),
        [tunnels.Wrapped(end["br-dn"], end["hq-br"], (one, app)) for one in sources],
        control=tunnels.Wrapped(end["br-dn"], end["hq-br"], (plan["br-pc1.static"], app)),
    )
    control(
        offered.control,
        by="M3",
        message=_("Nor does hq-br take a packet whose source is br-pc1."),
    )
    require_none(
        offered.strangers,
        lambda one: _(
            "hq-br delivers a packet from the tunnel with the source {address}, which is not in "
            "the branch.",
            address=one.inside[0],
        ),
    )


@must_not("N3", weight=10, needs="M2", deadline=20)
def nothing_circles_in_the_tunnel(lab):
    """A packet for a place that does not exist does not circle in the tunnel."""
    with a_new_host_at_each_site(lab) as (pc, server):
        nowhere = someone_in(anywhere_in_the_branch(lab))
        counted = {
            (str(host), str(address)): often(crossings(lab, host, address, *TRANSIT))
            for host, address in (
                (server, nowhere),
                (pc, nowhere),
                (server, someone_in(lab.plan["br-hcm.prefix"])),
                (pc, someone_in(lab.plan["br-hcm.prefix"])),
                (pc, someone_in(lab.plan.staff.prefix)),
            )
        }
    require_none(
        counted.items(),
        lambda one: _(
            "A packet from {node} to {address}, which nobody has, crossed the dedicated network "
            "{count} times.",
            node=one[0][0],
            address=one[0][1],
            count=one[1],
        ),
        lambda one: one[1] > 1,
    )
    control(
        any(counted.values()),
        by="M5",
        message=_("No packet for a place that does not exist enters the tunnel at all."),
    )


def often(crossed):
    """How often a packet crossed that link which it crossed most often."""
    links = [one.packet.link for one in crossed]
    return max((links.count(one) for one in links), default=0)


@still("S1", weight=10, deadline=20)
def ipv4_works_as_before(lab):
    """IPv4 works as before, between the sites and between their borders."""
    pc, app = lab.node("br-pc1"), lab.node("app")
    pc.ping(app, lab.plan.app.address4)
    app.ping(pc, lab.plan["br-pc1.address4"])
    pc.connect(app, lab.plan.app.address4)
    for host, other, address in (
        (pc, app, lab.plan.app.address4),
        (app, pc, lab.plan["br-pc1.address4"]),
    ):
        require(
            mtu.send(host, other, address, ETHERNET).arrived,
            _(
                "An IPv4 packet of {octets} octets from {node} does not get to {target} in one "
                "piece any more.",
                octets=ETHERNET,
                node=host,
                target=other,
            ),
        )
    hq, branch, end = lab.node("hq-br"), lab.node("br-dn"), ends(lab)
    hq.ping(branch, end["br-dn"])
    branch.ping(hq, end["hq-br"])
