"""The verbs of ``class`` that are about marks: grading what was handed in, and the gradebook."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.errors import LabError, NotJudged
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipv6lab.classroom.folder import Class
    from ipv6lab.classroom.gradebook.people import Holder
    from ipv6lab.classroom.gradebook.standing import Standing


def add_options(parser: argparse.ArgumentParser, speech: Speech) -> None:
    """The options of these verbs."""
    parser.add_argument(
        "--jobs", metavar="N", type=int, help=speech(_("grade: how many at a time"))
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help=speech(_("grade: also what is graded already and has not changed")),
    )


def the_class(options: argparse.Namespace) -> Class:
    from ipv6lab.classroom import folder

    return folder.load(folder.place(options.folder))


def grade(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom import handed
    from ipv6lab.classroom.gradebook import ledger, regrading
    from ipv6lab.cli.marks import default_jobs
    from ipv6lab.cli.program import INTERRUPTED

    if options.jobs is not None and options.jobs < 1:
        raise LabError(_("--jobs takes a number from 1 on."))
    found = the_class(options)
    exercise = options.words[0] if options.words else None
    if not handed.files(found):
        raise LabError(_("Nobody has handed anything in yet."))
    graded: list[dict[str, Any]] = []
    with ledger.opened(found) as book:
        plan = regrading.plan(found, book, exercise, options.again)
        if exercise and not plan.wanted and not plan.kept:
            raise LabError(_("Nobody has handed {exercise} in yet.", exercise=exercise))
        for sentence in plan.unknown:
            speech.note(sentence)
        if plan.kept and not options.json:
            speech.note(
                _(
                    "Graded already, with nothing changed since: {count}; --again grades them too.",
                    count=len(plan.kept),
                )
            )
        jobs = min(options.jobs or default_jobs(), max(1, len(plan.wanted)))
        with _bar(len(plan.wanted), speech) as step:
            try:
                for holder, name, result in regrading.grade(found, book, plan.wanted, jobs):
                    graded.append({**result, "name": holder.name})
                    if not options.json:
                        _print_one(holder, name, result, speech)
                    step()
            except KeyboardInterrupt:
                speech.note(
                    _(
                        "Interrupted: {count} of {all} are graded and kept; the same command goes "
                        "on from there.",
                        count=len(graded),
                        all=len(plan.wanted),
                    )
                )
                return INTERRUPTED
    if options.json:
        kept = [{**one.result, "name": one.holder.name} for one in plan.kept]
        print_json(sorted([*kept, *graded], key=lambda one: (one["exercise"], one["folder"])))
    verdicts = {one["verdict"] for one in graded}
    if "refused" in verdicts:
        return 1
    return NotJudged.exit_status if "not_judged" in verdicts else 0


def _print_one(holder: Holder, exercise: str, result: dict[str, Any], speech: Speech) -> None:
    score = result["score"] if result["verdict"] != "refused" else None
    points = "–" if score is None else score
    put(f"{holder.seat:>4}  {exercise:<5} {points:>4} {holder.name}".rstrip())
    if "message" in result:
        speech.note("      " + speech.sentence(result["message"]))
    sys.stdout.flush()


@contextmanager
def _bar(count: int, speech: Speech) -> Iterator[Callable[[], None]]:
    """How far it is, on a terminal's standard error; what is printed meanwhile stands above it."""
    if count < 2 or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(bar_width=None), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        f"[bold]{speech(_('Grading'))}",
        *columns,
        console=Console(stderr=True),
        auto_refresh=False,  # no thread beside us: gradings are forked from here
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    ) as progress:
        task = progress.add_task("", total=count)
        progress.refresh()

        def step() -> None:
            progress.advance(task)
            progress.refresh()

        yield step


def results(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom.gradebook import sheets

    found, people = _standings(options)
    for name in options.words:
        sheets.write(found, people, Path(name), speech)
        speech.note(_("{file} holds the marks that count.", file=name))
    if options.json:
        print_json(sheets.told(found, people))
    elif not options.words:
        _print_marks(people, speech)
    return 0


def _standings(options: argparse.Namespace) -> tuple[Class, list[Standing]]:
    from ipv6lab.classroom.gradebook import ledger, standing

    found = the_class(options)
    with ledger.opened(found) as book:
        return found, standing.standings(found, book)


def _print_marks(people: list[Standing], speech: Speech) -> None:
    from ipv6lab.classroom.gradebook import sheets
    from ipv6lab.reports.terminal_tables import Cell, Column, Grid, Terminal

    names = sheets.exercises_of(people)
    if not names:
        raise LabError(_("Nothing is graded yet; ipv6lab class grade does it."))
    titles = [speech(_("Seat")), speech(_("Name"))]
    numbers = [Column(one, right=True) for one in [*names, speech(_("Sum"))]]
    grid = Grid([Column(titles[0], right=True), Column(titles[1], flexible=True), *numbers])
    for one in people:
        cells = []
        for name in names:
            mark = one.marks.get(name)
            points = "" if mark is None else "?" if mark.points is None else str(mark.points)
            cells.append(f"{points}*" if mark and mark.by_hand else points)
        total = "" if one.total is None else str(one.total)
        grid.add(Cell(str(one.holder.seat), "bold"), one.holder.name, *cells, total)
    Terminal().show(grid)
    if any(mark.by_hand for one in people for mark in one.marks.values()):
        speech.note(_("* a trainer has set some of these points; ipv6lab class results FILE says "
                      "who and why"))  # fmt: skip


VERBS = {
    "grade": ("[EXERCISE]", 0, 1, _("do the handed-in work again: these marks count")),
    "results": ("[FILE…]", 0, 9, _("the marks that count, as a table, *.csv, *.xlsx or *.json")),
}
DO = {"grade": grade, "results": results}
