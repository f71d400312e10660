"""DHCPv6 relay agents: what gets from a link to a server elsewhere, and back (RFC 8415 section 19).

A relay agent answers hosts in the server's name: `dhcp` judges what they get, on a link of whose
questions the relay is the one that answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from ipaddress import IPv6Network

from ipv6lab.expect.conditions import _, control, require
from ipv6lab.expect.dhcp import SILENCE
from ipv6lab.probes import Failed, Lab, Packet
from ipv6lab.probes.acts.cut import cut_off
from ipv6lab.probes.hosts.dhcp6client import SERVER_PORT, Response, decode
from ipv6lab.probes.seen import filters
from ipv6lab.wire import dhcp6relay
from ipv6lab.wire.dhcp6relay import RELAY_FORW, RELAY_REPL, RelayMessage
from ipv6lab.wire.headers import UDP

# What clients send to everybody (RFC 8415 section 7.3), and relays never pass on as it is.
CLIENTS = (1, 3, 4, 5, 6, 8, 9, 11)


def relays(lab: Lab, link: str, relay: str, *, server: str, over: str, prefix: object) -> None:
    """What hosts on the link ask gets to the server by `relay`, and its answer back to them.

    The relay is the first on the way, and its link-address lies in the link's `prefix`. `over` is
    the link that the server is on.
    """
    values = {"link": link, "relay": relay, "server": server, "over": over}
    with (
        lab.link(over).capture(_is_relayed, filters.UDP6) as capture,
        lab.link(link).dhcp6_client() as client,
    ):
        answers = client.everybody()
        capture.read()
        seen = [
            (packet, message)
            for packet in capture.packets
            if (message := _relayed(packet))
            and message.message
            and message.message.client_id == client.duid
        ]
    forwards = [one for one in seen if one[1].kind == RELAY_FORW and one[0].node == relay]
    _forwards(lab, [one[1] for one in forwards if one[0].sent], answers, values)
    arrived = {packet.frame for packet, message in seen if packet.node == server}
    for packet, message in forwards:
        if packet.sent:
            _says_where(message, IPv6Network(str(prefix)), values)
            require(
                packet.frame in arrived,
                _("What {relay} relays from {link} does not get to {server}.", **values),
            )
    replies = [
        message
        for packet, message in seen
        if packet.sent and packet.node == server and message.kind == RELAY_REPL
    ]
    if not replies:
        require(
            lab.node(server).listens(SERVER_PORT),
            _("No program on {server} listens on UDP port 547.", **values),
        )
        raise Failed(_("{server} does not answer what {relay} relays to it from {link}.", **values))
    require(
        answers,
        _("{server} answers {relay}, but nothing of it gets back to {link}.", **values),
    )
    servers = {one.message.server_id for one in replies if one.message}
    for answer in answers:
        require(
            answer.node == relay and answer.message.server_id in servers,
            _("{relay} answers hosts on {link} itself, and not for {server}.", **values)
            if answer.node == relay
            else _(
                "{node} answers hosts on {link}, and not {relay} for {server}.",
                node=answer.node,
                **values,
            ),
        )


def _forwards(
    lab: Lab, forwards: list[RelayMessage], answers: list[Response], values: dict[str, str]
) -> None:
    if forwards:
        return
    for answer in answers:
        raise Failed(
            _(
                "{node} answers hosts on {link} itself: nothing of what they ask gets to {over}.",
                node=answer.node,
                **values,
            )
        )
    require(
        lab.node(values["relay"]).listens(SERVER_PORT),
        _(
            "Nobody passes on what hosts on {link} ask: no program on {relay} listens on UDP "
            "port 547.",
            **values,
        ),
    )
    raise Failed(
        _(
            "A program on {relay} listens on UDP port 547, but relays nothing from {link} to "
            "{over}.",
            **values,
        )
    )


def _says_where(message: RelayMessage, prefix: IPv6Network, values: dict[str, str]) -> None:
    require(
        message.link_address in prefix,
        _(
            "{relay} relays what hosts on {link} ask with the link-address {address}, which is no "
            "address of that VLAN.",
            address=message.link_address,
            **values,
        ),
    )
    require(
        message.hop_count == 0,
        _("What {relay} relays from {link} has been relayed before.", **values),
    )
    require(
        message.peer_address.is_link_local,
        _(
            "{relay} names {address} as the host on {link} that asks, which is not the "
            "link-local address of one.",
            address=message.peer_address,
            **values,
        ),
    )


def keeps_questions_on_their_link(lab: Lab, link: str, *, others: Iterable[str], by: str) -> None:
    """No message of a client gets beyond its link as it is. The control: the client is answered."""
    elsewhere = list(others)
    with ExitStack() as opened:
        captures = {
            name: opened.enter_context(lab.link(name).capture(_is_a_question, filters.UDP6))
            for name in elsewhere
        }
        client = opened.enter_context(lab.link(link).dhcp6_client())
        answers = client.everybody()
        for name, capture in captures.items():
            capture.read()
            for packet in capture.packets:
                message = decode(packet)
                require(
                    message is None or message.client_id != client.duid,
                    _(
                        "What a host on {link} asks everybody on its own link is seen on {other}, "
                        "sent by {node} as it is.",
                        link=link,
                        other=name,
                        node=packet.node,
                    ),
                )
    control(
        answers,
        by=by,
        message=_("Nobody answers hosts on {link}.", link=link),
    )


def is_silent_without(lab: Lab, link: str, *, server: str, by: str) -> None:
    """While the server cannot be reached nobody answers hosts on the link in its place.

    The control: they are answered before. The check has to be `alone`.
    """
    with lab.link(link).dhcp6_client() as client:
        before = client.everybody()
        with cut_off(lab.node(server)):
            answer = client.solicit(within=SILENCE, usable=False)
    if answer is not None:
        raise Failed(
            _(
                "While {server} is cut off, {node} answers hosts on {link} itself.",
                server=server,
                node=answer.node,
                link=link,
            )
        )
    control(before, by=by, message=_("Nobody answers hosts on {link}.", link=link))


def leases_nothing_on(lab: Lab, link: str, *, but_on: str, by: str) -> None:
    """Hosts on the link are leased nothing. The control: those on another link are."""
    with lab.link(but_on).dhcp6_client() as elsewhere:
        leased = elsewhere.solicit()
    with lab.link(link).dhcp6_client() as client:
        offers = client.everybody()
    for offer in offers:
        for one in offer.message.addresses:
            raise Failed(
                _(
                    "{node} offers {address} to a host on {link}, where nothing is to be leased.",
                    node=offer.node,
                    address=one.address,
                    link=link,
                )
            )
    control(
        leased and leased.message.addresses,
        by=by,
        message=_(
            "Nobody is leased anything at all, so that {link} is not proves nothing.", link=link
        ),
    )


def _is_relayed(packet: Packet) -> bool:
    return _relayed(packet) is not None


def _relayed(packet: Packet) -> RelayMessage | None:
    payload = _payload(packet)
    return None if payload is None else dhcp6relay.read(payload)


def _is_a_question(packet: Packet) -> bool:
    payload = _payload(packet)
    return bool(packet.sent and payload and payload[0] in CLIENTS)


def _payload(packet: Packet) -> bytes | None:
    data = packet.ip
    if data is None or data.version != 6 or data.protocol != UDP or data.ports is None:
        return None
    return data.payload[8:] if SERVER_PORT in data.ports else None
