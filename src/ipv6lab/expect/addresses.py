"""What is made of an address, and how it is written: for questions that have one right answer."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network

from ipv6lab.addresses.identifiers import link_local, multicast_mac, solicited_node
from ipv6lab.addresses.text import canonical, written
from ipv6lab.expect.conditions import _, require
from ipv6lab.probes import Lab

__all__ = [
    "KINDS",
    "SCOPES",
    "canonical",
    "in_canonical_form",
    "kind",
    "link_local",
    "multicast_mac",
    "name_in_the_reverse_tree",
    "scope",
    "solicited_node",
    "written",
]

# Blocks by the name of the kind of addresses in them; what is in none of them is global.
_BLOCKS = {
    "link-local": ("fe80::/10",),
    "unique-local": ("fc00::/7",),
    "multicast": ("ff00::/8",),
    "documentation": ("2001:db8::/32", "3fff::/20"),
    "ipv4-mapped": ("::ffff:0:0/96",),
    "nat64": ("64:ff9b::/96",),
}
KINDS = (*_BLOCKS, "global")
_SCOPES = {0x2: "link", 0x5: "site", 0x8: "organization", 0xE: "global"}  # RFC 7346 section 2
SCOPES = tuple(_SCOPES.values())


def in_canonical_form(lab: Lab, question: str, asked: str) -> None:
    """The answer is the text that RFC 5952 gives the address that was asked for, and no other."""
    text = lab.answers.text(question)
    require(
        _means(text) in (None, IPv6Address(asked)),
        _("The answer to {question} stands for another address.", question=question),
    )
    require(
        text == canonical(asked),
        _("The answer to {question} is not the canonical form.", question=question),
    )


def _means(text: str) -> IPv6Address | None:
    try:
        return IPv6Address(text)
    except ValueError:
        return None


def kind(address: object) -> str:
    """The kind of an address, one of KINDS."""
    one = IPv6Address(str(address))
    for name, blocks in _BLOCKS.items():
        if any(one in IPv6Network(block) for block in blocks):
            return name
    return "global"


def scope(group: object) -> str | None:
    """The scope of a multicast group, one of SCOPES; None where it is none of them."""
    return _SCOPES.get(IPv6Address(str(group)).packed[1] & 0xF)


def name_in_the_reverse_tree(prefix: object) -> str:
    """The name of an address, or of a prefix that ends between two digits (RFC 3596 section 2.5).

    >>> name_in_the_reverse_tree("2001:db8::/32")
    '8.b.d.0.1.0.0.2.ip6.arpa'
    """
    network = IPv6Network(str(prefix))
    digits = network.network_address.exploded.replace(":", "")[: network.prefixlen // 4]
    return ".".join(reversed(digits)) + ".ip6.arpa"
