"""What stateful DHCPv6 needs: a router that sends hosts to the server and lets none build an
address, a server that leases from its pool and keeps what it promised, and one address that is
always the same machine's."""

from ipaddress import ip_address, ip_network

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
from ipv6lab.probes.acts.flap import flap
from ipv6lab.probes.seen.dhcp6messages import STATUS_NAMES, link_layer_duid

# A router in a lab may advertise as seldom as every 10 s.
HEARD = 12
# Seconds until a client that was plugged in has heard its router (4.5) and its server (four
# messages with a delay of up to 1), and has checked the address for duplicates, on a busy machine.
LEASED = 11
# The first and the last interface identifier of the pool, as the task says.
POOL = 0x1000, 0x1FFF
# Some that are not in it: its neighbours on both sides, and one far off.
OUTSIDE = 0x0FFF, 0x2000, 0xCAFE
# What a host may build from a prefix that is advertised to it (RFC 4291 section 2.5.4, RFC 4193).
GLOBAL_UNICAST, UNIQUE_LOCAL = "2000::/3", "fc00::/7"
# Seconds that a machine takes to be switched off and on, until its services are started, and that
# a server then tries to open its socket while the link-local address is checked for duplicates.
REBOOTED = 25


@must("M1", weight=15, deadline=HEARD)
def hosts_are_sent_to_dhcpv6_for_addresses(lab):
    """hq-core sends hosts to DHCPv6 for addresses, and tells them what is on their link."""
    advertised = lab.link("staff").advertisements()
    require(advertised, _("No Router Advertisement is heard on {link}.", link="staff"))
    usable = [heard for heard in advertised if heard.advertisement.valid]
    if not usable:
        require_none(advertised[0].advertisement.flaws, lambda flaw: flaw)
    for heard in usable:
        ra = heard.advertisement
        require(
            heard.sender == "hq-core",
            _("{node} sends Router Advertisements on staff; it is no router.", node=heard.sender),
        )
        require(
            ra.lifetime > 0,
            _("hq-core says that it is no default router: its Router Lifetime is 0."),
        )
        require(
            ra.managed,
            _("hq-core does not tell hosts to ask DHCPv6 for addresses: the M flag is not set."),
        )
        prefix = require_any(
            ra.prefixes,
            lab.plan.staff.prefix,
            _("The advertisement does not carry the staff prefix."),
        )
        require(
            not prefix.autonomous,
            _("Hosts may build addresses from {prefix}: the A flag is set.", prefix=prefix),
        )
        require(
            prefix.on_link,
            _(
                "Hosts are not told that {prefix} is on their link: the L flag is not set.",
                prefix=prefix,
            ),
        )


@must("M2", weight=20, deadline=HEARD)
def a_new_host_is_leased_an_address(lab):
    """The server leases a new host an address from the pool, with sensible times."""
    with lab.link("staff").dhcp6_client() as client:
        reply = lease(lab, client)
    require_none(
        lab.link("staff").dhcp6().answers,
        lambda answer: _(
            "Not only dhcp answers as a DHCPv6 server on staff, but {node} too.", node=answer.node
        ),
        lambda answer: answer.node != "dhcp",
    )
    association = reply.message.associations[0]
    address = reply.message.addresses[0]
    require(
        in_pool(lab, address.address),
        _("The leased address {address} is not in the pool.", address=address.address),
    )
    times = {
        "t1": association.t1,
        "t2": association.t2,
        "preferred": address.preferred,
        "valid": address.valid,
    }
    require(
        address.preferred <= address.valid,
        _("The lease would be preferred for {preferred} s but valid for only {valid} s.", **times),
    )
    require(
        address.preferred > 0,
        _("The leased address is deprecated at once: preferred for 0 s."),
    )
    # 0 leaves both to the client (RFC 8415 section 21.4).
    require(
        association.t1 <= association.t2 <= address.preferred or not association.t2,
        _(
            "The times do not grow: T1 {t1} s, T2 {t2} s, preferred {preferred} s.",
            **times,
        ),
    )


