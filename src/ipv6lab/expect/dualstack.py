"""Hosts with both protocols: what their programs are told, what they try first, where they get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from ipv6lab.addresses.selection import order_destinations, source
from ipv6lab.expect.conditions import _, control, require
from ipv6lab.probes import Failed
from ipv6lab.probes.acts.follow import follow
from ipv6lab.probes.asks import names, programs, resolver
from ipv6lab.probes.seen import address_order

if TYPE_CHECKING:
    from ipv6lab.probes import Lab
    from ipv6lab.probes.asks.node import Node
    from ipv6lab.words.message import Message

Address = IPv4Address | IPv6Address
Case = tuple[Iterable[str], Iterable[str]]  # a host's own addresses, and those of a name

KINDS = {"AAAA": 6, "A": 4}
LOCAL = IPv6Network("fc00::/7")  # RFC 4193
BUILDING = 5  # seconds in which a host that was just plugged in has an address


def has_one_address_of_each(
    lab: Lab, node: str, *, link: str, prefix: object, address4: object
) -> None:
    """A node has its IPv4 address and one global address from advertisements, and uses no other.

    What it has from before may still be there, if it is deprecated. Temporary addresses do not
    count (RFC 8981).
    """
    host = lab.node(node)
    found = advertised_address(lab, node, link=link, prefix=prefix)
    for one in host.addresses(host.interface(link).name, 6):
        if one.scope != "global" or one.deprecated or one.temporary:
            continue
        require(
            one.address not in LOCAL,
            _("{node} still uses its local address {address}.", node=node, address=one.address),
        )
        require(
            one.address == found,
            _("{node} has a second global address, {address}.", node=node, address=one.address),
        )
    require(
        str(address4) in {str(one.address) for one in host.addresses(host.interface(link).name, 4)},
        _("{node} has lost its IPv4 address.", node=node),
    )


def advertised_address(lab: Lab, node: str, *, link: str, prefix: object) -> Address:
    """Its address in a prefix that follows the advertisements, whoever put it there. Or Failed."""
    asked, network = lab.node(node).solicit(link), IPv6Network(str(prefix))
    try:
        return asked.address(network).address
    except Failed:
        film = None if lab.tape is None else lab.film
        following = follow(lab.node(node), link, asked.heard, film)
        for one in lab.node(node).addresses(family=6):
            if one.address in network and one.address in following.addresses and one.usable:
                return one.address
        raise


def has_advertised_address(lab: Lab, node: str, *, link: str, prefix: object) -> bool:
    """Whether it has one."""
    try:
        advertised_address(lab, node, link=link, prefix=prefix)
    except Failed:
        return False
    return True


def reaches_by_name(
    lab: Lab, node: str, target: str, *, names: Iterable[str], family: int, port: int
) -> None:
    """Programs on a node that look for a target by any of its names get to it, over that family.

    The address that they are told first is of the family, each is the target's, and a connection
    to the first arrives there as it was sent.
    """
    host, aim = lab.node(node), lab.node(target)
    own = {one.address for one in aim.addresses()}
    for name in names:
        found = programs.told(host, name)
        if not found:
            raise Failed(_why_not(host, name))
        wrong = [one for one in found if one not in own]
        require(
            not wrong,
            _(
                "Programs on {node} are told that {name} is at {address}, which is not {target}.",
                node=node,
                name=name,
                address=next(iter(wrong), None),
                target=target,
            ),
        )
        if found[0].version != family:
            raise Failed(_why_other(host, name, found, family))
        opened = host.open_port(aim, found[0], port)
        require(
            opened.seen == opened.source,
            _(
                "{node} sends from {source}, but {target} sees {seen}: somebody on the way "
                "translates addresses.",
                node=node,
                source=opened.source,
                target=target,
                seen=opened.seen,
            ),
        )


def _why_not(host: Node, name: str) -> Message:
    """Why programs are told nothing, as far as the node's files say."""
    if not resolver.asks_servers(host):
        return _("Programs on {node} never ask the DNS for a name.", node=host.name)
    if not resolver.settings(host).servers:
        return _("{node} knows no DNS server.", node=host.name)
    return _("Programs on {node} find no address of {name}.", node=host.name, name=name)


