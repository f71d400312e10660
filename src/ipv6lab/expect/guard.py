"""First-hop security: what gets from a port of a switch to the others (RFC 6105, 7113, 7610).

A switch is judged by the frames that come out of it. Each of its ports is a link of its own, on
which new hosts stand in for whoever is plugged in; what they send, the command `rogue6` of every
node sends as well. The switch may be a bridge with filters, or one that a controller programs.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from ipaddress import IPv6Address, IPv6Network
from typing import NamedTuple

from ipv6lab.expect import reach
from ipv6lab.expect.conditions import _, control, require
from ipv6lab.expect.shut import ECHO, PORTS, SPOKEN, named
from ipv6lab.probes import Failed, FreshHost, Lab
from ipv6lab.probes.hosts.crossing import WITHIN, Sent, cross, put
from ipv6lab.probes.hosts.dhcp4client import Client
from ipv6lab.probes.hosts.fresh import random_mac
from ipv6lab.probes.hosts.stations import Station
from ipv6lab.probes.seen.kinds import EXTENSIONS, Kind, Shot
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire import dhcp6, rogue
from ipv6lab.wire.headers import (
    ETH_P_IP,
    ETH_P_IPV6,
    ICMP,
    ICMPV6,
    TCP,
    UDP,
    ethernet,
    multicast_mac,
)
from ipv6lab.wire.rogue import BEHIND_HEADERS, CUT_WITHIN_HEADERS, IN_FRAGMENTS, PLAIN, Form, Upper
from ipv6lab.words.message import Message

__all__ = ["BEHIND_HEADERS", "FRAGMENTS", "PLAIN", "Ports"]

FRAGMENTS = (*IN_FRAGMENTS, *CUT_WITHIN_HEADERS)
# No honest node sends a first fragment without the whole chain of headers (RFC 7112).
_HONEST = (PLAIN, *BEHIND_HEADERS, *IN_FRAGMENTS)
EVERYBODY = IPv6Address("ff02::1")
LINK_LOCAL = IPv6Network("fe80::/64")
ELSEWHERE = IPv6Network("3fff:800::/64")  # where nobody is (RFC 9637)
SERVERS_AND_RELAYS, CLIENT_TO_SERVER = IPv6Address("ff02::1:2"), (546, 547)
UNSPECIFIED = IPv6Address("::")
REBOOTED = 25.0  # seconds that a switch takes to be switched off and on
STEERED = 20.0  # seconds in which a controller has come up and told its switch what to do
# Of ICMPv6: what only routers send, and queries for listeners, of which there are guards as well.
ROUTERS, QUERIES = (134, 137), (130, 151, 152, 153)
NEIGHBOURS, LISTENERS = (133, 135, 136), (131, 132, 143)
TAG = 12  # octets that tell a frame from all others
BIG = 2800  # octets of a datagram that takes two fragments

Maker = Callable[["_Speaker", IPv6Address], Upper]


class Ports(NamedTuple):
    """What is behind the ports of a switch: each of them is a link of its own.

    `router` may be heard from `router_link` alone, `server` (DHCPv6) from `server_link` alone;
    hosts are on the links `access`. `network` is what the addressing plan calls all of it. A switch
    that is steered has a `controller`, which it reaches by the link `control`.
    """

    network: str
    router: str
    router_link: str
    server: str
    server_link: str
    access: tuple[str, ...]
    controller: str = ""
    control: str = ""

    @property
    def links(self) -> tuple[str, ...]:
        return (self.router_link, self.server_link, *self.access)


class _Speaker(NamedTuple):
    """Who sends, from where, and in whose name: `borrowed` is that of somebody else."""

    at: Vantage
    link: str
    mac: str
    address: IPv6Address
    borrowed: bool = False

    def frames(self, upper: Upper, form: Form, mac: str, hop_limit: int = 255) -> tuple[bytes, ...]:
        packets = upper.packets(form, hop_limit)
        return tuple(ethernet(self.mac, mac, ETH_P_IPV6, one) for one in packets)


class _Attack(NamedTuple):
    """On which link what was tried: `command` does the same from a node."""

    link: str
    command: str


# -- what must not get in


def lets_in_no_advertisement(
    lab: Lab,
    ports: Ports,
    forms: Collection[Form],
    *,
    heard: str,
    passes: str,
    within: float = WITHIN,
) -> None:
    """No Router Advertisement gets from a host's port to any other, in whose name ever.

    The controls: the router's own get through in these forms (check `heard` judges that), and an
    ordinary frame of the same hosts does (check `passes`).
    """
    say = _(
        "A Router Advertisement put onto {link} comes out on {other}, as one made by: {command}"
    )
    make = _advertisement(_prefix(lab, ports))
    _die(lab, ports, ports.access, ports.router, "ra", [make], forms, say, passes, within)
    _gets_through(lab, ports, _router(lab, ports), make, forms, heard, _ROUTER_UNHEARD)


def lets_in_no_redirect(
    lab: Lab, ports: Ports, forms: Collection[Form], *, heard: str, passes: str
) -> None:
    """No Redirect gets from a host's port to any other; the router's own do."""
    say = _("A Redirect put onto {link} comes out on {other}, as one made by: {command}")
    _die(lab, ports, ports.access, ports.router, "redirect", [_redirect], forms, say, passes)
    _gets_through(lab, ports, _router(lab, ports), _redirect, forms, heard, _ROUTER_UNHEARD)


def lets_in_no_dhcp_answer(
    lab: Lab,
    ports: Ports,
    forms: Collection[Form],
    *,
    heard: str,
    passes: str,
    within: float = WITHIN,
) -> None:
    """No answer of a DHCPv6 server gets from a host's port to any other; the server's own do."""
    say = _("A DHCPv6 answer put onto {link} comes out on {other}, as one made by: {command}")
    # By every source port that a rule may trust where it matters least, as it is.
    by_port = [_answer(dhcp6.REPLY, one) for one in SPOKEN if one != rogue.SERVER_PORT]
    makers = [*_ANSWERS, *(by_port if list(forms) == [PLAIN] else ())]
    _die(lab, ports, ports.access, ports.server, "dhcp6", makers, forms, say, passes, within)
    _gets_through(lab, ports, _server(lab, ports), _ANSWERS[0], forms, heard, _SERVER_UNHEARD)


def server_is_no_router(
    lab: Lab, ports: Ports, forms: Collection[Form], *, heard: str, passes: str
) -> None:
    """Neither advertisements nor Redirects get in from the DHCPv6 server's port."""
    say = _("What only a router may send gets from {link} to {other}, as made by: {command}")
    for kind, make in (("ra", _advertisement(None)), ("redirect", _redirect)):
        where = (ports.server_link,)
        _die(lab, ports, where, ports.router, kind, [make], forms, say, passes)
    _gets_through(lab, ports, _router(lab, ports), _redirect, forms, heard, _ROUTER_UNHEARD)


