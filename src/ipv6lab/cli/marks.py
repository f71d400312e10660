"""``check`` and ``grade``: marks for the running lab, and for folders in fresh sandboxes."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.errors import LabError, NotJudged
from ipv6lab.words.message import Message, _

if TYPE_CHECKING:
    from ipv6lab.course.apart import Grading
    from ipv6lab.course.place import Place
    from ipv6lab.sandbox import Lab

SANDBOX_MEGABYTES = 300  # what one sandbox with a few daemons in it takes
WAITING = 3  # gradings a core: most of a grading is waiting for the protocols' timers


def add(commands: Commands) -> None:
    tr = commands.speech
    check = commands.add("check", _("grade the running lab"), check_lab, json=True)
    check.add_argument(
        "--watch",
        action="store_true",
        help=tr(_("again whenever something was done or the network changed, until Ctrl-C")),
    )
    check.add_argument(
        "--replay",
        action="store_true",
        help=tr(_("do the recorded work again in a fresh lab and grade that: every check counts")),
    )
    commands.add_seat(check)

    grade = commands.add(
        "grade", _("grade folders, each in a fresh sandbox of its own"), grade_folders, json=True
    )
    commands.add_exercise(grade)
    grade.add_argument(
        "folders", metavar=tr(_("FOLDER")), nargs="+", help=tr(_("a configuration folder"))
    )
    grade.add_argument("--seat", metavar="N", help=tr(_("the seat whose addresses are right")))
    commands.add_kernel(grade)
    grade.add_argument(
        "--jobs", metavar="N", type=int, help=tr(_("how many folders are graded at a time"))
    )
    grade.add_argument(
        "--report", metavar=tr(_("DIR")), help=tr(_("write a report for each folder under DIR"))
    )


def check_lab(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course.place import joined

    if options.watch and options.replay:
        raise LabError(_("--watch looks at the running lab and --replay at another; take one."))
    lab, place = joined(options.seat)
    said = speech.of(place.exercise.folder)
    with lab:
        if options.replay:
            return _status([_check_replayed(lab, place, said, options)])
        if options.watch:
            _check_again_and_again(lab, place, said, options)
        return _status([_check_once(lab, place, said, options)])


def _check_again_and_again(
    lab: Lab, place: Place, said: Speech, options: argparse.Namespace
) -> NoReturn:
    """Until Ctrl-C, or the lab's end."""
    from ipv6lab.cli.rechecking import Watching

    with Watching(lab) as watching:
        while True:
            watching.begin()
            _check_once(lab, place, said, options)
            if not options.json:
                said.note(
                    _(
                        "It is checked again when something is done or the network changes; "
                        "Ctrl-C ends."
                    )
                )
            watching.wait()


def _check_once(
    lab: Lab, place: Place, said: Speech, options: argparse.Namespace
) -> dict[str, Any]:
    from ipv6lab.course import clock, progress, results
    from ipv6lab.platform import directories

    graded = lab.request("check") if options.json else checked(lab, said)
    found = results.own_result(place, graded["checks"])
    found["notes"] = graded.get("notes", [])
    if options.json and options.watch:
        print_json(found, indent=None)  # one object a line
        sys.stdout.flush()
    elif options.json:
        print_json(found)
    else:
        print_result(found, place, said)
        if timed := clock.read(place.exercise, place.seat):
            said.note(timed.message())
    progress.record_result(directories.work(), found)  # last: where there is no room, it says so
    return found


def _check_replayed(
    lab: Lab, place: Place, said: Speech, options: argparse.Namespace
) -> dict[str, Any]:
    """Save the recorded work and grade that, as `save` and `grade` do."""
    from ipv6lab.course import grading
    from ipv6lab.reports.live import Live

    if options.json or not sys.stderr.isatty():
        found = grading.own_replay(lab, place)
    else:
        with Live([], said, said.language, file=sys.stderr) as live:
            found = grading.own_replay(lab, place, live.event)
    if options.json:
        print_json(found)
    else:
        _print_graded(found, place, said, 1)
    return found


def checked(lab: Lab, said: Speech) -> dict[str, Any]:
    """Grade a lab while a table of what happens stands on the terminal."""
    from ipv6lab.reports.live import Live

    with Live([], said, said.language, file=sys.stderr) as live:
        if not sys.stderr.isatty():
            return lab.request("check")
        return lab.request("check", on_event=live.event)


def print_result(found: dict[str, Any], place: Place, said: Speech) -> None:
    """The table of one graded folder or lab, and what hints have cost."""
    from ipv6lab.reports.tables import print_results

    print_results(found, said, said.language)
    read = sum(found.get("hints", {}).values())
    for note in found.get("notes", []):
        said.say(Message.from_json(note))
    if read:
        said.say(_("Hints read: {count}; their cost is taken off.", count=read))
    if found["verdict"] == "blocked":
        said.say(
            _("ipv6lab check --replay does your work again in a fresh lab and judges the rest.")
        )


