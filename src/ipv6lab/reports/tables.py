"""Tables for the terminal: results, exercises, what runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from ipv6lab.reports import say as words
from ipv6lab.reports.graded import (
    Check,
    Result,
    kind,
    mark,
    of_parts,
    ordered,
    origin,
    points,
    shown,
    shown_of_all,
)
from ipv6lab.reports.say import Translate, say
from ipv6lab.reports.terminal_tables import Cell, Column, Grid, Terminal
from ipv6lab.words.message import Message, _


def print_results(
    result: Result, tr: Translate, lang: str = "en", file: TextIO | None = None
) -> None:
    """Print the checks of one graded folder and its score."""
    terminal = Terminal(file)
    grid = _narrow_results if terminal.narrow else _wide_results
    remarks, score = _remarks(result, tr), score_line(result, tr)
    terminal.show(grid(result, tr, lang), "", *remarks, score, *of_parts(result, tr))


def print_grades(results: Sequence[Result], tr: Translate, file: TextIO | None = None) -> None:
    """Print the points of many graded folders, one a line, and the checks that cost them."""
    terminal = Terminal(file)
    grid = Grid(
        [
            Column(tr(_("Folder")), flexible=True),
            Column(tr(_("Points")), right=True),
            Column(tr(_("Verdict"))),
            Column(tr(_("Not passed")), flexible=True),
        ]
    )
    for result in results:
        verdict = mark(shown_of_all(result))
        missed = [c for c in result["checks"] if shown(c) in ("failed", "blocked", "not_judged")]
        grid.add(
            Cell(str(result["folder"]), "bold"),
            "" if result["verdict"] == "refused" else points(result),
            Cell(f"{verdict.sign} {tr(verdict.word)}", verdict.style),
            ", ".join(f"{mark(shown(c)).sign} {c['id']}" for c in missed),
        )
    terminal.show(grid)


def _remarks(result: Result, tr: Translate) -> list[Cell]:
    """What one has to know of the points, where not all of them are there."""
    if result.get("score") == result.get("max_score", 100):
        return []
    if result.get("score") is None:
        told = tr(
            _("What could not be judged is the grader's own trouble and costs nothing: try again.")
        )
        warning = say(result.get("warning"), tr)
        return [Cell(told, "dim"), *([Cell(warning, "bold")] if warning else [])]
    takes = [one for one in result["checks"] if one["kind"] in ("must_not", "still")]
    if not any(one["weight"] and one["verdict"] == "passed" for one in takes):
        return []
    return [
        Cell(
            tr(_("“must not” and “still” earn no points: broken, they take their weight away.")),
            "dim",
        )
    ]


def score_line(result: Result, tr: Translate) -> Cell:
    """The score in one line, such as ``✘ failed: 26 of 100 points (self-reported)``."""
    verdict = mark(shown_of_all(result))
    highest = result.get("max_score", 100)
    judged = result.get("judged", highest)
    sentence = (
        _("{sign} {verdict}: {score} of {max_score} points ({origin})", max_score=highest)
        if judged == highest
        else _(
            "{sign} {verdict}: {score} of the {judged} points that can be judged in a running lab "
            "({origin})",
            judged=judged,
        )
    )
    values = {
        "sign": verdict.sign,
        "verdict": tr(verdict.word),
        "score": points(result),
        "origin": tr(origin(result)),
    }
    text = tr(Message(sentence.text, {**sentence.values, **values}))
    return Cell(text, f"bold {verdict.style}".strip())


def print_exercises(
    exercises: Sequence[Mapping[str, Any]], tr: Translate, file: TextIO | None = None
) -> None:
    """Print the list of exercises: ``id, title, level, minutes`` of each, ``score`` if known."""
    terminal = Terminal(file)
    if terminal.slim:
        for exercise in exercises:
            facts = [str(exercise["id"]), say(exercise.get("level"), tr)]
            if exercise.get("minutes"):
                facts.append(tr(_("{count} min", count=exercise["minutes"])))
            if exercise.get("score") is not None:
                facts.append(tr(_("{count} points", count=exercise["score"])))
            terminal.show(Cell(", ".join(facts), "bold"), "  " + say(exercise.get("title"), tr))
        return
    scored = any(exercise.get("score") is not None for exercise in exercises)
    columns = [
        Column(tr(_("Exercise"))),
        Column(tr(_("Title")), flexible=True),
        Column(tr(_("Level"))),
        Column(tr(_("Minutes")), right=True),
    ]
    if scored:
        columns.append(Column(tr(_("Points")), right=True))
    grid = Grid(columns)
    for exercise in exercises:
        score = exercise.get("score")
        row = [
            Cell(str(exercise["id"]), "bold"),
            Cell(say(exercise.get("title"), tr)),
            Cell(say(exercise.get("level"), tr)),
            Cell(str(exercise.get("minutes") or "")),
        ]
        if scored:
            row.append(Cell("" if score is None else str(score)))
        grid.add(*row)
    terminal.show(grid)


def print_status(
    labs: Sequence[Mapping[str, Any]], tr: Translate, lang: str = "en", file: TextIO | None = None
) -> None:
    """Print what runs: ``seat, exercise, state, started_at, kernel, nodes``, as far as known.

    ``nodes`` is a number or a list of names.
    """
    known = (
        ("seat", _("Seat")),
        ("exercise", _("Exercise")),
        ("state", _("State")),
        ("started_at", _("Started")),
        ("kernel", _("Kernel")),
        ("nodes", _("Nodes")),
    )
    terminal = Terminal(file)
    if not labs:
        terminal.show(tr(_("No lab is running.")))
        return
    shown = [(key, name) for key, name in known if any(lab.get(key) is not None for lab in labs)]
    grid = Grid([Column(tr(name), flexible=key == "nodes") for key, name in shown])
    for lab in labs:
        grid.add(*(_status_value(key, lab.get(key), tr, lang) for key, _name in shown))
    terminal.show(grid)


def _status_value(key: str, value: Any, tr: Translate, lang: str) -> str:
    if value is None:
        return ""
    if key == "started_at":
        return words.moment(str(value), lang)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return say(value, tr) if isinstance(value, Message | dict) else str(value)


def _wide_results(result: Result, tr: Translate, lang: str) -> Grid:
    grid = Grid(
        [
            Column(tr(_("Verdict"))),
            Column(tr(_("Check"))),
            Column(tr(_("Kind"))),
            Column(tr(_("Weight")), right=True),
            Column(tr(_("What was checked")), flexible=True),
            Column(tr(_("Time")), right=True),
            Column(tr(_("Protocol")), right=True),
        ]
    )
    for check, depth in ordered(result["checks"]):
        verdict = mark(shown(check))
        grid.add(
            Cell(f"{verdict.sign} {tr(verdict.word)}", verdict.style),
            Cell(_branch(depth) + str(check["id"]), "bold"),
            tr(kind(check)),
            str(check["weight"]),
            "\n".join(_sentences(check, tr)),
            words.seconds(check, tr, lang),
            words.protocol_seconds(check, tr, lang),
        )
    return grid


def _narrow_results(result: Result, tr: Translate, lang: str) -> Grid:
    """Two columns: what must be found at a glance, and everything else in lines."""
    grid = Grid([Column(tr(_("Check"))), Column(tr(_("What was checked")), flexible=True)])
    for check, depth in ordered(result["checks"]):
        verdict = mark(shown(check))
        details = [tr(verdict.word), f"{tr(kind(check))} {check['weight']}"]
        details += [time for time in (_time(check, tr, lang),) if time]
        grid.add(
            Cell(f"{verdict.sign} {_branch(depth)}{check['id']}", f"bold {verdict.style}".strip()),
            "\n".join([" · ".join(details), *_sentences(check, tr)]),
        )
    return grid


def _branch(depth: int) -> str:
    return "" if depth == 0 else "  " * (depth - 1) + "└ "


def _sentences(check: Check, tr: Translate) -> list[str]:
    told = words.message(check, tr)
    title = say(check.get("title"), tr)
    return [title, told] if told else [title]


def _time(check: Check, tr: Translate, lang: str) -> str:
    taken = words.seconds(check, tr, lang)
    protocol = words.protocol_seconds(check, tr, lang)
    if not protocol:
        return taken
    return tr(_("{taken}, of which protocol {protocol}", taken=taken, protocol=protocol))
