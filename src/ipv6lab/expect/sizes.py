"""Packets of every size: what fits gets through whole, and of what does not the sender is told.

Path MTU discovery (RFC 8201, RFC 1191) as it works on the wire, whatever interfaces are set to.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple

from ipv6lab.expect.conditions import _, control, require
from ipv6lab.expect.reach import SOON, eventually
from ipv6lab.probes import Lab
from ipv6lab.probes.acts.narrow import narrowed
from ipv6lab.probes.asks import flows, mtu
from ipv6lab.probes.asks.mtu import Sized
from ipv6lab.probes.seen.vantage import Vantage

__all__ = [
    "ETHERNET",
    "answers_in_full",
    "carries_up_to",
    "carries_what_may_be_cut",
    "exchanges_in_full",
    "fits",
    "gets_through",
    "is_told",
    "narrowed",
    "takes_what_it_says",
]

ETHERNET = 1500  # octets of a packet
SMALL = 200
EXCHANGED = 20_000  # octets of a TCP connection


class Told(NamedTuple):
    """What a sender hears of a packet that is too big, and from which node."""

    mtu: int
    router: str


def is_told(lab: Lab, host: Vantage, other: Vantage, address: object, octets: int) -> Told:
    """Of a packet that is too big for the way, its sender hears how large it may be."""

    def told() -> Told:
        big = mtu.send(host, other, address, octets)
        values = _values(big, host, other, address)
        _was_sent(big, values)
        _in_one_piece(big, values)
        require(
            big.arrived is None,
            _(
                "An IPv{family} packet of {octets} octets from {node} gets through to {target} as "
                "it is, and the way should have no room for it.",
                **values,
            ),
        )
        if big.complaint is None:
            require(
                False,
                _(
                    "An IPv{family} packet of {octets} octets from {node} to {target} vanishes "
                    "behind {last}, and nobody tells {node}.",
                    last=big.furthest or host,
                    **values,
                ),
            )
        assert big.complaint is not None
        require(
            big.complaint.returned,
            _(
                "{router} says that an IPv{family} packet of {octets} octets from {node} is too "
                "big, but what it says gets no further than {last}.",
                router=big.complaint.node,
                last=big.complaint.reached,
                **values,
            ),
        )
        return Told(big.complaint.mtu, big.complaint.node)

    return eventually(lab, told)


def fits(lab: Lab, host: Vantage, other: Vantage, address: object, octets: int) -> None:
    """A packet of that size gets through in one piece."""

    def passes() -> None:
        sent = mtu.send(host, other, address, octets)
        values = _values(sent, host, other, address)
        _was_sent(sent, values)
        _in_one_piece(sent, values)
        require(
            sent.arrived,
            _(
                "An IPv{family} packet of {octets} octets from {node} does not get to {target}, "
                "and there should be room for it.",
                **values,
            ),
        )

    eventually(lab, passes)


def takes_what_it_says(
    lab: Lab, host: Vantage, other: Vantage, address: object, smallest: int, largest: int
) -> None:
    """A sender hears what the way takes, between two sizes; that fits, and nothing larger."""
    told = is_told(lab, host, other, address, ETHERNET)
    values = {"router": told.router, "node": host, "octets": told.mtu}
    require(
        smallest <= told.mtu <= largest,
        _(
            "{router} tells {node} that packets may have {octets} octets; a tunnel over this "
            "network takes between {smallest} and {largest}.",
            smallest=smallest,
            largest=largest,
            **values,
        ),
    )
    _exactly(lab, host, other, address, told.mtu)


def exchanges_in_full(lab: Lab, host: Vantage, other: Vantage, address: object) -> None:
    """TCP and UDP find out by themselves how large their packets may be, and get through."""

    def exchanged() -> None:
        flows.tcp(host, other, address, EXCHANGED, within=SOON, full=True)
        flows.udp(host, other, address, within=SOON, full=True)

    eventually(lab, exchanged)


def carries_up_to(lab: Lab, host: Vantage, other: Vantage, address: object, octets: int) -> None:
    """That size crosses whole; of the next the sender is told what the largest is."""
    _exactly(lab, host, other, address, octets)


def _exactly(lab: Lab, host: Vantage, other: Vantage, address: object, octets: int) -> None:
    fits(lab, host, other, address, octets)
    told = is_told(lab, host, other, address, octets + 1)
    require(
        told.mtu == octets,
        _(
            "{router} tells {node} that IPv{family} packets to {target} may have {told} octets; "
            "that is not what gets through.",
            router=told.router,
            node=host,
            target=other,
            family=ip_address(str(address)).version,
            told=told.mtu,
        ),
    )


def carries_what_may_be_cut(lab: Lab, host: Vantage, other: Vantage, address: object) -> None:
    """What is larger than the way takes arrives in pieces.

    An IPv4 packet of an Ethernet's size may be cut by routers, an IPv6 packet of twice that size
    has been cut by its sender (RFC 8200 section 4.5).
    """
    family = ip_address(str(address)).version
    octets = ETHERNET if family == 4 else 2 * ETHERNET

    def passes() -> None:
        cut = mtu.send(host, other, address, octets, may_be_cut=True)
        require(
            cut.arrived,
            _(
                "An IPv{family} packet of {octets} octets that is cut into pieces gets lost "
                "between {node} and {target}.",
                family=family,
                octets=octets,
                node=host,
                target=other,
            ),
        )

    eventually(lab, passes)


def gets_through(host: Vantage, other: Vantage, address: object) -> bool:
    """Whether a small packet does."""
    return mtu.send(host, other, address, SMALL).arrived is not None


def answers_in_full(
    lab: Lab, host: Vantage, neighbour: Vantage, address: object, *, by: str
) -> None:
    """A host answers a neighbour on its own link with packets as large as the link takes."""
    small, full = (
        mtu.send(neighbour, host, address, octets, round_trip=True) for octets in (SMALL, ETHERNET)
    )
    control(
        small.answered,
        by=by,
        message=_("{node} does not even answer a small packet of a neighbour.", node=host),
    )
    require(
        full.answered,
        _(
            "{node} gives a neighbour on its own LAN no answer of {octets} octets in one piece.",
            node=host,
            octets=ETHERNET,
        ),
    )


def _values(sent: Sized, host: Vantage, other: Vantage, address: object) -> dict[str, object]:
    family = ip_address(str(address)).version
    return {"octets": sent.octets, "node": host, "target": other, "family": family}


def _was_sent(sent: Sized, values: dict[str, object]) -> None:
    require(
        sent.sent,
        _(
            "{node} sends no IPv{family} packet of {octets} octets to {target}: it has no way "
            "there, or its own link takes no such packet.",
            **values,
        ),
    )


def _in_one_piece(sent: Sized, values: dict[str, object]) -> None:
    if sent.pieces is not None:
        require(
            False,
            _(
                "{cutter} cuts an IPv{family} packet of {octets} octets from {node} into pieces on "
                "{link}.",
                cutter=sent.pieces.node,
                link=sent.pieces.link,
                **values,
            ),
        )
