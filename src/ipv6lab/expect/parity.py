"""One policy for both protocols: what passes over IPv6 is what passes over IPv4, and no less.

Nothing here says what should pass. Packets of the same kinds are sent over both families, and the
answers compared: TCP and UDP by port, every other protocol, fragments. What IPv4 has no twin of is
judged by its own standards: ICMPv6 by RFC 4890, extension headers by RFC 8200, 7045 and 5095.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from ipaddress import ip_address
from typing import NamedTuple

from ipv6lab.expect import shut
from ipv6lab.expect.conditions import _, control, require, require_none
from ipv6lab.expect.places import address_of, source_to
from ipv6lab.expect.shut import CODES, DRAWN, ECHO, ECHO4, HIDDEN, PORTS, SPOKEN, named
from ipv6lab.expect.strangers import someone_in
from ipv6lab.probes import Lab, Node
from ipv6lab.probes.asks import flows, forged_icmp
from ipv6lab.probes.asks.burst import burst
from ipv6lab.probes.asks.volley import fire
from ipv6lab.probes.seen.kinds import ACK, EXTENSIONS, SYN, Kind, Shot, SourceRouted
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import ICMP, ICMPV6, TCP, UDP

# Headers of IPv6 that are no upper layer (RFC 8200 section 4, RFC 7045 section 4): no IPv4 twin.
NO_TWIN = (0, 43, 44, 59, 60, 135, 139, 140)
# A packet of these that holds nothing is broken, and whoever follows connections may say so.
BROKEN = (ICMP, TCP, UDP, 33, 51, ICMPV6, 132, 136)
# RFC 4890 section 4.3.1, which must pass, and with it what 4.3.2 says should: of the errors all
# codes, Mobile IPv6.
MAY = frozenset((1, 2, 3, 4, ECHO, ECHO + 1, 144, 145, 146, 147))
# Section 4.3.1 by type and code; of type 1 all that RFC 4443 and its followers have assigned.
MUST = (*((1, code) for code in range(7)), (2, 0), (3, 0), (4, 1), (4, 2))
ROOM = 1492  # octets that a Packet Too Big of the grader's names: it makes nobody's packets small
SPOOFED = 8  # addresses of each network
LEAST = 20  # ports in 1..1024 that a service's neighbours are


class Side(NamedTuple):
    """Who sends to whom over one family."""

    node: Vantage
    target: Vantage
    address: object

    @classmethod
    def of(cls, lab: Lab, node: str, target: str, family: int) -> Side:
        return cls(lab.node(node), lab.node(target), address_of(lab, target, family))


def tcp(port: int) -> Kind:
    """The opening of a TCP connection to a port."""
    return Kind(TCP, (port,))


def udp(port: int) -> Kind:
    """A UDP datagram to a port."""
    return Kind(UDP, (port,))


def passes_the_same(four: Side, six: Side, known: Kind | None = None) -> None:
    """TCP, UDP, every other protocol and fragments pass over IPv6 exactly where over IPv4.

    `known` is a kind that passes, the control of both; a ping if none is named.
    """
    kinds = _compared()
    old = _through(four, kinds, known)
    new = _through(six, kinds, known)
    values = {"node": six.node, "target": six.target}
    control(
        old is not None,
        by="S1",
        message=_("From {node} to {target} not even IPv4 passes as it should.", **values),
    )
    require(
        new is not None,
        _(
            "From {node} nothing gets to {target} over IPv6, not even {kind}.",
            kind=known.words(6) if known else "ping",
            **values,
        ),
    )
    assert old is not None
    assert new is not None
    open_to_all = sum(1 for one in old if _bare(one)) > len(PORTS) / 2
    less = [one for one in old - new if not _may_be_missing(one)]
    require(
        not less,
        _(
            "From {node} to {target} over IPv6 does not get through what does over IPv4: {kinds}.",
            kinds=named(less, 6),
            **values,
        ),
    )
    more = [one for one in new - old if not _may_be_more(one, old, open_to_all)]
    require(
        not more,
        _(
            "From {node} to {target} gets through over IPv6 what does not over IPv4: {kinds}.",
            kinds=named(more, 6),
            **values,
        ),
    )


def the_same_at_itself(lab: Lab, firewall: str, four: Side, six: Side) -> None:
    """A node's own ports are open over IPv6 to whom they are over IPv4, and to nobody else.

    The grader listens there for the moment, at ports that matter and at some that it draws.
    """
    ports = {*shut.OWN_PORTS, *(flows.any_port() for _number in range(shut.OWN_PORTS_DRAWN))}
    old = set(flows.heard(four.node, four.target, four.address, ports))
    new = set(flows.heard(six.node, six.target, six.address, ports))
    for found, text in (
        (
            new - old,
            _("Over IPv6 {node} gets to {firewall} itself where IPv4 does not let it: {kinds}."),
        ),
        (
            old - new,
            _("Over IPv6 {node} does not get to {firewall} itself where IPv4 lets it: {kinds}."),
        ),
    ):
        kinds = ", ".join(f"{protocol} {port}" for protocol, port in sorted(found))
        require(not found, _(text.text, node=six.node, firewall=firewall, kinds=kinds))


def messages_pass(lab: Lab, node: str, target: str) -> None:
    """Of ICMPv6, pings pass, and nothing that RFC 4890 sections 4.3.1 and 4.3.2 do not list."""
    side = Side.of(lab, node, target, 6)
    kinds = [Kind(ICMPV6, (type_, code)) for type_ in range(256) for code in range(CODES)]
    kinds += [
        Kind(ICMPV6, (secrets.randbelow(256), CODES + secrets.randbelow(256 - CODES)))
        for _number in range(DRAWN)
    ]
    found = _through(side, kinds, None)
    values = {"node": node, "target": target}
    require(found is not None, _("A ping from {node} does not get to {target}.", **values))
    more = [one for one in found or () if one.detail[0] not in MAY]
    require(
        not more,
        _(
            "From {node} to {target} gets through what RFC 4890 section 4.3 does not ask for: "
            "{kinds}.",
            kinds=named(more, 6),
            **values,
        ),
    )


def errors_come_back(lab: Lab, host: Node, other: Node) -> None:
    """What must not be dropped gets back to who sent: each error of RFC 4890 section 4.3.1.

    They are about a packet that `host` did send to `other`, so that it may be asked for.
    """
    ping = host.ping(other, address_of(lab, other.name))
    for type_, code in MUST:
        value = ROOM if type_ == 2 else 0
        last = forged_icmp.complain(other, host, ping.arrived, type_, code, value)
        require(
            last == host.name,
            _(
                "When {other} complains about a packet of {node} (ICMPv6 type {type}, code "
                "{code}), that gets no further than {last}.",
                other=other,
                node=host,
                type=type_,
                code=code,
                last=last,
            ),
        )


def nothing_hides(lab: Lab, four: Side, six: Side, *, by: str) -> None:
    """What is shut over IPv4 gets through over IPv6 in no disguise: behind no extension header.

    Its control is a ping, and blocked by check `by` where that does not get through.
    """
    plain = [Kind(protocol, (port,)) for protocol in (TCP, UDP) for port in _hidden_ports()]
    shown = _through(four, plain, None)
    unwanted = [Kind(ICMPV6, (type_, 0)) for type_ in (139, 200)]
    hidden = [
        one._replace(extension=header)
        for header in EXTENSIONS
        for one in (*plain, *unwanted)
        if one not in (shown or ())
    ]
    hidden += [one._replace(cut=True) for one in unwanted]
    found = _through(six, hidden, None)
    values = {"node": six.node, "target": six.target}
    control(
        shown is not None and found is not None,
        by=by,
        message=_("A ping from {node} does not get to {target}.", **values),
    )
    require(
        not found,
        _(
            "From {node} to {target} gets through in disguise what is shut: {kinds}.",
            kinds=named(found or (), 6),
            **values,
        ),
    )


def not_in_others_names(
    at: Vantage,
    target: Vantage,
    address: object,
    networks: Iterable[object],
    kind: Kind,
    *,
    by: str,
) -> None:
    """A packet from `at` whose source belongs to others gets nowhere, be its port open or not.

    `networks` are whose; addresses in them are drawn. The control is the same packet with the
    sender's own address.
    """
    own = source_to(at, address)
    lies = [someone_in(one) for one in networks for _number in range(SPOOFED)]
    shots = [Shot.between(kind, one, address) for one in lies]
    fired = fire(at, target, shots, Shot.between(kind, own, address))
    values = {"node": at, "target": target}
    control(
        fired.control,
        by=by,
        message=_("Not even with its own address {node} reaches {target}.", **values),
    )
    require_none(
        fired.through,
        lambda one: _(
            "{node} sends with the source {address}, which is of another side of the firewall, and "
            "gets through to {target}.",
            address=one.source,
            **values,
        ),
    )


def not_by_source_routes(lab: Lab, six: Side, kind: Kind, via: object, *, by: str) -> None:
    """A packet with a routing header of type 0 gets nowhere (RFC 5095), though its port is open."""
    shot = Shot.between(kind, source_to(six.node, six.address), six.address)
    fired = fire(six.node, six.target, [SourceRouted(shot, ip_address(str(via)))], shot)
    values = {"node": six.node, "target": six.target}
    control(fired.control, by=by, message=_("{node} does not reach {target} at all.", **values))
    require(
        not fired.through,
        _("From {node} to {target} gets through a packet with a type 0 routing header.", **values),
    )


def floods_do_not_pass(six: Side, many: int, *, by: str) -> None:
    """Of many pings at once not all get through; one alone does, or check `by` blocks this one."""
    node, target = six.node.name, six.target.name
    pings = burst(six.node, six.target, six.address, many)
    values = {"node": node, "target": target}
    control(
        pings.answered, by=by, message=_("A ping from {node} does not get to {target}.", **values)
    )
    shut.some_are_held(pings, node, target)


def passes_as_before(lab: Lab, node: str, target: str, family: int = 4) -> None:
    """What got from a node to another in the start state still does: TCP, UDP, other protocols."""
    before = shut.known()[shut.pair(node, target, family)]
    kinds = [one for one in before if one.protocol not in (ICMP, ICMPV6) and not _broken(one)]
    found = _through(Side.of(lab, node, target, family), kinds, None)
    missing = [one for one in kinds if found is None or one not in found]
    require(
        found is not None and not missing,
        _(
            "From {node} to {target} does not get through over IPv{family} any more what did "
            "before: {kinds}.",
            node=node,
            target=target,
            family=family,
            kinds=named(missing, family) if found is not None else "ping",
        ),
    )


# -- the kinds


def _compared() -> list[Kind]:
    """The same for both families: protocols, ports that are known and that nobody can know."""
    drawn = [1 + secrets.randbelow(0xFFFF) for _number in range(DRAWN)]
    low = [1 + secrets.randbelow(1023) for _number in range(LEAST)]
    kinds = [Kind(protocol) for protocol in range(256)]
    for protocol in (TCP, UDP):
        kinds += [Kind(protocol, (port,)) for port in {*PORTS, *drawn, *low}]
        kinds += [
            Kind(protocol, (1 + secrets.randbelow(0xFFFF),), sport=port)
            for port in SPOKEN
            for _number in range(2)
        ]
        kinds += [Kind(protocol, (port,), cut=True) for port in _hidden_ports()]
    kinds += [Kind(TCP, (port,), flags=ACK) for port in PORTS]
    return kinds


def _hidden_ports() -> tuple[int, ...]:
    return (*HIDDEN, 25)


def _through(side: Side, kinds: Sequence[Kind], known: Kind | None) -> set[Kind] | None:
    """Which of the kinds got through; None where not even the control did."""
    to = ip_address(str(side.address))
    own = source_to(side.node, to)
    echo = Kind(ICMPV6, (ECHO, 0)) if to.version == 6 else Kind(ICMP, (ECHO4, 0))
    fired = fire(
        side.node,
        side.target,
        [Shot.between(one, own, to) for one in kinds],
        Shot.between(known or echo, own, to),
    )
    return {one.kind for one in fired.through} if fired.control else None


def _bare(kind: Kind) -> bool:
    return not kind.detail


def _broken(kind: Kind) -> bool:
    """What a firewall that follows connections may take for nonsense."""
    return (_bare(kind) and kind.protocol in (*NO_TWIN, *BROKEN)) or kind.flags == ACK


def _may_be_missing(kind: Kind) -> bool:
    return _broken(kind)


def _may_be_more(kind: Kind, old: Collection[Kind], open_to_all: bool) -> bool:
    """What is neither here nor there: of a path that is open, or of a port that is."""
    if _bare(kind):
        return open_to_all and _broken(kind)
    return kind.flags == ACK and kind._replace(flags=SYN) in old
