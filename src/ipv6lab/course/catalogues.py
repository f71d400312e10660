"""The catalogues of messages: what is to be translated, and whether it is.

``python -m ipv6lab.course.catalogues update`` brings every ``vi.po`` up to date with its sources;
``check`` names each message that is missing or obsolete, and each translation that lost a value.

=================================== =============================================================
catalogue                           its messages
=================================== =============================================================
``src/ipv6lab/locale/vi.po``        what the engine says by ``_()`` or an error; levels, labs
``exercises/<ID>-<slug>/vi.po``     ``exercise.toml``, paragraphs of ``task.md``; ``checks.py``:
                                    ``_()`` and the first docstring line of each check
``notebooks/<name>.vi.po``          paragraphs of the notebook, and comments in its cells
``solutions/<ID>/explained.vi.po``  paragraphs of ``explained.md``
``labs/questions/vi.po``            questions of the tests, their choices, what those mean
``README.vi.po``, ``docs/…``        paragraphs of the pages that `pages` names
=================================== =============================================================
"""

from __future__ import annotations

import ast
import io
import re
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import normalize, read_po

from ipv6lab.course import (
    badges,
    content,
    exercises,
    explained,
    front_pages,
    labs,
    languages,
    notebooks,
    questions,
    tasks,
)
from ipv6lab.course.content import Content
from ipv6lab.course.lookups import PLACE
from ipv6lab.words.errors import LabError

MARKERS = {"_", "Message", "LabError", "Unsupported", "NotJudged"}
CHECK_KINDS = {"must", "must_not", "still", "note"}
_VALUE = re.compile(r"\{[^{}]*\}")

PACKAGE = languages.ENGINE_CATALOGUES.parent

HEADER = "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\nLanguage: {}\n"


@dataclass
class Source:
    """A catalogue's file, and its messages with the files they come from, in order."""

    file: Path
    language: str
    messages: dict[str, list[str]] = field(default_factory=dict)

    def add(self, text: str, origin: Path, root: Path) -> None:
        name = origin.relative_to(root).as_posix()
        origins = self.messages.setdefault(text, [])
        if name not in origins:
            origins.append(name)


def sources(course: Content, language: str) -> Iterator[Source]:
    """What there is to be translated: the engine, then each exercise."""
    yield _engine(course, language)
    for exercise in exercises.load_all(course):
        yield _exercise(exercise, language)
    for notebook in notebooks.files(course):
        yield _notebook(notebook, language)
    for explanation in explained.files(course):
        source = Source(explained.catalogue(explanation, language), language)
        for text in explained.messages(explanation):
            source.add(text, explanation, explanation.parent)
        yield source
    if questions.files(course):
        source = Source(questions.catalogue(course, language), language)
        for text, origin in questions.messages(course):
            source.add(text, origin, course.root)
        yield source
    for page, file in front_pages.files(course):
        source = Source(front_pages.catalogue(file, language), language)
        for text in front_pages.messages(page, file):
            source.add(text, file, course.root)
        yield source


def _engine(course: Content, language: str) -> Source:
    source = Source(languages.ENGINE_CATALOGUES / f"{language}.po", language)
    for file in sorted(PACKAGE.rglob("*.py")):
        for text in marked(ast.parse(file.read_text(encoding="utf-8"))):
            source.add(text, file, PACKAGE)
    for level in exercises.LEVELS:
        source.add(level, Path(exercises.__file__), PACKAGE)
    for lab in labs.load_labs(course):
        source.add(lab.title, course.labs / f"{lab.name}.toml", course.root)
    for badge in badges.load_badges(course):
        source.add(badge.title, course.labs / badges.FILE, course.root)
    return source


def _exercise(exercise: exercises.Exercise, language: str) -> Source:
    source = Source(exercise.folder / f"{language}.po", language)
    description = exercise.folder / exercises.DESCRIPTION
    for text in (exercise.title, exercise.group):
        source.add(text, description, exercise.folder)
    for part in exercise.parts:
        source.add(part.title, description, exercise.folder)
    for ladder in exercise.hints.values():
        for hint in ladder:
            source.add(hint.text, description, exercise.folder)
    for question in exercise.questions.values():
        source.add(question, description, exercise.folder)
    for block in tasks.read_task(exercise.task):
        if block.prose:
            source.add(block.text, exercise.task, exercise.folder)
    if exercise.checks.exists():
        tree = ast.parse(exercise.checks.read_text(encoding="utf-8"))
        for text in (*titles(tree), *marked(tree)):
            source.add(text, exercise.checks, exercise.folder)
    return source


