"""What a host's addresses tell of it: stable ones that hide its MAC address (RFC 7217, RFC 8064),
temporary ones for what it asks itself (RFC 8981), and which of them it shows to whom."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from ipaddress import IPv6Address, IPv6Network

from ipv6lab.expect.conditions import _, control, require
from ipv6lab.network.netlink import Address
from ipv6lab.probes import Failed, Lab
from ipv6lab.probes.acts.flap import flap
from ipv6lab.probes.asks import flows
from ipv6lab.probes.seen.interface_ids import identifier, secret, shown_mac, stable_addresses

HOUR = 3600  # seconds
MARGIN = 2  # seconds by which two clocks may disagree on a lifetime
# How many different octets a secret of 16 has that was made at random: nearly always 14 or more.
VARIED = 10
# Where somebody may be asked: the Internet, and what is said of none (RFC 4291 section 2.4).
ANYWHERE = (IPv6Network("2000::/3"), IPv6Network("fd00::/8"))
SLICE = 8  # bits of the prefixes in each of which one address is drawn


def stable(lab: Lab, node: str, prefix: IPv6Network) -> Address:
    """The node's address in a prefix that is not temporary; waits for it."""
    return lab.node(node).wait_address(
        lambda one: one.address in prefix and not one.temporary and not one.deprecated,
        _("{node} has no stable address in {prefix}.", node=node, prefix=prefix),
    )


def temporary(lab: Lab, node: str, prefix: IPv6Network) -> Address:
    """The node's temporary address in a prefix that new connections may use; waits for it.

    Also for the stable one: while that is still being checked for duplicates, there is no choice.
    """
    stable(lab, node, prefix)
    return lab.node(node).wait_address(
        lambda one: one.address in prefix and one.temporary and not one.deprecated,
        _("{node} has no temporary address in {prefix}.", node=node, prefix=prefix),
    )


def made_from_its_secret(lab: Lab, node: str, prefix: IPv6Network) -> IPv6Address:
    """What the node's own secret gives it in a prefix, once the node has it."""
    expected = stable_addresses(secret(lab.node(node), lab.node(node).interface().name), prefix)[0]
    lab.node(node).wait_address(lambda one: one.address == expected)
    return expected


def hides_its_mac(lab: Lab, node: str, link: str, prefixes: Iterable[IPv6Network]) -> None:
    """No address of the node shows its MAC address, the link-local one included.

    It has a stable address in each of the prefixes.
    """
    host = lab.node(node)
    for prefix in prefixes:
        stable(lab, node, prefix)
    require(host.link_locals(link), _("{node} has no link-local address.", node=node))
    for one in host.addresses(host.interface(link).name, 6):
        _hides(lab, node, one.address)


def _hides(lab: Lab, node: str, address: object) -> None:
    """Nobody who sees this address learns from it which machine the node is."""
    host = lab.node(node)
    mac = shown_mac(address, {*host.macs(), host.interface().mac})
    require(
        mac is None,
        _(
            "Everybody can read {mac}, the MAC address of {node}, in its address {address}.",
            mac=mac,
            node=node,
            address=address,
        ),
    )


def keeps_its_stable_addresses(
    lab: Lab, node: str, link: str, prefixes: Iterable[IPv6Network]
) -> None:
    """One stable address in each prefix, advertised, with an identifier of its own; they stay.

    The node's cable is pulled out and put back: the check has to be `alone`.
    """
    host = lab.node(node)
    before = {prefix: stable(lab, node, prefix) for prefix in prefixes}
    for prefix, address in before.items():
        for other in host.addresses(host.interface(link).name, 6):
            require(
                other.address not in prefix or other.temporary or other.address == address.address,
                _(
                    "{node} has a second address in {prefix} that is not temporary: {address}.",
                    node=node,
                    prefix=prefix,
                    address=other.address,
                ),
            )
    identifiers = {identifier(one.address) for one in before.values()}
    require(
        len(identifiers) == len(before),
        _(
            "{node} has the same interface identifier in more than one prefix: whoever knows one "
            "of its addresses recognises it by the other.",
            node=node,
        ),
    )
    for one in host.solicit(link).unrenewed():
        raise Failed(
            _(
                "No advertisement renews {address} on {node}: it was typed, or it is a second "
                "choice after a duplicate.",
                address=one.with_prefix,
                node=node,
            )
        )
    flap(host, link)
    host.solicit(link).advertisement()
    for prefix, address in before.items():
        after = stable(lab, node, prefix)
        require(
            after.address == address.address,
            _(
                "{node} had {before}; after its cable was pulled out and put back, it has {after}.",
                node=node,
                before=address.address,
                after=after.address,
            ),
        )


