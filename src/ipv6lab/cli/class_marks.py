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
    from ipv6lab.classroom.gradebook import verifying
    from ipv6lab.classroom.gradebook.ledger import ByHand
    from ipv6lab.classroom.gradebook.people import Holder
    from ipv6lab.classroom.gradebook.standing import Standing


A_CORE = 6  # gradings a core: with forty of them it is the processor that should be waited for


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
    parser.add_argument(
        "--least",
        metavar="N",
        type=int,
        default=50,
        help=speech(_("certificates: the points that an exercise on them has at least (50)")),
    )
    parser.add_argument(
        "--key",
        metavar=speech(_("FILE")),
        help=speech(_("verify: the class's public key, where the class is not on this machine")),
    )
    parser.add_argument(
        "--points",
        metavar="N",
        help=speech(_("mark: what the check is worth, “graded” to take that back")),
    )
    parser.add_argument(
        "--reason", metavar=speech(_("TEXT")), help=speech(_("mark: why, for all reports"))
    )
    parser.add_argument(
        "--author", metavar=speech(_("TEXT")), help=speech(_("mark: who says so, if not you"))
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
        jobs = min(options.jobs or default_jobs(A_CORE), max(1, len(plan.wanted)))
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


def mark(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom.gradebook import appeals, ledger, standing
    from ipv6lab.course.seats import seat_number

    if options.points is None or options.reason is None:
        raise LabError(_("Say how many points with --points, and why with --reason."))
    found = the_class(options)
    seat, exercise, check = options.words
    with ledger.opened(found) as book:
        holder = appeals.whose(found, book, seat_number(seat) or 0)
        given = appeals.mark(
            holder, exercise, check, options.points, options.reason, options.author
        )
        book.add_mark(given)
        people = standing.standings(found, book)
    person = next(
        one for one in people if (one.holder.seat, one.holder.name) == (holder.seat, holder.name)
    )
    after = person.marks.get(given.exercise)
    points = after.points if after else None
    appeals.answer(found, given)
    _tell_seat(found, given, points, holder.language)
    values = {"seat": seat, "exercise": given.exercise, "check": given.check}
    if options.json:
        print_json({**values, "points": given.points, "score": points, "author": given.author})
        return 0
    name = holder.name
    speech.say(
        _("Kept: seat {seat} ({name}) now has {points} points in {exercise}.", **values, name=name,
          points="?" if points is None else points)
    )  # fmt: skip
    return 0


def _tell_seat(found: Class, given: ByHand, points: int | None, language: str) -> None:
    """A note for the seat, where the class is up and the seat hears it."""
    import contextlib

    from ipv6lab.classroom import holding

    held = holding.running(found)
    if held is None:
        return
    text = Speech(language)(
        _(
            "{exercise} {check}, by {author}: {reason} ({exercise} is now at {points} points.)",
            exercise=given.exercise,
            check=given.check,
            author=given.author,
            reason=given.reason,
            points="?" if points is None else points,
        )
    )
    with contextlib.suppress(LabError):  # the mark is kept in any case
        holding.ask_board(found, held["wanted"], "note", text=text, seats=[given.holder.seat])


def disputes(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom.gradebook import appeals, people
    from ipv6lab.reports.say import moment

    found = the_class(options)
    told, who = appeals.disputes(found), people.holders(found)
    if options.json:
        kept = ("verdict", "message", "evidence")
        print_json(
            [
                {
                    **{"seat": one.seat, "exercise": one.exercise, "check": one.check},
                    **{"why": one.why, "at": one.at, "answer": one.answer or None},
                    **{key: one.told[key] for key in kept if key in one.told},
                }
                for one in told
            ]
        )
    elif not told:
        speech.say(_("Nobody disputes a mark."))
    for one in told if not options.json else []:
        name = who[one.seat].name if one.seat in who else ""
        done = f" ({speech(_('answered'))})" if one.answer else ""
        at = moment(_iso(one.at), speech.language)
        put(f"{one.seat:>4}  {one.exercise} {one.check}  {at}  {name}{done}\n      {one.why}")
    for folder in options.words:
        for one in told:
            try:
                where = appeals.write_out(one, Path(folder))
            except LabError as error:  # the others' are written in any case
                speech.note(error.message)
                continue
            speech.note(
                _(
                    "{folder} holds the work; ipv6lab grade {exercise} {folder}/work grades it.",
                    folder=str(where),
                    exercise=one.exercise,
                )
            )
    return 0


def _iso(at: float) -> str:
    from datetime import datetime

    try:
        return datetime.fromtimestamp(at).astimezone().isoformat(timespec="minutes")
    except (OverflowError, ValueError, OSError):
        return "?"


def report(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom.gradebook import written

    found, people = _standings(options)
    folder = Path(options.words[0])
    made = [str(file) for file in written.reports(found, people, folder)]
    if options.json:
        print_json([f"{file}.{form}" for file in made for form in ("html", "pdf")])
        return 0
    speech.say(
        _(
            "{folder} holds a report for each of {count} people and one for the class, as HTML "
            "and PDF.",
            folder=str(folder),
            count=len(made) - 1,
        )
    )
    return 0


def certificates(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom.gradebook import awards, ledger, signing, standing

    if not 0 <= options.least <= 100:
        raise LabError(_("--least takes a number from 0 to 100."))
    found = the_class(options)
    folder = Path(options.words[0])
    made = []
    with ledger.opened(found) as book:
        people = standing.standings(found, book)
        for one, file in awards.write(found, book, people, folder, options.least):
            if file is not None:
                made.append(str(file))
            elif not options.json:
                speech.note(
                    _(
                        "Seat {seat} ({name}) has no exercise of {least} points.",
                        seat=one.holder.seat,
                        name=one.holder.name,
                        least=options.least,
                    )
                )
    if options.json:
        print_json([f"{file}.{form}" for file in made for form in ("html", "pdf")])
        return 0
    speech.say(
        _(
            "{folder} holds {count} certificates, as HTML and PDF; who has {key} can verify them.",
            folder=str(folder),
            count=len(made),
            key=str(signing.public_file(found)),
        )
    )
    return 0


def verify(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.classroom.gradebook import ledger, signing, verifying

    if options.key is not None:
        key = signing.public(Path(options.key))
        return _verify(options, speech, lambda data: verifying.verify(data, key))
    found = the_class(options)
    file = signing.public_file(found)
    if not file.exists():
        raise LabError(
            _("This class has signed nothing yet; name another's key with --key class.pub.")
        )
    own = signing.public(file)
    with ledger.opened(found) as book:
        return _verify(options, speech, lambda data: verifying.verify(data, own, book.award))


def _verify(
    options: argparse.Namespace, speech: Speech, look: Callable[[bytes], verifying.Found]
) -> int:
    told = []
    for name in options.words:
        try:
            data = Path(name).read_bytes()
        except OSError as error:
            reason = error.strerror or str(error)
            raise LabError(
                _("{file} cannot be read: {reason}.", file=name, reason=reason)
            ) from None
        found = look(data)
        told.append({"file": name, "as_signed": not found.wrong, "wrong": found.wrong})
        if options.json:
            continue
        sign = "✘" if found.wrong else "✔"
        what = _("not as it was signed") if found.wrong else _("as it was signed")
        put(f"{sign} {name}: {speech(what)}")
        for sentence in [*found.wrong, *([found.about] if found.about else [])]:
            put(f"    {speech(sentence)}")
    if options.json:
        print_json(told)
    return 0 if all(one["as_signed"] for one in told) else 1


VERBS = {
    "grade": ("[EXERCISE]", 0, 1, _("do the handed-in work again: these marks count")),
    "results": ("[FILE…]", 0, 9, _("the marks that count, as a table, *.csv, *.xlsx or *.json")),
    "report": ("DIR", 1, 1, _("one report a person and one for the class, HTML and PDF")),
    "certificates": ("DIR", 1, 1, _("signed certificates in both languages, HTML and PDF")),
    "verify": ("FILE…", 1, 999, _("is a certificate, or *.json of results, as it was signed?")),
    "disputes": ("[DIR]", 0, 1, _("marks that seats dispute; with DIR their work and evidence")),
    "mark": (
        "SEAT EXERCISE CHECK --points N --reason TEXT",
        *(3, 3),
        _("set a mark; it stays when it is graded again"),
    ),
}
DO = {
    "grade": grade,
    "results": results,
    "disputes": disputes,
    "mark": mark,
    "report": report,
    "certificates": certificates,
    "verify": verify,
}
