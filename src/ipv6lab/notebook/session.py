"""One exercise on one seat, as a notebook sees it: what is known of it, and its running lab.

A lab lives in its keeper, not here. A session joins the lab when it is first needed, and joins
again when it was stopped and started meanwhile; a kernel that ends takes nothing along.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ipv6lab import sandbox
from ipv6lab.course.exercises import Exercise
from ipv6lab.course.place import Place
from ipv6lab.course.running import check_node, check_own, kept
from ipv6lab.notebook.cell_speech import Speech
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _
from ipv6lab.words.plan_attributes import Plan

Listener = Callable[[dict[str, Any]], None]


class Session:
    """An exercise, a seat, a language, and the lab that runs there, if one does.

    `place` is all that is known before the lab is built, `said` translates (its own sentences and
    the exercise's). Safe to use from several threads.
    """

    def __init__(self, place: Place, language: str) -> None:
        self.place = place
        self.said = Speech(language, place.exercise.folder)
        self._lab: sandbox.Lab | None = None
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []

    @staticmethod
    def of(exercise: str, seat: int | str | None, language: str) -> Session:
        """Raises LabError for an unknown exercise or seat."""
        return Session(Place.of(exercise, seat), language)

    @property
    def exercise(self) -> Exercise:
        return self.place.exercise

    @property
    def seat(self) -> int:
        """The seat's number, 0 for none."""
        return self.place.seat or 0

    @property
    def language(self) -> str:
        return self.said.language

    @property
    def title(self) -> str:
        return self.said(self.exercise.title)

    @property
    def plan(self) -> Plan:
        """The seat's addressing plan, as ``plan.staff.prefix``."""
        return Plan(self.place.plan)

    @property
    def nodes(self) -> list[str]:
        """The names of all nodes that are not switches of the fabric."""
        return self.place.nodes

    @property
    def own_nodes(self) -> tuple[str, ...]:
        """The nodes that the trainee configures."""
        return self.exercise.nodes

    def description(self) -> dict[str, Any]:
        """Nodes, links, positions and the plan's addresses, as ``reports`` draw them.

        It needs no lab; see `ipv6lab.reports.topology` for its form.
        """
        return self.place.description()

    # -- the running lab

    @property
    def running(self) -> bool:
        """Whether the exercise's lab runs on the seat."""
        return any(
            lab["seat"] == self.seat and lab.get("exercise") == self.exercise.id
            for lab in sandbox.running()
        )

    @property
    def lab(self) -> sandbox.Lab:
        """The running lab. Raises LabError when none runs on the seat, or another exercise's."""
        with self._lock:
            if self._lab is None or self._lab.ended:
                self._lab = self._join()
            return self._lab

    def _join(self) -> sandbox.Lab:
        known = [lab for lab in sandbox.running() if lab["seat"] == self.seat]
        if not known:
            raise LabError(
                _("{exercise} does not run; %lab start starts it.", exercise=self.exercise.id)
            )
        running = str(kept(self.place.seat)["exercise"])
        if running != self.exercise.id:
            raise LabError(
                _(
                    "Seat {seat} runs {running}, and this is about {exercise}; "
                    "%lab start {exercise} --force ends {running} and starts {exercise}.",
                    seat=self.seat,
                    running=running,
                    exercise=self.exercise.id,
                )
            )
        return sandbox.join(self.place.seat)

    def let_go(self) -> None:
        """Close the connection to the lab, which goes on."""
        with self._lock:
            if self._lab is not None:
                self._lab.close()
                self._lab = None

    def network(self) -> dict[str, Any]:
        """What the lab was built as: nodes and links with their ports and MAC addresses."""
        return dict(self.lab.request("describe")["network"])

    def addresses(self) -> dict[str, Any]:
        """``{node: {interface: {"mac": …, "addresses": [address/length…]}}}`` as they are now."""
        return dict(self.lab.request("addresses")["nodes"])

    def check_node(self, name: str) -> str:
        """A node's name. Raises LabError, with names near to it, when there is no such node."""
        check_node(name, self.exercise.id, self.nodes)
        return name

    def check_own(self, name: str) -> str:
        """A node's name. Raises LabError when it is not the trainee's."""
        exercise = self.exercise
        lab = {"own": exercise.nodes, "visits": exercise.visits, "nodes": self.nodes}
        check_own(self.check_node(name), lab)
        return name

    # -- events

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each event from now on; what this returns ends it.

        =========================================================== ==============================
        ``{"event": "lab", "state": "running" | "reset" | "ended"}`` the lab was started, joined…
        ``{"event": "check", "id", "state", "doing", …}``         a check, as the agent tells it
        ``{"event": "stage", "doing"}``                             what comes before a grading
        ``{"event": "graded", "result": …}``                        a grading, as `reports` read it
        ``{"event": "command", "node", "status"}``                  a cell on a node has ended
        ``{"event": "file", "node", "path"}``                       a file was written
        =========================================================== ==============================

        Listeners are called in the thread in which it happens and must not raise.
        """
        self._listeners.append(listener)

        def end() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return end

    def tell(self, event: dict[str, Any]) -> None:
        """Tell an event to all who listen."""
        for listener in list(self._listeners):
            listener(event)

    @contextlib.contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """Listen while in the block."""
        end = self.listen(listener)
        try:
            yield
        finally:
            end()
