"""What a trainee wrote is never overwritten, and what is new in the course is always offered."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ipv6lab.notebook.shelf import Shelf, digest, offered

NAME = "L04-slaac"
TEXTS = st.lists(st.sampled_from(["%lab start L04", "Look.", "%check", "ip -6 a", "Wörter"]))
# What happens to a notebook: the course changes, or the trainee writes, runs or deletes it.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("course"), TEXTS),
        st.tuples(st.just("edit"), TEXTS),
        st.tuples(st.just("run"), st.just(())),
        st.tuples(st.just("delete"), st.just(())),
        st.tuples(st.just("break"), st.just(())),
    ),
    max_size=8,
)


def notebook(texts: list[str]) -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}-{len(text)}",
            "metadata": {},
            "source": text,
            "outputs": [],
            "execution_count": None,
        }
        for number, text in enumerate(texts)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def read(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8")))


def write(file: Path, found: dict[str, Any]) -> None:
    file.write_text(json.dumps(found), encoding="utf-8")


def told(path: Path) -> str | None:
    """What a file says; None where it is no notebook."""
    try:
        return digest(read(path)["cells"])
    except (OSError, ValueError):
        return None


@settings(max_examples=200)
@given(first=TEXTS, steps=STEPS)
def test_no_edit_is_lost_and_no_news_either(first: list[str], steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        shelf, file = Shelf(folder), folder / f"{NAME}.ipynb"
        course = notebook(first)
        of_course = {digest(course["cells"])}
        shelf.put(NAME, course)
        for what, texts in steps:
            news = what == "delete"
            if what == "course":
                course = notebook(texts)
                news = digest(course["cells"]) not in of_course
                of_course.add(digest(course["cells"]))
            elif what == "edit":
                write(file, notebook(texts))
            elif what == "run" and told(file) is not None:
                found = read(file)
                for cell in found["cells"]:
                    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
                write(file, found)
            elif what == "delete":
                file.unlink(missing_ok=True)
            elif what == "break":
                file.write_text("{no notebook", encoding="utf-8")
            written = {
                path: path.read_bytes()
                for path in folder.glob("*.ipynb")
                if told(path) not in of_course
            }
            shelf.put(NAME, course)
            assert all(path.read_bytes() == content for path, content in written.items())
            if news:
                there = [told(path) for path in folder.glob("*.ipynb")]
                assert digest(course["cells"]) in there


def test_what_is_untouched_is_renewed_and_keeps_its_outputs(tmp_path: Path) -> None:
    shelf, file = Shelf(tmp_path), tmp_path / f"{NAME}.ipynb"
    old = notebook(["%lab start L04", "old", "%check"])
    assert shelf.put(NAME, old) is None
    run = read(file)
    run["cells"][2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "100"}]
    run["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "gone"}]
    write(file, run)
    new = copy.deepcopy(old)
    new["cells"][1]["source"] = "new"
    assert shelf.put(NAME, new) is None
    found = read(file)
    assert [cell["source"] for cell in found["cells"]] == ["%lab start L04", "new", "%check"]
    assert found["cells"][2]["outputs"][0]["text"] == "100"
    assert found["cells"][1]["outputs"] == []


def test_beside_an_edited_one_the_news_is_laid_once(tmp_path: Path) -> None:
    shelf, file = Shelf(tmp_path), tmp_path / f"{NAME}.ipynb"
    shelf.put(NAME, notebook(["old"]))
    write(file, notebook(["mine"]))
    assert shelf.put(NAME, notebook(["old"])) is None  # nothing is new
    assert shelf.put(NAME, notebook(["new"])) == f"{NAME}.new.ipynb"
    assert shelf.put(NAME, notebook(["new"])) is None
    assert [cell["source"] for cell in read(file)["cells"]] == ["mine"]
    assert offered(tmp_path) == [f"{NAME}.new.ipynb"]
    # What was offered and not touched is renewed; what was touched is somebody's work too.
    assert shelf.put(NAME, notebook(["newer"])) == f"{NAME}.new.ipynb"
    write(tmp_path / f"{NAME}.new.ipynb", notebook(["mine too"]))
    assert shelf.put(NAME, notebook(["newest"])) == f"{NAME}.new-2.ipynb"
    assert read(tmp_path / f"{NAME}.new.ipynb")["cells"][0]["source"] == "mine too"
    assert read(tmp_path / f"{NAME}.new-2.ipynb")["cells"][0]["source"] == "newest"
