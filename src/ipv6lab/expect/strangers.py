"""Strangers: addresses out of everything that is not allowed, never the same twice.

A filter that keeps out the four addresses of last year's attack keeps out nobody. Whom a node has
to refuse is everybody who is not named: drawn here out of the whole address space, by the kinds
that people think of and by those that they forget.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)
from typing import NamedTuple

from ipv6lab.probes import Lab

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What an address can be, beside what the plan knows (RFC 6890, RFC 4291, RFC 5156, RFC 5735).
KINDS6 = {
    "global": "2a00::/12",
    "anywhere": "2000::/3",
    "unique local": "fc00::/7",
    "link-local": "fe80::/64",
    "multicast": "ff0e::/16",
    "mapped": "::ffff:0:0/96",
    "compatible": "::/96",
    "loopback": "::1/128",
    "translated": "64:ff9b::/96",
    "locally translated": "64:ff9b:1::/48",
    "6to4": "2002::/16",
    "Teredo": "2001::/32",
    "documentation": "2001:db8::/32",
    "new documentation": "3fff::/20",
    "discard": "100::/64",
    "segments": "5f00::/16",
    "site-local": "fec0::/10",
    "not assigned": "4000::/2",
}
KINDS4 = {
    "global": "11.0.0.0/8",
    "anywhere": "0.0.0.0/0",
    "private": "10.0.0.0/8",
    "private too": "172.16.0.0/12",
    "private as at home": "192.168.0.0/16",
    "shared": "100.64.0.0/10",
    "link-local": "169.254.0.0/16",
    "loopback": "127.0.0.0/8",
    "multicast": "224.0.0.0/4",
    "reserved": "240.0.0.0/5",
    "documentation": "198.51.100.0/24",
    "benchmarks": "198.18.0.0/15",
}
# Of the plan: the agency's other zones and sites, partners, providers, the operator, the Internet.
PLANNED = ("prefix", "zone_prefix", "prefix4")
TRIES = 64
RESERVED = IPv4Network("240.0.0.0/4")


class Stranger(NamedTuple):
    """An address that may not, and what kind of stranger has it."""

    address: Address
    kind: str


def drawn(lab: Lab, allowed: Iterable[object], family: int = 6, each: int = 2) -> list[Stranger]:
    """Addresses of every kind and of every network of the plan that are in none of `allowed`.

    `allowed` are networks or addresses. `each` is how many are drawn of every kind; beside them
    come the neighbours of what is allowed, which differ from it in few bits. Kinds all of whose
    addresses are allowed are left out.
    """
    welcome = [one for one in (ip_network(str(each)) for each in allowed) if one.version == family]
    kinds = KINDS6 if family == 6 else KINDS4
    places = [(name, ip_network(text)) for name, text in kinds.items()]
    places += [(name, network) for name, network in _planned(lab) if network.version == family]
    places += [("next to it", network) for network in _beside(welcome)]
    found = [
        Stranger(address, name)
        for name, network in places
        for address in _some(network, welcome, each)
    ]
    return list({one.address: one for one in found}.values())


def elsewhere(lab: Lab, family: int = 6) -> list[Address]:
    """Addresses of every kind from which somebody may send who is not of the agency."""
    ours = [lab.plan[f"{one}.prefix4"] for one in ("agency", "hq", "br-dn")]
    found = drawn(lab, [lab.plan["agency.prefix"], *ours], family, 1)
    return [one.address for one in found if _sends(one.address)]


def someone_in(prefix: object, but: Iterable[object] = ()) -> Address:
    """A random address of a network that is in none of the networks `but`.

    Raises ValueError when there is none.
    """
    for one in _some(ip_network(str(prefix)), [ip_network(str(each)) for each in but], 1):
        return one
    raise ValueError(f"nobody is left in {prefix}")


def _some(network: Network, welcome: list[Network], count: int) -> Iterator[Address]:
    wanted = min(count, network.num_addresses)
    for _number in range(TRIES):
        if not wanted:
            return
        address = network[secrets.randbelow(network.num_addresses)]
        if not any(address in one for one in welcome if one.version == network.version):
            wanted -= 1
            yield address


def _planned(lab: Lab) -> Iterator[tuple[str, Network]]:
    for name in sorted(lab.plan):
        place, _dot, field = name.rpartition(".")
        if field in PLANNED:
            with suppress(ValueError):
                yield place, ip_network(str(lab.plan[name]))


def _beside(welcome: list[Network]) -> Iterator[Network]:
    """The other half of what contains an allowed network, for several sizes of it."""
    for one in welcome:
        for wider in (1, 2, 4, 8):
            if one.prefixlen >= wider:
                yield one.supernet(wider)


def around(networks: Iterable[object]) -> Iterator[Address]:
    """An address outside of each network for each bit of its prefix, which shares the bits before.

    So whatever larger network a mistake lets in, one of them is in it; the bits behind are random.
    None of them is in any of the networks, or is an address from which nobody may send.
    """
    own = [ip_network(str(one)) for one in networks]
    for network in own:
        for bit in range(network.prefixlen):
            free = network.max_prefixlen - bit - 1
            kept = (int(network.network_address) >> free) ^ 1
            number = kept << free | secrets.randbelow(1 << free)
            address = IPv4Address(number) if network.version == 4 else IPv6Address(number)
            if _sends(address) and not any(
                address in other for other in own if other.version == address.version
            ):
                yield address


def _sends(address: Address) -> bool:
    """Whether a kernel takes a packet from there (RFC 1122 section 3.2.1.3, RFC 4291 section 2)."""
    nobody = address.is_multicast or address.is_loopback or address.is_unspecified
    if address.version == 4:
        nobody = nobody or address in IPv4Network("0.0.0.0/8") or address in RESERVED
    return not nobody
