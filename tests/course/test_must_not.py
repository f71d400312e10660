"""What English forbids in a task, Vietnamese forbids: "must not" is "cấm"."""

from __future__ import annotations

import re

from ipv6lab.course import catalogues, content

# Whom or what a sentence forbids something; a clause of it that says so has to say "cấm".
FORBIDS = re.compile(r"\bmust not\b|\bmay not be (?:used|missing)\b|\bshall not\b", re.IGNORECASE)


def test_must_not_is_cam() -> None:
    wrong = []
    for source in catalogues.sources(content.find(), "vi"):
        for message in catalogues.read_catalogue(source.file):
            text = str(message.string)
            said = len(FORBIDS.findall(str(message.id))) if message.id else 0
            if said and "không được" in text and "cấm" not in text.casefold():
                wrong.append(f"{source.file}: {message.id}")
    assert not wrong, "\n".join(wrong)
