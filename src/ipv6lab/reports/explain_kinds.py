"""What an address says by itself: its kind, its scope, its group, its interface identifier."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from ipv6lab.addresses import identifiers
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
        ("64:ff9b:1::/48", _("for local IPv4/IPv6 translation (RFC 8215)")),
        ("100::/64", _("the discard prefix: what goes there is thrown away (RFC 6666)")),
        ("2001::/32", _("Teredo (RFC 4380)")),
        ("2001:db8::/32", _("for documentation and labs, never in the Internet (RFC 3849)")),
        ("3fff::/20", _("for documentation and labs, never in the Internet (RFC 9637)")),
        ("2002::/16", _("6to4: an IPv4 address stands in it (RFC 3056, no longer used)")),
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
RESERVED_ANYCAST = range(0xFDFFFFFFFFFFFF80, 0xFDFFFFFFFFFFFFFF + 1)  # RFC 2526
ISATAP = (0x00005EFE, 0x02005EFE)  # the upper half of the identifier, RFC 5214
BY_HAND = 0xFFFF  # an identifier not above this was chosen by a person


def kind(what: Address | Network) -> Message:
    """The kind of an address, or of all addresses of a prefix."""
    network = ip_network(what)
    holding = [
        (known, said)
        for known, said in KINDS
        if known.version == network.version and network.subnet_of(known)  # type: ignore[arg-type]
    ]
    return max(holding, key=lambda one: one[0].prefixlen)[1]


def tell(address: Address, tr: Translate) -> Iterator[str]:
    """What stands in an address, one thing a sentence."""
    yield tr(_("{address} is {kind}.", address=str(address), kind=tr(kind(address))))
    if not isinstance(address, IPv6Address):
        return
    if address.is_multicast:
        yield from _group(address, tr)
        return
    inside = _embedded(address)
    if inside is not None:
        yield tr(_("The IPv4 address {address} stands in it.", address=str(inside)))
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
    if address in IPv6Network("64:ff9b::/96"):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
