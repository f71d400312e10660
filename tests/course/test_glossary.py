"""The Vietnamese of the course keeps to one word for one thing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipv6lab.course import catalogues, content, languages

FILES = [
    languages.ENGINE_CATALOGUES / "vi.po",
    *sorted(content.find().exercises.glob("*/vi.po")),
    *sorted(content.find().notebooks.glob("*.vi.po")),
]
# Code, values and what is drawn in bold are names, not words.
NAMES = re.compile(r"```.*?```|`[^`\n]*`|\{\{[^}]*\}\}|\{[^}]*\}", re.DOTALL)


def translated(file: Path) -> Iterator[tuple[str, str]]:
    """English and Vietnamese of each message, without names."""
    for message in catalogues.read_catalogue(file):
        if message.id and isinstance(message.string, str):
            yield NAMES.sub("", str(message.id)), NAMES.sub("", message.string)


EACH = pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")


@EACH
def test_a_router_is_a_bo_dinh_tuyen(file: Path) -> None:
    """The English word stands in brackets only; fields such as Router Lifetime keep their names."""
    found = [vi for _en, vi in translated(file) if re.search(r"(?<!\()\brouter\b", vi)]
    assert not found, "\n".join(found)


@EACH
def test_a_may_tram_is_a_host_and_not_the_desktop_team(file: Path) -> None:
    found = [
        vi
        for en, vi in translated(file)
        if re.search(r"[nN]hóm máy trạm|phần mềm máy trạm", vi)
        or ("desktop team" in en and "máy tính văn phòng" not in vi)
    ]
    assert not found, "\n".join(found)
