"""From the course's texts to notebooks: ``notebooks/<name>.md`` to ``.ipynb``.

A cell's id is made of its English text, so that it is the same in every language and after every
build; a notebook has no outputs.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from ipv6lab.course import exercises, glossary, notebooks
from ipv6lab.course.content import Content
from ipv6lab.course.speech import Speech
from ipv6lab.words.message import _

KERNEL = "ipv6lab"
MINOR = 5  # of nbformat 4: cells have ids


def names(content: Content) -> list[str]:
    """The notebooks of the course, by the names of their exercises' folders."""
    return [file.stem for file in notebooks.files(content)]


def build(content: Content, name: str, language: str) -> dict[str, Any]:
    """One notebook in one language, as nbformat has it.

    Raises LabError when its text or its exercise is not there.
    """
    file = content.notebooks / f"{name}.md"
    exercise = exercises.load(content, name)
    said = Speech(language, exercise.folder)
    text = notebooks.with_folds(notebooks.read(file))
    cells = _cells(notebooks.translated(text, _translation(file, said)))
    for cell, known in zip(cells, _identified(_cells(text)), strict=True):
        cell["id"] = known
    marker = glossary.Marker(glossary.load_terms(content), language)
    for cell in cells:
        if cell["cell_type"] == "markdown":
            cell["source"] = marker.marked(_unfoldable(cell["source"], said))
    return {
        "nbformat": 4,
        "nbformat_minor": MINOR,
        "metadata": {
            "kernelspec": {"name": KERNEL, "display_name": KERNEL, "language": "python"},
            "language_info": {"name": "python"},
            "ipv6lab": {"exercise": exercise.id, "language": language},
        },
        "cells": [_head(exercise, said), *cells],
    }


def _translation(file: Path, said: Speech) -> Any:
    from ipv6lab.course import languages

    def translate(text: str) -> str:
        return languages.translate_from(notebooks.catalogue(file, said.language), text)

    return translate


def _unfoldable(source: str, said: Speech) -> str:
    """What stands between the lines of a fold, behind a summary that unfolds it."""
    opening = {
        notebooks.MORE: said(_("More about this")),
        notebooks.EQUIPMENT: said(_("The same on common equipment")),
    }
    lines = []
    for line in source.splitlines():
        if line in opening:
            line = f"<details><summary>{opening[line]}</summary>"
        elif line == notebooks.END:
            line = "</details>"
        lines.append(line)
    return "\n".join(lines)


def _head(exercise: exercises.Exercise, said: Speech) -> dict[str, Any]:
    facts = [
        said(exercise.level),
        said(_("{minutes} minutes", minutes=exercise.minutes)),
        *exercise.references,
    ]
    title = f"# {exercise.id} · {said(exercise.title)}"
    source = f"{title}\n\n{' · '.join(facts)}"
    return {"cell_type": "markdown", "id": "head", "metadata": {}, "source": source}


def _cells(text: str) -> list[dict[str, Any]]:
    import jupytext

    cells = []
    for cell in jupytext.reads(text, fmt="md:myst").cells:
        made = {"cell_type": cell.cell_type, "metadata": dict(cell.metadata), "source": cell.source}
        if cell.cell_type == "code":
            made |= {"execution_count": None, "outputs": []}
        cells.append(made)
    return cells


def _identified(cells: list[dict[str, Any]]) -> list[str]:
    """An id for each cell; cells with the same text are told apart by their order."""
    seen: dict[str, int] = {}
    found = []
    for cell in cells:
        text = f"{cell['cell_type']}\n{cell['source']}"
        seen[text] = seen.get(text, 0) + 1
        found.append(hashlib.sha256(f"{seen[text]}\n{text}".encode()).hexdigest()[:12])
    return found
