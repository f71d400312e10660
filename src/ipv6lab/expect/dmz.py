"""Servers that have IPv6 alone, and visitors of both protocols: a zone behind a dual-stack front.

A `Zone` says who offers what, and who asks. How visitors with IPv4 get there does not matter: by a
proxy, a translator, or a server of the same kind before it. All is asked of the services, and seen
on links.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ipv6lab.expect import shut
from ipv6lab.expect.conditions import _, control, each, require, require_none, unwanted
from ipv6lab.expect.places import address_of, new_host
from ipv6lab.expect.reach import eventually
from ipv6lab.expect.web import same_location, same_status
from ipv6lab.network.namespace import entered
from ipv6lab.probes import Failed, Packet
from ipv6lab.probes.acts.listener import standing_in
from ipv6lab.probes.asks import browsing, dialogue, flows, names, openports
from ipv6lab.probes.seen import filters, nodefiles
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.wire.headers import UDP

if TYPE_CHECKING:
    from ipv6lab.probes import Lab, Node
    from ipv6lab.probes.seen.vantage import Vantage

Address = IPv4Address | IPv6Address

PATIENCE = 8  # seconds for an answer, of a machine that has much else to do
ARRIVES = 8  # seconds until a mail that was taken is handed on
LOGGED = 3  # seconds until a request that was answered is in the log
LOOK = 0.1  # seconds between two looks at it
RETURNED = 25  # seconds after a reboot until everybody serves again
LOCAL = 255  # the table of a node's own addresses
LOOPBACK4 = IPv4Network("127.0.0.0/8")
UPLOAD, LARGE_MAIL = 3_000_000, 300_000  # octets
LARGE = 200_000  # octets of a page that is large
LINE = 70  # characters of a mail's line
ARP, IPV4, VLAN = 0x0806, 0x0800, 0x8100
SYN, ACK = 0x02, 0x10
SSH = 22
TRIED = (21, 22, 23, 25, 53, 80, 110, 143, 443, 465, 587, 3128, 8080, 8443, 9100)
CLAIMS = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP")
FORBIDDEN = (403,)
NOT_FOUND = 404
ZONE = (("", "A"), ("", "AAAA"), ("", "MX"), ("", "NS"), ("", "SOA"), ("", "TXT"))


@dataclass(frozen=True)
class Zone:
    """Who offers what, and who asks.

    `offers` are the servers, each with its TCP ports for everybody; the first one is the portal,
    with `names`. `firewall` and `front` stand before them; `link` is theirs alone. `old` has IPv4
    alone, `new` IPv6 alone; both are on `outside`. `admin` manages from the network `management`,
    on `admins`. Mail leaves by `relay`. In `log` the portal writes who came. `echo` is a place that
    says the path, and takes uploads; `closed` one for administrators.
    """

    link: str
    offers: Mapping[str, tuple[int, ...]]
    names: tuple[str, ...]
    domain: str
    firewall: str
    front: str
    old: str
    new: str
    admin: str
    relay: str
    log: str
    outside: str = "outside"
    management: str = "management"
    admins: str = "mgmt"
    echo: str = "/hoso/"
    closed: str = "/quantri/"
    large_record: str = "khoa"

    @property
    def portal(self) -> str:
        """The web server."""
        return next(iter(self.offers))

    def offering(self, port: int) -> str:
        """The server that offers a port."""
        return next(name for name, ports in self.offers.items() if port in ports)

    @property
    def dns(self) -> str:
        """The name server."""
        return self.offering(names.PORT)

    @property
    def mail(self) -> str:
        """The mail server."""
        return self.offering(dialogue.SMTP)


# That IPv4 is gone


def has_no_ipv4(lab: Lab, zone: Zone) -> None:
    """No server of the zone has an IPv4 address or route, nor anybody's interface on its link.

    But for 127.0.0.0/8, by which programs of one machine talk to each other.
    """
    for name in each(zone.offers, _("There is no server.")):
        node = lab.node(name)
        require_none(
            [one for one in node.addresses(family=4) if one.address not in LOOPBACK4],
            lambda one, name=name: _(  # type: ignore[misc]
                "{node} has the IPv4 address {address}.", node=name, address=one.address
            ),
        )
        require_none(
            [
                one
                for one in node.routes(4, None)
                if one.hops and one.interface != "lo" and one.table != LOCAL
            ],
            lambda one, name=name: _(  # type: ignore[misc]
                "{node} has an IPv4 route, to {prefix}.", node=name, prefix=one.destination
            ),
        )
    for port in lab.fabric.ends(zone.link):
        require_none(
            lab.node(port.node).addresses(port.interface, 4),
            lambda one, port=port: _(  # type: ignore[misc]
                "{node} has the IPv4 address {address} on {link}.",
                node=port.node,
                address=one.address,
                link=zone.link,
            ),
        )


def speaks_no_ipv4(lab: Lab, zone: Zone, *, by: tuple[str, str, str]) -> None:
    """There is no IPv4 and no ARP frame on the zone's link, whatever visitors ask for.

    Neither while all is read, resolved and mailed, nor when somebody tries each IPv4 address that
    the zone had, from everywhere, nor when a host on the link asks who has them. The control is
    that a visitor with IPv4 is served; `by` are the checks of pages, names and mail, of which the
    one that is not blocks this. The check has to be `alone`.
    """
    had = ip_network(str(lab.plan[f"{zone.link}.prefix4"]))
    guests: set[str] = set()
    with Capture(
        lab.fabric, [zone.link], lambda one: one.sent and _is_ipv4(one), filters.NOT_IPV6
    ) as capture:
        judges = (reads_the_portal, resolves_names, takes_mail)
        for judge, check in zip(judges, by, strict=True):
            try:
                judge(lab, zone)
            except Failed as failure:
                control(False, by=check, message=failure.message)
            control(True, by=check, message=_("A visitor with IPv4 is served."))
            capture.read()
        with suppress(Failed):  # whether it gets there is for others to tell
            sends_mail_out(lab, zone)
        for name in (zone.old, zone.admin, zone.front, zone.firewall):
            _try_all(lab.node(name), had)
        with new_host(lab, zone.link, family=4, name="new-host") as host:
            guests.add(host.mac)
            _try_all(host, had)
            capture.listen(lab.record.until(1.5))
        capture.read()
    # What the host that was plugged in asks is not the zone's; what it is answered is.
    seen = [one for one in capture.packets if one.source_mac not in guests]
    lab.record.add(
        "capture", zone.link, _("IPv4 on {link}.", link=zone.link), {"frames": len(seen)}, seen
    )
    for one in unwanted(seen):
        raise Failed(
            _(
                "{node} sends {kind} on {link}: {count} frames of IPv4 and ARP in all.",
                node=one.node,
                kind="ARP" if _type(one) == ARP else "IPv4",
                link=zone.link,
                count=len(seen),
            )
        )


def _type(packet: Packet) -> int:
    """The type of what is in a frame, behind a VLAN's tag if it has one."""
    at = 12
    while (found := int.from_bytes(packet.frame[at : at + 2], "big")) == VLAN:
        at += 4
    return found


