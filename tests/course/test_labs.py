"""Labs by day with one's own progress, and badges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.course import badges, content, labs
from ipv6lab.course.progress import Achieved

COURSE = content.find()
LADDER = badges.load_badges(COURSE)
EVERY = [f"L{number:02}" for number in range(1, 31)] + ["S1", "K1", "K2"]


def exercises(name: str) -> list[str]:
    [lab] = [lab for lab in labs.load_labs(COURSE) if lab.name == name]
    return [session.exercise for session in lab.sessions]


def test_every_exercise_of_the_course_is_in_a_lab_and_self_study_has_them_in_order() -> None:
    assert exercises("self-study") == EVERY
    days = exercises("day1") + exercises("day2") + exercises("day3")
    assert len(days) == len(set(days))
    assert exercises("openflow") == ["S1"]
    assert exercises("leaders") == ["L01", "L04", "L14", "L16", "L22", "L29"]
    assert {one for lab in labs.load_labs(COURSE) for one in exercises(lab.name)} == set(EVERY)


def test_a_day_shows_what_was_achieved_in_it() -> None:
    achieved = {"L04": Achieved(100, ("M1", "M5")), "L01": Achieved(40, ("M1",))}
    day = labs.load_labs(COURSE, achieved)[0]
    scores = {one.exercise: one.achieved.score for one in day.sessions if one.achieved}
    assert scores == {"L01": 40, "L04": 100}
    assert day.done == 1
    assert labs.load_labs(COURSE)[0].done == 0


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
    from ipv6lab.course.exercises import identifiers, load

    there = identifiers(COURSE)
    for exercise, check in badge.checks:
        assert exercise in EVERY
        if exercise in there:
            assert check in load(COURSE, exercise).hints
