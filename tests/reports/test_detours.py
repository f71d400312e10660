"""No line of a picture crosses what it does not belong to."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest

from ipv6lab.course import content, exercises
from ipv6lab.course.place import Place
from ipv6lab.reports import detours, in_words, svg
from ipv6lab.reports.layout import layout
from ipv6lab.reports.picture import measure
from ipv6lab.reports.shapes import Layout
from ipv6lab.reports.topology import Topology

EXERCISES = [one.id for one in exercises.load_all(content.find())]


def laid(described: dict[str, Any]) -> Layout:
    return layout(Topology.from_json(described), measure)


def joins_what_it_names(found: Layout) -> bool:
    """Every wire begins at the edge of its bar, ends at its box, and has no slanting piece."""
    ports = [(box, port) for box in found.boxes.values() for port in box.ports]
    for (box, port), wire, joint in zip(ports, found.wires, found.joints, strict=True):
        bar = found.bars[str(port.interface.link)]
        (x, y), (end_x, end_y) = wire[0], wire[-1]
        if not (bar.x <= x <= bar.x + bar.width and y in (bar.y, bar.y + bar.height)):
            return False
        if not (box.x <= end_x <= box.x + box.width and box.y <= end_y <= box.y + box.height):
            return False
        if joint != wire[0]:
            return False
        if any(
            one[0] != other[0] and one[1] != other[1] for one, other in itertools.pairwise(wire)
        ):
            return False
    return True


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("seat", [None, 40])
def test_no_line_crosses_a_bar_or_node_that_is_not_its_own(exercise: str, seat: int | None) -> None:
    described = Place.of(exercise, seat).description()
    found = laid(described)
    assert detours.crossings(found) == []
    assert joins_what_it_names(found)
    # As it is live: no address yet, or many long ones, and nobody has said where nodes stand.
    for addresses in ([], ["2001:db8:1fff:1110:1234:5678:9abc:def0/64 … DAD"] * 3):
        other = copy.deepcopy(described)
        for node in other["nodes"].values():
            for interface in node["interfaces"].values():
                interface["addresses"] = addresses
        assert detours.crossings(laid(other)) == []


def test_the_measure_finds_what_is_crossed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detours, "lead_around", lambda _found: None)
    found = laid(Place.of("L14", None).description())
    assert ("nms", "eth0", "dmz") in detours.crossings(found)


TUNNELS = {  # as they are when the reference solution is laid on
    "L16": [("hq-br", "br-dn")],
    "L17": [("hq-br", "br-dn")],
    "L18": [("hq-br", "br-dn"), ("hq-br", "br-dn")],
    "L19": [("rd-br", "ce1"), ("ce2", "rd-br")],
    "K1": [("hq-br", "br-dn")],
}


@pytest.mark.parametrize("exercise", TUNNELS)
def test_a_tunnel_is_a_pipe_around_all_that_is_not_its_own(exercise: str) -> None:
    described = Place.of(exercise, None).description()
    ends = TUNNELS[exercise]
    described["tunnels"] = [
        [[one, f"tun{at}"], [other, f"tun{at}"]] for at, (one, other) in enumerate(ends)
    ]
    found = laid(described)
    assert len(found.pipes) == len(ends)
    for pipe, names in zip(found.pipes, ends, strict=True):
        areas = [detours.Area.of(found.boxes[name]) for name in names]
        reached = {
            at
            for x, y in (pipe[0], pipe[-1])
            for at, area in enumerate(areas)
            if area.wider(0.1).is_crossed((x, y), (x, y))
        }
        assert reached == {0, 1}
        passed = [*found.bars.values(), *found.boxes.values()]
        for piece in itertools.pairwise(pipe):
            assert not any(detours.Area.of(item).is_crossed(*piece) for item in passed)
    for one, other in itertools.combinations(found.pipes, 2):  # each is seen as one of its own
        for piece, its in itertools.product(itertools.pairwise(one), itertools.pairwise(other)):
            assert not lie_together(piece, its)
    assert detours.crossings(found) == []
    drawing = svg.inline(described, str)
    plain = svg.inline({**described, "tunnels": []}, str)
    assert drawing.count("stroke-width: 6") == len(ends) + plain.count("stroke-width: 6")
    words = "\n".join(in_words.lines(described, str))
    for at, (one, other) in enumerate(ends):
        assert f"Tunnel {one} (tun{at}) – {other} (tun{at})" in words
        assert f"A tunnel joins {one} and {other}." in in_words.description(described, str)


def lie_together(one: tuple[Any, Any], other: tuple[Any, Any]) -> bool:
    """Whether two pieces of pipes run along each other so near that their walls meet."""
    for along in (0, 1):
        across = 1 - along
        if one[0][across] == one[1][across] and other[0][across] == other[1][across]:
            near = abs(one[0][across] - other[0][across]) < 6
            low, high = sorted((one[0][along], one[1][along]))
            least, most = sorted((other[0][along], other[1][along]))
            return near and high > least and low < most
    return False
