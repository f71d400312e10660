"""What has to be known of addresses before one is configured.

First the single address: its text, its kind, what is made from it, its name. Then a plan: from the
sites down to the last link, each network in its place and none in another's.
"""

from contextlib import suppress
from ipaddress import IPv4Network, IPv6Address, IPv6Interface, IPv6Network

from ipv6lab.expect.addresses import (
    canonical,
    link_local,
    multicast_mac,
    solicited_node,
    written,
)
from ipv6lab.grading import Failed, _, control, must, must_not, require, require_none, still

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

# The kinds that the task names, each by its blocks; what is in none of them is global.
KINDS = {
    "link-local": ("fe80::/10",),
    "unique-local": ("fc00::/7",),
    "multicast": ("ff00::/8",),
    "documentation": ("2001:db8::/32", "3fff::/20"),
    "ipv4-mapped": ("::ffff:0:0/96",),
    "nat64": ("64:ff9b::/96",),
}
KIND_WORDS = (*KINDS, "global")
SCOPES = {0x2: "link", 0x5: "site", 0x8: "organization", 0xE: "global"}

# Interface identifiers that are nobody's to choose: RFC 4291 section 2.6.1; RFC 5453, RFC 2526.
RESERVED = (
    range(0, 1),
    range(0x0200_5EFF_FE00_0000, 0x0200_5EFF_FF00_0000),
    range(0xFDFF_FFFF_FFFF_FF80, 0xFDFF_FFFF_FFFF_FFFF + 1),
)


@must("M1", weight=15)
def addresses_are_written_as_they_should_be(lab):
    """Addresses are written in canonical form."""
    for question in (f"canonical-{number}" for number in range(1, 6)):
        text = lab.answers.text(question)
        require(
            means(text) in (None, IPv6Address(asked(lab, question))),
            _("The answer to {question} stands for another address.", question=question),
        )
        require(
            text == canonical(asked(lab, question)),
            _("The answer to {question} is not the canonical form.", question=question),
        )
    prefix = IPv6Network((asked(lab, "prefix-60"), 60), strict=False)
    wanted = f"{written(prefix.network_address)}/60"
    require(
        lab.answers.text("prefix-60") == wanted,
        _("The answer to {question} is not that prefix in canonical form.", question="prefix-60"),
    )


def means(text):
    """The address that a text stands for; None where it is none."""
    try:
        return IPv6Address(text)
    except ValueError:
        return None


@must("M2", weight=15)
def kinds_of_addresses_are_known(lab):
    """Kinds and scopes of addresses are known."""
    for question in (f"kind-{number}" for number in range(1, 6)):
        require(
            lab.answers.choice(question, KIND_WORDS) == kind(IPv6Address(asked(lab, question))),
            _("The answer to {question} is not the kind of that address.", question=question),
        )
    group = IPv6Address(asked(lab, "scope"))
    require(
        lab.answers.choice("scope", tuple(SCOPES.values())) == SCOPES[group.packed[1] & 0xF],
        _("The answer to {question} is not the scope of that group.", question="scope"),
    )


def kind(address):
    """The kind of an address, as the task calls it."""
    for name, blocks in KINDS.items():
        if any(address in IPv6Network(block) for block in blocks):
            return name
    return "global"


@must("M3", weight=15)
def identifiers_and_groups_are_right(lab):
    """Interface identifiers and multicast groups are made as neighbours expect them."""
    group = solicited_node(IPv6Address(asked(lab, "neighbour")))
    right = {
        "eui64-1": lab.answers.address("eui64-1") == link_local(asked(lab, "mac-1")),
        "eui64-2": lab.answers.address("eui64-2") == link_local(asked(lab, "mac-2")),
        "group": lab.answers.address("group") == group,
        "group-mac": lab.answers.mac("group-mac") == multicast_mac(group),
    }
    require_none(
        [question for question, is_right in right.items() if not is_right],
        lambda question: _(
            "The answer to {question} is not what hosts make of it.", question=question
        ),
    )


@must("M4", weight=15)
def names_in_the_reverse_tree_are_right(lab):
    """Names in ip6.arpa are right, there and back."""
    for question in ("reverse", "zone-48", "zone-52"):
        name = lab.answers.word(question).removesuffix(".")
        require(
            name == reverse_name(asked(lab, question)),
            _("The answer to {question} is not that name in ip6.arpa.", question=question),
        )
    address = lab.answers.address("back")
    require(
        reverse_name(str(address)) == asked(lab, "back"),
        _("The answer to {question} has another name in ip6.arpa.", question="back"),
    )


