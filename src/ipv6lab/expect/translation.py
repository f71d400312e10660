"""A translator between IPv6 hosts and IPv4 ones: who gets where, how large, who is told (NAT64).

An IPv4 host is reached at the translator's prefix with its address in it (RFC 6052); what comes
out at the other side is IPv4 (RFC 6146, RFC 7915). Both ends are known to the grader, and what lies
between is seen on the links alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from ipv6lab.addresses.embedding import extracted, translated
from ipv6lab.expect import strangers
from ipv6lab.expect.conditions import _, control, fail, require, unwanted
from ipv6lab.expect.places import source_to
from ipv6lab.expect.reach import BULK, SOON, STEADY, eventually
from ipv6lab.probes import Capture, Failed, Lab, Packet
from ipv6lab.probes.acts.narrow import narrowed
from ipv6lab.probes.asks import browsing, flows, mtu
from ipv6lab.probes.asks.ping import REQUEST
from ipv6lab.probes.asks.scatter import scatter
from ipv6lab.probes.asks.volley import fire
from ipv6lab.probes.seen.kinds import Kind, Shot
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import ICMPV6, TCP, UDP
from ipv6lab.words.message import Message

SMALL, FULL = 100, 1500  # octets of an IPv6 packet
DIFFERENCE = 20  # octets by which an IPv4 header is shorter (RFC 7915 section 1.2)
NARROW = 1400  # octets that a link of the Internet takes
HOPS = 8  # a router of the Internet is no further
PORT_UNREACHABLE = (1, 4)  # of ICMPv6, as RFC 7915 section 4.2 makes it of ICMP
TIME_EXCEEDED = (3, 0)
ERRORS = range(1, 128)  # ICMPv6 types (RFC 4443 section 2.1)
# Addresses that nobody in the Internet has (RFC 6890); what is the agency's own comes beside them.
NOWHERE = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/4",
    "240.0.0.0/4",
)
HOSTS = 0x6464_0000  # the first interface identifier of those that one node plays
DRAWN = 3  # addresses of each of them


def reaches(lab: Lab, node: Vantage, target: Vantage, address4: object, prefix: object) -> None:
    """A host with IPv6 alone reaches one with IPv4 alone, by everything, small and full-sized.

    By ICMP, by TCP and UDP on ports that nobody uses yet, and by as many packets as it likes.
    """
    at = ip_address(str(address4))
    to = _behind(prefix, at)

    def answered(octets: int) -> None:
        # An answer that may be cut comes in pieces, if it is large (RFC 7915 section 4).
        small = octets == SMALL
        sent = mtu.send(node, target, to, octets, round_trip=small, at=at)
        if not (sent.answered if small else sent.arrived):
            raise Failed(_lost(node, target, to, sent))

    for octets in (SMALL, FULL):
        eventually(lab, lambda octets=octets: answered(octets))  # type: ignore[misc]
    flows.tcp(node, target, to, BULK, within=SOON, at=at)
    flows.udp(node, target, to, within=SOON, full=True, at=at)
    for kind, protocol in (
        (Kind(ICMPV6, (REQUEST[6], 0)), "ICMP"),
        (Kind(UDP, (flows.any_port(),)), "UDP"),
    ):
        _steadily(node, target, Shot.between(kind, source_to(node, to), to), protocol)


def _steadily(node: Vantage, target: Vantage, shot: Shot, protocol: str) -> None:
    """No limit of a rate is on the way."""
    for _attempt in range(2):  # a machine that is too busy is so once, a limit always
        fired = fire(node, target, [shot] * STEADY, shot)
        if len(fired.through) == STEADY:
            return
    raise Failed(
        _(
            "Of {sent} packets of {protocol} that {node} sends at once, {arrived} get to {target}.",
            sent=STEADY,
            protocol=protocol,
            node=node,
            arrived=len(fired.through),
            target=target,
        )
    )


def _lost(node: Vantage, target: Vantage, to: IPv6Address, sent: mtu.Sized) -> Message:
    """How far a packet and its answer got, in the order of the way."""
    values = {"node": node, "target": target, "address": to, "octets": sent.octets}
    if sent.sent is None:
        return _("{node} sends nothing to {address}: it knows no way there.", **values)
    if sent.arrived is None and sent.complaint is not None and sent.complaint.returned:
        return _(
            "{node} is told that its packet of {octets} octets to {address} is too big.", **values
        )
    if sent.arrived is None:
        return _(
            "A packet of {octets} octets from {node} to {address} gets as far as {last}, and no "
            "IPv4 packet comes to {target}.",
            last=sent.furthest or node,
            **values,
        )
    seen = sent.arrived.ip.source if sent.arrived.ip is not None else to
    if _inside(seen):
        return _(
            "{target} gets the packet of {node} from {source}: nobody in the Internet knows a way "
            "back to that address.",
            source=seen,
            **values,
        )
    return _(
        "{target} answers {node}, and the answer to a packet of {octets} octets does not come back "
        "as IPv6.",
        **values,
    )


def _inside(address: object) -> bool:
    """Whether nobody in the Internet can have this address."""
    return any(ip_address(str(address)) in ip_network(one) for one in NOWHERE)


def page_by_name(node: Vantage, name: str, address: object) -> None:
    """A page of an IPv4-only site is had by its name, at the address that the DNS server gave."""
    got = browsing.get(node, f"http://{name}/", address)
    require(
        got.status == 200,
        _("{node} asks for {name} and gets status {status}.", node=node, name=name,
          status=got.status),
    )  # fmt: skip


def has_room_for(
    lab: Lab, node: str, target: str, address4: object, prefix: object, network: object, count: int
) -> None:
    """So many hosts of a network use the translator at the same time.

    They are played by one `node` of it: what counts is that each has an address of its own.
    """
    to = _behind(prefix, ip_address(str(address4)))
    port = flows.any_port()
    # The same each time: a translator keeps an address for each host that it has seen.
    sources = [IPv6Network(str(network))[HOSTS + number] for number in range(count)]
    shots = [Shot.between(Kind(UDP, (port,)), source, to) for source in sources]
    own = source_to(lab.node(node), to)
    first = Shot.between(Kind(UDP, (port,)), own, to)

    def all_arrive() -> None:
        fired = fire(lab.node(node), lab.node(target), shots, first)
        require(
            fired.control and len(fired.through) == count,
            _(
                "Of {count} hosts of the network that send to {target} at the same time, the "
                "packets of {arrived} arrive.",
                count=count,
                target=target,
                arrived=len(fired.through),
            ),
        )

    eventually(lab, all_arrive)


# Sizes


def tells_sizes(
    lab: Lab, node: Vantage, target: str, address4: object, prefix: object, *, link: str
) -> None:
    """Where a link behind the translator takes less, hosts hear how much, and get through.

    `link` is one of the Internet's, and has no trainee's node on it. The check has to be `alone`.
    """
    at = ip_address(str(address4))
    to, far = _behind(prefix, at), lab.node(target)
    with narrowed(lab, link, NARROW, [far]):

        def told() -> None:
            big = mtu.send(node, far, to, FULL, at=at)
            require(
                big.complaint is not None and big.complaint.returned,
                _(
                    "A packet of {octets} octets from {node} is too big for a link behind the "
                    "translator, and {node} does not hear of it.",
                    octets=FULL,
                    node=node,
                ),
            )
            assert big.complaint is not None
            require(
                big.complaint.mtu == NARROW + DIFFERENCE,
                _(
                    "{node} hears that its packets may have {mtu} octets; a link behind the "
                    "translator takes {narrow} of IPv4.",
                    node=node,
                    mtu=big.complaint.mtu,
                    narrow=NARROW,
                ),
            )
            fitting = mtu.send(node, far, to, big.complaint.mtu, at=at)
            require(
                fitting.arrived,
                _(
                    "{node} hears that packets of {octets} octets fit, and one does not arrive.",
                    node=node,
                    octets=big.complaint.mtu,
                ),
            )

        eventually(lab, told)
        flows.tcp(node, far, to, BULK, within=SOON, full=True, at=at)


def answers_in_full(lab: Lab, node: Vantage, target: str, address4: object, prefix: object) -> None:
    """An IPv4 host whose answers are too long as IPv6 hears so, and then gets them through."""
    at = ip_address(str(address4))
    octets = flows.answer(node, lab.node(target), _behind(prefix, at), at, FULL)
    require(
        octets is not None,
        _(
            "An answer of {target} that is too long for IPv6 once it is translated gets lost, and "
            "{target} does not hear of it.",
            target=target,
        ),
    )


# Errors


def errors_come_back(
    lab: Lab, node: Vantage, target: str, address4: object, prefix: object, *, router: str
) -> None:
    """What IPv4 nodes say of a host's packet comes to it as ICMPv6, and from whom it was.

    From a `router` of the Internet where a hop limit ends, and from the target where nobody
    listens.
    """
    to = _behind(prefix, ip_address(str(address4)))
    own = source_to(node, to)
    network = IPv6Network(str(prefix))

    def heard(shots: list[Shot], kind: tuple[int, int], by: str) -> None:
        held = {one.address for one in lab.node(by).addresses(family=4)}
        for _shot, seen in scatter(node, shots):
            for packet in seen:
                data = packet.ip
                if (
                    not packet.sent
                    and packet.node == node.name
                    and data is not None
                    and data.icmp_type == kind[0]
                    and data.payload[1] == kind[1]
                    and isinstance(data.source, IPv6Address)
                    and data.source in network
                    and extracted(network, data.source) in held
                ):
                    return
        raise Failed(
            _(
                "{router} says something about an IPv4 packet that was made of one of {node}, and "
                "{node} does not hear it from {router}'s address behind the prefix.",
                router=by,
                node=node,
            )
        )

    port = flows.any_port()
    hops = [
        Shot.between(Kind(UDP, (port,)), own, to, hop_limit=number) for number in range(1, HOPS)
    ]
    eventually(lab, lambda: heard(hops, TIME_EXCEEDED, router))
    closed = [Shot.between(Kind(UDP, (flows.any_port(),)), own, to)]
    eventually(lab, lambda: heard(closed, PORT_UNREACHABLE, target))


# Who may not, and where not to


def not_for_strangers(
    lab: Lab,
    at: str,
    target: str,
    address4: object,
    prefix: object,
    *,
    own: Iterable[object],
    user: str,
    by: str,
) -> None:
    """Nothing that comes in at `at`'s side is translated, whatever source address it bears.

    Tried are addresses of everybody in the world and of the networks `own`, whose hosts may use
    the translator from inside; a `user` of these is the control.
    """
    to = _behind(prefix, ip_address(str(address4)))
    kinds = [Kind(ICMPV6, (REQUEST[6], 0)), Kind(TCP, (443,)), Kind(TCP, (flows.any_port(),))]
    kinds += [Kind(UDP, (53,)), Kind(UDP, (flows.any_port(),))]
    inside = lab.node(user)
    shots = [Shot.between(kind, source_to(inside, to), to) for kind in kinds]
    crossed = [shot for shot, seen in scatter(inside, shots) if _came_out(seen, target)]
    control(
        len(crossed) == len(shots),
        by=by,
        message=_("Not even packets of {node} are all translated.", node=user),
    )
    sources = [one.address for one in strangers.drawn(lab, [], 6, 1) if _sendable(one.address)]
    sources += [strangers.someone_in(one) for one in own]
    sources += [one.address for one in lab.node(user).addresses(family=6) if one.scope == "global"]
    shots = [Shot.between(secrets.choice(kinds), source, to) for source in sources]
    shots += [Shot.between(kind, source_to(lab.node(at), to), to) for kind in kinds]
    for shot, seen in scatter(lab.node(at), shots):
        require(
            not _came_out(seen, target),
            _(
                "A packet that comes to the translator from {node}'s side, from {source}, is "
                "translated ({kind}).",
                node=at,
                source=shot.source,
                kind=shot.kind.words(6),
            ),
        )


def _sendable(address: object) -> bool:
    one = ip_address(str(address))
    return not (one.is_multicast or one.is_loopback or one.is_unspecified or one.is_link_local)


def _came_out(seen: Iterable[Packet], target: str) -> bool:
    return any(
        one.node == target and not one.sent and one.ip is not None and one.ip.version == 4
        for one in seen
    )


def not_to(
    lab: Lab,
    node: str,
    target: str,
    address4: object,
    prefix: object,
    *,
    forbidden: Iterable[object],
    by: str,
) -> None:
    """Addresses that have no place in the Internet are not reached through the translator.

    `forbidden` are the agency's own addresses and networks beside those that nobody has. The
    control is the `target`, which is reached.
    """
    host = lab.node(node)
    to = _behind(prefix, ip_address(str(address4)))
    own = source_to(host, to)
    echo, web_, any_ = Kind(ICMPV6, (REQUEST[6], 0)), Kind(TCP, (80,)), Kind(UDP, (53,))
    known = scatter(host, [Shot.between(kind, own, to) for kind in (echo, web_, any_)])
    control(
        all(_came_out(seen, target) for _shot, seen in known),
        by=by,
        message=_("{node} does not reach {target} through the translator.", node=node,
                  target=target),
    )  # fmt: skip
    places = [ip_network(str(one)) for one in (*forbidden, *NOWHERE)]
    addresses = [
        ip_address(str(one))
        for place in places
        for one in {strangers.someone_in(place) for _number in range(DRAWN)}
    ]
    addresses += [ip_address("127.0.0.1"), ip_address("255.255.255.255")]
    shots = [
        Shot.between(kind, own, _behind(prefix, one))
        for one in dict.fromkeys(addresses)
        for kind in (echo, web_, any_)
    ]
    asked = {shot.destination for shot in shots}
    network = IPv6Network(str(prefix))
    link = host.interface().link
    with Capture(lab.fabric, [link], lambda one: _answers(one, host, asked)) as capture:
        seen = scatter(host, shots)
        capture.read()
    for shot, sightings in seen:
        assert isinstance(shot.destination, IPv6Address)
        wanted = extracted(network, shot.destination)
        for packet in sightings:
            require(
                packet.ip is None or packet.ip.version == 6 or packet.ip.destination != wanted,
                _(
                    "A packet of {node} to {address} inside the prefix goes out on {link} as IPv4.",
                    node=node,
                    address=wanted,
                    link=packet.link,
                ),
            )
    for packet in unwanted(capture.packets):
        assert packet.ip is not None
        assert isinstance(packet.ip.source, IPv6Address)
        fail(
            _(
                "{node} gets an answer from {address} through the translator.",
                node=node,
                address=extracted(network, packet.ip.source),
            )
        )


def _answers(packet: Packet, host: Vantage, asked: Collection[object]) -> bool:
    """Whether one of the places that were asked has answered a host, and not with an error."""
    data = packet.ip
    return (
        data is not None
        and not packet.sent
        and packet.node == host.name
        and data.source in asked
        and data.icmp_type not in ERRORS
    )


def _behind(prefix: object, address: object) -> IPv6Address:
    one = ip_address(str(address))
    assert isinstance(one, IPv4Address)
    return translated(IPv6Network(str(prefix)), one)
