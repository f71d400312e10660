"""Interface identifiers: what they tell, and which a kernel makes from its secret (RFC 7217)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, IPv6Network

from ipv6lab.addresses.identifiers import eui64, linux_stable, octets
from ipv6lab.probes.seen.slaac import setting
from ipv6lab.probes.seen.vantage import Vantage

IDENTIFIER = (1 << 64) - 1
ATTEMPTS = 4  # the first, and idgen_retries more after a duplicate address (RFC 7217 section 6)


def identifier(address: object) -> int:
    """The interface identifier, the last 64 bits of an address."""
    return int(IPv6Address(str(address))) & IDENTIFIER


def shown_mac(address: object, macs: Iterable[str]) -> str | None:
    """Which of these MAC addresses can be read in an address, None when none can.

    As it stands in the EUI-64 form (RFC 4291 appendix A), with the universal bit turned over or
    not, or in six octets at the end.

    >>> shown_mac("2001:db8::200:5eff:fe00:5301", ["00:00:5e:00:53:01"])
    '00:00:5e:00:53:01'
    """
    found = identifier(address).to_bytes(8, "big")
    for mac in macs:
        form = eui64(mac)
        if found in (form, octets(mac)[:1] + form[1:]) or found[2:] == octets(mac):
            return mac
    return None


def secret(node: Vantage, interface: str) -> IPv6Address | None:
    """The secret from which a node's kernel makes stable identifiers, None when it has none.

    Read from the kernel's settings in the node's network namespace (``stable_secret``); the kernel
    tells it whether somebody set it or it made one itself.
    """
    text = setting(node, interface, "stable_secret")
    return IPv6Address(text) if text else None


def stable_addresses(
    key: object, prefix: object, mac: str = "00:00:00:00:00:00"
) -> list[IPv6Address]:
    """What Linux makes of a secret in a prefix, at the first attempt and after duplicates.

    `mac` is the permanent hardware address; a virtual interface has none, which counts as zeros.

    >>> stable_addresses("2001:db8::1234:5678", "2001:db8:100:10::/64")[0]
    IPv6Address('2001:db8:100:10:e3d4:2aeb:9042:7b9b')
    """
    own, network = IPv6Address(str(key)), IPv6Network(str(prefix))
    return [linux_stable(own, network, mac, attempt) for attempt in range(ATTEMPTS)]
