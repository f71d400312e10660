"""What a domain needs that a client without IPv4 can use: records, servers that answer, a parent
that says where they are, and the way back from addresses to names."""

import secrets
import time
from ipaddress import IPv6Network, ip_address, ip_network

from ipv6lab.expect import mail
from ipv6lab.grading import (
    Blocked,
    Failed,
    _,
    control,
    must,
    must_not,
    require,
    require_none,
    still,
)
from ipv6lab.probes.asks import names

SERVERS = ("ns1", "ns2")
# Who answers for what is published, and on which port: the portal, mail, name servers. The old
# reverse proxy has only IPv4.
SERVICES = {"": 80, "www": 80, "mx": 25, "ns1": 53, "ns2": 53, "rproxy": 80}
WITH_IPV6 = ("", "www", "mx", "ns1", "ns2")
# What an NS or MX record names may be none (RFC 2181 section 10.3), nor may a zone's top.
MAY_BE_ALIASES = ("www",)
MACHINES = {"": "www", "mx": "www", "rproxy": "www"}  # where that is another than the name says
MACHINES_WITH_NAMES = ("www", "mx", "ns1", "ns2")
SITE = 52  # bits of a location's prefix
# A secondary is told of a change and asks for it in about a second; told once more after 15 where
# it was not there yet (RFC 1996 section 3.6).
TRANSFERRED = 20
AGAIN = 0.3  # seconds


def full(lab, name):
    """A name of the agency's zone, whose top is the empty one."""
    return f"{name}.{lab.plan.agency.domain}".lstrip(".")


def zones(lab):
    return (lab.plan.agency.domain, lab.plan.agency.reverse)


def serial(client, address, zone):
    found = names.query(client, address, zone, "SOA").records("SOA")
    return found[0].serial if found else None


def held(lab, server, zone):
    """The version of a zone that a server has, over whichever family it answers; None if none."""
    for client, key in (("cli6", "address"), ("inet", "address4")):
        try:
            return serial(lab.node(client), lab.plan[f"{server}.{key}"], zone)
        except Failed:
            continue
    return None


def settled(lab):
    """Give the secondary the time to fetch what the primary has; cli6, who asks from outside."""
    until = lab.record.until(TRANSFERRED)
    with lab.record.waiting(_("waiting for both name servers to hold the same zone")):
        for zone in zones(lab):
            while held(lab, "ns1", zone) != held(lab, "ns2", zone) and time.monotonic() < until:
                time.sleep(AGAIN)  # a transfer between two nodes tells nobody else of its end
    return lab.node("cli6")


def must_answer(lab, client, *servers):
    """Block the check where a server does not answer over IPv6 at all: that is for M1 to tell."""
    for server in servers:
        if answered_by(client, lab.plan[f"{server}.address"], lab.plan.agency.domain) is None:
            raise Blocked(
                "M1",
                _("{server} does not answer over IPv6, so this cannot be judged.", server=server),
            )


def published(lab, client, name):
    """The IPv6 addresses that either server publishes for a name; none where it is silent."""
    found = {}
    for server in SERVERS:
        try:
            reply = names.query(client, lab.plan[f"{server}.address"], full(lab, name))
        except Failed:
            continue
        for record in reply.records("AAAA"):
            found[ip_address(record.address)] = server
    return found


@must("M1", weight=25, deadline=40)
def both_servers_answer_over_ipv6(lab):
    """ns1 and ns2 answer over IPv6, by UDP and by TCP, with the IPv6 addresses of the zone."""
    client = settled(lab)
    for server in SERVERS:
        address = lab.plan[f"{server}.address"]
        for tcp in (False, True):
            for name in WITH_IPV6:
                reply = names.query(client, address, full(lab, name), tcp=tcp)
                right_server(reply, server, full(lab, name))
                wanted = lab.plan[f"{name or 'www'}.address"]
                # An alias leads to other names' records (RFC 1034 section 3.6.2).
                owner = None if name in MAY_BE_ALIASES else full(lab, name)
                found = reply.records("AAAA", owner)
                require(
                    found,
                    _(
                        "{server} has no AAAA record for {name}.",
                        server=server,
                        name=full(lab, name),
                    ),
                )
                require(
                    ip_address(wanted) in [ip_address(one.address) for one in found],
                    _(
                        "{server} gives {name} the address {address}, which is not that machine's.",
                        server=server,
                        name=full(lab, name),
                        address=found[0].address,
                    ),
                )


def right_server(reply, server, name):
    """The answer comes from the machine that it should come from, and with authority."""
    require(
        reply.node == server,
        _(
            "{node} answers at {address}, which is the address of {server}.",
            node=reply.node or "?",
            address=reply.server,
            server=server,
        ),
    )
    require(
        reply.code == "NOERROR",
        _(
            "{server} is asked for {name} over IPv6 and answers {code}.",
            server=server,
            name=name,
            code=reply.code,
        ),
    )
    require(
        reply.authoritative,
        _(
            "{server} answers for {name} without authority: AA is not set.",
            server=server,
            name=name,
        ),
    )


