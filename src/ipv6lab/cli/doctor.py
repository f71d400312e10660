"""``doctor``: what this machine offers, and which kernel each exercise will run on."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import Message, _

if TYPE_CHECKING:
    from ipv6lab.course.exercises import Exercise
    from ipv6lab.platform.features import Feature
    from ipv6lab.reports.terminal_tables import Terminal

SIGNS = {"ok": ("✔", "green"), "degraded": ("!", "yellow"), "missing": ("✘", "red")}
STATES = {"ok": _("ok"), "degraded": _("degraded"), "missing": _("missing")}
KERNELS = {"host": _("the machine's own"), "lab": _("the lab kernel"), None: _("none")}


@dataclass(frozen=True)
class Outlook:
    """What will become of an exercise here: its kernel, None where it does not run, and why."""

    exercise: str
    kernel: str | None
    reason: Message

    def to_json(self) -> dict[str, Any]:
        return {
            "exercise": self.exercise,
            "kernel": self.kernel,
            "reason": self.reason.to_json(),
        }


def add(commands: Commands) -> None:
    commands.add(
        "doctor",
        _("what this machine can run, and the command that mends what is missing"),
        examine,
        json=True,
    )


def examine(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course import content, exercises
    from ipv6lab.platform import findings

    found = findings.examine()
    outlooks = outlook(found, exercises.load_all(content.find()))
    runs = any(one.kernel for one in outlooks)
    if options.json:
        print_json(
            {
                "runs": runs,
                "features": [one.to_json() for one in found],
                "exercises": [one.to_json() for one in outlooks],
            }
        )
        return 0 if runs else Unsupported.exit_status
    from ipv6lab.reports.terminal_tables import Terminal

    terminal = Terminal()
    _show_features(found, terminal, speech)
    put()
    _show_outlooks(outlooks, terminal, speech)
    if not runs:
        speech.say(_("No exercise runs here yet; mend the required lines above, from the top."))
        return Unsupported.exit_status
    stuck = [one.exercise for one in outlooks if not one.kernel]
    if stuck:
        speech.say(_("These exercises do not run here: {names}.", names=", ".join(stuck)))
    else:
        speech.say(_("Every exercise runs here."))
    return 0


def outlook(found: list[Feature], exercises: list[Exercise]) -> list[Outlook]:
    """Which kernel each of these exercises will run on, by what the doctor found."""
    from ipv6lab.platform import features
    from ipv6lab.sandbox import choice

    everywhere = [one for one in found if one.name in ("python", "image") and _is_missing(one)]
    outlooks = []
    for exercise in exercises:
        if everywhere:
            meaning = everywhere[0].meaning or everywhere[0].title
            outlooks.append(Outlook(exercise.id, None, meaning))
            continue
        try:
            features.check(exercise.needs)
            chosen = choice.choose_among(features.lacking_of(found, exercise.needs))
            outlooks.append(Outlook(exercise.id, chosen.kernel, chosen.reason))
        except LabError as error:
            outlooks.append(Outlook(exercise.id, None, error.message))
    return outlooks


def _is_missing(feature: Feature) -> bool:
    return feature.required and feature.state == "missing"


def _show_features(found: list[Feature], terminal: Terminal, speech: Speech) -> None:
    from ipv6lab.reports.terminal_tables import Cell, Column, Grid

    grid = Grid([Column(""), Column(""), Column(""), Column("", flexible=True)])
    for one in found:
        sign, style = SIGNS[one.state]
        lines = [speech(one.title)]
        if one.meaning:
            lines.append("  " + speech(one.meaning))
        if one.mend:
            lines.append("  → " + one.mend)
        state = speech(STATES[one.state])
        grid.add(Cell(sign, style), Cell(state, style), one.name, "\n".join(lines))
    terminal.show(grid, "")


def _show_outlooks(outlooks: list[Outlook], terminal: Terminal, speech: Speech) -> None:
    """One line for neighbours in the course that share a kernel and a reason."""
    from ipv6lab.reports.terminal_tables import Cell, Column, Grid

    grid = Grid(
        [
            Column(speech(_("Exercises"))),
            Column(speech(_("Kernel"))),
            Column(speech(_("Why")), flexible=True),
        ]
    )
    for (kernel, reason), group in groupby(outlooks, lambda one: (one.kernel, speech(one.reason))):
        names = [one.exercise for one in group]
        shown = names[0] if len(names) == 1 else f"{names[0]} – {names[-1]}"
        style = "green" if kernel else "red"
        grid.add(shown, Cell(speech(KERNELS[kernel]), style), reason)
    terminal.show(grid, "")
