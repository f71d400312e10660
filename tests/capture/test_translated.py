"""A real translator seen from its own machine, and where each family lives beside it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from ipv6lab import sandbox
from ipv6lab.course import plan
from ipv6lab.course.place import Place
from ipv6lab.reports.in_words import lines
from ipv6lab.reports.pcap import Reader, as_ethernet
from ipv6lab.reports.topology import Topology, with_addresses
from ipv6lab.reports.translated import Pairs
from ipv6lab.reports.translated_fields import name, odd
from ipv6lab.sandbox import Lab
from tests.backends import require
from tests.sandbox.support import run

EXERCISE = "L26"
WAIT = 60  # seconds in which anything may happen on a slow machine


@pytest.fixture(scope="module")
def place() -> Place:
    return Place.of(EXERCISE, None)


@pytest.fixture(scope="module")
def office(place: Place) -> Iterator[Lab]:
    """The IPv6-only LAN with its translator, as the reference solution has it."""
    require(place.exercise.needs)
    kernel = sandbox.choose(place.exercise.needs, None).kernel
    with sandbox.throwaway(kernel, len(place.nodes)) as lab:
        place.build(lab)
        lab.request("apply", **place.read(place.content.solutions / EXERCISE / "reference"))
        yield lab


def do(lab: Lab, node: str, script: str) -> str:
    done = run(lab, node, "timeout", str(WAIT), "sh", "-c", script)
    assert done.status == 0, done
    return str(done.out)


def _gathered(told: Iterator[tuple[str, Any]]) -> Iterator[tuple[float, bytes]]:
    """Frames, after one of nothing that says that the capture has begun."""
    reader = Reader()
    for kind, data in told:
        if kind == "O":
            if reader.link is None:
                yield 0.0, b""
            for record in reader.feed(data):
                yield record.time, as_ethernet(record.octets, reader.link)


def test_both_forms_of_what_a_real_translator_takes(office: Lab, place: Place) -> None:
    """Echo, a page, and an error, on their way there and back: no field is told to be odd."""
    there = place.plan["nat64.network"] + place.plan["v4only.address4"]
    channel: Any = office.open(
        "capture", node="gw", interface=None, filter=None, count=None, seconds=None
    )
    frames = _gathered(iter(channel))
    next(frames)  # it has begun
    do(office, "n6pc1", f"until ping -c 1 -W 1 {there}; do :; done")
    do(office, "n6pc1", f"until curl -sf http://[{there}]/; do :; done")
    closed = f"until python3 -c '{CLOSED}' {there}; do :; done"
    do(office, "n6pc1", closed)
    channel.signal(signal.SIGINT)
    pairs = Pairs(plan.translators(place.plan))
    for time, octets in frames:
        pairs.add(time, octets)
    seen = {(name(pair.first.told).split(" ")[0], pair.to_four) for pair in pairs.pairs}
    for kind in ("Echo", "TCP"):
        assert {(kind, True), (kind, False)} <= seen
    assert ("UDP", True) in seen
    assert ("Destination", False) in seen
    assert [(name(pair.first.told), odd(pair)) for pair in pairs.pairs if odd(pair)] == []
    assert all(pair.source or pair.destination for pair in pairs.pairs)


# Ends well once the error has come back through the translator.
CLOSED = """
import socket, sys
one = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
one.settimeout(2)
one.connect((sys.argv[1], 9))
one.send(b"nobody listens here")
try:
    one.recv(1)
except ConnectionRefusedError:
    sys.exit(0)
except TimeoutError:
    sys.exit(1)
"""


def test_where_each_family_lives(office: Lab, place: Place) -> None:
    now = with_addresses(place.description(), office.request("addresses")["nodes"])
    network = Topology.from_json(now)
    assert {name: link.families for name, link in network.links.items()} == {
        "pilot": (6,),
        "mgmt": (6, 4),
        "transit": (6, 4),
        "outside": (6, 4),
    }
    assert network.links["outside"].without(6) == ("v4only",)
    assert network.links["outside"].without(4) == ("cli6",)
    told = lines(network, str)
    (pilot,) = (at for at, line in enumerate(told) if line.startswith("  pilot "))
    assert told[pilot + 1] == "    IPv6 only"
    # What is configured now counts, and not what was planned.
    do(office, "n6pc1", "ip address add 198.18.60.9/24 dev eth0")
    now = with_addresses(place.description(), office.request("addresses")["nodes"])
    link = Topology.from_json(now).links["pilot"]
    assert (link.families, link.without(4)) == ((6, 4), ("gw", "n6pc2"))