@must("M2", weight=20, deadline=40)
def a_client_without_ipv4_gets_there_from_the_root(lab):
    """cli6, which has no IPv4, finds www from the root on, by either name server."""
    client = settled(lab)
    domain = lab.plan.agency.domain
    walker = names.Walker(client, [lab.plan.vnnic.loopback])
    found = walker.resolve(lab.plan.www.name).reply
    addresses = [ip_address(one.address) for one in found.records("AAAA")]
    require(
        ip_address(lab.plan.www.address) in addresses,
        _("From the root on, {name} has no IPv6 address of the portal.", name=lab.plan.www.name),
    )
    # Each server has to be found without the other: one of them may be down tomorrow.
    parent = walker.delegation(domain)
    for server in parent.servers:
        if not server.endswith(f".{domain}"):
            continue  # its addresses are for another zone to say
        glue = [one for one in parent.glue.get(server, ()) if one.version == 6]
        require(
            glue,
            _(
                "The parent of {zone} gives no IPv6 address (glue) for its name server {server}.",
                zone=domain,
                server=server,
            ),
        )
        for address in glue:
            reply = names.query(client, address, domain, "SOA")
            require(
                reply.authoritative,
                _(
                    "The parent of {zone} says that {server} is at {address}; whoever answers "
                    "there is no name server of that zone.",
                    zone=domain,
                    server=server,
                    address=address,
                ),
            )
            known = names.query(client, address, server).records("AAAA", server)
            require(
                not known or address in [ip_address(one.address) for one in known],
                _(
                    "The parent of {zone} says that {server} is at {address}; the zone itself "
                    "says something else.",
                    zone=domain,
                    server=server,
                    address=address,
                ),
            )


@must("M3", weight=20, deadline=40)
def addresses_lead_back_to_names(lab):
    """The addresses of www, mx, ns1 and ns2 have names, and these names have the addresses."""
    client = settled(lab)
    walker = names.Walker(client, [lab.plan.vnnic.loopback])
    for machine in MACHINES_WITH_NAMES:
        address = ip_address(lab.plan[f"{machine}.address"])
        found = walker.resolve(address.reverse_pointer, "PTR").reply.records("PTR")
        require(
            found,
            _("{address}, the address of {node}, has no name.", address=address, node=machine),
        )
        for record in found:
            name = names.plain(record.target)
            back = walker.resolve(name).reply.records("AAAA")
            require(
                address in [ip_address(one.address) for one in back],
                _(
                    "{address} has the name {name}, but that name does not have this address.",
                    address=address,
                    name=name,
                ),
            )


@must("M4", weight=10, deadline=40)
def the_servers_stand_in_two_places(lab):
    """At least two name servers answer over IPv6, on two machines at two sites."""
    client = settled(lab)
    must_answer(lab, client, *SERVERS)
    domain = lab.plan.agency.domain
    places = {}
    for server in children(lab, client, "ns1"):
        reply = names.query(client, lab.plan.ns1.address, server)
        for record in reply.records("AAAA"):
            answer = names.query(client, record.address, domain, "SOA")
            right_server(answer, answer.node, domain)
            places[ip_network(f"{record.address}/{SITE}", strict=False)] = answer.node
    require(
        len(places) > 1,
        _("Over IPv6, all name servers of {zone} stand at one site.", zone=domain),
    )
    require(
        len(set(places.values())) > 1,
        _("Over IPv6, one machine answers for all name servers of {zone}.", zone=domain),
    )


def children(lab, client, server, zone=None):
    """The names of a zone's name servers, as one of them says; of the agency's without `zone`."""
    zone = zone or lab.plan.agency.domain
    reply = names.query(client, lab.plan[f"{server}.address"], zone, "NS")
    return {names.plain(one.target) for one in reply.records("NS")}


@must("M5", weight=10, deadline=40)
def parent_and_child_say_the_same(lab):
    """The parent and both servers, asked over IPv6, name the same name servers."""
    client = settled(lab)
    must_answer(lab, client, *SERVERS)
    domain = lab.plan.agency.domain
    walker = names.Walker(client, [lab.plan.vnnic.loopback])
    parent = set(walker.delegation(domain).servers)
    for server in SERVERS:
        child = children(lab, client, server)
        require(
            child == parent,
            _(
                "{server} names {child} as the name servers of {zone}, the parent names {parent}.",
                server=server,
                child=", ".join(sorted(child)) or "—",
                zone=domain,
                parent=", ".join(sorted(parent)),
            ),
        )
        for name in child:
            reply = names.query(client, lab.plan[f"{server}.address"], name)
            require(
                not reply.records("CNAME", name),
                _("{name} is an alias (CNAME), and a name server may not be one.", name=name),
            )
    for machine in ("www", "ns2"):
        reverse_is_delegated_to_both(lab, client, walker, lab.plan[f"{machine}.address"])


