"""All that is taught with one exercise, from the texts that the course has of it.

Task, notebook, trainer's handbook and glossary, in one language and with one seat's addresses:
what slides and hand-outs are made of, so that neither has a text of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ipv6lab.course import glossary, handbook, languages, notebooks
from ipv6lab.course.lookups import look_up
from ipv6lab.course.place import Place
from ipv6lab.course.speech import Speech
from ipv6lab.course.tasks import Block, blocks, read_task

# By their English headings: how one works with the tool, which is the same for every exercise.
WAYS = frozenset(
    {
        "Where to work",
        "How to answer",
        "When you think that it works",
        "When you think that it is right",
    }
)
LOOK = frozenset({"How to look", "What helps"})
WHO = "Who is who"
_TO_TAKE_AWAY = "To take away:"
_PREDICT = "%%predict"


@dataclass(frozen=True)
class Section:
    """A part of a text: `name` is its English heading (empty before the first), for programs."""

    name: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Prediction:
    """What a notebook wants to be guessed, under the heading of its section."""

    heading: str
    text: tuple[str, ...]


@dataclass(frozen=True)
class Lesson:
    """One exercise as it is taught; texts are Markdown, `handbook` is by the English names."""

    place: Place
    language: str
    title: str
    group: str
    task: tuple[Section, ...]
    questions: dict[str, str]
    handbook: dict[str, str]
    predictions: tuple[Prediction, ...]
    take_away: tuple[Block, ...]

    @staticmethod
    def of(name: str, seat: str | int | None, speech: Speech) -> Lesson:
        """Raises LabError for an unknown exercise or seat, or a text that cannot be read."""
        place = Place.of(name, seat)
        exercise, language = place.exercise, speech.language
        said = speech.of(exercise.folder)
        notebook = _notebook(place, language)
        return Lesson(
            place,
            language,
            said(exercise.title),
            said(exercise.group),
            tuple(_sections(place, said)),
            place.questions(said),
            handbook.section(place.content, exercise.id, language),
            tuple(_predictions(notebook)),
            tuple(_take_away(notebook)),
        )

    @property
    def terms(self) -> list[glossary.Term]:
        """The terms of the glossary that stand in the task, those with a meaning first."""
        text = "\n\n".join(block.text for section in self.task for block in section.blocks)
        known = glossary.load_terms(self.place.content)
        found = [term for term in known if glossary.occurs(term, text, self.language)]
        return sorted(found, key=lambda term: not term.means)


def _sections(place: Place, said: Callable[[str], str]) -> Iterator[Section]:
    file = place.exercise.task
    name, heading, held = "", "", list[Block]()
    for block in read_task(file):
        text = said(block.text) if block.prose else block.text
        shown = Block(look_up(text, place.plan, str(file)), block.prose)
        if block.prose and block.text.startswith("# "):
            continue
        if block.prose and block.text.startswith("## "):
            yield Section(name, heading, tuple(held))
            name, heading, held = block.text[3:], shown.text.lstrip("# "), []
        else:
            held.append(shown)
    yield Section(name, heading, tuple(held))


def _notebook(place: Place, language: str) -> list[tuple[Block, str]]:
    """The blocks of the exercise's notebook, each with its text in the language."""
    file = place.content.notebooks / f"{place.exercise.folder.name}.md"
    if not file.is_file():
        return []
    text = notebooks.read(file)
    catalogue = notebooks.catalogue(file, language)

    def said(one: str) -> str:
        return one if language == languages.SOURCE else languages.translate_from(catalogue, one)

    return [
        (block, said(block.text) if block.prose else block.text)
        for block in blocks(notebooks.with_folds(text))
    ]


def _predictions(notebook: list[tuple[Block, str]]) -> Iterator[Prediction]:
    """What stands before each cell for a guess; where other cells come between, before those."""
    heading, held = "", list[str]()
    said: tuple[str, ...] = ()
    for block, text in notebook:
        if block.prose and block.text.startswith("## "):
            heading, held, said = text.lstrip("#0123456789. "), [], ()
        elif block.prose or not block.text.startswith(notebooks.CODE_CELL):
            held.append(text)
        else:
            said = tuple(held) or said
            held = []
            if _PREDICT in block.text.splitlines():
                yield Prediction(heading, said)


def _take_away(notebook: list[tuple[Block, str]]) -> Iterator[Block]:
    inside = False
    for block, text in notebook:
        if block.text == _TO_TAKE_AWAY:
            inside = True
        elif inside and block.prose and block.text.startswith(("- ", "* ")):
            yield Block(text, prose=True)
        else:
            inside = False
