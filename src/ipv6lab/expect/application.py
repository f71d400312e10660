"""An application that has to treat clients of both protocols alike, seen by what it answers.

It is asked by hosts, and by its front, which says for whom it asks (X-Forwarded-For). So any client
can be had, in any spelling: the grader asks from the front's place. Nothing of its code is read.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from itertools import cycle, islice, product
from urllib.parse import quote, urljoin, urlsplit

from ipv6lab.addresses.spellings import any_spelling, spellings, with_port
from ipv6lab.addresses.text import written
from ipv6lab.expect.conditions import _, control, each, require
from ipv6lab.expect.places import address_of, new_host
from ipv6lab.probes import Blocked, Failed, Lab, Node
from ipv6lab.probes.acts.called import Call, Called, called, ports
from ipv6lab.probes.asks.requests import Reply, ask
from ipv6lab.words.message import Message

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

DOCUMENTATION = IPv6Network("3fff::/20")  # RFC 9637; what is drawn out of it is nobody's
SHARED = IPv4Network("100.64.0.0/10")  # RFC 6598; so many that none is drawn twice
INSIDE, STRANGERS = 6, 12  # addresses that are drawn, of each network and of nobody's
ONE_NETWORK = 300  # addresses of one client's /64
LOGGED = 3.0  # seconds until a request is in the report
CALLED = 5.0  # seconds until who was promised a call is called
SOON, LATEST = 2, 2.8  # seconds in which an office answers, as told and as measured here
LAN = 64
CLAIMS = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP")
REFUSED = range(400, 500)


@dataclass(frozen=True)
class Application:
    """Where an application is, who stands before it, and what it lets one client do.

    `front` is the node that asks for others, and listens at port 80; `offices` the node that has
    the servers which the application asks, at `office_port`. `share` records may one client hand
    in within `window` seconds. `reached`, `knows`, `lets_in` are the checks of these names.
    """

    node: str
    port: int
    front: str
    offices: str
    office_port: int
    share: int
    window: int
    reached: str = "M1"
    knows: str = "M2"
    lets_in: str = "M4"


# Asking


def _ask(
    lab: Lab, app: Application, node: Node, path: str, family: int = 6, **how: object
) -> Reply:
    """A node asks the application itself, over one protocol."""
    return ask(node, address_of(lab, app.node, family), app.port, path, **how)  # type: ignore[arg-type]


def _via(
    lab: Lab, app: Application, node: Node, path: str, family: int = 6, **how: object
) -> Reply:
    """A node asks the front, which asks the application."""
    return ask(node, address_of(lab, app.front, family), 80, path, **how)  # type: ignore[arg-type]


def _for(
    lab: Lab, app: Application, client: object, path: str, family: int = 6, **how: object
) -> Reply:
    """The front asks for a client, whose address it writes like this."""
    headers = {"X-Forwarded-For": str(client)}
    return _ask(lab, app, lab.node(app.front), path, family, headers=headers, **how)


def _hand_in(reply: Reply) -> int:
    """The number that a record got. Raises Failed."""
    number = reply.value.get("number")
    require(
        reply.status == 201 and isinstance(number, int),
        _(
            "Who hands a record in from {client} gets status {status} and no number.",
            client=reply.source,
            status=reply.status,
        ),
    )
    assert isinstance(number, int)
    return number


def _text() -> dict[str, str]:
    return {"text": f"Hồ sơ {secrets.token_hex(8)}"}


def _draw(network: Network, draw: random.Random) -> Address:
    """An address of a network by lot."""
    return network[draw.randrange(network.num_addresses)]


def _nobody(draw: random.Random, but: Iterable[Network] = (), family: int = 6) -> Address:
    """An address of nobody's, in none of these networks."""
    avoided = list(but)
    while True:
        one = _draw(DOCUMENTATION if family == 6 else SHARED, draw)
        if not any(one in network for network in avoided):
            return one


def _with_zeros(draw: random.Random) -> IPv6Address:
    """An address whose canonical text is short: some groups are zero, at random places."""
    groups = [0x3FFF, draw.randrange(0x1000), *(draw.randrange(1 << 16) for _number in range(6))]
    for at in draw.sample(range(2, 7), k=draw.randrange(2, 6)):
        groups[at] = 0
    return IPv6Address(b"".join(group.to_bytes(2, "big") for group in groups))


