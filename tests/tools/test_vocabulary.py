"""The page of all judgements says what there is."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not (ROOT / "tools" / "vocabulary.py").is_file(), reason="needs a checkout"
)


@pytest.fixture(scope="module")
def vocabulary():
    spec = importlib.util.spec_from_file_location("vocabulary", ROOT / "tools" / "vocabulary.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_is_fresh(vocabulary) -> None:
    told = vocabulary.PAGE.read_text(encoding="utf-8")
    assert told == vocabulary.page(), "python tools/vocabulary.py writes it anew"


def test_every_judgement_says_what_it_looks_at(vocabulary) -> None:
    judgements = [one for _name, _about, found in vocabulary.subjects() for one in found]
    assert [one.name for one in judgements if not ast.get_docstring(one.node)] == []


def test_examples_are_real(vocabulary) -> None:
    known = vocabulary.examples()
    exercise, said = known["hosts.talk_directly"]
    (file,) = (ROOT / "exercises").glob(f"{exercise}-*/checks.py")
    assert said.splitlines()[0] in file.read_text(encoding="utf-8")
