"""What a portal needs that is to be the same over IPv6 as over IPv4: it is found, reached, equal,
and as well protected; whoever asked is written down; and nobody with IPv4 notices anything."""

from ipv6lab.expect import places, shut, web
from ipv6lab.grading import must, must_not, still

LONG = 300  # seconds for a check on the lab kernel, whose one processor does all the encryption
PORTAL = (80, 443, 8443)  # its ports, for everybody
MONITOR = 9100  # of www, for the DMZ alone
RECORDS = web.Records(log="/var/log/nginx/portal.log", place="/dvc/", behind="old4", link="srv")
EDITORS = {"network": "management", "link": "mgmt", "inside": "nms"}
HEADERS = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}
PARTS = {"/", "/style.css", "/anh/logo.svg", "/anh/hoa-van.svg"}
# Who stands behind the firewall, and what of it is for everybody beside the portal.
BEHIND = {"www": {}, "rproxy": {}, "ns1": {"tcp": (53,), "udp": (53,)}, "nms": {}}


def portal(lab):
    return web.Site(
        names=(lab.plan.agency.domain, lab.plan.www.name),
        clients=((6, "cli6"), (4, "cli4")),
        network="outside",
        server="ns1",
        found="M1",
        before="S1",
        plain=PORTAL[:1],
        secure=PORTAL[1:],
    )


# It is found and reached


@must("M1", weight=10, deadline=LONG)
def the_portal_has_an_ipv6_address(lab):
    """Both names of the portal have an IPv6 address that holds in the whole Internet."""
    web.has_global_addresses(lab, portal(lab))


@must("M2", weight=15, deadline=LONG)
def the_portal_is_reached(lab):
    """cli6, which has no IPv4, reaches ports 80 and 443 at every published address."""
    web.reached(lab, portal(lab))


@must("M3", weight=10, deadline=LONG, needs="M2")
def what_ipv4_has_ipv6_has(lab):
    """Every port of the portal that is open over IPv4 is open over IPv6."""
    web.same_ports(lab, portal(lab), ["www", "rproxy"])


# It is the same


@must("M4", weight=15, deadline=LONG, needs="M2")
def the_portal_is_the_same(lab):
    """Both names give over IPv6 the pages that they give over IPv4, large ones too."""
    web.same_answers(lab, portal(lab), RECORDS.place)


@must("M5", weight=10, deadline=LONG, needs="M2")
def the_way_to_https_works(lab):
    """Over IPv6, HTTP leads to HTTPS at the same name and path, and there is the page."""
    web.leads_to_https(lab, portal(lab), RECORDS.place)


@must("M6", weight=5, deadline=LONG, needs="M2")
def the_certificate_is_the_same(lab):
    """Over IPv6 the portal shows the certificate that it shows over IPv4, valid for both names."""
    web.same_certificate(lab, portal(lab), RECORDS.place)


@must("M7", weight=15, deadline=LONG, needs="M2")
def visitors_are_written_down(lab):
    """The portal's log and the old application learn the IPv6 address of who asks."""
    web.visitors_are_recorded(lab, portal(lab), RECORDS)


@must("M8", weight=10, deadline=LONG, needs="M2")
def the_whole_page_loads(lab):
    """cli6 loads the page with all that belongs to it, though it has no IPv4."""
    web.whole_page_loads(lab, portal(lab), 6)


@must("M9", weight=5, deadline=LONG, needs="M2")
def the_bare_address_leads_there(lab):
    """Whoever types the IPv6 address instead of a name comes to the portal, too."""
    web.bare_address_leads_there(lab, portal(lab))


@must("M10", weight=5, deadline=LONG, needs="M2")
def editors_get_in_and_others_do_not(lab):
    """Over IPv6 too, /quantri/ opens for the whole management VLAN and for nobody else."""
    web.open_to_one_network(lab, portal(lab), "/quantri/", **EDITORS)


# It is as well protected


def nothing_else_is_open(lab, family, opened):
    """Through the firewall one gets to the portal and to the name server, and nowhere else."""
    site, client = portal(lab), portal(lab).client(lab, family).name
    on = {one for name in site.names for one in web.addresses(lab, site, name, family)}
    for target, ports in BEHIND.items():
        for address in web.held(lab, target, family):
            allowed = {**ports, "tcp": PORTAL} if address in on else ports
            # Behind another machine that is published, it need not be open itself.
            perhaps = PORTAL if target == "www" else ()
            shut.but_for(lab, client, target, address, opened=opened, perhaps=perhaps, **allowed)


@must_not("N1", weight=20, deadline=LONG)
def nothing_is_open_over_ipv6_alone(lab):
    """Over IPv6 nothing behind the firewall is open to the Internet but portal and name server."""
    web.published(lab, portal(lab))
    nothing_else_is_open(lab, 6, opened="M2")
    cli6 = lab.node("cli6")
    shut.strangers_get_no_further(lab, cli6, lab.node("www"), lab.plan.www.address, opened="M2")
    with (
        places.new_host(lab, "dmz") as server,
        places.new_host(lab, "srv", "servers") as inside,
        places.new_host(lab, "mgmt", "management") as editor,
    ):
        shut.to_new_hosts(lab, cli6, (server, inside, editor), opened="M2")
    shut.takes_nothing(lab, "cli6", "hq-fw", lab.plan.outside.router)


@must_not("N2", weight=10, deadline=LONG)
def the_firewall_is_no_portal(lab):
    """No address of the firewall itself answers for the portal."""
    web.not_at(lab, portal(lab), "hq-fw", by="M2")


# And nobody with IPv4 notices anything


@still("S1", weight=20, deadline=LONG)
def ipv4_works_as_before(lab):
    """Over IPv4 the portal, its log, its protection and the DMZ's own port are as before."""
    site = portal(lab)
    web.shows(lab, site, lab.plan.agency.name)
    web.bare_address_leads_there(lab, site, 4)
    web.visitors_are_recorded(lab, site, RECORDS, 4)
    web.keeps_headers(lab, site, HEADERS, "/quantri/")
    web.takes_forms(lab, site, RECORDS.place)
    web.open_to_one_network(lab, site, "/quantri/", family=4, **EDITORS)
    nothing_else_is_open(lab, 4, opened="S1")
    shut.but_for(lab, "cli4", "old4", lab.plan.old4.address4, opened="S1")
    shut.takes_nothing(lab, "cli4", "hq-fw", lab.plan.outside.router4)
    for family in (6, 4):
        web.answers_at(lab, "ns1", "www", places.address_of(lab, "www", family), MONITOR)


@still("S2", weight=10, deadline=LONG)
def a_client_without_ipv6_gets_all(lab):
    """cli4 loads the page with all that belongs to it, though it has no IPv6."""
    web.whole_page_loads(lab, portal(lab), 4, PARTS)
