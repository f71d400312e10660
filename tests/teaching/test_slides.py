"""Slides open without a network, and in a real browser nothing on them is cut or overlaps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.cli.program import run as main
from ipv6lab.cli.saying import Speech
from ipv6lab.course import content, exercises, handbook
from ipv6lab.course.languages import LANGUAGES
from ipv6lab.course.lesson import Lesson
from ipv6lab.reports import svg
from ipv6lab.teaching import deck, slides
from tests import chromium

COURSE = content.find()
EXERCISES = tuple(exercises.identifiers(COURSE))

TOGETHER = 4  # exercises in one page

# Of every slide: what reaches out of it, what overlaps, and the least size of its letters in CSS
# pixels of a slide, code and drawings apart.
MEASURE = """() => {
  const wrong = [], scale = Reveal.getScale();
  let count = 0;
  for (const section of Reveal.getSlides()) {
    const at = Reveal.getIndices(section);
    Reveal.slide(at.h, at.v);
    count += 1;
    const title = section.querySelector('h2').textContent;
    const name = `slide ${count} (${section.dataset.kind}, ${title})`;
    const room = section.getBoundingClientRect();
    const parts = [...section.children].filter(part => part.tagName !== 'ASIDE');
    if (room.top < -1 || room.bottom > innerHeight + 1)
      wrong.push(`${name}: it is shown from ${room.top} to ${room.bottom}`);
    let below = room.top;
    for (const part of parts) {
      const box = part.getBoundingClientRect();
      if (!box.width || !box.height) wrong.push(`${name}: ${part.tagName} is empty`);
      if (box.top < below - 1) wrong.push(`${name}: ${part.tagName} overlaps what is above it`);
      below = Math.max(below, box.bottom);
      if (box.bottom > room.bottom - 8 * scale || box.right > room.right + 1
          || box.left < room.left)
        wrong.push(`${name}: ${part.tagName} reaches out, ${Math.round(box.bottom / scale)}`);
    }
    for (const one of section.querySelectorAll('h2, p, li, pre, table, td')) {
      if (one.scrollWidth > one.clientWidth + 1) wrong.push(`${name}: ${one.tagName} is cut`);
      const size = parseFloat(getComputedStyle(one).fontSize);
      const least = one.closest('[data-kind=ladder]') ? 16 : 17;
      if (size < least) wrong.push(`${name}: letters of ${size}`);
    }
    for (const svg of section.querySelectorAll('svg')) {
      const frame = svg.getBoundingClientRect();
      for (const text of svg.querySelectorAll('text')) {
        const box = text.getBoundingClientRect();
        if (box.left < frame.left - 2 || box.right > frame.right + 2
            || box.bottom > frame.bottom + 2)
          wrong.push(`${name}: "${text.textContent}" is cut`);
        const size = box.height / scale;
        if (size < 8) wrong.push(`${name}: letters of ${size} in the drawing`);
      }
    }
  }
  return [count, wrong];
}"""


@pytest.fixture(scope="module", autouse=True)
def reveal() -> None:
    """A machine without Node.js on which nobody may install it cannot get reveal.js."""
    if not slides.REVEAL.can_be_there():
        pytest.skip("npm is not installed")
    slides.require()


@pytest.fixture(scope="module")
def browser(playwright: Any) -> Iterator[Any]:
    """A browser whose pages may ask for files of this machine and for nothing else."""
    opened = playwright.chromium.launch(executable_path=chromium.program(), args=["--no-sandbox"])
    yield opened
    opened.close()


class Opened:
    """A page whose network is denied; what it asked for, and what it complained about."""

    def __init__(self, browser: Any) -> None:
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page = browser.new_page(viewport={"width": deck.WIDTH, "height": deck.HEIGHT})
        self.page.route("**/*", self._route)
        self.page.on("console", lambda said: self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _route(self, route: Any) -> None:
        if route.request.url.startswith(("file:", "data:")):
            route.continue_()
        else:
            self.asked.append(route.request.url)
            route.abort()

    def visit(self, file: Path) -> None:
        self.page.goto(file.as_uri())
        self.page.wait_for_function("() => window.Reveal && Reveal.isReady()")


@pytest.mark.parametrize("language", LANGUAGES)
def test_slides_of_every_exercise_hold_what_is_on_them(
    language: str, browser: Any, tmp_path: Path
) -> None:
    """Some in one page: a browser reads reveal.js as long as it shows some twenty slides."""
    speech, opened = Speech(language), Opened(browser)
    for first in range(0, len(EXERCISES), TOGETHER):
        names = EXERCISES[first : first + TOGETHER]
        some = [slide for name in names for slide in deck.deck(Lesson.of(name, 3, speech), speech)]
        file = tmp_path / f"{first}.html"
        file.write_text(slides.shown(some, " ".join(names), language), encoding="utf-8")
        opened.visit(file)
        count, wrong = opened.page.evaluate(MEASURE)
        assert (wrong, opened.asked, opened.complaints) == ([], [], []), names
        assert count == len(some)
    opened.page.close()


def test_slides_ask_the_network_for_nothing(browser: Any, tmp_path: Path) -> None:
    opened = Opened(browser)
    file = tmp_path / "slides.html"
    assert main(["slides", "l04", "--lang", "vi", "-o", str(file)]) == 0
    opened.visit(file)
    assert (opened.asked, opened.complaints) == ([], [])
    assert opened.page.evaluate("() => document.documentElement.lang") == "vi"
    assert opened.page.evaluate("() => Reveal.getTotalSlides()") >= 9
    assert opened.page.evaluate("() => Reveal.hasPlugin('notes')")
    assert opened.page.evaluate("() => document.querySelectorAll('aside.notes').length") == 2
    opened.page.close()


def test_what_reaches_out_of_a_slide_would_be_found(browser: Any, tmp_path: Path) -> None:
    speech, opened = Speech("en"), Opened(browser)
    text = slides.page(Lesson.of("L04", None, speech), speech)
    file = tmp_path / "L04.html"
    wide = '<p style="white-space:nowrap">' + "a word " * 60 + "</p>"
    file.write_text(
        text.replace("<h2", f'<p style="height:900px">long</p>{wide}<img src="http://192.0.2.1/a">'
                     "<h2", 1), encoding="utf-8",
    )  # fmt: skip
    opened.visit(file)
    _count, wrong = opened.page.evaluate(MEASURE)
    assert any("reaches out" in one for one in wrong)
    assert any("is cut" in one for one in wrong)
    assert opened.complaints  # its own policy lets no such picture in
    opened.page.close()


@pytest.mark.parametrize("name", EXERCISES)
def test_each_part_of_a_lesson_is_on_a_slide(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svg, "inline", lambda *_said: '<svg viewBox="0 0 100 100"></svg>')
    lessons = {language: Lesson.of(name, 3, Speech(language)) for language in LANGUAGES}
    for language, lesson in lessons.items():
        shown = deck.deck(lesson, Speech(language))
        text = "\n".join(one.body for one in shown)
        kinds = [one.kind for one in shown]
        assert kinds[0] == "title"
        assert kinds.count("picture") == 1
        assert {handbook.SAY, handbook.ASK, handbook.WRONG} <= set(lesson.handbook)
        for question in handbook.questions(lesson.handbook[handbook.ASK]):
            assert question[1:] in text
        for guess in lesson.predictions:
            assert all(one in text for one in guess.text)
        assert "{{" not in text
    english, other = lessons["en"], lessons["vi"]  # nothing is left in English
    for part, said in english.handbook.items():
        assert other.handbook[part] != said
    for one, translated in zip(english.predictions, other.predictions, strict=True):
        assert one.text != translated.text
    for block, translated in zip(english.take_away, other.take_away, strict=True):
        assert block.text != translated.text


def test_questions_of_the_handbook_come_apart() -> None:
    assert handbook.questions("one? two; and three? (Four.) Five. Six?") == [
        "one?",
        "two; and three? (Four.)",
        "Five. Six?",
    ]
