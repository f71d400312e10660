"""What an exercise draws for each seat."""

from __future__ import annotations

import dataclasses
import re

import pytest

from ipv6lab.course import content, exercises
from ipv6lab.course.draws import drawn
from ipv6lab.words.errors import LabError

COURSE = content.find()
PLAN = {"agency.group": "1007"}


def draw(seat: int | None, **draws: str | dict[str, str]) -> dict[str, str]:
    exercise = dataclasses.replace(exercises.load(COURSE, "L04"), draws=draws)
    return drawn(exercise, seat, PLAN)


def test_digits_are_the_seat_s_own_and_always_the_same() -> None:
    first = draw(7, x="????:????", y="192.0.2.1##")
    assert first == draw(7, x="????:????", y="192.0.2.1##")
    assert first != draw(8, x="????:????", y="192.0.2.1##")
    assert re.fullmatch("[1-9a-f]{4}:[1-9a-f]{4}", first["draw.x"])
    assert re.fullmatch(r"192\.0\.2\.1[1-9]{2}", first["draw.y"])
    assert draw(None, x="????????") == draw(0, x="????????")


def test_what_was_drawn_before_and_the_plan_can_be_named() -> None:
    found = draw(7, x="??", y="2001:db8:{{ agency.group }}::{{ draw.x }}")
    assert found["draw.y"] == "2001:db8:1007::" + found["draw.x"]
    with pytest.raises(LabError, match=r"exercise.toml: the addressing plan has no draw.z"):
        draw(7, y="{{ draw.z }}")


def test_one_line_of_a_table_is_drawn_with_what_belongs_to_it() -> None:
    kinds = {"fe80::????": "link-local", "ff02::????": "multicast"}
    seen = set()
    for seat in range(20):
        found = draw(seat, kind=kinds)
        assert kinds[found["draw.kind"][:6] + "????"] == found["draw.kind.is"]
        seen.add(found["draw.kind.is"])
    assert seen == set(kinds.values())
