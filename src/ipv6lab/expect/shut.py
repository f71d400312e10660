"""What must not pass a firewall: swept, not sampled, and compared with what passed before.

A sweep sends a packet of every kind that a rule can be about, and looks which of them get to the
target, whether anybody listens there or not. What may pass is not written down here: it is what
passed in the exercise's start state (``baseline.json`` beside its checks, which a test makes anew),
or what passes in the other family.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from ipaddress import ip_address
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from ipv6lab.expect.conditions import _, control, require, require_none
from ipv6lab.expect.places import address_of, source_to
from ipv6lab.expect.strangers import Address, drawn, elsewhere, someone_in
from ipv6lab.probes import Failed, FreshHost, Lab
from ipv6lab.probes.acts.listener import standing_in
from ipv6lab.probes.asks import flows, openports
from ipv6lab.probes.asks.burst import Burst, burst
from ipv6lab.probes.asks.volley import fire
from ipv6lab.probes.seen.kinds import ACK, EXTENSIONS, SYN, Kind, Shot
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import ICMP, ICMPV6, TCP, UDP
from ipv6lab.words.message import Message

BASELINE = Path("/run/agent/exercise/baseline.json")

# Parts of a sweep: messages of ICMP or ICMPv6, and all the rest.
EVERYTHING, MESSAGES, ALL_BUT_MESSAGES = "everything", "messages", "all but messages"

# RFC 4890 section 4.3.1: what must not be dropped, since a sender has to hear of an error.
ERRORS = (1, 2, 3, 4)
ECHO, ECHO4 = 128, 8
SSH, LEAST = 22, 1024
ERRORS4 = (0, 3, 8, 11, 12)  # the same of ICMP, with pings and their answers
CODES = 8  # of each ICMPv6 type
SWEEPS = 4  # for a baseline
DRAWN = 256  # pairs of type and code, and ports, that nobody can know before
# Services that are attacked, tunnels, and what is opened by mistake; the rest is drawn.
PORTS = (
    1, 7, 19, 20, 21, 22, 23, 25, 37, 42, 53, 67, 68, 69, 79, 80, 81, 88, 110, 111, 113, 119, 123,
    135, 137, 138, 139, 143, 161, 162, 177, 179, 194, 389, 427, 443, 445, 464, 465, 500, 502, 512,
    513, 514, 515, 520, 521, 523, 530, 543, 544, 546, 547, 548, 554, 587, 593, 623, 631, 636, 646,
    666, 853, 873, 902, 989, 990, 993, 995, 1023, 1024, 1080, 1194, 1433, 1434, 1521, 1701, 1723,
    1812, 1813, 1883, 1900, 2049, 2152, 2181, 2222, 2375, 2376, 2379, 3000, 3128, 3260, 3306, 3389,
    3478, 3544, 3784, 4000, 4369, 4443, 4500, 4789, 5000, 5060, 5061, 5201, 5351, 5353, 5355, 5432,
    5555, 5601, 5672, 5900, 5938, 5984, 5985, 6000, 6081, 6379, 6443, 6514, 6666, 6667, 7000, 7547,
    8000, 8008, 8080, 8081, 8086, 8088, 8291, 8443, 8500, 8765, 8883, 8888, 9000, 9001, 9042, 9090,
    9092, 9100, 9200, 9418, 9999, 10000, 10050, 10250, 11211, 15672, 19132, 25565, 27017, 32768,
    33434, 37777, 49151, 49152, 50000, 51820, 60000, 61616, 65535,
)  # fmt: skip
SPOKEN = (20, 53, 67, 80, 88, 123, 443, 500, 546, 547, 853, 4500)  # source ports that rules trust
OWN_PORTS = (22, 23, 53, 80, 161, 179, 443, 2601, 8080)  # what a router may run
OWN_PORTS_DRAWN = 12
UDP_DRAWN = 4
HIDDEN = (22, 23, 53, 80, 443, 3389)  # ports that are asked for behind something else


def as_before(
    lab: Lab,
    node: str,
    *targets: str,
    families: Iterable[int] = (6, 4),
    besides: Collection[int] = (),
    only: str = EVERYTHING,
    opened: str,
) -> None:
    """Nothing gets from `node` to the `targets` that did not get there in the start state.

    But for ICMPv6 messages of the types `besides`. `opened` is the check that wants open what the
    control needs: the first TCP port of the baseline, or a ping. `only` is a part of the sweep.
    """
    passed = known()
    host = lab.node(node)
    for target in targets:
        for family in families:
            before = passed[pair(node, target, family)]
            swept = sweep(
                host, lab.node(target), address_of(lab, target, family), before, only=only
            )
            control(
                swept.control,
                by=opened,
                message=_(
                    "From {node} not even what got through to {target} before gets there now.",
                    node=node,
                    target=target,
                ),
            )
            more = [one for one in swept.through if not was(one, before, family, besides)]
            _nothing_more(more, _BEFORE, node=node, target=target, family=family)


def as_the_other_family(
    lab: Lab, node: str, target: str, *, family: int = 6, opened: str, besides: Collection[int] = ()
) -> None:
    """What gets from `node` to `target` over one family gets there over the other as well.

    So a firewall that was thought of for IPv4 is none in IPv6 only. Neighbour Discovery and what
    else one family alone has does not count, since no host sends it through a router.
    """
    host = lab.node(node)
    other = 10 - family
    end = lab.node(target)
    model = sweep(host, end, address_of(lab, target, other), ())
    before = {one for kind in model.through for one in _translated(kind, family)}
    if set(_messages(other)) <= set(model.through):  # then it is ICMP as such that passes
        before |= set(_messages(family))
    swept = sweep(host, end, address_of(lab, target, family), before)
    control(
        swept.control and model.control,
        by=opened,
        message=_("{node} does not reach {target} at all.", node=node, target=target),
    )
    more = [one for one in swept.through if not was(one, before, family, besides)]
    _nothing_more(more, _OTHER, node=node, target=target, family=family)


def but_for(
    lab: Lab,
    node: str,
    target: str,
    address: object,
    *,
    tcp: Iterable[int] = (),
    udp: Iterable[int] = (),
    perhaps: Iterable[int] = (),
    opened: str,
) -> None:
    """Nothing gets from `node` to an address of `target` but to these ports, and ICMP.

    Of ICMP what has to pass (RFC 4890 section 4.3.1) and pings. The control is the first of the
    TCP ports, or a ping; where it does not get through, blocked by check `opened`. TCP ports that
    are `perhaps` open are no control.
    """
    family = ip_address(str(address)).version
    own, types = (ICMPV6, (*ERRORS, ECHO, ECHO + 1)) if family == 6 else (ICMP, ERRORS4)
    before = {
        *(Kind(TCP, (port,)) for port in tcp),
        *(Kind(UDP, (port,)) for port in udp),
        *(Kind(own, (type_, 0)) for type_ in types),
    }
    out_of_reach = _("{node} does not reach {target} at all.", node=node, target=target)
    control(_has_a_way(lab.node(node), address), by=opened, message=out_of_reach)
    swept = sweep(lab.node(node), lab.node(target), address, before)
    control(swept.control, by=opened, message=out_of_reach)
    before |= {Kind(TCP, (port,)) for port in perhaps}
    more = [one for one in swept.through if not was(one, before, family)]
    _nothing_more(more, _MORE, node=node, target=target, family=family)


def _has_a_way(node: Vantage, address: object) -> bool:
    """Whether a node's kernel would send anything there at all."""
    try:
        source_to(node, address)
    except OSError:
        return False
    return True


