"""What the lab kernel offers, in the names by which exercises ask for it."""

from __future__ import annotations

FEATURES = frozenset(
    {
        *("overlay", "proc", "sysfs", "devpts", "node", "ipv6", "packets", "veth", "bridge"),
        *(
            "tbf",
            "netem",
            "htb",
            "nftables",
            "nat",
            "bridge-filter",
            "tun",
            "vlan",
            "vxlan",
            "macvlan",
            "vrf",
        ),
        *("sit", "gre", "ipip", "ip6tnl", "ip6gre", "wireguard", "dummy"),
    }
)
"""Operations, as `ipv6lab.platform.operations` names them; a test does each of them inside."""
