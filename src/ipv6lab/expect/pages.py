"""Pages that come whole, from the very node that they are asked of."""

from __future__ import annotations

from urllib.parse import urlsplit

from ipv6lab.expect.conditions import _, require
from ipv6lab.expect.places import address_of
from ipv6lab.expect.reach import eventually
from ipv6lab.probes import Capture, Failed, Lab, Packet
from ipv6lab.probes.asks import browsing
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.vantage import Vantage

SOON = 5  # seconds for a page
HTTP = 80
OK = 200
REDIRECTS = 3
SYN, ACK = 0x02, 0x10


def comes_whole(
    lab: Lab, host: Vantage, server: Vantage, path: str, text: str, family: int = 6
) -> None:
    """A small page and a large one come soon, the large one is this text, from the server itself.

    Nobody on the way ends the connection: whoever serves copies, or asks in a host's place, repairs
    nothing for the next program.
    """
    address = address_of(lab, server.name, family)
    site = f"http://[{address}]/" if family == 6 else f"http://{address}/"

    def comes() -> None:
        with Capture(lab.fabric, (), None, filters.TCP_OPENING) as capture:
            browsing.get(host, site, within=SOON)
            _nobody_between(capture, host, server, address)
            try:
                page = browsing.get(host, site + path, within=SOON)
            except Failed:
                raise Failed(
                    _(
                        "{node} gets small pages from {server}, and waits for a large one in vain.",
                        node=host,
                        server=server,
                    )
                ) from None
            _nobody_between(capture, host, server, address)
        require(
            page.status == 200 and page.body == text.encode(),
            _("What {node} gets from {server} is not its large page.", node=host, server=server),
        )

    eventually(lab, comes)


def shows(
    lab: Lab,
    host: Vantage,
    server: str,
    name: str,
    text: object,
    family: int = 6,
    path: str = "",
    status: int = 200,
) -> None:
    """A host that asks a server for a site by its name gets a page with this text in it.

    The server itself answers, and on the way nobody does so in its place. Another `status` than
    200, such as 403, comes with any text.
    """
    address = address_of(lab, server, family)
    url = f"http://{name}/{path}"
    values = {"node": host, "server": server, "url": url, "family": family}

    def comes() -> None:
        with Capture(lab.fabric, (), None, filters.TCP_OPENING) as capture:
            page = browsing.get(host, url, address, within=SOON)
            for _step in range(REDIRECTS):
                if status != OK or page.location is None:
                    break
                to = urlsplit(page.location).hostname
                require(
                    to and f".{name}".casefold().endswith(f".{to}"),
                    _("{server} leads {node} from {url} to another host, {to}.",
                      to=page.location, **values),
                )  # fmt: skip
                page = browsing.get(host, page.location, address, within=SOON)
            _nobody_between(capture, host, lab.node(server), address)
        require(
            page.node == server,
            _("Not {server} answers {node} over IPv{family}, but {other}.",
              other=page.node or "?", **values),
        )  # fmt: skip
        require(
            page.status == status,
            _("{server} answers {node} over IPv{family} with status {status} for {url}.",
              status=page.status, **values),
        )  # fmt: skip
        require(
            status != OK or str(text).encode() in page.body,
            _("What {server} shows {node} over IPv{family} for {url} is another page.", **values),
        )

    eventually(lab, comes)


def _nobody_between(capture: Capture, host: Vantage, server: Vantage, address: object) -> None:
    """The two ends of every connection are the two nodes, by the numbers that they began with."""
    capture.read()
    asked = [
        one for one in capture.packets if one.tcp_flags & (SYN | ACK) == SYN and _to(one, address)
    ]
    answers = [
        one
        for one in capture.packets
        if one.tcp_flags & (SYN | ACK) == SYN | ACK and _from(one, address)
    ]
    mine = {_opening(one) for one in asked if one.sent and one.node == host.name}
    taken = {_opening(one) for one in asked if not one.sent and one.node == server.name}
    said = {_opening(one) for one in answers if one.sent and one.node == server.name}
    heard = [one for one in answers if not one.sent and one.node == host.name]
    for one in heard:
        ours = {each for each in mine if each[1] == _opening(one)[2]}
        if ours and not (ours & taken and _opening(one) in said):
            raise Failed(
                _(
                    "The connection that {node} opens to {server} ends at another node on the way, "
                    "which answers in its place.",
                    node=host,
                    server=server,
                )
            )


def _opening(packet: Packet) -> tuple[object, int, int, bytes]:
    """Source address, both ports, and the number that a connection begins with."""
    assert packet.ip is not None
    ports = packet.ip.ports or (0, 0)
    return packet.ip.source, *ports, packet.ip.payload[4:8]


def _to(packet: Packet, address: object) -> bool:
    data = packet.ip
    return data is not None and data.destination == address and _port(packet, 1)


def _from(packet: Packet, address: object) -> bool:
    data = packet.ip
    return data is not None and data.source == address and _port(packet, 0)


def _port(packet: Packet, which: int) -> bool:
    return packet.ip is not None and (packet.ip.ports or (0, 0))[which] == HTTP
