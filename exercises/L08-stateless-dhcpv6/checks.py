"""What stateless DHCPv6 needs: a router that sends hosts to it, a server that answers them, hosts
that heard the answer, and a DNS server that is there where it says."""

from ipaddress import ip_network

from ipv6lab.grading import (
    _,
    control,
    must,
    must_not,
    note,
    require,
    require_any,
    require_none,
    still,
)
from ipv6lab.probes.acts.flap import flap
from ipv6lab.probes.asks.names import query
from ipv6lab.probes.hosts.elsewhere import ask_from

PCS = ("pc1", "pc2")
# A router in a lab may advertise as seldom as every 10 s.
HEARD = 12
# Seconds until a PC that was plugged in has heard its router (4.5) and then its DHCPv6 server (1.1
# each for the delay and one retransmission), on a busy machine.
LEARNT = 9
# Seconds until all on the way know their neighbours, on a busy machine.
SETTLED = 8
# Seconds until a server on the link has answered the second of two questions.
SILENCE = 2
# A host that is told to ask again sooner waits for this long all the same (RFC 8415 section 7.6).
LEAST_REFRESH = 600


@must("M1", weight=25, deadline=HEARD)
def hosts_are_sent_to_dhcpv6_for_other_settings(lab):
    """hq-core tells hosts to build their addresses, and to ask DHCPv6 for other settings only."""
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
            not ra.managed,
            _("hq-core tells hosts to ask DHCPv6 for addresses: the M flag is set."),
        )
        require(
            ra.other,
            _("hq-core does not tell hosts to ask DHCPv6 for settings: the O flag is not set."),
        )
        prefix = require_any(
            ra.prefixes,
            lab.plan.staff.prefix,
            _("The advertisement does not carry the staff prefix."),
        )
        require(
            prefix.autonomous,
            _("Hosts may not build addresses from {prefix}: the A flag is not set.", prefix=prefix),
        )


@still("S1", weight=20, deadline=HEARD + SETTLED)
def slaac_works_as_before(lab):
    """A new host and the PCs have an address by SLAAC, and reach the servers over IPv6."""
    prefix = lab.plan.staff.prefix
    with lab.link("staff").fresh_host() as guest:
        address = guest.builds(prefix)
        require(address, _("A new host on staff builds no address in {prefix}.", prefix=prefix))
        require(
            not address.deprecated,
            _(
                "A new host on staff builds {address}, and may not use it: it is deprecated.",
                address=address.address,
            ),
        )
        require(
            any(route.destination == ip_network(prefix) for route in guest.routes(6)),
            _("A new host on staff is not told that {prefix} is on its link.", prefix=prefix),
        )
    for name in PCS:
        ping = lab.node(name).ping(lab.node("dns-r"), lab.plan.servers.dns, SETTLED)
        require(
            ping.source in ip_network(prefix),
            _("{node} sends from {address}.", node=name, address=ping.source),
        )


@must("M2", weight=35, deadline=HEARD)
def the_server_hands_out_dns_settings(lab):
    """A DHCPv6 server on the staff LAN answers with the DNS server and the search list."""
    with lab.link("staff").dhcp6_client() as client:
        reply = client.information_request()
    if reply is None:
        require(
            lab.node("hq-core").listens(547),
            _("Nobody answers on staff, and no program on hq-core listens on UDP port 547."),
        )
    require(reply, _("A DHCPv6 server listens on hq-core, but nobody answers on staff."))
    require(
        reply.node == "hq-core",
        _("Not hq-core answers as a DHCPv6 server on staff, but {node}.", node=reply.node),
    )
    told = reply.message
    require(told.dns_servers, _("The server's answer names no DNS server."))
    require_none(
        told.dns_servers,
        lambda server: _("The server names {server}, which is not the DNS server.", server=server),
        lambda server: str(server) != lab.plan.servers.dns,
    )
    require(told.search_list, _("The server's answer carries no search list."))
    require(
        lab.plan.agency.domain in told.search_list,
        _(
            "The search list is {domains}, without the agency's domain.",
            domains=", ".join(told.search_list),
        ),
    )
    require(
        told.refresh_time is None or told.refresh_time >= LEAST_REFRESH,
        _(
            "Hosts are told to ask again after {seconds} s; less than {least} s is not allowed.",
            seconds=told.refresh_time,
            least=LEAST_REFRESH,
        ),
    )