def reverse_is_delegated_to_both(lab, client, walker, address):
    """The parent of an address's reverse zone names the name servers that this zone names.

    Whether there is one, and whether both servers have it, is for M3 and M7 to tell.
    """
    try:
        referrals = walker.resolve(ip_address(address).reverse_pointer, "PTR").referrals
    except Failed:
        return
    if not referrals or not referrals[-1].zone.endswith(lab.plan.agency.reverse):
        return
    zone, parent = referrals[-1].zone, set(referrals[-1].servers)
    for server in SERVERS:
        child = children(lab, client, server, zone)
        require(
            not child or child == parent,
            _(
                "{server} names {child} as the name servers of {zone}, the parent names {parent}.",
                server=server,
                child=", ".join(sorted(child)),
                zone=zone,
                parent=", ".join(sorted(parent)),
            ),
        )


@must("M6", weight=5, deadline=40)
def the_mail_server_may_send_over_ipv6(lab):
    """The domain's SPF record lets mx send mail over IPv6, as it lets it over IPv4."""
    client = settled(lab)
    must_answer(lab, client, *SERVERS)
    for server in SERVERS:
        mail.may_be_sent(
            lab,
            lab.plan.agency.domain,
            server=lab.plan[f"{server}.address"],
            by=(lab.plan.mx.address, lab.plan.mx.address4),
            within=(lab.plan.agency.prefix, lab.plan.agency.prefix4),
            client="cli6",
            root=lab.plan.vnnic.loopback,
        )


@must("M7", weight=10, deadline=40)
def both_servers_hold_the_same(lab):
    """Both servers hold the same version of the zone and of the reverse zone, asked over IPv6."""
    client = settled(lab)
    must_answer(lab, client, *SERVERS)
    for zone in zones(lab):
        version = {}
        for server in SERVERS:
            version[server] = serial(client, lab.plan[f"{server}.address"], zone)
        if zone == lab.plan.agency.reverse and set(version.values()) == {None}:
            continue  # delegated in smaller pieces, which M3 resolves
        require(
            version["ns1"] is not None and version["ns1"] == version["ns2"],
            _(
                "ns1 holds version {first} of {zone}, and ns2 version {second}.",
                first="—" if version["ns1"] is None else version["ns1"],
                second="—" if version["ns2"] is None else version["ns2"],
                zone=zone,
            ),
        )
        for name in SERVICES if zone == lab.plan.agency.domain else ():
            both = [
                sorted(names.query(client, lab.plan[f"{s}.address"], full(lab, name)).addresses())
                for s in SERVERS
            ]
            require(
                both[0] == both[1],
                _(
                    "ns1 and ns2 both hold version {serial} of {zone}, and differ in the addresses "
                    "of {name}.",
                    serial=version["ns1"],
                    zone=zone,
                    name=full(lab, name),
                ),
            )
        for machine in MACHINES_WITH_NAMES if zone == lab.plan.agency.reverse else ():
            both = [names_of(lab, client, server, machine) for server in SERVERS]
            require(
                both[0] == both[1],
                _(
                    "ns1 and ns2 both hold version {serial} of {zone}, and differ in the name of "
                    "{address}.",
                    serial=version["ns1"],
                    zone=zone,
                    address=lab.plan[f"{machine}.address"],
                ),
            )


def names_of(lab, client, server, machine):
    """The names that a server has for a machine's address."""
    pointer = ip_address(lab.plan[f"{machine}.address"]).reverse_pointer
    reply = names.query(client, lab.plan[f"{server}.address"], pointer, "PTR")
    return sorted(names.plain(one.target) for one in reply.records("PTR"))


@must_not("N1", weight=10, deadline=40)
def nothing_is_published_that_does_not_answer(lab):
    """No published IPv6 address leads to a service that does not answer."""
    client = settled(lab)
    answered = False
    # Of a name that nobody thought of, only a wildcard publishes an address.
    unknown = f"x{secrets.token_hex(4)}"
    for name, port in {**SERVICES, unknown: 80}.items():
        for address in published(lab, client, name):
            require(
                name in WITH_IPV6 or name == unknown,
                _(
                    "{name} has the address {address}, but that service has no IPv6.",
                    name=full(lab, name),
                    address=address,
                ),
            )
            if port == names.PORT:  # over TCP as well, but that is for M1 to tell
                right_server(
                    names.query(client, address, full(lab, ""), "SOA"), name, full(lab, "")
                )
            else:
                machine = "www" if name == unknown else MACHINES.get(name, name)
                client.open_port(lab.node(machine), address, port, within=2)
            answered = True
    control(
        answered,
        by="M1",
        message=_("No IPv6 address is published yet, so none can be tried."),
    )