def new_hosts_hear_only_the_router(lab: Lab, ports: Ports, switch: str) -> None:
    """Nobody's advertisements but the router's have come out of the switch, as it was filmed."""
    own = lab.node(ports.router).interface(ports.router_link).mac
    for link in ports.access:
        for one in lab.film.advertisements(link, after=lab.film.laid):
            require(
                one.sender != switch or one.packet.source_mac == own,
                _(
                    "Since the work was done, an advertisement of {node} came out on {link}.",
                    node=lab.fabric.owner_of(one.packet.source_mac) or one.packet.source_mac,
                    link=link,
                ),
            )


def new_hosts_hear_only_the_server(lab: Lab, ports: Ports) -> None:
    """Whoever asks on a host's port for an address is answered by the server alone, if at all."""
    own = lab.node(ports.server).interface(ports.server_link).mac
    link = ports.access[-1]
    with lab.link(link).dhcp6_client() as client:
        for one in client.everybody():
            require(
                one.packet.source_mac == own,
                _(
                    "{node} answers a host on {link} that asks for a DHCPv6 server.",
                    node=lab.fabric.owner_of(one.packet.source_mac) or one.packet.source_mac,
                    link=link,
                ),
            )


# -- what has to get through


def router_is_heard(lab: Lab, ports: Ports) -> None:
    """On each host's port a new host builds an address and takes the router for its own.

    What the router sends gets through, also behind extension headers and in fragments.
    """
    prefix = _prefix(lab, ports)
    gateways = lab.node(ports.router).link_locals(ports.router_link)
    for link in ports.access:
        with lab.link(link).fresh_host(name=f"new-{link}") as host:
            values = {"link": link, "router": ports.router}
            require(
                host.builds(prefix),
                _("A new host on {link} builds no address from {router}'s prefix.", **values),
            )
            require(
                host.learns(lambda one: one.default and one.gateway in gateways),
                _("A new host on {link} does not take {router} for its router.", **values),
            )
    speaker = _router(lab, ports)
    for make, text in (
        (_advertisement(prefix), _("{router}'s advertisements do not get to {link}: {options}")),
        (_redirect, _("{router}'s Redirects do not get to {link}: {options}")),
    ):
        for form, link in _unheard(lab, ports, speaker, make, _HONEST):
            raise Failed(_(text.text, router=ports.router, link=link, options=form.options or "—"))


