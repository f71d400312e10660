"""A web site that is to be the same over both families: found, reached, equal, as well protected.

A `Site` says which names it has and who visits it; each judgement takes the lab and the site.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ipv6lab.expect import strangers
from ipv6lab.expect.conditions import _, control, require, require_none
from ipv6lab.expect.places import address_of, new_host
from ipv6lab.probes import Blocked, Failed, Packet
from ipv6lab.probes.asks import browsing, names, openports
from ipv6lab.probes.hosts.beyond import Beyond
from ipv6lab.probes.seen import nodefiles
from ipv6lab.probes.seen.filters import TCP

if TYPE_CHECKING:
    from ipv6lab.probes import Lab, Node

Address = IPv4Address | IPv6Address

GONE = (502, 503, 504)  # what a server says of one behind it that does not answer (RFC 9110)
AGAIN = 0.5  # seconds until it is asked again
SEEN = 2  # seconds in which a packet that has passed is seen to have passed
PATIENCE = 8  # seconds for an answer, of a machine that has much else to do, or is about to start
LOGGED = 3  # seconds until a request that was answered is in the log
LOOK = 0.1  # seconds between two looks at it
ALIKE = 0.9  # of two pages that count as one (internet.nl's "same website on IPv6 and IPv4")
GLOBAL = IPv6Network("2000::/3")
USUAL = {22, 25, 80, 443, 8080, 8443}  # tried beside what somebody listens on
# What differs between two answers of one server to one request, and between two servers of a site.
SLOW, SLOWER = 3.0, 4  # seconds for an answer, and how many times as long as over IPv4
INDEX = "index.html"  # what is shown of a place, by its whole name
How = Mapping[str, Any]  # of `web.get`: how it is asked for
OLD: How = {"old": True}
VOLATILE = {"date", "connection", "keep-alive", "transfer-encoding", "content-length"}
OWN = {
    "location",
    "etag",
    "last-modified",
    "server",
    "via",
    "age",
    "accept-ranges",
    "vary",
    "x-cache",
}
# What a visitor may say of himself, and nobody may believe.
CLAIMS = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP")


@dataclass(frozen=True)
class Site:
    """A site's names, its visitors by family, and the name server that tells where it is.

    `clients` have one family each, and are in the plan's network `network`, from which new hosts
    come as well. `found` and `before` are the checks that want it found over IPv6, and as it was
    over IPv4. `plain` and `secure` are its ports; the first secure one is what HTTP leads to.
    """

    names: tuple[str, ...]
    clients: tuple[tuple[int, str], ...]
    network: str
    server: str
    found: str
    before: str
    plain: tuple[int, ...] = (80,)
    secure: tuple[int, ...] = (443,)

    def client(self, lab: Lab, family: int) -> Node:
        """A client that has this family alone."""
        return lab.node(dict(self.clients)[family])


# Where it is


@cache
def addresses(lab: Lab, site: Site, name: str, family: int) -> tuple[Address, ...]:
    """The addresses of a name that a client of this family gets over it, asked once."""
    server = address_of(lab, site.server, family)
    kind = "AAAA" if family == 6 else "A"
    reply = names.query(site.client(lab, family), server, name, kind, within=PATIENCE)
    return tuple(ip_address(one.address) for one in reply.records(kind))


def published(lab: Lab, site: Site) -> list[tuple[str, Address]]:
    """Where the site is over IPv6: each name with an address of it. Blocked if nowhere."""
    found = [(name, one) for name in site.names for one in addresses(lab, site, name, 6)]
    if not found:
        raise Blocked(site.found, _("The portal has no IPv6 address yet."))
    return found


def _places(lab: Lab, site: Site) -> dict[Address, str]:
    """Its IPv6 addresses, each once, with one of its names."""
    return {address: name for name, address in reversed(published(lab, site))}


def has_global_addresses(lab: Lab, site: Site) -> None:
    """Each name has IPv6 addresses that hold in the whole Internet, and whoever asks gets them."""
    for name in site.names:
        found = addresses(lab, site, name, 6)
        require(found, _("{server} has no AAAA record for {name}.", server=site.server, name=name))
        for one in found:
            require(
                one in GLOBAL,
                _(
                    "{name} has the address {address}, with which nobody outside can do anything.",
                    name=name,
                    address=one,
                ),
            )
        with _visitor(lab, site) as host:
            reply = names.query(host, address_of(lab, site.server), name, within=PATIENCE)
            told = {ip_address(one.address) for one in reply.records("AAAA")}
        require(
            told == set(found),
            _(
                "{server} tells {client} other addresses of {name} than a new host beside it.",
                server=site.server,
                client=site.client(lab, 6).name,
                name=name,
            ),
        )


def reached(lab: Lab, site: Site) -> None:
    """The client and a new host beside it reach the ports for HTTP and HTTPS, everywhere."""
    ports = (site.plain[0], site.secure[0])
    with _visitor(lab, site) as host:
        for visitor in (site.client(lab, 6), host):
            asked = openports.targets(visitor, _places(lab, site), ports)
            found = openports.scan(asked)
            for one in asked:
                if one not in found:
                    # Once more, and to say where the way ends.
                    owner = _owner(lab, one.address)
                    visitor.open_port(owner, one.address, one.port, within=PATIENCE)


def _owner(lab: Lab, address: Address) -> Node:
    """The node that has an address."""
    for name in lab.fabric.nodes:
        if any(one.address == address for one in lab.node(name).addresses(family=address.version)):
            return lab.node(name)
    raise Failed(_("{address} is published, and no machine here has it.", address=address))


@contextmanager
def _visitor(lab: Lab, site: Site, family: int = 6) -> Iterator[Node]:
    """A new host where the client is."""
    link = site.client(lab, family).interface().link
    with new_host(lab, link, site.network, family) as host:
        yield host


def same_ports(lab: Lab, site: Site, machines: Iterable[str]) -> None:
    """Every port that is open over IPv4 is open over IPv6, at each address of the site.

    Tried are the usual ports and those that somebody listens on, on any of the `machines`.
    """
    listened = {port for name in machines for port in openports.listening(lab.node(name))}
    old = {one for name in site.names for one in addresses(lab, site, name, 4)}
    asked = openports.targets(site.client(lab, 4), old, listened | USUAL)
    four = {one.port for one in openports.scan(asked)}
    asked = openports.targets(site.client(lab, 6), _places(lab, site), four)
    found = openports.scan(asked, PATIENCE)
    require_none(
        sorted(one.port for one in asked if one not in found),
        lambda port: _("Port {port} of the portal is open over IPv4 and not over IPv6.", port=port),
    )


# That it is the same


def same_answers(lab: Lab, site: Site, place: str) -> None:
    """On every port each name gives over IPv6 what it gives over IPv4, large pages too.

    So it does by every method, where there is no page, and to who has no new TLS. Under `place` the
    site repeats what it was asked, so that nothing old can be shown.
    """
    for name, address in published(lab, site):
        for scheme, port, path, how in _asked(lab, site, place, address):
            url = f"{scheme}://{name}{_port(scheme, port)}{path}"
            four = _over_ipv4(lab, site, url, how)
            if four is None:
                continue
            try:
                six = _get(site.client(lab, 6), url, address, **how)
            except Failed:
                if path == "/":
                    _too_large(lab, site, name, address, place)
                raise
            _same(url, four, six)
            if _slow(four, six):  # a busy machine is so once
                six = _get(site.client(lab, 6), url, address, **how)
            require(
                not _slow(four, six),
                _(
                    "Over IPv6, {url} takes {seconds} s, and not over IPv4.",
                    url=url,
                    seconds=round(six.seconds),
                ),
            )
            require(
                six.whole or not four.whole,
                _(
                    "Over IPv6, {url} is had only by who sends and asks for little at once: large "
                    "packets between {address} and {node} do not arrive, and the sender is not "
                    "told. What today's browsers begin an HTTPS connection with is that large.",
                    url=url,
                    address=address,
                    node=site.client(lab, 6).name,
                ),
            )


def _slow(four: browsing.Response, six: browsing.Response) -> bool:
    return six.seconds > SLOW and six.seconds > SLOWER * four.seconds


@cache
def _secure(lab: Lab, site: Site, address: Address) -> tuple[int, ...]:
    """Its secure ports that are open at an address; that others than the first are is for
    `same_ports` to tell."""
    first, *others = site.secure
    asked = openports.targets(site.client(lab, address.version), [address], others)
    return (first, *(one.port for one in openports.scan(asked)))


def _asked(
    lab: Lab, site: Site, place: str, address: Address
) -> Iterator[tuple[str, int, str, How]]:
    """What to ask for: scheme, port, path, and how."""
    for port in _secure(lab, site, address):
        yield "https", port, fresh(place), {}
        yield "https", port, "/", {}
    for port in site.plain:
        yield "http", port, "/", {}
    yield "https", site.secure[0], fresh("/"), {}
    yield "https", site.secure[0], fresh(place), OLD
    for method in ("HEAD", "POST"):
        yield "https", site.secure[0], fresh(place), {"method": method}


def _port(scheme: str, port: int) -> str:
    return "" if browsing.PORTS[scheme] == port else f":{port}"


def fresh(place: str) -> str:
    """A path under a place that nobody has asked for before."""
    return f"{place}tra-cuu-{secrets.token_hex(8)}"


def _get(
    visitor: Node, url: str, address: object, trust: bytes | None = None, **how: Any
) -> browsing.Response:
    return browsing.get(visitor, url, address, trust, PATIENCE, **how)


def _over_ipv4(lab: Lab, site: Site, url: str, how: How) -> browsing.Response | None:
    """What the client with IPv4 gets for a URL, to compare with. Blocked where it gets nothing.

    None where that is no fault: old TLS need not be taken.
    """
    name = urlsplit(url).hostname or ""
    try:
        [address, *_others] = addresses(lab, site, name, 4)
        return _get(site.client(lab, 4), url, address, **how)
    except (Failed, ValueError):
        if how == OLD:
            return None
        raise Blocked(
            site.before,
            _("{url} cannot be had over IPv4, so there is nothing to compare with.", url=url),
        ) from None


def _too_large(lab: Lab, site: Site, name: str, address: Address, place: str) -> None:
    """Fail for this reason if small answers arrive and only large ones do not."""
    _get(site.client(lab, 6), f"https://{name}{fresh(place)}", address)
    raise Failed(
        _(
            "Over IPv6, small pages from {address} arrive at {node} and large ones do not: their "
            "packets are too big for a link on the way, and the sender is not told.",
            address=address,
            node=site.client(lab, 6).name,
        )
    )


def same_status(url: str, four: browsing.Response, six: browsing.Response) -> None:
    """Two answers to one question, over IPv4 and over IPv6, have one status. Raises Failed."""
    require(
        four.status == six.status,
        _(
            "{url} gives status {six} over IPv6 and {four} over IPv4.",
            url=url,
            six=six.status,
            four=four.status,
        ),
    )


def same_location(url: str, four: browsing.Response, six: browsing.Response) -> None:
    """Two answers to one question lead to one place, or both to none. Raises Failed."""
    require(
        four.location == six.location,
        _(
            "{url} leads to {six} over IPv6, and to {four} over IPv4.",
            url=url,
            six=six.location or "—",
            four=four.location or "—",
        ),
    )


def _same(url: str, four: browsing.Response, six: browsing.Response) -> None:
    """Two answers to one question, over IPv4 and over IPv6."""
    same_status(url, four, six)
    if urlsplit(url).scheme != "http":  # where HTTP leads is for `leads_to_https` to tell
        same_location(url, four, six)
    differing = (four.headers.keys() ^ six.headers.keys()) - VOLATILE - OWN
    differing |= {
        name
        for name in (four.headers.keys() & six.headers.keys()) - VOLATILE - OWN
        if four.headers[name].replace(str(four.source), "") != (
            six.headers[name].replace(str(six.source), "")
        )
    }  # fmt: skip
    require(
        not differing,
        _(
            "{url} comes with different headers over IPv4 and IPv6: {headers}.",
            url=url,
            headers=", ".join(sorted(differing)),
        ),
    )
    old, new = (one.body.decode("utf-8", "replace") for one in (four, six))
    require(
        # What an application says of a question nobody asked before is no matter of taste.
        old == new
        if urlsplit(url).path != "/"
        else SequenceMatcher(None, old, new, autojunk=False).quick_ratio() >= ALIKE,
        _("{url} shows another page over IPv6 than over IPv4.", url=url),
    )


def leads_to_https(lab: Lab, site: Site, place: str) -> None:
    """Over IPv6, HTTP leads to HTTPS at the same name and path, and there is the page."""
    cli6, wanted = site.client(lab, 6), site.secure[0]
    for name, address in published(lab, site):
        path = fresh(place)
        plain = _get(cli6, f"http://{name}{path}?ngon-ngu=vi", address)
        values = {"name": name, "address": address, "url": plain.location or ""}
        require(plain.location, _("http://{name} at {address} does not lead to HTTPS.", **values))
        leads = urlsplit(plain.location or "")
        require(
            (leads.scheme, leads.hostname, leads.port or wanted) == ("https", name, wanted),
            _(
                "http://{name} at {address} leads to {url}, not to HTTPS at the same name.",
                **values,
            ),
        )
        page = _get(cli6, plain.location or "", address)
        require(
            page.status == 200 and f"{path}?ngon-ngu=vi".encode() in page.body,
            _(
                "http://{name} at {address} leads to {url}, which is not the page that was wanted.",
                **values,
            ),
        )


def same_certificate(lab: Lab, site: Site, place: str) -> None:
    """Over IPv6 every secure port shows the key that it shows over IPv4, valid for each name."""
    for name, address in published(lab, site):
        old = addresses(lab, site, name, 4)[:1]
        both = [set(_secure(lab, site, one)) for one in (address, *old)]
        for port in sorted(set.intersection(*both)):
            url = f"https://{name}{_port('https', port)}{fresh(place)}"
            own = _over_ipv4(lab, site, url, {})
            assert own is not None
            shown = _get(site.client(lab, 6), url, address)
            require(
                shown.public_key == own.public_key,
                _(
                    "{name} shows at {address} another certificate than over IPv4.",
                    name=name,
                    address=address,
                ),
            )
            _get(site.client(lab, 6), url, address, trust=shown.certificate)


def whole_page_loads(lab: Lab, site: Site, family: int, parts: Collection[str] = ()) -> None:
    """A client of one family loads the page with all its parts, `parts` among them."""
    client = site.client(lab, family)
    objects = browsing.load(
        client, f"https://{site.names[-1]}/", _lookup(lab, site, family), family, PATIENCE
    )
    for one in objects:
        if one.failure is not None:
            raise Failed(one.failure)
        require(
            one.loaded,
            _(
                "The page needs {url}, which {node} cannot have: status {status}.",
                url=one.url,
                node=client.name,
                status=one.response.status if one.response else 0,
            ),
        )
    missing = sorted(set(parts) - {urlsplit(one.url).path for one in objects})
    require(not missing, _("{path} is no longer part of the page.", path=", ".join(missing)))


def _lookup(lab: Lab, site: Site, family: int) -> browsing.Lookup:
    """How a browser of that client finds addresses."""
    return lambda name: addresses(lab, site, name, family)


def bare_address_leads_there(lab: Lab, site: Site, family: int = 6) -> None:
    """From each bare address one gets, perhaps by a redirect, to the site's page."""
    client = site.client(lab, family)
    for name in site.names:
        for address in addresses(lab, site, name, family):
            page = _get(client, f"https://{name}/", address)
            url = f"http://[{address}]/" if address.version == 6 else f"http://{address}/"
            objects = browsing.load(client, url, _lookup(lab, site, family), family, PATIENCE)
            if objects[0].failure is not None or objects[0].response is None:
                raise Failed(objects[0].failure or _("{url} cannot be had.", url=url))
            require(
                objects[0].response.body == page.body,
                _("{url} does not show the portal, but something else.", url=url),
            )


