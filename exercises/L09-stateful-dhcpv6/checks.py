"""What stateful DHCPv6 needs: a router that sends hosts to the server and lets none build an
address, a server that leases from its pool and keeps what it promised, and one address that is
always the same machine's."""

from ipaddress import ip_network

from ipv6lab.expect import advertisement, dhcp, hosts, reach
from ipv6lab.expect.advertisement import ANSWERED, HEARD, SAID
from ipv6lab.expect.dhcp import LEASED, REBOOTED
from ipv6lab.grading import _, must, must_not, require, still

# The first and the last interface identifier of the pool, as the task says.
FIRST, LAST = 0x1000, 0x1FFF


def pool(lab):
    """The first and the last address that may be leased."""
    staff = ip_network(lab.plan.staff.prefix)
    return staff[FIRST], staff[LAST]


@must("M1", weight=15, deadline=SAID + ANSWERED)
def hosts_are_sent_to_dhcpv6_for_addresses(lab):
    """hq-core sends hosts to DHCPv6 for addresses, and tells them what is on their link."""
    advertisement.says(
        lab,
        "staff",
        "hq-core",
        managed=True,
        other=None,
        prefix=lab.plan.staff.prefix,
        autonomous=False,
        no_dns_but=lab.plan.servers.dns,
        no_search_but=lab.plan.agency.domain,
    )
    advertisement.answers_a_new_host(lab, "staff", "hq-core")


@must("M2", weight=20, deadline=2 * HEARD)
def a_new_host_is_leased_an_address(lab):
    """The server leases a new host an address from the pool, with sensible times."""
    dhcp.leases_from_the_pool(lab, "staff", "dhcp", pool(lab))


@must("M3", weight=15, deadline=LEASED, needs="M2", alone=True)
def pc1_has_a_lease(lab):
    """pc1 has an address from the pool, and the server knows it as pc1's."""
    dhcp.holds_a_lease(lab, "pc1", "staff", "dhcp", pool(lab))


@must("M4", weight=20, deadline=LEASED, needs="M2", alone=True)
def the_printer_has_its_address(lab):
    """The printer has the address that is reserved for it."""
    dhcp.has_its_reserved_address(lab, "printer", "staff", lab.plan.printer.address)


@must("M5", weight=10, needs=("M1", "M3", "M4"))
def pc1_reaches_printer_and_application(lab):
    """pc1 reaches the printer on the link itself, and the application through hq-core."""
    pc1, printer, app = lab.node("pc1"), lab.node("printer"), lab.node("app")
    ping = pc1.ping(printer, lab.plan.printer.address)
    require(
        ping.hops == 0 and ping.sent.destination_mac in printer.macs(),
        _("The packet from pc1 to the printer took the way through another node."),
    )
    reach.reaches(lab, app, pc1, reach.uses(lab, pc1, app, lab.plan.app.address).source)
    with dhcp.anybody_of(lab, "staff", pool(lab), router="hq-core") as host:
        reach.uses(lab, host, app, lab.plan.app.address)


@must("M6", weight=10, deadline=2 * HEARD, needs="M2")
def a_lease_is_renewed(lab):
    """A host that renews its lease keeps its address."""
    dhcp.renews(lab, "staff", "dhcp")


@must("M7", weight=10, deadline=2 * HEARD, needs="M2")
def the_lease_comes_with_dns_settings(lab):
    """The lease comes with the DNS server and the search list."""
    dhcp.leases_come_with(
        lab, "staff", "dhcp", dns=lab.plan.servers.dns, search=lab.plan.agency.domain
    )


@must_not("N1", weight=20, deadline=HEARD)
def no_host_builds_an_address(lab):
    """A new host that speaks no DHCPv6 has no global address."""
    hosts.new_host_builds_no_address(lab, "staff", by="M1")


@must_not("N2", weight=10, deadline=2 * HEARD)
def addresses_outside_the_pool_are_not_leased(lab):
    """No address outside the pool is leased, not even to a host that wishes for it."""
    dhcp.leases_nothing_outside(
        lab,
        "staff",
        pool(lab),
        prefix=lab.plan.staff.prefix,
        in_use=(lab.plan.staff.router, lab.plan.dhcp.staff, lab.plan.printer.address),
        by="M2",
    )


@must_not("N3", weight=15, deadline=2 * HEARD)
def the_printers_address_is_the_printers(lab):
    """No other client gets the printer's address."""
    dhcp.keeps_for_its_owner(lab, "staff", lab.plan.printer.address, by="M2")


@still("S1", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before."""
    pc1, pc2, app = (lab.node(name) for name in ("pc1", "pc2", "app"))
    reach.uses(lab, pc1, app, lab.plan.app.address4)
    pc2.ping(lab.node("printer"), lab.plan.printer.address4)
    reach.reaches(lab, app, pc1, lab.plan.pc1.address4)
    pc1.ping(lab.node("dhcp"), lab.plan.dhcp.staff4)


@still("S2", weight=10, deadline=REBOOTED + HEARD, needs="M2", ruins=True)
def leases_outlast_a_reboot(lab):
    """After a reboot dhcp leases again, and still knows who has what."""
    dhcp.remembers_its_leases(lab, "staff", "dhcp")
