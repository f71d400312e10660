"""Who used IPv4 in a lab that runs, by the names of its nodes; what was done there is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipv6lab import sandbox
from ipv6lab.course.place import Place
from ipv6lab.sandbox import Lab
from tests.backends import require
from tests.capture.support import Started
from tests.sandbox.support import run

EXERCISE, SEAT = "L27", 5
WAIT = "60"  # seconds in which anything may happen on a slow machine


@pytest.fixture
def place() -> Place:
    return Place.of(EXERCISE, SEAT)


@pytest.fixture
def office(runtime: Path, place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A LAN with both protocols and a translator, kept as ``ipv6lab start`` keeps it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(runtime / "data"))
    require(place.exercise.needs)
    place.start("en", sandbox.choose(place.exercise.needs, None).kernel)
    try:
        with sandbox.join(SEAT) as lab:
            yield lab
    finally:
        sandbox.stop(SEAT)


def until(lab: Lab, node: str, condition: str) -> None:
    script = f"until {condition}; do sleep 0.1; done"
    done = run(lab, node, "timeout", WAIT, "sh", "-c", script)
    assert done.status == 0, done


def test_who_used_ipv4_at_a_place_of_the_lab(office: Lab, place: Place, started: Started) -> None:
    """The printer has IPv4 and a number; the computer has none, and names."""
    until(office, "printer", "ip -4 address show dev eth0 | grep -q inet")
    assert run(office, "n6pc1", "systemctl", "stop", "v6mostly@eth0").status == 0
    until(office, "n6pc1", "! ip -4 address show dev eth0 | grep -q inet")
    plan = place.plan
    four, both = plan["v4only.name"], plan["web-ext.name"]
    program = started("needs4", "pilot", "--json", "--seat", str(SEAT))
    assert "Listening on pilot" in program.line(error=True)
    until(office, "printer", f"curl -sf -m 5 http://{plan['v4only.address4']}/")
    until(office, "n6pc1", f"curl -sf -m 5 http://{four}/")
    until(office, "n6pc1", f"curl -sf -m 5 http://{both}/")
    status, out, err = program.interrupt()
    assert status == 0, err
    told = json.loads(out)
    uses = {
        (use["host"], use["name"], use["cause"], use["way"])
        for use in told["uses"]
        if use["protocol"] == "TCP"
    }
    assert uses == {
        ("printer", None, "literal", "native"),
        ("n6pc1", four, "no-aaaa", "translated"),
    }
    assert {"printer", "n6pc1"} <= set(told["hosts"])
    assert plan["nat64.prefix"] in told["translators"]
    status, out, err = started("needs4", "pilto", "--seat", str(SEAT)).wait()
    assert (status, out) == (2, b"")
    assert "There is no node or link pilto; did you mean pilot?" in err