# Who came


@dataclass(frozen=True)
class Records:
    """Where it stands who came: the log on the node that took the connection, and the node behind.

    Under `place` the site passes requests on to `behind`, over `link`.
    """

    log: str
    place: str
    behind: str
    link: str


def visitors_are_recorded(lab: Lab, site: Site, where: Records, family: int = 6) -> None:
    """The address of the client, and of a new host, gets into the log and to the node behind."""
    with _visitor(lab, site, family) as host:
        for name in site.names:
            for address in addresses(lab, site, name, family):
                for visitor in (site.client(lab, family), host):
                    ports = _secure(lab, site, address)
                    for port in ports if visitor is host else ports[:1]:
                        _recorded(lab, where, visitor, name, address, port)


def _recorded(
    lab: Lab, where: Records, visitor: Node, name: str, address: Address, port: int
) -> None:
    path, response, asked = _passed_on(lab, where, visitor, name, address, port)
    behind = lab.node(where.behind)
    assert asked.ip is not None
    head = asked.ip.payload.decode("latin-1").split("\r\n")
    # Over IPv6 the page is compared, which tells this as well.
    require(
        address.version == 6
        or any(line.lower() == f"host: {name}" or line.lower().startswith(f"host: {name}:")
            for line in head),
        _("{node} is not told which name was asked for: {name}.", node=behind.name, name=name),
    )  # fmt: skip
    told = [line.partition(":")[2] for line in head if line.lower().startswith("x-forwarded-for:")]
    require(
        response.source in mentioned(" ".join(told)),
        _(
            "{node} asks the online services at {address}, and X-Forwarded-For tells {behind} "
            "{told} instead of {source}.",
            node=visitor.name,
            address=address,
            behind=behind.name,
            told=", ".join(one.strip() for one in told) or "—",
            source=response.source,
        ),
    )
    entry = _logged(lab, response.node, where.log, path)
    require(
        entry is not None,
        _(
            "{node} took a request at {address} and wrote nothing of it into {file}.",
            node=response.node or "?",
            address=address,
            file=where.log,
        ),
    )
    require(
        response.source in mentioned(entry or ""),
        _(
            "{node} asked from {source}; in {file} of {server} stands: {line}",
            node=visitor.name,
            source=response.source,
            file=where.log,
            server=response.node or "?",
            line=entry or "",
        ),
    )