def to_new_hosts(lab: Lab, node: Vantage, hosts: Iterable[FreshHost], *, opened: str) -> None:
    """Nothing but ICMP gets from a node, or from a stranger, to hosts that nobody had in mind.

    The control is a ping; where it does not get through, blocked by check `opened`.
    """
    for host in hosts:
        heard = _heard(node, host, host.address, (source_to(node, host.address),), opened)
        _nothing_more(
            [one.kind for one in heard], _MORE, node=node.name, target=host.name, family=6
        )
        strangers_get_no_further(lab, node, host, host.address, opened=opened)


def strangers_get_no_further(
    lab: Lab,
    node: Vantage,
    target: Vantage,
    address: object,
    *,
    known: Kind | None = None,
    opened: str,
) -> None:
    """What is shut to a node is shut to strangers anywhere whose packets come by the same way.

    The control is what is `known` to pass from the node, a ping if nothing is named; where it does
    not get through, blocked by `opened`.
    """
    family = ip_address(str(address)).version
    here = _heard(node, target, address, (source_to(node, address),), opened, known)
    open_here = {(one.kind.protocol, one.kind.detail) for one in here}
    for one in _heard(node, target, address, elsewhere(lab, family), opened, known):
        if (one.kind.protocol, one.kind.detail) not in open_here:
            raise Failed(
                _(
                    "To {target} gets through from {address} what does not from {node}: {kind}.",
                    target=target,
                    node=node,
                    address=one.source,
                    kind=one.kind.words(family),
                )
            )


