"""What a domain needs that a client without IPv4 can use: records, servers that answer, a parent
that says where they are, and the way back from addresses to names."""

from ipaddress import ip_address

from ipv6lab.expect import dns, mail
from ipv6lab.grading import must, must_not, still

SERVERS = ("ns1", "ns2")
MACHINES = ("www", "mx", "ns1", "ns2")  # that have names; mx is an address of www's
# Who answers for what is published, on which port, and whether over IPv6: the portal, mail, name
# servers. The old reverse proxy has only IPv4.
SERVICES = {
    "": ("www", 80, True),
    "www": ("www", 80, True),
    "mx": ("www", 25, True),
    "ns1": ("ns1", 53, True),
    "ns2": ("ns2", 53, True),
    "rproxy": ("www", 80, False),
}
OVER6, OVER4 = dns.Asker("cli6", "outside"), dns.Asker("inet", "outside")
# Seconds: a secondary may be told twice (RFC 1996 section 3.6), and there is much to ask, which
# takes half a minute, or several times as long on a machine that has much else to do.
LONG = 180


def full(lab, name):
    """A name of the agency's zone, whose top is the empty one."""
    return f"{name}.{lab.plan.agency.domain}".lstrip(".")


def records(lab, family):
    """What each name has to lead to over IPv6, or has led to over IPv4 all the time."""
    field = "address" if family == 6 else "address4"
    return {
        full(lab, name): lab.plan[f"{name or 'www'}.{field}"]
        for name, (_machine, _port, over_ipv6) in SERVICES.items()
        if family == 4 or over_ipv6
    }


def zones(lab):
    return (lab.plan.agency.domain, lab.plan.agency.reverse)


def settled(lab):
    """Wait until the secondary has what the primary has; the client and root to go on with."""
    dns.settled(lab, SERVERS, zones(lab), ("cli6", "inet"))
    return {"client": "cli6", "root": lab.plan.vnnic.loopback}


def both_answer(lab):
    """Whether a server answers at all over IPv6 is for M1 to tell."""
    for server in SERVERS:
        dns.answering(lab, server, lab.plan.agency.domain, client="cli6", by="M1")


@must("M1", weight=25, deadline=LONG)
def both_servers_answer_over_ipv6(lab):
    """ns1 and ns2 answer over IPv6, by UDP and by TCP, with the IPv6 addresses of the zone."""
    settled(lab)
    for server in SERVERS:
        dns.answers(lab, server, records(lab, 6), asker=OVER6, aliases=[full(lab, "www")])


@must("M2", weight=20, deadline=LONG)
def a_client_without_ipv4_gets_there_from_the_root(lab):
    """cli6, which has no IPv4, finds www from the root on, by either name server."""
    asked = settled(lab)
    dns.found_from_the_root(lab, lab.plan.www.name, lab.plan.www.address, **asked)
    dns.delegated_with_glue(lab, lab.plan.agency.domain, **asked)


@must("M3", weight=20, deadline=LONG)
def addresses_lead_back_to_names(lab):
    """The addresses of www, mx, ns1 and ns2 have names, and these names have the addresses."""
    asked = settled(lab)
    dns.leads_back(lab, MACHINES, **asked)
    dns.names_nobody_else(lab, lab.plan.agency.prefix, lab.plan.dmz.prefix, **asked)


@must("M4", weight=10, deadline=LONG, alone=True)
def the_servers_stand_in_two_places(lab):
    """At least two name servers answer over IPv6, on two machines at two sites."""
    settled(lab)
    both_answer(lab)
    dns.at_several_sites(lab, lab.plan.agency.domain, server="ns1", client="cli6")
    for one, other in (SERVERS, SERVERS[::-1]):
        dns.answers_without(lab, one, lab.plan.agency.domain, without=[other], client="cli6")
    dns.copies_last(lab, SERVERS, lab.plan.agency.domain, client="cli6")


