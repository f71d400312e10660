"""Which family a connection to a name takes, and how soon, by the packets (RFC 8305).

Two things are told apart: whether the way over IPv6 is whole, so that nobody has to race at all;
and whether a program that needs the name does as RFC 8305 says when it is not.
"""

from __future__ import annotations

import errno
import re
import secrets
import select
import socket
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple

from ipv6lab.expect.conditions import _, control, each, require
from ipv6lab.expect.places import address_of, source_to
from ipv6lab.expect.reach import eventually
from ipv6lab.network.namespace import entered
from ipv6lab.probes import Capture, Failed, FreshHost, Lab, Packet
from ipv6lab.probes.acts.swallow import swallowing
from ipv6lab.probes.asks import browsing, names
from ipv6lab.probes.asks.node import Node
from ipv6lab.probes.asks.volley import fire
from ipv6lab.probes.seen.kinds import Kind, Shot
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import ICMP, ICMPV6, TCP
from ipv6lab.words.waits import INITIAL_RTO, waits

AT_ONCE = 0.3  # seconds that nobody notices
MANY = 60  # connections at once
SOON = 2.5  # seconds, in which a segment is sent twice (RFC 6298 section 2)
TRIES, QUESTIONS = 5, 3  # connections and names, of which the middle one counts
PATIENCE = 4.0  # seconds for a name; a server that is late is late by less
PAGE = 1.0  # seconds for a page while the one family is a black hole
LISTEN = 3.0  # seconds that are waited for one, to tell what became of it
# Between the first attempt of the one family and that of the other: the Connection Attempt Delay is
# 250 ms, 100 ms at least (RFC 8305 section 8), and a busy machine may be late.
LEAST, MOST = 0.1, 0.75
HTTP = 80
SYN, RST, ACK = 0x02, 0x04, 0x10
KINDS = {6: "AAAA", 4: "A"}
# The type, and where the protocol of the packet in it stands (RFC 4443 section 3.1, RFC 792).
UNREACHABLE = {ICMPV6: (1, 8 + 6), ICMP: (3, 8 + 9)}


# The way


def names_come_at_once(
    lab: Lab,
    node: Vantage,
    server: str,
    name: str,
    *,
    families: Iterable[int] = (6, 4),
    kinds: Iterable[str] = ("AAAA", "A"),
) -> None:
    """A DNS server answers for these kinds of address before anybody notices, over each family."""
    for family in families:
        at = address_of(lab, server, family)
        for kind in kinds:
            # Over TCP an attempt lasts until it is answered: so a late answer is told from none.
            for tcp in (True, False):
                question = _Question(server, at, name, kind, tcp)
                eventually(lab, lambda question=question: _comes_at_once(node, question))  # type: ignore[misc]


class _Question(NamedTuple):
    server: str
    at: object
    name: str
    kind: str
    tcp: bool


def _comes_at_once(node: Vantage, question: _Question) -> None:
    def ask() -> None:
        names.query(
            node, question.at, question.name, question.kind, question.tcp, recursion=True,
            within=PATIENCE,
        )  # fmt: skip

    took = _middle(ask, QUESTIONS)
    require(
        took <= AT_ONCE,
        _(
            "{server} answers {node} for {kind} of {name} only after {seconds} s.",
            server=question.server,
            node=node,
            kind=question.kind,
            name=question.name,
            seconds=round(took, 1),
        ),
    )


def connects_at_once(lab: Lab, node: Node, target: Node, address: object, port: int = HTTP) -> None:
    """A port of a node takes connections before anybody notices, and as many as there are PCs."""

    def soon() -> None:
        took = _middle(lambda: node.open_port(target, address, port))
        require(
            took <= AT_ONCE,
            _(
                "A connection of {node} to {target} at {address} takes {seconds} s.",
                node=node,
                target=target,
                address=address,
                seconds=round(took, 1),
            ),
        )

    eventually(lab, soon)
    eventually(lab, lambda: _all_get_there(node, target, address, port))


def _all_get_there(node: Vantage, target: Vantage, address: object, port: int) -> None:
    to = ip_address(str(address))
    shot = Shot.between(Kind(TCP, (port,)), source_to(node, to), to)
    arrived = len(fire(node, target, [shot] * MANY, shot).through)
    require(
        arrived == MANY,
        _(
            "Of {sent} requests for a connection that {node} sends at once, {arrived} get to "
            "{target}.",
            sent=MANY,
            node=node,
            arrived=arrived,
            target=target,
        ),
    )