def _means(text: object) -> Address | None:
    """The address that a text means, mapped ones as IPv4; None for any other text."""
    try:
        found = ip_address(str(text))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _believed(lab: Lab, app: Application) -> None:
    """The front is asked for others over IPv6; else nothing can be known. Blocked."""
    client = _nobody(random.Random(), family=4)
    try:
        said = _for(lab, app, client, "/whoami").value.get("client")
    except Failed as failed:
        raise Blocked(app.reached, failed.message) from None
    if _means(said) != client:
        raise Blocked(app.knows, _not_believed(lab, app))


def _turns(lab: Lab, app: Application) -> Iterator[int]:
    """The protocols over which the front is believed, by turns; IPv4 alone is for another check."""
    client = _nobody(random.Random(), family=4)
    four = None
    with suppress(Failed):
        four = _means(_for(lab, app, client, "/whoami", 4).value.get("client"))
    return cycle((6, 4) if four == client else (6,))


def _not_believed(lab: Lab, app: Application, family: int = 6) -> Message:
    return _(
        "{front} asks {node} over IPv{family} for another client, and {node} takes somebody else "
        "for the client.",
        front=app.front,
        node=app.node,
        family=family,
    )


# M1, M2, M3


def reached(lab: Lab, app: Application, clients: Sequence[str], link: str) -> None:
    """Clients with IPv6 and a new host on a link are answered, by the application and the front."""
    with new_host(lab, link) as host:
        for node in each([*map(lab.node, clients), host], _("Nobody asks.")):
            for asked in (_ask, _via):
                reply = asked(lab, app, node, "/whoami")
                require(
                    reply.status == 200,
                    _(
                        "{node} asks {other} over IPv6 and gets status {status}.",
                        node=node,
                        other=app.node if asked is _ask else app.front,
                        status=reply.status,
                    ),
                )


def knows_who_asks(lab: Lab, app: Application, clients: Sequence[str], link: str) -> None:
    """Records and `/whoami` have each client's address as RFC 5952 writes it, mapped ones as IPv4.

    Asked by hosts, straight and by the front, and for clients in any spelling.
    """
    draw = random.Random()
    with new_host(lab, link) as host:
        for node in each([*map(lab.node, clients), host], _("Nobody asks.")):
            for asked in (_ask, _via):
                reply = asked(lab, app, node, "/records", form=_text())
                _recorded(lab, app, reply.source, str(node), reply)
    stranger = _nobody(draw, family=4)
    said = _for(lab, app, stranger, "/whoami").value.get("client")
    require(_means(said) == stranger, _not_believed(lab, app))
    _link_local(lab, app, draw)
    turns = _turns(lab, app)
    for number in range(24):
        family = 4 if number % 3 == 0 else 6
        client = _nobody(draw, family=family) if number % 2 else _with_zeros(draw)
        for text in spellings(client):
            for how in (text, *with_port(text)):
                reply = _for(lab, app, how, "/whoami", next(turns))
                _canonical(client, how, reply.value.get("client"))
        if number < 8:
            how = any_spelling(client, draw)
            _recorded(lab, app, client, how, _for(lab, app, how, "/records", form=_text()))


def _canonical(client: Address, how: str, said: object) -> None:
    if said == written(client):
        return
    values = {"client": how, "said": str(said)}
    require(
        _means(said) == client,
        _("A client that is written {client} is taken for {said}.", **values),
    )
    raise Failed(
        _(
            "A client that is written {client} is recorded as {said}: that is the address, and "
            "not as RFC 5952 writes it.",
            **values,
        )
    )


def _recorded(lab: Lab, app: Application, client: Address, how: str, reply: Reply) -> None:
    """A record that was handed in has its client's address."""
    number = _hand_in(reply)
    said = _for(lab, app, client, f"/records/{number}").value.get("client")
    _canonical(client, how, said)


def _link_local(lab: Lab, app: Application, draw: random.Random) -> None:
    """A neighbour's link-local address is recorded without the zone (RFC 4007 section 11)."""
    client = IPv6Address("fe80::") + (1 << 63) + draw.randrange(1 << 63)
    for zone in ("eth0", "3"):
        how = f"{written(client)}%{zone}"
        _canonical(client, how, _for(lab, app, how, "/whoami").value.get("client"))


