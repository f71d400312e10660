"""What an address says by itself: its kind, its scope, its group, its interface identifier."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from ipv6lab.addresses import identifiers
from ipv6lab.addresses.text import written
from ipv6lab.reports.ladder_names import GROUPS
from ipv6lab.reports.say import Translate
from ipv6lab.words.message import Message, _

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's special-purpose registries and RFC 4291; the longest prefix that holds an address counts.
KINDS: tuple[tuple[Network, Message], ...] = tuple(
    (ip_network(prefix), kind)
    for prefix, kind in (
        (
            "::/128",
            _("the unspecified address: nobody has it, it stands for none (RFC 4291)"),
        ),
        ("::1/128", _("the loopback address: a machine itself (RFC 4291)")),
        ("::ffff:0:0/96", _("an IPv4 address as an IPv6 socket sees it (RFC 4291)")),
        ("64:ff9b::/96", _("an IPv4 address behind NAT64, well-known prefix (RFC 6052)")),
        ("::/96", _("an IPv4-compatible address, deprecated (RFC 4291 §2.5.5.1)")),
        ("64:ff9b:1::/48", _("for local IPv4/IPv6 translation (RFC 8215)")),
        ("100::/64", _("the discard prefix: what goes there is thrown away (RFC 6666)")),
        ("100:0:0:1::/64", _("a dummy prefix that stands for none (RFC 9780)")),
        ("2001::/23", _("for protocols' own purposes, as IANA assigns them (RFC 2928)")),
        ("2001::/32", _("Teredo (RFC 4380)")),
        ("2001:1::1/128", _("anycast of the Port Control Protocol (RFC 7723)")),
        ("2001:1::2/128", _("anycast of TURN relays (RFC 8155)")),
        ("2001:1::3/128", _("anycast of DNS-SD service registration (RFC 9665)")),
        ("2001:2::/48", _("for measurements and labs (RFC 5180)")),
        ("2001:3::/32", _("automatic multicast tunnelling, AMT (RFC 7450)")),
        ("2001:4:112::/48", _("AS112: answers for reverse zones of private addresses (RFC 7535)")),
        ("2001:10::/28", _("ORCHID, given back: identifiers, no addresses (RFC 4843)")),
        ("2001:20::/28", _("ORCHIDv2: identifiers of hosts, not routed (RFC 7343)")),
        ("2001:30::/28", _("drone remote identification tags (RFC 9374)")),
        (
            "2620:4f:8000::/48",
            _("AS112: answers for reverse zones of private addresses (RFC 7534)"),
        ),
        ("5f00::/16", _("segment identifiers of SRv6, inside one domain (RFC 9602)")),
        ("2001:db8::/32", _("for documentation and labs, never in the Internet (RFC 3849)")),
        ("3fff::/20", _("for documentation and labs, never in the Internet (RFC 9637)")),
        (
            "2002::/16",
            _(
                "6to4: an IPv4 address stands in it (RFC 3056); its anycast relays are gone "
                "(RFC 7526)"
            ),
        ),
        ("2000::/3", _("global unicast (RFC 4291)")),
        ("fc00::/8", _("unique local, in a half that is not defined (RFC 4193)")),
        ("fd00::/8", _("unique local: inside an organisation, not in the Internet (RFC 4193)")),
        (
            "fe80::/10",
            _("link-local: only on its own link, no router hands it on (RFC 4291)"),
        ),
        ("fec0::/10", _("site-local, abolished (RFC 3879)")),
        ("ff00::/8", _("multicast: a group, not one machine (RFC 4291)")),
        ("::/0", _("reserved: for no use so far (RFC 4291)")),
        ("0.0.0.0/8", _("this network; no machine's address (RFC 1122)")),
        ("10.0.0.0/8", _("private IPv4 (RFC 1918)")),
        ("100.64.0.0/10", _("shared by a provider's customers behind its NAT (RFC 6598)")),
        ("127.0.0.0/8", _("IPv4 loopback: a machine itself")),
        ("169.254.0.0/16", _("IPv4 link-local (RFC 3927)")),
        ("172.16.0.0/12", _("private IPv4 (RFC 1918)")),
        ("192.0.0.0/24", _("for protocols' own purposes, as IANA assigns them (RFC 6890)")),
        ("192.0.0.0/29", _("between DS-Lite or 464XLAT and its customer (RFC 7335)")),
        ("192.0.0.8/32", _("a dummy IPv4 address, source of ICMP errors (RFC 7600)")),
        ("192.0.0.9/32", _("anycast of the Port Control Protocol (RFC 7723)")),
        ("192.0.0.10/32", _("anycast of TURN relays (RFC 8155)")),
        ("192.0.0.11/32", _("anycast of DNS-SD service registration (RFC 9665)")),
        (
            "192.0.0.170/31",
            _("what ipv4only.arpa has, so that hosts find the NAT64 prefix (RFC 7050)"),
        ),
        ("192.31.196.0/24", _("AS112: answers for reverse zones of private addresses (RFC 7535)")),
        ("192.52.193.0/24", _("automatic multicast tunnelling, AMT (RFC 7450)")),
        (
            "192.175.48.0/24",
            _("AS112: answers for reverse zones of private addresses (RFC 7534)"),
        ),
        ("240.0.0.0/4", _("reserved: for no use so far (RFC 1112)")),
        ("192.0.2.0/24", _("IPv4 for documentation and labs (RFC 5737)")),
        ("192.88.99.0/24", _("the relays of 6to4, abolished (RFC 7526)")),
        ("192.168.0.0/16", _("private IPv4 (RFC 1918)")),
        ("198.18.0.0/15", _("IPv4 for measurements and labs (RFC 2544)")),
        ("198.51.100.0/24", _("IPv4 for documentation and labs (RFC 5737)")),
        ("203.0.113.0/24", _("IPv4 for documentation and labs (RFC 5737)")),
        ("224.0.0.0/4", _("IPv4 multicast: a group, not one machine")),
        ("255.255.255.255/32", _("IPv4 broadcast: everybody on the link")),
        ("0.0.0.0/0", _("global IPv4 unicast")),
    )
)
SCOPES = {
    0x1: _("of one interface"),
    0x2: _("of one link"),
    0x3: _("of one realm"),
    0x4: _("of one administration"),
    0x5: _("of one site"),
    0x8: _("of one organisation"),
    0xE: _("global"),
}
WELL_KNOWN = IPv6Network("64:ff9b::/96")
COMPATIBLE = IPv6Network("::/96")
RESERVED_ANYCAST = range(0xFDFFFFFFFFFFFF80, 0xFDFFFFFFFFFFFFFF + 1)  # RFC 2526
ISATAP = (0x00005EFE, 0x02005EFE)  # the upper half of the identifier, RFC 5214
BY_HAND = 0xFFFF  # an identifier not above this was chosen by a person


EVERYTHING: dict[str, Message] = {
    "::/0": _("the default route: every IPv6 address there is"),
    "0.0.0.0/0": _("the default route: every IPv4 address there is"),
}


def kind(what: Address | Network) -> Message:
    """The kind of an address, or of all addresses of a prefix."""
    network = ip_network(what)
    if str(network) in EVERYTHING and not isinstance(what, Address):
        return EVERYTHING[str(network)]
    return _holding(network)[1]


def inside(network: Network) -> list[tuple[Network, Message]]:
    """What of other kinds lies in a prefix, the largest parts only, the first ones first."""
    own = _holding(network)[0]
    parts = [
        (known, said)
        for known, said in KINDS
        if known.version == network.version
        and known not in (own, network)
        and known.subnet_of(network)  # type: ignore[arg-type]
    ]
    return sorted(
        (known, said)
        for known, said in parts
        if not any(known != other and known.subnet_of(other) for other, _said in parts)  # type: ignore[arg-type]
    )


def _holding(network: Network) -> tuple[Network, Message]:
    """The most particular of the kinds that hold all of a prefix."""
    holding = [
        (known, said)
        for known, said in KINDS
        if known.version == network.version and network.subnet_of(known)  # type: ignore[arg-type]
    ]
    return max(holding, key=lambda one: one[0].prefixlen)


def tell(address: Address, tr: Translate) -> Iterator[str]:
    """What stands in an address, one thing a sentence."""
    yield tr(_("{address} is {kind}.", address=written(address), kind=tr(kind(address))))
    if not isinstance(address, IPv6Address):
        return
    if address.is_multicast:
        yield from _group(address, tr)
        return
    old = _embedded(address)
    if old is not None:
        yield tr(_("The IPv4 address {address} stands in it.", address=str(old)))
        if not old.is_global and address in WELL_KNOWN:
            yield tr(
                _(
                    "It is {kind}: the well-known prefix must not carry it (RFC 6052 §3.1); a "
                    "prefix of one's own may.",
                    kind=tr(kind(old)),
                )
            )
    elif int(address) > 1:
        yield tr(_identifier(address))
        group = identifiers.solicited_node(address)
        yield tr(
            _(
                "Who looks for its MAC address asks the group {group}, in frames to {mac}.",
                group=str(group),
                mac=identifiers.multicast_mac(group),
            )
        )


def _group(address: IPv6Address, tr: Translate) -> Iterator[str]:
    flags, scope = address.packed[1] >> 4, address.packed[1] & 0xF
    if scope in SCOPES:
        yield tr(_("Its scope: {scope}.", scope=tr(SCOPES[scope])))
    if address in identifiers.SOLICITED_NODE:
        digits = f"{int(address) & 0xFFFFFF:06x}"
        yield tr(
            _(
                "It is a solicited-node group, of all whose address ends in the digits {digits} "
                "(RFC 4291 §2.7.1).",
                digits=digits,
            )
        )
    elif str(address) in GROUPS:
        yield tr(_("It is well known: {group}.", group=tr(GROUPS[str(address)])))
    elif flags & 1:
        yield tr(_("It is a group that somebody made up for a time: the T flag is set."))
    yield tr(_("Frames to it go to {mac}.", mac=identifiers.multicast_mac(address)))


def _identifier(address: IPv6Address) -> Message:
    """How the last 64 bits may have come about."""
    identifier = int(address) & 0xFFFFFFFFFFFFFFFF
    octets = address.packed[8:]
    if identifier == 0:
        return _("Its identifier is zero: any router of the subnet (RFC 4291 §2.6.1), no host.")
    if identifier in RESERVED_ANYCAST:
        return _("Its identifier is reserved for anycast (RFC 2526); no host may have it.")
    if octets[3:5] == b"\xff\xfe":
        mac = bytes([octets[0] ^ 0x02]) + octets[1:3] + octets[5:]
        return _(
            "Its identifier is made of a MAC address (EUI-64, ff:fe in the middle): {mac}.",
            mac=":".join(f"{octet:02x}" for octet in mac),
        )
    if identifier >> 32 in ISATAP:
        return _("Its identifier holds an IPv4 address (ISATAP, RFC 5214).")
    if identifier <= BY_HAND:
        return _("Its identifier ::{digits} was chosen by a person.", digits=f"{identifier:x}")
    return _(
        "Its identifier looks like chance: stable and opaque (RFC 7217), or temporary (RFC 8981); "
        "only the machine that has it knows which."
    )


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in WELL_KNOWN or (address in COMPATIBLE and int(address) > 0xFFFF):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