@must("M3", weight=20, deadline=LEARNT, alone=True)
def the_pcs_know_the_dns_server(lab):
    """pc1 and pc2 have learnt the DNS server and the agency's domain."""
    knowing = [lab.node(name) for name in PCS]
    # One that asked in vain asks again only after a long time, or when it is plugged in anew.
    for pc in knowing:
        if not knows(lab, pc.resolver()):
            flap(pc, "staff")
    for pc in knowing:
        settings = pc.wait_resolver(lambda settings: knows(lab, settings))
        require(settings.servers, _("{node} knows no DNS server.", node=pc))
        require(
            lab.plan.servers.dns in map(str, settings.servers),
            _(
                "{node} takes {servers} for its DNS servers.",
                node=pc,
                servers=", ".join(map(str, settings.servers)),
            ),
        )
        require(
            lab.plan.agency.domain in settings.search,
            _("{node} does not look for short names in the agency's domain.", node=pc),
        )


def knows(lab, settings):
    """Whether a PC has what it needs to look up the agency's short names."""
    server = lab.plan.servers.dns in map(str, settings.servers)
    return server and lab.plan.agency.domain in settings.search


@must("M4", weight=20, needs=("S1", "M3"))
def names_are_resolved_over_ipv6(lab):
    """dns-r resolves www over IPv6: for the PCs with what they have learnt, and for the branch."""
    www = f"www.{lab.plan.agency.domain}"
    for name in PCS:
        pc = lab.node(name)
        answer = pc.resolve(lab.plan.servers.dns, www)
        require(
            answer.node == "dns-r",
            _("Not dns-r answers a DNS question of {pc}, but {node}.", pc=pc, node=answer.node),
        )
        require(
            answer.code == "NOERROR",
            _("dns-r refuses the question of {node}: {code}.", node=pc, code=answer.code),
        )
        require(
            [str(one) for one in answer.addresses] == [lab.plan.www.address],
            _("dns-r does not know the IPv6 address of www any more."),
        )
    # An answer that does not fit into a datagram is fetched over TCP (RFC 7766 section 5).
    query(lab.node(PCS[0]), lab.plan.servers.dns, www, tcp=True, recursion=True)
    branch = lab.plan["br-pc1.static"]
    answer = ask_from(branch, lab.node("dns-r"), "srv", lab.plan.servers.dns, www)
    require(
        answer and answer.code == "NOERROR",
        _(
            "dns-r does not answer the branch over IPv6: a question from {address} gets {code}.",
            address=branch,
            code=answer.code if answer else "—",
        ),
    )


@note("M5", deadline=HEARD, needs="M2")
def a_time_server_is_handed_out(lab):
    """The server hands out a time server too."""
    with lab.link("staff").dhcp6_client() as client:
        reply = client.information_request()
    require(
        reply and (reply.message.sntp_servers or reply.message.ntp_servers),
        _("The server's answer names no time server."),
    )


@must_not("N1", weight=15, deadline=HEARD)
def dhcpv6_gives_no_address(lab):
    """No address comes from DHCPv6."""
    with lab.link("staff").dhcp6_client() as client:
        reply = client.information_request()
        # The server is up now, if there is one, so that its silence means something.
        offer = client.solicit(within=SILENCE, usable=False)
    require_none(
        offer.message.addresses if offer else (),
        lambda lease: _(
            "{node} offers {address} to a host that asks it for an address.",
            node=offer.node,
            address=lease.address,
        ),
    )
    for name in PCS:
        require_none(
            lab.node(name).addresses(family=6),
            lambda address, pc=name: _(
                "{node} has {address}, which no SLAAC built.",
                node=pc,
                address=address.with_prefix,
            ),
            lambda address: address.scope == "global" and address.prefixlen == 128,
        )
    control(
        reply,
        by="M2",
        message=_("No DHCPv6 server answers at all, so that it offers no address proves nothing."),
    )


@still("S2", weight=15)
def ipv4_works_as_before(lab):
    """IPv4 works as before, and so does DNS over it."""
    for name in PCS:
        lab.node(name).ping(lab.node("dns-r"), lab.plan.servers.dns4)
        answer = lab.node(name).resolve(lab.plan.servers.dns4, f"www.{lab.plan.agency.domain}", "A")
        require(
            [str(one) for one in answer.addresses] == [lab.plan.www.address4],
            _("dns-r does not answer {node} over IPv4 as before.", node=name),
        )