def _is_ipv4(packet: Packet) -> bool:
    return _type(packet) in (ARP, IPV4)


def _try_all(node: Vantage, network: object) -> None:
    """Send something to each address of a network; whether it goes anywhere is not asked."""
    with entered(node.namespace):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    with sock:
        sock.setblocking(False)
        for address in IPv4Network(str(network)).hosts():
            for port in (names.PORT, flows.any_port()):
                try:
                    sock.sendto(b"?", (str(address), port))
                except OSError:
                    continue


# What visitors get


def reads_the_portal(lab: Lab, zone: Zone) -> None:
    """Visitors with IPv4 get what those with IPv6 get, at the portal's IPv4 address.

    By each name, with HTTP and HTTPS; of the page, the application behind it, and what is missing.
    """
    four, six = (address_of(lab, zone.portal, family) for family in (4, 6))
    for visitor in _visitors(lab, zone, 4):
        for name in zone.names:
            path = f"{zone.echo}{secrets.token_hex(6)}"
            missing = f"https://{name}/{secrets.token_hex(6)}"
            urls = (
                f"http://{name}{path}?a=b",
                f"https://{name}/",
                f"https://{name}{path}",
                missing,
            )
            for url in urls:
                here = _get(visitor, url, four)
                there = _get(lab.node(zone.new), url, six)
                _same(url, here, there)


def _get(visitor: Node, url: str, address: object, **how: object) -> browsing.Response:
    return browsing.get(visitor, url, address, within=PATIENCE, **how)  # type: ignore[arg-type]


def _same(url: str, four: browsing.Response, six: browsing.Response) -> None:
    same_status(url, four, six)
    same_location(url, four, six)
    require(
        four.body == six.body,
        _("{url} shows another page over IPv4 than over IPv6.", url=url),
    )
    require(
        four.certificate == six.certificate,
        _("{url} has another certificate over IPv4 than over IPv6.", url=url),
    )