def server_is_heard(lab: Lab, ports: Ports) -> None:
    """On each host's port a new host is leased an address by the server.

    What the server sends gets through, also behind extension headers and in fragments.
    """
    own = lab.node(ports.server).interface(ports.server_link).mac
    values = {"link": ports.access[-1], "server": ports.server}
    with lab.link(ports.access[-1]).dhcp6_client() as client:
        offers = [one for one in client.everybody() if one.packet.source_mac == own]
        require(offers, _("A new host on {link} hears no DHCPv6 answer of {server}.", **values))
        reply = client.request(offers[0])
        require(
            reply and reply.message.addresses,
            _("A new host on {link} is leased no address by {server}.", **values),
        )
    _questions_arrive(lab, ports)
    for form, link in _unheard(lab, ports, _server(lab, ports), _ANSWERS[0], _HONEST):
        raise Failed(
            _(
                "{server}'s DHCPv6 answers do not get to {link}: {options}",
                server=ports.server,
                link=link,
                options=form.options or "—",
            )
        )


def _questions_arrive(lab: Lab, ports: Ports) -> None:
    """What hosts ask all DHCPv6 servers gets from each of their ports to the server's."""
    card = multicast_mac(SERVERS_AND_RELAYS)
    items, controls = {}, []
    with ExitStack() as opened:
        for link in ports.access:
            host = opened.enter_context(lab.link(link).attach(autoconfigure=False))
            own = _at(host, link)
            data = dhcp6.write(dhcp6.INFORMATION_REQUEST, secrets.randbits(24), [])
            asked = rogue.udp(own.address, SERVERS_AND_RELAYS, CLIENT_TO_SERVER, data)
            items[link] = Sent(host, link, own.frames(asked, PLAIN, card, hop_limit=1))
            controls.append(Sent(host, link, _ordinary(own)))
        crossing = cross(lab, items, controls, ports.links)
    for link, found in crossing.arrived.items():
        require(
            ports.server_link in found,
            _(
                "What a host on {link} asks DHCPv6 servers does not get to {server}.",
                link=link,
                server=ports.server,
            ),
        )


def passes_all_else(lab: Lab, ports: Ports, *, inspected: bool = False) -> None:
    """What is neither a router's nor a DHCPv6 server's passes, from each port to the others.

    Neighbour Discovery and listeners' reports, all other ICMPv6, all protocols and ports, behind
    extension headers and in fragments, in both families; and hosts reach each other and the router.
    Where it is `inspected` whose an address is, Neighbour Discovery is judged by that instead.
    """
    prefix, router = _prefix(lab, ports), lab.plan[f"{ports.network}.router"]
    with ExitStack() as opened:
        hosts = {
            link: opened.enter_context(lab.link(link).fresh_host(prefix, router, f"new-{link}"))
            for link in (ports.access[0], ports.access[-1])
        }
        one, other = hosts.values()
        _ordinary_passes(lab, ports, hosts, (135, 136) if inspected else ())
        reach.hosts_reach_each_other(lab, one, other)
        reach.reaches(lab, one, lab.node(ports.router), router)


