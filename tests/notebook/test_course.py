"""Every notebook of the course, run from top to bottom in a real kernel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from ipv6lab.course import content, exercises
from ipv6lab.course.notebooks import YOURS
from ipv6lab.notebook import sources

COURSE = content.find()
NAMES = sources.names(COURSE)
SECONDS = 180  # of one cell, on a busy machine
LONG = {"S2-first-hop-security"}  # two minutes of verdicts, for `make test-all`
SCORE = "print(lab.result['score'])"


def code(source: str) -> dict[str, Any]:
    cell: dict[str, Any] = nbformat.v4.new_code_cell(source)
    return cell


def run(built: dict[str, Any]) -> int:
    """Run it; the score with which it ends."""
    notebook = nbformat.from_dict({**built, "cells": [*built["cells"], code(SCORE)]})
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=SECONDS, kernel_name=sources.KERNEL).execute()
    return int(notebook.cells[-1]["outputs"][0]["text"])


@pytest.mark.usefixtures("labs")
@pytest.mark.parametrize("name", NAMES)
def test_with_nothing_configured_it_ends_at_the_score_of_the_start(name: str) -> None:
    assert run(sources.build(COURSE, name, "en")) == 0


@pytest.mark.usefixtures("labs")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in NAMES]
)
def test_with_the_reference_it_ends_with_all_points(name: str) -> None:
    """The reference stands for what a trainee would do in the cells that are the trainee's."""
    assert run(answered(name)) == 100


def answered(name: str) -> dict[str, Any]:
    """A notebook with the reference solution in place of the cells that are the trainee's."""
    built = sources.build(COURSE, name, "en")
    reference: Path = COURSE.solutions / exercises.load(COURSE, name).id / "reference"
    cells = [cell for cell in built["cells"] if YOURS not in cell["metadata"].get("tags", ())]
    (start,) = (at for at, cell in enumerate(cells) if cell["source"].startswith("%lab start"))
    cells.insert(start + 1, code(f"_ = lab.apply({str(reference)!r})"))
    return {**built, "cells": cells}


@pytest.mark.usefixtures("labs")
def test_the_four_messages_of_dhcpv6_are_the_four_that_are_told() -> None:
    (name,) = (one for one in NAMES if one.startswith("L09"))
    built = answered(name)
    cells = built["cells"]
    (begun,) = (
        at for at, one in enumerate(cells) if "systemctl restart dhcpcd\n#" in one["source"]
    )
    end = next(at for at in range(begun, len(cells)) if cells[at]["source"] == "%capture stop")
    notebook = nbformat.from_dict({**built, "cells": cells[: end + 1]})
    NotebookClient(notebook, timeout=SECONDS, kernel_name=sources.KERNEL).execute()
    told = "".join(one.get("data", {}).get("text/plain", "") for one in notebook.cells[end].outputs)
    kinds = ("Solicit", "Advertise", "Request", "Reply", "Confirm", "Renew", "Release")
    # Other hosts of the LAN may ask in the same seconds.
    of_pc1 = "\n".join(line for line in told.splitlines() if "pc1" in line)
    seen = re.findall(rf"DHCPv6 ({'|'.join(kinds)})\b", of_pc1)
    assert [one for one in seen if one != "Solicit"] == ["Advertise", "Request", "Reply"], told
    assert "Solicit" in seen
