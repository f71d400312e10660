"""How long one listens to the routers of a link: until all have answered that can."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import pytest

from ipv6lab.course.listening import ALL_ROUTERS, advertisements
from ipv6lab.words.errors import LabError
from tests.ladder.frames import NETWORK, ROGUE, ROUTER, octets

HEAD = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


class Channel:
    """What a program says, or a capture until somebody ends it."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts, self.ended_after = parts, -1

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for number, part in enumerate(self.parts):
            if self.ended_after >= 0:
                break
            self.number = number
            yield "O", part
        yield "X", {"status": 0}

    def end_input(self) -> None: ...

    def signal(self, _number: int) -> None:
        self.ended_after = self.number


class Lab:
    """A lab in which these nodes are in the group of all routers on the LAN."""

    def __init__(self, members: dict[str, str], frames: list[str]) -> None:
        self.members = members
        records = [
            struct.pack("=IIII", 1, 0, len(one), len(one)) + one for one in map(octets, frames)
        ]
        self.captured = Channel([HEAD, *records])
        self.asked: list[str] = []

    def request(self, _operation: str) -> dict[str, Any]:
        return {"network": NETWORK}

    def open(self, operation: str, node: str, **request: Any) -> Channel:
        if operation == "capture":
            return self.captured
        if request["argv"][0] == "rdisc6":
            self.asked.append(node)
            return Channel([])
        groups = (
            f"1 lo ff020000000000000000000000000001 1 0C 0\n2 {self.members.get(node, 'eth9')} "
        )
        return Channel([f"{groups}{ALL_ROUTERS} 1 0C 0\n".encode()])


def heard(lab: Lab) -> set[str]:
    return set(advertisements(lab, "lan"))  # type: ignore[arg-type]


def test_it_ends_when_the_only_router_has_answered() -> None:
    lab = Lab({"gw": "lan"}, ["ra", "ra", "ra"])
    assert heard(lab) == {ROUTER}
    assert (lab.asked, lab.captured.ended_after) == (["pc"], 1)


def test_it_waits_for_every_node_that_hears_the_question() -> None:
    lab = Lab({"gw": "lan", "rogue": "eth0"}, ["ra", "ra", "rogue ra", "ra"])
    assert heard(lab) == {ROUTER, ROGUE}
    assert lab.captured.ended_after == 3


def test_it_listens_to_the_end_where_nobody_is_known_to_answer() -> None:
    lab = Lab({}, ["rogue ra", "ra"])
    assert heard(lab) == {ROUTER, ROGUE}
    assert lab.captured.ended_after == -1


def test_a_link_that_is_none() -> None:
    with pytest.raises(LabError, match="no link nonsense here; the links are lan, wan"):
        advertisements(Lab({}, []), "nonsense")  # type: ignore[arg-type]