def is_one_client(
    lab: Lab, app: Application, old: Mapping[Address, Collection[int]], allowed: Iterable[object]
) -> None:
    """One client in all its spellings is one: its records are found together, and it is let in.

    `old` are clients of old records, with the numbers of these.
    """
    _believed(lab, app)
    draw = random.Random()
    for family in (6, 4, 6):
        client = _to_be_continued(draw, family)
        ways = spellings(client)
        chosen = [draw.choice([way, *with_port(way)]) for way in draw.sample(ways, k=3)]
        numbers = {_hand_in(_for(lab, app, way, "/records", form=_text())) for way in chosen}
        require(
            len(numbers) == len(chosen),
            _("Two records have one number: {client}.", client=client),
        )
        for other in _alike(client):
            _hand_in(_for(lab, app, other, "/records", form=_text()))
        for way in ways:
            _found(lab, app, client, way, numbers, numbers)
    for client, known in old.items():
        for way in spellings(client):
            _found(lab, app, client, way, set(known))
    for network in allowed:
        inside = _draw(network, draw)  # type: ignore[arg-type]
        for way in spellings(inside):
            for how in (way, *with_port(way)):
                reply = _for(lab, app, how, "/admin")
                require(
                    reply.done or not _for(lab, app, inside, "/admin").done,
                    _(
                        "{client} is let in, and not when it is written {way}.",
                        client=inside,
                        way=how,
                    ),
                )
    _straight_or_by_the_front(lab, app)


def _straight_or_by_the_front(lab: Lab, app: Application) -> None:
    """A host that asks straight and by the front, over either protocol, is one for each."""
    link = lab.node(app.front).interfaces[0].link
    for family in (6, 4):
        with new_host(lab, link, family=family) as host:
            try:
                replies = [
                    asked(lab, app, host, "/records", family, form=_text())
                    for asked in (_ask, _via)
                ]
            except Failed:
                if family == 6:
                    raise
                continue  # IPv4 is for another check
            if family == 4 and not all(one.done for one in replies):
                continue
            numbers = {_hand_in(one) for one in replies}
            for way in spellings(host.address):
                _found(lab, app, host.address, way, numbers)


def _to_be_continued(draw: random.Random, family: int) -> Address:
    """An address whose text is the beginning of another one's."""
    if family == 6:
        return IPv6Address(int(_with_zeros(draw)) >> 16 << 16 | draw.randrange(1, 0x1000))
    return IPv4Address(int(_nobody(draw, family=4)) >> 8 << 8 | draw.randrange(1, 25))


def _alike(client: Address) -> Iterator[Address]:
    """Others with a like address: one in the same /64, and one whose text begins like it."""
    yield type(client)(int(client) ^ 1)
    yield ip_address(f"{written(client)}1")


def _found(
    lab: Lab,
    app: Application,
    client: Address,
    way: str,
    numbers: Collection[int],
    whole: Collection[int] | None = None,
) -> None:
    """A client's records are found, and where all of them are known (`whole`) no others."""
    reply = _for(lab, app, client, f"/records?client={quote(way, safe='')}")
    found = reply.value.get("numbers")
    found = found if isinstance(found, list) else []
    require(
        whole is None or set(found) <= set(whole),
        _("Records of others are found for {client}.", client=way),
    )
    missing = set(numbers) - set(found)
    require(
        not missing,
        _(
            "{client} has handed in {count} records, and {missing} of them are not found when its "
            "address is written {way}.",
            client=client,
            count=len(numbers),
            missing=len(missing),
            way=way,
        ),
    )


# M4, N1, N2


