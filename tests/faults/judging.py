"""Labs with chosen faults in them, and what the faults' own judgements say there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

from ipv6lab import sandbox
from ipv6lab.course import content, draws, exercises, faults, folders, topologies
from ipv6lab.course.place import Place
from ipv6lab.sandbox import Lab
from ipv6lab.words import drawn_faults as words
from ipv6lab.words.drawn_faults import inject

EXERCISE = "K1"
COURSE = content.find()
KNOWN = faults.catalogue(COURSE, exercises.load(COURSE, EXERCISE))
CLASHES = {name: fault.clashes for name, fault in KNOWN.items()}
PATIENCE = 60  # seconds for a judgement
LANES = 16  # checks that run beside each other, each one judgement after the other
JUDGE = '''
import json
import time
from pathlib import Path

from ipv6lab.grading import Blocked, Failed, must
from ipv6lab.grading.tickets import FOLDER, judges
from ipv6lab.probes import Record
from ipv6lab.words.message import Message

DEADLINE = 900
SECONDS = {seconds}
LANES = {lanes}
BOTH = ("symptom", "mended")


def lane(number):
    @must(f"M{{number}}", weight=1)
    def judged(lab):
        """What these judgements say."""
        found = {{}}
        wanted = sorted(json.loads(Path("/run/agent/answers.json").read_text())["judged"].split())
        both = [(name, at, what) for name in wanted for at, what in enumerate(BOTH)]
        for name, at, what in both[number::LANES]:
            judge = judges(FOLDER / f"{{name}}.py")[at]
            lab.record = Record(time.monotonic() + SECONDS)
            begun, told = time.monotonic(), None
            try:
                judge(lab)
            except (Failed, Blocked) as failed:
                told = str(failed.message)
            except Exception as error:
                told = f"BROKEN {{error!r}}"
            finally:
                lab.closing.close()
            found[f"{{name}}.{{what}}"] = [told, time.monotonic() - begun]
        raise Failed(Message("{{found}}", {{"found": json.dumps(found)}}))

    return judged


for number in range(LANES):
    globals()[f"lane{{number}}"] = lane(number)
'''


def place(injected: Iterable[str] | None = None) -> Place:
    """K1 with exactly these faults, whatever a seat would draw; None: with those."""
    return replace(_made(), told=None if injected is None else tuple(injected))


def drawn(seat: int) -> list[str]:
    """What a seat draws that studies alone, without all the rest of its place."""
    return words.draw(CLASHES, 8, words.seed(draws.bits(EXERCISE, seat)))


@cache
def _made() -> Place:
    return Place.of(EXERCISE, None)


@contextmanager
def lab_with(injected: Iterable[str]) -> Iterator[Lab]:
    """A lab with faults in it, at rest, for `judge`."""
    made = place(injected)
    kernel = sandbox.choose(made.exercise.needs).kernel
    checks = {f"{name}.py": fault.source for name, fault in KNOWN.items()}
    checks["checks.py"] = JUDGE.format(lanes=LANES, seconds=PATIENCE)
    with sandbox.throwaway(kernel, len(made.nodes)) as lab:
        lab.request(
            "build",
            topology=topologies.request(made.content, made.exercise),
            plan=made.plan,
            checks=checks,
            start=inject(_start(made), [one.to_inject(made.plan) for one in made.faults]),
            trainee=list(made.exercise.nodes),
            after=None,
        )
        lab.request("film")
        yield lab


def judge(lab: Lab, names: Iterable[str] = KNOWN) -> tuple[dict[str, str], dict[str, float]]:
    """Which judgements of these faults fire, and why; and how long each took, in seconds."""
    lab.request("apply", files=[], commands=[], answers={"judged": " ".join(names)})
    told: dict[str, Any] = {}
    for check in lab.request("check", replay=True)["checks"]:
        message = check["message"]
        assert "found" in (message or {}).get("values", {}), check
        told |= json.loads(message["values"]["found"])
    fired = {name: one[0] for name, one in told.items() if one[0] is not None}
    return fired, {name: one[1] for name, one in told.items()}


def _start(made: Place) -> dict[str, Any]:
    return folders.read(made.exercise.start, made.nodes, plan=made.plan).to_request()


def mend(lab: Lab, names: Iterable[str], left: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Mend faults as their files say, while those that are `left` stay; how the commands went."""
    made, names = place(names), list(names)
    rest = inject(_start(made), [KNOWN[name].to_inject(made.plan) for name in left])
    touched = {
        (node, path)
        for name in names
        for node, path, old, _new in KNOWN[name].edits
        if path != "commands.sh" and old
    }
    files = [one for one in rest["files"] if (one["node"], one["path"]) in touched]
    scripts: dict[str, str] = {}
    for name in names:
        for node, script in KNOWN[name].to_mend(made.plan).items():
            scripts[node] = scripts.get(node, "") + script + "\n"
    return apply(lab, scripts, files)


def apply(
    lab: Lab, scripts: Mapping[str, str], files: Sequence[dict[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Type on nodes, once files have been laid there."""
    commands = [{"node": node, "script": script} for node, script in scripts.items()]
    answer = lab.request("apply", files=list(files), commands=commands, answers={})
    return list(answer["commands"])
