"""Labs by day with one's own progress, and badges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.course import badges, content, exercises, labs, parts
from ipv6lab.course.progress import Achieved

COURSE = content.find()
HALF_A_DAY = 195  # minutes
LADDER = badges.load_badges(COURSE)
EVERY = {one.id: one for one in exercises.load_all(COURSE)}
LABS = {lab.name: lab for lab in labs.load_labs(COURSE)}


def names(lab: str) -> list[str]:
    return [session.name for session in LABS[lab].sessions]


def test_self_study_has_every_exercise_that_stands_in_order_and_no_lab_another() -> None:
    assert names("self-study") == list(EVERY)
    for lab in LABS.values():
        assert all(session.available for session in lab.sessions), lab.name
        assert len(set(names(lab.name))) == len(lab.sessions), lab.name


def test_what_belongs_to_three_days_is_in_them_once() -> None:
    days = [*names("day1"), *names("day2"), *names("day3")]
    assert len(days) == len(set(days))
    parted = {parts.split(one)[0] for one in days}
    assert {"L13.A", "L13.B", "L14.A", "L14.B", "L29.A", "L30", "K1"} <= set(days)
    assert not parted & {"L18", "L19"}
    assert [one.name for one in LABS["day2"].sessions if one.for_fast_groups] == [
        *("L10", "L13.B", "L14.B")
    ]
    assert [(one.name, one.shown) for one in LABS["day3"].sessions if one.shown] == [("L30", 15)]


def test_leaders_watch_and_never_type() -> None:
    assert all(one.shown for one in LABS["leaders"].sessions)
    assert sum(one.shown for one in LABS["leaders"].sessions) <= HALF_A_DAY
    assert {"L29.A", "L29.B", "L30"} <= set(names("leaders"))


@pytest.mark.parametrize("lab", LABS.values(), ids=lambda lab: lab.name)
def test_a_session_names_a_part_that_there_is(lab: labs.Lab) -> None:
    for one in lab.sessions:
        assert one.part is None or EVERY[one.exercise].part(one.part).minutes


def test_a_day_shows_what_was_achieved_in_it() -> None:
    achieved = {"L04": Achieved(100, ("M1", "M5")), "L01": Achieved(40, ("M1",))}
    day = labs.load_labs(COURSE, achieved)[0]
    scores = {one.exercise: one.achieved.score for one in day.sessions if one.achieved}
    assert scores == {"L01": 40, "L04": 100}
    assert day.done == 1
    assert labs.load_labs(COURSE)[0].done == 0


def test_a_part_of_an_exercise_is_done_by_itself() -> None:
    achieved = {"L13": Achieved(55, ("M1",), parts={"A": 100, "B": 0})}
    (day,) = (lab for lab in labs.load_labs(COURSE, achieved) if lab.name == "day2")
    scores = {one.name: one.score for one in day.sessions if one.score is not None}
    assert scores == {"L13.A": 100, "L13.B": 0}
    assert day.done == 1


def test_the_ladder_has_its_seven_steps() -> None:
    assert [badge.title for badge in LADDER] == [
        *("Newbie", "Explorer", "Enthusiast", "Administrator", "Professional", "Guru", "Sage")
    ]


def test_nobody_has_a_badge_for_nothing() -> None:
    assert not any(badge.earned({}) for badge in LADDER)


@given(st.sampled_from(LADDER), st.data())
def test_a_badge_needs_each_of_its_checks_and_scores(
    badge: badges.Badge, data: st.DataObject
) -> None:
    whole = {
        exercise: Achieved(100, tuple(check for other, check in badge.checks if other == exercise))
        for exercise in {one for one, _check in (*badge.checks, *badge.scores)}
    }
    assert badge.earned(whole)
    needed = data.draw(st.sampled_from((*badge.checks, *badge.scores)))
    exercise, what = needed
    had = whole[exercise]
    if isinstance(what, int):
        less = Achieved(what - 1, had.passed)
    else:
        less = Achieved(100, tuple(check for check in had.passed if check != what))
    assert not badge.earned({**whole, exercise: less})


@pytest.mark.parametrize("badge", LADDER, ids=lambda badge: badge.name)
def test_the_checks_of_a_badge_exist_where_their_exercise_does(badge: badges.Badge) -> None:
    for exercise, check in badge.checks:
        assert check in EVERY[exercise].hints
