"""What a DHCPv6 relay needs: a router that carries what hosts ask to a server in another VLAN and
says from which VLAN it comes, a server that has a pool for each, and nobody else who answers."""

from ipaddress import ip_network

from ipv6lab.expect import advertisement, dhcp, reach, relay
from ipv6lab.expect.advertisement import ANSWERED, SAID
from ipv6lab.expect.dhcp import LEASED, REBOOTED
from ipv6lab.grading import _, must, must_not, still

ASKED = 12  # seconds until every server on a link has been asked, on a busy machine
# The first and the last interface identifier of both pools, as the task says.
FIRST, LAST = 0x1000, 0x1FFF
VLANS = ("staff", "voip")


def pool(lab, vlan):
    """The first and the last address that may be leased in a VLAN."""
    network = ip_network(lab.plan[f"{vlan}.prefix"])
    return network[FIRST], network[LAST]


def leased(lab, name, vlan):
    """The address that a node has from its VLAN's pool."""
    first, last = pool(lab, vlan)
    return (
        lab.node(name)
        .wait_address(
            lambda one: one.address.version == 6 and first <= one.address <= last,
            _("{node} has no address from the pool of its VLAN.", node=name),
        )
        .address
    )


def relays(lab, vlan):
    prefix = lab.plan[f"{vlan}.prefix"]
    relay.relays(lab, vlan, "hq-core", server="dhcp", over="srv", prefix=prefix)


@must("M1", weight=20, deadline=ASKED)
def staff_is_relayed(lab):
    """hq-core relays what staff hosts ask to dhcp, and says that they are in the staff VLAN."""
    relays(lab, "staff")


@must("M2", weight=15, deadline=ASKED)
def voip_is_relayed(lab):
    """hq-core relays what VoIP hosts ask to dhcp, and says that they are in the VoIP VLAN."""
    relays(lab, "voip")


@must("M3", weight=15, deadline=2 * ASKED, needs="M1")
def a_new_staff_host_is_leased_an_address(lab):
    """A new host in the staff VLAN is leased an address from that VLAN's pool."""
    dhcp.leases_from_the_pool(lab, "staff", "hq-core", pool(lab, "staff"))


@must("M4", weight=15, deadline=2 * ASKED, needs="M2")
def a_new_voip_host_is_leased_an_address(lab):
    """A new host in the VoIP VLAN is leased an address from that VLAN's pool."""
    dhcp.leases_from_the_pool(lab, "voip", "hq-core", pool(lab, "voip"))


@must("M5", weight=10, deadline=2 * LEASED, needs=("M3", "M4"), alone=True)
def pc1_and_ph1_have_a_lease(lab):
    """pc1 and ph1 have addresses from their pools, and the server knows them as theirs."""
    for node, vlan in (("pc1", "staff"), ("ph1", "voip")):
        dhcp.holds_a_lease(lab, node, vlan, "hq-core", pool(lab, vlan))


@must("M6", weight=5, needs="M5")
def pc1_and_ph1_reach_each_other(lab):
    """pc1 and ph1 reach each other at their leased addresses, and both reach dhcp."""
    pc1, ph1, server = lab.node("pc1"), lab.node("ph1"), lab.node("dhcp")
    reach.uses(lab, pc1, ph1, leased(lab, "ph1", "voip"))
    reach.reaches(lab, ph1, pc1, leased(lab, "pc1", "staff"))
    for host in (pc1, ph1):
        reach.reaches(lab, host, server, lab.plan.dhcp.address)


@must("M7", weight=10, deadline=2 * ASKED, needs=("M3", "M4"))
def leases_are_renewed(lab):
    """Hosts in both VLANs that renew their leases keep their addresses."""
    for vlan in VLANS:
        dhcp.renews(lab, vlan, "hq-core")


@must("M8", weight=10, deadline=2 * ASKED, needs=("M3", "M4"))
def leases_come_with_dns_settings(lab):
    """Leases in both VLANs come with the DNS server and the search list."""
    for vlan in VLANS:
        dhcp.leases_come_with(
            lab, vlan, "hq-core", dns=lab.plan.servers.dns, search=lab.plan.agency.domain
        )


@must_not("N1", weight=10, deadline=2 * ASKED)
def questions_stay_on_their_link(lab):
    """What hosts ask everybody on their link is not seen on another link as it is."""
    relay.keeps_questions_on_their_link(lab, "staff", others=("srv", "voip"), by="M1")
    relay.keeps_questions_on_their_link(lab, "voip", others=("srv", "staff"), by="M2")


@must_not("N2", weight=15, deadline=2 * ASKED, alone=True)
def nobody_answers_in_place_of_dhcp(lab):
    """While dhcp cannot be reached, nobody answers hosts in its place."""
    relay.is_silent_without(lab, "staff", server="dhcp", by="M1")
    relay.is_silent_without(lab, "voip", server="dhcp", by="M2")


@must_not("N3", weight=10, deadline=ASKED)
def servers_are_leased_nothing(lab):
    """In the servers' VLAN nobody is leased an address."""
    relay.leases_nothing_on(lab, "srv", but_on="staff", by="M3")


@must_not("N4", weight=10, deadline=2 * ASKED)
def addresses_outside_the_pools_are_not_leased(lab):
    """Nothing outside a VLAN's pool is leased there, not even to a host that wishes for it."""
    for vlan, other, by in (("staff", "voip", "M3"), ("voip", "staff", "M4")):
        dhcp.leases_nothing_outside(
            lab,
            vlan,
            pool(lab, vlan),
            prefix=lab.plan[f"{vlan}.prefix"],
            in_use=(lab.plan[f"{vlan}.router"], lab.plan.dhcp.address, pool(lab, other)[0]),
            by=by,
        )


@still("S1", weight=10, deadline=2 * (SAID + ANSWERED))
def advertisements_are_as_before(lab):
    """hq-core still tells hosts of both VLANs to ask DHCPv6, and what is on their link."""
    for vlan in VLANS:
        advertisement.says(
            lab,
            vlan,
            "hq-core",
            managed=True,
            other=None,
            prefix=lab.plan[f"{vlan}.prefix"],
            autonomous=False,
            no_dns_but=lab.plan.servers.dns,
            no_search_but=lab.plan.agency.domain,
        )
        advertisement.answers_a_new_host(lab, vlan, "hq-core")


@still("S2", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before."""
    pc1, ph1, server = (lab.node(name) for name in ("pc1", "ph1", "dhcp"))
    reach.uses(lab, pc1, ph1, lab.plan.ph1.address4)
    reach.reaches(lab, pc1, server, lab.plan.dhcp.address4)
    reach.reaches(lab, server, ph1, lab.plan.ph1.address4)


@still("S3", weight=15, deadline=2 * REBOOTED + ASKED, needs=("M3", "M4"), ruins=True)
def all_works_after_a_reboot(lab):
    """After a reboot of hq-core and dhcp both VLANs are served, and leases are still known."""
    dhcp.remembers_its_leases(lab, "staff", "dhcp", relay="hq-core")
    relays(lab, "voip")
