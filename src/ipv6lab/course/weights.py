"""What the checks of an exercise are worth, read from it without running it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ipv6lab.course.exercises import Exercise

COUNTING = ("must", "must_not", "still")


@dataclass(frozen=True)
class Declared:
    """A check that counts: what it earns (`must`), or takes away where it is broken."""

    id: str
    kind: str
    weight: int
    title: str


def declared(exercise: Exercise) -> list[Declared]:
    """The checks that count, in the exercise's order; notes weigh nothing."""
    tree = ast.parse(exercise.checks.read_text(encoding="utf-8"))
    return [
        Declared(str(call.args[0].value), call.func.id, weight, title)
        for function in tree.body
        if isinstance(function, ast.FunctionDef)
        for title in [(ast.get_docstring(function) or "").partition("\n")[0]]
        for call in function.decorator_list
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in COUNTING
        and isinstance(call.args[0], ast.Constant)
        for weight in _weights(call)
    ]


def _weights(call: ast.Call) -> list[int]:
    given = [*call.args[1:2], *(one.value for one in call.keywords if one.arg == "weight")]
    values = [one.value for one in given if isinstance(one, ast.Constant)]
    return [one for one in values if isinstance(one, int)]
