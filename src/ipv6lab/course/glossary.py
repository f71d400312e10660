"""The words of the course in both languages: ``labs/glossary.toml``.

>>> from ipv6lab.course import content
>>> find(load_terms(content.find()), "đường hầm").names["en"]
('tunnel',)
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ipv6lab.course import languages
from ipv6lab.course.content import Content
from ipv6lab.course.table import Table

FILE = "glossary.toml"
# What Markdown does not read as prose, or shows as a heading or a link already.
_OTHER = re.compile(
    r"```.*?```|~~~.*?~~~|`[^`\n]*`|^#.*?$|!?\[[^\]]*\]\([^)]*\)|<[^>]*>|https?://\S+",
    re.DOTALL | re.MULTILINE,
)
_BRACKETS = re.compile(r"\(([^)]*)\)")


@dataclass(frozen=True)
class Term:
    """One thing: its names by language, the first the one to use, and perhaps what it means."""

    names: dict[str, tuple[str, ...]]
    means: dict[str, str]

    def spellings(self, language: str) -> Iterator[str]:
        """What it may be called: whole, and without and within the brackets."""
        for name in self.names[language]:
            yield name
            if "(" in name:
                yield " ".join(_BRACKETS.sub(" ", name).split())
                yield from _BRACKETS.findall(name)


def load_terms(course: Content) -> list[Term]:
    """The terms; none where the course has no glossary. Raises LabError."""
    file = course.labs / FILE
    if not file.exists():
        return []
    table = Table.read(file)
    terms = [_term(table.table(key)) for key in table.keys]
    table.finish()
    return terms


def _term(table: Table) -> Term:
    names = {language: table.texts(language) for language in languages.LANGUAGES}
    means: dict[str, str] = {}
    if "means" in table:
        said = table.table("means")
        means = {language: said.text(language) for language in languages.LANGUAGES}
        said.finish()
    table.finish()
    return Term(names, means)


def find(terms: Sequence[Term], words: str) -> Term | None:
    """The term that somebody asks for, in either language; None for what is none."""
    asked = _plain(words)
    for term in terms:
        for language in languages.LANGUAGES:
            if asked in (_plain(name) for name in term.spellings(language)):
                return term
    return find(terms, words.strip()[:-1]) if asked.endswith("s") else None


def _plain(words: str) -> str:
    return " ".join(unicodedata.normalize("NFC", words).casefold().split())


def occurs(term: Term, markdown: str, language: str) -> bool:
    """Whether a text speaks of it, in the prose and outside of code and links.

    >>> tunnel = Term({"en": ("tunnel",), "vi": ("đường hầm",)}, {})
    >>> occurs(tunnel, "Two tunnels.", "en"), occurs(tunnel, "`tunnel`", "en")
    (True, False)
    """
    prose = _OTHER.sub(" ", markdown)
    plural = "s?" if language == languages.SOURCE else ""
    for name in term.spellings(language):
        # Short ones are words of their own in small letters: RA, "ra".
        text, wanted = (prose, name) if len(name) <= 4 else (_plain(prose), _plain(name))
        if re.search(rf"(?<![\w-]){re.escape(wanted)}{plural}(?![\w-])", text):
            return True
    return False


def told(term: Term, language: str) -> list[str]:
    """A term in sentences: its names in all languages, the reader's own first, and its meaning."""
    order = sorted(languages.LANGUAGES, key=lambda one: one != language)
    lines = [f"{one}: {', '.join(term.names[one])}" for one in order]
    return [*lines, term.means[language]] if term.means else lines


class Marker:
    """Marks each term where it first stands in a text, so that its meaning shows under the mouse.

    >>> tunnel = Term({"en": ("tunnel",), "vi": ("đường hầm",)}, {"en": "A way.", "vi": "Lối."})
    >>> Marker([tunnel], "en").marked("No `tunnel`, but a tunnel in a tunnel.")
    'No `tunnel`, but a <abbr title="đường hầm: A way.">tunnel</abbr> in a tunnel.'
    """

    def __init__(self, terms: Sequence[Term], language: str) -> None:
        self._language = language
        self._known = {
            _plain(name): term for term in terms if term.means for name in term.spellings(language)
        }
        self._seen: set[str] = set()
        names = sorted(self._known, key=len, reverse=True)
        plural = "s?" if language == languages.SOURCE else ""
        self._names = (
            re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, names))}){plural}(?![\w-])", re.I)
            if names
            else None
        )

    def marked(self, markdown: str) -> str:
        """The same text; what is code, heading or link stays as it is."""
        parts, at = [], 0
        for other in _OTHER.finditer(markdown):
            parts += [self._prose(markdown[at : other.start()]), other[0]]
            at = other.end()
        return "".join([*parts, self._prose(markdown[at:])])

    def _prose(self, text: str) -> str:
        return self._names.sub(self._abbreviation, text) if self._names else text

    def _abbreviation(self, found: re.Match[str]) -> str:
        name = _plain(found[1])
        term = self._known[name]
        meaning = term.means[self._language]
        # Two letters are a word in small ones: RA is an advertisement, "ra" means "out".
        if meaning in self._seen or (len(name) <= 4 and found[1] != found[1].upper()):
            return found[0]
        self._seen.add(meaning)
        other = next(one for one in languages.LANGUAGES if one != self._language)
        title = html.escape(f"{term.names[other][0]}: {meaning}")
        return f'<abbr title="{title}">{found[0]}</abbr>'
