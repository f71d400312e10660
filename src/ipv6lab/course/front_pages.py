"""The pages around the course, README and handbook, in every language from one source.

``README.md`` is the source, ``README.vi.po`` its translation, and ``README.vi.md`` is written by
``python -m ipv6lab.course.catalogues update``; the tests find one that is stale. A paragraph is a
message; of a list or table whose items are one line each, every line is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ipv6lab.course import handbook, languages
from ipv6lab.course.content import Content
from ipv6lab.course.tasks import Block, read_task

_ITEM = re.compile(r"(?:[*-] |\d+\. |\|)")
_WORDS = re.compile(r"[^\W\d_]{2}")
_CODE = re.compile(r"`[^`]*`")
_LINK = re.compile(r"\[(?!English\])([^]]*)\]\(([^)#:]*)\.md\)")


@dataclass(frozen=True)
class Page:
    """A page, and the heading before which its translation ends; all of it without one."""

    name: str
    until: str | None = None


PAGES = (
    Page("README.md"),
    Page("CONTRIBUTING.md", until="## Adding an exercise"),
    Page("docs/trainer/README.md"),
    Page(handbook.PAGE),
)


def files(course: Content) -> list[tuple[Page, Path]]:
    """The pages that are there; none where the course is installed without its documentation."""
    if not (course.root / "setup.cfg").is_file():
        return []
    return [(page, course.root / page.name) for page in PAGES]


def catalogue(file: Path, language: str) -> Path:
    """The file with the translation of a page."""
    return file.with_suffix(f".{language}.po")


def translation(file: Path, language: str) -> Path:
    """The page in another language; it is written, never edited."""
    return file.with_suffix(f".{language}.md")


def messages(page: Page, file: Path) -> Iterator[str]:
    """What is to be translated, in its order."""
    for block in _blocks(page, file):
        for part in _parts(block):
            if _speaks(part):
                yield part


def rendered(page: Page, file: Path, language: str) -> str:
    """The page in a language; links lead to pages of the same language where there are some."""

    def translated(text: str) -> str:
        return languages.translate_from(catalogue(file, language), text)

    root = file.parents[page.name.count("/")]
    text = "\n\n".join(
        "\n".join(translated(part) if _speaks(part) else part for part in _parts(block))
        for block in _blocks(page, file)
    )
    if page.until:
        text += f"\n\n[English]({file.name})"
    return _LINK.sub(_leads_to(root, file, language), text) + "\n"


def _leads_to(root: Path, file: Path, language: str) -> Callable[[re.Match[str]], str]:
    known = {(root / page.name).resolve() for page in PAGES}

    def link(found: re.Match[str]) -> str:
        target = (file.parent / f"{found[2]}.md").resolve()
        return f"[{found[1]}]({found[2]}{f'.{language}' if target in known else ''}.md)"

    return link


def _blocks(page: Page, file: Path) -> Iterator[Block]:
    for block in read_task(file):
        if block.text == page.until:
            return
        yield block


def _parts(block: Block) -> list[str]:
    lines = block.text.splitlines()
    if block.prose and all(_ITEM.match(line) for line in lines):
        return lines
    return [block.text]


def _speaks(part: str) -> bool:
    """Whether there are words in it; in a code fence those of comments behind commands are."""
    if part.startswith("```"):
        return bool(re.search(r"\w +# \w", part))
    return bool(_WORDS.search(_CODE.sub("", part)))


def write(course: Content) -> None:
    """Write every page in every other language anew."""
    for page, file in files(course):
        for language in languages.LANGUAGES:
            if language != languages.SOURCE:
                target = translation(file, language)
                text = rendered(page, file, language)
                if not target.exists() or target.read_text(encoding="utf-8") != text:
                    target.write_text(text, encoding="utf-8")