def ipv4_is_leased(lab: Lab, ports: Ports) -> None:
    """On each host's port a new host is offered an IPv4 address."""
    for link in ports.access:
        with Client(lab, link) as client:
            require(
                client.discover(),
                _("A new host on {link} is offered no IPv4 address.", link=link),
            )


def guards_after_a_reboot(
    lab: Lab, ports: Ports, switch: str, *, advertisements: str, answers: str, passes: str
) -> None:
    """When the switch has been switched off and on, what is no router's and no server's dies."""
    lab.reboot(lab.node(switch))
    say = _("After a reboot of the switch, what is put onto {link} comes out on {other}: {command}")
    loaded = lab.record.until(REBOOTED)
    for kind, node, make in (
        ("ra", ports.router, _advertisement(None)),
        ("dhcp6", ports.server, _ANSWERS[0]),
    ):
        while True:  # its ports may be there before its rules are
            try:
                _die(lab, ports, ports.access, node, kind, [make], (PLAIN,), say, passes, REBOOTED)
                break
            except Failed:
                if time.monotonic() >= loaded:
                    raise
    router, server = _router(lab, ports), _server(lab, ports)
    _gets_through(lab, ports, router, _redirect, (PLAIN,), advertisements, _ROUTER_UNHEARD)
    _gets_through(lab, ports, server, _ANSWERS[0], (PLAIN,), answers, _SERVER_UNHEARD)


_ROUTER_UNHEARD = _("What {node} itself sends in the same form does not get to {link} either.")
_SERVER_UNHEARD = _ROUTER_UNHEARD
_SHUT = _("Not even an ordinary frame gets from {link} to {other}.")


# -- how it is tried


def _die(
    lab: Lab,
    ports: Ports,
    where: Iterable[str],
    name: str,
    kind: str,
    makers: Sequence[Maker],
    forms: Collection[Form],
    say: Message,
    passes: str,
    within: float = WITHIN,
) -> None:
    """Nothing that the `makers` make comes out anywhere, whoever sends it: a stranger, or one in
    the name of the node `name`, whose address and MAC address are no secret.

    A controller that was started a moment ago is given time to tell its switch.
    """
    while True:
        try:
            return _die_now(lab, ports, where, name, kind, makers, forms, say, passes, within)
        except Failed:
            if not ports.controller or lab.film.now > lab.film.laid + STEERED:
                raise


def _die_now(
    lab: Lab,
    ports: Ports,
    where: Iterable[str],
    name: str,
    kind: str,
    makers: Sequence[Maker],
    forms: Collection[Form],
    say: Message,
    passes: str,
    within: float,
) -> None:
    honest = _router(lab, ports) if name == ports.router else _server(lab, ports)
    items: dict[_Attack, Sent] = {}
    controls = []
    with ExitStack() as opened:
        for link in where:
            host = opened.enter_context(lab.link(link).attach(autoconfigure=False))
            own = _Speaker(host, link, host.mac, _link_local(host))
            controls.append(Sent(host, link, _ordinary(own)))
            for speaker in (
                own,
                own._replace(mac=honest.mac, address=honest.address, borrowed=True),
            ):
                for make in makers:
                    items |= _attacks(speaker, kind, make, forms)
        crossing = cross(lab, items, controls, ports.links, within)
        # The switch may have learnt that the honest node is where somebody used its name.
        put([Sent(honest.at, honest.link, _ordinary(honest))])
    for link, other in crossing.unreached:
        control(False, by=passes, message=_(_SHUT.text, link=link, other=other))
    for attack, found in crossing.arrived.items():
        require(
            not found,
            _(say.text, link=attack.link, other=", ".join(found), command=attack.command),
        )


def _attacks(
    speaker: _Speaker, kind: str, make: Maker, forms: Collection[Form]
) -> dict[_Attack, Sent]:
    """The message in each form, to all nodes and to one, at both of its addresses."""
    found = {}
    nobody = random_mac()
    for to, mac in (
        (EVERYBODY, multicast_mac(EVERYBODY)),
        (_drawn(LINK_LOCAL), nobody),
        (_drawn(ELSEWHERE), nobody),
    ):
        upper = make(speaker, to)
        words = [f"rogue6 {kind}", *_told(upper), "" if to == EVERYBODY else f"--to {to}"]
        if speaker.borrowed:
            words.append(f"--source {speaker.address} --mac {speaker.mac}")
        elif upper.source != speaker.address:
            words.append(f"--source {upper.source}")
        for form in forms:
            command = " ".join(one for one in (*words, form.options) if one)
            frames = speaker.frames(upper, form, mac)
            found[_Attack(speaker.link, command)] = Sent(speaker.at, speaker.link, frames)
    return found


