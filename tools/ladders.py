#!/usr/bin/env python3
"""Record what the slides show of the wire: `python tools/ladders.py [EXERCISE…]`.

`labs/ladders/recordings.toml` says for each exercise where one listens and what is done meanwhile,
on a lab of the seat 0 with the reference solution. The packets lie beside it.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from typing import Any

from ipv6lab import sandbox
from ipv6lab.course import catching_up, content, ladders
from ipv6lab.course.lookups import look_up
from ipv6lab.course.place import Place
from ipv6lab.reports.pcap import Reader, as_ethernet

QUIET = 1  # seconds for which it goes on afterwards
PATIENCE = 60  # seconds until the network has to be ready


def run(lab: sandbox.Lab, node: str, script: str) -> int:
    """Run a script on a node to its end; its status."""
    channel = lab.open("exec", node=node, argv=["bash", "-c", script])
    channel.end_input()
    for kind, data in channel:
        if kind == "X":
            return int(data["status"])
    raise RuntimeError("the lab has ended")


def record(recording: ladders.Recording, course: content.Content) -> dict[str, Any]:
    """Do what a recording wants in a lab of its own; what `ladders` reads."""
    place = Place.of(recording.exercise, None)

    def said(text: str) -> str:
        return look_up(text, place.known, ladders.RECORDINGS)

    kernel = sandbox.choose(place.exercise.needs).kernel
    with sandbox.throwaway(kernel, len(place.nodes)) as lab:
        place.build(lab)
        folder = course.solutions / recording.exercise / catching_up.REFERENCE
        lab.request("apply", **place.read(folder))
        until = time.monotonic() + PATIENCE
        while recording.ready and run(lab, recording.ready[0], said(recording.ready[1])):
            if time.monotonic() > until:
                raise SystemExit(f"{recording.exercise}: it is not ready after {PATIENCE} s")
            time.sleep(0.5)
        node, _sign, interface = recording.place.partition(":")
        channel = lab.open(
            "capture",
            node=node,
            interface=interface or None,
            filter=recording.filter,
            count=None,
            seconds=None,
        )
        reader = Reader()
        frames: list[list[Any]] = []
        asked = False
        for kind, data in channel:
            if kind == "O":
                for one in reader.feed(data):
                    frames.append([one.time, as_ethernet(one.octets, reader.link).hex()])
            if not asked:  # its first word: it has begun
                asked = True
                for where, script in recording.run:
                    run(lab, where, said(script))
                time.sleep(QUIET)
                channel.signal(signal.SIGINT)
        first = frames[0][0] if frames else 0.0
        return {
            "network": {"nodes": lab.request("describe")["network"]["nodes"]},
            "addresses": lab.request("addresses")["nodes"],
            "frames": [[round(at - first, 6), octets] for at, octets in frames],
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exercise", nargs="*")
    wanted = parser.parse_args().exercise
    course = content.find()
    known = ladders.recordings(course)
    for name in wanted or known:
        ladders.write(course, name, record(known[name], course))
        steps = ladders.read(course, known[name])
        print(f"{name}: {len(steps.steps)} steps")
        for step in steps.steps:
            print(f"  {step.time:7.3f} {step.source.name} -> {step.target.name}: {step.title}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