def lets_in(
    lab: Lab, app: Application, allowed: Sequence[Network], inside: Sequence[str], outside: str
) -> None:
    """All of the allowed networks are let in, and nobody else: each of their bits counts.

    `inside` are nodes that are let in over IPv6, `outside` is one that is not.
    """
    _believed(lab, app)
    draw = random.Random()
    for name in inside:
        _lets(_ask(lab, app, lab.node(name), "/admin"), name, True)
    _lets(_ask(lab, app, lab.node(outside), "/admin"), outside, False)
    turns = _turns(lab, app)
    for network in each(allowed, _("Nobody is allowed.")):
        for one in _sweep(network, draw):
            reply = _for(lab, app, one, "/admin", next(turns))
            _lets(reply, one, any(one in other for other in allowed))
    for number in range(STRANGERS):
        one = _nobody(draw, allowed, 6 if number % 2 else 4)
        _lets(_for(lab, app, one, "/admin", next(turns)), one, False)


def _sweep(network: Network, draw: random.Random) -> Iterator[Address]:
    """Inside and just outside a network: each bit of an address once the other way.

    Of IPv4 all that is in the same /24.
    """
    first, last = int(network[0]), int(network[-1])
    make = type(network[0])
    yield from (network[0], network[-1], make(first - 1), make(last + 1))
    yield from (_draw(network, draw) for _number in range(INSIDE))
    if isinstance(network, IPv4Network):
        yield from IPv4Network((network.network_address, 24), strict=False)
    for bit in range(network.max_prefixlen):
        yield make(int(_draw(network, draw)) ^ 1 << bit)
        yield make(first ^ 1 << bit)


def _lets(reply: Reply, client: object, wanted: bool) -> None:
    if reply.done == wanted:
        require(
            wanted or reply.status in REFUSED,
            _(
                "{client} asks for what is not for it, and the answer is status {status}: that is "
                "a fault, and no refusal.",
                client=client,
                status=reply.status,
            ),
        )
        return
    raise Failed(
        _("{client} is on the list and is not let in.", client=client)
        if wanted
        else _("{client} is not on the list and is let in.", client=client)
    )


def lets_nobody_in_by_spelling(lab: Lab, app: Application, allowed: Sequence[Network]) -> None:
    """No way of writing an address that is not allowed gets in; an allowed one does."""
    draw = random.Random()
    passed = []
    with suppress(Failed):
        passed = [one for one in allowed if _for(lab, app, _draw(one, draw), "/admin").done]
    control(
        passed,
        by=app.lets_in,
        message=_("Not even who is on the list is let in over IPv6."),
    )
    tried = [text for network in allowed for text in _tricks(_draw(network, draw), draw, allowed)]
    protocols = set(islice(_turns(lab, app), 2))
    for one, family in product(dict.fromkeys(each(tried, _("Nobody asks."))), protocols):
        require(
            not _for(lab, app, one, "/admin", family).done,
            _("A client that is written {client} is let in, and is not on the list.", client=one),
        )


def _tricks(inside: Address, draw: random.Random, allowed: Sequence[Network]) -> list[str]:
    """Texts that look like an allowed address and are none."""
    six, four = _nobody(draw, allowed), _nobody(draw, allowed, 4)
    found = [
        *spellings(six),
        *spellings(four),
        *(way for text in spellings(four) for way in with_port(text)),
        f"{written(inside)}.example.net",
        f"x{written(inside)}",
        f"{written(six)}%{written(inside)}",
        "unknown",
        "_hidden",
        "-",
        "::",
        "0.0.0.0",
    ]
    if isinstance(inside, IPv4Address):
        high, low = int(inside) >> 16, int(inside) & 0xFFFF
        a, b, c, d = inside.packed
        found += [
            f"::{inside}",  # compatible, not mapped (RFC 4291 section 2.5.5.1)
            f"::{high:x}:{low:x}",
            f"::ffff:0:{inside}",
            f"::fffe:{inside}",
            f"64:ff9b::{inside}",
            f"2002:{high:x}:{low:x}::1",
            f"3fff:e:1::{inside}",
            f"{a}.{b}.{c}",
            f"{a}.{b}.{c * 256 + d}",
            f"{a}.{b}.{c}.{d}.1",
            f"{a}.{b}.{c}.{d:03}0",
            f"0{a}.{b}.{c}.{d}",
            f"{int(inside)}",
            f"{int(inside):#x}",
        ]
    else:
        network = next(one for one in allowed if inside in one)
        groups = written(inside).split(":")
        prefix = written(network.network_address).removesuffix("::")
        longer = f"{prefix}0::5" if len(prefix.rpartition(":")[2]) < 4 else f"{prefix}::5"
        moved = f"3fff:e:1:{':'.join((prefix + ':0:0:0').split(':')[:4])}:5"
        found += [f"3fff:1:{':'.join(groups[:2])}::{groups[-1] or 1}", f"0:{prefix}::"]
        found += [
            one
            for one in (longer, moved)
            if (meant := _means(one)) and not any(meant in other for other in allowed)
        ]
    return found


