"""The office that gives IPv4 up, a step a cell: ``%demo``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from ipv6lab.course import ipv6_only_tour
from ipv6lab.course.ipv6_only_tour import STEPS, Seen, Step, Tour
from ipv6lab.reports.graded import mark
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

NAME = "ipv6-only"


class Demonstration:
    """One showing; its lab is built by the first step, and ends after the last or by `end`."""

    def __init__(self, said: Callable[[Message], str]) -> None:
        self._said = said
        self._stack = contextlib.ExitStack()
        self._tour: Tour | None = None
        self._next = 0

    @property
    def over(self) -> bool:
        return self._next >= len(STEPS)

    def end(self) -> None:
        """Let its lab go."""
        self._stack.close()
        self._tour, self._next = None, len(STEPS)

    def step(self) -> Iterator[str]:
        """The next step as parts of Markdown, each as soon as it is known."""
        if self.over:
            raise LabError(_("The demonstration is over; %demo ipv6-only begins anew."))
        if self._tour is None:
            self._tour = self._stack.enter_context(Tour.begun(None))
        step, tour = STEPS[self._next], self._tour
        try:
            yield self._head(step, tour)
            tour.enter(step)
            with tour.counted() as counts:
                for seen in tour.probe(step):
                    yield self._seen(seen, tour)
            yield self._said(ipv6_only_tour.counted_words(counts))
            self._next += 1
            yield self._table(tour)
        except BaseException:
            self.end()
            raise
        if self.over:
            yield "\n".join(f"- {self._said(one)}" for one in ipv6_only_tour.ADVICE)
            self.end()

    def _head(self, step: Step, tour: Tour) -> str:
        told = "\n\n".join(self._said(one) for one in step.told)
        done = "\n".join(f"{node}:  {line}" for node, line in tour.changed(step))
        changed = f"\n\n```\n{done}\n```" if done else ""
        return f"### {self._said(step.title)}\n\n{told}{changed}"

    def _seen(self, seen: Seen, tour: Tour) -> str:
        sign = mark("passed" if seen.works else "failed").sign
        what = f"{sign} **{seen.probe.node}** {self._said(seen.probe.what)}"
        return f"{what}\n\n```\n{tour.command(seen.probe)}\n{seen.said}\n```"

    def _table(self, tour: Tour) -> str:
        numbers = [str(at) for at in range(1, len(tour.seen) + 1)]
        lines = [f"| | {' | '.join(numbers)} |", f"| --- {'| --- ' * len(numbers)}|"]
        for words, signs in ipv6_only_tour.table(tour, self._said):
            lines.append(f"| {words} | {' | '.join(signs)} |")
        return "\n".join(lines)
