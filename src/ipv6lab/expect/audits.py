"""Findings about sites, offers and clauses that were answered, against what is known of them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ipv6lab.expect.conditions import _, control, require, unwanted
from ipv6lab.probes import Failed, Lab
from ipv6lab.words.errors import NotJudged
from ipv6lab.words.message import Message

TRUTH = Path("/run/agent/exercise/truth.json")  # of who has the solutions
NONE = "none"
# What an auditor asks of a site, and what follows from each failure: who has no address cannot be
# asked more, and may say so or not.
FOLLOWS: dict[str, set[str]] = {
    "ns-aaaa": {"ns-reach"},
    "ns-reach": set(),
    "web-aaaa": {"web-reach", "web-same", "tls", "only6"},
    "web-reach": {"web-same", "tls", "only6"},
    "web-same": {"only6"},
    "mx-aaaa": {"mx-reach", "ptr"},
    "mx-reach": set(),
    "ptr": set(),
    "tls": set(),
    "only6": set(),
}
PROVERS = ("buyer", "laboratory", "supplier")
_RFC = re.compile(r"(?:rfc)?[\s-]*0*([0-9]{3,5})", re.IGNORECASE)
_EXERCISE = re.compile(r"[LKS][0-9]{1,2}", re.IGNORECASE)


def truth(lab: Lab) -> dict[str, Any]:
    """What is known of the exercise by hand. Raises NotJudged where the solutions are missing."""
    try:
        found: dict[str, Any] = json.loads(TRUTH.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotJudged(
            _("What is right here travels with the solutions: your trainer grades it.")
        ) from None
    return found


def _words(lab: Lab, question: str, among: Collection[str]) -> set[str]:
    """The words of an answer, however they are listed; without any other than those."""
    words = [
        word.strip("`'\".").casefold()
        for text in lab.answers.texts(question)
        for word in re.split(r"[\s,;]+", text)
    ]
    found = {word.removesuffix(".example.net").removeprefix("www.") for word in words if word}
    for word in unwanted(sorted(found - {*among, NONE})):
        raise Failed(
            _(
                "{word} in {question} is none of {allowed}.",
                word=word,
                question=question,
                allowed=", ".join(among),
            )
        )
    if NONE in found and len(found) > 1:
        raise Failed(
            _("{question} says none, and something beside it.", question=question, none=NONE)
        )
    return found - {NONE}


def faults_are(lab: Lab, question: str, right: Collection[str]) -> None:
    """The answer names each criterion that the site fails, and none that it meets.

    What only follows from one of them may be named or not.
    """
    given, wanted = _words(lab, question, FOLLOWS), set(right)
    follows = {one for fault in wanted for one in FOLLOWS[fault]}
    for one in unwanted(sorted(given - wanted - follows)):
        raise Failed(_("{site} meets {criterion}.", site=question, criterion=one))
    require(
        wanted <= given,
        _(
            "{site} fails more than was found: {count} criteria are missing.",
            site=question,
            count=len(wanted - given),
        ),
    )


def choices_are(lab: Lab, question: str, right: Collection[str], *, among: Collection[str]) -> None:
    """The answer has all the right words of a list, and no other."""
    given, wanted = _words(lab, question, among), set(right)
    for one in unwanted(sorted(given - wanted)):
        raise Failed(_("{word} does not belong into {question}.", word=one, question=question))
    require(
        wanted <= given,
        _("{question} lacks {count} of them.", question=question, count=len(wanted - given)),
    )


def criterion_is(lab: Lab, question: str, right: Collection[str]) -> None:
    """The answer is a criterion of the audit, one of the right ones."""
    given = _words(lab, question, FOLLOWS)
    require(
        given and given <= set(right),
        _("What {question} names does not test that service.", question=question),
    )


def rfc_is(lab: Lab, question: str, right: Collection[int]) -> None:
    """The answer is the number of an RFC, one of the right ones."""
    text = lab.answers.text(question)
    found = _RFC.fullmatch(text.strip())
    require(
        found and int(found[1]) in right,
        _("The answer to {question} is not the RFC that holds today.", question=question),
    )


def clause_is(lab: Lab, question: str, *, rfcs: Collection[int], tests: Collection[str]) -> None:
    """The answer has an RFC for that device, an exercise that tests it, and who else proves it."""
    words = [w for text in lab.answers.texts(question) for w in re.split(r"[\s,;]+", text) if w]
    numbers = [int(found[1]) for word in words if (found := _RFC.fullmatch(word))]
    exercises = [word.upper() for word in words if _EXERCISE.fullmatch(word)]
    provers = [word.casefold() for word in words if word.casefold() in PROVERS]
    require(
        numbers and set(numbers) <= set(rfcs),
        _("{question}: no RFC there that says what such a device has to do.", question=question),
    )
    require(
        exercises and set(exercises) <= set(tests),
        _("{question}: no exercise there whose checks would show it.", question=question),
    )
    require(
        provers and "supplier" not in provers,
        _("{question}: who sells cannot be who proves.", question=question),
    )


def nothing_is_said_of(lab: Lab, question: str, *, by: str) -> None:
    """The answer names no criterion: the site meets all."""
    control(
        question in lab.answers,
        by=by,
        message=_("The question {question} has no answer yet.", question=question),
    )
    for one in unwanted(sorted(_words(lab, question, FOLLOWS))):
        raise Failed(_("{site} meets {criterion}.", site=question, criterion=one))


def is_said_of(lab: Lab, question: str, criterion: str, *, by: str, why: Message) -> None:
    """The answer names that criterion among those that the site fails."""
    control(
        question in lab.answers,
        by=by,
        message=_("The question {question} has no answer yet.", question=question),
    )
    require(criterion in _words(lab, question, FOLLOWS), why)
