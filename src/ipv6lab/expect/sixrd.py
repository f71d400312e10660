"""IPv6 Rapid Deployment on IPv4 (RFC 5969), its arithmetic, and what is left of 6to4 (RFC 7526)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from ipv6lab.addresses.embedding import rapid_deployment, six_to_four
from ipv6lab.expect.conditions import _, control, require, require_none
from ipv6lab.expect.places import source_to
from ipv6lab.expect.strangers import someone_in
from ipv6lab.network.netlink import Route
from ipv6lab.probes import Lab
from ipv6lab.probes.asks import flows
from ipv6lab.probes.asks.scatter import scatter
from ipv6lab.probes.seen.kinds import Kind, Shot
from ipv6lab.wire.encapsulation import layers
from ipv6lab.wire.headers import ICMPV6, TCP, UDP

ANYCAST = IPv4Address("192.88.99.1")  # of 6to4 relays, which are no more (RFC 7526)
SIX_TO_FOUR = IPv6Network("2002::/16")
SOMEWHERE = ("192.0.2.1", "198.51.100.1", "203.0.113.1", "8.8.8.8")


def delegated(prefix: object, mask_length: int, own: object) -> IPv6Network:
    """What 6rd delegates to an IPv4 address."""
    return rapid_deployment(IPv6Network(str(prefix)), mask_length, IPv4Address(str(own)))


def answer_is_delegated(lab: Lab, question: str, prefix: str, mask_length: int) -> None:
    """The answer to a question is what a provider's 6rd delegates to the address drawn for it."""
    right = delegated(prefix, mask_length, lab.plan[f"draw.{question}"])
    answer = lab.answers.prefix(question)
    require(
        answer.prefixlen == right.prefixlen,
        _("The prefix in the answer to {question} has the wrong length.", question=question),
    )
    require(
        answer == right,
        _("The answer to {question} is not what 6rd delegates there.", question=question),
    )


def answer_leads_back(lab: Lab, question: str, prefix: str, prefix4: str) -> None:
    """The answer is the IPv4 address to which packets for the drawn IPv6 address go."""
    customers = IPv4Network(prefix4)
    address = lab.answers.any_address(question)
    require(
        isinstance(address, IPv4Address)
        and address in customers
        and IPv6Address(str(lab.plan[f"draw.{question}"]))
        in delegated(prefix, customers.prefixlen, address),
        _("Packets for the address in {question} go to another IPv4 address.", question=question),
    )


def lan_of(lab: Lab, link: str, router: str, whole: object) -> IPv6Network:
    """The one /64 of what is delegated to a router that it advertises on a link."""
    own = IPv6Network(str(whole))
    told = {
        prefix.network
        for heard in lab.link(link).advertisements()
        if heard.sender == router and heard.advertisement.valid
        for prefix in heard.advertisement.prefixes
        if prefix.valid
    }
    mine = [one for one in told if one.subnet_of(own) and one.prefixlen == 64]
    require(
        len(mine) == 1,
        _(
            "What {router} advertises on {link} is not one /64 out of what 6rd delegates to it: "
            "{prefixes}.",
            router=router,
            link=link,
            prefixes=", ".join(str(one) for one in told) or "—",
        ),
    )
    return mine[0]


def nothing_of_six_to_four(lab: Lab, *nodes: str) -> None:
    """No node has an address or a route of 6to4, or a way to its relays."""
    for name in nodes:
        node = lab.node(name)
        for address in node.addresses():
            require(
                address.address != ANYCAST and address.address not in SIX_TO_FOUR,
                _("{node} has {address}, an address of 6to4.", node=name, address=address.address),
            )
        require_none(
            node.routes(6),
            lambda one, name=name: _(  # type: ignore[misc]
                "{node} has a route of 6to4, to {prefix}.", node=name, prefix=one.destination
            ),
            _is_of_6to4,
        )


def wraps_nothing_for_six_to_four(
    lab: Lab, host: str, router: str, link: str, customers: object, *, by: str
) -> None:
    """What is for addresses of 6to4 goes to no IPv4 address that stands in them."""
    node = lab.node(host)
    anywhere = [
        six_to_four(IPv4Address(one))[1] for one in (*SOMEWHERE, str(someone_in(customers)))
    ]
    kinds = [Kind(ICMPV6, (128, 0)), Kind(TCP, (flows.any_port(),)), Kind(UDP, (443,))]
    try:
        shots = [Shot.between(one, source_to(node, to), to) for to in anywhere for one in kinds]
    except OSError:  # it has no way to anywhere yet
        shots = []
    fates = scatter(node, shots) if shots else []
    control(
        any(one.node == router and not one.sent for _shot, seen in fates for one in seen),
        by=by,
        message=_("Packets from {node} do not even get to {router}.", node=host, router=router),
    )
    for shot, seen in fates:
        for packet in seen:
            found = layers(packet.frame)
            wrapped = len(found) > 1 and packet.sent and packet.link == link
            require(
                not wrapped
                or found[-1].destination != shot.destination
                or not _by_itself(found[0].destination, shot),
                _(
                    "{node} wraps a packet for {address} and sends it to {destination}, as 6to4 "
                    "did.",
                    node=packet.node,
                    address=shot.destination,
                    destination=found[0].destination if found else "",
                ),
            )


def _by_itself(outer: object, shot: Shot) -> bool:
    """Whether a packet goes to the IPv4 address in its destination, or to a relay of 6to4."""
    inside = IPv4Address(shot.destination.packed[2:6])
    return outer in (inside, ANYCAST)


def _is_of_6to4(route: Route) -> bool:
    """A route into 6to4's prefix, or to one of its relays."""
    inside = route.destination.version == 6 and route.destination.subnet_of(SIX_TO_FOUR)
    return route.kind == "unicast" and (inside or route.gateway == IPv6Address(int(ANYCAST)))
