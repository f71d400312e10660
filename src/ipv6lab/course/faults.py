"""The catalogue of faults of a trouble-shooting exercise: ``solutions/<ID>/faults/<name>.py``.

One file is one fault. What it is stands at its top, as plain values, and is read without running
anything; its last part judges the network, and runs in the sandbox (`ipv6lab.grading.tickets`):

``GROUP``      the subject
``CAUSE``      what is wrong and where, by language: for the report, when all is over
``TICKET``     what a user writes, by language: symptoms, never the cause
``EDITS``      node, path, a text that stands in that file of the start state once, and what stands
               there instead; without an old text the file is new, and ``commands.sh`` is what is
               typed when the start state begins
``TYPED``      what is typed on nodes at the end of it
``MEND``       what a reference types on nodes once the files that were edited are mended
``OTHERWISE``  other right mends, by name: what is typed on nodes while the files are as they were
``FORBIDDEN``  mends that earn nothing, by name: what is typed on nodes
``CLASHES``    faults that are never drawn together with this one
``symptom(lab)``  fails as long as what the ticket tells of is so
``mended(lab)``   fails until the cause is mended, for good and in the right way

``{{ name }}`` is looked up in the seat's plan.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipv6lab.course.content import Content
from ipv6lab.course.exercises import Exercise
from ipv6lab.course.lookups import look_up
from ipv6lab.words import drawn_faults as words
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

FOLDER = "faults"
JUDGES = ("symptom", "mended")
_VALUES: dict[str, Callable[[], Any]] = {
    "GROUP": str,
    "CAUSE": dict,
    "TICKET": dict,
    "EDITS": list,
    "TYPED": dict,
    "MEND": dict,
    "OTHERWISE": dict,
    "FORBIDDEN": dict,
    "CLASHES": set,
}
_NEEDED = ("GROUP", "CAUSE", "TICKET", "MEND", "FORBIDDEN")


@dataclass(frozen=True)
class Fault:
    """One fault as its file describes it, before names are looked up."""

    name: str
    file: Path
    group: str
    cause: Mapping[str, str]  # by language
    ticket: Mapping[str, str]
    edits: tuple[tuple[str, str, str, str], ...]
    typed: Mapping[str, str]
    mend: Mapping[str, str]
    otherwise: Mapping[str, Mapping[str, str]]
    forbidden: Mapping[str, Mapping[str, str]]
    clashes: frozenset[str]

    @property
    def source(self) -> str:
        return self.file.read_text(encoding="utf-8")

    @property
    def nodes(self) -> list[str]:
        """The nodes that it is on."""
        return list(dict.fromkeys([*(edit[0] for edit in self.edits), *self.typed]))

    def to_inject(self, plan: Mapping[str, str]) -> dict[str, Any]:
        """As `ipv6lab.words.drawn_faults.inject` takes it. Raises LabError for an unknown name."""
        file = str(self.file)
        return {
            "edits": [[look_up(part, plan, file) for part in edit] for edit in self.edits],
            "typed": self._on_nodes(self.typed, plan),
        }

    def to_mend(self, plan: Mapping[str, str]) -> dict[str, str]:
        """What a reference types, by node."""
        return self._on_nodes(self.mend, plan)

    def to_mend_otherwise(self, name: str, plan: Mapping[str, str]) -> dict[str, str]:
        """What somebody types who mends it in another right way, by node."""
        return self._on_nodes(self.otherwise[name], plan)

    def to_forbid(self, name: str, plan: Mapping[str, str]) -> dict[str, str]:
        """What somebody types who mends it by force, by node."""
        return self._on_nodes(self.forbidden[name], plan)

    def told(self, language: str, plan: Mapping[str, str]) -> str:
        """The ticket's text in a language."""
        return look_up(self.ticket[language], plan, str(self.file))

    def explained(self, language: str, plan: Mapping[str, str]) -> str:
        """The cause in a language."""
        return look_up(self.cause[language], plan, str(self.file))

    def _on_nodes(self, scripts: Mapping[str, str], plan: Mapping[str, str]) -> dict[str, str]:
        return {node: look_up(text, plan, str(self.file)) for node, text in scripts.items()}


def catalogue(content: Content, exercise: Exercise) -> dict[str, Fault]:
    """All faults of an exercise, by name. Raises LabError where there are none, or one is broken.

    They travel with the solutions.
    """
    found = {file.stem: read(file) for file in files(content, exercise.id)}
    if not found:
        raise LabError(
            _(
                "The faults of {exercise} are not here: they are in the trainers' package, with "
                "the solutions.",
                exercise=exercise.id,
            )
        )
    for fault in found.values():
        for other in fault.clashes:
            if other not in found:
                raise _broken(fault.file, f"CLASHES names {other}, which there is not")
    return found


def files(content: Content, exercise: str) -> list[Path]:
    """The files of the catalogue; none where it is not here."""
    return sorted((content.solutions / exercise / FOLDER).glob("*.py"))


def drawn(known: Mapping[str, Fault], count: int, bits: bytes) -> list[Fault]:
    """So many faults of a catalogue, in the order of their tickets, as the agent draws them."""
    clashes = {name: fault.clashes for name, fault in known.items()}
    return [known[name] for name in words.draw(clashes, count, words.seed(bits))]


def read(file: Path) -> Fault:
    """The fault that a file describes. Raises LabError where it does not."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        raise _broken(file, str(error)) from None
    values: dict[str, Any] = {}
    for line in tree.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            name = line.targets[0].id
            if name in _VALUES:
                try:
                    values[name] = ast.literal_eval(line.value)
                except ValueError:
                    raise _broken(file, f"{name} is no plain value") from None
    judges = {line.name for line in tree.body if isinstance(line, ast.FunctionDef)}
    for name in (*_NEEDED, *JUDGES):
        if name not in values and name not in judges:
            raise _broken(file, f"it does not say {name}")
    values = {name: values.get(name, empty()) for name, empty in _VALUES.items()}
    return Fault(
        file.stem,
        file,
        values["GROUP"],
        values["CAUSE"],
        values["TICKET"],
        tuple(values["EDITS"]),
        values["TYPED"],
        values["MEND"],
        values["OTHERWISE"],
        values["FORBIDDEN"],
        frozenset(values["CLASHES"]),
    )


def _broken(file: Path, reason: str) -> LabError:
    return LabError(_("{file} is no fault: {reason}.", file=str(file), reason=reason))