def resolves_names(lab: Lab, zone: Zone) -> None:
    """Visitors with IPv4 get the answers that those with IPv6 get, at the name server's address.

    Over UDP and TCP, large ones too, and of names that nobody has.
    """
    four, six = (address_of(lab, zone.dns, family) for family in (4, 6))
    hosts = [f"{name}.{zone.domain}" for name in ("www", *zone.offers, zone.large_record)]
    asked = [(zone.domain, kind) for _label, kind in ZONE]
    asked += [(name, kind) for name in dict.fromkeys(hosts) for kind in ("A", "AAAA", "TXT")]
    asked.append((f"{secrets.token_hex(6)}.{zone.domain}", "A"))
    for visitor in _visitors(lab, zone, 4):
        for name, kind in asked:
            truth = names.query(lab.node(zone.new), six, name, kind, tcp=True, within=PATIENCE)
            for tcp in (False, True):
                reply = names.query(visitor, four, name, kind, tcp=tcp, within=PATIENCE)
                if reply.truncated and not tcp:
                    continue  # the rest is to be had over TCP
                require(
                    (reply.code, _records(reply)) == (truth.code, _records(truth)),
                    _(
                        "At {address}, {node} gets another answer for {name} {kind} over "
                        "{protocol} than there is over IPv6.",
                        address=four,
                        node=visitor.name,
                        name=name,
                        kind=kind,
                        protocol="TCP" if tcp else "UDP",
                    ),
                )
                require(
                    reply.authoritative or not truth.authoritative,
                    _(
                        "At {address}, {node} gets an answer for {name} that is not authoritative.",
                        address=four,
                        node=visitor.name,
                        name=name,
                    ),
                )


def _records(reply: names.Reply) -> set[str]:
    return {
        f"{names.plain(rrset.name)} {record.rdtype} {record.to_text()}"
        for rrset in reply.message.answer
        for record in rrset
    }


def takes_mail(lab: Lab, zone: Zone, octets: int = 0) -> None:
    """What a visitor with IPv4 hands in at the mail server's address gets to the mail server."""
    address = address_of(lab, zone.mail, 4)
    for visitor in _visitors(lab, zone, 4):
        _arrives(lab, zone, visitor, address, zone.domain, zone.mail, zone.link, octets)


def sends_mail_out(lab: Lab, zone: Zone) -> None:
    """What administrators and servers of the zone send to others leaves by the relay."""
    address = address_of(lab, zone.mail)
    with new_host(lab, zone.link) as server, new_host(lab, zone.admins, zone.management) as admin:
        for sender in (lab.node(zone.admin), admin, server):
            _arrives(lab, zone, sender, address, "example.net", zone.relay, zone.outside)


