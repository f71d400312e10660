"""The deck as one HTML page: nbconvert makes it, reveal.js shows it, and nothing is loaded.

reveal.js comes from npm, in the version and with the hash of ``reveal/package-lock.json``; its
scripts and styles are written into the page, so the page is all that one takes along.
"""

from __future__ import annotations

import functools
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ipv6lab.course.lesson import Lesson
from ipv6lab.course.speech import Speech
from ipv6lab.platform.node_packages import NodePackages
from ipv6lab.reports import ladder_page, svg
from ipv6lab.reports.picture import LIGHT
from ipv6lab.teaching.deck import HEIGHT, WIDTH, Slide, deck
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

HERE = Path(__file__).parent
SCRIPTS = ("reveal.js/dist/reveal.js", "reveal.js/plugin/notes/notes.js")
STYLES = ("reveal.js/dist/reset.css", "reveal.js/dist/reveal.css")
REVEAL = NodePackages(HERE / "reveal", "slides", _("The slides' reveal.js"), (*SCRIPTS, *STYLES))
NEEDED = "nbconvert"


def require() -> None:
    """Install reveal.js where it is missing. Raises LabError where nbconvert is."""
    if find_spec(NEEDED) is None:
        checkout = Path(__file__).resolve().parents[3] / "tools" / "set-up"
        command = [sys.executable, "-m", "pip", "install", "ipv6lab[notebook]"]
        raise LabError(
            _(
                "Slides need {packages}; install them with {command}.",
                packages=NEEDED,
                command=shlex.join([str(checkout), "notebook"] if checkout.is_file() else command),
            )
        )
    REVEAL.ensure()


def page(lesson: Lesson, speech: Speech) -> str:
    """The slides of an exercise as one HTML page. Raises LabError."""
    title = f"{lesson.place.exercise.id} {lesson.title}"
    return shown(deck(lesson, speech), title, lesson.language)


def shown(some: list[Slide], title: str, language: str) -> str:
    """Slides as one HTML page."""
    exporter = _exporter()
    exporter.environment.globals["ipv6lab"] |= {"title": title, "lang": language}
    text, _resources = exporter.from_notebook_node(_notebook(some))
    return str(text)


def _notebook(slides: list[Slide]) -> Any:
    """The slides as a notebook of texts, marked as nbconvert's slides are."""
    from nbformat import v4 as form

    v4: Any = form
    cells = []
    for number, slide in enumerate(slides):
        marks = {"slide_type": "slide", "data": {"kind": slide.kind}}
        # A heading of its own level keeps the ids that nbconvert makes of headings apart.
        text = f"## {slide.heading}\n\n{slide.body}"
        cells.append(_cell(v4, f"slide-{number}", text, marks))
        if slide.notes:
            cells.append(_cell(v4, f"notes-{number}", slide.notes, {"slide_type": "notes"}))
    return v4.new_notebook(cells=cells)


def _cell(v4: Any, identity: str, text: str, marks: dict[str, Any]) -> Any:
    return v4.new_markdown_cell(text, id=identity, metadata={"slideshow": marks})


@functools.cache
def _exporter() -> Any:
    """nbconvert's slides with our page around them."""
    import nbconvert
    from traitlets.config import Config

    colours = svg.variables(LIGHT) + "".join(
        f"--of-{name}:{colour};" for name, colour in ladder_page.LIGHT.items()
    )
    settings = Config()
    settings.SlidesExporter.extra_template_basedirs = [str(HERE)]
    settings.SlidesExporter.template_name = "template"
    made: Any = nbconvert.SlidesExporter
    exporter = made(config=settings)
    exporter.environment.globals["ipv6lab"] = {
        "width": WIDTH,
        "height": HEIGHT,
        "scripts": [_script(name) for name in SCRIPTS],
        "styles": [(REVEAL.modules / name).read_text(encoding="utf-8") for name in STYLES],
        "style": f":root{{{colours}}}" + (HERE / "slides.css").read_text(encoding="utf-8"),
    }
    return exporter


def _script(name: str) -> str:
    """A script for the inside of a page: nothing in it may end the element."""
    text = (REVEAL.modules / name).read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script")