def _heard(
    node: Vantage,
    target: Vantage,
    address: object,
    sources: Iterable[Address],
    opened: str,
    known: Kind | None = None,
) -> list[Shot]:
    """What gets through of TCP and UDP that is put onto the way at a node, from these sources."""
    to = ip_address(str(address))
    kinds = [Kind(protocol, (port,)) for protocol in (TCP, UDP) for port in HIDDEN]
    kinds += [Kind(protocol, (flows.any_port(),)) for protocol in (TCP, UDP)]
    echo = Kind(ICMPV6, (ECHO, 0)) if to.version == 6 else Kind(ICMP, (ECHO4, 0))
    shots = [Shot(kind, one, to) for one in sources for kind in kinds]
    fired = fire(node, target, shots, Shot.between(known or echo, source_to(node, to), to))
    control(
        fired.control,
        by=opened,
        message=_("{node} does not reach {target} at all.", node=node, target=target),
    )
    return list(fired.through)


def takes_nothing(lab: Lab, client: str, node: str, address: object) -> None:
    """A node's own address takes nothing of a client, even where somebody listens.

    The grader listens there, for the moment of the probe, at a port drawn at random and at that of
    SSH, and by UDP at others. Whether the client gets anywhere at all is for others to tell.
    """
    asker, there = lab.node(client), lab.node(node)
    ports = [SSH, LEAST + secrets.randbelow(0x10000 - LEAST)]
    with ExitStack() as standing:
        for port in ports:
            standing.enter_context(standing_in(there, port))
        found = openports.scan(openports.targets(asker, [address], ports))
    for one in found:
        raise Failed(
            _(
                "Port {port} of {node} is open to {client} at {address}.",
                port=one.port,
                node=node,
                client=client,
                address=one.address,
            )
        )
    drawn = {LEAST + secrets.randbelow(0x10000 - LEAST) for _number in range(UDP_DRAWN)}
    for protocol, port in flows.heard(asker, there, address, drawn):
        raise Failed(
            _(
                "Port {port} of {node} hears {client} by {protocol} at {address}.",
                port=port,
                node=node,
                client=client,
                protocol=protocol,
                address=address,
            )
        )


_MORE = _("From {node} to {target} more gets through over IPv{family} than should: {kinds}.")
_BEFORE = _("From {node} to {target} more gets through over IPv{family} than before: {kinds}.")
_OTHER = _(
    "From {node} to {target} more gets through over IPv{family} than over the other family: "
    "{kinds}."
)


class Swept(NamedTuple):
    """Which kinds of packets got through, and whether the control did."""

    through: list[Kind]
    control: bool


def sweep(
    node: Vantage,
    target: Vantage,
    address: object,
    before: Iterable[Kind],
    source: object = None,
    only: str = EVERYTHING,
) -> Swept:
    """Send a packet of every kind from `node` to an address of `target`.

    The control is what is known to get through: of the kinds `before` a TCP port, or else a ping.
    `source` is the address that the packets come from, if not the node's own.
    """
    to = str(address)
    family = ip_address(to).version
    own = source if source is not None else source_to(node, to)
    kinds = [one for one in (*fixed(family), *random(family)) if _is_part(one, family, only)]
    open_port = sorted((one for one in before if one.protocol == TCP and _plain(one)), key=_order)
    echo = Kind(ICMPV6, (ECHO, 0)) if family == 6 else Kind(ICMP, (ECHO4, 0))
    fired = fire(
        node,
        target,
        [Shot.between(kind, own, to) for kind in kinds],
        Shot.between(open_port[0] if open_port else echo, own, to),
    )
    return Swept([one.kind for one in fired.through], fired.control)


def pings_are_limited(lab: Lab, node: Vantage, target: str, many: int) -> None:
    """A ping gets through to the target, and of many at once not all."""
    pings = burst(node, lab.node(target), address_of(lab, target), many)
    require(
        pings.answered,
        _(
            "{node} answers no ping from {source} at all, and it did before.",
            node=target,
            source=node,
        ),
    )
    some_are_held(pings, node, target)


