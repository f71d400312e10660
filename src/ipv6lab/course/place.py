"""From an exercise to a lab: an exercise on a seat, before it is built and while it runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipv6lab.course import (
    catching_up,
    clock,
    content,
    draws,
    exercises,
    faults,
    folders,
    plan,
    recorded,
    room,
    seats,
    topologies,
)
from ipv6lab.course.content import Content
from ipv6lab.course.exercises import Exercise
from ipv6lab.course.faults import Fault
from ipv6lab.course.folders import Configuration
from ipv6lab.course.languages import SOURCE
from ipv6lab.course.recorded import Recorded
from ipv6lab.course.running import chosen_seat, kept, told_faults
from ipv6lab.course.tasks import questions, task_text
from ipv6lab.platform import directories
from ipv6lab.words import lots, seal
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

if TYPE_CHECKING:
    from ipv6lab.sandbox import Lab


@dataclass(frozen=True)
class Place:
    """One exercise on one seat, with everything that is known before it is built."""

    content: Content
    exercise: Exercise
    seat: int | None
    topology: Any  # a mininet.topo.Topo
    plan: dict[str, str]
    after: Exercise | None = None  # from whose solution it begins, instead of its own start state
    # What the exercise's secrets are drawn from; None: from what the agent makes and keeps.
    bits: bytes | None = None
    told: tuple[str, ...] | None = None  # the faults that it is to have, where somebody says which

    @staticmethod
    def of(name: str, seat: int | str | None) -> Place:
        """Raises LabError for an unknown exercise or seat."""
        found = content.find()
        exercise = exercises.load(found, name)
        number = seats.seat_number(seat or 0)
        values = plan.addressing_plan(found, number)
        values |= draws.drawn(exercise, number, values)
        topology = topologies.load(found, exercise)
        open_bits = draws.bits(exercise.id, number)
        return Place(found, exercise, number, topology, values, bits=open_bits)

    def catching_up(self, after: str | None = None) -> Place:
        """The same, begun where the solution of an earlier exercise ends.

        With ``after``, that has to be the one. Raises LabError where there is no such exercise, or
        no solution.
        """
        found = catching_up.earlier(self.content, self.exercise)
        if after not in (None, found.id):
            raise LabError(
                _(
                    "{exercise} cannot begin from the solution of {after}.",
                    exercise=self.exercise.id,
                    after=ascii(after)[1:-1],
                )
            )
        return replace(self, after=found)

    def where_it_runs(self) -> Place:
        """The same exercise on the seat on which it runs, if that is one; else as it is."""
        from ipv6lab import sandbox

        seats = [
            lab["seat"] for lab in sandbox.running() if lab.get("exercise") == self.exercise.id
        ]
        return Place.of(self.exercise.id, seats[0]) if len(seats) == 1 else self

    @property
    def faults(self) -> list[Fault]:
        """The faults that were drawn, in the order of the tickets, as far as they are known here:
        from the lab that runs, or from the bits."""
        if not self.exercise.faults:
            return []
        known = faults.catalogue(self.content, self.exercise)
        told = self.told
        if told is None:
            told = told_faults(self.exercise.id, self.seat) or None
        if told is not None:
            return [known[name] for name in told if name in known]
        return faults.drawn(known, self.exercise.faults, self.bits) if self.bits else []

    @property
    def nodes(self) -> list[str]:
        return topologies.nodes(self.topology, self.exercise)

    def description(self) -> dict[str, Any]:
        """Nodes, links and addresses as the plan has them."""
        return topologies.describe(
            self.topology, self.exercise, self.plan, topologies.positions(self.content)
        )

    @property
    def known(self) -> dict[str, str]:
        """The plan, and the exercise's secrets as far as this place has their bits."""
        if self.bits is None:
            return self.plan
        wanted = draws.patterns(self.exercise, self.plan)
        return {**self.plan, **lots.secrets_of(wanted, self.bits)}

    @property
    def shown(self) -> dict[str, str]:
        """The same for people: in a class, where a lab draws for itself, an ellipsis for each."""
        drawn = dict.fromkeys(draws.places(self.exercise), "…")
        return {**drawn, **self.plan} if room.seal() else self.known

    def read(self, folder: Path) -> dict[str, Any]:
        """A configuration folder for the trainee's nodes, as the agent takes it."""
        return self.configuration(folder).to_request()

    def configuration(self, folder: Path) -> Configuration:
        """What a configuration folder for the trainee's nodes says."""
        values = self.known if self.content.owns(folder) else None
        exercise = self.exercise
        return folders.read(folder, self.nodes, exercise.nodes, values, exercise.questions)

    def read_recorded(self, folder: Path) -> Recorded | None:
        """Recorded work; None when the folder is none. Raises LabError when it is broken."""
        if not recorded.is_recorded(folder):
            return None
        exercise = self.exercise
        return recorded.read(folder, self.nodes, exercise.nodes, exercise.questions)

    def questions(self, said: Callable[[str], str]) -> dict[str, str]:
        """The exercise's questions with the seat's addresses, in the language `said` speaks."""
        return questions(self.exercise, said, self.plan)

    def task(self, said: Callable[[Message | str], str]) -> str:
        """What to do and what is asked, as Markdown, in the language `said` speaks."""
        text = task_text(self.exercise.task, said, self.plan)
        asked = self.questions(said)
        if self.faults:
            text += f"\n## {said(_('Tickets'))}\n\n{self._tickets(said)}"
        if asked:
            listed = "".join(f"- `{name}`: {question}\n" for name, question in asked.items())
            text += f"\n## {said(_('Questions'))}\n\n{listed}"
        return text

    def _tickets(self, said: Callable[[Message | str], str]) -> str:
        if clock.read(self.exercise, self.seat) is None:
            return said(_("They are told when the clock runs, from the start on.")) + "\n"
        language = getattr(said, "language", SOURCE)
        return "".join(
            f"{number}. {' '.join(one.told(language, self.plan).split())}\n"
            for number, one in enumerate(self.faults, 1)
        )

    @property
    def truth(self) -> Path:
        """What is right, by hand, where checks ask for it: it travels with the solutions."""
        return self.content.solutions / self.exercise.id / "truth.json"

    @property
    def journal(self) -> Path:
        """Where the work on the exercise is recorded while its lab runs."""
        return directories.work() / "journals" / f"{self.exercise.id}-seat-{self.seat or 0}.jsonl"

    def start(
        self,
        language: str,
        kernel: str,
        force: bool = False,
        resume: bool = False,
        recording: Path | None = None,
        on_event: Callable[[dict[str, Any]], None] | None = None,
    ) -> dict[str, Any]:
        """Build the lab and let a keeper hold it; what is known of it from then on.

        ``kernel`` is a choice of `sandbox.choose`; ``force`` ends what runs on the seat, ``resume``
        does again what was done the last time, or what is in a ``recording``. Raises LabError when
        the seat has a lab already.
        """
        from datetime import datetime

        from ipv6lab import sandbox
        from ipv6lab.sandbox import kept_work

        file = recording or kept_work.latest(self.journal)
        found = kept_work.Recording()
        if file is not None:
            # It is read now, for soon it has another name.
            with contextlib.suppress(OSError):
                found = kept_work.examine(file)
        sound = recorded.whole(found.entries)
        entries = recorded.in_time(sound) if resume else []
        after = recorded.begun_after(entries)
        begun = self.catching_up(after) if after else self
        room.check_exercise(self.exercise.id)
        timed = clock.begin(self.exercise, self.seat, anew=not resume)
        if self.exercise.is_secret and room.seal():
            # What was drawn before ended with its agent: earlier work was done on something else.
            begun, entries = replace(begun, bits=None), []
        with sandbox.start(self.seat, force, kernel, len(self.nodes)) as lab:
            built = begun.request_build(lab, timed.ends if timed else None)
            info: dict[str, Any] = {
                "exercise": self.exercise.id,
                "language": language,
                "nodes": self.nodes,
                "own": list(self.exercise.nodes),
                "visits": list(self.exercise.visits),
                "kernel": kernel,
                "without": list(built["without"]),
                "after": begun.after.id if begun.after else None,
                "ends": timed.ends if timed else None,
                "faults": built["faults"],
                "started_at": datetime.now().astimezone().isoformat(timespec="seconds"),
            }
            lab.control("keep", info=info, journal=str(self.journal))
            # For whoever starts anew after a crash, and does not know that nothing is lost.
            info["recorded"] = found.commands if begun.bits else 0
            info["damaged"] = len(found.damaged) + len(found.entries) - len(sound)
            if entries:
                lab.replay(entries, True, on_event)
        return info

    def build(self, lab: Lab) -> list[str]:
        """Build the start state in a sandbox.

        Returns what the topology asks for and the sandbox's kernel lacks: ``vlan``, ``netem``.
        """
        return list(self.request_build(lab)["without"])

    def request_build(self, lab: Lab, until: float | None = None) -> dict[str, Any]:
        """The same; all that the agent answers. What is recorded after `until` does not count.

        ``faults`` are the names of those that it drew, None where there are none.
        """
        exercise = self.exercise
        start = folders.read(
            exercise.start,
            self.nodes,
            plan={**self.plan, **draws.places(exercise)},
            questions=exercise.questions,
        )
        after = None
        if self.after:
            after = self.after.id
            solution = self.content.solutions / after / catching_up.REFERENCE
            earlier = Place.of(after, self.seat).configuration(solution)
            start = catching_up.together(start, earlier)
        checks = {
            file.name: file.read_text(encoding="utf-8")
            for file in (exercise.checks, exercise.baseline, self.truth)
            if file.exists()
        }
        return lab.request(
            "build",
            topology=topologies.request(self.content, exercise),
            plan=self.plan,
            checks=checks,
            start=start.to_request(),
            trainee=list(exercise.nodes),
            after=after,
            until=until,
            secret=self._secret(),
        )

    def _secret(self) -> dict[str, Any] | None:
        """What the agent is to draw, from which bits, or under which seal it keeps its own."""
        if not self.exercise.is_secret:
            return None
        return {
            "patterns": draws.patterns(self.exercise, self.plan),
            "bits": self.bits.hex() if self.bits else None,
            "seal": None if self.bits else room.seal(),
            "bound": seal.bound(self.exercise.id, self.seat or 0).hex(),
            "faults": self._catalogue(),
        }

    def _catalogue(self) -> dict[str, Any] | None:
        """The faults that the agent draws from; it lays them into the start state."""
        if not self.exercise.faults:
            return None
        known = faults.catalogue(self.content, self.exercise)
        return {
            "count": self.exercise.faults,
            "clashes": {name: sorted(fault.clashes) for name, fault in known.items()},
            "known": {name: fault.to_inject(self.plan) for name, fault in known.items()},
            "judges": {name: fault.source for name, fault in known.items()},
        }


def joined(option: str | None) -> tuple[Lab, Place]:
    """The running lab that a command is about. Raises LabError when there is none."""
    from ipv6lab import sandbox

    seat = chosen_seat(option)
    lab = sandbox.join(seat)
    try:
        return lab, Place.of(str(kept(seat)["exercise"]), seat)
    except LabError:
        lab.close()
        raise
