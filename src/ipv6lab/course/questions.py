"""The questions of the tests before and after the course: ``labs/questions/<theme>.toml``.

::

    title = "Addresses and routes"

    [which-length]
    ask = "Which prefix length has the staff LAN?"
    right = "`/64`"
    wrong = { "`/48`" = "That is what the whole agency has: one LAN would use all of it." }

``{{ name }}`` is looked up in the seat's plan. What stands wholly in backquotes is code and the
same in every language. Of each theme a seat draws some questions for each of two parallel forms:
as many of a theme in the one as in the other, and none twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ipv6lab.course import languages
from ipv6lab.course.content import Content
from ipv6lab.course.lookups import look_up
from ipv6lab.course.table import Table

FOLDER = "questions"
BEFORE, AFTER = FORMS = ("before", "after")
LENGTH = 20  # questions in a form
LETTERS = "abcd"
One = TypeVar("One")


@dataclass(frozen=True)
class Question:
    """One question: its texts are English templates; `wrong` says what each choice would mean."""

    theme: str
    name: str
    ask: str
    right: str
    wrong: dict[str, str]

    @property
    def id(self) -> str:
        return f"{self.theme}/{self.name}"

    @property
    def choices(self) -> tuple[str, ...]:
        return (self.right, *self.wrong)


@dataclass(frozen=True)
class Theme:
    """What questions of one file are about; the title is English, to be translated."""

    name: str
    title: str
    questions: tuple[Question, ...]


def files(course: Content) -> list[Path]:
    """The files of the pool; none where the course has no tests."""
    return sorted((course.labs / FOLDER).glob("*.toml"))


def load(course: Content) -> list[Theme]:
    """The pool, by theme. Raises LabError."""
    return [_theme(file) for file in files(course)]


def _theme(file: Path) -> Theme:
    table = Table.read(file)
    title = table.text("title")
    questions = []
    for name in table.keys:
        if name == "title":
            continue
        asked = table.table(name)
        wrong = asked.table("wrong")
        meant = {choice: wrong.text(choice) for choice in wrong.keys}
        wrong.finish()
        questions.append(Question(file.stem, name, asked.text("ask"), asked.text("right"), meant))
        asked.finish()
    table.finish()
    return Theme(file.stem, title, tuple(questions))


def is_code(text: str) -> bool:
    """Whether a text is the same in every language.

    >>> is_code("`2001:db8::1`"), is_code("the `A` flag")
    (True, False)
    """
    return text[0] == text[-1] == "`" and text.count("`") == 2


def messages(course: Content) -> Iterator[tuple[str, Path]]:
    """What is to be translated, with the file that it comes from."""
    for file in files(course):
        theme = _theme(file)
        yield theme.title, file
        for one in theme.questions:
            for text in (
                one.ask,
                one.right,
                *(part for pair in one.wrong.items() for part in pair),
            ):
                if not is_code(text):
                    yield text, file


def catalogue(course: Content, language: str) -> Path:
    """The file with the translation of the whole pool."""
    return course.labs / FOLDER / f"{language}.po"


def said(course: Content, text: str, language: str, plan: Mapping[str, str]) -> str:
    """A text of the pool in a language, with the values of a seat."""
    if language != languages.SOURCE and not is_code(text):
        text = languages.translate_from(catalogue(course, language), text)
    return look_up(text, plan, str(course.labs / FOLDER))


def drawn(themes: Sequence[Theme], seat: int | None) -> dict[str, list[Question]]:
    """The two forms of a seat, each of `LENGTH` questions where the pool has enough."""
    forms: dict[str, list[Question]] = {form: [] for form in FORMS}
    order = _shuffled(themes, f"themes/{seat or 0}")
    for place, theme in enumerate(order):
        count = LENGTH // len(order) + (place < LENGTH % len(order))
        count = min(count, len(theme.questions) // len(FORMS))
        mixed = _shuffled(theme.questions, f"{theme.name}/{seat or 0}")
        for index, form in enumerate(FORMS):
            forms[form] += mixed[index * count : (index + 1) * count]
    return {form: _shuffled(asked, f"{form}/{seat or 0}") for form, asked in forms.items()}


def offered(question: Question, seat: int | None) -> dict[str, str]:
    """The choices of a question by letter, in the order in which a seat sees them."""
    return dict(
        zip(LETTERS, _shuffled(question.choices, f"{question.id}/{seat or 0}"), strict=False)
    )


def _shuffled(things: Sequence[One], seed: str) -> list[One]:
    """The same order for the same seed, on every machine and in every version of Python."""
    lots = [hashlib.sha256(f"{seed}/{count}".encode()).digest() for count in range(len(things))]
    return [things[index] for index in sorted(range(len(things)), key=lots.__getitem__)]
