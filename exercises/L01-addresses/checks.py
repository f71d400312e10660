"""What has to be known of addresses before one is configured.

First the single address: its text, its kind, what is made from it, its name. Then a plan: from the
sites down to the last link, each network in its place and none in another's.
"""

from ipaddress import IPv6Address, IPv6Network

from ipv6lab.expect import addresses, plans
from ipv6lab.grading import _, each, must, must_not, require, still

ZONES = 7
SITES = 6
PLAN = (
    "plan-sites",
    "plan-lans-hq",
    "plan-lans-branch",
    "plan-routers",
    "plan-links",
    "plan-loopbacks",
)


def asked(lab, name):
    """What the seat was asked under this name."""
    return lab.plan[f"draw.{name}"]


@must("M1", weight=15)
def addresses_are_written_as_they_should_be(lab):
    """Addresses are written in canonical form."""
    for number in range(1, 6):
        question = f"canonical-{number}"
        addresses.in_canonical_form(lab, question, asked(lab, question))
    prefix = IPv6Network((asked(lab, "prefix-60"), 60), strict=False)
    require(
        lab.answers.text("prefix-60") == addresses.written(prefix),
        _("The answer to {question} is not that prefix in canonical form.", question="prefix-60"),
    )


@must("M2", weight=15)
def kinds_of_addresses_are_known(lab):
    """Kinds and scopes of addresses are known."""
    for number in range(1, 6):
        question = f"kind-{number}"
        require(
            lab.answers.choice(question, addresses.KINDS) == addresses.kind(asked(lab, question)),
            _("The answer to {question} is not the kind of that address.", question=question),
        )
    require(
        lab.answers.choice("scope", addresses.SCOPES) == addresses.scope(asked(lab, "scope")),
        _("The answer to {question} is not the scope of that group.", question="scope"),
    )


@must("M3", weight=15)
def identifiers_and_groups_are_right(lab):
    """Interface identifiers and multicast groups are made as neighbours expect them."""
    group = addresses.solicited_node(IPv6Address(asked(lab, "neighbour")))
    for question, given, right in (
        ("eui64-1", lab.answers.address, addresses.link_local(asked(lab, "mac-1"))),
        ("eui64-2", lab.answers.address, addresses.link_local(asked(lab, "mac-2"))),
        ("group", lab.answers.address, group),
        ("group-mac", lab.answers.mac, addresses.multicast_mac(group)),
    ):
        require(
            given(question) == right,
            _("The answer to {question} is not what hosts make of it.", question=question),
        )


@must("M4", weight=15)
def names_in_the_reverse_tree_are_right(lab):
    """Names in ip6.arpa are right, there and back."""
    for question in ("reverse", "zone-48", "zone-52"):
        name = addresses.name_in_the_reverse_tree(asked(lab, question))
        require(
            lab.answers.word(question).removesuffix(".") == name,
            _("The answer to {question} is not that name in ip6.arpa.", question=question),
        )
    address = lab.answers.address("back")
    require(
        addresses.name_in_the_reverse_tree(address) == asked(lab, "back"),
        _("The answer to {question} has another name in ip6.arpa.", question="back"),
    )


@must("M5", weight=40)
def the_plan_is_sound(lab):
    """In the plan every network has its place, and none is in another's."""
    agency = lab.plan.agency.prefix
    sites = plans.prefixes(lab, "plan-sites", SITES)
    plans.sites_have_room(sites, agency, links=ZONES, question="plan-sites")
    lans = lans_of(lab, "plan-lans-hq", sites[0]) + lans_of(lab, "plan-lans-branch", sites[1])
    links = within(plans.prefixes(lab, "plan-links", 2, length=127), sites[0], "plan-links")
    loopbacks = plans.prefixes(lab, "plan-loopbacks", 3, length=128)
    within(loopbacks, sites[0], "plan-loopbacks")
    plans.apart(sites)
    plans.apart(loopbacks)
    # All loopbacks may share a /64; everything else has one of its own.
    of_links = [link.supernet(new_prefix=64) for link in links]
    plans.apart([*lans, *of_links, *plans.links_of(loopbacks)])
    routers = plans.addresses(lab, "plan-routers", ZONES)
    for number in range(ZONES):
        plans.lies_in(IPv6Network(routers[number]), lans[number], "plan-routers")


def lans_of(lab, question, site):
    """The LANs of a site, all of them in its prefix."""
    return within(plans.prefixes(lab, question, ZONES, length=64), site, question)


def within(networks, site, question):
    """These networks, all of them in a site's prefix."""
    for network in each(networks, _("There is no plan yet.")):
        plans.lies_in(network, site, question)
    return networks


@must_not("N1", weight=10)
def no_reserved_identifier_is_used(lab):
    """No router has an address that belongs to nobody alone."""
    plans.no_reserved_identifier(lab, "plan-routers", by="M5")


@must_not("N2", weight=10)
def nothing_is_outside_the_agencys_prefix(lab):
    """Nothing in the plan lies outside the agency's prefix."""
    plans.nothing_outside(lab, PLAN, lab.plan.agency.prefix, by="M5")


@still("S1", weight=10)
def ipv4_has_its_networks(lab):
    """Every LAN of head office has its IPv4 network beside the IPv6 one."""
    plans.has_ipv4_networks(lab, "plan-ipv4", ZONES, within=lab.plan.hq.prefix4, lengths=(24, 30))
