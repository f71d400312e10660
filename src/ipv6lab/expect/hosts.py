"""What hosts make of what routers tell them, and what they have been given by hand."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, IPv6Network

from ipv6lab.expect.conditions import _, control, require
from ipv6lab.expect.strangers import someone_in
from ipv6lab.network.netlink import Address, Route
from ipv6lab.probes import Failed, Heard, Lab, Packet, Solicitation
from ipv6lab.probes.acts.follow import Following, follow
from ipv6lab.probes.film import Film
from ipv6lab.probes.film.history import lapses
from ipv6lab.probes.seen.vantage import Vantage

LINK_LOCAL, MULTICAST = IPv6Network("fe80::/10"), IPv6Network("ff00::/8")
WATCHED = 16  # seconds: MAX_INITIAL_RTR_ADVERT_INTERVAL (RFC 4861 section 10)
SOON = 2  # seconds; a host acts at once on what it has heard
SPEAKING = 4  # seconds after which a link that has just come up has an address
STOPPING = 2  # seconds that services may take to stop, until which they advertise
ONE_LINK = 64  # bits of a prefix that no larger network has
LOCAL_TABLE = 255  # the kernel's own routes to its own addresses


def build_one_address(lab: Lab, *nodes: str, prefix: object) -> None:
    """Each node builds one address in the prefix from an advertisement, and no other anywhere."""
    network = _network(prefix)
    for asked in _ask(lab, nodes):
        address = asked.address(network)
        _never_lost(lab, asked.node.name, address)
        for other in asked.other_addresses(address):
            raise Failed(
                _(
                    "{node} builds a second address, {address}.",
                    node=asked.node,
                    address=other.address,
                )
            )


def _never_lost(lab: Lab, node: str, address: Address) -> None:
    """Since the work was done nobody saw the address run out, or hosts give it up."""
    history = lab.film.address(node, address.address) if lab.tape is not None else None
    if history is None:
        return
    since = lab.film.laid
    soon = address.preferred
    if soon is not None and soon <= WATCHED:
        # Whether it is renewed in time is known when its time is over, not before.
        over = lab.film.now + soon + 1
        lab.film.wait(
            lambda: lab.film.now > over,
            soon + 2,
            _("waiting whether {address} is renewed in time", address=address.address),
        )
        history = lab.film.address(node, address.address) or history
    for gone in (history.deprecated, lapses(history, lab.film.now), history.expired):
        require(
            not any(moment > since for moment in gone),
            _(
                "{address} of {node} was given up before an advertisement renewed it.",
                address=address.address,
                node=node,
            ),
        )


def _route_never_lost(lab: Lab, node: Vantage) -> None:
    """Since the work was done no default route of the node has run out."""
    if lab.tape is None:
        return
    since = lab.film.laid
    for history in lab.film.route_histories(node.name, 6):
        if history.item.default:
            require(
                not any(moment > since for moment in history.expired),
                _(
                    "The default route of {node} ran out before an advertisement renewed it.",
                    node=node,
                ),
            )


def learn_default_route(lab: Lab, *nodes: str, router: str, link: str) -> None:
    """Each node learns its default routes from that router's advertisements, and nothing else.

    A route to a large part of the Internet stands for a default route, whoever typed it.
    """
    routers = lab.node(router).link_locals(link)
    for asked in _ask(lab, nodes, link):
        node = asked.node
        routes = asked.default_routes()
        require(routes, _("{node} has no default route.", node=node))
        _route_never_lost(lab, node)
        following = follow(node, link, asked.heard, _film(lab))
        _no_route_by_hand(lab, node, asked.heard, following)
        for route in routes:
            require(
                route.gateway in routers,
                _(
                    "{node} takes {gateway} for its default router, which is not {router} on "
                    "{link}.",
                    node=node,
                    gateway=route.gateway,
                    router=router,
                    link=link,
                ),
            )


def have_no_addresses_by_hand(lab: Lab, *nodes: str, prefix: object, link: str, by: str) -> None:
    """Every global address of the nodes follows the advertisements.

    One that the kernel built from what is not advertised any more is no work of hands either.

    The control is check `by`: the same node has built an address, as it should.
    """
    for name in nodes:
        for address in lab.node(name).set_by_hand():
            raise Failed(
                _("{address} on {node} was set by hand.", address=address.with_prefix, node=name)
            )
    for asked in _ask(lab, nodes, link):
        control(
            asked.has_built(_network(prefix)),
            by=by,
            message=_(
                "{node} has built no address yet, so there is none to tell from one set by hand.",
                node=asked.node,
            ),
        )
        following = follow(asked.node, link, asked.heard, _film(lab))
        for address in asked.node.addresses(family=6):
            advertised = any(address.address in one for one in asked.advertised())
            if (
                address.scope == "global"
                and not address.temporary
                and address.address not in following.addresses
                and (advertised or address.protocol != "kernel_ra")
            ):
                raise Failed(
                    _(
                        "{address} on {node} was not built from an advertisement.",
                        address=address.with_prefix,
                        node=asked.node,
                    )
                )


def have_nothing_by_hand(lab: Lab, *nodes: str, routers: Iterable[str], link: str, by: str) -> None:
    """Every route and address of the nodes follows the advertisements of these routers.

    The control is check `by`: each node hears each of them.
    """
    asked = [(name, [_ask(lab, (name,), link, one)[0] for one in routers]) for name in nodes]
    for name, answers in asked:
        node = lab.node(name)
        for one in answers:
            control(
                one.hears(),
                by=by,
                message=_("{node} hears no advertisement to learn a route from.", node=node),
            )
        heard = [each for one in answers for each in one.heard]
        following = follow(node, link, heard, _film(lab))
        _no_route_by_hand(lab, node, heard, following)
        for address in node.set_by_hand():
            raise Failed(
                _("{address} on {node} was set by hand.", address=address.with_prefix, node=name)
            )
        for address in node.addresses(family=6):
            if (
                address.scope == "global"
                and not address.temporary
                and address.protocol != "kernel_ra"
                and address.address not in following.addresses
            ):
                raise Failed(
                    _(
                        "{address} on {node} was not built from an advertisement.",
                        address=address.with_prefix,
                        node=name,
                    )
                )


def prefer_default_router(lab: Lab, *nodes: str, router: str, link: str) -> None:
    """Each node takes that router for its default router, and none that is as good or better."""
    gateways = _addresses_on(lab, router, link)
    for asked in _ask(lab, nodes, link, router):
        asked.advertisement()
        host = lab.node(asked.node.name)
        host.wait_route(
            lambda route: route.default and route.gateway in gateways,
            _("{node} does not take {router} for a default router.", node=host, router=router),
            within=SOON,
        )
        for route in _preferred(host):
            require(
                route.gateway in gateways,
                _(
                    "For {node}, {other} is a default router as good as {router}, or better.",
                    node=host,
                    router=router,
                    other=lab.whose(route.gateway),
                ),
            )


def send_to(lab: Lab, *nodes: str, address: object, router: str, link: str) -> None:
    """Each node sends packets for an address to that router, as its advertisement said."""
    gateways = _addresses_on(lab, router, link)
    for asked in _ask(lab, nodes, link, router):
        asked.advertisement()
        host = lab.node(asked.node.name)
        host.wait_route(
            lambda route: (
                IPv6Address(str(address)) in route.destination and route.gateway in gateways
            ),
            _("{node} knows no route to {address} by {router}.", **_way(host, address, router)),
            within=SOON,
        )
        gateway = host.route_to(address).gateway
        require(
            gateway in gateways,
            _(
                "{node} sends to {address} by {other}, and not by {router}.",
                other="—" if gateway is None else lab.whose(gateway),
                **_way(host, address, router),
            ),
        )


def _way(host: Vantage, address: object, router: str) -> dict[str, object]:
    return {"node": host, "address": address, "router": router}


def _preferred(host: Vantage) -> list[Route]:
    """The default routes among which a host may choose any (RFC 4191 section 3.2)."""
    rank = {"low": 0, "medium": 1, None: 1, "high": 2}
    routes = [one for one in host.routes(6) if one.default and one.kind == "unicast"]
    metric = min((one.metric for one in routes), default=0)
    routes = [one for one in routes if one.metric == metric]
    best = max((rank[one.preference] for one in routes), default=0)
    return [one for one in routes if rank[one.preference] == best]


def use_mtu(lab: Lab, *nodes: str, mtu: int, router: str, link: str) -> None:
    """Each node uses the MTU for IPv6 that the router tells."""
    for asked in _ask(lab, nodes, link, router):
        used = asked.mtu(mtu)
        require(
            used == mtu,
            _(
                "{node} uses an MTU of {mtu} on its link; a host ignores one below 1280 or beyond "
                "that of its interface.",
                node=asked.node,
                mtu=used,
            ),
        )


def drop_router(lab: Lab, *nodes: str, router: str, link: str, within: float) -> None:
    """Each node stops taking a router that has gone for its default router, in so many seconds.

    A route to a part of the Internet that it told as well stands for a default route.
    """
    gone = lab.node(router).link_locals(link)
    for name in nodes:
        lab.node(name).wait_no_route(
            lambda route: route.gateway in gone,
            within + STOPPING,
            _(
                "{node} still takes {router} for a default router {seconds} s after it was shut "
                "down.",
                node=name,
                router=router,
                seconds=within,
            ),
        )


def new_host_never_sends_to(
    lab: Lab, link: str, *, never: str, address: object, but_to: str, by: str
) -> None:
    """A new host sends packets for an address to one router, and never to the other one.

    Not even when it has lost the one. It takes every route that is offered (type C, RFC 4191
    section 3). The control: the host hears both, and the one gets its packet.
    """
    good, bad = lab.node(but_to), lab.node(never)
    with lab.link(link).fresh_host() as host:
        control(
            host.follows(good) and host.hears(bad),
            by=by,
            message=_("A new host on {link} does not hear both routers.", link=link),
        )
        first = host.throw(address)
        require(
            not _arrives(first, never),
            _("A new host sends its packets for the Internet to {router}.", router=never),
        )
        control(
            _arrives(first, but_to),
            by=by,
            message=_(
                "A new host on {link} does not get a packet to {router}, as it should.",
                link=link,
                router=but_to,
            ),
        )
        host.lose(good)
        require(
            not _arrives(host.throw(address), never),
            _(
                "A host that has lost {router} sends its packets for the Internet to {other}.",
                router=but_to,
                other=never,
            ),
        )


def never_send_to(lab: Lab, *nodes: str, never: str, address: object) -> None:
    """No packet of the nodes for an address gets to that router."""
    for name in nodes:
        require(
            not _arrives(lab.node(name).throw(address), never),
            _("{node} sends packets for the Internet to {router}.", node=name, router=never),
        )


def send_by(lab: Lab, node: str, router: str, places: Iterable[object]) -> None:
    """What the node sends to anywhere in these networks gets to that router first."""
    for place in places:
        address = someone_in(place)
        require(
            _arrives(lab.node(node).throw(address), router),
            _(
                "What {node} sends to {address} does not get to {router}.",
                node=node,
                address=address,
                router=router,
            ),
        )


def speak_ipv6(lab: Lab, *nodes: str) -> None:
    """The nodes have a link-local address on each link, which they may use, or soon do."""
    for name in nodes:
        node = lab.node(name)
        for interface in node.interfaces:
            node.wait_address(
                lambda one, interface=interface: (  # type: ignore[misc]
                    one.interface == interface.name and one.address in LINK_LOCAL
                ),
                _("{node} speaks no IPv6 on {link}.", node=name, link=interface.link),
                within=SPEAKING,
            )


def _arrives(packets: list[Packet], router: str) -> bool:
    return any(one.node == router and not one.sent for one in packets)


def _addresses_on(lab: Lab, router: str, link: str) -> list[object]:
    node = lab.node(router)
    return [one.address for one in node.addresses(node.interface(link).name, 6)]


def _no_route_by_hand(lab: Lab, node: Vantage, heard: list[Heard], following: Following) -> None:
    """Every route goes where an advertisement says, or to a link that the node is on."""
    on_link = {
        prefix.network for one in heard for prefix in one.advertisement.prefixes if prefix.on_link
    }
    on_link |= {one.network for one in node.addresses(family=6)}  # type: ignore[misc]
    for route in node.routes(6, table=None):
        if _is_no_way_out(route) or following.has(route):
            continue
        if route.gateway is None:
            if route.destination in on_link or _was_told(route):
                continue
            raise Failed(
                _(
                    "The route to {prefix} on {node}, straight onto its link, was set by hand.",
                    prefix=route.destination,
                    node=node,
                )
            )
        if route.default:
            raise Failed(
                _(
                    "A default route of {node} was set by hand, via {router}.",
                    node=node,
                    router=lab.whose(route.gateway),
                )
            )
        raise Failed(
            _(
                "The route to {prefix} via {router} on {node} was set by hand.",
                prefix=route.destination,
                router=lab.whose(route.gateway),
                node=node,
            )
        )


def _was_told(route: Route) -> bool:
    """Whether the kernel learnt of a link that is not advertised any more, but was."""
    bits = route.destination.prefixlen
    return route.protocol in ("kernel", "ra") and route.expires is not None and bits >= ONE_LINK


def _is_no_way_out(route: Route) -> bool:
    """The kernel's own routes, and those that lead nowhere."""
    destination = route.destination
    assert isinstance(destination, IPv6Network)
    return (
        route.table == LOCAL_TABLE
        or route.kind != "unicast"
        or route.interface == "lo"
        or destination.subnet_of(LINK_LOCAL)
        or destination.subnet_of(MULTICAST)
    )


