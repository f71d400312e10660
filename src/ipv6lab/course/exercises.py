"""Exercises: ``exercises/<ID>-<slug>/exercise.toml`` and the files beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ipv6lab.course.content import Content
from ipv6lab.course.near import near
from ipv6lab.course.table import Table
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

DESCRIPTION = "exercise.toml"
CHECKS = "checks.py"
BASELINE = "baseline.json"
TASK = "task.md"

LEVELS = ("basic", "intermediate", "advanced", "expert")
RUNGS = 3  # hints of a check
CAPSTONE = "K"  # the letter of exercises that come after all others
# Of the course's outline, and not written yet: no day names them, but people ask for them.
PLANNED = frozenset({"L07", "L20", "L21", "L24", "L25", "K2", "S3"})

_FOLDER = re.compile(r"(?P<id>[A-Z]+[0-9]+)-[a-z0-9-]+")
_TOPOLOGY = re.compile(r"(?P<module>[a-z][a-z0-9_]*):(?P<name>[A-Za-z][A-Za-z0-9_]*)")


@dataclass(frozen=True)
class Hint:
    """One rung of a check's ladder; `cost` is in percent of the check's weight, for all so far."""

    text: str
    cost: int


@dataclass(frozen=True)
class Part:
    """A part of an exercise that can be done on another day, and has a score of its own."""

    number: str  # as in L13.A
    title: str
    minutes: int
    checks: tuple[str, ...]  # a *must* is in one part, what may not break may be in several


@dataclass(frozen=True)
class Exercise:
    """One exercise, as its folder describes it; texts are English, to be translated."""

    id: str
    folder: Path
    title: str
    group: str
    level: str
    minutes: int
    topology_module: str  # topologies/<module>.py
    topology_name: str  # the key of its `topos`, or the class
    nodes: tuple[str, ...]  # the trainee's
    visits: tuple[str, ...]  # nodes on which the trainee may look around, no more
    after: str | None  # the exercise from whose solution this one may begin
    needs: tuple[str, ...]  # operations of the kernel, as `doctor` names them
    references: tuple[str, ...]
    hints: dict[str, tuple[Hint, ...]]
    questions: dict[str, str]  # to be answered in words, by the name of the answer
    draws: dict[str, str | dict[str, str]]  # see `ipv6lab.course.draws`
    secrets: dict[str, str | dict[str, str]]  # the same, drawn by the agent alone
    parts: tuple[Part, ...]  # none where it is not cut
    faults: int  # so many are drawn, of `ipv6lab.course.faults`; it is an exam then

    @property
    def is_secret(self) -> bool:
        """Whether the agent draws something that decides marks."""
        return bool(self.secrets or self.faults)

    @property
    def start(self) -> Path:
        """The configuration folder of the start state."""
        return self.folder / "start"

    @property
    def checks(self) -> Path:
        return self.folder / CHECKS

    @property
    def baseline(self) -> Path:
        """What firewalls let through in the start state, where checks ask for that."""
        return self.folder / BASELINE

    @property
    def task(self) -> Path:
        return self.folder / TASK

    def part(self, number: str) -> Part:
        """One of its parts. Raises KeyError where there is none with this number."""
        return {one.number: one for one in self.parts}[number]

    def hint(self, check: str, number: int) -> Hint:
        """The first, second or third hint for a check. Raises LabError for an unknown check."""
        ladder = self.hints.get(check)
        if not self.hints:
            raise LabError(_("{exercise} is an exam: there are no hints.", exercise=self.id))
        if ladder is None:
            known = ", ".join(self.hints)
            raise LabError(
                _(
                    "{exercise} has no hints for {check}; it has them for {known}.",
                    exercise=self.id,
                    check=check,
                    known=known,
                )
            )
        return ladder[min(number, RUNGS) - 1]


def identifiers(content: Content) -> list[str]:
    """The ids of all exercises that are there, in the order of the course."""
    return sorted(_folders(content), key=_turn)


def load_all(content: Content) -> list[Exercise]:
    """Every exercise, in the order of the course."""
    folders = _folders(content)
    return [_load(folders[one]) for one in sorted(folders, key=_turn)]


def load(content: Content, name: str) -> Exercise:
    """The exercise with this id (L04, l04), folder name (L04-slaac) or part (L13.A)."""
    folders = _folders(content)
    wanted = re.split(r"[-.]", name.upper())[0]
    if wanted in folders:
        return _load(folders[wanted])
    if wanted in PLANNED:
        raise LabError(
            _("{exercise} is not there yet; ipv6lab list shows what is.", exercise=wanted)
        )
    meant = sorted(near(name, folders), key=lambda one: _number(one) != _number(name))
    if meant:
        raise LabError(
            _(
                "There is no exercise {name}; did you mean {meant}?",
                name=name,
                meant=", ".join(meant),
            )
        )
    raise LabError(
        _("There is no exercise {name}; `ipv6lab list` shows those there are.", name=name)
    )


def _turn(identifier: str) -> tuple[bool, str]:
    return identifier.startswith(CAPSTONE), identifier


def _number(name: str) -> int | None:
    """The number in an id: 4 in L04, and in L4."""
    digits = re.sub(r"\D", "", name)
    return int(digits) if digits.isascii() and digits else None


def _folders(content: Content) -> dict[str, Path]:
    try:
        entries = sorted(content.exercises.iterdir())
    except OSError as error:
        raise LabError(
            _(
                "{file} cannot be read: {reason}.",
                file=str(content.exercises),
                reason=error.strerror or str(error),
            )
        ) from None
    folders: dict[str, Path] = {}
    for folder in entries:
        matched = _FOLDER.fullmatch(folder.name)
        if matched and (folder / DESCRIPTION).exists():
            folders[matched["id"]] = folder
    return folders


def _load(folder: Path) -> Exercise:
    table = Table.read(folder / DESCRIPTION)
    identifier = table.text("id")
    if folder.name.partition("-")[0] != identifier:
        raise LabError(
            _(
                "{file}: id is {id}, but the folder is named {folder}.",
                file=str(table.file),
                id=identifier,
                folder=folder.name,
            )
        )
    topology = _TOPOLOGY.fullmatch(table.text("topology"))
    if not topology:
        raise LabError(
            _(
                "{file}: topology must be a module and a name, such as staff:Staff.",
                file=str(table.file),
            )
        )
    exercise = Exercise(
        id=identifier,
        folder=folder,
        title=table.text("title"),
        group=table.text("group"),
        level=table.choice("level", LEVELS),
        minutes=table.integer("minutes", 1, 600),
        topology_module=topology["module"],
        topology_name=topology["name"],
        nodes=table.texts("nodes"),
        visits=table.texts("visits", optional=True),
        after=table.text("after") if "after" in table else None,
        needs=table.texts("needs"),
        references=table.texts("references"),
        hints=_hints(table) if "hints" in table else {},  # in an exam there are none
        questions=_questions(table),
        draws=_draws(table, "draw"),
        secrets=_draws(table, "secret"),
        faults=table.integer("faults", 1, 20) if "faults" in table else 0,
        parts=_parts(table),
    )
    table.finish()
    return exercise


def _parts(table: Table) -> tuple[Part, ...]:
    found = table.table("parts", optional=True)
    return tuple(_part(number, found.table(number)) for number in found.keys)


def _part(number: str, table: Table) -> Part:
    part = Part(
        number, table.text("title"), table.integer("minutes", 1, 600), table.texts("checks")
    )
    table.finish()
    return part


def _questions(table: Table) -> dict[str, str]:
    questions = table.table("questions", optional=True)
    return {name: questions.text(name) for name in questions.keys}


def _draws(table: Table, key: str) -> dict[str, str | dict[str, str]]:
    draws = table.table(key, optional=True)
    return {
        name: _choice(draws.table(name)) if draws.is_table(name) else draws.text(name)
        for name in draws.keys
    }


def _choice(table: Table) -> dict[str, str]:
    return {pattern: table.text(pattern) for pattern in table.keys}


def _hints(table: Table) -> dict[str, tuple[Hint, ...]]:
    """The ladders, and what each rung has cost once it has been read."""
    costs = table.integers("hint_cost", RUNGS, 0, 100)
    ladders = table.table("hints")
    hints = {}
    for check in ladders.keys:
        texts = ladders.texts(check)
        if len(texts) != RUNGS:
            raise LabError(
                _(
                    "{file}: {key} must have {count} hints, the vaguest first.",
                    file=str(table.file),
                    key=ladders.where(check),
                    count=RUNGS,
                )
            )
        hints[check] = tuple(Hint(text, cost) for text, cost in zip(texts, costs, strict=True))
    return hints
