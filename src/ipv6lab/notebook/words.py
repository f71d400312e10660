"""The words behind a magic: arguments and options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ipv6lab.course.lookups import PLACE
from ipv6lab.course.near import near
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

_COMMENT = re.compile(r"(?:^|\s)#\s.*")
DRAWN = "draw."  # names of the plan that are questions or their answers


@dataclass
class Words:
    """What was typed behind a magic."""

    arguments: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)

    def number(self, name: str, kind: type[Any]) -> Any:
        """The number that an option names; None without it. Raises LabError when it is none."""
        text = self.options.get(name)
        if text is None:
            return None
        try:
            value = kind(text)
        except ValueError:
            value = -1
        if value <= 0:
            raise LabError(
                _("--{option} takes a number above 0, not {value}.", option=name, value=text)
            )
        return value


def read(
    magic: str,
    line: str,
    usage: str,
    least: int = 0,
    most: int | None = None,
    flags: Collection[str] = (),
    options: Collection[str] = (),
) -> Words:
    """Cut a magic's line into words. Raises LabError, with the usage, for what it does not know.

    >>> read("%lab", "start L04 --seat 9", "%lab start [EXERCISE]", options=["seat"]).options
    {'seat': '9'}
    """
    wrong = LabError(_("{magic} is used like this: {usage}", magic=magic, usage=usage))
    try:
        typed = shlex.split(_COMMENT.sub("", line))
    except ValueError:  # the sign stands in quotes, or a quotation has no end
        try:
            typed = shlex.split(line)
        except ValueError:
            raise wrong from None
    found = Words()
    rest = iter(typed)
    for word in rest:
        name, sign, value = word.removeprefix("--").partition("=")
        if not word.startswith("--"):
            found.arguments.append(word)
        elif name in flags and not sign:
            found.flags.add(name)
        elif name in options:
            given = value if sign else next(rest, None)
            if given is None:
                raise wrong
            found.options[name] = given
        else:
            raise wrong
    if len(found.arguments) < least or (most is not None and len(found.arguments) > most):
        raise wrong
    return found


def looked_up(text: str, plan: Mapping[str, str]) -> str:
    """A cell's text with ``{{ app.address }}`` as the seat's plan has it.

    Other braces stay. Raises LabError for a name that is nearly one of the plan's.
    """

    def value(found: Any) -> str:
        name = str(found.group(1))
        if name in plan and not name.startswith(DRAWN):
            return plan[name]
        meant = near(name, [one for one in plan if not one.startswith(DRAWN)])
        if "." in name and meant:
            raise LabError(
                _(
                    "The addressing plan has no {name}; did you mean {meant}?",
                    name=name,
                    meant=", ".join(meant),
                )
            )
        return str(found.group(0))

    return PLACE.sub(value, text)
