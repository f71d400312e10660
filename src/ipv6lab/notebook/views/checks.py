"""A grading as it happens: every check with its state, what was found, evidence, hints, badges."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from ipv6lab.course import badges, hints, progress, results
from ipv6lab.course.exercises import RUNGS
from ipv6lab.notebook.session import Session
from ipv6lab.notebook.views.widget import View
from ipv6lab.platform import directories
from ipv6lab.reports import report_page
from ipv6lab.reports import say as words
from ipv6lab.reports.graded import mark, ordered, origin, points, shown, shown_of_all
from ipv6lab.reports.say import say
from ipv6lab.reports.tables import score_line
from ipv6lab.words.message import Message, _

FINAL = ("passed", "failed", "blocked", "not_judged")


class ChecksView:
    """Follows the events of a session's grading and then shows its result. ::

    checks = ChecksView(session)
    display(checks.view)
    with session.listening(checks.hear):
        ...  # grade; the session tells its events, the result among them
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._said = session.said
        self._checks: dict[str, dict[str, Any]] = {}
        self._result: dict[str, Any] | None = None
        self._asked = ""  # the check of which a hint was read last
        self._stage: Message = _("the grading begins")
        self.view = View(*self._drawn(), session.language, kind="checks", on_ask=self._ask)

    def hear(self, event: dict[str, Any]) -> None:
        """Take in an event; those that are not of a grading are passed over."""
        if event["event"] == "check":
            self._result = None
            self._checks[str(event["id"])] = {
                "id": event["id"],
                "kind": event["kind"],
                "weight": event["weight"],
                "title": event["title"],
                "verdict": event["state"],
                "blocked_by": event["blocked_by"],
                "seconds": event["seconds"],
                "message": event["doing"],
            }
        elif event["event"] == "stage":
            self._stage = Message.from_json(event["doing"])
        elif event["event"] == "graded":
            self.show(event["result"])
            return
        else:
            return
        self.view.show(*self._drawn())

    def show(self, result: dict[str, Any]) -> None:
        """Show the result of a grading, as `ipv6lab.reports` read it."""
        self._result = result
        self._checks = {str(check["id"]): check for check in result["checks"]}
        self.view.show(*self._drawn())

    # How it looks

    def _drawn(self) -> tuple[str, str]:
        rows = list(ordered(list(self._checks.values())))
        passed = [one for one in rows if self._result and one[0]["verdict"] == "passed"]
        left = [one for one in rows if one not in passed]
        caption = f"<caption>{escape(report_page.caption(self._said))}</caption>"
        html = self._head() + self._table("table", left, caption) + self._passed(passed)
        return html, self._words()

    def _table(self, key: str, rows: list[tuple[dict[str, Any], int]], caption: str = "") -> str:
        if not rows:
            return ""
        shown = "".join(self._row(check, depth) for check, depth in rows)
        return (
            f'<div class="scroll" data-key="{key}"><table class="checks">{caption}'
            f"{report_page.heads(self._said)}{shown}</table></div>"
        )

    def _passed(self, rows: list[tuple[dict[str, Any], int]]) -> str:
        """What is done with, folded, and below it what the words of the tables mean."""
        if self._result is None:
            return ""
        told = ""
        if rows:
            names = ", ".join(str(check["id"]) for check, _depth in rows)
            title = escape(self._said(_("Passed: {checks}", checks=names)))
            told = (
                f'<details class="fold" data-key="passed"><summary>{title}</summary>'
                f"{self._table('table-passed', rows)}</details>"
            )
        meaning = escape(self._said(_("What the columns say")))
        return (
            f'{told}<details class="fold" data-key="legend"><summary>{meaning}</summary>'
            f"{report_page.legend(self._result, self._said)}</details>"
        )

    def _head(self) -> str:
        tr = self._said
        title = f"<h2>{escape(tr(_('Checks')))}</h2>"
        result = self._result
        if result is None:
            done = sum(check["verdict"] in FINAL for check in self._checks.values())
            told = tr(
                _("{done} of {count} checks are done", done=done, count=len(self._checks))
                if self._checks
                else self._stage
            )
            return (
                f'<div class="bar" data-key="bar">{title}'
                f'<span class="chip running" role="status">{escape(told)}</span></div>'
            )
        of_all = tr(_("of {points} points", points=result["max_score"]))
        return (
            f'<div class="bar" data-key="bar">{title}'
            f'<p class="points"><b>{points(result)}</b> <span>{escape(of_all)}</span></p>'
            f"{report_page.chip(shown_of_all(result), tr)}"
            f'<span class="chip origin">{escape(tr(origin(result)))}</span></div>'
            f"{report_page.in_parts(result, tr)}{report_page.parts(result, tr)}{self._badges()}"
        )

    def _badges(self) -> str:
        earned = self._earned()
        items = "".join(f'<li class="chip passed">★ {escape(title)}</li>' for title in earned)
        label = escape(self._said(_("Your badges")))
        return f'<ul class="badges" aria-label="{label}">{items}</ul>' if earned else ""

    def _earned(self) -> list[str]:
        """The badges there are by now; none beside a result without a point."""
        if self._result is None or not self._result["score"]:
            return []
        achieved = progress.read(directories.work())
        known = badges.load_badges(self._session.place.content)
        return [self._said(badge.title) for badge in known if badge.earned(achieved)]

    def _row(self, check: dict[str, Any], depth: int) -> str:
        html = report_page.row(
            check, depth, self._said, self._session.language, None, self._hints(check)
        )
        if check["verdict"] != "running":
            return html
        taken = escape(words.seconds(check, self._said, self._session.language))
        counted = self._ticking(check["seconds"])
        return html.replace(f">{taken}</td>", f">{counted}</td>", 1)

    def _ticking(self, seconds: float) -> str:
        """Seconds that the page counts on."""
        form = self._said(_("{seconds} s", seconds="{}"))
        point = words.number(0.5, self._session.language)[1]
        now = words.duration(seconds, self._said, self._session.language)
        return (
            f'<span data-ticks="{seconds}" data-form="{escape(form)}" data-point="{point}">'
            f"{escape(now)}</span>"
        )

    # Hints

    def _hints(self, check: dict[str, Any]) -> str:
        """The hints that were read for a check, and a button for the next one."""
        identity = str(check["id"])
        exercise = self._session.exercise
        ladder = exercise.hints.get(identity)
        if ladder is None or self._result is None:
            return ""
        tr = self._said
        read = min(hints.read(exercise.id, self._session.place.seat).get(identity, 0), RUNGS)
        texts = [
            f'<p class="hint" data-key="hint-{identity}-{number}">{_code(tr(hint.text))}</p>'
            for number, hint in enumerate(ladder[:read], 1)
        ]
        last = texts.pop() if texts and identity == self._asked else ""
        shown = self._folded(identity, texts) + last
        if check["verdict"] == "passed" or read == RUNGS:
            return shown
        label = tr(
            _(
                "Hint {number} of {count}: costs {cost} % of {check}",
                number=read + 1,
                count=RUNGS,
                cost=ladder[read].cost,
                check=identity,
            )
            if check["weight"]
            else _(
                "Hint {number} of {count} for {check}", number=read + 1, count=RUNGS, check=identity
            )
        )
        asked = escape(json.dumps({"hint": identity}))
        return (
            f'{shown}<p class="hints only-live" data-key="hints-{identity}">'
            f'<button type="button" class="waits" data-ask="{asked}">{escape(label)}</button></p>'
        )

    def _folded(self, identity: str, texts: list[str]) -> str:
        """Hints that were read before, for whoever wants to read them again."""
        if not texts:
            return ""
        title = escape(
            self._said(_("Hints read for {check}: {count}", check=identity, count=len(texts)))
        )
        return (
            f'<details class="fold read" data-key="read-{identity}"><summary>{title}</summary>'
            f"{''.join(texts)}</details>"
        )

    def _ask(self, asked: dict[str, Any]) -> None:
        """A click on a hint's button."""
        exercise, seat = self._session.exercise, self._session.place.seat
        passed = [one["id"] for one in self._checks.values() if one["verdict"] == "passed"]
        self._asked = str(asked["hint"])
        hints.read_next(exercise, seat, self._asked, passed)
        if self._result is not None:
            self._result = results.result(
                self._session.place,
                self._result["checks"],
                None,
                results.SELF_REPORTED,
                hints.read(exercise.id, seat),
            )
        self.view.show(*self._drawn())

    # In words

    def _words(self) -> str:
        tr = self._said
        text = []
        for check, depth in ordered(list(self._checks.values())):
            verdict = mark(shown(check))
            text.append(
                f"{'  ' * depth}{verdict.sign} {check['id']} {tr(verdict.word)}: "
                f"{say(check['title'], tr)}"
            )
            told = words.message(check, tr)
            if told:
                text.append(f"{'  ' * depth}    {told}")
        if not text:
            text.append(tr(self._stage))
        if self._result is not None:
            text.append(score_line(self._result, tr).text)
            text += [f"★ {title}" for title in self._earned()]
        return "\n".join(text)


def _code(text: str) -> str:
    """A hint's text with its `code` marked."""
    parts = escape(text).split("`")
    return "".join(
        f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts)
    )