def lease(lab, client):
    """The Reply that gives a client an address, by a whole exchange of four messages."""
    offer = client.solicit()
    if offer is None:
        require(
            lab.node("dhcp").listens(547),
            _("Nobody answers on staff, and no program on dhcp listens on UDP port 547."),
        )
    require(offer, _("A DHCPv6 server listens on dhcp, but offers nothing on staff."))
    require(
        offer.node == "dhcp",
        _("Not dhcp answers as a DHCPv6 server on staff, but {node}.", node=offer.node),
    )
    require(offer.message.addresses, _("The server answers, but has no address to offer."))
    reply = client.request(offer)
    require(reply, _("The server offers an address, but does not answer who takes it."))
    require(
        reply.message.addresses,
        _(
            "The server does not give what it offered: {status}.",
            status=", ".join(
                STATUS_NAMES.get(one.status, str(one.status)) for one in reply.message.associations
            ),
        ),
    )
    return reply


def in_pool(lab, address):
    """Whether an address is one of the pool's."""
    network = ip_network(lab.plan.staff.prefix)
    return network[POOL[0]] <= ip_address(address) <= network[POOL[1]]


@must("M3", weight=15, deadline=LEASED, needs="M2", alone=True)
def pc1_has_a_lease(lab):
    """pc1 has an address from the pool, and the server knows it as pc1's."""
    pc1 = lab.node("pc1")
    if not any(in_pool(lab, one.address) for one in pc1.addresses(family=6)):
        flap(pc1, "staff")
    address = pc1.wait_address(
        lambda one: one.address.version == 6 and in_pool(lab, one.address),
        _("pc1 has no address from the pool."),
    ).address
    mac = pc1.interface("staff").mac
    iaid = int(mac.replace(":", "")[-8:], 16)  # as dhcpcd builds it
    with lab.link("staff").dhcp6_client(link_layer_duid(mac), iaid) as client:
        reply = client.rebind([address])
    require(reply, _("The server does not know {address} as a lease of pc1.", address=address))
    require(
        reply.node == "dhcp",
        _("Not only dhcp answers as a DHCPv6 server on staff, but {node} too.", node=reply.node),
    )
    require_any(
        reply.message.addresses,
        lambda one: one.address == address,
        _("The server knows another address as the lease of pc1, not {address}.", address=address),
    )


@must("M4", weight=20, deadline=LEASED, needs="M2", alone=True)
def the_printer_has_its_address(lab):
    """The printer has the address that is reserved for it."""
    printer, reserved = lab.node("printer"), lab.plan.printer.address
    if reserved not in map(str, global_addresses(printer)):
        flap(printer, "staff")
    printer.wait_address(
        lambda one: str(one.address) == reserved,
        _("The printer does not get its address, {address}.", address=reserved),
    )


def global_addresses(node):
    """A node's IPv6 addresses of global scope."""
    return [one.address for one in node.addresses(family=6) if one.scope == "global"]


@must("M5", weight=10, needs=("M1", "M3", "M4"))
def pc1_reaches_printer_and_application(lab):
    """pc1 reaches the printer on the link itself, and the application through hq-core."""
    pc1, printer, app = lab.node("pc1"), lab.node("printer"), lab.node("app")
    ping = pc1.ping(printer, lab.plan.printer.address)
    require(
        ping.hops == 0 and ping.sent.destination_mac in printer.macs(),
        _("The packet from pc1 to the printer took the way through another node."),
    )
    pc1.ping(app, lab.plan.app.address)
    leased = next(one for one in global_addresses(pc1) if in_pool(lab, one))
    app.ping(pc1, leased)


@must("M6", weight=10, deadline=HEARD, needs="M2")
def a_lease_is_renewed(lab):
    """A host that renews its lease keeps its address."""
    with lab.link("staff").dhcp6_client() as client:
        given = lease(lab, client)
        again = client.renew(given)
    require(again, _("Nobody answers a host that renews its lease."))
    address = given.message.addresses[0].address
    require_any(
        again.message.addresses,
        lambda one: one.address == address,
        _("A host that renews its lease does not keep its address."),
    )


