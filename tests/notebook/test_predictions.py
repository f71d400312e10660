"""A prediction is taken up again: what was said, what was seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ipv6lab.course import content, notebooks

# An exam shows nothing that a prediction could be held against.
FILES = [one for one in notebooks.files(content.find()) if not one.stem.startswith("K")]
AGAIN = re.compile(r"\b(?:go back to|you wrote|your predictions?|you expected)\b", re.IGNORECASE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_notebook_takes_its_prediction_up_again(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    _before, *parts = text.split("%%predict\n")
    assert parts, "nothing is predicted"
    assert AGAIN.search(parts[-1]), "the prediction is never spoken of again"