def believes_nobody_else(
    lab: Lab, app: Application, allowed: Sequence[Network], clients: Sequence[str], link: str
) -> None:
    """What a client says of itself changes nothing, straight or by the front, over either protocol.

    So it is for a new host on the front's own link. The front itself is believed.
    """
    blocked = None
    try:
        _believed(lab, app)
    except Blocked as unknown:
        blocked = unknown
    control(
        blocked is None,
        by=app.knows if blocked is None else blocked.by,
        message=_not_believed(lab, app) if blocked is None else blocked.message,
    )
    draw = random.Random()
    for name in each(clients, _("Nobody asks.")):
        node = lab.node(name)
        for family in _families(node):
            for asked in (_ask, _via):
                _forged(lab, app, node, family, asked, allowed, draw)
    for family in (6, 4):
        with new_host(lab, link, family=family, name="new-host") as host:
            _forged(lab, app, host, family, _ask, allowed, draw)


def _families(node: Node) -> list[int]:
    return sorted({one.address.version for one in node.addresses() if one.scope == "global"})


def _forged(
    lab: Lab,
    app: Application,
    node: Node,
    family: int,
    asked: Callable[..., Reply],
    allowed: Sequence[Network],
    draw: random.Random,
) -> None:
    for claim in CLAIMS:
        inside = _draw(draw.choice(allowed), draw)
        value = written(inside)
        if claim == "Forwarded":
            value = f'for="[{value}]"' if inside.version == 6 else f"for={value}"
        for text in (value, f"{value}, {address_of(lab, app.front, family)}"):
            try:
                reply = asked(lab, app, node, "/whoami", family, headers={claim: text})
            except Failed:
                if family == 4:
                    return  # nobody who is not answered is believed; that IPv4 works is for `still`
                raise
            said = _means(reply.value.get("client"))
            require(
                said == reply.source,
                _(
                    "{node} says in {header} that it is somebody else, and {app} believes it over "
                    "IPv{family}.",
                    node=node,
                    header=claim,
                    app=app.node,
                    family=family,
                ),
            )


# M5


def limits_each_client(lab: Lab, app: Application) -> None:
    """One client has one share: an IPv4 address, however it is written, or a whole /64.

    Two of them have two, be they neighbours.
    """
    _believed(lab, app)
    draw = random.Random()
    # Its text is short: no part of it is the network's, however it is cut.
    first = IPv6Network((int(DOCUMENTATION[0]) | draw.randrange(1, 1 << 12) << 96, LAN))
    second = IPv6Network((int(first[0]) ^ 1 << LAN, LAN))
    third = IPv6Network((int(_with_zeros(draw)) >> LAN << LAN, LAN))
    for network in (first, second, third):
        count = ONE_NETWORK if network == first else 2 * app.share
        clients = [_draw(network, draw) for _number in range(count)]
        _share(lab, app, network, clients)
    high = _nobody(draw, family=4)
    low = IPv4Address(int(high) ^ 1)
    for one in (high, low):
        ways = spellings(one)
        clients4 = [ways[number % len(ways)] for number in range(2 * app.share)]
        _share(lab, app, one, clients4)


def _most(app: Application, seconds: float) -> int:
    """How many records a client may hand in: a share, and what a bucket has got back meanwhile."""
    return app.share + 1 + int(app.share * seconds / app.window)


def _share(lab: Lab, app: Application, whose: object, clients: Sequence[object]) -> None:
    """Of the records that these clients hand in, one share is taken."""
    begun, taken = time.monotonic(), 0
    for one, family in zip(clients, _turns(lab, app), strict=False):
        reply = _for(lab, app, one, "/records", family, form=_text())
        require(
            reply.done or reply.status in REFUSED,
            _(
                "Who hands a record in from {client} gets status {status} and no number.",
                client=one,
                status=reply.status,
            ),
        )
        taken += reply.done
    most = _most(app, time.monotonic() - begun)
    values = {"client": whose, "count": len(clients), "taken": taken, "share": app.share}
    require(
        taken >= app.share,
        _("{client} has a share of {share} records, and {taken} of {count} are taken.", **values),
    )
    require(
        taken <= most,
        _("{client} has one share of {share}, and {taken} of its {count} records are taken.",
          **values),
    )  # fmt: skip


