"""``test``: twenty questions before the course and twenty after it, and what they say."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from pathlib import Path

    from ipv6lab.course.learnt import Gain, Sheet

REPORT, RIGHT = "report", "answers"
WHAT = ("before", "after", RIGHT, REPORT)
_GIVEN = re.compile(r"([0-9]{1,3})([a-zA-Z])")


def add(commands: Commands) -> None:
    tr = commands.speech
    test = commands.add(
        "test", _("twenty questions before the course, twenty after it"), run_test, json=True
    )
    test.epilog = tr(
        _(
            "ipv6lab test before             the questions before the course\n"
            "ipv6lab test before 1b 2a       answer the first and the second\n"
            "ipv6lab test before --close     hand it in; then nothing can be changed\n"
            "ipv6lab test after              the same after the course\n"
            "ipv6lab test answers            what was right, and what the others would mean\n"
            "ipv6lab test report             what was gained, theme by theme\n"
            "ipv6lab test report FILE…       the same of a class: the file tests.json of each"
        )
    )
    test.add_argument("what", metavar="|".join(WHAT), choices=WHAT)
    test.add_argument(
        "given",
        metavar=tr(_("ANSWER")),
        nargs="*",
        help=tr(_("a question's number and a letter, such as 3b; of report, files")),
    )
    test.add_argument("--close", action="store_true", help=tr(_("hand the test in")))
    commands.add_seat(test)


def run_test(options: argparse.Namespace, speech: Speech) -> int:
    if options.close and options.what not in ("before", "after"):
        raise LabError(_("--close is for the tests “before” and “after”."))
    if options.what == REPORT:
        return _report(options, speech)
    sitting = _Sitting(options.seat, speech)
    if options.what == RIGHT:
        if options.given:
            raise LabError(_("ipv6lab test answers takes no answers."))
        return sitting.tell_right(options.json)
    return sitting.answer(options)


class _Sitting:
    """A person at the tests: the sheet, the pool, and the seat's addresses."""

    def __init__(self, wanted: str | None, speech: Speech) -> None:
        from ipv6lab.course import content, learnt, plan, questions, seats

        self._speech = speech
        self._course = content.find()
        self._file = _own_file()
        self.sheet: Sheet = learnt.read(self._file)
        if wanted is not None:
            number = seats.seat_number(wanted) or 0
            if self._begun and number != self.sheet.seat:
                raise LabError(
                    _("These tests were begun at seat {seat}; go on there.", seat=self.sheet.seat)
                )
            self.sheet.seat = number
        elif not self._begun:
            self.sheet.seat = _usual_seat()
        self._plan = plan.addressing_plan(self._course, self.sheet.seat or None)
        themes = questions.load(self._course)
        if not themes:
            raise LabError(_("This course has no tests."))
        self._drawn = questions.drawn(themes, self.sheet.seat)

    @property
    def _begun(self) -> bool:
        return bool(self.sheet.closed or any(self.sheet.chosen.values()))

    def _said(self, text: str) -> str:
        from ipv6lab.course import questions

        return questions.said(self._course, text, self._speech.language, self._plan)

    def answer(self, options: argparse.Namespace) -> int:
        from ipv6lab.course import learnt, questions

        form = options.what
        self.sheet.check_open(form)
        for text in options.given:
            number, letter = _read(text)
            if not 0 < number <= len(self._drawn[form]):
                raise LabError(
                    _(
                        "There is no question {number}; they go from 1 to {last}.",
                        number=number,
                        last=len(self._drawn[form]),
                    )
                )
            question = self._drawn[form][number - 1]
            choices = questions.offered(question, self.sheet.seat)
            if letter not in choices:
                raise LabError(
                    _(
                        "Question {number} has no choice {letter}; it has {known}.",
                        number=number,
                        letter=letter,
                        known=", ".join(choices),
                    )
                )
            self.sheet.chosen[form][question.id] = choices[letter]
        if options.close:
            self.sheet.closed.append(form)
        if options.given or options.close:
            learnt.write(self._file, self.sheet)
        chosen = self.sheet.chosen[form]
        if options.json:
            print_json([self._shown(one, chosen.get(one.id)) for one in self._drawn[form]])
            return 0
        if not options.given and not options.close:
            for number, question in enumerate(self._drawn[form], 1):
                self._put(number, question, chosen.get(question.id))
        self._speech.say(
            _(
                "Answered: {count} of {all}.",
                count=sum(one.id in chosen for one in self._drawn[form]),
                all=len(self._drawn[form]),
            )
        )
        if options.close:
            self._speech.say(_("The test “{form}” is closed.", form=form))
        return 0

    def _put(self, number: int, question: Any, chosen: str | None) -> None:
        from ipv6lab.course import questions

        put(f"\n{number}. {self._said(question.ask)}")
        for letter, choice in questions.offered(question, self.sheet.seat).items():
            put(f"  {'→' if choice == chosen else ' '} {letter}) {self._said(choice)}")

    def _shown(self, question: Any, chosen: str | None) -> dict[str, Any]:
        from ipv6lab.course import questions

        choices = questions.offered(question, self.sheet.seat)
        return {
            "question": self._said(question.ask),
            "choices": {letter: self._said(choice) for letter, choice in choices.items()},
            "chosen": next((one for one, choice in choices.items() if choice == chosen), None),
        }

    def tell_right(self, as_json: bool) -> int:
        self.sheet.check_done()
        told = []
        for form, asked in self._drawn.items():
            for question in asked:
                chosen = self.sheet.chosen[form].get(question.id)
                told.append(
                    {
                        "test": form,
                        **self._shown(question, chosen),
                        "right": self._said(question.right),
                        "means": {
                            self._said(choice): self._said(means)
                            for choice, means in question.wrong.items()
                        },
                        "known": chosen == question.right,
                    }
                )
        if as_json:
            print_json(told)
            return 0
        for one in told:
            put(f"\n{one['question']}\n  {'✔' if one['known'] else '✘'} {one['right']}")
            for choice, means in one["means"].items():
                put(f"    {choice}: {means}")
        return 0


