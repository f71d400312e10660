"""The report of one person: every mark, where it comes from, and what the seat says beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ipv6lab.classroom.gradebook.appeals import Dispute
from ipv6lab.classroom.gradebook.documents import Document, Section, Table
from ipv6lab.classroom.gradebook.people import plain_text
from ipv6lab.classroom.gradebook.sheets import verdict
from ipv6lab.classroom.gradebook.standing import Mark, Standing, exercise_of
from ipv6lab.course import content, questions
from ipv6lab.course.learnt import Gain
from ipv6lab.course.questions import AFTER, BEFORE
from ipv6lab.course.speech import Speech
from ipv6lab.reports.say import message, moment, say
from ipv6lab.words.message import Message, _

Said = Callable[[Message | str], str]


@dataclass(frozen=True)
class Beside:
    """What is known of a person beside the marks."""

    minutes: Mapping[str, int] = field(default_factory=dict)
    gains: list[Gain] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)


def document(title: str, one: Standing, beside: Beside, at: str, language: str) -> Document:
    """The report, in a language; `title` is the class's, `at` when it is written."""
    said = Speech(language)
    who = [said(_("Seat {seat}", seat=one.holder.seat)), one.holder.group]
    sections = [_overview(one, beside, said)]
    sections += [_exercise(mark, beside, said) for mark in one.marks.values()]
    sections += _tests(beside.gains, said)
    sections += _self_reported(one, said)
    return Document(
        one.holder.name,
        language,
        [title, " · ".join(filter(None, who))],
        sections,
        said(_("Written {at} by ipv6lab.", at=moment(at, language))),
    )


def title_of(exercise: str, title: str, said: Speech) -> str:
    """An exercise with its title in the reader's language."""
    known = exercise_of(exercise)
    if known is None:
        return f"{exercise} {title}".strip()
    return f"{exercise} {said.of(known.folder)(known.title)}"


def points(value: int | None) -> str:
    return "?" if value is None else str(value)


def _overview(one: Standing, beside: Beside, said: Speech) -> Section:
    head = [said(text) for text in (_("Exercise"), _("Points"), _("Verdict"), _("Graded at"),
                                    _("Minutes at work"))]  # fmt: skip
    rows = [
        [
            title_of(name, mark.title, said),
            points(mark.points) + ("*" if mark.by_hand else ""),
            verdict(mark.verdict, said),
            moment(mark.graded_at, said.language) if mark.graded_at else "",
            str(beside.minutes.get(name, "")),
        ]
        for name, mark in one.marks.items()
    ]
    if not rows:
        return Section(said(_("Marks that count")), [said(_("Nothing is graded yet."))])
    lines = [said(_("Graded by the trainer, by doing the work again in a fresh lab."))]
    if any(mark.by_hand for mark in one.marks.values()):
        lines.append(said(_("* with points that a trainer set")))
    return Section(said(_("Marks that count")), lines, Table(head, rows, (6, 2, 3, 4, 2)))


def _exercise(mark: Mark, beside: Beside, said: Speech) -> Section:
    lines = [said(_("{points} of 100 points", points=points(mark.points)))]
    if mark.by_hand and mark.graded is not None:
        lines[0] += " " + said(_("(the grading found {points})", points=mark.graded))
    if mark.result.get("message"):
        lines.append(say(mark.result["message"], said))
    lines += [
        said(
            _(
                "Part {number}, {title}: {score} of {max_score} points",
                number=part["part"],
                title=say(part["title"], of(mark, said)),
                score=points(part["score"]),
                max_score=part["max_score"],
            )
        )
        for part in mark.parts
    ]
    spent = sum(mark.result.get("hints", {}).values())
    if spent:
        lines.append(said(_("Hints read: {count}; their cost is taken off.", count=spent)))
    lines += _by_hand(mark, said)
    lines += _disputes(mark, beside.disputes, said)
    if not mark.checks:
        return Section(title_of(mark.exercise, mark.title, said), lines)
    head = [said(text) for text in (_("Check"), _("What is checked"), _("Verdict"), _("Points"),
                                    _("Failed before it passed"))]  # fmt: skip
    tries = mark.result.get("tries", {})
    rows = [_check(check, mark, tries, said) for check in mark.checks]
    table = Table(head, rows, (2, 10, 3, 2, 3))
    return Section(title_of(mark.exercise, mark.title, said), lines, table)


def _check(check: dict[str, Any], mark: Mark, tries: Mapping[str, int], said: Speech) -> list[str]:
    tr = of(mark, said)
    title = say(check.get("title"), tr)
    told = message(check, tr) if check["verdict"] != "passed" else ""
    return [
        str(check["id"]),
        f"{title} — {told}" if told else title,
        verdict(str(check["verdict"]), said),
        points(check["points"]) + ("*" if check["id"] in mark.by_hand else ""),
        str(tries.get(check["id"], "")),
    ]


def of(mark: Mark, said: Speech) -> Said:
    """The language with what the exercise says."""
    known = exercise_of(mark.exercise)
    return said.of(known.folder) if known else said


def _by_hand(mark: Mark, said: Speech) -> list[str]:
    return [
        said(
            _(
                "{check}: {points} points, set by {author} at {at}: {reason}",
                check=check,
                points=points(one.points),
                author=plain_text(one.author),
                at=moment(one.at, said.language),
                reason=plain_text(one.reason),
            )
        )
        for check, one in sorted(mark.by_hand.items())
    ]


def _disputes(mark: Mark, disputes: list[Dispute], said: Speech) -> list[str]:
    return [
        said(_("{check} is disputed: {why}", check=one.check, why=one.why))
        for one in disputes
        if one.exercise == mark.exercise and not one.answer
    ]


def _tests(gains: list[Gain], said: Speech) -> list[Section]:
    rows = gain_rows(gains, said)
    if not rows:
        return []
    lines = [said(_("As the seat keeps them; they are no marks."))]
    return [Section(said(_("Tests before and after the course")), lines, gain_table(rows, said))]


def gain_rows(gains: list[Gain], said: Speech) -> list[list[str]]:
    """A line for each theme that was asked about."""
    course = content.find()
    return [
        [
            questions.said(course, one.theme.title, said.language, {}),
            f"{one.right[BEFORE]}/{one.asked[BEFORE]}",
            f"{one.right[AFTER]}/{one.asked[AFTER]}",
            f"{100 * one.gain:+.0f} %",
        ]
        for one in gains
        if any(one.asked.values())
    ]


def gain_table(rows: list[list[str]], said: Speech) -> Table:
    head = [said(text) for text in (_("Theme"), _("Before"), _("After"), _("Gain"))]
    return Table(head, rows, (8, 2, 2, 2))


def _self_reported(one: Standing, said: Speech) -> list[Section]:
    if not one.self_reported:
        return []
    told = ", ".join(f"{name}: {value}" for name, value in sorted(one.self_reported.items()))
    lines = [said(_("What the seat itself reported; it does not count.")), told]
    return [Section(said(_("Self-reported, not counted")), lines)]
