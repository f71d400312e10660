"""Who reaches whom: both ways, by ICMP, TCP and UDP, small and large, at any rate.

Where the task says that a path is open to everything (``carries = "all"`` in the addressing plan),
anything is tried on it, also on a port that the grader draws and listens on for a moment. On every
other path the named services alone are, and a ping: a firewall there is nobody's fault.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address
from typing import TypeVar

from ipv6lab.expect.conditions import _, require
from ipv6lab.expect.places import address_of, source_to
from ipv6lab.probes import Failed, FreshHost, Lab
from ipv6lab.probes.asks import flows, mtu, ping, tunnels
from ipv6lab.probes.asks.ping import REQUEST, Ping
from ipv6lab.probes.asks.volley import fire
from ipv6lab.probes.seen.kinds import Kind, Shot
from ipv6lab.probes.seen.packet import ICMP, ICMPV6, UDP
from ipv6lab.probes.seen.vantage import Vantage

T = TypeVar("T")

LARGE = 1280  # octets that every path of IPv6 takes (RFC 8200 section 5), and IPv4's here as well
BULK = 200_000  # octets: some 140 packets each way
SOON = 4.0  # seconds for that much, of which it takes a tenth
STEADY = 300  # packets at once, more than any limit of a rate lets through by chance
LAST = 3.0  # seconds of a check's time that are kept for what follows
AGAIN = 0.5  # seconds


def both_ways(
    lab: Lab,
    one: str,
    other: str,
    *,
    family: int = 6,
    ports: Mapping[str, Collection[int]] | None = None,
    across: str | None = None,
) -> None:
    """Two machines of the plan reach each other, whoever begins.

    `ports` are the TCP ports of named services by node; `across` is what lies between, if it has a
    name in the plan (see `carries_all`).
    """
    for node, target in ((one, other), (other, one)):
        to = address_of(lab, target, family)
        reaches(lab, lab.node(node), lab.node(target), to, across=across)
        for port in (ports or {}).get(target, ()):
            lab.node(node).open_port(lab.node(target), to, port, within=patience(lab))


def hosts_reach_each_other(
    lab: Lab, one: FreshHost, other: FreshHost, *, across: str | None = None
) -> None:
    """The same of two hosts of the grader (`places.new_host`), which filter nothing."""
    for node, target in ((one, other), (other, one)):
        reaches(lab, node, target, target.address, across=across)


def reaches(
    lab: Lab,
    node: Vantage,
    target: Vantage,
    address: object,
    *,
    across: str | None = None,
    marks: flows.Marks | None = None,
) -> Ping:
    """A node reaches another at an address, with small packets and large; see the module."""
    everything = across is not None and carries_all(lab, across)
    ask = tunnels.ping if across is not None else ping.ping
    answered = ask(node, target, str(address), within=patience(lab))
    large = mtu.send(node, target, address, LARGE, round_trip=True)
    require(
        large.answered,
        _(
            "{node} reaches {target} with small packets, and gets no answer to one of {octets} "
            "octets.",
            node=node,
            target=target,
            octets=LARGE,
        ),
    )
    if everything:
        carries_tcp_and_udp(node, target, address, marks)
        steadily(node, target, address)
    return answered


def carries_tcp_and_udp(
    node: Vantage, target: Vantage, address: object, marks: flows.Marks | None = None
) -> None:
    """A service that nobody runs yet is reached: a large exchange by TCP, datagrams by UDP."""
    flows.tcp(node, target, address, BULK, within=SOON, marks=marks)
    flows.udp(node, target, address, within=SOON, marks=marks)


def steadily(node: Vantage, target: Vantage, address: object) -> None:
    """Nobody on the way limits how many packets pass in a second."""
    to = ip_address(str(address))
    own = source_to(node, to)
    for kind, protocol in (
        (Kind(ICMPV6 if to.version == 6 else ICMP, (REQUEST[to.version], 0)), "ICMP"),
        (Kind(UDP, (flows.any_port(),)), "UDP"),
    ):
        shot = Shot.between(kind, own, to)
        for _attempt in range(2):  # a machine that is too busy is so once, a limit always
            fired = fire(node, target, [shot] * STEADY, shot)
            if len(fired.through) == STEADY:
                break
        else:
            raise Failed(
                _(
                    "Of {sent} packets of {protocol} that {node} sends at once, {arrived} get to "
                    "{target}.",
                    sent=STEADY,
                    protocol=protocol,
                    node=node,
                    arrived=len(fired.through),
                    target=target,
                )
            )


def carries_all(lab: Lab, name: str) -> bool:
    """Whether the plan says of a network or link that it is open to everything."""
    return any(each == f"{name}.carries" for each in lab.plan) and (
        str(lab.plan[f"{name}.carries"]) == "all"
    )


def patience(lab: Lab) -> float:
    """Seconds for who may only just be starting: until the check's deadline, but for the last."""
    return max(1.0, lab.record.left() - LAST)


def eventually(lab: Lab, judge: Callable[[], T]) -> T:
    """Judge again while it fails and there is time. Raises the last `Failed`."""
    while True:
        try:
            return judge()
        except Failed:
            if patience(lab) <= 1.0:
                raise
            with lab.record.waiting(_("trying again")):
                time.sleep(AGAIN)
