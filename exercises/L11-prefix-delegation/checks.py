"""What a branch gets by prefix delegation: a prefix of its own out of head office's pool.

From that its router numbers the LANs, and routes, lifetimes and the next pool have to follow.
"""

from ipaddress import IPv6Network

from ipv6lab.expect import advertisement, delegation, hosts, icmp_errors, loops, reach
from ipv6lab.expect.advertisement import ANSWERED, SAID
from ipv6lab.grading import must, must_not, still

WAN = "offices"
LANS = {"br-staff": "br-pc1", "br-guest": "br-pc2"}  # and a PC on each
HQ, BRANCH = "hq-br", "br-dn"
HTTP = 80
T1 = 10  # seconds, as the task says
ASKED = 15  # seconds until a server has been asked everything, on a busy machine
REACHED = 90


def delegated(lab):
    """What br-dn has been delegated. Raises Failed."""
    length = int(lab.plan["delegated.length"])
    return delegation.holds(lab, WAN, BRANCH, HQ, pool=lab.plan["delegated.prefix"], length=length)


def lans(lab):
    """The prefix of each LAN, by link. Raises Failed."""
    return delegation.numbers(lab, BRANCH, LANS, delegated(lab))


def address(lab, link):
    """The address that the LAN's PC has built. Raises Failed."""
    return lab.node(LANS[link]).built_address(lans(lab)[link]).address


@must("M1", weight=15, deadline=2 * ASKED)
def head_office_delegates_prefixes(lab):
    """hq-br delegates a /56 out of the pool to each office that asks, and to each another one."""
    delegation.delegates(
        lab,
        WAN,
        HQ,
        pool=lab.plan["delegated.prefix"],
        length=int(lab.plan["delegated.length"]),
        at_most=T1,
        besides=BRANCH,
    )


@must("M2", weight=15, deadline=delegation.RENEWED + 5)
def the_branch_is_delegated_a_prefix(lab):
    """br-dn asks hq-br for a prefix, and holds a /56 out of the pool."""
    delegated(lab)


@must("M3", weight=15, deadline=2 * (SAID + ANSWERED), needs="M2")
def each_lan_has_a_prefix_of_its_own(lab):
    """br-dn advertises on each LAN one /64 of its /56, and on each another one."""
    prefixes = lans(lab)
    old = lab.plan.agency.prefix  # out of any pool, what was delegated before may be deprecated
    for link in LANS:
        told = {"prefix": prefixes[link], "deprecated": old, "delegated": True}
        advertisement.says(lab, link, BRANCH, other=None, **told)
        advertisement.answers_a_new_host(lab, link, BRANCH)


@must("M4", weight=10, deadline=REACHED, needs="M3")
def pcs_have_addresses(lab):
    """br-pc1, br-pc2 and new PCs build an address in their LAN's prefix, and go out by br-dn."""
    prefixes = lans(lab)
    for link, pc in LANS.items():
        hosts.build_one_address(lab, pc, prefix=prefixes[link])
        hosts.learn_default_route(lab, pc, router=BRANCH, link=link)
        hosts.new_host_builds_an_address(lab, link, prefixes[link])


@must("M5", weight=15, deadline=REACHED, needs="M4")
def branch_and_head_office_reach_each_other(lab):
    """The PCs of both LANs and app reach each other, whoever begins."""
    app = lab.node("app")
    for link, pc in LANS.items():
        way = {"across": WAN, "translated": True}
        reach.reaches(lab, lab.node(pc), app, lab.plan.app.address, **way)
        reach.reaches(lab, app, lab.node(pc), address(lab, link), **way)


@must("M6", weight=10, deadline=REACHED, needs="M5")
def what_is_on_no_lan_is_refused(lab):
    """Who writes to a part of the /56 that is on no LAN hears that nobody has it."""
    one, other = loops.unused(lab, delegated(lab), count=2, but=lans(lab).values())
    for place in (one, other):
        for host in ("app", "br-pc1"):
            icmp_errors.hears_that_nobody_has(lab, lab.node(host), place[0x80])


@must("M7", weight=10, deadline=REACHED, needs="M3")
def lans_are_promised_what_there_is(lab):
    """No LAN is promised its prefix for longer than br-dn has it."""
    delegation.promises_no_longer(lab, WAN, BRANCH, HQ, LANS)


@must("M8", weight=10, deadline=REACHED, needs="M4", ruins=True)
def a_new_pool_reaches_the_lans(lab):
    """When head office renumbers the pool, the LANs follow, and give up the old prefixes."""
    _in_use, growth = lab.plan.agency.prefix.subnets()
    delegation.renumbers(lab, WAN, BRANCH, HQ, hosts=LANS, within=growth)


@must_not("N1", weight=10, deadline=2 * SAID)
def no_prefix_is_on_two_lans(lab):
    """No prefix is advertised on both LANs."""
    delegation.shares_no_prefix(lab, BRANCH, tuple(LANS), by="M3")


@must_not("N2", weight=10, deadline=REACHED, needs="M3")
def the_wan_has_nothing_of_it(lab):
    """br-dn has no address of its /56 on the link to head office."""
    delegation.wan_is_not_numbered_from(lab, WAN, BRANCH, delegated(lab), by="M3")


@must_not("N3", weight=10, deadline=REACHED, needs="M4")
def nothing_is_translated(lab):
    """app sees the PCs' own addresses, and they see app's: no NAT66."""
    app = lab.node("app")
    exchanges = [
        one
        for link, pc in LANS.items()
        for one in (
            (lab.node(pc), app, lab.plan.app.address),
            (app, lab.node(pc), address(lab, link)),
        )
    ]
    reach.nothing_is_translated(lab, exchanges, port=HTTP, by="M5")


@must_not("N4", weight=10, deadline=REACHED, needs="M5")
def no_packet_circles(lab):
    """A packet for a part of the pool that nobody has does not go round."""
    own, pool = delegated(lab), IPv6Network(lab.plan["delegated.prefix"])
    nowhere = [
        *loops.unused(lab, own, count=2, but=lans(lab).values()),
        *loops.unused(lab, pool, count=2, but=[own]),
    ]
    senders = [(lab.node("app"), HQ), (lab.node("br-pc1"), BRANCH)]
    loops.nothing_circles(lab, senders, nowhere, by="M5")


@still("S1", weight=10, deadline=REACHED)
def ipv4_works_as_before(lab):
    """IPv4 works as before: app and the PCs of both LANs reach each other."""
    for pc in LANS.values():
        reach.both_ways(lab, pc, "app", family=4)


@still("S2", weight=10, deadline=2 * SAID + ANSWERED)
def offices_hear_the_way_out(lab):
    """hq-br, and nobody else, tells the offices' routers the way out and their link's prefix."""
    advertisement.says(lab, WAN, HQ, prefix=lab.plan.offices.prefix, autonomous=False)
    advertisement.answers_a_new_host(lab, WAN, HQ)


@still("S3", weight=15, deadline=REACHED, needs="M5", ruins=True)
def all_works_after_a_reboot(lab):
    """After a reboot of hq-br and br-dn the branch has the same prefix, and is reached."""
    own = delegation.keeps_its_prefix(lab, WAN, BRANCH, HQ, LANS)
    for pc in LANS.values():
        there = lab.node(pc).wait_address(lambda one: one.address in own).address
        reach.reaches(lab, lab.node("app"), lab.node(pc), there)
