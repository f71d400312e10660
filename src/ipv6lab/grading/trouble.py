"""Trouble that is not the trainee's: what a machine lost while something was looked at."""

from __future__ import annotations

from typing import NamedTuple

from ipv6lab.network.netlink import Netlink
from ipv6lab.probes import Lab
from ipv6lab.probes.seen import capture
from ipv6lab.words.message import Message, _

SOFTNET = "/proc/net/softnet_stat"
_DROPPED = 1  # its column: packets for which a CPU had no room


class Counters(NamedTuple):
    """What the whole machine has counted since it started.

    `dropped`: packets that found a CPU's queue full; `full`: neighbours that found no room in the
    kernel's table, which all network namespaces share; `unseen`: packets that passed faster than
    this process read them.
    """

    dropped: int
    full: int
    unseen: int = 0


def counters() -> Counters:
    with open(SOFTNET, encoding="ascii") as file:
        dropped = sum(int(line.split()[_DROPPED], 16) for line in file)
    with Netlink() as netlink:
        return Counters(dropped, netlink.neighbours_refused(), capture.lost())


def since(before: Counters) -> Message | None:
    """Why what has failed meanwhile may have failed through no fault of who configured it."""
    now = counters()
    if now.dropped > before.dropped or now.unseen > before.unseen:
        return _(
            "The machine was too busy and lost packets while this was looked at, so nothing is "
            "known: let it do less at once."
        )
    if now.full > before.full:
        return _(
            "The machine had no room for more neighbours while this was looked at, so nothing is "
            "known: let fewer labs run at once."
        )
    return None


def missing_interface(lab: Lab) -> Message | None:
    """Which interface of the topology a node no longer has: only who configures it can do that."""
    for name in lab.fabric.nodes:
        try:
            with Netlink(lab.fabric.namespace(name)) as netlink:
                there = {link.name for link in netlink.links()}
        except OSError:
            continue  # a switch of the fabric has no namespace of its own
        for interface in lab.fabric.interfaces(name):
            if interface.name not in there:
                return _("{node} has no interface {name} any more.", node=name, name=interface.name)
    return None