def some_are_held(pings: Burst, source: object, target: str) -> None:
    """Of pings that came at once not all got through."""
    require(
        pings.arrived < pings.sent,
        _(
            "All of {count} pings that came at once from {source} got through to {node}.",
            count=pings.sent,
            source=source,
            node=target,
        ),
    )


def to_strangers(
    lab: Lab,
    at: str,
    target: str,
    port: int,
    allowed: Sequence[object],
    *,
    family: int = 6,
    opened: str,
) -> None:
    """A TCP port that is open to some networks is shut to all other sources.

    They are drawn out of everything that is not `allowed`, and their packets are put onto the way
    at a node.
    """
    to = address_of(lab, target, family)
    kind = Kind(TCP, (port,))
    welcome = someone_in(allowed[0])
    others = [one.address for one in drawn(lab, [*allowed, to], family)]
    fired = fire(
        lab.node(at),
        lab.node(target),
        [Shot(kind, one, to) for one in others],
        Shot(kind, welcome, to),
    )
    control(
        fired.control,
        by=opened,
        message=_(
            "Not even who may reaches port {port} of {target} from {node}.",
            port=port,
            target=target,
            node=at,
        ),
    )
    require_none(
        fired.through,
        lambda one: _(
            "A packet from {address} gets from {node} to port {port} of {target}, which is not for "
            "everybody.",
            address=one.source,
            node=at,
            port=port,
            target=target,
        ),
    )


def itself(lab: Lab, node: str, target: str, address: object) -> None:
    """Nobody gets a connection to the target itself, whatever may be started there tomorrow.

    For the moment of the probe the grader listens on ports that matter, and on some that it draws.
    """
    ports = {*OWN_PORTS, *(flows.any_port() for _number in range(OWN_PORTS_DRAWN))}
    for protocol, port in flows.heard(lab.node(node), lab.node(target), address, ports):
        raise Failed(
            _(
                "{node} gets through to {target} itself, at {address}, to {protocol} port {port}.",
                node=node,
                target=target,
                address=address,
                protocol=protocol,
                port=port,
            )
        )


def baseline(lab: Lab, node: str, target: str, family: int) -> list[Kind]:
    """The least that tells what gets from `node` to `target` now (see `was`).

    Swept several times, since what is limited in rate does not always show.
    """
    own = ICMPV6 if family == 6 else ICMP
    passed: set[Kind] = set()
    for _number in range(SWEEPS):
        to = address_of(lab, target, family)
        passed |= set(sweep(lab.node(node), lab.node(target), to, ()).through) & _ALWAYS[family]
    plain = {
        one._replace(detail=(one.detail[0], 0)) if one.protocol == own else one
        for one in passed
        if _plain(one)
    }
    hidden = [one for one in passed if not was(one, plain, family)]
    return sorted({*plain, *hidden}, key=_order)


def known() -> dict[str, set[Kind]]:
    """What `baseline.json` says, by `pair`."""
    found = json.loads(BASELINE.read_text(encoding="utf-8"))
    return {
        who: {Kind(one[0], tuple(one[1]), *one[2:]) for one in kinds}
        for who, kinds in found.items()
    }


def pair(node: str, target: str, family: int) -> str:
    """How `baseline.json` calls who asks whom."""
    return f"{node} > {target} IPv{family}"


def read_pair(text: str) -> tuple[str, str, int]:
    """What `pair` wrote: node, target, family."""
    node, _to, target, family = text.split()
    return node, target, int(family.removeprefix("IPv"))


# -- the kinds


def fixed(family: int) -> list[Kind]:
    """The kinds of every sweep: protocols, ICMP types with codes, ports, and hidden ones."""
    own, echo = (ICMPV6, ECHO) if family == 6 else (ICMP, ECHO4)
    kinds = [Kind(protocol) for protocol in range(256)] + _messages(family)
    for protocol in (TCP, UDP):
        kinds += [Kind(protocol, (port,)) for port in PORTS]
    kinds += [Kind(TCP, (port,), flags=ACK) for port in PORTS]
    hidden = [Kind(own, (echo, 0)), *(Kind(own, (type_, 0)) for type_ in (139, 200))]
    hidden += [Kind(protocol, (port,)) for protocol in (TCP, UDP) for port in HIDDEN]
    kinds += [one._replace(cut=True) for one in hidden]
    if family == 6:
        kinds += [one._replace(extension=header) for header in EXTENSIONS for one in hidden]
    return kinds