def _told(upper: Upper) -> list[str]:
    """Which DHCPv6 answer it is, and from which port, in the words of rogue6."""
    if upper.protocol != UDP:
        return []
    port, kind = int.from_bytes(upper.data[:2], "big"), upper.data[8]
    named = {dhcp6.ADVERTISE: "advertise", dhcp6.REPLY: "reply", dhcp6.RECONFIGURE: "reconfigure"}
    return [named[kind], *([] if port == rogue.SERVER_PORT else [f"--source-port {port}"])]


def _gets_through(
    lab: Lab,
    ports: Ports,
    speaker: _Speaker,
    make: Maker,
    forms: Collection[Form],
    by: str,
    say: Message,
) -> None:
    """The control: the same messages in the same forms from where they may come from.

    But for what no honest node sends, a first fragment without the whole chain of headers.
    """
    usual = [one for one in forms if one not in CUT_WITHIN_HEADERS]
    for _form, link in _unheard(lab, ports, speaker, make, usual):
        control(False, by=by, message=_(say.text, node=speaker.at, link=link))
    control(True, by=by, message=say)


def _unheard(
    lab: Lab, ports: Ports, speaker: _Speaker, make: Maker, forms: Iterable[Form]
) -> list[tuple[Form, str]]:
    """In which forms the message does not get to which host's link."""
    mac = multicast_mac(EVERYBODY)
    items = {
        form: Sent(speaker.at, speaker.link, speaker.frames(make(speaker, EVERYBODY), form, mac))
        for form in forms
    }
    signal = Sent(speaker.at, speaker.link, _ordinary(speaker))
    crossing = cross(lab, items, [signal], (speaker.link, *ports.access))
    return [
        (form, link)
        for form in items
        for link in ports.access
        if link not in crossing.through(form)
    ]


def attacks(one: Station, to: str) -> dict[str, Sent]:
    """From a host what has to die, of each kind one to all nodes and one to the MAC address `to`,
    by the command that makes it."""
    host = _Speaker(*one)
    found = {}
    for kind, make in (
        ("ra", _advertisement(None)),
        ("redirect", _redirect),
        ("dhcp6", _ANSWERS[0]),
    ):
        for group, mac in ((EVERYBODY, multicast_mac(EVERYBODY)), (_drawn(LINK_LOCAL), to)):
            frames = host.frames(make(host, group), PLAIN, mac)
            words = f"rogue6 {kind}" + ("" if group == EVERYBODY else f" --to {group}")
            found[words] = one.sends(*frames)
    return found


def _router(lab: Lab, ports: Ports) -> _Speaker:
    return _speaker(lab, ports.router, ports.router_link)


def _server(lab: Lab, ports: Ports) -> _Speaker:
    return _speaker(lab, ports.server, ports.server_link)


def _speaker(lab: Lab, name: str, link: str) -> _Speaker:
    node = lab.node(name)
    return _Speaker(node, link, node.interface(link).mac, node.link_locals(link)[0])


def _prefix(lab: Lab, ports: Ports) -> IPv6Network:
    found = lab.plan[f"{ports.network}.prefix"]
    assert isinstance(found, IPv6Network)
    return found


def _link_local(host: FreshHost) -> IPv6Address:
    address = host.wait_link_local().address
    assert isinstance(address, IPv6Address)
    return address


def _drawn(network: IPv6Network) -> IPv6Address:
    return network[1 + secrets.randbelow(network.num_addresses - 1)]


# -- what is sent


def _ordinary(speaker: _Speaker) -> tuple[bytes, ...]:
    """A datagram to all nodes, at a port that nobody has heard of."""
    ports = (_port(), _port())
    upper = rogue.udp(speaker.address, EVERYBODY, ports, secrets.token_bytes(TAG))
    return speaker.frames(upper, PLAIN, multicast_mac(EVERYBODY), hop_limit=1)