def grade_folders(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab import image, sandbox
    from ipv6lab.cli.program import INTERRUPTED
    from ipv6lab.course import progress
    from ipv6lab.course.apart import Graders
    from ipv6lab.course.place import Place
    from ipv6lab.platform import directories

    place = Place.of(options.exercise, options.seat)
    if options.jobs is not None and options.jobs < 1:
        raise LabError(_("--jobs takes a number from 1 on."))
    kernel = sandbox.choose(place.exercise.needs, options.kernel).kernel
    image.find()  # says once what is wrong with it, not once for each folder
    said = speech.of(place.exercise.folder)
    jobs = min(options.jobs or default_jobs(), len(options.folders))
    reports = _reports(options.folders, Path(options.report)) if options.report else None
    found: dict[int, dict[str, Any]] = {}
    unwritten: LabError | None = None
    with Graders(jobs) as graders:
        try:
            for number, one in graders.results(_gradings(place, options, kernel)):
                found[number] = one
                if not options.json:
                    _print_graded(one, place, said, len(options.folders))
                if reports and "message" not in one:  # else there was no grading
                    try:
                        _write_report(one, reports[number], place, said)
                    except LabError as error:  # the others' are written in any case
                        unwritten = error
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # it has been heard
            if options.json:
                print_json([found[number] for number in sorted(found)])
                sys.stdout.flush()
            said.note(_("Interrupted: ending the labs of {count} gradings.", count=graders.count))
            return INTERRUPTED
    in_order = [found[number] for number in sorted(found)]
    if len(in_order) == 1 and "differences" in in_order[0]:
        # One's own recorded work, graded by oneself: some checks count only in a replay.
        progress.record_result(directories.work(), in_order[0])
    if len(in_order) > 1 and not options.json:
        from ipv6lab.reports.tables import print_grades

        put()
        print_grades(in_order, said)
    if options.json:
        print_json(in_order)
    if unwritten:
        raise unwritten
    return _status(in_order)


def _gradings(place: Place, options: argparse.Namespace, kernel: str) -> list[Grading]:
    from functools import partial

    from ipv6lab.course.apart import Grading
    from ipv6lab.course.grading import grade

    return [
        Grading(place, folder, partial(grade, place, folder, kernel, options.seat is None))
        for folder in options.folders
    ]


def default_jobs(a_core: int = WAITING) -> int:
    """As many gradings as two things bear: the cores, which mostly wait, and the free memory."""
    cores = len(os.sched_getaffinity(0))
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            kilobytes = int(re.findall(r"MemAvailable: +(\d+)", file.read())[0])
    except (OSError, IndexError):
        return a_core * cores
    return max(1, min(a_core * cores, kilobytes // 1024 // SANDBOX_MEGABYTES))


def _print_graded(one: dict[str, Any], place: Place, said: Speech, count: int) -> None:
    from ipv6lab.cli.saving import print_replayed
    from ipv6lab.cli.seat_lab import print_applied

    if count > 1:
        put(f"\n{one['folder']}")
    if one["verdict"] == "refused":
        said.note(_("Not graded: {sentence}", sentence=said.sentence(one["message"])))
        return
    if "message" in one:
        said.note(_("Not judged: {sentence}", sentence=said.sentence(one["message"])))
        if "warning" in one:
            said.note(Message.from_json(one["warning"]))
        return
    if "differences" in one:
        print_replayed(one, said)
    else:
        print_applied(one, said)
    print_result(one, place, said)
    sys.stdout.flush()


def _reports(folders: list[str], under: Path) -> list[Path]:
    """A folder for the report of each folder, named like it."""
    from ipv6lab.reports.report_files import names

    return [under / name for name in names(folders)]


def _write_report(one: dict[str, Any], to: Path, place: Place, said: Speech) -> None:
    from ipv6lab.reports.report_files import write_report

    # Recorded work was graded on the seat on which it was done.
    network = place.of(place.exercise.id, one["seat"] or None).description()
    page = write_report(to, one, network, said, said.language)
    said.note(_("{folder}: the report is {file}.", folder=one["folder"], file=str(page)))


def _status(found: list[dict[str, Any]]) -> int:
    verdicts = {one["verdict"] for one in found}
    if "refused" in verdicts:
        return LabError.exit_status
    if "not_judged" in verdicts:
        return NotJudged.exit_status
    return 0 if verdicts <= {"passed"} else 1
