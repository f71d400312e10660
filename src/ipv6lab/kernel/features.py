"""What the lab kernel offers, in the names by which exercises ask for it."""

from __future__ import annotations

from collections.abc import Iterable

FEATURES = frozenset(
    {
        *("overlay", "proc", "sysfs", "devpts", "node", "ipv6", "packets", "veth", "bridge"),
        *("tbf", "netem", "htb", "nftables", "nat", "tun", "vlan", "vxlan", "macvlan", "vrf"),
        *("sit", "gre", "ipip", "ip6tnl", "ip6gre", "wireguard", "dummy"),
    }
)
"""Operations, as `ipv6lab.platform.operations` names them; a test does each of them inside."""


def missing(needs: Iterable[str]) -> list[str]:
    """Which of these operations the lab kernel does not have.

    >>> missing(["sit", "netem", "infiniband"])
    ['infiniband']
    """
    return [name for name in needs if name not in FEATURES]