@waits(INITIAL_RTO)
def refused_soon(lab: Lab, node: Vantage, target: str, address: object, port: int) -> None:
    """A port that is not offered is refused soon, in whatever way, and not met with silence.

    So programs that try it first, as browsers do with HTTPS, go on. Soon is after one segment more:
    an error that comes while the first is still being sent changes nothing.
    """

    def soon() -> None:
        refused, seen = _refusal(lab, node, address, port)
        if refused:
            return
        values = {"node": node, "target": target, "address": address, "port": port}
        if not seen:
            raise Failed(
                _(
                    "Port {port} of {target} is not offered, and nobody says so: {node}, which "
                    "tries it at {address}, waits.",
                    **values,
                )
            )
        raise Failed(
            _(
                "That port {port} of {target} is not offered is said, but the message is lost "
                "behind {last} on {link}: {node}, which tries it at {address}, waits.",
                last=seen[-1].node,
                link=seen[-1].link,
                **values,
            )
        )

    eventually(lab, soon)


def _refusal(lab: Lab, node: Vantage, address: object, port: int) -> tuple[bool, list[Packet]]:
    """Whether the node soon knows what becomes of a connection, and what errors were seen."""
    to = ip_address(str(address))
    with entered(node.namespace):
        sock = socket.socket(
            socket.AF_INET6 if to.version == 6 else socket.AF_INET,
            socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK,
        )
    doing = _("waiting whether {node} is refused at port {port}", node=node, port=port)
    with sock, Capture(lab.fabric, (), _is_unreachable) as capture:
        known = sock.connect_ex((str(to), port)) != errno.EINPROGRESS
        source = ip_address(sock.getsockname()[0])
        if not known:
            with lab.record.waiting(doing):
                known = bool(select.select([], [sock], [], min(SOON, lab.record.left()))[1])
        capture.read()
        mine = [one for one in capture.packets if one.ip and one.ip.destination == source]
    lab.record.add(
        "refusal", node.name,
        _("{node} tried port {port} of {address}.", node=node, port=port, address=to),
        {"refused": known}, mine,
    )  # fmt: skip
    return known, mine


def _is_unreachable(packet: Packet) -> bool:
    """An error that says of a TCP segment that it does not get there."""
    data = packet.ip
    if data is None or data.protocol not in UNREACHABLE:
        return False
    kind, inner = UNREACHABLE[data.protocol]
    return data.payload[:1] == bytes([kind]) and data.payload[inner : inner + 1] == bytes([TCP])


def _middle(ask: Callable[[], object], tries: int = TRIES) -> float:
    """Seconds that something takes, most of the time. Raises Failed as it does."""
    took = []
    for _number in range(tries):
        begun = time.monotonic()
        found = ask()
        took.append(getattr(found, "seconds", time.monotonic() - begun))
    return statistics.median(took)


# Who has IPv6 at all


def has_a_way(lab: Lab, host: FreshHost, prefix: object) -> None:
    """A new host builds an address in a prefix and learns a default route, as it should."""
    require(
        host.builds(prefix),
        _("A new host on {link} gets no address in {prefix}.", link=host.link, prefix=prefix),
    )
    require(
        host.learns(lambda one: one.default),
        _("A new host on {link} learns no default route.", link=host.link),
    )


def keep_ipv6(lab: Lab, *nodes: str) -> None:
    """The nodes have a global IPv6 address that they may use, and a default route, or soon do."""
    for name in nodes:
        node = lab.node(name)
        node.wait_address(
            lambda one: one.address.version == 6 and one.scope == "global" and not one.deprecated,
            _("{node} has no global IPv6 address: its IPv6 is off.", node=name),
            within=PATIENCE,
        )
        node.wait_route(
            lambda one: one.default and one.destination.version == 6 and one.kind == "unicast",
            _("{node} has no default route for IPv6: its IPv6 is off.", node=name),
            within=PATIENCE,
        )