def _why_other(host: Node, name: str, found: Iterable[Address], family: int) -> Message:
    """Why programs try another family first."""
    values = {"node": host.name, "name": name, "family": family}
    if any(one.version == family for one in found):
        first = next(iter(found))
        return _(
            "Programs on {node} try {address} first, which is not IPv{family}.",
            address=first,
            **values,
        )
    if family == 6 and "no-aaaa" in resolver.settings(host).options:
        return _(
            "Programs on {node} never ask for IPv6 addresses: its resolv.conf forbids it.", **values
        )
    listed = resolver.hosts(host, name)
    if listed and not any(one.version == family for one in listed):
        return _(
            "The hosts file of {node} has {name} without IPv{family}, and comes first.", **values
        )
    return _("Programs on {node} find no IPv{family} address of {name}.", **values)


def servers_agree(
    lab: Lab,
    node: str,
    wanted: Mapping[str, Iterable[object]],
    kinds: Iterable[str] = ("AAAA", "A"),
) -> None:
    """Each DNS server that a node knows tells the same of names, whichever it asks.

    One on the node itself is asked when its programs ask. A server that is silent is left out
    where there is another one.
    """
    host = lab.node(node)
    servers = [one for one in resolver.settings(host).servers if not one.is_loopback]
    answered = False
    for server in servers:
        for name, addresses in wanted.items():
            for kind in kinds:
                try:
                    told = names.query(host, server, name, kind, recursion=True, within=3)
                except Failed:
                    if server == servers[-1] and not answered:
                        raise
                    break
                answered = True
                right = {ip_address(str(one)) for one in addresses}
                require(
                    set(told.addresses()) == {one for one in right if one.version == KINDS[kind]},
                    _(
                        "{server}, which {node} asks, says something else of {name} ({kind}) than "
                        "is right.",
                        server=server,
                        node=node,
                        name=name,
                        kind=kind,
                    ),
                )


def orders_as_the_rules_say(
    lab: Lab, node: str, cases: dict[str, tuple[Iterable[str], ...]]
) -> None:
    """With its own policy table a node decides all the cases as RFC 6724's table does."""
    table = address_order.table(lab.node(node))
    otherwise = [one for one in cases.values() if ordered(one, table) != ordered(one)]
    require(
        not otherwise,
        # Which case it is would tell its answer.
        _(
            "{node} would decide {count} of the {all} cases otherwise: it does not order addresses "
            "as the RFC's table does.",
            node=node,
            count=len(otherwise),
            all=len(cases),
        ),
    )


def ordered(case: tuple[Iterable[str], ...], table: object = None) -> list[Address]:
    """The addresses of a case in the order in which they are tried; by RFC 6724's table."""
    own, wanted = case
    rows = () if table is None else (table,)
    return order_destinations(
        [ip_address(one) for one in wanted], [source(one) for one in own], *rows
    )


def does_not_prefer_ipv4(
    lab: Lab,
    node: str,
    *targets: str,
    own: Iterable[object],
    link: str | None = None,
    prefix: object = None,
    by: str,
) -> None:
    """By its policy table a node with the addresses `own` would take IPv6 to each of the targets.

    Its control is that it has a global address at all, where a `link` is named one that is
    advertised there in the `prefix`; else blocked by check `by`.
    """
    table = address_order.table(lab.node(node))
    sources = [source(str(one)) for one in own]
    for name in targets:
        pair = [ip_address(str(lab.plan[f"{name}.{field}"])) for field in ("address", "address4")]
        require(
            order_destinations(pair, sources, table)[0].version == 6,
            _(
                "Had {node} both protocols, its programs would still take IPv4 to {target}: "
                "somebody told them so.",
                node=node,
                target=name,
            ),
        )
    control(
        _has_global_address(lab, node)
        if link is None
        else has_advertised_address(lab, node, link=link, prefix=prefix),
        by=by,
        message=_("{node} has no global IPv6 address that it could prefer.", node=node),
    )


def _has_global_address(lab: Lab, node: str) -> bool:
    try:
        lab.node(node).wait_address(
            lambda one: (
                one.address.version == 6 and one.scope == "global" and one.address not in LOCAL
            ),
            within=BUILDING,
        )
    except Failed:
        return False
    return True
