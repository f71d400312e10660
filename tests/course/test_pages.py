"""The pages around the course are the same in every language, and none is stale."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ipv6lab.course import content, front_pages, languages

FILES = front_pages.files(content.find())
OTHERS = [language for language in languages.LANGUAGES if language != languages.SOURCE]
HEADING = re.compile(r"^#+ ", re.MULTILINE)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(("page", "file"), FILES, ids=lambda one: getattr(one, "name", ""))
def test_a_page_is_as_its_source(page: front_pages.Page, file: Path, language: str) -> None:
    told = front_pages.translation(file, language).read_text(encoding="utf-8")
    assert told == front_pages.rendered(page, file, language), (
        "stale: run python -m ipv6lab.course.catalogues update"
    )
    source = "\n\n".join(block.text for block in front_pages._blocks(page, file))
    assert HEADING.findall(told) == HEADING.findall(source)
    assert told.count("\n|") == source.count("\n|")
    code = re.compile(r"`ipv6lab [^`]*`")
    assert sorted(code.findall(told)) == sorted(code.findall(source))


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(("page", "file"), FILES, ids=lambda one: getattr(one, "name", ""))
def test_its_links_lead_somewhere(page: front_pages.Page, file: Path, language: str) -> None:
    told = front_pages.translation(file, language).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", told):
        assert target.startswith("http") or (file.parent / target).exists(), (page.name, target)


def test_a_changed_source_is_noticed(tmp_path: Path) -> None:
    page = front_pages.Page("a.md", until="## Later")
    file = tmp_path / "a.md"
    file.write_text("# One\n\n* two words\n* `code`\n\n## Later\n\nmore\n", encoding="utf-8")
    assert list(front_pages.messages(page, file)) == ["# One", "* two words"]
    assert front_pages.rendered(page, file, "vi") == (
        "# One\n\n* two words\n* `code`\n\n[English](a.md)\n"
    )
