"""Both protocols side by side: an address, a name, a way, and the order in which they are tried."""

from ipaddress import IPv6Network, ip_address

from ipv6lab.addresses.selection import order_destinations, source
from ipv6lab.grading import (
    _,
    control,
    must,
    must_not,
    require,
    require_any,
    require_none,
    still,
)
from ipv6lab.probes.asks import resolver
from ipv6lab.probes.seen import selection

WEB = 80
LOCAL = IPv6Network("fc00::/7")  # RFC 4193
HEARD = 12  # seconds: an advertisement, and the check for duplicates of what is built from it

# RFC 6724 section 10.2: the addresses of a host, and the two of a name that it wants to reach.
CASES = {
    "case-1": (("2001:db8:1::2", "fe80::1", "169.254.13.78"), ("2001:db8:1::1", "198.51.100.121")),
    "case-2": (("fe80::1", "198.51.100.117"), ("2001:db8:1::1", "198.51.100.121")),
    "case-3": (("2001:db8:1::2", "fe80::2"), ("2001:db8:1::1", "fe80::1")),
    "case-4": (("2001:db8:1::2", "fe80::2 deprecated"), ("2001:db8:1::1", "fe80::1")),
    "case-5": (("2002:c633:6401::2", "fe80::2"), ("2002:c633:6401::1", "2001:db8:1::1")),
    "case-6": (
        ("2002:c633:6401::2", "2001:db8:1::2", "fe80::2"),
        ("2002:c633:6401::1", "2001:db8:1::1"),
    ),
}


def ordered(case, table=None):
    """The two addresses of a case in the order in which they are tried."""
    own, wanted = CASES[case]
    rows = () if table is None else (table,)
    return order_destinations(
        [ip_address(one) for one in wanted], [source(one) for one in own], *rows
    )


def has_global(lab):
    """Whether an advertisement gives pc1 its global address; waits for it."""
    return lab.node("pc1").solicit().has_built(lab.plan.staff.prefix)


def asked(lab, name, kind):
    """What the DNS server that pc1 has been given answers about a name: addresses of one kind."""
    pc1 = lab.node("pc1")
    servers = resolver.settings(pc1).servers
    require(servers, _("pc1 knows no DNS server."))
    if servers[0].version == 6:
        has_global(lab)  # else it has nothing to ask with
    answer = resolver.ask(pc1, servers[0], name, kind)
    require(
        answer.node == "dns-r",
        _("Not dns-r answers a DNS question of pc1, but {node}.", node=answer.node),
    )
    return list(answer.addresses)


def both(lab, name):
    """All addresses of a name."""
    return asked(lab, name, "AAAA") + asked(lab, name, "A")


def sent_to_the_dns(lab, name):
    """Require that programs on pc1 are told both kinds of address, by the short name too."""
    pc1 = lab.node("pc1")
    settings = resolver.settings(pc1)
    require(resolver.asks_servers(pc1), _("Programs on pc1 never ask the DNS for a name."))
    require(
        "no-aaaa" not in settings.options,
        _("Programs on pc1 never ask for IPv6 addresses: its resolv.conf forbids it."),
    )
    require(
        lab.plan.agency.domain in settings.search,
        _("pc1 no longer looks for short names in the agency's domain."),
    )
    for called in (name, name.partition(".")[0]):
        listed = resolver.hosts(pc1, called)
        require(
            not listed or any(one.version == 6 for one in listed),
            _("The hosts file of pc1 has {name} with IPv4 only, and comes first.", name=called),
        )


def unchanged(opened, name):
    """Require that a server sees the address that pc1 sent from."""
    require(
        opened.seen == opened.source,
        _(
            "pc1 sends from {source}, but {node} sees {seen}: somebody on the way translates "
            "addresses.",
            source=opened.source,
            node=name,
            seen=opened.seen,
        ),
    )


@must("M1", weight=25, deadline=HEARD)
def pc1_has_an_address_of_each_protocol(lab):
    """pc1 has an IPv4 address and a global IPv6 address, and uses no local one (ULA) any more."""
    pc1 = lab.node("pc1")
    advertised = lab.link("staff").advertisements()
    for heard in advertised:
        require_none(
            heard.advertisement.prefixes,
            lambda prefix, node=heard.sender: _(
                "{node} still advertises {prefix} for new connections.", node=node, prefix=prefix
            ),
            lambda prefix: prefix.network.subnet_of(LOCAL) and prefix.preferred > 0,
        )
    found = pc1.solicit().address(lab.plan.staff.prefix)
    require_none(
        pc1.addresses("eth0", 6),
        lambda one: _("pc1 still uses its local address {address}.", address=one.address),
        lambda one: one.address in LOCAL and not one.deprecated,
    )
    require_none(
        pc1.addresses("eth0", 6),
        lambda one: _("pc1 has a second global address, {address}.", address=one.address),
        lambda one: (
            one.scope == "global"
            and one.address not in LOCAL
            and not one.temporary
            and one.address != found.address
        ),
    )
    require_any(
        pc1.addresses("eth0", 4),
        lambda one: one.address == lab.plan.pc1.address4,
        _("pc1 has lost its IPv4 address."),
    )


