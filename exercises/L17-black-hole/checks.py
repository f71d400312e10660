"""Path MTU discovery needs one message to get back. What works when it does, whatever the path."""

from ipaddress import ip_network
from secrets import choice, randbelow, randbits

from ipv6lab.grading import Failed, _, control, must, must_not, require, require_none, still
from ipv6lab.probes.acts.narrow import narrowed
from ipv6lab.probes.asks import icmp_errors as complaint
from ipv6lab.probes.asks import mtu, openports, web
from ipv6lab.probes.asks.burst import burst

ETHERNET = 1500  # octets
TRANSIT = "ts-pe1--ts-pe2"
ROOM = ETHERNET - 20  # octets: what the outer header leaves (RFC 4213 section 3.2)
NARROW = 1320  # octets: leaves 1300 in the tunnel
SMALL = 200  # octets
ROWS = 3000  # of the report, some 100,000 octets
SOON = 5  # seconds for a page
SILENCE = 2  # seconds in which a firewall that drops says nothing
HTTP = 80
SHUT = (22, 23, 25, 8080)
MANY = 60  # pings at once
# ICMPv6 types that nobody needs from outside: an experiment's (RFC 4443 section 2.1), and the
# question for a node's names and addresses (RFC 4620, RFC 4890 section 4.3.4).
NEEDLESS = (200, 139)
UNREACHABLE, TIME_EXCEEDED, PARAMETER_PROBLEM = 1, 3, 4  # ICMPv6 types
# An option that nobody knows and that has to be complained about (RFC 4727, RFC 8200 section 4.2).
UNKNOWN_OPTION = 0x9E
TO_THE_BRANCH = 3  # hops from a server to the branch's router
SERVERS = ("www", "app")


def site(lab, server):
    return f"http://[{lab.plan[f'{server}.address']}]/"


def is_the_report(host, server, url):
    """The large page comes soon, and is all there."""
    try:
        page = web.get(host, f"{url}report.txt", within=SOON)
    except Failed:
        raise Failed(
            _(
                "{node} gets small pages from {server}, and waits for a large one in vain.",
                node=host,
                server=server,
            )
        ) from None
    report = "".join(
        f"{server}: row {number:06d} of the yearly report\n" for number in range(1, ROWS + 1)
    )
    require(
        page.status == 200 and page.body == report.encode(),
        _("What {node} gets from {server} is not its large page.", node=host, server=server),
    )


@must("M1", weight=20, deadline=20)
def a_large_page_arrives(lab):
    """br-pc1 gets a page of 100 kB from www over IPv6, within 5 s."""
    web.get(lab.node("br-pc1"), site(lab, "www"), within=SOON)
    is_the_report(lab.node("br-pc1"), "www", site(lab, "www"))


def new_host(lab, link, network, name):
    """A host that nobody had in mind, without any memory of how large a packet may be."""
    plan = lab.plan
    return lab.link(link).fresh_host(plan[f"{network}.prefix"], plan[f"{network}.router"], name)


def new_pc(lab):
    return new_host(lab, "br-staff", "branch-staff", "new-pc")


@must("M2", weight=25, deadline=30)
def the_sender_is_told(lab):
    """A sender at head office hears that its packet is too big for the way to the branch."""
    with (
        new_pc(lab) as pc,
        new_host(lab, "dmz", "dmz", "new-www") as public,
        new_host(lab, "srv", "servers", "new-server") as server,
    ):
        for sender in (lab.node("www"), public, server):
            told = hears(sender, pc, ETHERNET)
            require(
                told == ROOM,
                _(
                    "{node} hears that packets may have {told} octets, and in the tunnel there is "
                    "room for {octets}.",
                    node=sender,
                    told=told,
                    octets=ROOM,
                ),
            )
            fits = mtu.send(sender, pc, pc.address, told)
            require(
                fits.arrived,
                _(
                    "{node} was told that packets may have {octets} octets, and such a packet does "
                    "not get to {target}.",
                    node=sender,
                    octets=told,
                    target=pc,
                ),
            )
            hears(sender, pc, told + 1)
        hears_a_router_in_the_branch(public, pc)


