"""The report of a class: everybody's marks, what cost most tries, and what was learnt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import mean, median

from ipv6lab.classroom.gradebook.documents import Document, Section, Table
from ipv6lab.classroom.gradebook.person_report import (
    Beside,
    gain_rows,
    gain_table,
    of,
    points,
    title_of,
)
from ipv6lab.classroom.gradebook.sheets import exercises_of
from ipv6lab.classroom.gradebook.standing import Mark, Standing
from ipv6lab.course.learnt import Gain
from ipv6lab.course.speech import Speech
from ipv6lab.reports.say import moment, number, say
from ipv6lab.words.message import _

MOST = 10  # checks that are named


def document(
    title: str,
    people: Sequence[Standing],
    beside: Mapping[int, Beside],
    gains: list[Gain],
    at: str,
    language: str,
) -> Document:
    """The report, in a language; `gains` are those of all who closed both tests."""
    said = Speech(language)
    sections = [_marks(people, said), _exercises(people, beside, said)]
    sections += _tries(people, said)
    if rows := gain_rows(gains, said):
        count = sum(bool(one.gains) for one in beside.values())
        lines = [said(_("{count} people closed both tests.", count=count))]
        theirs = said(_("Tests before and after the course"))
        sections.append(Section(theirs, lines, gain_table(rows, said)))
    foot = said(_("Written {at} by ipv6lab.", at=moment(at, language)))
    return Document(title, language, [said(_("The class"))], sections, foot)


def _marks(people: Sequence[Standing], said: Speech) -> Section:
    names = exercises_of(people)
    head = [said(_("Seat")), said(_("Name")), said(_("Group")), *names, said(_("Sum"))]
    rows = [
        [
            str(one.holder.seat),
            one.holder.name,
            one.holder.group,
            *(_cell(one.marks.get(name)) for name in names),
            "" if one.total is None else str(one.total),
        ]
        for one in people
    ]
    lines = [said(_("Graded by the trainer, by doing the work again in a fresh lab."))]
    if any(mark.by_hand for one in people for mark in one.marks.values()):
        lines.append(said(_("* with points that a trainer set")))
    wide = (2, 8, 5, *(2 for _name in names), 2)
    return Section(said(_("Marks that count")), lines, Table(head, rows, wide))


def _cell(mark: Mark | None) -> str:
    if mark is None:
        return ""
    return points(mark.points) + ("*" if mark.by_hand else "")


def _exercises(people: Sequence[Standing], beside: Mapping[int, Beside], said: Speech) -> Section:
    head = [said(text) for text in (_("Exercise"), _("Graded"), _("Average"), _("Solved"),
                                    _("Minutes at work, the middle one"))]  # fmt: skip
    rows = []
    for name in exercises_of(people):
        marks = [one.marks[name] for one in people if name in one.marks]
        known = [mark.points for mark in marks if mark.points is not None]
        spent = [one.minutes[name] for one in beside.values() if one.minutes.get(name)]
        rows.append(
            [
                title_of(name, marks[0].title, said),
                str(len(known)),
                number(mean(known), said.language) if known else "",
                str(sum(one == 100 for one in known)),
                str(round(median(spent))) if spent else "",
            ]
        )
    return Section(said(_("Exercises")), (), Table(head, rows, (8, 2, 2, 2, 3)))


def _tries(people: Sequence[Standing], said: Speech) -> list[Section]:
    """The checks that cost most tries, as the recorded work says."""
    tries: Counter[tuple[str, str]] = Counter()
    stuck: Counter[tuple[str, str]] = Counter()
    titles: dict[tuple[str, str], str] = {}
    for one in people:
        for name, mark in one.marks.items():
            for check in mark.checks:
                key = (name, str(check["id"]))
                titles.setdefault(key, say(check.get("title"), of(mark, said)))
                stuck[key] += check["verdict"] == "failed"
            for check, count in mark.result.get("tries", {}).items():
                tries[name, str(check)] += int(count)
    most = [key for key, count in tries.most_common(MOST) if count]
    if not most:
        return []
    head = [said(text) for text in (_("Check"), _("What is checked"), _("Tries that failed"),
                                    _("Not passed in the end"))]  # fmt: skip
    rows = [
        [f"{name} {check}", titles.get((name, check), ""), str(tries[name, check]),
         str(stuck[name, check])]
        for name, check in most
    ]  # fmt: skip
    return [Section(said(_("What cost most tries")), (), Table(head, rows, (3, 9, 3, 3)))]
