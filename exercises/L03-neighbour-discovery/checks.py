"""What neighbour discovery needs to work: one owner for each address, and nobody who knows better.

An address is claimed, asked for, answered and used; then what may not be done about it.
"""

from ipaddress import IPv6Address

from ipv6lab.expect import lasting
from ipv6lab.expect.addresses import multicast_mac, solicited_node
from ipv6lab.grading import (
    _,
    control,
    must,
    must_not,
    require,
    still,
    unwanted,
)

MINE = ("pc1", "pc2", "app")
EVERYONE = (*MINE, "hq-core")
STATES = ("incomplete", "reachable", "stale", "delay", "probe", "failed", "permanent")


@must("M1", weight=25)
def every_address_has_one_owner(lab):
    """Every address on the servers VLAN belongs to one machine, which may use it."""
    srv = lab.link("srv")
    srv.settle(lab.record.deadline)
    owners = {}
    for node in map(lab.node, EVERYONE):
        for held in node.addresses(node.interface("srv").name, family=6):
            require(
                held.usable,
                _(
                    "{node} may not use {address}: it is tentative, or another machine has it.",
                    node=node,
                    address=held.address,
                ),
            )
            owners[held.address] = node.name
    for address, claimants in srv.claimants(owners).items():
        require(
            claimants,
            _(
                "{node} has {address}, and answers nobody who asks for it.",
                node=owners[address],
                address=address,
            ),
        )
        require(
            len(claimants) == 1,
            _(
                "More than one machine answers for {address}: {nodes}.",
                address=address,
                nodes=", ".join(sorted(claimants)),
            ),
        )
    lasting.nothing_typed_expires(lab, *MINE)


# A wrong entry that may be doubted again is found out within 8 s: DELAY_FIRST_PROBE_TIME, and
# MAX_UNICAST_SOLICIT questions a second apart (RFC 4861 section 10).
DOUBTED = 11


@must("M2", weight=25, deadline=DOUBTED + 1)
def pc1_gets_out(lab):
    """pc1 reaches the firewall outside the VLAN over IPv6."""
    firewall = lab.plan["hq-fw--hq-core.hq-fw"]
    lab.node("pc1").ping(lab.node("hq-fw"), firewall, within=DOUBTED)


@must("M3", weight=30)
def the_questions_are_answered(lab):
    """The questions on what was seen are answered."""
    group = solicited_node(IPv6Address(lab.plan.app.address))
    for question, given, right in (
        ("app-mac", lab.answers.mac("app-mac"), lab.node("app").interface("srv").mac),
        ("group", lab.answers.address("group"), group),
        ("group-mac", lab.answers.mac("group-mac"), multicast_mac(group)),
        ("dad-source", lab.answers.address("dad-source"), IPv6Address("::")),
        ("idle-state", lab.answers.choice("idle-state", STATES), "stale"),
    ):
        require(
            given == right,
            _("The answer to {question} is not what is seen here.", question=question),
        )


@must("M4", weight=20)
def pc2_is_where_the_plan_has_it(lab):
    """pc2 is reached at its own address, and the application's belongs to app alone."""
    pc1, pc2, app = (lab.node(name) for name in ("pc1", "pc2", "app"))
    pc1.ping(pc2, lab.plan.pc2.servers)
    lab.node("hq-fw").ping(pc2, lab.plan.pc2.servers)
    require(
        lab.plan.app.address not in {one.address for one in pc2.addresses(family=6)},
        _("pc2 still has {address}, which is app's.", address=lab.plan.app.address),
    )
    pc2.ping(app, lab.plan.app.address)


@must_not("N1", weight=10, needs="M2")
def no_neighbour_was_written_by_hand(lab):
    """No entry of a neighbour cache was written by hand."""
    for node in map(lab.node, MINE):
        for entry in unwanted(ipv6_neighbours(node)):
            require(
                entry.state != "PERMANENT",
                _(
                    "{node} does not ask for the MAC address of {address}: it was told for ever.",
                    node=node,
                    address=entry.address,
                ),
            )
    pc1 = lab.node("pc1")
    learnt = [one.address for one in ipv6_neighbours(pc1) if one.mac]
    router = pc1.route_to(lab.plan["hq-fw--hq-core.hq-fw"]).gateway
    require(
        router in learnt,
        _("pc1 sends to {address} and never asked for its MAC address.", address=router),
    )
    control(
        learnt, by="M2", message=_("pc1 has asked for no neighbour yet: its cache proves nothing.")
    )


def ipv6_neighbours(node):
    """The entries of a node's neighbour cache that are IPv6 neighbours."""
    return [
        one
        for one in node.neighbours()
        if one.address.version == 6 and not one.address.is_multicast
    ]


@must_not("N2", weight=25, deadline=15, alone=True)
def duplicates_are_still_looked_for(lab):
    """No machine takes an address without asking whether another one has it."""
    nodes = [lab.node(name) for name in MINE]
    for trial in lab.link("srv").try_addresses(nodes, lab.plan.servers.prefix):
        control(
            trial.took_free,
            by="M1",
            message=_("{node} does not take an address that nobody has either.", node=trial.node),
        )
        require(
            trial.refused_taken,
            _(
                "{node} takes an address that another machine on the link has.",
                node=trial.node,
            ),
        )


@still("S1", weight=20, needs="M1")
def the_application_is_where_it_was(lab):
    """The application answers at the address that it had."""
    app = lab.node("app")
    lab.node("hq-fw").ping(app, lab.plan.app.address)
    require(
        lab.plan.app.address in {one.address for one in app.addresses(family=6)},
        _("app has lost its address."),
    )


@still("S2", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before."""
    pc1, pc2, app = (lab.node(name) for name in ("pc1", "pc2", "app"))
    pc1.ping(app, lab.plan.app.address4)
    pc2.ping(app, lab.plan.app.address4)
    app.ping(pc1, lab.plan.pc1.servers4)
    pc1.ping(lab.node("hq-fw"), lab.plan["hq-fw--hq-core.hq-fw4"])