def _passed_on(
    lab: Lab, where: Records, visitor: Node, name: str, address: Address, port: int
) -> tuple[str, browsing.Response, Packet]:
    """A path that nobody has asked for before, the response, and the request for the node behind.

    A server that says that the one behind is not there (502 to 504, RFC 9110) is asked again.
    """
    behind = lab.node(where.behind)
    until = lab.record.until(PATIENCE)
    while True:
        path = fresh(where.place).encode()
        with lab.link(where.link).capture(_arriving(behind, path), TCP) as capture:
            url = f"https://{name}{_port('https', port)}{path.decode()}"
            response = _get(visitor, url, address)
            asked = capture.wait(lab.record.until(SEEN))
            unseen = asked is None and capture.lost > 0
            if unseen and time.monotonic() < until:
                capture.lost = 0  # it is asked once more
        lab.record.add(
            "forwarded",
            where.link,
            _("What {node} is asked.", node=behind.name),
            {"path": path.decode(), "status": response.status, "unseen": unseen},
            capture.packets,
        )
        if response.status == 200 and path in response.body and asked is not None:
            return path.decode(), response, asked
        if not (unseen or response.status in GONE) or time.monotonic() + AGAIN >= until:
            raise Failed(
                _(
                    "The online services ({place}) of {name} do not answer at {address}.",
                    place=where.place,
                    name=name,
                    address=address,
                )
            )
        time.sleep(AGAIN)  # what is about to start tells nobody