def still_published(lab: Lab, server: str, name: str, *nodes: str, by: str) -> None:
    """Whoever asks a DNS server over any family for a name hears of addresses of both families.

    The control is that somebody hears of any address; else blocked by check `by`.
    """

    def published() -> None:
        heard = {
            (node, family, kind): _told(lab, node, server, family, name, KINDS[kind])
            for node in nodes
            for family in (6, 4)
            for kind in (6, 4)
        }
        control(
            any(heard.values()),
            by=by,
            message=_("{server} tells nobody of any address of {name}.", server=server, name=name),
        )
        answered = [(node, family) for (node, family, _kind), found in heard.items() if found]
        for node, family in each(dict.fromkeys(answered), _("Nobody asks for {name}.", name=name)):
            for kind in KINDS:
                require(
                    heard[node, family, kind],
                    _(
                        "{server} no longer tells {node} an IPv{family} address of {name}.",
                        server=server,
                        node=node,
                        family=kind,
                        name=name,
                    ),
                )

    eventually(lab, published)


def _told(
    lab: Lab, node: str, server: str, family: int, name: str, kind: str
) -> list[object] | None:
    """The addresses that a server tells; None where it does not answer."""
    try:
        reply = names.query(
            lab.node(node), address_of(lab, server, family), name, kind, True, recursion=True,
            within=PATIENCE,
        )  # fmt: skip
    except Failed:
        return None
    return list(reply.addresses())


# A program that needs the name


@dataclass(frozen=True)
class Door:
    """Where a program on a node shows a site's page to whoever asks there, by HTTP."""

    node: str
    site: str  # the node that has the page
    address: str = "127.0.0.1"
    port: int = 8080


@dataclass(frozen=True)
class _Shown:
    """What became of one question. Moments are those of packets, None where there was none."""

    seconds: float | None  # until the whole page was there
    body: bytes
    packets: list[Packet]
    path: str
    refused: bool  # an attempt has failed, so that the next may begin at once (RFC 8305 section 5)

    def first(self, family: int) -> float | None:
        """When the program first tried a family."""
        return next(
            (one.time for one in self.packets if _is_attempt(one) and _family(one) == family), None
        )

    def asked_over(self, site: str) -> set[int]:
        """The families over which the question itself got to the site."""
        wanted = self.path.encode()
        return {
            _family(one)
            for one in self.packets
            if one.node == site and not one.sent and wanted in one.frame
        }


def uses_ipv6(lab: Lab, door: Door) -> None:
    """While the way over IPv6 is whole the program takes it, and tries no other."""

    def does() -> None:
        shown = _ask(lab, door)
        values = {"node": door.node, "site": door.site}
        _require_page(lab, door, shown, 6)
        require(
            shown.first(4) is None,
            _(
                "The program on {node} connects to {site} over IPv4 as well, though IPv6 answers "
                "at once.",
                **values,
            ),
        )

    eventually(lab, does)


def outruns_a_black_hole(lab: Lab, door: Door) -> None:
    """While the site answers nothing over IPv6 the program tries that, and yet has the page soon.

    Over IPv4, a Connection Attempt Delay later (RFC 8305 section 5). The check has to be `alone`.
    """
    with swallowing(lab.node(door.site)):
        eventually(lab, lambda: _outruns(lab, door, _ask(lab, door)))


def _outruns(lab: Lab, door: Door, shown: _Shown) -> None:
    values = {"node": door.node, "site": door.site}
    six, four = shown.first(6), shown.first(4)
    if six is None and four is None:
        raise Failed(
            _("The program on {node} does not get as far as to connect to anybody.", **values)
        )
    if four is None and shown.seconds is not None:
        raise Failed(
            _(
                "{site} answers nothing over IPv6, and yet the program on {node} is answered: "
                "somebody on the way does so in its place.",
                **values,
            )
        )
    if four is None:
        raise Failed(
            _(
                "Over IPv6 nothing comes from {site}, and the program on {node} waits: it has not "
                "tried IPv4 after {seconds} s.",
                seconds=LISTEN,
                **values,
            )
        )
    if six is None:
        raise Failed(_("The program on {node} does not try IPv6 at all.", **values))
    require(
        four - six <= MOST,
        _(
            "Over IPv6 nothing comes from {site}, and the program on {node} tries IPv4 only "
            "{seconds} s later.",
            seconds=round(four - six, 1),
            **values,
        ),
    )
    require(
        four - six >= LEAST or shown.refused,
        _(
            "The program on {node} tries IPv4 before IPv6 has had the time to answer (RFC 8305).",
            **values,
        ),
    )
    _require_page(lab, door, shown, 4)
    require(
        shown.seconds is not None and shown.seconds <= PAGE,
        _(
            "With IPv6 black-holed the page of {site} comes to {node} only after {seconds} s.",
            seconds=round(shown.seconds or LISTEN, 1),
            **values,
        ),
    )


