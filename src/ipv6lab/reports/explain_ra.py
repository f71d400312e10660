"""What a router advertisement tells hosts to do, in sentences, by the rules that hosts follow."""

from __future__ import annotations

from collections.abc import Iterator

from ipv6lab.addresses.text import written
from ipv6lab.reports.say import Translate
from ipv6lab.wire import nd
from ipv6lab.wire.headers import datagram
from ipv6lab.words.message import Message, _


def is_advertisement(octets: bytes) -> bool:
    """Whether an Ethernet frame is one, behind whatever extension headers."""
    packet = datagram(octets)
    return packet is not None and packet.icmp_type == nd.ROUTER_ADVERTISEMENT


def tell(octets: bytes, router: str, tr: Translate) -> Iterator[str]:
    """What the frame says that `router` (a node's name, or an address) sent."""
    message = nd.decode(octets)
    if not isinstance(message, nd.RouterAdvertisement):
        return
    if message.flaws:
        # RFC 4861 section 6.1.2: hosts discard all of it, silently.
        yield from (tr(one) for one in message.flaws)
        return
    for one in _messages(message, router):
        yield "".join(char if char.isprintable() else "·" for char in tr(one))


def _messages(message: nd.RouterAdvertisement, router: str) -> Iterator[Message]:
    # A reserved preference counts as medium; without a lifetime there is none (RFC 4191 2.2).
    preference = "medium" if message.preference == "reserved" else message.preference
    if message.lifetime:
        yield _(
            "{router} is a default router for {seconds} s more, preference {preference}.",
            router=router,
            seconds=message.lifetime,
            preference=preference,
        )
    else:
        yield _("{router} is no default router: its lifetime is 0.", router=router)
    if message.managed:
        yield _("M flag: addresses are to be had from DHCPv6.")
    if message.other:
        yield _("O flag: other settings are to be had from DHCPv6.")
    if not message.managed and not message.other:
        yield _("Neither M nor O flag: DHCPv6 is not asked.")
    if message.current_hop_limit:
        yield _("Hosts are to send with hop limit {limit}.", limit=message.current_hop_limit)
    if message.reachable:
        yield _(
            "A neighbour counts as reachable for {milliseconds} ms.",
            milliseconds=message.reachable,
        )
    if message.retransmit:
        yield _(
            "Hosts wait {milliseconds} ms before they ask again.", milliseconds=message.retransmit
        )
    for option in message.options:
        yield from _option(option, router)


def _option(option: nd.Option, router: str) -> Iterator[Message]:
    if isinstance(option, nd.PrefixInformation):
        yield from _prefix(option, router)
    elif isinstance(option, nd.RecursiveServers):
        servers = ", ".join(map(str, option.servers))
        if option.lifetime:
            yield _(
                "DNS servers: {servers}, for {seconds} s.",
                servers=servers,
                seconds=_seconds(option.lifetime),
            )
        else:
            yield _("DNS servers no longer to be asked: {servers}.", servers=servers)
    elif isinstance(option, nd.SearchList):
        domains = ", ".join(option.names)
        if option.lifetime:
            yield _(
                "Domains in which names are looked up: {domains}, for {seconds} s.",
                domains=domains,
                seconds=_seconds(option.lifetime),
            )
        else:
            yield _("Domains no longer to be looked in: {domains}.", domains=domains)
    elif isinstance(option, nd.LinkMtu):
        if option.mtu < nd.LEAST_MTU:
            yield _(
                "Hosts ignore the MTU of {octets} octets: IPv6 needs {least}.",
                octets=option.mtu,
                least=nd.LEAST_MTU,
            )
        else:
            yield _("Packets on the link have at most {octets} octets.", octets=option.mtu)
    elif isinstance(option, nd.RouteInformation):
        yield _route(option)
    elif isinstance(option, nd.Pref64):
        if option.lifetime:
            yield _(
                "NAT64 translates at {prefix}, for {seconds} s.",
                prefix=written(option.network),
                seconds=option.lifetime,
            )
        else:
            yield _("NAT64 no longer translates at {prefix}.", prefix=written(option.network))
    elif isinstance(option, nd.CaptivePortal):
        yield _("A captive portal: {uri}.", uri=option.uri)
    elif isinstance(option, nd.AdvertisementInterval):
        yield _("It advertises at least every {seconds} s.", seconds=option.seconds)
    elif isinstance(option, nd.LinkAddress) and option.kind == 1:
        yield _("Its MAC address is {mac}, so that nobody has to ask.", mac=option.mac)
    else:
        # Unknown, or of a length that its RFC does not allow: hosts skip it (RFC 4861 4.6).
        yield _("An option of type {kind} that hosts ignore.", kind=option.kind)


def _route(option: nd.RouteInformation) -> Message:
    values = {"prefix": str(option), "preference": option.preference}
    if option.preference == "reserved":
        # RFC 4191 section 2.3: the option must be ignored.
        return _("Hosts ignore the route to {prefix}: its preference is none.", **values)
    if not option.lifetime:
        return _("It is no longer the way to {prefix}.", **values)
    return _(
        "It is also the way to {prefix}, for {seconds} s, preference {preference}.",
        seconds=_seconds(option.lifetime),
        **values,
    )


def _prefix(option: nd.PrefixInformation, router: str) -> Iterator[Message]:
    values = {
        "prefix": str(option),
        "valid": _seconds(option.valid),
        "preferred": _seconds(option.preferred),
    }
    refusal = option.refusal(router)
    if option.ignored:
        yield _ignored(option, refusal)
    elif option.autonomous and refusal is not None:
        yield refusal
        if option.on_link and option.valid:
            yield _(
                "{prefix}: neighbours talk directly (L flag); valid {valid} s.",
                prefix=values["prefix"],
                valid=values["valid"],
            )
    elif option.autonomous and option.on_link:
        yield _(
            "{prefix}: hosts build addresses of it (A flag), neighbours talk directly (L flag); "
            "preferred {preferred} s, valid {valid} s.",
            **values,
        )
    elif option.autonomous:
        yield _(
            "{prefix}: hosts build addresses of it (A flag), and reach each other by the router "
            "(no L flag); preferred {preferred} s, valid {valid} s.",
            **values,
        )
    elif option.on_link:
        yield _(
            "{prefix}: hosts build no addresses of it (no A flag), neighbours talk directly "
            "(L flag); preferred {preferred} s, valid {valid} s.",
            **values,
        )
    else:
        yield _(
            "{prefix}: neither A nor L flag, hosts do nothing with it; preferred {preferred} s, "
            "valid {valid} s.",
            **values,
        )


def _ignored(option: nd.PrefixInformation, refusal: Message | None) -> Message:
    if option.length > 128:
        return _("Hosts ignore {prefix}: no prefix is so long.", prefix=str(option))
    if option.preferred <= option.valid and refusal is not None:
        return refusal
    return _(
        "Hosts ignore {prefix}: it would be preferred for {preferred} s but valid for only "
        "{valid} s.",
        prefix=str(option),
        preferred=option.preferred,
        valid=option.valid,
    )


def _seconds(value: int) -> str:
    return "∞" if value == nd.INFINITY else str(value)
