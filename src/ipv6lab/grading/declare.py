"""How a check is declared, and how a file of checks is read."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

from ipv6lab.probes import Lab
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

FILE = "checks.py"
DEADLINE = 10.0  # seconds, where neither the check nor its file says another
DEADLINE_OF_FILE = "DEADLINE"  # the name by which a file of checks gives one for all of them

Function = Callable[[Lab], Any]


@dataclass(frozen=True)
class Check:
    """One graded statement. `deadline` in seconds from its own start; 0: that of its file.

    `kind` is must, must_not, still or note; `needs` are the ids of checks that have to pass before
    this one can be judged; `alone` says that nothing else may run meanwhile, because it disturbs.
    What `ruins` the lab runs after everything else, and on a replay only.
    """

    id: str
    kind: str
    weight: int
    deadline: float
    needs: tuple[str, ...]
    alone: bool
    title: str
    function: Function
    ruins: bool = False


class Terms(TypedDict, total=False):
    """How any check may be declared; see `Check`."""

    deadline: float
    needs: str | tuple[str, ...]
    alone: bool
    ruins: bool


def must(id: str, weight: int, **terms: Unpack[Terms]) -> Callable[[Function], Function]:
    """Declare a goal: it earns its weight when it passes."""
    return _declare("must", id, weight, **terms)


def must_not(id: str, weight: int, **terms: Unpack[Terms]) -> Callable[[Function], Function]:
    """Declare what may not happen: it takes its weight away when it does.

    It has to call `control`: that nothing was seen means something only where the same probe is
    seen to get through.
    """
    return _declare("must_not", id, weight, **terms)


def still(id: str, weight: int, **terms: Unpack[Terms]) -> Callable[[Function], Function]:
    """Declare what worked before and has to go on working: broken, it takes its weight away."""
    return _declare("still", id, weight, **terms)


def note(id: str, **terms: Unpack[Terms]) -> Callable[[Function], Function]:
    """Declare something worth telling that weighs nothing."""
    return _declare("note", id, 0, **terms)


def _declare(
    kind: str,
    id: str,
    weight: int,
    deadline: float = 0.0,
    needs: str | tuple[str, ...] = (),
    alone: bool = False,
    ruins: bool = False,
) -> Callable[[Function], Function]:
    def declared(function: Function) -> Function:
        lines = (function.__doc__ or "").strip().splitlines()
        title = lines[0].strip() if lines else ""
        wanted = (needs,) if isinstance(needs, str) else tuple(needs)
        check = Check(id, kind, weight, deadline, wanted, alone, title, function, ruins)
        function.__dict__[_MARK] = check
        return function

    return declared


_MARK = "ipv6lab_check"


def load(folder: str | Path) -> list[Check]:
    """The checks of ``checks.py`` in a folder, in the order in which they stand there.

    Raises LabError when the file cannot be run or its checks do not fit together.
    """
    path = Path(folder, FILE)
    module = types.ModuleType("checks")
    module.__file__ = str(path)
    try:
        code = compile(path.read_bytes(), str(path), "exec")
        exec(code, module.__dict__)
    except Exception as error:
        raise LabError(
            _(
                "{file} cannot be run: {error}.",
                file=str(path),
                error=f"{type(error).__name__}: {error}",
            )
        ) from error
    found = [
        function.__dict__[_MARK]
        for function in vars(module).values()
        if isinstance(function, types.FunctionType) and _MARK in function.__dict__
    ]
    usual = float(vars(module).get(DEADLINE_OF_FILE, DEADLINE))
    found = [replace(check, deadline=check.deadline or usual) for check in found]
    for complaint in _complaints(found):
        raise LabError(_("{file}: {complaint}.", file=str(path), complaint=complaint))
    return found


def _complaints(checks: list[Check]) -> Iterable[str]:
    """What is wrong with checks as a whole; a check needs only what stands before it."""
    if not checks:
        yield "there is no check"
    seen: set[str] = set()
    for check in checks:
        if check.id in seen:
            yield f"two checks are called {check.id}"
        if not check.title:
            yield f"{check.id} has no docstring, whose first line is its title"
        if check.kind == "must" and check.weight <= 0:
            yield f"{check.id} is a must without weight"
        if check.weight < 0 or check.deadline <= 0:
            yield f"{check.id} has a negative weight or no time"
        for needed in check.needs:
            if needed not in seen:
                yield f"{check.id} needs {needed}, which is not declared before it"
        seen.add(check.id)
