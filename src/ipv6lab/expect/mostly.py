"""A network for hosts that can do without IPv4 and for hosts that cannot (IPv6-mostly).

Who says so by DHCPv4's option 108 is told to leave IPv4 alone (RFC 8925), and finds the translator
by the advertisements (PREF64, RFC 8781); who does not say so is served as ever.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address

from ipv6lab.expect.advertisement import Gap, heard_on
from ipv6lab.expect.conditions import _, control, each, require, unwanted
from ipv6lab.expect.reach import BULK, SOON, eventually
from ipv6lab.probes import Capture, Failed, Lab, Node, Packet
from ipv6lab.probes.acts.flap import flap
from ipv6lab.probes.asks import flows, mtu
from ipv6lab.probes.hosts.dhcp4client import WANTED, Client, Response
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire import dhcp4
from ipv6lab.wire.headers import ETH_P_IP, UDP, link_layer
from ipv6lab.wire.nd import Pref64

ETH_P_ARP = 0x0806
SMALL = 100  # octets of an IPv4 packet
TIMES = 3  # hosts that ask
LONGEST = 86400  # seconds without IPv4 after which nobody would know why


# The translator's prefix


def tells_the_prefix(lab: Lab, link: str, router: str, prefix: object) -> None:
    """Each advertisement of the router has the translator's prefix, for long enough, and no other.

    Its lifetime has to outlast the gap between two advertisements, as all that is advertised.
    """
    wanted, outlasts = IPv6Network(str(prefix)), Gap(lab, link, router)
    heard = heard_on(lab, link)
    for ra in each(
        [one.advertisement for one in heard if one.advertisement.valid],
        _("Nobody advertises itself on {link}.", link=link),
    ):
        whole = list(ra.nat64_prefixes)
        unread = [one for one in ra.options if one.kind == 38 and not isinstance(one, Pref64)]
        require(
            not unread,
            _("{router} advertises a PREF64 option that no host can read.", router=router),
        )
        for one in each(
            whole, _("{router} advertises no prefix of a translator (PREF64).", router=router)
        ):
            require(
                one.network == wanted,
                _(
                    "{router} advertises {prefix} as the translator's prefix; what is translated "
                    "has another.",
                    router=router,
                    prefix=one.network,
                ),
            )
            require(
                outlasts.outlasted_by(one.lifetime),
                _(
                    "{router} advertises the translator's prefix for {seconds} s: it runs out "
                    "before the next advertisement comes.",
                    router=router,
                    seconds=one.lifetime,
                ),
            )


def advertised_prefix(lab: Lab, link: str) -> IPv6Network:
    """The translator's prefix that a host of the link learns. Raises Failed."""
    for heard in heard_on(lab, link):
        for one in heard.advertisement.nat64_prefixes:
            if one.lifetime:
                return one.network
    raise Failed(_("A host on {link} learns no prefix of a translator.", link=link))


# Option 108


def grants_to_who_asks(lab: Lab, link: str, router: str) -> None:
    """A host that says that it can do without IPv4 is told for how long, and yet offered a lease.

    RFC 8925 section 3.3: option 108 has four octets, and counts for 300 s at least.
    """
    for _number in range(TIMES):
        with Client(lab, link) as client:
            offers = _offers(client, router, link, (*WANTED, dhcp4.IPV6_ONLY_PREFERRED))
        for one in offers:
            value = one.message.options.get(dhcp4.IPV6_ONLY_PREFERRED)
            require(
                value is not None,
                _(
                    "{node} does not tell a host on {link} that asks for it that it may do without "
                    "IPv4 (option 108).",
                    node=one.node,
                    link=link,
                ),
            )
            assert value is not None
            require(
                len(value) == 4,
                _(
                    "{node} sends option 108 with {octets} octets; it has four, a number of "
                    "seconds.",
                    node=one.node,
                    octets=len(value),
                ),
            )
            seconds = int.from_bytes(value, "big")
            require(
                dhcp4.MIN_V6ONLY_WAIT <= seconds <= LONGEST,
                _(
                    "{node} tells hosts to do without IPv4 for {seconds} s. A host takes 300 s at "
                    "least, and asks again within a day.",
                    node=one.node,
                    seconds=seconds,
                ),
            )


def serves_others(lab: Lab, link: str, router: str, target: str) -> None:
    """A host that does not ask for option 108 gets a lease, nothing of it, and into the Internet.

    The `target` has IPv4 alone.
    """
    prefix = IPv4Network(str(lab.plan[f"{link}.prefix4"]))
    with Client(lab, link) as client:
        offers = _offers(client, router, link, WANTED)
        for one in offers:
            require(
                dhcp4.IPV6_ONLY_PREFERRED not in one.message.options,
                _(
                    "{node} sends option 108 to a host on {link} that did not ask for it.",
                    node=one.node,
                    link=link,
                ),
            )
        lease = client.request(offers[0])
        require(
            lease is not None and lease.message.kind == dhcp4.ACK,
            _("A host on {link} is offered a lease and does not get it.", link=link),
        )
        assert lease is not None
        address = lease.message.address
        require(
            address in prefix,
            _("A host on {link} is leased {address}, which is not of that network.",
              link=link, address=address),
        )  # fmt: skip
        routers = lease.message.addresses(dhcp4.ROUTER)
        require(routers, _("A lease on {link} comes without a router.", link=link))
        require(
            lease.message.addresses(dhcp4.DNS_SERVERS),
            _("A lease on {link} comes without a DNS server.", link=link),
        )
        client.host.take(f"{address}/{lab.plan[f'{link}.length4']}")
        client.host._route(routers[0])
        gets_out(lab, client.host, target)


