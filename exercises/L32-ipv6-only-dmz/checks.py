"""A DMZ without IPv4 behind a dual-stack front: who has IPv4 alone is served as before, whoever
comes is known by name, and nobody gets further than the published ports."""

from ipv6lab.expect import dmz
from ipv6lab.grading import must, must_not, still

LONG = 90  # seconds for what asks everybody for everything
LONGER = 180


def zone(lab):
    """Who offers what in the DMZ, and who asks for it."""
    return dmz.Zone(
        link="dmz",
        offers={"www": (80, 443), "ns1": (53,), "mx": (25,)},
        names=(lab.plan.www.name, lab.plan.agency.domain),
        domain=lab.plan.agency.domain,
        firewall="hq-fw",
        front="rproxy",
        old="cli4",
        new="cli6",
        admin="nms",
        relay="web-ext",
        log="/var/log/nginx/portal.log",
    )


# IPv4 is gone


@must("M1", weight=15)
def no_server_has_ipv4(lab):
    """No server of the DMZ has an IPv4 address or route, nor anybody an address on its link."""
    dmz.has_no_ipv4(lab, zone(lab))


# and every visitor is served


@must("M2", weight=15, deadline=LONG, needs="M1")
def the_portal_is_read(lab):
    """Who has IPv4 alone reads the portal, by both names, as everybody does over IPv6."""
    dmz.reads_the_portal(lab, zone(lab))


@must("M3", weight=15, deadline=LONG, needs="M1")
def names_are_resolved(lab):
    """Who has IPv4 alone gets every answer of the name server, over UDP and TCP."""
    dmz.resolves_names(lab, zone(lab))


@must("M4", weight=15, deadline=LONG, needs="M1")
def mail_arrives(lab):
    """Mail that is handed in over IPv4 gets to mx."""
    dmz.takes_mail(lab, zone(lab))


@must("M5", weight=10, deadline=LONG, needs="M1")
def ipv6_goes_straight(lab):
    """Who has IPv6 reaches the servers themselves, and not the front."""
    dmz.is_reached_natively(lab, zone(lab))


@must("M6", weight=15, deadline=LONG, needs="M2")
def the_log_knows_who_came(lab):
    """The portal's log names the true client, of either protocol."""
    dmz.knows_who_came(lab, zone(lab))


@must("M7", weight=10, deadline=LONG, needs=("M2", "M4"))
def large_things_get_through(lab):
    """Large pages, uploads and mails get through."""
    dmz.carries_large(lab, zone(lab))


@must("M8", weight=5, deadline=LONGER, needs=("M2", "M3", "M4", "M5", "M6"), ruins=True)
def all_works_after_a_reboot(lab):
    """After a reboot of firewall, front and servers all of this is so again."""
    dmz.comes_back(lab, zone(lab))


# Nobody gets further


@must_not("N1", weight=20, deadline=LONGER, alone=True)
def no_ipv4_in_the_dmz(lab):
    """The DMZ's link carries no IPv4 and no ARP, whoever asks for whatever."""
    dmz.speaks_no_ipv4(lab, zone(lab), by=("M2", "M3", "M4"))


@must_not("N2", weight=20, deadline=LONGER, alone=True)
def only_what_is_offered_is_open(lab):
    """Visitors get to the published ports and no further, and the front is no open proxy."""
    dmz.leads_nowhere_else(lab, zone(lab), by="M2")


@must_not("N3", weight=15, deadline=LONGER)
def nobody_is_one_of_us_by_the_front(lab):
    """What the agency's own machines may, no visitor may: relay mail, have the zone, edit pages."""
    dmz.trusts_no_visitor(lab, zone(lab), by="S3", mails="S2")


@must_not("N4", weight=15, deadline=LONGER)
def nobody_is_believed_but_the_front(lab):
    """What visitors and neighbours say of who they are changes nothing."""
    dmz.believes_nobody(lab, zone(lab), by="M6")


@must_not("N5", weight=15, deadline=LONGER)
def the_firewall_is_shut(lab):
    """Over IPv6 nothing else passes the firewall, whoever sends it."""
    dmz.passes_nothing_else(lab, zone(lab), opened="M5")


# What was there


@still("S1", weight=15, deadline=LONG)
def names_and_pages_are_as_before(lab):
    """Addresses of names, the certificate and the pages are what they were."""
    serial = int(lab.plan["secret.serial"], 16)
    dmz.offers_as_before(lab, zone(lab), lab.plan.agency.name, serial)


@still("S2", weight=15, deadline=LONG)
def mail_leaves(lab):
    """Mail of administrators and servers to others leaves by the provider's relay."""
    dmz.sends_mail_out(lab, zone(lab))


@still("S3", weight=15, deadline=LONG)
def administrators_are_served(lab):
    """From the management network servers, editors' pages and the whole zone are had."""
    dmz.serves_administrators(lab, zone(lab))
