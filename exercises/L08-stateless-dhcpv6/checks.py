"""What stateless DHCPv6 needs: a router that sends hosts to it, a server that answers them, hosts
that heard the answer, and a DNS server that is there where it says."""

from ipaddress import ip_network

from ipv6lab.expect import advertisement, dhcp, dns, hosts
from ipv6lab.expect.advertisement import ANSWERED, HEARD, SAID
from ipv6lab.expect.dhcp import LEARNT
from ipv6lab.expect.dns import Asker
from ipv6lab.grading import _, must, must_not, note, require, still

PCS = ("pc1", "pc2")
# Seconds until all on the way know their neighbours, on a busy machine.
SETTLED = 8


@must("M1", weight=25, deadline=SAID + ANSWERED)
def hosts_are_sent_to_dhcpv6_for_other_settings(lab):
    """hq-core tells hosts to build their addresses, and to ask DHCPv6 for other settings only."""
    advertisement.says(
        lab,
        "staff",
        "hq-core",
        managed=False,
        other=True,
        prefix=lab.plan.staff.prefix,
        no_dns_but=lab.plan.servers.dns,
        no_search_but=lab.plan.agency.domain,
    )
    advertisement.answers_a_new_host(lab, "staff", "hq-core")


@still("S1", weight=20, deadline=HEARD + SETTLED)
def slaac_works_as_before(lab):
    """A new host and the PCs have an address by SLAAC, and reach the servers over IPv6."""
    hosts.new_host_builds_an_address(lab, "staff", lab.plan.staff.prefix)
    for name in PCS:
        ping = lab.node(name).ping(lab.node("dns-r"), lab.plan.servers.dns, SETTLED)
        require(
            ping.source in ip_network(lab.plan.staff.prefix),
            _("{node} sends from {address}.", node=name, address=ping.source),
        )


@must("M2", weight=35, deadline=HEARD + 8)
def the_server_hands_out_dns_settings(lab):
    """A DHCPv6 server on the staff LAN answers with the DNS server and the search list."""
    dhcp.tells_settings(
        lab,
        "staff",
        "hq-core",
        dns=lab.plan.servers.dns,
        search=lab.plan.agency.domain,
        least_refresh=dhcp.LEAST_REFRESH,
    )


@must("M3", weight=20, deadline=LEARNT, alone=True)
def the_pcs_know_the_dns_server(lab):
    """pc1 and pc2 have learnt the DNS server and the agency's domain."""
    dhcp.learn_settings(
        lab, *PCS, link="staff", dns=lab.plan.servers.dns, search=lab.plan.agency.domain
    )


@must("M4", weight=20, needs=("S1", "M3"))
def names_are_resolved_over_ipv6(lab):
    """dns-r resolves www over IPv6: for the PCs with what they have learnt, and for the branch."""
    www = {f"www.{lab.plan.agency.domain}": [lab.plan.www.address]}
    branch = lab.plan["br-pc1.static"]
    for pc in PCS:
        asker = Asker(pc, "staff")
        dns.resolves(lab, "dns-r", www, asker=asker, families=(6,), kinds=("AAAA",), also=(branch,))


@note("M5", deadline=HEARD, needs="M2")
def a_time_server_is_handed_out(lab):
    """The server hands out a time server too."""
    dhcp.tells_a_time_server(lab, "staff")


@must_not("N1", weight=15, deadline=2 * HEARD)
def dhcpv6_gives_no_address(lab):
    """No address comes from DHCPv6."""
    dhcp.leases_no_address(lab, "staff", *PCS, prefix=lab.plan.staff.prefix, by="M2")


@must_not("N2", weight=10)
def nobody_else_is_served(lab):
    """dns-r looks up names for nobody outside of the agency, over IPv6 as little as over IPv4."""
    plan = lab.plan
    for family, by in ((6, "M4"), (4, "S2")):
        dns.refuses_recursion(
            lab,
            "dns-r",
            plan.agency.domain,
            plan.agency.parent_domain,
            family=family,
            asker=Asker("pc1", "staff"),
            inside=(plan.hq.prefix4, plan["br-dn.prefix4"]),
            by=by,
        )


@still("S2", weight=15)
def ipv4_works_as_before(lab):
    """IPv4 works as before, and so does DNS over it."""
    www = {f"www.{lab.plan.agency.domain}": [lab.plan.www.address4]}
    for name in PCS:
        lab.node(name).ping(lab.node("dns-r"), lab.plan.servers.dns4)
        dns.resolves(lab, "dns-r", www, asker=Asker(name, "staff"), families=(4,), kinds=("A",))