def _offers(client: Client, router: str, link: str, wanted: tuple[int, ...]) -> list[Response]:
    offers = each(client.discover(wanted), _("Nobody on {link} leases IPv4 addresses.", link=link))
    for one in offers:
        require(
            one.node == router,
            _("{node} leases IPv4 addresses on {link}, beside {router}.", node=one.node,
              link=link, router=router),
        )  # fmt: skip
        require(
            int(one.message.address) != 0 and one.message.seconds(dhcp4.LEASE_TIME),
            _("{node} offers a host on {link} no address.", node=one.node, link=link),
        )
    return offers


def says_nothing_of_it_on(lab: Lab, link: str, *, router: str, by: str, on: str) -> None:
    """On another link nobody is told to do without IPv4, even who asks; there IPv4 is needed.

    The control is link `on`, where who asks is told so.
    """
    asked = (*WANTED, dhcp4.IPV6_ONLY_PREFERRED)
    with Client(lab, on) as client:
        told = [
            one
            for one in client.discover(asked)
            if dhcp4.IPV6_ONLY_PREFERRED in one.message.options
        ]
    control(told, by=by, message=_("Nobody is told so on {link} either.", link=on))
    with Client(lab, link) as client:
        offers = _offers(client, router, link, asked)
    for one in unwanted(offers):
        require(
            dhcp4.IPV6_ONLY_PREFERRED not in one.message.options,
            _("{node} tells hosts on {link} to do without IPv4.", node=one.node, link=link),
        )


# Hosts


def leaves_ipv4(lab: Lab, name: str, link: str, target: str) -> None:
    """A node that can do without IPv4, plugged in anew, gives it up, and its programs do not.

    They reach an IPv4 address by 464XLAT, and the link sees no IPv4 of theirs and no ARP. The
    check has to be `alone`.
    """
    node = lab.node(name)
    flap(node, link)
    mac = node.interface(link).mac

    def left() -> None:
        held = [one for one in node.addresses(node.interface(link).name, 4)]
        require(
            not held,
            _(
                "{node} keeps {address} on {link}: it was not told to do without IPv4.",
                node=node,
                address=held[0].address if held else "",
                link=link,
            ),
        )
        require(
            node.addresses(family=4),
            _("{node} has left IPv4, and its programs cannot send any.", node=node),
        )

    eventually(lab, left)
    with Capture(lab.fabric, [link], lambda one: is_ipv4(one, mac)) as capture:
        eventually(lab, lambda: gets_out(lab, node, target))
        capture.read()
        seen = [one for one in capture.packets if not is_dhcp(one)]
    require(
        not seen,
        _("{node} has left IPv4 and still sends {count} frames of it on {link}.", node=node,
          count=len(seen), link=link),
    )  # fmt: skip


def keeps_ipv4(lab: Lab, name: str, link: str, target: str) -> None:
    """A node that knows IPv4 alone, plugged in anew, has an address and gets into the Internet.

    The check has to be `alone`.
    """
    node = lab.node(name)
    flap(node, link)
    network = IPv4Network(str(lab.plan[f"{link}.prefix4"]))
    node.wait_address(
        lambda one: one.address in network,
        _("{node} has no IPv4 address, and knows nothing else.", node=node),
        within=PATIENT,
    )
    eventually(lab, lambda: gets_out(lab, node, target))


PATIENT = 20  # seconds: a client waits some before it asks (RFC 2131 section 4.4.1), and asks again


def gets_out(lab: Lab, node: Node | Vantage, target: str) -> None:
    """A node's programs reach an IPv4 address in the Internet by ICMP, TCP and UDP."""
    to = ip_address(str(lab.plan[f"{target}.address4"]))
    far = lab.node(target)
    sent = mtu.send(node, far, to, SMALL, at=to)
    require(
        sent.arrived,
        _("An IPv4 packet of {node} does not get to {target}.", node=node, target=target),
    )
    flows.tcp(node, far, to, BULK, within=SOON, at=to)
    flows.udp(node, far, to, within=SOON, at=to)


def is_ipv4(packet: Packet, mac: str) -> bool:
    """Whether it is a frame of IPv4 or ARP from that MAC address."""
    frame = link_layer(packet.frame)
    return frame is not None and frame.source == mac and frame.kind in (ETH_P_IP, ETH_P_ARP)


def is_dhcp(packet: Packet) -> bool:
    """Whether it is one of DHCPv4's own messages."""
    data = packet.ip
    ports = (dhcp4.CLIENT_PORT, dhcp4.SERVER_PORT)
    return data is not None and data.protocol == UDP and data.ports == ports