def shows_temporary_addresses(
    lab: Lab, node: str, target: str, address: object, prefixes: Iterable[IPv6Network]
) -> None:
    """The target sees a new connection of the node come from a temporary address."""
    host = lab.node(node)
    for prefix in prefixes:
        temporary(lab, node, prefix)
    seen = flows.tcp(host, lab.node(target), address).source
    require(
        any(one.address == seen and one.temporary for one in host.addresses(family=6)),
        _(
            "{target} saw {node} come from {address}, which is not temporary.",
            target=target,
            node=node,
            address=seen,
        ),
    )


def is_reached_at_stable_addresses(
    lab: Lab, node: str, prefixes: Iterable[IPv6Network], *, source: str
) -> None:
    """The source reaches the node at its stable addresses, which hide its MAC address."""
    for prefix in prefixes:
        address = stable(lab, node, prefix).address
        _hides(lab, node, address)
        flows.tcp(lab.node(source), lab.node(node), address)


def temporary_addresses_end(
    lab: Lab, node: str, prefixes: Iterable[IPv6Network], *, preferred: int, valid: int
) -> None:
    """A temporary address is preferred and valid for so many seconds at most (RFC 8981)."""
    for prefix in prefixes:
        one = temporary(lab, node, prefix)
        require(
            one.preferred is not None and one.preferred <= preferred + MARGIN,
            _(
                "{node} goes on using {address} for more than {hours} hours.",
                node=node,
                address=one.address,
                hours=preferred // HOUR,
            ),
        )
        require(
            one.valid is not None and one.valid <= valid + MARGIN,
            _(
                "{address} stays valid for {hours} hours more. RFC 8981 gives a temporary address "
                "48; without a setting, Linux gives it a week, as RFC 4941 did.",
                address=one.address,
                hours=round((one.valid or 0) / HOUR),
            ),
        )


def has_a_secret_of_its_own(
    lab: Lab, node: str, link: str, prefixes: Iterable[IPv6Network], *, unlike: str
) -> None:
    """The node's stable addresses come from a secret made at random, not from another node's."""
    host, other = lab.node(node), lab.node(unlike)
    own, theirs = (secret(one, one.interface(link).name) for one in (host, other))
    found = [(prefix, stable(lab, node, prefix)) for prefix in prefixes]
    here = host.addresses(host.interface(link).name, 6)
    found += [(IPv6Network(one.network), one) for one in here if one.scope == "link"]
    for prefix, one in found:
        _hides(lab, node, one.address)
        require(
            theirs is None or one.address not in stable_addresses(theirs, prefix),
            _(
                "{address} on {node} comes from the secret of {other}: the two would have the same "
                "address, had {other} not been there first.",
                address=one.address,
                node=node,
                other=unlike,
            ),
        )
        # Whoever keeps his secret outside the kernel need not show it.
        if one.stable_privacy and own is not None:
            require(
                len(set(own.packed)) >= VARIED,
                _(
                    "The secret of {node} was not made at random: whoever guesses it can work out "
                    "the stable addresses of {node}.",
                    node=node,
                ),
            )
            require(
                one.address in stable_addresses(own, prefix),
                _(
                    "{address} does not come from the secret that {node} has now: it will not come "
                    "back.",
                    address=one.address,
                    node=node,
                ),
            )


def never_shows_stable_addresses(
    lab: Lab,
    node: str,
    targets: Iterable[tuple[str, object]],
    prefixes: Iterable[IPv6Network],
    *,
    by: str,
) -> None:
    """To none of the targets (node and address), nor anywhere, is a stable address shown.

    The control is check `by`: there are temporary ones that it could use instead.
    """
    host = lab.node(node)
    for prefix in prefixes:
        control(
            _has_temporary(lab, node, prefix),
            by=by,
            message=_("{node} has no temporary address that it could use instead.", node=node),
        )
    for target, address in targets:
        source = host.ping(lab.node(target), address).source
        _not_stable(lab, node, source, target)
    # Which source a kernel takes depends on where it sends: it is asked for many places, and one
    # packet shows that it does as it says.
    slices = [one for network in ANYWHERE for one in network.subnets(new_prefix=SLICE)]
    draws = [one[secrets.randbelow(one.num_addresses)] for one in slices]
    for address in draws:
        _not_stable(lab, node, host.route_to(address).source, address)
    sent = [one for one in host.throw(draws[0]) if one.sent and one.node == node and one.ip]
    control(
        sent, by=by, message=_("{node} sends nothing to {address}.", node=node, address=draws[0])
    )
    for packet in sent:
        assert packet.ip is not None
        _not_stable(lab, node, packet.ip.source, draws[0])


def _not_stable(lab: Lab, node: str, source: object, to: object) -> None:
    """The source is no address of the node's that stays the same."""
    own = [one for one in lab.node(node).addresses(family=6) if one.address == source]
    require(
        all(one.temporary for one in own),
        _(
            "{node} shows its stable address {address} to {target}.",
            node=node,
            address=source,
            target=to,
        ),
    )


def _has_temporary(lab: Lab, node: str, prefix: IPv6Network) -> bool:
    try:
        temporary(lab, node, prefix)
    except Failed:
        return False
    return True