# M6, M7


def calls_back(
    lab: Lab, app: Application, client: str, new: Sequence[str], old: Sequence[str]
) -> None:
    """Who asks to be called is called: at addresses of both protocols, with a port and without.

    So is who has a name, in a domain with IPv6 alone (`new`) or IPv4 alone (`old`). The address of
    a new record that the answer tells (Location) leads to it.
    """
    node = lab.node(app.offices)
    six, four = address_of(lab, app.offices), address_of(lab, app.offices, 4)
    draw = random.Random()
    with called(node, [(six, 0), (four, 0), (six, 80), (four, 80)], b"") as server:
        port6, port4 = (ports(server)[family][0] for family in (6, 4))
        places = [
            *((six, port6, f"[{way}]:{port6}") for way in draw.sample(spellings(six), k=3)),
            (six, port6, f"[{six}]:{port6}"),
            (six, 80, f"[{six}]"),
            (four, port4, f"{four}:{port4}"),
            (four, 80, f"{four}"),
            *((six, port6, f"px{secrets.token_hex(4)}.{one}:{port6}") for one in new),
            *((four, port4, f"px{secrets.token_hex(4)}.{one}:{port4}") for one in old),
        ]
        for address, port, place in places:
            _calls(lab, app, server, (address, port, place), 6)
    _leads_to_the_record(lab, app, lab.node(client), 6)


def _calls(
    lab: Lab,
    app: Application,
    server: Called,
    place: tuple[Address, int, str],
    family: int,
) -> None:
    """A record is handed in with a call-back to this place, and the call comes."""
    address, port, text = place
    path = f"/{secrets.token_hex(8)}/done?for={secrets.token_hex(4)}"
    form = {**_text(), "callback": f"http://{text}{path}"}
    client = _nobody(random.Random(), family=family)  # somebody new has a share of his own
    reply = _for(lab, app, client, "/records", family, form=form, meanwhile=server)
    number = _hand_in(reply)

    def ours(call: Call) -> bool:
        return call.path == path

    call = server.wait(ours, lab.record.until(CALLED))
    values: dict[str, object] = {"node": app.node, "url": f"http://{text}/…"}
    if call is None:
        raise Failed(_("{node} was to call {url}, and does not come there.", **values))
    require(
        (call.to, call.port) == (address, port),
        _("{node} was to call {url}, and comes to port {port} of {address}.",
          port=call.port, address=call.to, **values),
    )  # fmt: skip
    named, wanted = urlsplit(f"http://{call.host or ''}"), urlsplit(f"http://{text}").hostname
    try:
        host = named.hostname if _means(wanted) is None else _means(named.hostname)
        right = host == (_means(wanted) or wanted) and (named.port or 80) == port
    except ValueError:
        right = False
    require(
        right,
        _("{node} calls {url} with a Host header that means something else: {host}.",
          host=call.host or "—", **values),
    )  # fmt: skip
    require(
        str(number).encode() in call.body + call.path.encode(),
        _("{node} calls {url} and does not tell the record's number.", **values),
    )


def _leads_to_the_record(lab: Lab, app: Application, client: Node, family: int) -> None:
    """Where the answer to a new record says that the record is, there it is."""
    form = _text()
    reply = _ask(lab, app, client, "/records", family, form=form)
    number = _hand_in(reply)
    at = address_of(lab, app.node, family)
    own = f"http://[{at}]:{app.port}/" if family == 6 else f"http://{at}:{app.port}/"
    told = reply.headers.get("location", f"/records/{number}")
    try:
        leads = urlsplit(urljoin(own, told))
        to, port = ip_address(leads.hostname or ""), leads.port or 80
        found = ask(client, to, port, leads.path).value if to.version == family else {}
    except (ValueError, Failed):
        found = {}
    require(
        found.get("text") == form["text"],
        _(
            "{app} says over IPv{family} that the new record is at {url}, and it is not to be had "
            "there.",
            app=app.node,
            family=family,
            url=told,
        ),
    )


