"""What exercises and checks are called, read from the course without running any of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from typing import Any

from ipv6lab.course import content, exercises
from ipv6lab.course.catalogues import CHECK_KINDS
from ipv6lab.course.exercises import Exercise
from ipv6lab.course.speech import Speech


@cache
def course(language: str) -> dict[str, dict[str, Any]]:
    """By exercise, in the course's order: ``title``, and ``checks`` by id with their titles."""
    said = Speech(language)
    return {
        one.id: {
            "title": said.of(one.folder)(one.title),
            "checks": {name: said.of(one.folder)(title) for name, title in _checks(one)},
            "hints": sorted(one.hints),
        }
        for one in exercises.load_all(content.find())
    }


def _checks(exercise: Exercise) -> Iterable[tuple[str, str]]:
    """The id and title of each check: the first line of its docstring."""
    tree = ast.parse(exercise.checks.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            if (
                isinstance(decorator, ast.Call)
                and isinstance(decorator.func, ast.Name)
                and decorator.func.id in CHECK_KINDS
                and decorator.args
                and isinstance(decorator.args[0], ast.Constant)
            ):
                title = (ast.get_docstring(node) or "").partition("\n")[0]
                yield str(decorator.args[0].value), title