def new_host_builds_an_address(lab: Lab, link: str, prefix: object) -> None:
    """A host that is new on the link builds one address in the prefix, and may use it there.

    Beside it there may be one that is deprecated: what was lost before is said to all hosts, new
    ones too, and they begin nothing from it (RFC 4862 section 5.5.3).
    """
    network = _network(prefix)
    with lab.link(link).fresh_host() as guest:
        address = guest.builds(network)
        require(
            address,
            _("A new host on {link} builds no address in {prefix}.", link=link, prefix=network),
        )
        assert address is not None
        require(
            not address.deprecated,
            _(
                "A new host on {link} builds {address}, and may not use it: it is deprecated.",
                link=link,
                address=address.address,
            ),
        )
        require(
            any(route.destination == network for route in guest.routes(6)),
            _(
                "A new host on {link} is not told that {prefix} is on its link.",
                link=link,
                prefix=network,
            ),
        )
        lab.link(link).advertisements()  # whoever else advertises has spoken by then
        for one in guest.global_addresses():
            require(
                one.scope != "global" or one.address == address.address or one.deprecated,
                _(
                    "A new host on {link} builds a second address, {address}.",
                    link=link,
                    address=one.address,
                ),
            )


def new_host_builds_no_address(lab: Lab, link: str, *, by: str) -> None:
    """A new host that speaks no DHCPv6 has no address but its link-local one.

    Whoever advertises has spoken by then (RFC 4861 section 6.2.6), and nobody offers a prefix to
    build from. The control: the host has heard an advertisement.
    """
    with lab.link(link).fresh_host() as guest:
        heard = [one for one in lab.link(link).advertisements() if one.advertisement.valid]
        built = [one for one in guest.global_addresses()]
    for address in built:
        raise Failed(
            _(
                "A new host without DHCPv6 builds {address} from an advertisement.",
                address=address.address,
            )
        )
    for one in heard:
        for prefix in one.advertisement.prefixes:
            require(
                not (prefix.autonomous and prefix.valid),
                _(
                    "{node} offers hosts {prefix} to build addresses from: the A flag is set.",
                    node=one.sender,
                    prefix=prefix,
                ),
            )
    control(
        heard,
        by=by,
        message=_(
            "A new host hears no advertisement, so that it builds no address proves nothing."
        ),
    )


def talk_directly(lab: Lab, node: str, target: str, prefix: object) -> None:
    """The node reaches the target on their link itself, not through a router."""
    one, other = lab.node(node), lab.node(target)
    address = other.built_address(_network(prefix)).address
    route = one.route_to(address)
    require(
        route.gateway is None,
        _(
            "{node} does not know that {prefix} is on its link, and asks {router} to forward.",
            node=one,
            prefix=prefix,
            router=route.gateway,
        ),
    )
    ping = one.ping(other, address)
    require(
        ping.hops == 0 and ping.sent.destination_mac in other.macs(),
        _(
            "The packet from {node} to {target} took the way through another node.",
            node=one,
            target=other,
        ),
    )


def _ask(
    lab: Lab, nodes: tuple[str, ...], link: str | None = None, router: str | None = None
) -> list[Solicitation]:
    """All ask first, then all are looked at: so they wait together."""
    return [lab.node(name).solicit(link, router) for name in nodes]


def _film(lab: Lab) -> Film | None:
    return None if lab.tape is None else lab.film


def _network(prefix: object) -> IPv6Network:
    return IPv6Network(str(prefix))
