"""What commands say, in the user's language."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ipv6lab.course import languages
from ipv6lab.words.message import Message


class Speech:
    """Translates and prints. Called with a message or text it gives the translation.

    ``exercise`` is the folder whose own catalogue is asked first.
    """

    def __init__(self, language: str, exercise: Path | None = None) -> None:
        self.language = language
        self._exercise = exercise

    def of(self, exercise: Path) -> Speech:
        """The same language, with what an exercise says."""
        return Speech(self.language, exercise)

    def __call__(self, message: Message | str) -> str:
        if isinstance(message, Message):
            return languages.translate(message, self.language, self._exercise)
        return languages.translate_text(message, self.language, self._exercise)

    def say(self, message: Message | str = "") -> None:
        """A sentence for the user, on standard output."""
        print(self(message) if message else "")

    def note(self, message: Message | str) -> None:
        """A sentence beside the result, on standard error."""
        sys.stdout.flush()
        print(self(message), file=sys.stderr, flush=True)

    def sentence(self, data: dict[str, Any] | None) -> str:
        """A message's JSON, translated; empty for none."""
        return self(Message.from_json(data)) if data else ""


def print_json(value: Any) -> None:
    """One JSON document on standard output, for programs."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    print()


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.to_json()
    return str(value)