def hears_a_router_in_the_branch(host, other):
    """Not only the border may have something to say: behind it the way may be narrower still."""
    ping = host.ping(other, other.address)
    last = complaint.too_big(other, host, ping.arrived, ROOM - 80)
    require(
        last == host.name,
        _(
            "When a router in the branch says that a packet of {node} is too big, that gets no "
            "further than {last}.",
            node=host,
            last=last,
        ),
    )


def hears(host, other, octets):
    """What a host is told of a packet of that size."""
    big = mtu.send(host, other, other.address, octets)
    values = {"octets": octets, "node": host, "target": other}
    require(
        big.arrived is None,
        _("A packet of {octets} octets from {node} gets to {target}: somebody cuts it.", **values)
        if big.pieces
        else _("A packet of {octets} octets from {node} gets to {target} as it is.", **values),
    )
    require(
        big.complaint,
        _("A packet of {octets} octets from {node} vanishes, and nobody says why.", **values),
    )
    require(
        big.complaint.returned,
        _(
            "{router} says that a packet of {octets} octets from {node} is too big, but what it "
            "says gets no further than {last}.",
            router=big.complaint.node,
            last=big.complaint.reached,
            **values,
        ),
    )
    return big.complaint.mtu


@must("M3", weight=20, needs="M1", deadline=30)
def other_servers_and_hosts_too(lab):
    """So does any other large page: from app, to br-pc1 and to a new host in the branch."""
    web.get(lab.node("br-pc1"), site(lab, "app"), within=SOON)
    is_the_report(lab.node("br-pc1"), "app", site(lab, "app"))
    with new_pc(lab) as pc:
        for server in SERVERS:
            is_the_report(pc, server, site(lab, server))


@must("M4", weight=20, needs="M1", deadline=30, alone=True)
def a_narrower_way_is_found_out(lab):
    """When the dedicated network takes smaller packets tomorrow, large pages still arrive."""
    with (
        new_pc(lab) as pc,
        narrowed(lab, TRANSIT, NARROW, forget=(lab.node("hq-br"), lab.node("br-dn"))),
    ):
        for server in SERVERS:
            is_the_report(pc, server, site(lab, server))


@must("M5", weight=15, deadline=20)
def other_errors_get_back(lab):
    """Head office also hears of addresses that nobody has, hop limits used up, packets unread."""
    with new_pc(lab) as pc:
        for name in SERVERS:
            host = lab.node(name)
            gets_back(host, host.throw(nobody(lab)), UNREACHABLE, "Destination Unreachable")
            seen = host.throw(pc.address, hop_limit=TO_THE_BRANCH)
            gets_back(host, seen, TIME_EXCEEDED, "Time Exceeded")
            seen = host.throw(pc.address, option=UNKNOWN_OPTION)
            gets_back(host, seen, PARAMETER_PROBLEM, "Parameter Problem")


def nobody(lab):
    """An address of the branch that nobody has, on a network that it does not have."""
    site = int(ip_network(lab.plan["br-dn.prefix"]).network_address)
    network = ip_network((site | (0xE00 | randbelow(0x100)) << 64, 64))
    return network.network_address + randbits(62) + 1


def gets_back(host, seen, kind, message):
    """A router's complaint about a thrown packet was delivered to the host that sent it."""
    said = [one for one in seen if one.ip.icmp_type == kind]
    values = {"message": message, "node": host}
    require(said, _("Nobody sends {node} a {message} for its packet.", **values))
    reached = [one.node for one in said if not one.sent] or [said[0].node]
    require(
        host.name in reached,
        _(
            "The {message} of {router} for {node} gets no further than {last}.",
            router=said[0].node,
            last=reached[-1],
            **values,
        ),
    )