def _require_page(lab: Lab, door: Door, shown: _Shown, family: int) -> None:
    """What was shown is what the site answers, to that question, over that family."""
    values = {"node": door.node, "site": door.site}
    require(
        shown.seconds is not None,
        _("The program on {node} does not show the page of {site}.", **values),
    )
    over = shown.asked_over(door.site)
    require(over, _("What the program on {node} shows it has not asked of {site} now.", **values))
    require(
        over == {family},
        _(
            "The program on {node} fetches the page of {site} over IPv{other}, and not over "
            "IPv{family}.",
            other=next(iter(over - {family}), family),
            family=family,
            **values,
        ),
    )
    address = address_of(lab, door.site, family)
    host = f"[{address}]" if family == 6 else str(address)
    page = browsing.get(lab.node(door.node), f"http://{host}{shown.path}", within=LISTEN)
    require(
        page.body in shown.body,
        _("What the program on {node} shows is not the page of {site}.", **values),
    )


def _ask(lab: Lab, door: Door) -> _Shown:
    """Ask the program once, and watch what it sends."""
    node, path = lab.node(door.node), f"/{secrets.token_hex(8)}"
    body, seconds = b"", None
    with Capture(lab.fabric, (), _is_of_the_race) as capture:
        with entered(node.namespace):
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        with sock:
            begun = time.monotonic()
            try:
                sock.settimeout(LISTEN)
                sock.connect((door.address, door.port))
                request = f"GET {path} HTTP/1.0\r\nHost: {door.address}:{door.port}\r\n"
                sock.sendall(f"{request}Connection: close\r\n\r\n".encode())
                while not _is_whole(body):
                    sock.settimeout(max(0.01, begun + LISTEN - time.monotonic()))
                    piece = sock.recv(1 << 16)
                    if not piece:
                        break
                    body += piece
                seconds = time.monotonic() - begun
            except ConnectionRefusedError:
                raise Failed(
                    _("Nobody answers on {node} at {address} port {port}.", node=door.node,
                      address=door.address, port=door.port)
                ) from None  # fmt: skip
            except OSError:
                pass  # too late, or broken off: the packets tell
        capture.read()
        packets = [one for one in capture.packets if one.node in (door.node, door.site)]
    lab.record.add(
        "race",
        door.node,
        _("The program on {node} was asked for the page of {site}.", node=door.node,
          site=door.site),
        {"seconds": seconds, "path": path},
        packets,
    )  # fmt: skip
    heard = [one for one in packets if one.node == door.node and not one.sent]
    refused = any(_is_unreachable(one) or one.tcp_flags & RST for one in heard)
    mine = [one for one in packets if one.node == door.site or one.sent]
    return _Shown(seconds if body else None, body, mine, path, refused)


def _is_whole(response: bytes) -> bool:
    """Whether an HTTP response is there, by its own word; else it ends with the connection."""
    head, there, body = response.partition(b"\r\n\r\n")
    length = re.search(rb"^content-length:\s*(\d+)\s*$", head, re.IGNORECASE | re.MULTILINE)
    return bool(there) and length is not None and len(body) >= int(length[1])


def _is_of_the_race(packet: Packet) -> bool:
    data = packet.ip
    if data is None:
        return False
    return _is_unreachable(packet) or (data.protocol == TCP and HTTP in (data.ports or ()))


def _is_attempt(packet: Packet) -> bool:
    to = packet.ip.ports if packet.ip else None
    return (
        packet.sent and to is not None and to[1] == HTTP and packet.tcp_flags & (SYN | ACK) == SYN
    )


def _family(packet: Packet) -> int:
    return 0 if packet.ip is None else packet.ip.destination.version