def _arriving(node: Node, path: bytes) -> Callable[[Packet], bool]:
    return lambda one: not one.sent and one.node == node.name and path in one.frame


def mentioned(text: str) -> set[Address]:
    """The addresses that stand in a text, an IPv4-mapped one as what it stands for."""
    found: set[Address] = set()
    for word in re.findall(r"[0-9A-Fa-f:.]+", text):
        try:
            address = ip_address(word)
        except ValueError:
            continue
        found.add(getattr(address, "ipv4_mapped", None) or address)
    return found


def _logged(lab: Lab, node: str | None, log: str, path: str) -> str | None:
    """The line about a request in the log on the node that took it; None if none."""
    if node is None:
        return None
    until = lab.record.until(LOGGED)
    while True:
        data = nodefiles.read(lab.fabric.namespace(node), log, end=True) or b""
        for line in reversed(data.decode("utf-8", "replace").splitlines()):
            if path in line:
                return line
        if time.monotonic() >= until:
            return None
        time.sleep(LOOK)  # a file of another mount namespace tells nobody of its changes


# Who may get in


def open_to_one_network(
    lab: Lab, site: Site, place: str, network: str, link: str, inside: str, family: int = 6
) -> None:
    """A place opens for the whole of a network of the plan, and is forbidden to everybody else.

    New hosts and the node `inside` are in it, on `link`. Everybody else: the client, hosts next to
    the server, and strangers anywhere, whatever they say of themselves.
    """
    own = ip_network(str(lab.plan[f"{network}.prefix{'4' if family == 4 else ''}"]))
    if family == 6:
        published(lab, site)
    places = [(name, one) for name in site.names for one in addresses(lab, site, name, family)]
    with ExitStack() as opened:
        editor = opened.enter_context(new_host(lab, link, network, family, "new-editor"))
        stranger = opened.enter_context(_visitor(lab, site, family))
        for name, address in places:
            for port in _secure(lab, site, address):
                url = f"https://{name}{_port('https', port)}{place}"
                for visitor in (editor, lab.node(inside)):
                    answer = _get(visitor, url, address)
                    require(
                        answer.status == 200,
                        _(
                            "{url} at {address} is closed to a machine of the management VLAN: "
                            "status {status}.",
                            url=url,
                            address=address,
                            status=answer.status,
                        ),
                    )
                claims = dict.fromkeys(CLAIMS, str(own[16]))
                for visitor in (site.client(lab, family), stranger):
                    for headers in ({}, claims):
                        answer = browsing.get(visitor, url, address, None, PATIENCE, headers)
                        _forbidden(visitor.name, url, address, answer)
                answer = _get(stranger, f"{url}{INDEX}", address)
                _forbidden(stranger.name, f"{url}{INDEX}", address, answer, (403, 404))
    url = f"https://{site.names[0]}{place}"
    for server, address in {_owner(lab, one): one for _name, one in places}.items():
        _closed_to_a_neighbour(lab, server, url, address)
        _closed_to_others(lab, server, url, address, own)


