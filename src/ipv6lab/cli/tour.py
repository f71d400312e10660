"""``demo``: from nothing to a graded lab, as one looks on; or an office that gives IPv4 up."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, program, put
from ipv6lab.words.message import Message, _
from ipv6lab.words.verdicts import MAX_SCORE

if TYPE_CHECKING:
    from ipv6lab.course.ipv6_only_tour import Seen, Tour

EXERCISE = "L04"
OUTPUT = "ipv6lab-demo"
BEFORE, AFTER = "before", "after"
IPV6_ONLY = "ipv6-only"


def add(commands: Commands) -> None:
    demo = commands.add(
        "demo", _("build a lab, grade it, solve it, grade it again, write a report"), run_demo
    )
    demo.epilog = commands.speech(
        _(
            "ipv6lab demo              a lab that is graded, solved, and graded again\n"
            "ipv6lab demo ipv6-only    an office that gives IPv4 up, and what breaks at each step"
        )
    )
    demo.add_argument(
        "what",
        nargs="?",
        choices=(IPV6_ONLY,),
        metavar=commands.speech(_("DEMONSTRATION")),
        help=commands.speech(_("{name}, or none for the tour of grading")).format(name=IPV6_ONLY),
    )
    demo.add_argument(
        "--yes",
        action="store_true",
        help=commands.speech(_("go on by itself instead of waiting for Enter")),
    )
    demo.add_argument(
        "--output",
        metavar=commands.speech(_("DIR")),
        default=OUTPUT,
        help=commands.speech(_("where the report goes; {folder} is the default")).format(
            folder=OUTPUT
        ),
    )
    commands.add_kernel(demo)


def run_demo(options: argparse.Namespace, speech: Speech) -> int:
    if options.what == IPV6_ONLY:
        return _run_ipv6_only(options, speech)
    return _run_grading(options, speech)


def _run_ipv6_only(options: argparse.Namespace, speech: Speech) -> int:
    """The office without IPv4, at the pace of who shows it."""
    from ipv6lab.course import ipv6_only_tour

    def wait(what: Message) -> None:
        if options.yes or not (os.isatty(0) and os.isatty(1)):
            return
        put(f"   {speech(what)} ", end="")
        sys.stdout.flush()
        sys.stdin.readline()

    tr = speech
    tr.say(_("An office is built: a router, a new computer, an old printer, sites outside."))
    with ipv6_only_tour.Tour.begun(options.kernel) as tour:
        for step in ipv6_only_tour.STEPS:
            put()
            tr.say(step.title)
            for told in step.told:
                put(f"   {tr(told)}")
            for node, line in tour.changed(step):
                put(f"   {node}:  {line}")
            tour.enter(step)
            wait(_("What will work now? Ask the room; then Enter."))
            with tour.counted() as counts:
                for seen in tour.probe(step):
                    _put_seen(seen, tour.command(seen.probe), tr)
            put(f"   {tr(ipv6_only_tour.counted_words(counts))}")
            wait(_("Enter goes on."))
        right = all(tour.as_expected(step) for step in ipv6_only_tour.STEPS)
        put()
        tr.say(_("All of it again:"))
        _put_table(tour, tr)
    for told in ipv6_only_tour.ADVICE:
        put(f"   {tr(told)}")
    if not right:
        tr.say(_("Not all of it came out as it should; what was seen is what is told above."))
    return 0 if right else 1


def _put_seen(seen: Seen, command: str, tr: Speech) -> None:
    from ipv6lab.reports.graded import mark

    sign = mark("passed" if seen.works else "failed").sign
    put(f"   {sign} {seen.probe.node} {tr(seen.probe.what)}")
    put(f"       {command}")
    put(f"       {seen.said}")


def _put_table(tour: Tour, tr: Speech) -> None:
    from ipv6lab.course import ipv6_only_tour
    from ipv6lab.reports.terminal_tables import Column, Grid, Terminal

    steps = ipv6_only_tour.STEPS
    columns = [Column("", flexible=True), *(Column(str(at)) for at in range(1, len(steps) + 1))]
    grid = Grid(columns)
    for words, signs in ipv6_only_tour.table(tour, tr):
        grid.add(words, *signs)
    Terminal().show(grid)


def _run_grading(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab import sandbox
    from ipv6lab.cli.marks import checked, print_result
    from ipv6lab.course import results
    from ipv6lab.course.place import Place
    from ipv6lab.reports.report_files import write_report

    began = time.monotonic()
    place = Place.of(EXERCISE, None)
    exercise = place.exercise
    said = speech.of(exercise.folder)
    reference = place.content.solutions / exercise.id / "reference"
    solution = place.read(reference)
    network = place.description()
    output = Path(options.output)

    said.say(_("1. A network of real Linux nodes: {title}.", title=said(exercise.title)))
    kernel = sandbox.choose(exercise.needs, options.kernel).kernel
    with sandbox.throwaway(kernel, len(place.nodes)) as lab:
        place.build(lab)
        said.say(
            _(
                "   {nodes} are up after {seconds} s, in a sandbox that leaves nothing behind.",
                nodes=", ".join(place.nodes),
                seconds=round(time.monotonic() - began, 1),
            )
        )
        said.say(_("2. The start state is graded: IPv6 does not work yet."))
        checks = checked(lab, said)["checks"]
        before = results.result(place, checks, str(exercise.start), results.REPLAY)
        print_result(before, place, said)
        said.say()
        said.say(_("3. The router is configured as the reference solution does it."))
        for file in solution["files"]:
            put(f"   {file['node']}:/{file['path']}")
        lab.request("apply", **solution)
        said.say(_("4. The same checks again:"))
        checks = checked(lab, said)["checks"]
        after = results.result(place, checks, str(reference), results.REPLAY)
        print_result(after, place, said)
    for name, found in ((BEFORE, before), (AFTER, after)):
        write_report(output / name, found, network, said, said.language)
    said.say()
    said.say(_("5. The reports, each with a page, a picture, JSON and the packets as evidence:"))
    for name in (BEFORE, AFTER):
        put(f"   {output / name / 'report.html'}")
    seen = (before["score"], after["score"])
    said.say(
        _(
            "From {before} to {after} points in {seconds} s. Now you: {program} start {exercise}",
            before=seen[0],
            after=seen[1],
            seconds=round(time.monotonic() - began),
            program=program(),
            exercise=exercise.id,
        )
    )
    return 0 if seen == (0, MAX_SCORE) else 1