def asks_offices(lab: Lab, app: Application, names: Iterable[str], client: str) -> None:
    """Offices with one protocol or both are asked, and soon where one of two addresses is dead.

    `names` are domains of offices; a new office in each is asked for by name.
    """
    node = lab.node(app.offices)
    nonce = secrets.token_hex(16)
    places = [(address_of(lab, app.offices, family), app.office_port) for family in (6, 4)]
    with called(node, places, nonce.encode()) as server:
        for domain in each(names, _("Nobody is asked.")):
            reply = _asks(lab, app, client, domain, nonce, server)
            if reply.seconds > LATEST:  # a busy machine is so once
                reply = _asks(lab, app, client, domain, nonce, server)
            require(
                reply.seconds <= LATEST,
                _(
                    "{node} needs {seconds} s to ask an office of {domain}, and should within "
                    "{soon} s.",
                    node=app.node,
                    seconds=round(reply.seconds, 1),
                    domain=domain,
                    soon=SOON,
                ),
            )


def _asks(
    lab: Lab, app: Application, client: str, domain: str, nonce: str, server: Called
) -> Reply:
    name = f"px{secrets.token_hex(4)}.{domain}"
    before = len(server.calls)
    reply = _ask(lab, app, lab.node(client), f"/offices/{name}", meanwhile=server)
    require(
        reply.done and nonce in reply.body.decode("utf-8", "replace"),
        _(
            "{node} is to ask an office of {domain}, and does not: status {status}.",
            node=app.node,
            domain=domain,
            status=reply.status,
        ),
    )
    require(
        len(server.calls) > before,
        _("{node} tells what an office of {domain} said before.", node=app.node, domain=domain),
    )
    return reply


# M8


def reports(lab: Lab, app: Application, six: str, four: str) -> None:
    """The day's report counts each request once, of both protocols, and each client once.

    `six` and `four` are nodes that ask straight, over IPv6 and over IPv4.
    """
    _believed(lab, app)
    draw = random.Random()
    for node, family in ((six, 6), (four, 4)):  # so that they are no new clients below
        with suppress(Failed):
            _ask(lab, app, lab.node(node), "/whoami", family)
    before = _report(lab, app)
    sent = {6: 0, 4: 0}
    for number in range(10):
        family = 6 if number < 6 else 4
        client = _nobody(draw, family=family)
        for way in spellings(client)[:3]:
            _for(lab, app, draw.choice([way, *with_port(way)]), "/whoami")
            sent[family] += 1
    for node, family in ((six, 6), (four, 4)):
        with suppress(Failed):  # that IPv4 works is for another check
            _ask(lab, app, lab.node(node), "/whoami", family)
            sent[family] += 1
    until = lab.record.until(LOGGED)
    while True:
        after = _report(lab, app)
        grown = {name: after[name] - before[name] for name in before}
        if grown["requests"] >= sum(sent.values()) or time.monotonic() > until:
            break
    for name, family in (("ipv6", 6), ("ipv4", 4)):
        require(
            grown[name] == sent[family],
            _(
                "{sent} requests came over IPv{family}, and {count} more are in the report.",
                sent=sent[family],
                family=family,
                count=grown[name],
            ),
        )
    require(
        grown["requests"] == sum(sent.values())
        and after["requests"] == after["ipv4"] + after["ipv6"],
        _(
            "The report counts {all} requests, of which {four} are of IPv4 and {six} of IPv6.",
            all=after["requests"],
            four=after["ipv4"],
            six=after["ipv6"],
        ),
    )
    require(
        grown["clients"] == 10,
        _("10 new clients have asked, and {count} more are in the report.",
          count=grown["clients"]),
    )  # fmt: skip


def _report(lab: Lab, app: Application, day: str = "", family: int = 6) -> dict[str, int]:
    path = f"/report?day={day}" if day else "/report"
    reply = _ask(lab, app, lab.node(app.front), path, family)
    names = ("requests", "ipv4", "ipv6", "clients")
    found = {name: reply.value.get(name) for name in names}
    require(
        reply.done and all(isinstance(one, int) for one in found.values()),
        _("{node} has no report with numbers of requests, ipv4, ipv6 and clients.", node=app.node),
    )
    return {name: int(value or 0) for name, value in found.items()}