def _arrives(
    lab: Lab,
    zone: Zone,
    sender: Node,
    address: Address,
    domain: str,
    end: str,
    link: str,
    octets: int = 0,
) -> None:
    """A mail is taken, and its text is seen to get to its end."""
    nonce = secrets.token_hex(12)
    line = secrets.token_hex(LINE // 2)
    text = "\n".join([nonce, *([line] * (octets // LINE)), nonce[::-1]])
    last = nonce[::-1].encode()

    def seen(packet: Packet) -> bool:
        return not packet.sent and packet.node == end and last in packet.frame

    with lab.link(link).capture(seen, filters.TCP) as capture:

        def taken() -> None:
            receipt = dialogue.hand_in(
                sender, address, "dan@example.org", f"vanthu@{domain}", text, 15
            )
            require(
                receipt is not None,
                _(
                    "{node} gets no connection to the mail server at {address}.",
                    node=sender.name,
                    address=address,
                ),
            )
            assert receipt is not None
            require(
                receipt.taken,
                _(
                    "At {address} the mail of {node} for {domain} is not taken: {reply}",
                    address=address,
                    node=sender.name,
                    domain=domain,
                    reply=f"{receipt.command} {receipt.code} {receipt.text}".strip(),
                ),
            )

        eventually(lab, taken)
        with lab.record.waiting(_("waiting for a mail at {node}", node=end)):
            arrived = capture.wait(lab.record.until(ARRIVES))
        lab.record.add("mail", link, _("A mail gets to {node}.", node=end), {}, capture.packets)
    require(
        arrived,
        _(
            "The mail of {node} for {domain} is taken at {address}, and does not get to {end}.",
            node=sender.name,
            domain=domain,
            address=address,
            end=end,
        ),
    )


def is_reached_natively(lab: Lab, zone: Zone) -> None:
    """Visitors with IPv6 reach each server itself, at its own address, with theirs."""
    for visitor in _visitors(lab, zone, 6):
        for name, ports in zone.offers.items():
            for port in ports:
                visitor.open_port(lab.node(name), address_of(lab, name), port, within=PATIENCE)
        reply = names.query(visitor, address_of(lab, zone.dns), zone.domain, "SOA", within=PATIENCE)
        require(
            reply.node == zone.dns,
            _(
                "{node} asks {server} for names, and {other} answers.",
                node=visitor.name,
                server=zone.dns,
                other=reply.node or "?",
            ),
        )
        address = address_of(lab, zone.portal)
        page = _get(visitor, f"https://{zone.names[0]}/", address)
        require(
            page.node == zone.portal and page.status == 200,
            _(
                "{node} asks {server} for its page, and gets none of it.",
                node=visitor.name,
                server=zone.portal,
            ),
        )


def carries_large(lab: Lab, zone: Zone) -> None:
    """Large pages, uploads and mails get through, over IPv4 and over IPv6."""
    for family, client in ((4, zone.old), (6, zone.new)):
        node, name = lab.node(client), zone.names[0]
        address = address_of(lab, zone.portal, family)
        path = f"{zone.echo}{secrets.token_hex(6)}"
        page = _get(node, f"https://{name}{path}", address)
        require(
            page.status == 200 and len(page.body) > LARGE and page.body.endswith(b" 19999\n"),
            _(
                "A large page of the portal does not get to {node} whole: {count} octets.",
                node=client,
                count=len(page.body),
            ),
        )
        data = secrets.token_bytes(UPLOAD)
        answer = dialogue.exchange(
            node,
            address,
            443,
            f"POST {path} HTTP/1.0\r\nHost: {name}\r\nConnection: close\r\n"
            f"Content-Type: application/pdf\r\nContent-Length: {len(data)}\r\n\r\n".encode()
            + data,
            name=name,
            within=30,
        )
        digest = hashlib.sha256(data).hexdigest().encode()
        require(
            digest in (answer or b""),
            _(
                "A document of {count} octets that {node} hands in does not get to the portal: "
                "{answer}",
                count=len(data),
                node=client,
                answer=(answer or b"").split(b"\r\n")[0].decode("latin-1") or "—",
            ),
        )
    _arrives(
        lab, zone, lab.node(zone.old), address_of(lab, zone.mail, 4), zone.domain, zone.mail,
        zone.link, LARGE_MAIL,
    )  # fmt: skip


def comes_back(lab: Lab, zone: Zone) -> None:
    """After all machines of the zone were switched off and on, visitors are served as before.

    Only for a check that `ruins` the lab.
    """
    machines = [zone.firewall, zone.front, *zone.offers]
    for name in machines:
        lab.reboot(lab.node(name))
    until = lab.record.until(RETURNED)
    while True:
        try:
            has_no_ipv4(lab, zone)
            is_reached_natively(lab, zone)
            reads_the_portal(lab, zone)
            resolves_names(lab, zone)
            takes_mail(lab, zone)
            knows_who_came(lab, zone)
        except Failed as failure:
            if time.monotonic() > until:
                raise Failed(
                    _("After a reboot of all machines: {why}", why=failure.message)
                ) from None
            time.sleep(1)  # who is about to start tells nobody
        else:
            return


# Who came


def knows_who_came(lab: Lab, zone: Zone) -> None:
    """The first word of a line in the portal's log is the visitor, whichever way he came.

    A visitor with IPv4 by his address, or by an IPv6 address that ends with it (RFC 6052).
    """
    for family in (4, 6):
        address = address_of(lab, zone.portal, family)
        for visitor in _visitors(lab, zone, family):
            for scheme in ("http", "https"):
                path = f"{zone.echo}{secrets.token_hex(8)}"
                page = _get(visitor, f"{scheme}://{zone.names[0]}{path}", address)
                line = _logged(lab, zone, path)
                require(
                    line is not None,
                    _(
                        "{node} asked for {scheme} at {address}, and nothing of it stands in "
                        "{file} of {server}.",
                        node=visitor.name,
                        scheme=scheme.upper(),
                        address=address,
                        file=zone.log,
                        server=zone.portal,
                    ),
                )
                require(
                    _is(_first(line or ""), page.source),
                    _(
                        "{node} asked from {source}; in {file} of {server} stands: {line}",
                        node=visitor.name,
                        source=page.source,
                        file=zone.log,
                        server=zone.portal,
                        line=line or "",
                    ),
                )


def believes_nobody(lab: Lab, zone: Zone, *, by: str) -> None:
    """What visitors say of themselves changes nothing: in headers, or in a line of a proxy.

    Over either protocol, from outside and from a neighbour of the servers, at each port of the
    portal. The control is that the log knows who came.
    """
    four, six = (address_of(lab, zone.portal, family) for family in (4, 6))
    try:
        knows_who_came(lab, zone)
    except Failed as failure:
        control(False, by=by, message=failure.message)
    control(True, by=by, message=_("The log knows who came."))
    inside = ip_network(str(lab.plan[f"{zone.management}.prefix"]))
    inside4 = ip_network(str(lab.plan[f"{zone.management}.prefix4"]))
    ports = {80, 443, *(openports.listening(lab.node(zone.portal)) - {SSH})}
    with (
        new_host(lab, zone.link, name="new-neighbour") as neighbour,
        new_host(lab, zone.outside, family=4) as stranger,
    ):
        askers: list[tuple[Node, Address]] = [
            (stranger, four),
            (lab.node(zone.new), six),
            (neighbour, six),
        ]
        targets = {asker: openports.targets(asker, [address], ports) for asker, address in askers}
        found = openports.scan([one for each in targets.values() for one in each])
        for asker, address in askers:
            for port in sorted(one.port for one in targets[asker] if one in found):
                usual = _asked_as(zone, asker, address, port, None, "")[1]
                for claimed in (inside[9], inside4[9], ip_address("198.51.100.77")):
                    for way in ("headers", "proxy"):
                        _not_believed(lab, zone, asker, address, port, claimed, way, usual)


def _asked_as(
    zone: Zone, asker: Node, address: Address, port: int, claimed: Address | None, way: str
) -> tuple[str, set[str]]:
    """The path under the administrators' pages that was asked for, and the statuses that came.

    By HTTP and by HTTPS, as somebody who says in some way that he is another.
    """
    path = f"{zone.closed}{secrets.token_hex(8)}"
    lines = [f"GET {path} HTTP/1.0", f"Host: {zone.names[0]}", "Connection: close"]
    preface = b""
    if claimed is not None and way == "headers":
        quoted = f'for="[{claimed}]"' if claimed.version == 6 else f"for={claimed}"
        lines += [f"{one}: {quoted if one == 'Forwarded' else claimed}" for one in CLAIMS]
    elif claimed is not None:
        preface = _proxy_line(claimed, address, port)
    request = "\r\n".join([*lines, "", ""]).encode()
    answers = [
        dialogue.exchange(asker, address, port, request, first=preface, name=name, within=3)
        for name in (zone.names[0], None)
    ]
    said = [one.split(b" ", 2)[1] for one in answers if one and one.startswith(b"HTTP/")]
    return path, {one.decode("latin-1") for one in said}


def _not_believed(
    lab: Lab,
    zone: Zone,
    asker: Node,
    address: Address,
    port: int,
    claimed: Address,
    way: str,
    usual: set[str],
) -> None:
    """Who says that he is another gets no further than without, and is not written down so."""
    path, status = _asked_as(zone, asker, address, port, claimed, way)
    require(
        not (status - usual) & {"200", "404"},
        _(
            "{node} says that it is {claimed}, and gets into {place} at {address} port {port}.",
            node=asker.name,
            claimed=claimed,
            place=zone.closed,
            address=address,
            port=port,
        ),
    )
    line = _logged(lab, zone, path, patience=LOGGED if status & {"301", "403"} else LOOK)
    require(
        line is None or not _is(_first(line), claimed),
        _(
            "{node} says that it is {claimed} at {address} port {port}, and in {file} of {server} "
            "stands: {line}",
            node=asker.name,
            claimed=claimed,
            address=address,
            port=port,
            file=zone.log,
            server=zone.portal,
            line=line or "",
        ),
    )


def _proxy_line(claimed: Address, address: Address, port: int) -> bytes:
    """The first line of the PROXY protocol, version 1, as a front would send it."""
    family = "TCP6" if claimed.version == 6 else "TCP4"
    to = address if address.version == claimed.version else claimed
    return f"PROXY {family} {claimed} {to} 4711 {port}\r\n".encode()


def _first(line: str) -> str:
    return line.split(" ", 1)[0].strip("[]")


def _is(word: str, source: Address) -> bool:
    """Whether a word of a log is an address, or an IPv6 address that an IPv4 one is the end of."""
    try:
        found = ip_address(word.partition("%")[0])
    except ValueError:
        return False
    if found == source:
        return True
    return found.version == 6 and source.version == 4 and found.packed[12:] == source.packed


def _logged(lab: Lab, zone: Zone, path: str, patience: float = LOGGED) -> str | None:
    """The line about a request in the portal's log; None if there is none."""
    until = lab.record.until(patience)
    while True:
        data = nodefiles.read(lab.fabric.namespace(zone.portal), zone.log, end=True) or b""
        for line in reversed(data.decode("utf-8", "replace").splitlines()):
            if path in line:
                return line
        if time.monotonic() >= until:
            return None
        time.sleep(LOOK)  # a file of another mount namespace tells nobody of its changes


# What nobody gets


def leads_nowhere_else(lab: Lab, zone: Zone, *, by: str) -> None:
    """To visitors only what is offered is open, at every address, over either protocol.

    The grader listens on all machines at ports that nobody knows. Nor does the front lead to
    other places by what is asked of it, in a Host, a URL, a CONNECT, or the name in TLS.
    """
    machines = [zone.firewall, zone.front, *zone.offers]
    ports = {*TRIED, *(flows.any_port() for _number in range(3))}
    for name in machines:
        ports |= openports.listening(lab.node(name))
    with ExitStack() as standing:
        for name in zone.offers:
            for port in ports:
                standing.enter_context(standing_in(lab.node(name), port))
        offered = {
            (address_of(lab, name, family), port)
            for name, own in zone.offers.items()
            for port in own
            for family in (4, 6)
        }
        targets = [
            target
            for family, visitor in ((4, zone.old), (6, zone.new))
            for target in openports.targets(
                lab.node(visitor), _places(lab, zone, machines, family), ports
            )
        ]
        # Who takes over the front gets no further than it has to.
        others = ports - {port for _address, port in offered}
        others -= openports.listening(lab.node(zone.portal)) - {SSH}
        inside = [address_of(lab, name) for name in zone.offers]
        from_the_front = openports.targets(lab.node(zone.front), inside, others)
        found = openports.scan([*targets, *from_the_front])
        got = {(one.address, one.port) for one in found if one in set(targets)}
        control(offered <= got, by=by, message=_("Not even what is offered is open."))
        require_none(
            [one for one in found if one in set(targets)],
            lambda one: _(
                "{node} gets through to port {port} of {address}, which is offered to nobody.",
                node=one.node,
                port=one.port,
                address=one.address,
            ),
            lambda one: (one.address, one.port) not in offered,
        )
        require_none(
            [one for one in found if one in set(from_the_front)],
            lambda one: _(
                "{node} gets through to port {port} of {address}, which it needs for no visitor.",
                node=zone.front,
                port=one.port,
                address=one.address,
            ),
        )
        _no_datagram(lab, zone, ports)
    _no_open_proxy(lab, zone)


def _places(lab: Lab, zone: Zone, machines: Iterable[str], family: int) -> list[Address]:
    """All addresses of a family at which something of the zone could be had from outside."""
    found = {address_of(lab, name, family) for name in zone.offers}
    for name in machines:
        for one in lab.node(name).addresses(family=family):
            address = ip_address(str(one.address))
            if not (address.is_loopback or address.is_link_local):
                found.add(address)
    if family == 4:
        had = list(ip_network(str(lab.plan[f"{zone.link}.prefix4"])).hosts())
        found |= set(secrets.SystemRandom().sample(had, 6))  # type: ignore[arg-type]
    return sorted(found, key=str)


def _no_datagram(lab: Lab, zone: Zone, ports: Iterable[int]) -> None:
    """Datagrams of visitors get to the name server's port, and to no other of a server."""
    nonce = secrets.token_bytes(12)
    offered = (zone.dns, names.PORT)

    def seen(packet: Packet) -> bool:
        return not packet.sent and packet.node in zone.offers and nonce in packet.frame

    with Capture(lab.fabric, [zone.link], seen) as capture:
        for family, visitor in ((4, zone.old), (6, zone.new)):
            node = lab.node(visitor)
            with entered(node.namespace):
                kind = socket.AF_INET if family == 4 else socket.AF_INET6
                sock = socket.socket(kind, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            with sock:
                for name in zone.offers:
                    for port in {123, 161, 443, 514, *ports}:
                        sock.sendto(nonce, (str(address_of(lab, name, family)), port))
                # Last, what has to come through.
                sock.sendto(nonce, (str(address_of(lab, zone.dns, family)), names.PORT))
        capture.listen(lab.record.until(1))
    for one in unwanted(capture.packets):
        data = one.ip
        if data is not None and data.protocol == UDP and data.ports is not None:
            require(
                (one.node, data.ports[1]) == offered,
                _(
                    "Datagrams of visitors get through to UDP port {port} of {node}.",
                    port=data.ports[1],
                    node=one.node,
                ),
            )


def _no_open_proxy(lab: Lab, zone: Zone) -> None:
    """What a visitor asks for in the name of another place leads the front to no such place."""
    address, portal = (address_of(lab, zone.portal, family) for family in (4, 6))
    known = openports.listening(lab.node(zone.portal)) - {SSH}
    right = {(portal, port) for port in known}
    right |= {(address_of(lab, name), port) for name, own in zone.offers.items() for port in own}
    others = [
        str(lab.plan[f"{zone.relay}.name"]),
        f"{zone.mail}.{zone.domain}",
        str(address_of(lab, zone.relay, 4)),
        *(f"[{address_of(lab, name)}]" for name in (zone.admin, zone.mail, zone.relay)),
        "[::1]:8080",
        f"[{portal}]:{SSH}",
    ]
    front = {
        ip_address(str(one.address))
        for name in (zone.front, zone.firewall)
        for one in lab.node(name).addresses()
    }

    def goes_on(packet: Packet) -> bool:
        data = packet.ip
        return (
            packet.sent
            and data is not None
            and data.source in front
            and data.tcp_flags & (SYN | ACK) == SYN
        )

    visitor = lab.node(zone.old)
    with Capture(lab.fabric, (), goes_on, filters.TCP_OPENING) as capture:
        for other in others:
            host = other.strip("[]").partition("]")[0]
            tunnel = other if other.rpartition(":")[2].isdigit() else f"{other}:{SSH}"
            for line in (f"GET http://{other}/", "GET /", f"CONNECT {tunnel}"):
                request = f"{line} HTTP/1.1\r\nHost: {other}\r\nConnection: close\r\n\r\n"
                dialogue.exchange(visitor, address, 80, request.encode(), within=2)
            sni = host if re.fullmatch(r"[a-z0-9.-]+", host) else zone.names[0]
            request = f"GET / HTTP/1.1\r\nHost: {other}\r\nConnection: close\r\n\r\n"
            dialogue.exchange(visitor, address, 443, request.encode(), name=sni, within=2)
        capture.read()
    for one in unwanted(capture.packets):
        data = one.ip
        assert data is not None
        assert data.ports is not None
        require(
            (data.destination, data.ports[1]) in right,
            _(
                "{node} was asked for another place at {address}, and opens a connection to "
                "{other} port {port}.",
                node=one.node,
                address=address,
                other=data.destination,
                port=data.ports[1],
            ),
        )


def trusts_no_visitor(lab: Lab, zone: Zone, *, by: str, mails: str) -> None:
    """What the agency's own machines may, no visitor may, whichever way he comes.

    Sending mail to others, having the whole zone, opening the administrators' pages. The control is
    that who may gets it; where he does not, blocked by check `by`, or `mails`.
    """
    for judge, check in ((serves_administrators, by), (sends_mail_out, mails)):
        try:
            judge(lab, zone)
        except Failed as failure:
            control(False, by=check, message=failure.message)
        control(True, by=check, message=_("Administrators are served."))
    for family in (4, 6):
        mail, dns, portal = (address_of(lab, name, family) for name in (zone.mail, zone.dns,
                             zone.portal))  # fmt: skip
        for visitor in _visitors(lab, zone, family):
            for sender in ("dan@example.org", f"vanthu@{zone.domain}", ""):
                receipt = dialogue.hand_in(visitor, mail, sender, "ai-do@example.net", "x")
                require(
                    receipt is None or not receipt.taken,
                    _(
                        "At {address}, mail of {node} for others is taken: the mail server is "
                        "open to all.",
                        address=mail,
                        node=visitor.name,
                    ),
                )
            require(
                not _gets_the_zone(visitor, dns, zone.domain),
                _("At {address}, {node} gets the whole zone.", address=dns, node=visitor.name),
            )
            try:
                page = _get(visitor, f"https://{zone.names[0]}{zone.closed}", portal)
            except Failed:
                continue  # what cannot be had at all is not open
            require(
                page.status in FORBIDDEN,
                _(
                    "{url} at {address} is not forbidden to {node}: status {status}.",
                    url=f"https://{zone.names[0]}{zone.closed}",
                    address=portal,
                    node=visitor.name,
                    status=page.status,
                ),
            )


def _gets_the_zone(visitor: Node, server: Address, domain: str) -> bool:
    try:
        return bool(names.transfer(visitor, server, domain).records("SOA"))
    except Failed:
        return False


# What was there before


def serves_administrators(lab: Lab, zone: Zone) -> None:
    """The administrator, and a new machine beside it, get what they need, over IPv6."""
    with new_host(lab, zone.admins, zone.management, name="new-admin") as new:
        for admin in (lab.node(zone.admin), new):
            for name in zone.offers:
                admin.open_port(lab.node(name), address_of(lab, name), SSH, within=PATIENCE)
            url = f"https://{zone.names[0]}{zone.closed}"
            page = _get(admin, url, address_of(lab, zone.portal))
            require(
                page.status == 200,
                _(
                    "{url} at {address} is closed to a machine of the management VLAN: status "
                    "{status}.",
                    url=url,
                    address=address_of(lab, zone.portal),
                    status=page.status,
                ),
            )
            reply = names.transfer(admin, address_of(lab, zone.dns), zone.domain, PATIENCE)
            require(
                reply.records("SOA"),
                _("{node} does not get the zone for its backup any more.", node=admin.name),
            )


def passes_nothing_else(lab: Lab, zone: Zone, *, opened: str) -> None:
    """Over IPv6 nothing passes the firewall but what is offered, whoever sends it.

    Swept, from the visitor, from strangers anywhere, and to a server that nobody had in mind. Nor
    does the firewall itself take a connection. `opened` is the check that wants open what is
    offered.
    """
    visitor = lab.node(zone.new)
    for name, ports in zone.offers.items():
        address = address_of(lab, name)
        datagrams = ports if name == zone.dns else ()
        shut.but_for(lab, zone.new, name, address, tcp=ports, udp=datagrams, opened=opened)
        shut.strangers_get_no_further(lab, visitor, lab.node(name), address, opened=opened)
    with new_host(lab, zone.link, name="new-server") as server:
        shut.to_new_hosts(lab, visitor, (server,), opened=opened)
    for family, client in ((4, zone.old), (6, zone.new)):
        for one in lab.node(zone.firewall).addresses(lab.node(zone.firewall).interface(
            zone.outside).name, family):  # fmt: skip
            if not ip_address(str(one.address)).is_link_local:
                shut.takes_nothing(lab, client, zone.firewall, one.address)


def offers_as_before(lab: Lab, zone: Zone, title: str, serial: int) -> None:
    """Names, certificate and page are what they were, over IPv6."""
    node, address = lab.node(zone.new), address_of(lab, zone.portal)
    dns = address_of(lab, zone.dns)
    places = {zone.domain: zone.portal, **{f"{name}.{zone.domain}": name for name in zone.offers}}
    for name, server in places.items():
        for kind, family in (("A", 4), ("AAAA", 6)):
            reply = names.query(node, dns, name, kind, within=PATIENCE)
            found = {ip_address(one.address) for one in reply.records(kind)}
            require(
                found == {address_of(lab, server, family)},
                _("{name} has other addresses of IPv{family} than it had.", name=name,
                  family=family),
            )  # fmt: skip
    mail = names.query(node, dns, zone.domain, "MX", within=PATIENCE).records("MX")
    require(
        [names.plain(one.exchange) for one in mail] == [f"{zone.mail}.{zone.domain}"],
        _("Mail for {name} is sent to another server than before.", name=zone.domain),
    )
    for name in zone.names:
        plain = _get(node, f"http://{name}/a?b", address)
        leads = urlsplit(plain.location or "")
        require(
            (leads.scheme, leads.netloc, leads.path, leads.query) == ("https", name, "/a", "b"),
            _("http://{name} does not lead to HTTPS as it did.", name=name),
        )
        page = _get(node, f"https://{name}/", address)
        _get(node, f"https://{name}/", address, trust=page.certificate)
        require(
            page.status == 200 and f"<title>{title}</title>".encode() in page.body,
            _("https://{name} does not show the portal's page.", name=name),
        )
        require(
            struct.pack(">I", serial) in (page.certificate or b"")[:40],
            _("https://{name} has another certificate than before.", name=name),
        )


@contextmanager
def _opened(lab: Lab, zone: Zone, family: int) -> Iterator[list[Node]]:
    client = zone.old if family == 4 else zone.new
    with new_host(lab, zone.outside, family=family) as host:
        yield [lab.node(client), host]


def _visitors(lab: Lab, zone: Zone, family: int) -> Iterator[Node]:
    """The visitor with this protocol alone, and a new one beside it."""
    with _opened(lab, zone, family) as visitors:
        yield from visitors
