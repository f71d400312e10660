"""Both protocols side by side: an address, a name, a way, and the order in which they are tried."""

from ipv6lab.expect import advertisement, dns, dualstack, reach
from ipv6lab.expect.advertisement import ANSWERED
from ipv6lab.grading import _, control, must, must_not, require, still

WEB = 80
LONG = 60  # seconds: an advertisement, duplicates, and many questions on a busy machine
STAFF = dns.Asker("pc1", "staff")

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


def names(lab, node):
    """How users call a server: by its whole name, and by the short one."""
    full = lab.plan[f"{node}.name"]
    return full, full.partition(".")[0]


def of(lab, node, *fields):
    """What the DNS has to say of a server."""
    return {lab.plan[f"{node}.name"]: [lab.plan[f"{node}.{field}"] for field in fields]}


def staff(lab):
    """Where pc1's advertisements come from, and what is advertised."""
    return {"link": "staff", "prefix": lab.plan.staff.prefix}


def resolved(lab, records, **what):
    """dns-r tells it everybody in the staff VLAN, over the protocols that pc1 has so far."""
    families = (6, 4) if dualstack.has_advertised_address(lab, "pc1", **staff(lab)) else (4,)
    dns.resolves(lab, "dns-r", records, asker=STAFF, families=families, **what)


@must("M1", weight=25, deadline=LONG + ANSWERED)
def pc1_has_an_address_of_each_protocol(lab):
    """pc1 has an IPv4 address and a global IPv6 address, and uses no local one (ULA) any more."""
    advertisement.says(
        lab, "staff", "hq-core", prefix=lab.plan.staff.prefix, deprecated=dualstack.LOCAL,
        managed=None, other=None,
    )  # fmt: skip
    advertisement.answers_a_new_host(lab, "staff", "hq-core")
    dualstack.has_one_address_of_each(lab, "pc1", address4=lab.plan.pc1.address4, **staff(lab))


@must("M2", weight=25, deadline=LONG)
def the_application_is_reached_over_ipv6(lab):
    """By its name pc1 finds the application's IPv6 address, tries it first, and gets through."""
    app = of(lab, "app", "address", "address4")
    resolved(lab, app, kinds=["AAAA"])
    dualstack.advertised_address(lab, "pc1", **staff(lab))
    dualstack.reaches_by_name(lab, "pc1", "app", names=names(lab, "app"), family=6, port=WEB)
    dualstack.servers_agree(lab, "pc1", app, kinds=["AAAA"])


@must("M3", weight=20, deadline=LONG)
def the_others_are_reached_by_name(lab):
    """pc1 reaches old4, which has IPv4 only, and new6, which has IPv6 only, by their names."""
    for name, family, field in (("old4", 4, "address4"), ("new6", 6, "address")):
        records = of(lab, name, field)
        resolved(lab, records)
        dualstack.reaches_by_name(lab, "pc1", name, names=names(lab, name), family=family, port=WEB)
        dualstack.servers_agree(lab, "pc1", records)
    reach.uses(lab, lab.node("pc1"), lab.node("new6"), lab.plan.new6.address)


@must("M4", weight=20)
def the_cases_are_answered(lab):
    """The six cases of RFC 6724 are answered as the rules decide them."""
    for case in CASES:
        answer = lab.answers.any_address(case)
        require(
            answer == dualstack.ordered(CASES[case])[0],
            _(
                "{question}: a host with the default policy table does not try {answer} first.",
                question=case,
                answer=answer,
            ),
        )


@must("M5", weight=10)
def pc1_decides_as_the_rfc_does(lab):
    """pc1 itself would decide the six cases like that."""
    dualstack.orders_as_the_rules_say(lab, "pc1", CASES)


@must_not("N1", weight=10, deadline=LONG)
def ipv4_is_not_preferred(lab):
    """Nothing on pc1 prefers IPv4 where both protocols would do."""
    dualstack.does_not_prefer_ipv4(
        lab, "pc1", "app", "dns-r", own=[lab.plan.pc1.static, lab.plan.pc1.address4], by="M1",
        **staff(lab),
    )  # fmt: skip


@must_not("N2", weight=10, deadline=LONG)
def no_name_loses_its_ipv4_address(lab):
    """No name loses its IPv4 address in the DNS."""
    for name in ("app", "old4", "dns-r"):
        records = of(lab, name, "address4")
        dns.resolves(lab, "dns-r", records, asker=STAFF, families=[4], kinds=["A"])
    control(
        dns.knows(lab, "dns-r", lab.plan.new6.name, client="pc1"),
        by="M3",
        message=_("The DNS server does not even know new6."),
    )


@still("S1", weight=10, deadline=LONG)
def ipv4_works_as_before(lab):
    """IPv4 works as before: DNS, the web pages of app and old4, and pings both ways."""
    old4, pc1 = of(lab, "old4", "address4"), lab.node("pc1")
    dns.resolves(lab, "dns-r", old4, asker=STAFF, families=[4], kinds=["A"])
    reach.uses(lab, pc1, lab.node("app"), lab.plan.app.address4)
    for name in ("app", "old4"):
        pc1.open_port(lab.node(name), lab.plan[f"{name}.address4"], WEB)
        reach.reaches(lab, lab.node(name), pc1, lab.plan.pc1.address4)
    reach.reaches(lab, pc1, lab.node("dns-r"), lab.plan.servers.dns4)
