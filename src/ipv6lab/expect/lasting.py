"""What is there now and is about to go: addresses and routes that were typed for a while."""

from __future__ import annotations

from ipv6lab.expect.conditions import _, require_none
from ipv6lab.network.netlink import Address
from ipv6lab.probes import Lab


def nothing_typed_expires(lab: Lab, *nodes: str) -> None:
    """No address or route of these nodes that no advertisement renews has a lifetime."""
    for name in nodes:
        node = lab.node(name)
        require_none(
            [one for one in node.addresses() if one.valid is not None and not _renewed(one)],
            lambda one, name=name: _(  # type: ignore[misc]
                "{node} loses {address} in {seconds} s: it was given a lifetime, and nothing "
                "renews it.",
                node=name,
                address=one.address,
                seconds=one.valid,
            ),
        )
        require_none(
            [
                one
                for one in node.routes()
                if one.protocol != "ra" and not one.cloned and one.expires is not None
            ],
            lambda one, name=name: _(  # type: ignore[misc]
                "{node} loses its route to {prefix} in {seconds} s: it was given a lifetime, and "
                "nothing renews it.",
                node=name,
                prefix=one.destination,
                seconds=one.expires,
            ),
        )


def _renewed(address: Address) -> bool:
    """Whether it is one that the kernel itself made of an advertisement."""
    return address.temporary or address.protocol == "kernel_ra"
