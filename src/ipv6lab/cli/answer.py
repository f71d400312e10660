"""``answer``: what an exercise asks in words, and the answers to it."""

from __future__ import annotations

import argparse

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.message import _


def add(commands: Commands) -> None:
    tr = commands.speech
    answer = commands.add("answer", _("answer an exercise's questions"), give_answer, json=True)
    answer.add_argument(
        "question",
        metavar=tr(_("QUESTION")),
        nargs="?",
        help=tr(_("a question's name; all questions and answers are shown without it")),
    )
    answer.add_argument(
        "texts",
        metavar=tr(_("ANSWER")),
        nargs="*",
        help=tr(_("the answer, several where several are asked for; '' takes it back")),
    )
    commands.add_seat(answer)


def give_answer(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.course import answers
    from ipv6lab.course.place import joined

    lab, place = joined(options.seat)
    said = speech.of(place.exercise.folder)
    with lab:
        questions = place.questions(said)
        given = {}
        if options.question is not None:
            answers.check_name(options.question, questions, place.exercise.id)
        if options.texts:
            texts = options.texts if len(options.texts) > 1 else options.texts[0]
            given = answers.checked({options.question: texts}, questions, place.exercise.id)
        known = lab.request("answer", answers=given)["answers"]
    shown = [options.question] if options.question else list(questions)
    if options.json:
        print_json(
            {name: {"question": questions[name], "answer": known.get(name)} for name in shown}
        )
        return 0
    if not questions:
        said.say(_("{exercise} asks no questions.", exercise=place.exercise.id))
    for name in shown:
        answer = known.get(name)
        texts = [answer] if isinstance(answer, str) else answer
        put(f"{name}: {questions[name]}")
        put(f"    {', '.join(texts) if texts else said(_('no answer yet'))}")
    return 0