def _closed_to_a_neighbour(lab: Lab, server: Node, url: str, address: Address) -> None:
    """A new host on the server's own link, which no firewall keeps away, is not let in."""
    link, family = server.interface().link, address.version
    with new_host(lab, link, None, family, "neighbour") as neighbour:
        try:
            answer = browsing.get(neighbour, url, address, None, PATIENCE)
        except Failed:
            return  # it need not get there
        _forbidden(neighbour.name, url, address, answer)


def _closed_to_others(
    lab: Lab, server: Node, url: str, address: Address, own: strangers.Network
) -> None:
    """Nobody else in the world gets there who comes as far as the server."""
    link, family = server.interface().link, address.version
    near = [one.address for one in server.addresses(family=family)]
    crowd = [one.address for one in strangers.drawn(lab, [own, *near], family, 1)
             if one.kind == "global" or one.kind == "next to it"
             or (one.kind not in {**strangers.KINDS4, **strangers.KINDS6})]  # fmt: skip
    around = list(strangers.around([own]))
    chosen = secrets.SystemRandom().sample(crowd, min(4, len(crowd)))
    for source in [*around[-20::3], *chosen]:
        if not source.is_multicast and not source.is_unspecified and not source.is_loopback:
            with Beyond(server, link, source, [address]) as stranger:
                try:
                    answer = browsing.get(stranger, url, address, None, 2)
                except Failed:
                    continue  # it need not get there
            _forbidden(str(source), url, address, answer)


