"""A day by the minute: nothing overlaps, nothing is left out, and nobody sits too long."""

from __future__ import annotations

import json

import pytest

from ipv6lab.cli import program
from ipv6lab.course import content, exercises, labs, parts, timetable

COURSE = content.find()
EVERY = exercises.load_all(COURSE)
MINUTES = {
    **{one.id: one.minutes for one in EVERY},
    **{parts.name(one.id, part.number): part.minutes for one in EVERY for part in one.parts},
}
MOST = 390  # minutes of a day, talk and review among them
LONG = {"self-study"}  # which is no day
DAYS = [lab for lab in labs.load_labs(COURSE) if lab.name.startswith("day")]


@pytest.mark.parametrize("begin", [7 * 60 + 30, 8 * 60, 13 * 60])
@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_a_day_holds_its_exercises_without_gap(day: labs.Lab, begin: int) -> None:
    slots = timetable.day(day, MINUTES, begin, first=True, last=True)
    now = begin
    for slot in slots:
        assert slot.begin == now
        now += slot.minutes
    worked = {slot.exercise: slot.minutes for slot in slots if slot.kind in ("work", "shown")}
    standing = [one for one in day.sessions if not one.for_fast_groups]
    assert worked == {one.name: one.shown or MINUTES[one.name] for one in standing}
    assert slots[0].kind == "before"
    assert slots[-1].kind == "after"
    rests = [slot.begin for slot in slots if slot.kind in ("pause", "lunch")]
    longest = timetable.STRETCH + timetable.TALK + timetable.BOARD + max(worked.values())
    for one, following in zip([begin, *rests], [*rests, now], strict=True):
        assert following - one <= longest + timetable.LUNCH


@pytest.mark.parametrize("lab", labs.load_labs(COURSE), ids=lambda lab: lab.name)
def test_no_day_is_longer_than_people_can_follow(lab: labs.Lab) -> None:
    spent = {
        one.name: one.shown or MINUTES[one.name] + timetable.TALK + timetable.BOARD
        for one in lab.sessions
        if not one.for_fast_groups
    }
    assert lab.name in LONG or 0 < sum(spent.values()) <= MOST, spent
    slots = timetable.day(lab, MINUTES, 8 * 60)
    told = sum(slot.minutes for slot in slots if slot.kind not in ("pause", "lunch"))
    assert told == sum(spent.values())


def test_who_only_watches_is_not_tested() -> None:
    (leaders,) = (lab for lab in labs.load_labs(COURSE) if lab.name == "leaders")
    slots = timetable.day(leaders, MINUTES, 8 * 60, first=True, last=True)
    assert {slot.kind for slot in slots} <= {"shown", "pause", "lunch"}


def test_lunch_comes_once_and_near_noon() -> None:
    slots = timetable.day(DAYS[0], MINUTES, 8 * 60)
    lunch = [slot for slot in slots if slot.kind == "lunch"]
    assert len(lunch) == 1
    assert timetable.NOON <= lunch[0].begin <= timetable.NOON + 60


def test_the_days_are_shown_in_both_languages(capfd: pytest.CaptureFixture[str]) -> None:
    assert program.run(["timetable", "day1", "--begin", "7:30", "--lang", "vi"]) == 0
    page = capfd.readouterr().out
    assert "07:30   25  bài kiểm tra trước khóa học" in page
    assert "L01" in page
    assert program.run(["timetable", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert list(told) == [day.name for day in DAYS]
    assert told["day1"][0] == {"begin": "08:00", "minutes": 25, "kind": "before", "exercise": None}


@pytest.mark.parametrize("words", [["nowhere"], ["--begin", "25:00"], ["--begin", "8"]])
def test_what_is_none_is_refused(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert program.run(["timetable", *words]) == 2
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert "Traceback" not in said