@must("M7", weight=10, deadline=HEARD, needs="M2")
def the_lease_comes_with_dns_settings(lab):
    """The lease comes with the DNS server and the search list."""
    with lab.link("staff").dhcp6_client() as client:
        told = lease(lab, client).message
    require(
        [str(one) for one in told.dns_servers] == [lab.plan.servers.dns],
        _(
            "The server names these DNS servers: {servers}.",
            servers=", ".join(map(str, told.dns_servers)) or "—",
        ),
    )
    require(
        lab.plan.agency.domain in told.search_list,
        _(
            "The search list is {domains}, without the agency's domain.",
            domains=", ".join(told.search_list) or "—",
        ),
    )


@must_not("N1", weight=20, deadline=HEARD)
def no_host_builds_an_address(lab):
    """A new host that speaks no DHCPv6 has no global address."""
    prefix = ip_network(lab.plan.staff.prefix)
    with lab.link("staff").fresh_host() as guest:
        # A kernel that has heard an advertisement learns routes and addresses from it at once.
        heard = guest.learns(
            lambda route: route.default or route.destination == prefix, lab.record.left()
        )
        address = guest.builds(GLOBAL_UNICAST, 1) or guest.builds(UNIQUE_LOCAL, 0)
    require(
        address is None,
        _(
            "A new host without DHCPv6 builds {address} from an advertisement.",
            address=address.address if address else "",
        ),
    )
    control(
        heard,
        by="M1",
        message=_(
            "A new host hears no advertisement, so that it builds no address proves nothing."
        ),
    )


@must_not("N2", weight=10, deadline=2 * HEARD)
def addresses_outside_the_pool_are_not_leased(lab):
    """No address outside the pool is leased, not even to a host that wishes for it."""
    in_use = [lab.plan.staff.router, lab.plan.dhcp.staff]
    free = [str(ip_network(lab.plan.staff.prefix)[identifier]) for identifier in OUTSIDE]
    with lab.link("staff").dhcp6_client() as client:
        for wish in in_use + free:
            if wish in in_use:
                reason = _("The server offers {address}, which is in use.", address=wish)
            else:
                reason = _("The server offers {address}, which is not in the pool.", address=wish)
            require(wish not in wished(client, wish), reason)


@must_not("N3", weight=15, deadline=HEARD)
def the_printers_address_is_the_printers(lab):
    """No other client gets the printer's address."""
    reserved = lab.plan.printer.address
    with lab.link("staff").dhcp6_client() as client:
        require(
            reserved not in wished(client, reserved),
            _("The server offers the printer's address {address} to another.", address=reserved),
        )


def wished(client, address):
    """What the server offers a client that wishes for an address; something, at least."""
    offer = client.solicit(hint=address)
    offered = [str(one.address) for one in offer.message.addresses] if offer else []
    control(
        offered,
        by="M2",
        message=_("The server offers no address at all, so what it withholds proves nothing."),
    )
    return offered


@still("S1", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before."""
    pc1, pc2, app = (lab.node(name) for name in ("pc1", "pc2", "app"))
    pc1.ping(app, lab.plan.app.address4)
    pc2.ping(lab.node("printer"), lab.plan.printer.address4)
    app.ping(pc1, lab.plan.pc1.address4)
    pc1.ping(lab.node("dhcp"), lab.plan.dhcp.staff4)


@still("S2", weight=10, deadline=REBOOTED + HEARD, needs="M2", ruins=True)
def leases_outlast_a_reboot(lab):
    """After a reboot dhcp leases again, and still knows who has what."""
    dhcp = lab.node("dhcp")
    with lab.link("staff").dhcp6_client() as client:
        leased = lease(lab, client).message.addresses[0].address
        lab.reboot(dhcp)
        with lab.link("staff").dhcp6_client() as other:
            offer = other.solicit(hint=leased, within=REBOOTED)
    if offer is None:
        require(
            dhcp.listens(547),
            _(
                "After a reboot of dhcp nobody answers on staff, and no program on dhcp listens "
                "on UDP port 547."
            ),
        )
    require(offer, _("After a reboot of dhcp a server listens, but offers nothing on staff."))
    require_none(
        offer.message.addresses,
        lambda one: _(
            "After a reboot the server knows nothing of its leases: it offers {address}, which a "
            "host has, to another.",
            address=one.address,
        ),
        lambda one: one.address == leased,
    )
