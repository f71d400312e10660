"""The lab of a notebook: ``lab`` in every cell. What magics do, they do by these calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipv6lab import sandbox
from ipv6lab.course import answers as course_answers
from ipv6lab.course import (
    disputes,
    explained,
    glossary,
    grading,
    hints,
    listening,
    progress,
    results,
    room,
)
from ipv6lab.course.exercises import RUNGS
from ipv6lab.course.running import kept
from ipv6lab.notebook import guesses
from ipv6lab.notebook.background_capture import Capture
from ipv6lab.notebook.cell_speech import Speech, in_cells
from ipv6lab.notebook.host import Host
from ipv6lab.notebook.session import Session
from ipv6lab.platform import directories
from ipv6lab.reports.explanation import ADVERTISEMENT, Explainer
from ipv6lab.sandbox import kept_work
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _
from ipv6lab.words.plan_attributes import Plan
from ipv6lab.words.verdicts import MAX_SCORE

Event = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Hint:
    """One of a check's hints; `cost` is in percent of the check's points, for all so far."""

    check: str
    number: int
    text: str
    cost: int

    def __str__(self) -> str:
        return self.text

    @property
    def price(self) -> Message:
        """A sentence about what it costs."""
        if not self.cost:
            return _(
                "Hint {number} of {count} for {check}, which has passed: it costs nothing.",
                number=self.number,
                count=RUNGS,
                check=self.check,
            )
        return _(
            "Hint {number} of {count} for {check}: its points are worth {cost} % less from now on.",
            number=self.number,
            count=RUNGS,
            check=self.check,
            cost=self.cost,
        )


class Lab:
    """The lab that this notebook is about.

    >>> lab.start("L04")  # doctest: +SKIP
    >>> lab.host("pc1").run("ip -6 route").output  # doctest: +SKIP
    >>> lab.check()["score"]  # doctest: +SKIP
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.said = Speech(language)
        self._session: Session | None = None
        self.result: dict[str, Any] | None = None
        self.capturing: Capture | None = None
        self.earlier = 0  # commands that were recorded before the lab was started

    def __repr__(self) -> str:
        if self._session is None:
            return "<lab>"
        return f"<lab {self._session.exercise.id}, seat {self._session.seat}>"

    @property
    def session(self) -> Session:
        """The exercise on its seat. Raises LabError when nothing says which one it is."""
        if self._session is None:
            exercise, seat = guesses.exercise_and_seat()
            self._session = Session.of(exercise, seat, self.language)
        return self._session

    @property
    def exercise(self) -> str:
        """The exercise's id, such as L04."""
        return self.session.exercise.id

    @property
    def seat(self) -> int:
        """The seat's number; 0 is none."""
        return self.session.seat

    @property
    def plan(self) -> Plan:
        """The seat's addressing plan: ``lab.plan.staff.prefix``."""
        return self.session.plan

    @property
    def kernel(self) -> str:
        """What the lab runs on: the machine's own kernel (``host``), or the ``lab`` kernel."""
        return str(kept(self.session.place.seat).get("kernel", sandbox.HOST))

    @property
    def nodes(self) -> list[str]:
        """The names of the nodes."""
        return self.session.nodes

    def host(self, name: str) -> Host:
        """A node. Raises LabError, with names near to it, when there is none of this name."""
        return Host(self.session, name)

    # -- from start to end

    def start(
        self,
        exercise: str | None = None,
        seat: int | str | None = None,
        *,
        kernel: str | None = None,
        force: bool = False,
        resume: bool = False,
    ) -> bool:
        """Build an exercise's network; True if it did not run already.

        One that runs already is joined, whoever started it. ``force`` ends what runs on the seat
        and builds anew; ``resume`` then does again what was recorded the last time. ``kernel`` is
        ``host``, ``lab`` or ``auto``.
        """
        session = self._choose(exercise, seat)
        running = [one for one in sandbox.running() if one["seat"] == session.seat]
        new = force or not running
        if new:
            session.let_go()
            done = kept_work.latest(session.place.journal)
            self.earlier = kept_work.examine(done).commands if done else 0
            chosen = sandbox.choose(session.exercise.needs, kernel).kernel
            session.place.start(self.language, chosen, force=force, resume=resume)
        elif "exercise" not in running[0]:
            kept(session.place.seat)  # says that it is still starting
        session.lab  # joins it, or says what else runs there  # noqa: B018
        if self._session is not session:
            if self._session is not None:
                self._session.let_go()
            self._session, self.result = session, None
        session.tell({"event": "lab", "state": "running"})
        return new

    def _choose(self, exercise: str | None, seat: int | str | None) -> Session:
        """The exercise on the seat that a start is about; the one there is, if it is that."""
        known = self._session
        if exercise is None:
            exercise = known.exercise.id if known else guesses.exercise_of_notebook()
        if exercise is None:
            raise LabError(_("Say which exercise: %lab start L04."))
        if seat is None:
            seat = guesses.seat() or (known.seat if known else None)
        wanted = Session.of(exercise, seat, self.language)
        if known and (wanted.exercise.id, wanted.seat) == (known.exercise.id, known.seat):
            return known
        return wanted

    def reset(self, node: str | None = None) -> None:
        """Back to the start state: all of it, or one node."""
        session = self.session
        if node is None:
            session.lab.request("reset")
        else:
            session.lab.request("reset", node=session.check_own(node))
        session.tell({"event": "lab", "state": "reset"})

    def reboot(self, node: str) -> None:
        """Switch a node off and on: what is not in its files is gone."""
        session = self.session
        session.lab.request("reboot", node=session.check_own(node))

    def stop(self) -> bool:
        """End the lab; False when none ran. What was recorded stays."""
        session = self.session
        if not session.running:
            return False
        session.let_go()
        ended = sandbox.stop(session.place.seat)
        session.tell({"event": "lab", "state": "ended"})
        return ended

    def status(self) -> list[dict[str, Any]]:
        """What runs, on all seats."""
        return sandbox.running()

    # -- the task

    def task(self) -> str:
        """What to do, as Markdown, with the seat's addresses."""
        return in_cells(self.session.place.task(self.session.said))

    def solution_explained(self) -> str | None:
        """Why the reference solution is as it is, as Markdown; None before 100 points.

        None as well where the solution is not here, or the trainer keeps it closed.
        """
        if self.result is None or self.result["score"] != MAX_SCORE or not room.solutions_open():
            return None
        place = self.session.place
        return explained.text(place.content, place.exercise.id, self.language, place.shown)

    def answer(self, question: str | None = None, *texts: str) -> dict[str, dict[str, Any]]:
        """Answer a question, and ask what is answered so far.

        By the question's name its text (``question``) and ``answer``; all of them without a name.
        """
        session = self.session
        asked = session.place.questions(session.said)
        given: dict[str, Any] = {}
        if question is not None:
            course_answers.check_name(question, asked, self.exercise)
            if texts:
                answer = list(texts) if len(texts) > 1 else texts[0]
                given = course_answers.checked({question: answer}, asked, self.exercise)
        known = session.lab.request("answer", answers=given)["answers"]
        shown = list(asked) if question is None else [question]
        return {name: {"question": asked[name], "answer": known.get(name)} for name in shown}

    def hint(self, check: str) -> Hint:
        """The next hint for a check; it costs a part of its points, unless it has passed."""
        session = self.session
        place = session.place
        passed = hints.passed_last(place.journal)
        found, number, costs = hints.read_next(session.exercise, place.seat, check, passed)
        hint = session.exercise.hint(found, number)
        return Hint(found, number, session.said(hint.text), hint.cost if costs else 0)

    def explain(self, *words: str) -> list[str]:
        """What an address, prefix, node (``pc1:eth0``), way (``pc1``, an address) or term is.

        With ``ra`` and a link: what routers advertise there.
        Of a lab that runs it also tells whose it is now, how it came about and for how long.
        """
        session = self.session
        term = glossary.find(glossary.load_terms(session.place.content), " ".join(words))
        if term is not None:
            return glossary.told(term, self.language)
        nodes = session.lab.request("facts")["nodes"] if session.running else {}
        explainer = Explainer(session.said, session.place.plan, nodes)
        if len(words) == 2 and words[0] == ADVERTISEMENT:
            return explainer.advertised(listening.advertisements(session.lab, words[1]))
        return explainer.explain(words)

    # -- the work

    def check(self, on_event: Event | None = None) -> dict[str, Any]:
        """Grade the running lab; the result, as ``ipv6lab check --json`` prints it.

        ``on_event`` is told how each check goes.
        """
        session = self.session
        checks = session.lab.request("check", on_event=_telling(session, on_event))["checks"]
        found = self._graded(session, results.own_result(session.place, checks))
        progress.record_result(directories.work(), found)
        return found

    def dispute(self, check: str, why: str) -> str:
        """Tell the trainer of the room that the verdict on a check is wrong; the check's id.

        It is about the last grading of this lab; where there was none it is graded now.
        """
        disputes.check_room()
        last = self.result
        if last is None or last["exercise"] != self.exercise:
            last = self.check()
        return disputes.record(self.session.place, last["checks"], check, why)

    def replay(self, on_event: Event | None = None) -> dict[str, Any]:
        """Do one's recorded work again in a fresh lab and grade that: every check counts.

        ``on_event`` is told what is done, and then how each check goes.
        """
        session = self.session
        tell = _telling(session, on_event)
        return self._graded(session, grading.own_replay(session.lab, session.place, tell))

    def _graded(self, session: Session, result: dict[str, Any]) -> dict[str, Any]:
        self.result = result
        session.tell({"event": "graded", "result": result})
        return result

    def apply(self, folder: str | Path) -> dict[str, Any]:
        """Lay a configuration folder on the lab, as if it had been typed."""
        session = self.session
        request = session.place.read(Path(folder))
        return session.lab.request("apply", **request, record=True)

    def save(self, folder: str | Path) -> int:
        """Write one's recorded work as a new folder, to hand it in; how many commands it has."""
        session = self.session
        return grading.save_own(session.lab, session.place, Path(folder))

    def capture(
        self,
        where: str,
        wanted: str = "",
        *,
        seconds: float | None = None,
        count: int | None = None,
    ) -> Capture:
        """Capture packets on a node, interface or link (``pc1``, ``pc1:eth0``, ``staff``).

        It goes on in the background until its ``stop()``, which returns the frames.
        """
        return Capture(self.session, where, wanted, seconds, count)


def _telling(session: Session, on_event: Event | None) -> Event:
    """Tell an event to all who listen, and to one more."""

    def tell(event: dict[str, Any]) -> None:
        if on_event is not None:
            on_event(event)
        session.tell(event)

    return tell
