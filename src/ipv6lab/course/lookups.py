"""``{{ name }}``: the place of one value of the addressing plan, and nothing more than that."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ipv6lab.course.near import near
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def look_up(text: str, plan: Mapping[str, str], file: str) -> str:
    """`text` with every ``{{ name }}`` replaced; `file` is named when the plan lacks a name.

    >>> look_up("prefix {{ staff.prefix }} {", {"staff.prefix": "2001:db8:100:110::/64"}, "x")
    'prefix 2001:db8:100:110::/64 {'
    """

    def value(place: re.Match[str]) -> str:
        name = place.group(1)
        if name in plan:
            return plan[name]
        meant = near(name, plan)
        if meant:
            raise LabError(
                _(
                    "{file}: the addressing plan has no {name}; did you mean {meant}?",
                    file=file,
                    name=name,
                    meant=", ".join(meant),
                )
            )
        raise LabError(_("{file}: the addressing plan has no {name}.", file=file, name=name))

    return PLACE.sub(value, text)
