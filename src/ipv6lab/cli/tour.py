"""``demo``: from nothing to a graded lab, as one looks on."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, program, put
from ipv6lab.words.message import _
from ipv6lab.words.verdicts import MAX_SCORE

EXERCISE = "L04"
OUTPUT = "ipv6lab-demo"
BEFORE, AFTER = "before", "after"


def add(commands: Commands) -> None:
    demo = commands.add(
        "demo", _("build a lab, grade it, solve it, grade it again, write a report"), run_demo
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
