#!/usr/bin/env python3
"""Begin an exercise: `make new-exercise ID=L40 SLUG=two-machines`.

What is written is a whole small exercise that grades 0 and 100: a task, checks, a start state, a
reference and its explanation, a wrong answer, a notebook, the catalogues. It is there to be
rewritten piece by piece, so that at every moment the rest can be tried. The files under
tools/new-exercise are its pattern, in which @ID@ and @SLUG@ stand for the two names.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from ipv6lab.course import catalogues, content, exercises, front_pages, languages
from ipv6lab.course.content import Content
from ipv6lab.words.errors import LabError

PATTERN = Path(__file__).with_name("new-exercise")
HANDBOOK = Path("docs", "trainer", "exercises.md")
IDENTIFIER = re.compile(r"[A-Z]+[0-9]+")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SECTION = """\
## {id} {title}

* **Say**: what to say before it, in two sentences.
* **Ask**: what to ask while people work?
* **Goes wrong**: what goes wrong most often, and what then helps.

"""
NEXT = """\
{id} is begun. Try it, then make it yours, trying it again after each step:

  ipv6lab grade {id} exercises/{id}-{slug}/start solutions/{id}/reference solutions/{id}/wrong/*

In exercises/{id}-{slug}:
  task.md         who needs what, and why today
  exercise.toml   title, topology, the trainee's nodes, hints
  start/          what is there before anybody begins
  checks.py       what counts; docs/vocabulary.md has all that can be said
In solutions/{id}:
  reference/      how it is done; explained.md beside it says why, line by line
  wrong/          eight or more, each failing what it should; alternatives/ score 100
Besides:
  notebooks/{id}-{slug}.md
                  the way through it
  docs/trainer/exercises.md
                  what a trainer says and asks
  labs/           the day on which it is done

After a change of a text, of the checks, and at the end:
  .venv/bin/python -m ipv6lab.course.catalogues update
  .venv/bin/python tools/floors.py
  .venv/bin/python -m pytest -k {id}
"""


def begin(course: Content, identifier: str, slug: str) -> list[Path]:
    """Write the files of a new exercise; those that were written. Raises LabError."""
    if not IDENTIFIER.fullmatch(identifier):
        raise LabError(f"ID={identifier} is none: capital letters and a number, as in L40.")
    if not SLUG.fullmatch(slug):
        raise LabError(f"SLUG={slug} is none: small letters, digits and hyphens, as in two-lans.")
    if identifier in exercises.identifiers(course) or any(course.solutions.glob(identifier)):
        raise LabError(f"There is an exercise {identifier} already: choose another ID.")
    written = []
    for file in sorted(path for path in PATTERN.rglob("*") if path.is_file()):
        target = course.root / _filled(str(file.relative_to(PATTERN)), identifier, slug)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = _filled(file.read_text(encoding="utf-8"), identifier, slug)
        target.write_text(text, encoding="utf-8")
        written.append(target)
    _into_the_handbook(course, identifier)
    for language in languages.LANGUAGES:
        if language != languages.SOURCE:
            for source in catalogues.sources(course, language):
                if source.file.is_relative_to(course.root):
                    catalogues.update(source)
    front_pages.write(course)
    return written


def _filled(text: str, identifier: str, slug: str) -> str:
    return text.replace("@ID@", identifier).replace("@SLUG@", slug)


def _into_the_handbook(course: Content, identifier: str) -> None:
    """A section among the others, in the order of the course."""
    file = course.root / HANDBOOK
    if not file.exists():
        return
    section = SECTION.format(id=identifier, title=exercises.load(course, identifier).title)
    head, *sections = re.split(r"^(?=## )", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    every = sorted([*(one.rstrip() + "\n\n" for one in sections), section], key=lambda s: s[3:])
    file.write_text((head + "".join(every)).rstrip() + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or not all(arguments):
        print("usage: make new-exercise ID=L40 SLUG=two-machines", file=sys.stderr)
        return 2
    identifier, slug = arguments
    try:
        begin(content.find(), identifier, slug)
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    print(NEXT.format(id=identifier, slug=slug), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
