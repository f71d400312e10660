"""The trainee's notebooks: a folder of their own, in which nothing overwrites what they wrote.

For every notebook the shelf remembers (``.shelf.json``) what it last put there. A notebook whose
cells are still those is brought up to date where it stands, its outputs kept. One that was edited
stays as it is, and what is new in the course is laid beside it, once: ``L04-slaac.new.ipynb``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipv6lab.course.content import Content
from ipv6lab.notebook import sources
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

RECORD = ".shelf.json"


def folder(language: str) -> Path:
    """Where a trainee's notebooks lie; not created here."""
    return directories.work() / "notebooks" / language


def lay_out(
    content: Content,
    language: str,
    build: Callable[[Content, str, str], dict[str, Any]] = sources.build,
) -> list[str]:
    """Bring every notebook of the course onto the shelf; the files laid beside edited ones.

    ``build`` makes one, or reads it where it was made before.
    """
    shelf = Shelf(folder(language))
    beside = []
    for name in sources.names(content):
        offered = shelf.put(name, build(content, name, language))
        if offered:
            beside.append(offered)
    return beside


def offered(shelf: Path) -> list[str]:
    """The notebooks in a folder that were laid beside edited ones."""
    return sorted(path.name for path in shelf.glob("*.new*.ipynb"))


def digest(cells: list[Mapping[str, Any]]) -> str:
    """What a trainee could have edited, in short: the kinds and texts of the cells."""
    texts = [[cell["cell_type"], _text(cell["source"])] for cell in cells]
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


@dataclass(frozen=True)
class Shelf:
    """The notebooks in a folder."""

    folder: Path

    def put(self, name: str, built: dict[str, Any]) -> str | None:
        """Bring one notebook up to date; the name of the file beside it, if one was laid there.

        Raises LabError when the folder cannot be written.
        """
        record = self._record()
        new = digest(built["cells"])
        laid = self._lay(f"{name}.ipynb", built, record)
        offered = None
        if not laid and record.get(f"{name}.ipynb") != new:
            number = 1
            while True:
                offered = f"{name}.new{f'-{number}' if number > 1 else ''}.ipynb"
                if self._lay(offered, built, record):
                    break
                number += 1
            record[offered] = new
        record[f"{name}.ipynb"] = new
        self._write(self.folder / RECORD, json.dumps(record, indent=1, sort_keys=True))
        return offered

    def _lay(self, file: str, built: dict[str, Any], record: Mapping[str, str]) -> bool:
        """Write a notebook, unless there is one that was edited; whether this one stands there."""
        path = self.folder / file
        there = _read(path)
        if there is None and os.path.lexists(path):
            return False  # no notebook, and not ours
        if there is not None:
            found = digest(there["cells"])
            if found == digest(built["cells"]):
                return True
            if found != record.get(file):
                return False
            built = _with_outputs(built, there)
        self._write(path, json.dumps(built, ensure_ascii=False, indent=1) + "\n")
        return True

    def _record(self) -> dict[str, str]:
        try:
            known = json.loads((self.folder / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def _write(self, path: Path, text: str) -> None:
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            raise LabError(
                _(
                    "{file} cannot be written: {reason}.",
                    file=str(path),
                    reason=error.strerror or str(error),
                )
            ) from None


def _read(path: Path) -> dict[str, Any] | None:
    """A notebook as it stands in its file; None where there is none, or none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        digest(found["cells"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return dict(found)


def _with_outputs(built: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """The new notebook with the outputs of the cells that are in both."""
    known = {cell.get("id"): cell for cell in there["cells"] if cell["cell_type"] == "code"}
    cells = []
    for cell in built["cells"]:
        old = known.get(cell["id"])
        if cell["cell_type"] == "code" and old and _text(old["source"]) == cell["source"]:
            kept = {key: old[key] for key in ("outputs", "execution_count") if key in old}
            cell = {**cell, **kept}
        cells.append(cell)
    return {**built, "cells": cells}