def _port() -> int:
    return 49152 + secrets.randbelow(16384)  # RFC 6335 section 6


def _advertisement(prefix: IPv6Network | None) -> Maker:
    """Advertisements that do no harm where they are let in.

    A stranger to all nodes does not say that he is a router; in the router's name it is said what
    the router says itself.
    """

    def make(speaker: _Speaker, to: IPv6Address) -> Upper:
        honest = speaker.borrowed or not isinstance(speaker.at, FreshHost)
        harmless = to == EVERYBODY and not honest
        return rogue.advertisement(
            speaker.address,
            to,
            mac=speaker.mac,
            lifetime=0 if harmless else 1800,
            preference="medium" if honest or harmless else "high",
            prefix=None if harmless else prefix,
        )

    return make


def _redirect(speaker: _Speaker, to: IPv6Address) -> Upper:
    return rogue.redirect(speaker.address, to, target=speaker.address, to=_drawn(ELSEWHERE))


def _answer(kind: int, port: int | None = None, routed: bool = False) -> Maker:
    def make(speaker: _Speaker, to: IPv6Address) -> Upper:
        return rogue.dhcp6_answer(
            _drawn(ELSEWHERE) if routed else speaker.address,
            to,
            mac=speaker.mac,
            kind=kind,
            source_port=_port() if port is None else port,
        )

    return make


# From the server's port and from another, which clients do not look at; from a link-local address
# and from any.
_ANSWERS = (
    _answer(dhcp6.REPLY, rogue.SERVER_PORT),
    _answer(dhcp6.ADVERTISE),
    _answer(dhcp6.RECONFIGURE, rogue.SERVER_PORT, routed=True),
)


def _ordinary_passes(
    lab: Lab, ports: Ports, hosts: Mapping[str, FreshHost], but: Collection[int]
) -> None:
    """A sweep between two hosts' ports, and between one and the router's and the server's.

    `but` are types of ICMPv6 that are judged elsewhere.
    """
    (link, host), (far_link, far) = hosts.items()
    router, server = _router(lab, ports), _server(lab, ports)
    for family in (6, 4):
        every, some = (
            [one for one in kinds if family == 4 or not _is_of(one, but)]
            for kinds in (_passing(family), _few(family))
        )
        items: dict[tuple[str, str, Kind], Sent] = {}
        for speaker, to_link, mac in (
            (_at(host, link), far_link, far.mac),
            (_at(host, link), ports.router_link, router.mac),
            (_at(host, link), ports.server_link, server.mac),
            (router, far_link, far.mac),
            (server, far_link, far.mac),
        ):
            for kind in every if (speaker.link, to_link) == (link, far_link) else some:
                frames = _sweeping(speaker, kind, mac, family)
                items[speaker.link, to_link, kind] = Sent(speaker.at, speaker.link, frames)
        signals = [
            Sent(one.at, one.link, _ordinary(one))
            for one in (_at(host, link), _at(far, far_link), router, server)
        ]
        crossing = cross(lab, items, signals, ports.links)
        for one, other in crossing.unreached:
            raise Failed(_(_SHUT.text, link=one, other=other))
        missing: dict[tuple[str, str], list[Kind]] = {}
        for (start, end, kind), found in crossing.arrived.items():
            if end not in found:
                missing.setdefault((start, end), []).append(kind)
        for (start, end), some in missing.items():
            raise Failed(
                _(
                    "From {link} to {other} no longer passes over IPv{family}: {kinds}.",
                    link=start,
                    other=end,
                    family=family,
                    kinds=named(some, family),
                )
            )
    _multicast_passes(lab, ports, _at(host, link), but)


def _is_of(kind: Kind, types: Collection[int]) -> bool:
    return kind.protocol == ICMPV6 and kind.detail[:1] != () and kind.detail[0] in types


def _at(host: FreshHost, link: str) -> _Speaker:
    return _Speaker(host, link, host.mac, _link_local(host))