@must("M5", weight=10, deadline=LONG)
def parent_and_child_say_the_same(lab):
    """The parent and both servers, asked over IPv6, name the same name servers."""
    asked = settled(lab)
    both_answer(lab)
    dns.agreed_with_the_parent(lab, lab.plan.agency.domain, SERVERS, **asked)
    for zone in dns.reverse_zones(lab, ("www", "ns2"), lab.plan.agency.reverse, **asked):
        dns.agreed_with_the_parent(lab, zone, SERVERS, **asked)


@must("M6", weight=5, deadline=LONG)
def the_mail_server_may_send_over_ipv6(lab):
    """The domain's SPF record lets mx send mail over IPv6, as it lets it over IPv4."""
    asked = settled(lab)
    both_answer(lab)
    for server in SERVERS:
        mail.may_be_sent(
            lab,
            lab.plan.agency.domain,
            server=lab.plan[f"{server}.address"],
            by=(lab.plan.mx.address, lab.plan.mx.address4),
            within=(lab.plan.agency.prefix, lab.plan.agency.prefix4),
            **asked,
        )


@must("M7", weight=10, deadline=LONG)
def both_servers_hold_the_same(lab):
    """Both servers hold the same version of the zone and of the reverse zone, asked over IPv6."""
    asked = settled(lab)
    both_answer(lab)
    domain, reverse = zones(lab)
    dns.hold_the_same(
        lab, SERVERS, domain, client="cli6", asked={full(lab, name): "AAAA" for name in SERVICES}
    )
    pointers = [ip_address(str(lab.plan[f"{one}.address"])).reverse_pointer for one in MACHINES]
    for zone in {reverse, *dns.reverse_zones(lab, MACHINES, reverse, **asked)}:
        within = {pointer: "PTR" for pointer in pointers if pointer.endswith(zone)}
        dns.hold_the_same(lab, SERVERS, zone, client="cli6", asked=within, missing=zone == reverse)


@must_not("N1", weight=10, deadline=LONG)
def nothing_is_published_that_does_not_answer(lab):
    """No published IPv6 address leads to a service that does not answer."""
    settled(lab)
    services = {full(lab, name): behind for name, behind in SERVICES.items()}
    dns.publishes_only(lab, SERVERS, services, client="cli6", by="M1")


@must_not("N2", weight=5, deadline=LONG)
def nothing_is_published_that_nobody_can_reach(lab):
    """No address is published that does not hold in the whole Internet."""
    settled(lab)
    published = [full(lab, name) for name in SERVICES]
    dns.publishes_only_global(lab, SERVERS, published, client="cli6", by="M1")


@must_not("N3", weight=10, deadline=LONG)
def strangers_get_no_recursion(lab):
    """Neither server looks up other people's names for a stranger, over IPv6 or IPv4."""
    settled(lab)
    own, foreign = lab.plan.agency.domain, lab.plan.agency.parent_domain
    for server in SERVERS:
        dns.refuses_recursion(lab, server, own, foreign, asker=OVER6, by="M1")
        dns.refuses_recursion(lab, server, own, foreign, family=4, asker=OVER4, by="S1")


@must_not("N4", weight=10, deadline=LONG)
def strangers_get_no_transfer(lab):
    """Neither server gives a stranger a whole zone, over IPv6 or IPv4."""
    settled(lab)
    for server in SERVERS:
        dns.refuses_transfer(lab, server, zones(lab), asker=OVER6, by="M1")
        dns.refuses_transfer(lab, server, zones(lab), family=4, asker=OVER4, by="S1")


@still("S1", weight=15, deadline=LONG)
def ipv4_clients_see_no_difference(lab):
    """Clients with IPv4 get the same answers as before, from both servers and from the root."""
    settled(lab)
    for server in SERVERS:
        dns.answers(
            lab, server, records(lab, 4), family=4, asker=OVER4, kind="A", only=True,
            aliases=list(records(lab, 4)),
        )  # fmt: skip
        dns.mail_goes_to(
            lab, server, lab.plan.agency.domain, lab.plan.mx.name, client="inet", family=4
        )
    where = {"client": "inet", "root": lab.plan.vnnic.loopback4, "kind": "A"}
    dns.found_from_the_root(lab, lab.plan.www.name, lab.plan.www.address4, **where)