def _forbidden(
    who: str,
    url: str,
    address: Address,
    answer: browsing.Response,
    right: Collection[int] = (403,),
) -> None:
    """Whoever is no editor is told so."""
    require(
        answer.status in right,
        _(
            "{url} at {address} is not forbidden to {node}: status {status}.",
            url=url,
            address=address,
            node=who,
            status=answer.status,
        ),
    )


def not_at(lab: Lab, site: Site, node: str, *, by: str) -> None:
    """No address of a node answers for the site, while the site does. Else blocked by `by`."""
    own = {one.address for one in lab.node(node).addresses(family=6) if one.address in GLOBAL}
    ports, client = (*site.plain, *site.secure), site.client(lab, 6)
    offered = openports.targets(client, _places(lab, site), ports)
    found = openports.scan(openports.targets(client, own | set(_places(lab, site)), ports))
    if not any(one in found for one in offered):
        found |= openports.scan(offered[:1], PATIENCE)
    control(
        any(one in found for one in offered),
        by=by,
        message=_("Nothing of the portal is open over IPv6 yet."),
    )
    require_none(
        found,
        lambda one: _(
            "{node}'s own address {address} takes connections on port {port}.",
            node=node,
            address=one.address,
            port=one.port,
        ),
        lambda one: one.address in own,
    )


