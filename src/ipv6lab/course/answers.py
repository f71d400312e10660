"""Answers to an exercise's questions: ``answers.toml`` at the top of a configuration folder.

One line for each question, under the name that the exercise gives it; one text, or a list where
several are asked for::

    router-mac = "00:00:5e:00:53:01"
    groups = ["ff02::1", "ff02::2"]

What the questions are, ``exercise.toml`` says; a submission's answers are texts and nothing more.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ipv6lab.course.near import near
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

ANSWERS = "answers.toml"

MAX_FILE = 64 * 1024
MAX_TEXT = 1000  # characters of one answer
MAX_TEXTS = 100  # in a list

Answer = str | list[str]


def parse(text: str, questions: Collection[str], file: str) -> dict[str, Answer]:
    """The answers in a file's text. Raises LabError, one sentence, for what is none."""
    if len(text.encode()) > MAX_FILE:
        raise LabError(
            _("{path} is too large: at most {limit} KiB a file.", path=file, limit=MAX_FILE // 1024)
        )
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LabError(
            _("{file} is not valid TOML: {reason}.", file=file, reason=str(error))
        ) from None
    except RecursionError:
        raise LabError(
            _("{file} is not valid TOML: {reason}.", file=file, reason="too deeply nested")
        ) from None
    return checked(found, questions, file)


def checked(found: Mapping[str, Any], questions: Collection[str], file: str) -> dict[str, Answer]:
    """The answers, if all of them answer a question and are texts. Raises LabError otherwise."""
    return {
        check_name(name, questions, file): _checked(name, value, file)
        for name, value in found.items()
    }


def check_name(name: str, questions: Collection[str], where: str) -> str:
    """The name of a question. Raises LabError, with names near to it, when there is none.

    `where` it is named: a file, or an exercise.
    """
    if name in questions:
        return name
    if not questions:
        raise LabError(_("{where}: the exercise asks no questions.", where=where))
    meant = near(name, questions)
    if meant:
        raise LabError(
            _(
                "{where}: there is no question {name}; did you mean {meant}?",
                where=where,
                name=ascii(name)[1:-1],
                meant=", ".join(meant),
            )
        )
    raise LabError(
        _(
            "{where}: there is no question {name}; the questions are {names}.",
            where=where,
            name=ascii(name)[1:-1],
            names=", ".join(questions),
        )
    )


def _checked(name: str, value: Any, file: str) -> Answer:
    if isinstance(value, list):
        if len(value) > MAX_TEXTS:
            raise LabError(
                _(
                    "{file}: the answer to {name} is too long: at most {limit} texts.",
                    file=file,
                    name=name,
                    limit=MAX_TEXTS,
                )
            )
        return [_text(name, one, file) for one in value]
    return _text(name, value, file)


def _text(name: str, value: Any, file: str) -> str:
    if type(value) is int:  # as if it stood in quotes
        value = str(value)
    if not isinstance(value, str) or not value.isprintable():
        raise LabError(
            _(
                "{file}: the answer to {name} must be a text in quotes, or a list of such texts.",
                file=file,
                name=name,
            )
        )
    if len(value) > MAX_TEXT:
        raise LabError(
            _(
                "{file}: the answer to {name} is too long: at most {limit} characters.",
                file=file,
                name=name,
                limit=MAX_TEXT,
            )
        )
    return value.strip()


def as_toml(answers: Mapping[str, Answer]) -> str:
    """The text of the file that `parse` reads back."""
    return "".join(f"{name} = {_written(answer)}\n" for name, answer in answers.items())


def _written(answer: str | Sequence[str]) -> str:
    if isinstance(answer, str):
        return json.dumps(answer, ensure_ascii=False)
    return "[" + ", ".join(map(_written, answer)) + "]"
