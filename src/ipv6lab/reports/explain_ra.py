"""What a router advertisement tells hosts to do, in sentences (RFC 4861 §4.2, RFC 8106)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ipv6lab.reports.say import Translate
from ipv6lab.words.message import Message, _

PREFERENCES = {0: "medium", 1: "high", 3: "low"}  # RFC 4191 §2.1
FOR_EVER = 0xFFFFFFFF


def is_advertisement(octets: bytes) -> bool:
    """Whether an Ethernet frame is one."""
    return octets[12:14] == b"\x86\xdd" and octets[20:21] == b"\x3a" and octets[54:55] == b"\x86"


def tell(octets: bytes, router: str, tr: Translate) -> Iterator[str]:
    """What the frame says that `router` (a node's name, or an address) sent."""
    for message in _messages(octets, router):
        yield tr(message)


def _messages(octets: bytes, router: str) -> Iterator[Message]:
    from ipv6lab.reports.packet_info import dissect

    layer: Any = dissect(octets).getlayer("ICMPv6ND_RA")
    if layer is None:
        return
    if layer.routerlifetime:
        yield _(
            "{router} is a default router for {seconds} s more, preference {preference}.",
            router=router,
            seconds=int(layer.routerlifetime),
            preference=PREFERENCES.get(int(layer.prf), "medium"),
        )
    else:
        yield _("{router} is no default router: its lifetime is 0.", router=router)
    if layer.M:
        yield _("M flag: addresses are to be had from DHCPv6.")
    if layer.O:
        yield _("O flag: other settings are to be had from DHCPv6.")
    if not layer.M and not layer.O:
        yield _("Neither M nor O flag: DHCPv6 is not asked.")
    if layer.chlim:
        yield _("Hosts are to send with hop limit {limit}.", limit=int(layer.chlim))
    option = layer.payload
    while option is not None and type(option).__name__ != "NoPayload":
        found = _option(type(option).__name__, option)
        if found is not None:
            yield found
        option = option.payload


def _option(name: str, option: Any) -> Message | None:
    if name == "ICMPv6NDOptPrefixInfo":
        return _prefix(option)
    if name == "ICMPv6NDOptRDNSS":
        return _(
            "DNS servers: {servers}, for {seconds} s.",
            servers=", ".join(map(str, option.dns)),
            seconds=int(option.lifetime),
        )
    if name == "ICMPv6NDOptDNSSL":
        return _(
            "Domains in which names are looked up: {domains}, for {seconds} s.",
            domains=", ".join(_name(one) for one in option.searchlist),
            seconds=int(option.lifetime),
        )
    if name == "ICMPv6NDOptMTU":
        return _("Packets on the link have at most {octets} octets.", octets=int(option.mtu))
    if name == "ICMPv6NDOptRouteInfo":
        return _(
            "It is also the way to {prefix}, for {seconds} s, preference {preference}.",
            prefix=f"{option.prefix}/{option.plen}",
            seconds=int(option.rtlifetime),
            preference=PREFERENCES.get(int(option.prf), "medium"),
        )
    if name == "ICMPv6NDOptSrcLLAddr":
        return _("Its MAC address is {mac}, so that nobody has to ask.", mac=str(option.lladdr))
    return None


def _prefix(option: Any) -> Message:
    values: dict[str, Any] = {
        "prefix": f"{option.prefix}/{option.prefixlen}",
        "valid": _seconds(option.validlifetime),
        "preferred": _seconds(option.preferredlifetime),
    }
    if option.A and option.L:
        return _(
            "{prefix}: hosts build addresses of it (A flag), neighbours talk directly (L flag); "
            "preferred {preferred} s, valid {valid} s.",
            **values,
        )
    if option.A:
        return _(
            "{prefix}: hosts build addresses of it (A flag), and reach each other by the router "
            "(no L flag); preferred {preferred} s, valid {valid} s.",
            **values,
        )
    if option.L:
        return _(
            "{prefix}: hosts build no addresses of it (no A flag), neighbours talk directly "
            "(L flag); preferred {preferred} s, valid {valid} s.",
            **values,
        )
    return _(
        "{prefix}: neither A nor L flag, hosts do nothing with it; preferred {preferred} s, "
        "valid {valid} s.",
        **values,
    )


def _seconds(value: int) -> str:
    return "∞" if value == FOR_EVER else str(int(value))


def _name(name: Any) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)