def shows(lab: Lab, site: Site, title: str, family: int = 4) -> None:
    """Over a family each name leads to HTTPS, has a certificate of its own, and shows its page."""
    client = site.client(lab, family)
    for name in site.names:
        found = addresses(lab, site, name, family)
        require(found, _("{name} has no IPv{family} address any more.", name=name, family=family))
        for address in found:
            plain = _get(client, f"http://{name}/", address)
            require(
                plain.location == f"https://{name}/",
                _(
                    "Over IPv{family}, http://{name} does not lead to HTTPS as it did.",
                    name=name,
                    family=family,
                ),
            )
            for port in site.secure:
                url = f"https://{name}{_port('https', port)}/"
                page = _get(client, url, address)
                _get(client, url, address, trust=page.certificate)
                require(
                    page.status == 200 and f"<title>{title}</title>".encode() in page.body,
                    _(
                        "Over IPv{family}, {url} does not show the portal's page.",
                        url=url,
                        family=family,
                    ),
                )


def keeps_headers(
    lab: Lab, site: Site, headers: Mapping[str, str], forbidden: str, family: int = 4
) -> None:
    """Each answer of the site comes with these headers still, also one that refuses."""
    client = site.client(lab, family)
    for name in site.names:
        for address in addresses(lab, site, name, family):
            for path in ("/", fresh("/"), forbidden):
                url = f"https://{name}{path}"
                answer = _get(client, url, address)
                for header, value in headers.items():
                    require(
                        value.casefold() in answer.headers.get(header.casefold(), "").casefold(),
                        _(
                            "Over IPv{family}, {url} comes without the header {header} that it "
                            "had.",
                            family=family,
                            url=url,
                            header=header,
                        ),
                    )


def takes_forms(lab: Lab, site: Site, place: str, family: int = 4) -> None:
    """What somebody fills in and sends (POST) is taken under `place`."""
    for name in site.names:
        for address in addresses(lab, site, name, family):
            url = f"https://{name}{fresh(place)}"
            answer = _get(site.client(lab, family), url, address, method="POST")
            require(
                answer.status == 200,
                _(
                    "Over IPv{family}, {url} takes no form any more: status {status}.",
                    family=family,
                    url=url,
                    status=answer.status,
                ),
            )


def held(lab: Lab, node: str, family: int) -> list[Address]:
    """The addresses of a node that somebody elsewhere could ask; none of IPv6 but global ones."""
    return [
        one.address
        for one in lab.node(node).addresses(family=family)
        if not one.address.is_loopback and (family == 4 or one.address in GLOBAL)
    ]


def answers_at(lab: Lab, client: str, node: str, address: object, port: int) -> None:
    """A node itself takes connections of a client to a port of an address."""
    asked = openports.targets(lab.node(client), [address], [port])
    found = openports.scan(asked, PATIENCE)
    require(
        [found.get(one) for one in asked] == [node],
        _(
            "Nobody on {node} answers {client} at {address} on port {port} any more.",
            node=node,
            client=client,
            address=address,
            port=port,
        ),
    )