# S1, S2


def keeps_records(
    lab: Lab,
    app: Application,
    records: Mapping[int, Mapping[str, object]],
    last: int,
) -> None:
    """All these records are there as they were, and no number up to `last` is given again."""
    node, family = lab.node(app.front), _either(lab, app)
    for number in range(1, last + 1):
        reply = _ask(lab, app, node, f"/records/{number}", family)
        if number not in records:
            require(
                reply.status in REFUSED,
                _("Record {number} was withdrawn, and {node} shows it.", number=number,
                  node=app.node),
            )  # fmt: skip
            continue
        require(reply.done, _("Record {number} of {node} is lost.", number=number, node=app.node))
        changed = [name for name, one in records[number].items() if reply.value.get(name) != one]
        require(
            not changed,
            _(
                "Record {number} of {node} has been changed: {fields}.",
                number=number,
                node=app.node,
                fields=", ".join(changed),
            ),
        )
    stranger = _nobody(random.Random(), family=4)
    number = _hand_in(_for(lab, app, stranger, "/records", family, form=_text()))
    require(
        number > last,
        _(
            "A new record gets number {number}, which another one had: it was withdrawn.",
            number=number,
        ),
    )


def _either(lab: Lab, app: Application) -> int:
    """The protocol over which the application answers its front; 4 if it is both or none."""
    for family in (4, 6):
        with suppress(Failed):
            _ask(lab, app, lab.node(app.front), "/whoami", family)
            return family
    return 4


def keeps_reports(lab: Lab, app: Application, days: Mapping[str, int]) -> None:
    """The reports of these days have the requests that they had, all of IPv4."""
    family = _either(lab, app)
    for day, count in days.items():
        found = _report(lab, app, day, family)
        require(
            found["requests"] == found["ipv4"] == count,
            _(
                "The report of {day} had {count} requests over IPv4, and has {now} now.",
                day=day,
                count=count,
                now=found["ipv4"],
            ),
        )


def serves_ipv4(
    lab: Lab,
    app: Application,
    inside: str,
    outside: str,
    old: Mapping[Address, Collection[int]],
    named: str,
) -> None:
    """All that worked over IPv4 works: `inside` is let in to /admin, `outside` is not.

    Who asks to be called has an IPv4 address, or a name in the domain `named`.
    """
    draw = random.Random()
    for name in (inside, outside):
        node = lab.node(name)
        for asked in (_ask, _via):
            reply = asked(lab, app, node, "/records", 4, form=_text())
            number = _hand_in(reply)
            said = _ask(lab, app, node, f"/records/{number}", 4).value.get("client")
            _canonical(reply.source, name, said)
        reply = _ask(lab, app, node, "/admin", 4)
        _lets(reply, name, name == inside)
    for client, numbers in old.items():
        reply = _ask(lab, app, lab.node(outside), f"/records?client={client}", 4)
        require(
            set(numbers) <= set(reply.value.get("numbers") or []),
            _("Not all old records of {client} are found over IPv4.", client=client),
        )
    stranger = _nobody(draw, family=4)
    require(
        _for(lab, app, stranger, "/whoami", 4).value.get("client") == str(stranger),
        _not_believed(lab, app, 4),
    )
    begun = time.monotonic()
    taken = sum(
        _for(lab, app, stranger, "/records", 4, form=_text()).done
        for _number in range(2 * app.share)
    )
    require(
        app.share <= taken <= _most(app, time.monotonic() - begun),
        _("{client} has one share of {share}, and {taken} of its {count} records are taken.",
          client=stranger, share=app.share, taken=taken, count=2 * app.share),
    )  # fmt: skip
    four = address_of(lab, app.offices, 4)
    with called(lab.node(app.offices), [(four, 0)], b"") as server:
        port = ports(server)[4][0]
        for place in (f"{four}:{port}", f"px{secrets.token_hex(4)}.{named}:{port}"):
            _calls(lab, app, server, (four, port, place), 4)
    _leads_to_the_record(lab, app, lab.node(outside), 4)
