"""The texts of the notebooks, and the notebooks that are built of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from ipv6lab.course import content, exercises, notebooks
from ipv6lab.course.content import Content
from ipv6lab.course.lookups import PLACE
from ipv6lab.course.notebooks import YOURS
from ipv6lab.notebook import sources
from ipv6lab.words.errors import LabError

COURSE = content.find()
NAMES = sources.names(COURSE)

TEXT = """\
---
kernelspec:
  display_name: ipv6lab
  name: ipv6lab
---

First *paragraph*.

Second.

+++

Another cell.

```{code-cell}
:tags: [yours]

%%file hq-core:/etc/radvd.conf
#!/not a comment
# What belongs here?
# %hint M1

interface staff { # stays
};
```

```
no cell
# and no comment
```

```{code-cell}
%check
```

```{code-cell}
%check
```
"""


def test_there_are_notebooks() -> None:
    assert "L04-slaac" in NAMES


def test_a_text_becomes_cells(tmp_path: Path) -> None:
    file = tmp_path / "notebooks" / "L04-slaac.md"
    file.parent.mkdir()
    file.write_text(TEXT, encoding="utf-8")
    (tmp_path / "exercises").symlink_to(COURSE.exercises)
    built = sources.build(Content(tmp_path), "L04-slaac", "en")
    nbformat.validate(nbformat.from_dict(built))
    head, *cells = built["cells"]
    assert head["source"].startswith("# L04 · SLAAC for the staff VLAN\n\nbasic · 35 minutes")
    assert [cell["cell_type"] for cell in cells] == [
        *("markdown", "markdown", "code", "markdown", "code", "code")
    ]
    assert cells[0]["source"] == "First *paragraph*.\n\nSecond."
    assert cells[2]["metadata"] == {"tags": [YOURS]}
    assert cells[2]["source"].endswith("# %hint M1\n\ninterface staff { # stays\n};")
    assert len({cell["id"] for cell in cells}) == len(cells)
    assert built == sources.build(Content(tmp_path), "L04-slaac", "en")


def test_what_is_to_be_translated() -> None:
    found = list(notebooks.messages(TEXT))
    assert found == ["First *paragraph*.", "Second.", "Another cell.", "What belongs here?"]
    shouted = notebooks.translated(TEXT, str.upper)
    assert list(notebooks.messages(shouted)) == [text.upper() for text in found]
    assert "interface staff { # stays" in shouted
    assert notebooks.translated(TEXT, str) == TEXT


def test_a_notebook_of_no_exercise_is_refused(tmp_path: Path) -> None:
    (tmp_path / "exercises").mkdir()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "L77-nothing.md").write_text("Text", encoding="utf-8")
    with pytest.raises(LabError, match="There is no exercise L77"):
        sources.build(Content(tmp_path), "L77-nothing", "en")


def cells_of(name: str, language: str) -> list[dict[str, Any]]:
    return list(sources.build(COURSE, name, language)["cells"])


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_its_exercises(name: str) -> None:
    exercise = exercises.load(COURSE, name)
    assert exercise.folder.name == name
    cells = cells_of(name, "en")
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    assert code[0] == f"%lab start {exercise.id}"
    assert sum(text.startswith("%lab start") for text in code) == 1
    assert "%task" in code
    assert any(text.startswith("%check") for text in code)
    assert not any(text.startswith("%hint") for text in code), "a hint costs points"
    assert any(YOURS in cell["metadata"].get("tags", ()) for cell in cells)
    asked = {text.split()[1] for text in code if re.match(r"%answer \S", text)}
    assert asked == set(exercise.questions), "the questions are answered in cells"
    for cell in cells:
        if cell["cell_type"] == "markdown":
            assert not PLACE.search(cell["source"]), "a notebook is the same for every seat"


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_the_same_in_both_languages(name: str) -> None:
    english, vietnamese = cells_of(name, "en"), cells_of(name, "vi")
    for one, other in zip(english, vietnamese, strict=True):
        assert [one[key] for key in ("id", "cell_type", "metadata")] == [
            other[key] for key in ("id", "cell_type", "metadata")
        ]
        if one["cell_type"] == "code":
            lines = zip(one["source"].splitlines(), other["source"].splitlines(), strict=True)
            assert all(a == b or a.lstrip().startswith("#") for a, b in lines)