def _messages(family: int) -> list[Kind]:
    """The ICMP messages of every sweep."""
    own, codes = (ICMPV6, CODES) if family == 6 else (ICMP, 1)
    return [Kind(own, (type_, code)) for type_ in range(256) for code in range(codes)]


def random(family: int) -> list[Kind]:
    """The kinds of this sweep alone."""
    own = ICMPV6 if family == 6 else ICMP
    kinds = [
        Kind(own, (secrets.randbelow(256), CODES + secrets.randbelow(256 - CODES)))
        for _number in range(DRAWN)
    ]
    for protocol in (TCP, UDP):
        kinds += [Kind(protocol, (1 + secrets.randbelow(0xFFFF),)) for _number in range(DRAWN)]
        kinds += [
            Kind(protocol, (1 + secrets.randbelow(0xFFFF),), sport=port)
            for port in SPOKEN
            for _number in range(2)
        ]
    return [one for one in kinds if one.sport or one not in _ALWAYS[family]]


def was(kind: Kind, before: Collection[Kind], family: int, besides: Collection[int] = ()) -> bool:
    """Whether packets of that kind got through, as far as the kinds tell that did.

    What is open as such is so behind extension headers and in fragments too, and a type of ICMP
    with all its codes: it may be limited in rate, so that not every packet of it passes.
    """
    if kind in before:
        return True
    if kind.protocol == (ICMPV6 if family == 6 else ICMP) and kind.detail:
        types = {one.detail[0] for one in before if one.protocol == kind.protocol and _plain(one)}
        return kind.detail[0] in types or (family == 6 and kind.detail[0] in besides)
    if kind.protocol in (TCP, UDP) and kind.detail:
        ports = {one.detail[0] for one in before if one.protocol == kind.protocol and _plain(one)}
        [port] = kind.detail
        return port in ports or (port not in PORTS and ports.issuperset(PORTS))
    return False


def _is_part(kind: Kind, family: int, only: str) -> bool:
    message = kind.protocol == (ICMPV6 if family == 6 else ICMP)
    return only == EVERYTHING or message == (only == MESSAGES)


def _plain(kind: Kind) -> bool:
    bare = kind.extension is None and not kind.cut and not kind.sport
    return bool(kind.detail) and bare and kind.flags == SYN


def _translated(kind: Kind, family: int) -> list[Kind]:
    """What a kind is called in this family; all of a protocol where it does not tell codes."""
    mine, theirs = (ICMPV6, ICMP) if family == 6 else (ICMP, ICMPV6)
    if kind.protocol == theirs and kind.detail:
        type_ = _SAME.get(kind.detail[0] if family == 6 else -kind.detail[0])
        if type_ is None:
            return []
        codes = range(CODES) if family == 6 else (0,)
        return [kind._replace(protocol=mine, detail=(type_, code)) for code in codes]
    if kind.cut:
        # A firewall that lets a kind through lets its fragments through, in either family.
        return [kind, *(kind._replace(cut=False, extension=one) for one in EXTENSIONS)]
    return [kind]


# ICMP's types as ICMPv6's (RFC 7915 section 4.2), and back with a minus sign.
_SAME = {8: 128, 0: 129, 3: 1, 11: 3, 12: 4, -128: 8, -129: 0, -1: 3, -2: 3, -3: 11, -4: 12}
_ALWAYS = {family: frozenset(fixed(family)) for family in (4, 6)}


# -- what is said of it


def _nothing_more(more: list[Kind], text: Message, family: int, **values: str) -> None:
    if more:
        raise Failed(_(text.text, **values, family=family, kinds=named(more, family)))


def named(kinds: Iterable[Kind], family: int) -> str:
    """Kinds in words; numbers that follow each other, among those that were tried, as a range."""
    found = sorted(set(kinds), key=_order)
    texts = []
    for _key, group in groupby(found, key=_group):
        members = list(group)
        if len(members) < 4:
            texts += [one.words(family) for one in members]
        else:
            texts.append(
                f"{members[0].words(family)} … {members[-1].words(family)} ({len(members)})"
            )
    return ", ".join(texts)


def _order(kind: Kind) -> tuple[object, ...]:
    return (*_group(kind), kind.protocol, kind.detail, kind.sport)


def _group(kind: Kind) -> tuple[object, ...]:
    """What kinds have in common that differ in their number only."""
    hidden = -1 if kind.extension is None else kind.extension
    return (kind.protocol if kind.detail else -1, bool(kind.sport), kind.flags, hidden, kind.cut)