@must_not("N1", weight=10, deadline=20)
def no_host_makes_itself_small(lab):
    """No host sends smaller packets than its Ethernet takes, to its neighbours either."""
    for node, router, address in (
        (lab.node("br-pc1"), lab.node("br-dn"), lab.plan["br-pc1.static"]),
        (lab.node("www"), lab.node("hq-fw"), lab.plan.www.address),
    ):
        small, full = (
            mtu.send(router, node, address, octets, round_trip=True) for octets in (SMALL, ETHERNET)
        )
        control(
            small.answered,
            by="M1",
            message=_("{node} does not even answer a small packet of a neighbour.", node=node),
        )
        require(
            full.answered,
            _(
                "{node} gives a neighbour on its own LAN no answer of {octets} octets in one "
                "piece.",
                node=node,
                octets=ETHERNET,
            ),
        )


@must_not("N2", weight=15, deadline=30, alone=True)
def icmpv6_is_no_open_door(lab):
    """A few pings get through the firewall; a flood, and ICMPv6 that nobody needs, do not."""
    pc = lab.node("br-pc1")
    for name in SERVERS:
        server, address = lab.node(name), lab.plan[f"{name}.address"]
        control(
            connects(pc, server, address, HTTP),
            by="M1",
            message=_(
                "From the branch, not even port {port} of {node} is reached.",
                port=HTTP,
                node=server,
            ),
        )
        pings = burst(pc, server, address, MANY)
        require(
            pings.answered,
            _("{node} answers no ping from the branch at all, and it did before.", node=server),
        )
        require(
            pings.arrived < pings.sent,
            _(
                "All of {count} pings that came at once from the branch got through to {node}.",
                count=pings.sent,
                node=server,
            ),
        )
        require_none(
            NEEDLESS,
            lambda kind, server=server: _(
                "ICMPv6 of type {type}, which nobody needs, gets from the branch to {node}.",
                type=kind,
                node=server,
            ),
            lambda kind, server=server, address=address: (
                burst(pc, server, address, 1, kind=kind).arrived
            ),
        )


@must_not("N3", weight=15, deadline=30)
def the_firewall_stays_shut(lab):
    """No port that was shut is open."""
    pc, border = lab.node("br-pc1"), lab.node("hq-br")
    for name in SERVERS:
        addresses = [lab.plan[f"{name}.address"], lab.plan[f"{name}.address4"]]
        # Nobody but the public servers does TLS, and the internal ones are for the branch alone.
        ports = {*SHUT, choice(range(1024, 0x8000))} | ({443} if name == "app" else set())
        shut = openports.targets(pc, addresses, ports)
        if name == "app":
            shut += openports.targets(border, addresses, [HTTP])
        [last] = openports.targets(pc, addresses[:1], [HTTP])
        reached = openports.reached(shut, last)
        control(
            name in reached[last],
            by="M1",
            message=_(
                "From the branch, not even port {port} of {node} is reached.", port=HTTP, node=name
            ),
        )
        require_none(
            shut,
            lambda one, name=name: _(
                "The firewall lets {host} through to port {port} of {node}, over "
                "IPv{family}, and it did not before.",
                host=one.node,
                port=one.port,
                node=name,
                family=one.address.version,
            ),
            lambda one, name=name, reached=reached: name in reached[one],
        )
    for field in ("hq-fw", "hq-fw4"):
        address = lab.plan[f"hq-br--hq-fw.{field}"]
        require(
            not connects(pc, lab.node("hq-fw"), address),
            _(
                "The branch gets a connection to {node} itself, at {address}.",
                node="hq-fw",
                address=address,
            ),
        )


def connects(host, target, address, port=None):
    """Whether a connection comes about: to a port of its own, or else to one of the grader's."""
    try:
        if port is not None:
            return host.open_port(target, address, port)
        return host.connect(target, address, within=SILENCE)
    except Failed:
        return False


@still("S1", weight=10, deadline=30)
def ipv4_works_as_before(lab):
    """IPv4 works as before, with small and large pages, and for servers that call."""
    pc = lab.node("br-pc1")
    for server in SERVERS:
        pc.ping(lab.node(server), lab.plan[f"{server}.address4"])
        is_the_report(pc, server, f"http://{lab.plan[f'{server}.address4']}/")
        lab.node(server).connect(pc, lab.plan["br-pc1.address4"])