def _notebook(notebook: Path, language: str) -> Source:
    source = Source(notebooks.catalogue(notebook, language), language)
    for text in notebooks.messages(notebooks.read(notebook)):
        source.add(text, notebook, notebook.parent)
    return source


def marked(tree: ast.AST) -> list[str]:
    """The texts that a module marks for translation, in their order; those that hold words.

    >>> marked(ast.parse('fail(_("No route to {node}.", node=node), _("{sign}", sign=sign))'))
    ['No route to {node}.']
    """
    found = [
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func) in MARKERS and node.args
    ]
    texts = [
        (argument.lineno, argument.col_offset, argument.value)
        for argument in found
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    return [
        text
        for _line, _column, text in sorted(texts)
        if any(character.isalpha() for character in _VALUE.sub("", text))
    ]


def titles(tree: ast.AST) -> Iterator[str]:
    """The titles of a module's checks: the first line of each one's docstring."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            isinstance(decorator, ast.Call) and _name(decorator.func) in CHECK_KINDS
            for decorator in node.decorator_list
        ):
            described = ast.get_docstring(node)
            if described:
                yield described.splitlines()[0]


def _name(function: ast.expr) -> str | None:
    """What a function is called by, with or without its module."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None


# -- the catalogues


def read_catalogue(file: Path) -> Catalog:
    """The catalogue; an empty one where there is none."""
    try:
        return read_po(io.BytesIO(file.read_bytes()), abort_invalid=True)
    except FileNotFoundError:
        return Catalog()


def update(source: Source) -> None:
    """Write the catalogue anew: every message of the source, with the translation it has."""
    known = read_catalogue(source.file)
    parts = [_entry("", HEADER.format(source.language), [])]
    for text, origins in source.messages.items():
        message = known.get(text)
        translated = message.string if message and isinstance(message.string, str) else ""
        parts.append(_entry(text, translated, origins))
    source.file.parent.mkdir(parents=True, exist_ok=True)
    # In one step, so that nobody reads half a catalogue.
    new = source.file.with_suffix(".new")
    new.write_text("\n".join(parts), encoding="utf-8")
    new.replace(source.file)


def _entry(text: str, translated: str, origins: list[str]) -> str:
    comment = "".join(f"#: {origin}\n" for origin in origins)
    return f"{comment}msgid {normalize(text)}\nmsgstr {normalize(translated)}\n"


def mistakes(source: Source) -> Iterator[str]:
    """What is wrong with a catalogue, one line each."""
    known = read_catalogue(source.file)
    for text in source.messages:
        message = known.get(text)
        translated = message.string if message and isinstance(message.string, str) else ""
        if not translated:
            yield f"{source.file}: missing: {text}"
        elif message and message.fuzzy:
            yield f"{source.file}: fuzzy: {text}"
        elif places(text) != places(translated):
            yield f"{source.file}: other values than in the source: {text}"
    for message in known:
        if message.id and message.id not in source.messages:
            yield f"{source.file}: obsolete: {message.id}"


def places(text: str) -> tuple[set[str], set[str]]:
    """The names that stand for values: ``{{ plan.name }}`` and ``{value}``.

    >>> places("{{ staff.prefix }} as {prefix}")
    ({'staff.prefix'}, {'prefix'})
    """
    looked_up = set(PLACE.findall(text))
    try:
        parsed = list(string.Formatter().parse(PLACE.sub("", text)))
    except ValueError:  # a task may hold a single brace: it has no values
        parsed = []
    return looked_up, {name for _text, name, _format, _conversion in parsed if name}


def main(arguments: list[str]) -> int:
    """``update`` or ``check``; 1 when something is not as it should be."""
    if arguments not in (["update"], ["check"]):
        print("usage: python -m ipv6lab.course.catalogues update|check", file=sys.stderr)
        return 2
    try:
        found = [
            source
            for language in languages.LANGUAGES
            if language != languages.SOURCE
            for source in sources(content.find(), language)
        ]
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    if arguments == ["update"]:
        for source in found:
            update(source)
        front_pages.write(content.find())
    wrong = [line for source in found for line in mistakes(source)]
    print("\n".join(wrong) or "Every message is translated.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
