"""The protocol floor of an exercise: what no machine and no answer can shorten, term by term.

It is added up from what the checks call: each probe or judgement declares by ``@waits(…)`` how long
the protocols take there (`ipv6lab.words.waits`). Checks run side by side; so what counts is the
longest chain of checks that need each other, and all that have to be alone.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import ipv6lab
from ipv6lab.course import faults
from ipv6lab.course.content import Content
from ipv6lab.course.exercises import Exercise
from ipv6lab.words import waits
from ipv6lab.words.waits import Wait

ENGINE = Path(ipv6lab.__file__).parent
CHECK_KINDS = ("must", "must_not", "still", "note")
DECLARED = "waits"
# How every grading begins (`ipv6lab.grading.beginning`): the lab comes to rest before the work is
# laid on it, which rests again, and is looked at before anything is asked.
SETTLING = (
    waits.MAX_RTR_SOLICITATION_DELAY,
    waits.RETRANS_TIMER,
    waits.MAX_RA_DELAY_TIME,
    waits.MAX_RTR_SOLICITATION_DELAY,
    waits.RETRANS_TIMER,
)


@dataclass(frozen=True)
class Term:
    """A time that is waited for; `check` is None for what comes before all checks."""

    check: str | None
    wait: Wait


@dataclass(frozen=True)
class _Check:
    id: str
    needs: tuple[str, ...]
    alone: bool
    waits: tuple[Wait, ...]

    @property
    def seconds(self) -> float:
        return sum(one.seconds for one in self.waits)


def terms(exercise: Exercise) -> list[Term]:
    """What a grading of a right answer waits for, one after the other.

    Where a check is about a fault that is drawn, it is the one that takes longest.
    """
    found = terms_of(exercise.checks)
    if exercise.faults:
        files = faults.files(Content(exercise.folder.parents[1]), exercise.id)
        slowest = max((_of_fault(file) for file in files), key=_added, default=())
        first = next(_checks(exercise.checks)).id
        found += [Term(first, one) for one in slowest]
    return found


def _of_fault(file: Path) -> tuple[Wait, ...]:
    """What both judgements of a fault wait for."""
    module = _Module(ast.parse(file.read_text(encoding="utf-8")))
    return tuple(
        one for name in faults.JUDGES for one in _waited(module, module.functions[name], set())
    )


def _added(found: tuple[Wait, ...]) -> float:
    return sum(one.seconds for one in found)


def check_ids(file: Path) -> list[str]:
    """The checks that a file declares, in its order, as they can be read without running it."""
    return [one.id for one in _checks(file)]


def terms_of(file: Path) -> list[Term]:
    """The same for a file of checks."""
    checks = list(_checks(file))
    alone = [one for one in checks if one.alone]
    chain = _longest({one.id: one for one in checks if not one.alone})
    return [
        *(Term(None, one) for one in SETTLING),
        *(Term(check.id, one) for check in (*chain, *alone) for one in check.waits),
    ]


def seconds(exercise: Exercise) -> float:
    """The protocol floor of an exercise."""
    return sum(term.wait.seconds for term in terms(exercise))


def _longest(checks: Mapping[str, _Check]) -> list[_Check]:
    """The chain of checks, each needing the one before, that waits longest."""
    best: dict[str, list[_Check]] = {}
    for check in checks.values():  # what one needs stands before it
        before = [best[name] for name in check.needs if name in best]
        longest = max(before, key=_together, default=[])
        best[check.id] = [*longest, check]
    return max(best.values(), key=_together, default=[])


def _together(chain: list[_Check]) -> float:
    return sum(check.seconds for check in chain)


# -- reading what is declared


def _checks(file: Path) -> Iterator[_Check]:
    module = _Module(ast.parse(file.read_text(encoding="utf-8")))
    for function in module.functions.values():
        for call in function.decorator_list:
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
                continue
            if call.func.id in CHECK_KINDS:
                words = {one.arg: one.value for one in call.keywords}
                yield _Check(
                    str(_constant(call.args[0])),
                    _names(words.get("needs")),
                    bool(_constant(words.get("alone")) or _constant(words.get("ruins"))),
                    tuple(_waited(module, function, set())),
                )


class _Module:
    """A parsed file: its functions, methods too, and what it imports by which name."""

    def __init__(self, tree: ast.Module) -> None:
        self.functions: dict[str, ast.FunctionDef] = {}
        self.imports: dict[str, tuple[str, str | None]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                self.functions.setdefault(node.name, node)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for one in node.names:
                    self.imports[one.asname or one.name] = (node.module, one.name)


def _waited(module: _Module, function: ast.FunctionDef, seen: set[str]) -> Iterator[Wait]:
    """What a function declares, or else what those declare that it calls; each of them once."""
    declared = _declared(function)
    if declared is not None:
        yield from declared
        return
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        found = _called(module, node.func)
        if found is not None:
            inner, name = found
            if (key := f"{id(inner)}.{name}") not in seen:
                seen.add(key)
                yield from _waited(inner, inner.functions[name], seen)
        elif isinstance(node.func, ast.Attribute) and node.func.attr not in seen:
            seen.add(node.func.attr)
            yield from _probes().get(node.func.attr, ())


def _called(module: _Module, what: ast.expr) -> tuple[_Module, str] | None:
    """The function that is called, if it is one of this file or of a judgement's."""
    if isinstance(what, ast.Name):
        if what.id in module.functions:
            return module, what.id
        source, name = module.imports.get(what.id, ("", None))
        return _in_engine(source, name)
    if isinstance(what, ast.Attribute) and isinstance(what.value, ast.Name):
        source, inner = module.imports.get(what.value.id, ("", None))
        return _in_engine(f"{source}.{inner}", what.attr)
    return None


def _in_engine(source: str, name: str | None) -> tuple[_Module, str] | None:
    if not source.startswith("ipv6lab.") or name is None:
        return None
    file = ENGINE.joinpath(*source.split(".")[1:]).with_suffix(".py")
    if not file.is_file():
        return None
    module = _parsed(file)
    return (module, name) if name in module.functions else None


@functools.cache
def _parsed(file: Path) -> _Module:
    return _Module(ast.parse(file.read_text(encoding="utf-8")))


@functools.cache
def _probes() -> dict[str, tuple[Wait, ...]]:
    """What methods of probes declare, by their names."""
    found: dict[str, tuple[Wait, ...]] = {}
    for file in sorted((ENGINE / "probes").rglob("*.py")):
        if f"@{DECLARED}(" not in file.read_text(encoding="utf-8"):
            continue
        for name, function in _parsed(file).functions.items():
            declared = _declared(function)
            if declared is not None:
                found[name] = declared
    return found


def _declared(function: ast.FunctionDef) -> tuple[Wait, ...] | None:
    for call in function.decorator_list:
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            continue
        if call.func.id == DECLARED:
            return tuple(getattr(waits, ast.unparse(one)) for one in call.args)
    return None


def _constant(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _names(node: ast.expr | None) -> tuple[str, ...]:
    if isinstance(node, ast.Constant):
        return (str(node.value),)
    return tuple(str(_constant(one)) for one in node.elts) if isinstance(node, ast.Tuple) else ()