def reverse_name(text):
    """The name of an address, or of a prefix that ends between two digits (RFC 3596)."""
    prefix = IPv6Network(text)
    digits = prefix.network_address.exploded.replace(":", "")[: prefix.prefixlen // 4]
    return ".".join(reversed(digits)) + ".ip6.arpa"


@must("M5", weight=40)
def the_plan_is_sound(lab):
    """In the plan every network has its place, and none is in another's."""
    sites = prefixes(lab, "plan-sites", SITES)
    for site in sites:
        sites_are_wanted_so(lab, site)
    lans = []
    for question, site in (("plan-lans-hq", sites[0]), ("plan-lans-branch", sites[1])):
        for lan in prefixes(lab, question, ZONES, length=64):
            is_in(lan, site, question)
            lans.append(lan)
    links = prefixes(lab, "plan-links", 2, length=127)
    loopbacks = prefixes(lab, "plan-loopbacks", 3, length=128)
    for question, networks in (("plan-links", links), ("plan-loopbacks", loopbacks)):
        for network in networks:
            is_in(network, sites[0], question)
    apart(sites)
    apart(loopbacks)
    # All loopbacks may share a /64; everything else has one of its own.
    apart([*lans, *(link.supernet(new_prefix=64) for link in links), *shared(loopbacks)])
    routers = addresses(lab, "plan-routers", ZONES)
    for router, lan in zip(routers, lans, strict=False):
        is_in(IPv6Network(router), lan, "plan-routers")


def sites_are_wanted_so(lab, site):
    """A site's prefix ends between two digits, seven zones fit twice, and others find room too."""
    agency = IPv6Network(lab.plan.agency.prefix)
    require(
        agency.prefixlen < site.prefixlen,
        _("{prefix} leaves no room for another site.", prefix=site),
    )
    is_in(site, agency, "plan-sites")
    require(
        site.prefixlen % 4 == 0,
        _("{prefix} does not end between two hexadecimal digits.", prefix=site),
    )
    require(
        site.prefixlen <= 64 and 2 ** (64 - site.prefixlen) >= 2 * ZONES,
        _("{prefix} is too small for its zones to double.", prefix=site),
    )
    require(
        2 ** (site.prefixlen - agency.prefixlen) >= 2 * SITES,
        _("Prefixes such as {prefix} leave less than half of the places free.", prefix=site),
    )


def is_in(network, outer, question):
    """Raise Failed when a network of the plan is not where it belongs."""
    require(
        network.subnet_of(outer),
        _(
            "{network} in {question} does not lie in {outer}.",
            network=network,
            question=question,
            outer=outer,
        ),
    )


def apart(networks):
    """Raise Failed when two networks overlap."""
    for at, one in enumerate(networks):
        require_none(
            networks[at + 1 :],
            lambda other, one=one: _(
                "More than one entry of the plan takes {network}.",
                network=max(one, other, key=lambda each: each.prefixlen),
            ),
            one.overlaps,
        )


def shared(loopbacks):
    """The /64s that hold loopbacks, each once."""
    return sorted({one.supernet(new_prefix=64) for one in loopbacks})


@must_not("N1", weight=10)
def no_reserved_identifier_is_used(lab):
    """No router has an address that belongs to nobody alone."""
    routers = readable(lab, "plan-routers")
    control(routers, by="M5", message=_("The plan has no routers yet."))
    for router in routers:
        identifier = int(router.ip) & 0xFFFF_FFFF_FFFF_FFFF
        require(
            not any(identifier in reserved for reserved in RESERVED),
            _("The interface identifier of {address} is reserved.", address=router.ip),
        )


@must_not("N2", weight=10)
def nothing_is_outside_the_agencys_prefix(lab):
    """Nothing in the plan lies outside the agency's prefix."""
    agency = IPv6Network(lab.plan.agency.prefix)
    planned = [(one, question) for question in PLAN for one in readable(lab, question)]
    control(planned, by="M5", message=_("There is no plan yet."))
    for one, question in planned:
        is_in(one.network, agency, question)


@still("S1", weight=10)
def ipv4_has_its_networks(lab):
    """Every LAN of head office has its IPv4 network beside the IPv6 one."""
    found = []
    for text in listed(lab, "plan-ipv4", ZONES):
        try:
            network = IPv4Network(text)
        except ValueError:
            raise Failed(
                _("{text} in {question} is no prefix.", text=text, question="plan-ipv4")
            ) from None
        is_in(network, IPv4Network(lab.plan.hq.prefix4), "plan-ipv4")
        require(
            24 <= network.prefixlen <= 30,
            _("{network} in {question} has the wrong size.", network=network, question="plan-ipv4"),
        )
        found.append(network)
    apart(found)


# -- what was asked, and what was answered


def asked(lab, name):
    """What the seat was asked under this name."""
    return lab.plan[f"draw.{name}"]


def single(texts):
    """The words of all texts: a list may have been written as one text."""
    return [word for text in texts for word in text.replace(",", " ").split()]


def readable(lab, question):
    """What can be read of a list, each address with its prefix; M5 says what cannot."""
    found = []
    with suppress(Failed):
        for text in single(lab.answers.texts(question)):
            with suppress(ValueError):
                found.append(IPv6Interface(text))
    return found


def listed(lab, question, count):
    """The texts of a list that has to have `count` of them."""
    texts = single(lab.answers.texts(question))
    require(
        len(texts) == count,
        _(
            "Entries in {question}: {found}, where {count} were asked for.",
            question=question,
            found=len(texts),
            count=count,
        ),
    )
    return texts


def prefixes(lab, question, count, length=None):
    """The IPv6 prefixes of a list, of one length if so asked; an address is a /128."""
    found = []
    for text in listed(lab, question, count):
        try:
            prefix = IPv6Network(text)
        except ValueError:
            raise Failed(
                _("{text} in {question} is no prefix.", text=text, question=question)
            ) from None
        require(
            length in (None, prefix.prefixlen),
            _("{prefix} in {question} has the wrong length.", prefix=prefix, question=question),
        )
        found.append(prefix)
    return found


def addresses(lab, question, count):
    """The IPv6 addresses of a list; a prefix length behind one is left away."""
    found = []
    for text in listed(lab, question, count):
        try:
            found.append(IPv6Address(text.partition("/")[0]))
        except ValueError:
            raise Failed(
                _("{text} in {question} is no address.", text=text, question=question)
            ) from None
    return found
