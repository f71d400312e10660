"""The tests before and after the course: the pool, what a seat draws, and what is learnt."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ipv6lab.cli import program
from ipv6lab.course import content, languages, learnt, plan, questions
from ipv6lab.course.questions import AFTER, BEFORE, FORMS
from ipv6lab.words.errors import LabError

COURSE = content.find()
THEMES = questions.load(COURSE)
EVERY = [one for theme in THEMES for one in theme.questions]
Ask = Callable[..., str]
SEATS = (None, 1, 7, 40, 255, 4095)


def test_the_pool_is_large_enough_for_each_theme() -> None:
    assert len(EVERY) >= 120
    assert {theme.name: len(theme.questions) for theme in THEMES if len(theme.questions) < 10} == {}


@pytest.mark.parametrize("language", languages.LANGUAGES)
@pytest.mark.parametrize("seat", SEATS)
def test_at_every_seat_the_choices_of_a_question_differ(language: str, seat: int | None) -> None:
    """So one is right: what is read as the right one is never offered as a wrong one too."""
    values = plan.addressing_plan(COURSE, seat)
    for one in EVERY:
        shown = [questions.said(COURSE, text, language, values) for text in one.choices]
        assert len(shown) >= 3, one.id
        assert len({" ".join(text.casefold().split()) for text in shown}) == len(shown), one.id
        assert len(shown) <= len(questions.LETTERS), one.id
        for text in (one.ask, *one.wrong.values(), *one.choices):
            said = questions.said(COURSE, text, language, values)
            assert not re.search(r"\{\{|\}\}", said), said


def test_what_a_wrong_choice_would_mean_is_a_sentence() -> None:
    for one in EVERY:
        for choice, means in one.wrong.items():
            assert means.endswith("."), (one.id, choice)
            assert len(means.split()) >= 3, (one.id, choice)


def test_no_question_is_asked_in_two_ways() -> None:
    assert len({one.ask for one in EVERY}) == len(EVERY)


def test_every_text_is_there_in_vietnamese() -> None:
    same = {
        text
        for text, _file in questions.messages(COURSE)
        if questions.said(COURSE, text, "vi", _Names()) == text
        and re.search(r"[a-z]{3} [a-z]{2}", text)
    }
    assert not same


class _Names(dict[str, str]):
    """A plan in which every name is its own value, so that texts can be compared unfilled."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return f"{{{{ {name} }}}}"


@pytest.mark.parametrize("seat", [None, *range(1, 60), 4095])
def test_the_two_forms_are_parallel_and_share_no_question(seat: int | None) -> None:
    forms = questions.drawn(THEMES, seat)
    assert [len(forms[form]) for form in FORMS] == [questions.LENGTH, questions.LENGTH]
    names = [one.id for form in FORMS for one in forms[form]]
    assert len(set(names)) == len(names)
    about = [sorted(one.theme for one in forms[form]) for form in FORMS]
    assert about[0] == about[1]
    assert {one.theme for one in forms[BEFORE]} == {theme.name for theme in THEMES}


def test_a_seat_draws_the_same_again_and_seats_draw_differently() -> None:
    assert questions.drawn(THEMES, 3) == questions.drawn(THEMES, 3)
    drawn = {tuple(one.id for one in questions.drawn(THEMES, seat)[BEFORE]) for seat in range(40)}
    assert len(drawn) == 40


def test_the_right_choice_stands_at_every_letter() -> None:
    """No letter is right so often that choosing it blindly would pass."""
    at = [
        next(letter for letter, text in questions.offered(one, seat).items() if text == one.right)
        for seat in range(20)
        for one in EVERY
    ]
    assert all(0.28 < at.count(letter) / len(at) < 0.38 for letter in "abc")


def _sheet(seat: int, known: dict[str, set[str]]) -> learnt.Sheet:
    """Somebody who knows these themes, by form, and chooses a wrong answer in all others."""
    sheet = learnt.Sheet(seat, closed=list(FORMS))
    for form, asked in questions.drawn(THEMES, seat).items():
        for one in asked:
            chosen = one.right if one.theme in known[form] else next(iter(one.wrong))
            sheet.chosen[form][one.id] = chosen
    return sheet


def test_the_theme_that_gained_least_is_named() -> None:
    every = {theme.name for theme in THEMES}
    class_ = [_sheet(seat, {BEFORE: {"web"}, AFTER: every - {"names"}}) for seat in range(1, 9)]
    found = learnt.gains(THEMES, class_)
    assert [one.theme.name for one in learnt.least(found)] == ["names"]
    by_theme = {one.theme.name: one for one in found}
    assert by_theme["web"].gain == 0  # known before: nothing to gain, and not the one to repeat
    assert by_theme["names"].right == {BEFORE: 0, AFTER: 0}
    assert by_theme["tunnels"].gain == 1
    assert by_theme["tunnels"].asked == {BEFORE: 16, AFTER: 16}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"seat": 5000, "chosen": {"before": {}, "after": {}}, "closed": []}',
        '{"seat": 1, "chosen": {"before": []}, "closed": []}',
        '{"seat": 1, "chosen": {"before": {}, "after": {}}, "closed": 1}',
        "[" * 100_000,
    ],
)
def test_a_file_that_is_none_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tests.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match="holds no answers"):
        learnt.read(file)


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Ask:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("IPV6LAB_SEAT", "7")

    def run(words: str, status: int = 0) -> str:
        assert program.run(["test", *words.split(), "--lang", "en"]) == status
        said = capfd.readouterr()
        assert "Traceback" not in said.err
        return said.out + said.err

    return run


def test_what_was_right_is_told_only_when_both_are_closed(ask: Ask, tmp_path: Path) -> None:
    page = ask("before")
    assert page.count("a) ") == 20
    assert "Answered: 0 of 20" in page
    forms = questions.drawn(THEMES, 7)
    assert "opens when" in ask("after", 2)
    assert "Answered: 2 of 20" in ask("before 1a 20C")
    assert "Answered: 2 of 20" in ask("before 1b")
    for words in ("before 0a", "before 21a", "before 1z", "before x", "answers", "report"):
        said = ask(words, 2)
        assert said.count("\n") == 1, said
    assert "closed" in ask("before --close")
    assert "is closed" in ask("before 1a", 2)
    assert "both tests" in ask("answers", 2)
    right = " ".join(
        f"{number}{letter}"
        for number, one in enumerate(forms[AFTER], 1)
        for letter, choice in questions.offered(one, 7).items()
        if choice == one.right
    )
    assert "Answered: 20 of 20" in ask(f"after {right} --close")
    shown = json.loads(ask("answers --json"))
    assert len(shown) == 40
    assert all(one["known"] for one in shown if one["test"] == AFTER)
    assert all(len(one["means"]) == 2 for one in shown)
    assert "Everything that was asked" in ask("report")
    file = next((tmp_path / "data").rglob(learnt.FILE))
    told = json.loads(ask(f"report {file} {file} --json"))
    assert told["people"] == 2
    assert sum(one["right"][AFTER] for one in told["themes"]) == 40
    assert "begun at seat 7" in ask("before --seat 8", 2)