@must("M2", weight=25, deadline=HEARD)
def the_application_is_reached_over_ipv6(lab):
    """By its name pc1 finds the application's IPv6 address, tries it first, and gets through."""
    pc1, app = lab.node("pc1"), lab.node("app")
    found = asked(lab, lab.plan.app.name, "AAAA")
    require(found, _("{name} has no IPv6 address in the DNS.", name=lab.plan.app.name))
    for one in found:
        require(
            one == ip_address(lab.plan.app.address),
            _("{address} stands in the DNS for app, which has not got it.", address=one),
        )
    pc1.solicit().address(lab.plan.staff.prefix)
    pc1.route_to(found[0])
    first = selection.order(pc1, [*asked(lab, lab.plan.app.name, "A"), *found])[0]
    require(
        first.version == 6,
        _("Programs on pc1 try {address} first, which is IPv4.", address=first),
    )
    sent_to_the_dns(lab, lab.plan.app.name)
    unchanged(pc1.open_port(app, first, WEB), "app")


@must("M3", weight=20, deadline=HEARD)
def the_others_are_reached_by_name(lab):
    """pc1 reaches old4, which has IPv4 only, and new6, which has IPv6 only, by their names."""
    pc1 = lab.node("pc1")
    for name, address in (("old4", lab.plan.old4.address4), ("new6", lab.plan.new6.address)):
        full = lab.plan[f"{name}.name"]
        found = both(lab, full)
        require(found, _("The DNS knows no address of {name}.", name=full))
        for one in found:
            require(
                one == ip_address(address),
                _(
                    "{address} stands in the DNS for {node}, which has not got it.",
                    address=one,
                    node=name,
                ),
            )
        unchanged(pc1.open_port(lab.node(name), found[0], WEB), name)


@must("M4", weight=20)
def the_cases_are_answered(lab):
    """The six cases of RFC 6724 are answered as the rules decide them."""
    for case in CASES:
        answer = lab.answers.any_address(case)
        require(
            answer == ordered(case)[0],
            _(
                "{question}: a host with the default policy table does not try {answer} first.",
                question=case,
                answer=answer,
            ),
        )


@must("M5", weight=10)
def pc1_decides_as_the_rfc_does(lab):
    """pc1 itself would decide the six cases like that."""
    table = selection.table(lab.node("pc1"))
    otherwise = [case for case in CASES if ordered(case, table) != ordered(case)]
    require(
        not otherwise,
        # Which case it is would tell its answer.
        _(
            "pc1 would decide {count} of the six cases otherwise: it does not order addresses as "
            "the RFC's table does.",
            count=len(otherwise),
        ),
    )


@must_not("N1", weight=10, deadline=HEARD)
def ipv4_is_not_preferred(lab):
    """Nothing on pc1 prefers IPv4 where both protocols would do."""
    table = selection.table(lab.node("pc1"))
    for name in ("app", "dns-r"):
        pair = [ip_address(lab.plan[f"{name}.address"]), ip_address(lab.plan[f"{name}.address4"])]
        own = [source(str(lab.plan.pc1.static)), source(str(lab.plan.pc1.address4))]
        require(
            order_destinations(pair, own, table)[0].version == 6,
            _(
                "Had pc1 both protocols, its programs would still take IPv4 to {node}: somebody "
                "told them so.",
                node=name,
            ),
        )
    control(
        has_global(lab),
        by="M1",
        message=_("pc1 has no global IPv6 address that it could prefer."),
    )


@must_not("N2", weight=10)
def no_name_loses_its_ipv4_address(lab):
    """No name loses its IPv4 address in the DNS."""
    answers = {name: asked(lab, lab.plan[f"{name}.name"], "A") for name in ("app", "old4", "dns-r")}
    for name, found in answers.items():
        expected = ip_address(lab.plan[f"{name}.address4"])
        require(
            expected in found,
            _("{address} of {node} is no longer in the DNS.", address=expected, node=name),
        )
    control(
        asked(lab, lab.plan.new6.name, "AAAA"),
        by="M3",
        message=_("The DNS server does not even know new6."),
    )


@still("S1", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before: DNS, the web pages of app and old4, and pings both ways."""
    pc1 = lab.node("pc1")
    answer = resolver.ask(pc1, lab.plan.servers.dns4, lab.plan.old4.name, "A")
    require(answer.addresses, _("dns-r no longer answers pc1 over IPv4."))
    for name in ("app", "old4"):
        pc1.open_port(lab.node(name), lab.plan[f"{name}.address4"], WEB)
        lab.node(name).ping(pc1, lab.plan.pc1.address4)
    pc1.ping(lab.node("dns-r"), lab.plan.servers.dns4)