def _own_file() -> Path:
    from ipv6lab.course import learnt
    from ipv6lab.platform import directories

    return directories.work() / learnt.FILE


def _usual_seat() -> int:
    """In a class the seat that the place has been given; else the only one that has a lab."""
    import os

    from ipv6lab.course import running, seats

    given = os.environ.get("IPV6LAB_SEAT")
    return (seats.seat_number(given) if given else running.chosen_seat(None)) or 0


def _read(text: str) -> tuple[int, str]:
    found = _GIVEN.fullmatch(text)
    if found is None:
        raise LabError(
            _("{text} is no answer: give a question's number and a letter, such as 3b.", text=text)
        )
    return int(found[1]), found[2].lower()


def _report(options: argparse.Namespace, speech: Speech) -> int:
    from pathlib import Path

    from ipv6lab.course import content, learnt, questions

    course = content.find()
    themes = questions.load(course)
    if options.given:
        files = [Path(name) for name in options.given]
        for file in files:
            if not file.is_file():
                raise LabError(_("There is no file {file}.", file=str(file)))
        sheets = [learnt.read(file) for file in files]
        done = [one for one in sheets if set(one.closed) == set(questions.FORMS)]
        if not done:
            raise LabError(_("None of these people has closed both tests."))
    else:
        sheets = done = [learnt.read(_own_file())]
        done[0].check_done()
    found = learnt.gains(themes, done)
    titles = {
        one.theme.name: questions.said(course, one.theme.title, speech.language, {})
        for one in found
    }
    if options.json:
        print_json({"people": len(done), "themes": [_row(one, titles) for one in found]})
        return 0
    if options.given:
        speech.say(
            _("{count} of {all} people closed both tests.", count=len(done), all=len(sheets))
        )
    for one in found:
        if any(one.asked.values()):
            put(f"  {_marks(one)}  {titles[one.theme.name]}")
    low = [titles[one.theme.name] for one in learnt.least(found)]
    if low:
        speech.say(_("Gained least: {themes}.", themes=", ".join(low)))
    else:
        speech.say(_("Everything that was asked after the course was known."))
    return 0


def _marks(one: Gain) -> str:
    before, after = (f"{one.right[form]}/{one.asked[form]}" for form in one.asked)
    return f"{before:>7} → {after:<7} {100 * one.gain:+4.0f} %"


def _row(one: Gain, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "theme": one.theme.name,
        "title": titles[one.theme.name],
        "asked": one.asked,
        "right": one.right,
        "gain": round(one.gain, 3),
    }
