"""An addressing plan on paper: what was answered as prefixes and addresses, and where each lies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Address, IPv6Interface, IPv6Network, ip_network
from itertools import combinations

from ipv6lab.expect.conditions import _, control, require
from ipv6lab.probes import Failed, Lab
from ipv6lab.words.message import Message

Network = IPv4Network | IPv6Network

# Interface identifiers that are nobody's to choose: RFC 4291 section 2.6.1; RFC 5453, RFC 2526.
RESERVED = (
    range(0, 1),
    range(0x0200_5EFF_FE00_0000, 0x0200_5EFF_FF00_0000),
    range(0xFDFF_FFFF_FFFF_FF80, 0xFDFF_FFFF_FFFF_FFFF + 1),
)
LINK = 64  # bits of a prefix in which hosts build addresses


def _words(texts: Iterable[str]) -> list[str]:
    """The words of all texts: a list may have been written as one text."""
    return [word for text in texts for word in text.replace(",", " ").split()]


def _listed(lab: Lab, question: str, count: int) -> list[str]:
    texts = _words(lab.answers.texts(question))
    require(
        len(texts) == count,
        _(
            "Entries in {question}: {found}, where {count} were asked for.",
            question=question,
            found=len(texts),
            count=count,
        ),
    )
    return texts


def prefixes(lab: Lab, question: str, count: int, length: int | None = None) -> list[IPv6Network]:
    """The IPv6 prefixes of a list, of one `length` if so asked; an address is a /128."""
    found = []
    for text in _listed(lab, question, count):
        try:
            prefix = IPv6Network(text)
        except ValueError:
            raise Failed(_no_prefix(text, question)) from None
        require(
            length in (None, prefix.prefixlen),
            _("{prefix} in {question} has the wrong length.", prefix=prefix, question=question),
        )
        found.append(prefix)
    return found


def addresses(lab: Lab, question: str, count: int) -> list[IPv6Address]:
    """The IPv6 addresses of a list; a prefix length behind one is left away."""
    found = []
    for text in _listed(lab, question, count):
        try:
            found.append(IPv6Address(text.partition("/")[0]))
        except ValueError:
            raise Failed(
                _("{text} in {question} is no address.", text=text, question=question)
            ) from None
    return found


def readable(lab: Lab, question: str) -> list[IPv6Interface]:
    """What can be read of a list, each address with its prefix; the rest is for others to tell."""
    found = []
    with suppress(Failed):
        for text in _words(lab.answers.texts(question)):
            with suppress(ValueError):
                found.append(IPv6Interface(text))
    return found


def sites_have_room(
    sites: Iterable[IPv6Network], agency: IPv6Network, *, links: int, question: str
) -> None:
    """A site's prefix ends between two digits and holds twice its links; as many more have room."""
    sites = list(sites)
    for site in sites:
        require(
            agency.prefixlen < site.prefixlen,
            _("{prefix} leaves no room for another site.", prefix=site),
        )
        lies_in(site, agency, question)
        require(
            site.prefixlen % 4 == 0,
            _("{prefix} does not end between two hexadecimal digits.", prefix=site),
        )
        require(
            site.prefixlen <= LINK and 2 ** (LINK - site.prefixlen) >= 2 * links,
            _("{prefix} is too small for its zones to double.", prefix=site),
        )
        require(
            2 ** (site.prefixlen - agency.prefixlen) >= 2 * len(sites),
            _("Prefixes such as {prefix} leave less than half of the places free.", prefix=site),
        )


def lies_in(network: Network, outer: Network, question: str) -> None:
    """A network of the plan lies where it belongs."""
    require(
        network.subnet_of(outer),  # type: ignore[arg-type]  # of one family
        _(
            "{network} in {question} does not lie in {outer}.",
            network=network,
            question=question,
            outer=outer,
        ),
    )


def apart(networks: Sequence[Network]) -> None:
    """No two networks overlap."""
    for one, other in combinations(networks, 2):
        require(
            not one.overlaps(other),
            _(
                "More than one entry of the plan takes {network}.",
                network=max(one, other, key=lambda each: each.prefixlen),
            ),
        )


def links_of(networks: Iterable[IPv6Network]) -> list[IPv6Network]:
    """The /64s that these are in, each once."""
    return sorted({one.supernet(new_prefix=LINK) for one in networks})


def no_reserved_identifier(lab: Lab, question: str, *, by: str) -> None:
    """No router has an address that belongs to nobody alone."""
    routers = readable(lab, question)
    control(routers, by=by, message=_("The plan has no routers yet."))
    for router in routers:
        identifier = int(router.ip) & 0xFFFF_FFFF_FFFF_FFFF
        require(
            not any(identifier in reserved for reserved in RESERVED),
            _("The interface identifier of {address} is reserved.", address=router.ip),
        )


def nothing_outside(lab: Lab, questions: Iterable[str], prefix: object, *, by: str) -> None:
    """Nothing in the plan lies outside a prefix."""
    outer = IPv6Network(str(prefix))
    planned = [(one, question) for question in questions for one in readable(lab, question)]
    control(planned, by=by, message=_("There is no plan yet."))
    for one, question in planned:
        lies_in(one.network, outer, question)


def has_ipv4_networks(
    lab: Lab, question: str, count: int, *, within: object, lengths: tuple[int, int]
) -> None:
    """So many IPv4 networks, each of a sensible size, none in another's place."""
    found: list[Network] = []
    outer = ip_network(str(within))
    for text in _listed(lab, question, count):
        try:
            network = IPv4Network(text)
        except ValueError:
            raise Failed(_no_prefix(text, question)) from None
        lies_in(network, outer, question)
        require(
            lengths[0] <= network.prefixlen <= lengths[1],
            _("{network} in {question} has the wrong size.", network=network, question=question),
        )
        found.append(network)
    apart(found)


def _no_prefix(text: str, question: str) -> Message:
    return _("{text} in {question} is no prefix.", text=text, question=question)
