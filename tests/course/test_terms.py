"""The glossary: what it knows, in which spellings, and where notebooks show it."""

from __future__ import annotations

import re

import pytest

from ipv6lab.course import content, glossary, languages
from ipv6lab.notebook import sources

COURSE = content.find()
TERMS = glossary.load_terms(COURSE)
MARK = re.compile(r'<abbr title="([^"]*)">([^<]*)</abbr>')


@pytest.mark.parametrize(
    ("asked", "english"),
    [
        ("dual stack", "dual stack"),
        ("Dual  Stack", "dual stack"),
        ("tunnels", "tunnel"),
        ("đường hầm", "tunnel"),
        ("ULA", "unique local address"),
        ("địa chỉ cục bộ duy nhất", "unique local address"),
        ("neighbor discovery", "neighbour discovery"),
        ("dual-stack", "dual stack"),
        ("thuần IPv6", "IPv6-only"),
    ],
)
def test_a_term_is_found_in_either_language(asked: str, english: str) -> None:
    term = glossary.find(TERMS, asked)
    assert term is not None
    assert term.names["en"][0] == english


@pytest.mark.parametrize("asked", ["2001:db8::1", "::/0", "pc1", "", "s", "no such word"])
def test_what_is_no_term_is_not_found(asked: str) -> None:
    assert glossary.find(TERMS, asked) is None


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_no_two_terms_have_one_name(language: str) -> None:
    names = [name.casefold() for term in TERMS for name in set(term.spellings(language))]
    assert sorted(names) == sorted(set(names))


def test_what_is_told_begins_with_the_reader_s_language() -> None:
    term = glossary.find(TERMS, "tunnel")
    assert term is not None
    assert [line[:4] for line in glossary.told(term, "vi")[:2]] == ["vi: ", "en: "]
    assert glossary.told(term, "vi")[2] == term.means["vi"]


def test_a_mark_stands_once_and_in_prose_alone() -> None:
    prose = "`router` and [router](x): a router is a router; ra and RA."
    text = f"# A router\n\n{prose}\n\n```\nrouter\n```"
    marked = glossary.Marker(TERMS, "en").marked(text)
    assert [word for _title, word in MARK.findall(marked)] == ["router", "RA"]
    assert MARK.sub(r"\2", marked) == text
    assert ": a <abbr" in marked


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_a_notebook_shows_terms_and_says_the_same(language: str) -> None:
    built = sources.build(COURSE, "L04-slaac", language)
    text = "\n".join(cell["source"] for cell in built["cells"])
    marks = MARK.findall(text)
    assert len(marks) > 3
    assert len({title for title, _word in marks}) == len(marks)
    assert not any(
        "<abbr" in cell["source"] for cell in built["cells"] if cell["cell_type"] == "code"
    )
