"""What hosts make of what routers tell them, and what they have been given by hand."""

from __future__ import annotations

from ipaddress import IPv6Network

from ipv6lab.expect.conditions import _, control, require
from ipv6lab.network.netlink import Route
from ipv6lab.probes import Failed, Lab, Solicitation
from ipv6lab.probes.acts.follow import Following, follow
from ipv6lab.probes.seen.vantage import Vantage

LINK_LOCAL, MULTICAST = IPv6Network("fe80::/10"), IPv6Network("ff00::/8")
LOCAL_TABLE = 255  # the kernel's own routes to its own addresses


def build_one_address(lab: Lab, *nodes: str, prefix: object) -> None:
    """Each node builds one address in the prefix from an advertisement, and no other anywhere."""
    network = _network(prefix)
    for asked in _ask(lab, nodes):
        address = asked.address(network)
        for other in asked.other_addresses(address):
            raise Failed(
                _(
                    "{node} builds a second address, {address}.",
                    node=asked.node,
                    address=other.address,
                )
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
        following = follow(node, link, asked.heard)
        _no_route_by_hand(lab, node, asked, following)
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
        following = follow(asked.node, link, asked.heard)
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


def have_no_routes_by_hand(lab: Lab, *nodes: str, link: str, by: str) -> None:
    """Every route of the nodes follows the advertisements of whatever router."""
    for asked in _ask(lab, nodes, link):
        control(
            asked.hears(),
            by=by,
            message=_("{node} hears no advertisement to learn a route from.", node=asked.node),
        )
        _no_route_by_hand(lab, asked.node, asked, follow(asked.node, link, asked.heard))


def _no_route_by_hand(lab: Lab, node: Vantage, asked: Solicitation, following: Following) -> None:
    """Every route goes where an advertisement says, or to a link that the node is on."""
    on_link = {
        prefix.network
        for one in asked.heard
        for prefix in one.advertisement.prefixes
        if prefix.on_link
    }
    on_link |= {one.network for one in node.addresses(family=6)}  # type: ignore[misc]
    for route in node.routes(6, table=None):
        if _is_no_way_out(route) or following.has(route):
            continue
        if route.gateway is None:
            if route.destination in on_link:
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


def _ask(lab: Lab, nodes: tuple[str, ...], link: str | None = None) -> list[Solicitation]:
    """All ask first, then all are looked at: so they wait together."""
    return [lab.node(name).solicit(link) for name in nodes]


def _network(prefix: object) -> IPv6Network:
    return IPv6Network(str(prefix))
