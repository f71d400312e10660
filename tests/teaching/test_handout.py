"""A hand-out is at most two pages of A4, on paper and from a browser, with all that it holds."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.cli.program import run as main
from ipv6lab.cli.saying import Speech
from ipv6lab.course import content, exercises
from ipv6lab.course.languages import LANGUAGES
from ipv6lab.course.lesson import Lesson
from ipv6lab.teaching import handout
from ipv6lab.teaching import sheet as sheets
from tests import chromium

EXERCISES = tuple(exercises.identifiers(content.find()))
A4 = (595, 842)  # points


def _drawn(*_said: object) -> None:
    """Any picture is as high as the place that it has: one white point serves."""
    from PIL import Image

    Image.new("RGB", (40, 20), "white").save(_said[1], "png")


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EXERCISES)
def test_a_hand_out_has_two_pages_and_all_of_its_text(
    name: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pypdf import PdfReader

    monkeypatch.setattr(sheets, "picture", _drawn)
    speech = Speech(language)
    told = sheets.sheet(Lesson.of(name, 3, speech), speech)
    octets, size = handout.on_paper(told)
    pages = PdfReader(io.BytesIO(octets)).pages
    assert 1 <= len(pages) <= handout.PAGES
    assert size >= 7.5
    text = _letters("".join(page.extract_text() for page in pages))
    for page in pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == A4
    for heading, blocks in told.parts:
        assert _letters(heading) in text
        for block in blocks:
            if block.prose and not block.text.startswith("|"):
                first = block.text.splitlines()[0].split(" ", 1)[-1]
                assert _letters(handout._LINK.sub(r"\1", first))[:60] in text, block.text
    assert "{{" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_browser_prints_no_more_pages(
    language: str, monkeypatch: pytest.MonkeyPatch, playwright: Any
) -> None:
    from pypdf import PdfReader

    program = chromium.program()
    monkeypatch.setattr(sheets, "picture", _drawn)
    speech = Speech(language)
    browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
    page = browser.new_page()
    for name in EXERCISES:
        page.set_content(handout.html(Lesson.of(name, 3, speech), speech))
        printed = page.pdf(prefer_css_page_size=True)
        assert len(PdfReader(io.BytesIO(printed)).pages) <= handout.PAGES, name
    browser.close()


def test_the_command_writes_both_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper, page = tmp_path / "L04.pdf", tmp_path / "L04.html"
    for file in (paper, page):
        assert main(["handout", "L04", "--seat", "3", "--lang", "vi", "-o", str(file)]) == 0
    assert paper.read_bytes().startswith(b"%PDF-")
    text = page.read_text(encoding="utf-8")
    assert "2001:db8:1003:110::/64" in text
    assert 'lang="vi"' in text
    assert main(["handout", "day9", "-o", str(tmp_path)]) == 2
    assert main(["handout", "L04", "-o", str(tmp_path / "no" / "L04.pdf")]) == 2
    assert "cannot be written" in capsys.readouterr().err