def _sweeping(speaker: _Speaker, kind: Kind, mac: str, family: int) -> tuple[bytes, ...]:
    """A packet of a kind between addresses that nobody has."""
    source: object
    if family == 6:
        source, to, type_ = speaker.address, _drawn(LINK_LOCAL), ETH_P_IPV6
        shot = Shot.between(kind, source, to, hop_limit=255)
    else:
        shot = Shot.between(kind, "198.51.100.1", f"198.51.100.{2 + secrets.randbelow(250)}")
        type_ = ETH_P_IP
    packets = shot.packets(secrets.token_bytes(TAG))
    return tuple(ethernet(speaker.mac, mac, type_, one) for one in packets)


def _few(family: int) -> list[Kind]:
    """Some of every sort."""
    own, types = (ICMPV6, (1, 2, 128, 129, *NEIGHBOURS)) if family == 6 else (ICMP, (0, 3, 8))
    kinds = [Kind(own, (type_, 0)) for type_ in types]
    for protocol in (TCP, UDP):
        kinds += [Kind(protocol, (one,)) for one in (22, 53, 80, 443, 547, _port())]
    return [*kinds, Kind(47), Kind(50), *_hidden(family)]


def _hidden(family: int) -> list[Kind]:
    """In fragments, and of IPv6 behind extension headers."""
    own, echo = (ICMPV6, ECHO) if family == 6 else (ICMP, 8)
    inner = [Kind(own, (echo, 0)), Kind(TCP, (443,)), Kind(UDP, (443,)), Kind(UDP, (_port(),))]
    kinds = [one._replace(cut=True) for one in inner]
    if family == 6:
        kinds += [one._replace(extension=header) for header in EXTENSIONS for one in inner]
    return kinds


def _passing(family: int) -> list[Kind]:
    """The kinds that nobody has a reason to drop in a switch; ports of DHCP are for others."""
    own = ICMPV6 if family == 6 else ICMP
    skipped = {*ROUTERS, *QUERIES} if family == 6 else set()
    kinds = [Kind(own, (type_, 0)) for type_ in range(256) if type_ not in skipped]
    kinds += [Kind(one) for one in range(256) if one not in (own, TCP, UDP, 59, *EXTENSIONS)]
    ports = [one for one in PORTS if one not in (67, 68, 546, 547)]
    ports += [_port() for _number in range(10)]
    for protocol in (TCP, UDP):
        kinds += [Kind(protocol, (one,)) for one in dict.fromkeys(ports)]
    return kinds + _hidden(family)


def _multicast_passes(lab: Lab, ports: Ports, speaker: _Speaker, but: Collection[int]) -> None:
    """What hosts say to groups: solicitations, also from nowhere, advertisements, reports; and a
    datagram that takes two fragments."""
    group, card = EVERYBODY, multicast_mac(EVERYBODY)
    items: dict[str, Sent] = {}
    for type_ in [one for one in (*NEIGHBOURS, *LISTENERS) if one not in but]:
        for source in (speaker.address, UNSPECIFIED):
            body = bytes([type_, 0, 0, 0, 0, 0, 0, 0]) + secrets.token_bytes(16)
            frames = speaker.frames(rogue.icmpv6(source, group, body), PLAIN, card)
            items[f"icmpv6 type {type_} from {source}"] = Sent(speaker.at, speaker.link, frames)
    big = rogue.udp(
        speaker.address, _drawn(LINK_LOCAL), (_port(), _port()), secrets.token_bytes(BIG)
    )
    for first, headers in ((1448, "frag"), (1448, "frag,do")):
        form = Form(tuple(_HEADERS[one] for one in headers.split(",")), first)
        frames = speaker.frames(big, form, random_mac(), hop_limit=64)
        items[f"udp {form.options}"] = Sent(speaker.at, speaker.link, frames)
    crossing = cross(lab, items, [Sent(speaker.at, speaker.link, _ordinary(speaker))], ports.links)
    for text, found in crossing.arrived.items():
        for link in ports.links:
            require(
                link == speaker.link or link in found,
                _(
                    "From {link} to {other} no longer passes: {kinds}.",
                    link=speaker.link,
                    other=link,
                    kinds=text,
                ),
            )


_HEADERS = {name: rogue.Header(number) for name, number in rogue.NAMES.items()}