@must_not("N2", weight=5, deadline=40)
def nothing_is_published_that_nobody_can_reach(lab):
    """No address is published that does not hold in the whole Internet."""
    client = settled(lab)
    found = [(name, one) for name in SERVICES for one in published(lab, client, name)]
    require_none(
        [(name, address) for name, address in found if local(address)],
        lambda one: _(
            "{name} has the address {address}, with which nobody outside can do anything.",
            name=full(lab, one[0]),
            address=one[1],
        ),
    )
    control(
        found,
        by="M1",
        message=_("No IPv6 address is published yet, so none can be tried."),
    )


def local(address):
    """Unique local, link-local, IPv4-mapped, and what is no unicast address at all."""
    return (
        address in IPv6Network("fc00::/7")
        or address.is_link_local
        or address.is_site_local
        or address.ipv4_mapped is not None
        or address.is_loopback
        or address.is_multicast
        or address.is_unspecified
    )


@must_not("N3", weight=10, deadline=40)
def strangers_get_no_recursion(lab):
    """Neither server looks up other people's names for a stranger, over IPv6."""
    client = settled(lab)
    for server in SERVERS:
        address = lab.plan[f"{server}.address"]
        own = answered_by(client, address, lab.plan.agency.domain)
        control(
            own is not None and own.authoritative,
            by="M1",
            message=_("{server} does not answer over IPv6 for its own zone either.", server=server),
        )
        foreign = answered_by(client, address, lab.plan.agency.parent_domain)
        # A server that would look it up and finds nobody is silent, or says SERVFAIL.
        refused = foreign is not None and not foreign.message.answer
        require(
            refused and (foreign.code == "REFUSED" or not own.recursion_available),
            _("{server} looks up other people's names for strangers.", server=server),
        )


def answered_by(client, address, zone):
    """The answer to a question with the wish for recursion; None if there is none."""
    try:
        return names.query(client, address, zone, "SOA", recursion=True)
    except Failed:
        return None


@must_not("N4", weight=10, deadline=40)
def strangers_get_no_transfer(lab):
    """Neither server gives a stranger a whole zone, over IPv6."""
    client = settled(lab)
    for server in SERVERS:
        address = lab.plan[f"{server}.address"]
        for zone in zones(lab):
            try:
                given = names.transfer(client, address, zone).records("SOA")
            except Failed:
                given = []  # hanging up is a refusal, too
            require(
                not given,
                _("{server} gives strangers the whole zone {zone}.", server=server, zone=zone),
            )
        try:
            own = names.query(client, address, lab.plan.agency.domain, "SOA", tcp=True)
        except Failed:
            own = None
        control(
            own is not None and own.authoritative,
            by="M1",
            message=_(
                "{server} does not take single questions over TCP and IPv6 either.", server=server
            ),
        )


@still("S1", weight=15, deadline=40)
def ipv4_clients_see_no_difference(lab):
    """Clients with IPv4 get the same answers as before, from both servers and from the root."""
    settled(lab)
    client = lab.node("inet")
    for server in SERVERS:
        for tcp in (False, True):
            for name in SERVICES:
                reply = names.query(
                    client, lab.plan[f"{server}.address4"], full(lab, name), "A", tcp=tcp
                )
                right_server4(lab, reply, server, name)
    walker = names.Walker(client, [lab.plan.vnnic.loopback4], family=4)
    found = walker.resolve(lab.plan.www.name, "A").reply.records("A")
    require(
        [one.address for one in found] == [str(lab.plan.www.address4)],
        _("From the root on, {name} has not its IPv4 address.", name=lab.plan.www.name),
    )
    for server in SERVERS:
        asked = names.query(client, lab.plan[f"{server}.address4"], lab.plan.agency.domain, "MX")
        require(
            [names.plain(one.exchange) for one in asked.records("MX")] == [lab.plan.mx.name],
            _("The domain's mail goes elsewhere than before."),
        )


def right_server4(lab, reply, server, name):
    """The answer over IPv4 is what it was."""
    require(
        reply.node == server and reply.authoritative and reply.code == "NOERROR",
        _(
            "{server} does not answer over IPv4 for {name} as it did: {code}.",
            server=server,
            name=full(lab, name),
            code=reply.code,
        ),
    )
    wanted = str(lab.plan[f"{name or 'www'}.address4"])
    require(
        [one.address for one in reply.records("A")] == [wanted],
        _(
            "Over IPv4, {server} does not give {name} the address that it had.",
            server=server,
            name=full(lab, name),
        ),
    )
